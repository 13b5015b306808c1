"""XML elements without their namespaces, and the values that every part of camt writes alike."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from creditdesk.cash.readers.statement import is_currency, refusal, to_minor
from creditdesk.kernel import calendars

# Of either parser; both tell of tag, text, attributes and children alike.
Element = Any
_DEEPEST: Final = 256  # where the strict parser has stopped already

_local_names: dict[str, str] = {}
_made: Final = tuple.__new__
_NO_CHILDREN: dict[str, list[Node]] = {}
_LOCAL_NAMES_MAX = 5000  # hostile files may invent names without end
_day_of = lru_cache(maxsize=1000)(calendars.day_of)  # a statement is of few days


class Node(NamedTuple):
    """An XML element without its namespace; `line` is where it starts in the file."""

    text: str
    currency: str
    children: dict[str, list[Node]]
    line: int | None = None

    def first(self, *path: str) -> Node | None:
        """Return the first element along the path, if there is one."""
        node: Node = self
        for name in path:
            found = node.children.get(name)
            if found is None:
                return None
            node = found[0]
        return node

    def all(self, name: str) -> list[Node]:
        """Return the children of that name, in order."""
        return self.children.get(name, [])

    def value(self, *path: str) -> str:
        """Return the text along the path, or "" where there is none."""
        node: Node = self
        for name in path:
            found = node.children.get(name)
            if found is None:
                return ""
            node = found[0]
        return node.text

    def values(self, *paths: tuple[str, ...]) -> str:
        """Return the first text that one of the paths leads to."""
        for path in paths:
            if text := self.value(*path):
                return text
        return ""


def local_name(tag: str) -> str:
    """Return the name of an element without its namespace."""
    name = _local_names.get(tag)
    if name is None:
        name = tag.rpartition("}")[2]
        if len(_local_names) < _LOCAL_NAMES_MAX:
            _local_names[tag] = name
    return name


def node_of(element: Element, without: str = "") -> Node:
    """Return the element and all below it; leave out direct children of the name given.

    Where elements know no line, none is told. RecursionError where they are nested too deep.
    """
    line: int | None = getattr(element, "sourceline", None)
    return Node("", "", _branch(element, _DEEPEST, without), line)


def _branch(element: Element, deepest: int, without: str = "") -> dict[str, list[Node]]:
    """Return what is below an element, by name; nodes are made the short way, being so many."""
    if not deepest:
        raise RecursionError
    children: dict[str, list[Node]] = {}
    for child in element:
        tag = child.tag
        name = _local_names.get(tag) or local_name(tag)
        if name == without:
            continue
        if len(child):
            node = _made(Node, ("", "", _branch(child, deepest - 1), None))
        else:
            text = child.text
            told = text.strip() if text else "", child.get("Ccy") or "", _NO_CHILDREN, None
            node = _made(Node, told)
        if name in children:
            children[name].append(node)
        else:
            children[name] = [node]
    return children


def signed_minor(node: Node, file: str) -> int:
    """Return the amount of an entry or balance in minor units, negative for a debit."""
    amount = node.first("Amt")
    if amount is None or not amount.text:
        raise refusal(
            "statement_amount_missing", "there is no amount", file=file, line=node.line, field="Amt"
        )
    if not is_currency(amount.currency):
        raise refusal(
            "statement_currency_missing",
            "the amount names no currency",
            file=file,
            line=node.line,
            field="Amt/@Ccy",
        )
    direction = node.value("CdtDbtInd")
    if direction not in {"CRDT", "DBIT"}:
        raise refusal(
            "statement_unreadable",
            "it is not said whether the amount is a credit or a debit",
            file=file,
            line=node.line,
            field="CdtDbtInd",
        )
    return minor_of(amount, file, node.line) * (1 if direction == "CRDT" else -1)


def minor_of(amount: Node, file: str, line: int | None) -> int:
    """Return an unsigned amount in minor units; refuse what is none."""
    try:
        return to_minor(amount.text, amount.currency)
    except ValueError as error:
        raise refusal(
            "statement_amount_unreadable", str(error), file=file, line=line, field="Amt"
        ) from error


def account_of(node: Node | None) -> str:
    """Return the number of an account, the IBAN if it has one."""
    if node is None:
        return ""
    found = node.values(
        ("Id", "IBAN"),
        ("Id", "Othr", "Id"),
        ("Id", "PrtryAcct", "Id"),
        ("Id", "BBAN"),
        ("Id", "UPIC"),
    )
    return "".join(found.split())


def day_of(
    node: Node, path: tuple[str, ...], file: str, prefix: str = "", *, name: str = ""
) -> date | None:
    """Return the date or the local day of a time along the path; None where there is none."""
    holder = node.first(*path)
    if holder is None:
        return None
    names = (name,) if name else (f"{prefix}Dt", f"{prefix}DtTm")
    text = next((found for each in names if (found := holder.value(each))), "")
    if not text:
        return None
    try:
        return _day_of(text[:10])
    except ValueError as error:
        raise refusal(
            "statement_date_unreadable",
            f"{text[:40]!r} is not a date",
            file=file,
            line=node.line,
            field="/".join((*path, names[0])),
        ) from error
