"""When a bank line is known already: its fingerprint, and which of equal lines of a day it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

from creditdesk.cash.readers.statement import Line, Statement


class Occurrence(NamedTuple):
    """A line with what makes it known once: `ordinal` counts equal lines of a day from 1."""

    line: Line
    fingerprint: str
    ordinal: int


def fingerprint(line: Line) -> str:
    """Return a digest of what the bank said: date, amount, currency, reference, payer, text."""
    told = (
        line.booked_on.isoformat(),
        str(line.minor),
        line.currency,
        line.reference,
        line.counterparty_account,
        line.text,
    )
    return sha256("\x1f".join(told).encode("utf-8", "surrogatepass")).hexdigest()


def occurrences(statements: Sequence[Sequence[Line]]) -> list[list[Occurrence]]:
    """Return the lines of one account, equal ones numbered through all statements of a file.

    As the date is part of the fingerprint, they are counted within a day: a file that brings the
    same days again, whatever else it brings, gives the same pairs of fingerprint and ordinal.
    """
    seen: Counter[str] = Counter()
    found: list[list[Occurrence]] = []
    for lines in statements:
        numbered = []
        for line in lines:
            digest = fingerprint(line)
            seen[digest] += 1
            numbered.append(Occurrence(line, digest, seen[digest]))
        found.append(numbered)
    return found


def distinct(statements: Iterable[Statement]) -> list[Statement]:
    """Return the statements of a file, each once, should the file repeat one."""
    found = list(statements)
    return found if len(found) == 1 else list(dict.fromkeys(found))
