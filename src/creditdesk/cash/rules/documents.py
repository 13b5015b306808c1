"""Which documents a payment names, however their numbers are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from creditdesk.cash.rules.index import DIGITS_MIN, HEAD_LENGTH, Document, Index
from creditdesk.cash.rules.values import Receipt
from creditdesk.kernel.references import words

JOINED_WORDS_MAX: Final = 5
WORDS_MAX: Final = 400
# Shorter numbers, and numbers of digits alone, are met by chance: they need a second sign.
STRONG_LENGTH_MIN: Final = 6
KEY_LENGTH_MIN: Final = 4

_ASCII_WORDS = re.compile(r"[0-9A-Z]+")
_LETTERS_THEN_DIGITS = re.compile(r"[A-Z]+([0-9]{5,})")
_START = attrgetter("start")
_CREDITOR_REFERENCE = re.compile(r"RF[0-9]{2}(?=[0-9A-Z]{1,21}$)")


class Named(NamedTuple):
    """A document a payment names. Strong: the number alone is enough to say which is meant."""

    document: Document
    is_strong: bool
    is_structured: bool


class Hit(NamedTuple):
    """Words of a text, from `start` to before `end`, that are the number of documents."""

    start: int
    end: int
    documents: Sequence[Document]
    is_strong: bool


class Spoken(NamedTuple):
    """The words of one text, the numbers found in them, and digits that may name a document."""

    is_structured: bool
    hits: list[Hit]
    digits: list[tuple[int, int, str]]


def named_documents(receipt: Receipt, index: Index) -> tuple[Named, ...]:
    """Return the documents the payment names, in the order of the text, each once.

    A structured reference counts before the text; if any is strong, weak ones are left out.
    """
    known = index.named.get(receipt.payment_id)
    if known is not None and known[0] is receipt:
        return known[1]
    return named_in([look(*each, index) for each in texts(receipt)], index)


def texts(receipt: Receipt) -> list[tuple[Sequence[str], bool]]:
    """Return the words of all in which a payment may name a document, and if it is structured."""
    told = [(_reference_words(reference), True) for reference in receipt.structured_references]
    return [*told, (folded_words(receipt.text), False)]


def look(every: Sequence[str], is_structured: bool, index: Index) -> Spoken:  # noqa: FBT001 - as texts tell it
    """Find whole numbers in the words, and the digits beside them that may be numbers in short."""
    hits: list[Hit] = []
    digits: list[tuple[int, int, str]] = []
    told = 0  # what a strong number covers needs no second look for digits
    heads = index.heads
    for start, word in enumerate(every):
        if word[:HEAD_LENGTH] in heads:
            for hit in _numbers_at(every, start, index):
                hits.append(hit)
                if hit.is_strong and hit.end > told:
                    told = hit.end
        if start >= told and word[-1].isdecimal():
            digits += _digits_at(every, start)
    return Spoken(is_structured, hits, digits)


def named_in(spoken: Sequence[Spoken], index: Index) -> tuple[Named, ...]:
    """Return the documents named by texts that were looked through."""
    if len(spoken) == 1:
        return _strongest(_named(spoken[0], index))
    structured = [named for each in spoken if each.is_structured for named in _named(each, index)]
    if any(named.is_strong for named in structured):
        return _strongest(structured)
    in_text = [named for each in spoken if not each.is_structured for named in _named(each, index)]
    return _strongest([*structured, *in_text] if structured else in_text)


def _named(spoken: Spoken, index: Index) -> list[Named]:
    is_structured, hits, digits = spoken
    if digits:
        by_digits = [
            Hit(start, end, documents, is_strong=False)
            for start, end, form in digits
            if len(documents := index.digits.get(form, ())) == 1
        ]
        if by_digits:
            hits = sorted([*hits, *by_digits], key=_START)
    return [
        Named(document, hit.is_strong, is_structured)
        for hit in _told_apart(hits)
        for document in hit.documents
    ]


def _strongest(found: Sequence[Named]) -> tuple[Named, ...]:
    if len(found) <= 1:
        return tuple(found)
    any_strong = any(named.is_strong for named in found)
    kept: dict[int, Named] = {}
    for named in found:
        if named.is_strong or not any_strong:
            kept.setdefault(named.document.invoice_id, named)
    return tuple(kept.values())


def folded_words(text: str) -> list[str]:
    """Return the words as the kernel folds them; the usual plain text takes a shorter way."""
    found = _ASCII_WORDS.findall(text.upper()) if text.isascii() else words(text)
    return found[:WORDS_MAX]


def _reference_words(reference: str) -> list[str]:
    found = folded_words(reference)
    joined = "".join(found)
    inner = _CREDITOR_REFERENCE.sub("", joined)
    return [inner] if inner != joined else found


def _numbers_at(every: Sequence[str], start: int, index: Index) -> list[Hit]:
    """Return the whole numbers that begin at a word and may be spread over the next ones."""
    hits = []
    key = ""
    for end in range(start, min(start + JOINED_WORDS_MAX, len(every))):
        key += every[end]
        if len(key) > index.key_length_max:
            break
        documents = index.documents.get(key)
        if documents and len(key) >= KEY_LENGTH_MIN:
            strong = len(key) >= STRONG_LENGTH_MIN and not key.isdecimal() and not key.isalpha()
            hits.append(Hit(start, end + 1, documents, strong and len(documents) == 1))
    return hits


def _digits_at(every: Sequence[str], start: int) -> list[tuple[int, int, str]]:
    """Return the digits that begin at a word and may name a document: from, to before, and form."""
    glued = _LETTERS_THEN_DIGITS.fullmatch(every[start])
    if glued is not None:
        form = glued[1].lstrip("0")
        return [(start, start + 1, form)] if form else []
    found = []
    key = ""
    for end in range(start, min(start + JOINED_WORDS_MAX, len(every))):
        if not every[end].isdecimal():
            break
        key += every[end]
        if len(key) >= DIGITS_MIN and (form := key.lstrip("0")):
            found.append((start, end + 1, form))
    return found


def _told_apart(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Drop what is only part of a longer number; strong ones that overlap become weak.

    Either may be meant, and so the amount must decide.
    """
    if len(hits) <= 1:
        return hits
    strong = [hit for hit in hits if hit.is_strong]
    kept = []
    for hit in hits:
        if hit.is_strong:
            rivals = any(other is not hit and _overlap(hit, other) for other in strong)
            kept.append(hit._replace(is_strong=False) if rivals else hit)
        elif not any(_overlap(hit, other) for other in strong) and not any(
            other.end - other.start > hit.end - hit.start and _overlap(hit, other) for other in hits
        ):
            kept.append(hit)
    return kept


def _overlap(one: Hit, other: Hit) -> bool:
    return other.start < one.end and one.start < other.end
