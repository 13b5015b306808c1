"""What a batch of payments may mean, so that the ledger is asked for that and for nothing else.

Whatever is overlooked here is asked for when it is wanted: it costs time and changes no answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal

from creditdesk.cash.rules.documents import JOINED_WORDS_MAX, KEY_LENGTH_MIN, Named
from creditdesk.cash.rules.index import DIGITS_MIN, HEAD_LENGTH, Document
from creditdesk.cash.rules.payers import Payers, name_scores, recognise
from creditdesk.cash.rules.values import Receipt

Texts = Iterable[tuple[Sequence[str], bool]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Amounts by currency, and customers by id, whose open items a batch asks for."""

    amounts: set[tuple[str, int]] = field(default_factory=set)
    customers: set[tuple[int, str]] = field(default_factory=set)


def heads(texts: Texts) -> set[str]:
    """Return every beginning a number may have."""
    return {word[:HEAD_LENGTH] for words, _ in texts for word in words}


def number_keys(texts: Texts, known_heads: AbstractSet[str], length_max: int) -> set[str]:
    """Return every run of words that may be a whole number, joined."""
    return {
        key
        for words, _ in texts
        for start, word in enumerate(words)
        if word[:HEAD_LENGTH] in known_heads
        for key in _joined(words, start, length_max)
    }


def _joined(words: Sequence[str], start: int, length_max: int) -> Iterator[str]:
    key = ""
    for word in words[start : start + JOINED_WORDS_MAX]:
        key += word
        if len(key) > length_max:
            return
        if len(key) >= KEY_LENGTH_MIN:
            yield key


def number_endings(forms: Iterable[str]) -> set[str]:
    """Return how a number must end that may be written with these digits alone."""
    return {form.zfill(DIGITS_MIN) for form in forms}


def wanted_by_document(
    named: Iterable[tuple[Receipt, Sequence[Named]]], opens: Mapping[int, int], payers: Payers
) -> Wanted:
    """Return what is asked of payments whose amount is not that of the documents they name.

    And of those that somebody else seems to have paid.
    """
    wanted = Wanted()
    seen: set[int] = set()
    for receipt, found in named:
        if not found:
            continue
        if len(found) == 1 and len(found[0].document.items) == 1:
            _want_one(wanted, receipt, found[0].document, seen, opens, payers)
            continue
        documents = [each.document for each in found]
        minors = [item.open_minor for one in documents for item in one.items]
        again = any(one.invoice_id in seen for one in documents) or any(
            item.item_id in opens for one in documents for item in one.items
        )
        seen.update(one.invoice_id for one in documents)
        if again or sum(minors) != receipt.minor or _is_anothers(receipt, documents, payers):
            wanted.amounts.add((receipt.currency, receipt.minor))
        if receipt.minor > sum(minors):
            wanted.customers.update((one.customer_id, one.currency) for one in documents)
    return wanted


def _want_one(
    wanted: Wanted, receipt: Receipt, document: Document, seen: set[int], opens: Mapping[int, int],
    payers: Payers,
) -> None:  # fmt: skip
    """Add what is asked of a payment that names one document of one part: most do."""
    item = document.items[0]
    again = document.invoice_id in seen or item.item_id in opens
    seen.add(document.invoice_id)
    if again or item.open_minor != receipt.minor or _is_anothers(receipt, (document,), payers):
        wanted.amounts.add((receipt.currency, receipt.minor))
    if receipt.minor > item.open_minor:
        wanted.customers.add((item.customer_id, item.currency))


def _is_anothers(receipt: Receipt, documents: Iterable[Document], payers: Payers) -> bool:
    _, possible = recognise(receipt, payers, in_text=False)
    return bool(possible) and any(one.customer_id not in possible for one in documents)


def wanted_by_amount(receipts: Iterable[Receipt], payers: Payers, score_minimum: Decimal) -> Wanted:
    """Return what is asked of payments that name no document."""
    wanted = Wanted()
    for receipt in receipts:
        wanted.amounts.add((receipt.currency, receipt.minor))
        payer, possible = recognise(receipt, payers)
        if payer is not None:
            wanted.customers.add((payer.customer_id, receipt.currency))
        elif not possible:
            scores = name_scores(receipt, payers, score_minimum)
            wanted.customers.update((customer_id, receipt.currency) for customer_id in scores)
    return wanted
