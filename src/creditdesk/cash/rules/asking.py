"""What a batch of payments may mean, so that the ledger is asked for that and for nothing else.

Whatever is overlooked here is asked for when it is wanted: it costs time and changes no answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from creditdesk.cash.rules.documents import (
    JOINED_WORDS_MAX,
    KEY_LENGTH_MIN,
    digits_at,
    folded_words,
    numbers_at,
    reference_words,
)
from creditdesk.cash.rules.index import DIGITS_MIN, HEAD_LENGTH, Document, Index
from creditdesk.cash.rules.payers import Payers, name_scores, recognise
from creditdesk.cash.rules.values import Receipt

Texts = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Amounts by currency, and customers by id, whose open items a batch asks for."""

    amounts: set[tuple[str, int]] = field(default_factory=set)
    customers: set[tuple[int, str]] = field(default_factory=set)


def texts(receipt: Receipt) -> list[list[str]]:
    """Return the words of everything in which a payment may name a document."""
    told = [reference_words(reference) for reference in receipt.structured_references]
    return [*told, folded_words(receipt.text)]


def heads(spoken: Iterable[Texts]) -> set[str]:
    """Return every beginning a number may have."""
    return {word[:HEAD_LENGTH] for each in spoken for words in each for word in words}


def number_keys(spoken: Iterable[Texts], index: Index) -> set[str]:
    """Return every run of words that may be a whole number, joined."""
    return {
        key
        for each in spoken
        for words in each
        for start, word in enumerate(words)
        if word[:HEAD_LENGTH] in index.heads
        for key in _joined(words, start, index.key_length_max)
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


class Named:
    """What the texts of a batch name, as far as whole numbers tell; digits are asked for next."""

    __slots__ = ("_documents", "_forms", "_receipts", "forms")

    def __init__(self, receipts: Sequence[Receipt], spoken: Sequence[Texts], index: Index) -> None:
        self._receipts = receipts
        self._documents: list[list[Document]] = []
        self._forms: list[list[str]] = []
        for each in spoken:
            documents: list[Document] = []
            forms: list[str] = []
            for words in each:
                _look(words, index, documents, forms)
            self._documents.append(documents)
            self._forms.append(forms)
        self.forms = {form for forms in self._forms for form in forms}

    def wanted(self, index: Index, opens: Mapping[int, int]) -> Wanted:
        """Return what is asked where the amount is not that of the documents named."""
        wanted = Wanted()
        seen: set[int] = set()
        for receipt, strong, forms in zip(
            self._receipts, self._documents, self._forms, strict=True
        ):
            documents = strong or [one for form in forms for one in index.digits.get(form, ())]
            if not documents:
                continue
            total = sum(item.open_minor for one in documents for item in one.items)
            again = any(
                one.invoice_id in seen or any(item.item_id in opens for item in one.items)
                for one in documents
            )
            seen.update(one.invoice_id for one in documents)
            if again or total != receipt.minor:
                wanted.amounts.add((receipt.currency, receipt.minor))
            if receipt.minor > total:
                wanted.customers.update((one.customer_id, one.currency) for one in documents)
        return wanted


def _look(words: Sequence[str], index: Index, documents: list[Document], forms: list[str]) -> None:
    """Add the documents that whole numbers name, and the digits that stand beside them."""
    told = 0
    for start, word in enumerate(words):
        if word[:HEAD_LENGTH] in index.heads:
            for hit in numbers_at(words, start, index):
                documents += hit.documents
                if hit.is_strong and hit.end > told:
                    told = hit.end
        if start >= told and word[-1].isdecimal():
            forms += [form for _, form in digits_at(words, start) if form]


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
