"""One large file read by several children at once, each converting a share of its entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from creditdesk.cash.readers.statement import PROVED, Line, Statement


def joined(shares: Sequence[object]) -> list[Statement] | None:
    """Return the statements whose lines these shares bring, one after the other, each proved.

    None where they do not fit together, or opening + lines = closing does not hold: then the file
    must be read whole, which tells what is wrong with it, if anything is.
    """
    each = [_statements(share) for share in shares]
    told = [statements for statements in each if statements]
    if len(told) < len(shares) or len({len(statements) for statements in told}) != 1:
        return None
    found: list[Statement] = []
    first_line = 1
    for parts in zip(*told, strict=True):
        statement = _one(parts, first_line)
        if statement is None:
            return None
        found.append(statement)
        first_line += len(statement.lines)
    return found


def _statements(share: object) -> list[Statement] | None:
    """Return what a child answered, if it is a list of statements and their lines are lines."""
    if not isinstance(share, list) or not all(type(one) is Statement for one in share):
        return None
    fit = all(
        type(one.lines) is tuple and all(type(line) is Line for line in one.lines) for one in share
    )
    return share if fit else None


def _one(parts: Sequence[Statement], first_line: int) -> Statement | None:
    head = replace(parts[0], lines=())
    if any(replace(part, lines=()) != head for part in parts):
        return None
    if head.opening_minor is None or head.closing_minor is None:
        return None
    lines = tuple(chain.from_iterable(part.lines for part in parts))
    if head.opening_minor + sum(line.minor for line in lines) != head.closing_minor:
        return None
    numbers = range(first_line, first_line + len(lines))
    if [line.line_no for line in lines] != list(numbers):  # an entry was several lines, or none
        lines = tuple(replace(line, line_no=no) for line, no in zip(lines, numbers, strict=True))
    return replace(head, proof=PROVED, lines=lines)
