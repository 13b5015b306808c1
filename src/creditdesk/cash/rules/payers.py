"""Who paid: by account, by name, by a customer number or name in the text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from creditdesk.cash.rules.values import PAYER_STRONG, Receipt
from creditdesk.customers.rules import account_key
from creditdesk.kernel.references import name_key, words

NAME_WORDS_MAX: Final = 6
NAME_LENGTH_MIN: Final = 6
NUMBER_LENGTH_MIN: Final = 5
NUMBER_WORDS_MAX: Final = 3
WORDS_MAX: Final = 400
# A word of a name that this many names share says nothing.
COMMON_WORD: Final = 200
RUNNER_UP_MARGIN: Final = 5


# A payer is looked for several times in a run, always by the same few keys.
payer_key = lru_cache(maxsize=8192)(name_key)
payer_account_key = lru_cache(maxsize=8192)(account_key)


class Payer(NamedTuple):
    """Who paid, and how that was recognised.

    `how` is one of PAYER_STRONG, or weak: `digits_in_text`, `name_in_text`, `similar`.
    """

    customer_id: int
    how: str
    score: int = 100

    @property
    def is_strong(self) -> bool:
        """Whether this alone says whose money it is."""
        return self.how in PAYER_STRONG


# Who paid, and everybody the account or name may belong to.
Recognised = tuple[Payer | None, tuple[int, ...]]
# By payment, and whether its text was looked at: the receipt, and what was recognised of it.
Told = dict[tuple[int, bool], tuple[Receipt, Recognised]]


@dataclass(frozen=True, slots=True)
class Payers:
    """How payers of a company are recognised, by key; `by_word` leads from a word to names.

    It may hold all of them, or ask for who is wanted. `name_heads` holds the first word of every
    name, and may hold others. `told` is what was recognised of payments, where that is kept.
    """

    accounts: Mapping[str, Collection[int]]
    names: Mapping[str, Collection[int]]
    numbers: Mapping[str, int]
    by_word: Mapping[str, Sequence[str]]
    name_heads: AbstractSet[str]
    told: Told | None = None


def build_payers(
    accounts: Mapping[str, Collection[int]],
    names: Mapping[str, Collection[int]],
    numbers: Mapping[str, int],
) -> Payers:
    """Lay out the known payers for recognising them in a batch."""
    by_word: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        for word in set(name.split()):
            by_word[word].append(name)
    return Payers(
        accounts=accounts,
        names=names,
        numbers=numbers,
        by_word={word: tuple(found) for word, found in by_word.items()},
        name_heads=frozenset(name.partition(" ")[0] for name in names),
    )


def recognise(receipt: Receipt, payers: Payers, *, in_text: bool = True) -> Recognised:
    """Return the payer, if one is recognised, and everybody the account or name may belong to.

    Account and name narrow each other down; where they contradict, nobody is recognised. The text
    is looked at only where account and name say nothing, and not at all without `in_text`.
    """
    told = payers.told
    if told is None:
        return _recognised(receipt, payers, in_text)
    known = told.get((receipt.payment_id, in_text))
    if known is not None and known[0] is receipt:
        return known[1]
    found = _recognised(receipt, payers, in_text)
    told[receipt.payment_id, in_text] = receipt, found
    if found[1]:  # then the text is not looked at
        told[receipt.payment_id, not in_text] = receipt, found
    return found


def _recognised(receipt: Receipt, payers: Payers, in_text: bool) -> Recognised:  # noqa: FBT001 - as told
    account, name = receipt.counterparty_account, receipt.counterparty
    if not account and not name and receipt.customer_id is None:
        return _in_text(receipt, payers) if in_text else None, ()
    of_account = payers.accounts.get(payer_account_key(account), ()) if account else ()
    of_name = payers.names.get(payer_key(name), ()) if name else ()
    if not (of_account or of_name or receipt.customer_id is not None):
        return _in_text(receipt, payers) if in_text else None, ()
    if receipt.customer_id is None and len(of_account) <= 1 and len(of_name) <= 1:
        only = tuple({*of_account, *of_name})
        if len(only) == 1:
            return Payer(only[0], "account" if of_account else "name"), only
    by_account, by_name = set(of_account), set(of_name)
    if receipt.customer_id is not None:
        return _assigned(receipt.customer_id, by_account, by_name), (receipt.customer_id,)
    possible = (by_account & by_name) or (by_account | by_name)
    if len(possible) == 1:
        how = "account" if by_account else "name"
        return Payer(next(iter(possible)), how), tuple(possible)
    return None, tuple(sorted(possible))


def _assigned(customer_id: int, by_account: set[int], by_name: set[int]) -> Payer:
    """Return a payer already known, with what bears it out."""
    if customer_id in by_account:
        return Payer(customer_id, "account")
    return Payer(customer_id, "name" if customer_id in by_name else "assigned")


def name_scores(receipt: Receipt, payers: Payers, score_minimum: Decimal) -> Mapping[int, float]:
    """Return the customers whose names are like the counterparty's, enough, with how like."""
    wanted = payer_key(receipt.counterparty)
    best: dict[int, float] = {}
    for name in _candidates(wanted, payers):
        score = fuzz.token_sort_ratio(wanted, name, score_cutoff=int(score_minimum))
        if score >= score_minimum:
            for customer_id in payers.names[name]:
                best[customer_id] = max(score, best.get(customer_id, 0.0))
    return best


