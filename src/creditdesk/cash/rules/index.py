"""The open items of a company, laid out once per batch for looking up by number and amount."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Final, TypeVar

from creditdesk.cash.rules.values import OpenItem, Receipt
from creditdesk.kernel.references import words

if TYPE_CHECKING:
    from creditdesk.cash.rules.documents import Named

HEAD_LENGTH: Final = 4
DIGITS_MIN: Final = 5
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

AGE: Final = attrgetter("due_on", "issued_on", "item_id")
# Plain numbers, which most are; for any other the kernel folds the words.
_LAST_WORD = re.compile(r"(?:[ -~]*[ -/:-@\[-`{-~])?([0-9A-Z]+)")

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Document:
    """The open items of one document, in the order in which they fall due."""

    invoice_id: int
    items: Sequence[OpenItem]

    @property
    def number(self) -> str:
        """The number as it was issued."""
        return self.items[0].number

    @property
    def customer_id(self) -> int:
        """Whose it is."""
        return self.items[0].customer_id

    @property
    def currency(self) -> str:
        """In which currency it was issued."""
        return self.items[0].currency


@dataclass(frozen=True, slots=True)
class Index:
    """Where to find the open items; `heads` holds every beginning of a number, up to 4 signs.

    It may hold all of a ledger, or ask the ledger for what is wanted; the answers are the same.
    Where `many` holds an amount, it says how many are open with it in all, and `by_amount` holds
    the first of them to fall due, at least six. `named` is what payments were found to name.
    """

    documents: Mapping[str, Sequence[Document]]
    digits: Mapping[str, Sequence[Document]]
    heads: AbstractSet[str]
    key_length_max: int
    by_customer: Mapping[tuple[int, str], Sequence[OpenItem]]
    by_amount: Mapping[tuple[str, int], Sequence[OpenItem]]
    open_minor: Mapping[int, int]
    many: Mapping[tuple[str, int], int] = field(default_factory=dict)
    named: Mapping[int, tuple[Receipt, tuple[Named, ...]]] = field(default_factory=dict)


def build_index(items: Iterable[OpenItem]) -> Index:
    """Lay out the open items; the order in which they come makes no difference."""
    by_age = sorted(items, key=AGE)
    by_document: dict[int, list[OpenItem]] = {}
    by_customer: dict[tuple[int, str], list[OpenItem]] = {}
    by_amount: dict[tuple[str, int], list[OpenItem]] = {}
    for item in by_age:
        currency = item.currency
        _add(by_document, item.invoice_id, item)
        _add(by_customer, (item.customer_id, currency), item)
        _add(by_amount, (currency, item.open_minor), item)
    documents: dict[str, list[Document]] = {}
    digits: dict[str, list[Document]] = {}
    for invoice_id in sorted(by_document):
        parts = by_document[invoice_id]
        first, document = parts[0], Document(invoice_id, parts)
        _add(documents, first.number_key, document)
        for form in digit_forms(first.number, first.number_key):
            _add(digits, form, document)
    return Index(
        documents=documents,
        digits=digits,
        heads={key[:length] for length in range(1, HEAD_LENGTH + 1) for key in documents},
        key_length_max=max(map(len, documents), default=0),
        by_customer=by_customer,
        by_amount=by_amount,
        open_minor={item.item_id: item.open_minor for item in by_age},
    )


def _add(lists: dict[Key, list[Value]], key: Key, value: Value) -> None:
    """Add to the list of a key; most keys have one value, so no list is made to be thrown away."""
    found = lists.get(key)
    if found is None:
        lists[key] = [value]
    else:
        found.append(value)


def digit_forms(number: str, number_key: str) -> tuple[str, ...]:
    """Return how a number may be written with digits alone, without leading zeros.

    `INV-2026-00012` gives 202600012 and, from its last five digits or more, 12.
    """
    whole = _plain_digits(number_key.lstrip(LETTERS))
    last = _plain_digits(_last_word(number))
    if not last or last == whole:
        return (whole,) if whole else ()
    return (whole, last) if whole else (last,)


def _plain_digits(text: str) -> str:
    return text.lstrip("0") if len(text) >= DIGITS_MIN and text.isdecimal() else ""


def _last_word(number: str) -> str:
    found = _LAST_WORD.fullmatch(number)
    if found is not None:
        return found[1]
    return (words(number) or [""])[-1]


def equal_items(
    index: Index, currency: str, minor: int, opens: Mapping[int, int], of: Collection[int] = ()
) -> list[OpenItem]:
    """Return the items of anybody that are open with exactly this amount, by age.

    Of many, the first few and all of the customers `of`.
    """
    items: Iterable[OpenItem] = index.by_amount.get((currency, minor), ())
    if of and (currency, minor) in index.many:
        theirs = (
            each for customer in of for each in index.by_customer.get((customer, currency), ())
        )
        held = {item.item_id: item for item in items}
        held.update((item.item_id, item) for item in theirs if item.open_minor == minor)
        items = sorted(held.values(), key=AGE)
    return [item for item in items if opens.get(item.item_id, item.open_minor) == minor]
