"""The payers a batch may come from, fetched in a few questions about all customers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from creditdesk.cash.rules.payers import (
    COMMON_WORD,
    NAME_LENGTH_MIN,
    NAME_WORDS_MAX,
    Payers,
    Told,
    number_keys,
    payer_account_key,
    payer_key,
    spoken,
)
from creditdesk.cash.rules.values import Receipt
from creditdesk.cash.services.asked import Asked, AskedSet
from creditdesk.customers import payer_queries
from creditdesk.kernel.references import name_key

# What stands for the names of a word that too many share: the rules look at none of them.
_TOO_MANY: Final = ("",) * (COMMON_WORD + 1)
COMMON_KEPT_MAX: Final = 50_000


class _Numbers(Mapping[str, int]):
    """Customers by number, of whom there is one at most."""

    __slots__ = ("_asked",)

    def __init__(self, asked: Asked[str, int]) -> None:
        self._asked = asked

    def __getitem__(self, key: str) -> int:
        found = self._asked[key]
        if not found:
            raise KeyError(key)
        return found[0]

    def __contains__(self, key: object) -> bool:
        return key in self._asked

    def __iter__(self) -> Iterator[str]:
        return (key for key, found in self._asked.known.items() if found)

    def __len__(self) -> int:
        return sum(map(bool, self._asked.known.values()))


class KnownPayers:
    """Who may have paid, as far as a batch asks; the rules get the answers all would give."""

    def __init__(self, company_id: int) -> None:
        self._company_id = company_id
        self._told: Told = {}
        self._accounts: Asked[str, int] = Asked(self._ask_accounts)
        self._names: Asked[str, int] = Asked(self._ask_names)
        self._numbers: Asked[str, int] = Asked(self._ask_numbers)
        self._by_word: Asked[str, str] = Asked(self._ask_words)
        # Kept from batch to batch: of such a word the ledger holds more names than any other.
        self._common: set[str] = set()
        self._words = AskedSet(partial(payer_queries.words_of_names, company_id))
        self.payers = Payers(
            accounts=self._accounts, names=self._names, numbers=_Numbers(self._numbers),
            by_word=self._by_word, name_heads=self._words, told=self._told,
        )  # fmt: skip

    def foresee(self, receipts: Iterable[Receipt]) -> None:
        """Know whom the accounts and names of payments tell, and nobody from before."""
        self._told.clear()
        for asked in (self._accounts, self._names, self._numbers, self._by_word):
            asked.forget()
        told = {(receipt.counterparty_account, receipt.counterparty) for receipt in receipts}
        self._accounts.foresee({payer_account_key(account) for account, _ in told if account})
        self._names.foresee({payer_key(name) for _, name in told if name})

    def foresee_texts(self, receipts: Iterable[Receipt]) -> None:
        """Know whom texts and similar names may tell, where account and name tell nobody."""
        left = [receipt for receipt in receipts if not self._is_told(receipt)]
        texts = [spoken(receipt) for receipt in left]
        self._numbers.foresee({key for every in texts for key in number_keys(every)})
        kept = [name_key(" ".join(every)).split() for every in texts]
        heads = self._words.foresee({word for every in kept for word in every})
        self._names.foresee({name for every in kept for name in _names_at(every, heads)})
        named = {receipt.counterparty for receipt in left if receipt.counterparty}
        self._by_word.foresee({word for name in named for word in payer_key(name).split()})

    def _is_told(self, receipt: Receipt) -> bool:
        account, name = receipt.counterparty_account, receipt.counterparty
        return (
            receipt.customer_id is not None
            or (bool(account) and payer_account_key(account) in self._accounts)
            or (bool(name) and payer_key(name) in self._names)
        )

    def _ask_accounts(self, keys: Collection[str]) -> dict[str, Sequence[int]]:
        return _sorted(payer_queries.by_account(self._company_id, keys))

    def _ask_names(self, keys: Collection[str]) -> dict[str, Sequence[int]]:
        return _sorted(payer_queries.by_name(self._company_id, keys))

    def _ask_numbers(self, keys: Collection[str]) -> dict[str, Sequence[int]]:
        found = payer_queries.by_number(self._company_id, keys)
        return {key: (customer_id,) for key, customer_id in found.items()}

    def _ask_words(self, words: Collection[str]) -> dict[str, Sequence[str]]:
        known: dict[str, Sequence[str]] = dict.fromkeys(self._common.intersection(words), _TOO_MANY)
        left = [word for word in words if word not in known]
        found = payer_queries.names_with(self._company_id, left, most=COMMON_WORD + 1)
        common = [word for word, names in found.items() if len(names) > COMMON_WORD]
        if len(self._common) + len(common) <= COMMON_KEPT_MAX:
            self._common.update(common)
        return known | found


def _sorted(found: Mapping[str, Collection[int]]) -> dict[str, Sequence[int]]:
    return {key: sorted(ids) for key, ids in found.items()}


def _names_at(kept: Sequence[str], heads: Collection[str]) -> Iterator[str]:
    """Yield every run of words that may be a whole name."""
    for start, first in enumerate(kept):
        if first in heads:
            for end in range(start + 1, min(start + NAME_WORDS_MAX, len(kept)) + 1):
                name = " ".join(kept[start:end])
                if len(name) >= NAME_LENGTH_MIN:
                    yield name
