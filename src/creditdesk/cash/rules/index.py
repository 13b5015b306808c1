"""The open items of a company, laid out once per batch for looking up by number and amount."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from creditdesk.cash.rules.values import OpenItem
from creditdesk.kernel.references import words

HEAD_LENGTH: Final = 4
DIGITS_MIN: Final = 5
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Document:
    """The open items of one document, in the order in which they fall due."""

    invoice_id: int
    number: str
    number_key: str
    customer_id: int
    currency: str
    items: tuple[OpenItem, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """Where to find the open items; `heads` holds every beginning of a number, up to 4 signs."""

    documents: Mapping[str, tuple[Document, ...]]
    digits: Mapping[str, tuple[Document, ...]]
    heads: frozenset[str]
    key_length_max: int
    by_customer: Mapping[tuple[int, str], tuple[OpenItem, ...]]
    by_amount: Mapping[tuple[str, int], tuple[OpenItem, ...]]
    open_minor: Mapping[int, int]


def build_index(items: Iterable[OpenItem]) -> Index:
    """Lay out the open items; the order in which they come makes no difference."""
    by_document: defaultdict[int, list[OpenItem]] = defaultdict(list)
    by_customer: defaultdict[tuple[int, str], list[OpenItem]] = defaultdict(list)
    by_amount: defaultdict[tuple[str, int], list[OpenItem]] = defaultdict(list)
    for item in sorted(items, key=_age):
        by_document[item.invoice_id].append(item)
        by_customer[item.customer_id, item.currency].append(item)
        by_amount[item.currency, item.open_minor].append(item)
    documents: defaultdict[str, list[Document]] = defaultdict(list)
    digits: defaultdict[str, list[Document]] = defaultdict(list)
    for invoice_id, parts in sorted(by_document.items()):
        first = parts[0]
        document = Document(
            invoice_id, first.number, first.number_key, first.customer_id, first.currency,
            tuple(parts),
        )  # fmt: skip
        documents[first.number_key].append(document)
        for form in digit_forms(first.number, first.number_key):
            digits[form].append(document)
    return Index(
        documents=_frozen(documents),
        digits=_frozen(digits),
        heads=frozenset(_heads(documents)),
        key_length_max=max(map(len, documents), default=0),
        by_customer=_frozen(by_customer),
        by_amount=_frozen(by_amount),
        open_minor={
            item.item_id: item.open_minor for parts in by_document.values() for item in parts
        },
    )


def digit_forms(number: str, number_key: str) -> set[str]:
    """Return how a number may be written with digits alone, without leading zeros.

    `INV-2026-00012` gives 202600012 and, from its last five digits or more, 12.
    """
    forms = set()
    for form in (number_key.lstrip(LETTERS), *words(number)[-1:]):
        if len(form) >= DIGITS_MIN and form.isdecimal():
            forms.add(form.lstrip("0"))
    return forms - {""}


def _age(item: OpenItem) -> tuple[object, ...]:
    return item.due_on, item.issued_on, item.item_id


def _heads(keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        for length in range(1, HEAD_LENGTH + 1):
            yield key[:length]


def _frozen(lists: Mapping[Key, list[Value]]) -> dict[Key, tuple[Value, ...]]:
    return {key: tuple(found) for key, found in lists.items()}