def most_like(scores: Mapping[int, float], among: Collection[int] | None = None) -> Payer | None:
    """Return the one customer with the highest score; `among` leaves out all other customers.

    A runner-up nearly as like makes it nobody.
    """
    ranked = sorted(
        (found for found in scores.items() if among is None or found[0] in among),
        key=lambda found: (-found[1], found[0]),
    )
    if not ranked:
        return None
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < RUNNER_UP_MARGIN:
        return None
    return Payer(ranked[0][0], "similar", int(ranked[0][1]))


def _candidates(wanted: str, payers: Payers) -> Iterable[str]:
    """Return names sharing a telling word with the wanted one, each once, in order."""
    found = {
        name
        for word in wanted.split()
        if len(names := payers.by_word.get(word, ())) <= COMMON_WORD
        for name in names
    }
    return sorted(found)


def _in_text(receipt: Receipt, payers: Payers) -> Payer | None:
    """Return the one customer whose number, or else whose name, stands in the text."""
    every = spoken(receipt)
    numbered = set(_numbers_in(every, payers))
    if len(numbered) == 1:
        customer_id, key = numbered.pop()
        return Payer(customer_id, "digits_in_text" if key.isdecimal() else "number_in_text")
    named = set(_names_in(every, payers))
    if len(named) == 1 and not numbered:
        return Payer(named.pop(), "name_in_text")
    return None


def _numbers_in(every: list[str], payers: Payers) -> Iterator[tuple[int, str]]:
    for key in number_keys(every):
        if key in payers.numbers:
            yield payers.numbers[key], key


def number_keys(every: Sequence[str]) -> Iterator[str]:
    """Yield every run of words that may be a customer number, joined."""
    for start in range(len(every)):
        key = ""
        for word in every[start : start + NUMBER_WORDS_MAX]:
            key += word
            if len(key) >= NUMBER_LENGTH_MIN:
                yield key


def spoken(receipt: Receipt) -> list[str]:
    """Return the words of the text in which a payer may be named."""
    return words(receipt.text)[:WORDS_MAX]


def _names_in(every: list[str], payers: Payers) -> Iterator[int]:
    """Yield customers whose whole name stands in the text; the longest name at a place counts."""
    kept = name_key(" ".join(every)).split()
    for start, first in enumerate(kept):
        if first not in payers.name_heads:
            continue
        for end in range(min(start + NAME_WORDS_MAX, len(kept)), start, -1):
            name = " ".join(kept[start:end])
            if len(name) >= NAME_LENGTH_MIN and name in payers.names:
                yield from payers.names[name]
                break
