"""The open items a batch of payments may mean, fetched in a few questions to the whole ledger.

What is asked is remembered for the batch. A question nobody foresaw is asked when it comes, so the
rules get the answers that all open items laid out at once would give.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar, overload

from creditdesk.cash.rules import asking
from creditdesk.cash.rules.documents import Named, look, named_in, texts
from creditdesk.cash.rules.index import AGE, Document, Index, digit_forms
from creditdesk.cash.rules.matching import lower
from creditdesk.cash.rules.misspelt import ALIKE_MAX
from creditdesk.cash.rules.payers import Payers
from creditdesk.cash.rules.values import Finding, Receipt
from creditdesk.cash.services.asked import Asked, AskedSet
from creditdesk.invoices import open_queries
from creditdesk.invoices.open_queries import Amount, OpenItem
from creditdesk.policy.rules import MatchingRules

# No key is longer: twice what a number may have, as some letters are written out.
KEY_LENGTH_MAX: Final = 128
# Of so many items with one amount all are held; of more, at least as many as the rules tell apart.
HELD_MAX: Final = 64
HELD_MIN: Final = ALIKE_MAX + 1
LARGE: Final = 2_000

Other = TypeVar("Other")
Customer = tuple[int, str]  # with a currency


class _Amounts(Asked[Amount, OpenItem]):
    """Items by the amount that is open; of many equal ones always a few that are still open."""

    __slots__ = ("_ledger",)

    def __init__(self, ledger: OpenLedger) -> None:
        super().__init__(ledger.ask_amounts)
        self._ledger = ledger

    @overload
    def get(self, key: Amount) -> Sequence[OpenItem] | None: ...
    @overload
    def get(
        self, key: Amount, default: Sequence[OpenItem] | Other
    ) -> Sequence[OpenItem] | Other: ...
    def get(self, key: Amount, default: object = None) -> object:
        """Return what there is, the default where there is nothing."""
        found = super().get(key, default)
        if key in self._ledger.totals and self._ledger.is_short(key, self._known[key]):
            self._known.update(self._ask((key,)))
            found = self._known[key]
        return found


class _Many(Mapping[Amount, int]):
    """Of amounts with more items than are held: how many are still open."""

    __slots__ = ("_ledger",)

    def __init__(self, ledger: OpenLedger) -> None:
        self._ledger = ledger

    def __getitem__(self, amount: Amount) -> int:
        return self._ledger.totals[amount] - self._ledger.touched(amount)

    def __iter__(self) -> Iterator[Amount]:
        return iter(self._ledger.totals)

    def __len__(self) -> int:
        return len(self._ledger.totals)


def key_length_max(company_id: int, payments: int) -> int:
    """Return how long a number key can be: of a large batch, the longest there is."""
    return open_queries.longest_key(company_id) if payments >= LARGE else KEY_LENGTH_MAX


class OpenLedger:
    """What is open of a company, seen by one matching: `opens` says what it has settled so far."""

    def __init__(
        self, company_id: int, currencies: Collection[str], *, key_length_max: int
    ) -> None:
        self.opens: dict[int, int] = {}
        self.totals: dict[Amount, int] = {}
        # Of how many items of an amount something was settled, by currency and minor units.
        self._touched: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._company_id = company_id
        self._currencies = currencies
        self._items: dict[int, OpenItem] = {}
        self._documents: dict[int, Document] = {}
        self._open_minor: dict[int, int] = {}
        self._named: dict[int, tuple[Receipt, tuple[Named, ...]]] = {}
        self._heads = AskedSet(partial(open_queries.number_heads, company_id))
        self._by_number: Asked[str, Document] = Asked(self._ask_numbers)
        self._by_digits: Asked[str, Document] = Asked(self._ask_digits)
        self._by_customer: Asked[Customer, OpenItem] = Asked(self._ask_customers)
        self._by_amount = _Amounts(self)
        self.index = Index(
            documents=self._by_number, digits=self._by_digits, heads=self._heads,
            key_length_max=key_length_max, by_customer=self._by_customer,
            by_amount=self._by_amount, open_minor=self._open_minor, many=_Many(self),
            named=self._named,
        )  # fmt: skip

    def foresee_amounts(
        self, receipts: Sequence[Receipt], payers: Payers, rules: MatchingRules
    ) -> None:
        """Know what payments may settle by payer and amount, and nothing of those before."""
        self._forget()
        self._foresee(asking.wanted_by_amount(receipts, payers, rules.name_score_minimum))

    def foresee_documents(self, receipts: Sequence[Receipt], payers: Payers) -> None:
        """Know what payments name: whole numbers first, then digits, then what the rest asks."""
        self._forget()
        spoken = [texts(receipt) for receipt in receipts]
        every = [text for each in spoken for text in each]
        heads = self._heads.foresee(asking.heads(every))
        self._by_number.foresee(asking.number_keys(every, heads, self.index.key_length_max))
        foreseen = replace(self.index, heads=heads, documents=self._by_number.known)
        looked = [[look(*text, foreseen) for text in each] for each in spoken]
        self._by_digits.foresee(
            {form for each in looked for one in each for _, _, form in one.digits}
        )
        for receipt, each in zip(receipts, looked, strict=True):
            self._named[receipt.payment_id] = receipt, named_in(each, self.index)
        self._foresee(asking.wanted_by_document(self._named.values(), self.opens, payers))

    def item(self, item_id: int) -> OpenItem:
        """Return an item of the batch as it was first seen."""
        return self._items[item_id]

    def weakly_named(self) -> list[Receipt]:
        """Return the payments of the batch that name documents by nothing but weak signs."""
        return [
            receipt
            for receipt, named in self._named.values()
            if named and not any(each.is_strong for each in named)
        ]

    def settle(self, finding: Finding) -> tuple[int, ...]:
        """Lower what is open by a finding; return what was open of each of its items before."""
        for item_id, _ in finding.allocations:
            if item_id not in self.opens:
                item = self._items[item_id]
                self._touched[item.currency][item.open_minor] += 1
        return lower(self.opens, finding, self.index)

    def touched(self, amount: Amount) -> int:
        """Return of how many items, open with that amount before, something was settled."""
        currency, minor = amount
        return self._touched[currency].get(minor, 0)

    def ask_amounts(self, amounts: Collection[Amount]) -> dict[Amount, list[OpenItem]]:
        """Return the items with these amounts, of many the first that fall due."""
        most = {amount: HELD_MAX + self.touched(amount) for amount in amounts}
        found: dict[Amount, list[OpenItem]] = {}
        for row in open_queries.by_amount(
            self._company_id, [(amount, held + 1) for amount, held in most.items()]
        ):
            item = self._hold(row)
            if item.open_minor == row.open_minor:
                found.setdefault((item.currency, item.open_minor), []).append(item)
        for amount, items in found.items():
            items.sort(key=AGE)
            if amount not in self.totals and len(items) > most.get(amount, HELD_MAX):
                self.totals[amount] = open_queries.how_many(self._company_id, amount)
        return found

    def is_short(self, amount: Amount, held: Sequence[OpenItem]) -> bool:
        """Whether too few of the items held are still open, though there are more."""
        still = sum(item.item_id not in self.opens for item in held)
        return still < HELD_MIN and self.totals[amount] - self.touched(amount) > still

    def _foresee(self, wanted: asking.Wanted) -> None:
        self._by_amount.foresee(wanted.amounts)
        self._by_customer.foresee(wanted.customers)

    def _forget(self) -> None:
        for known in (self._by_number, self._by_digits, self._by_customer, self._by_amount):
            known.forget()
        self._items.clear()
        self._documents.clear()
        self._open_minor.clear()
        self._named.clear()

    def _hold(self, row: OpenItem) -> OpenItem:
        """Return the item as it was first seen: one that changes meanwhile changes for nobody."""
        item = self._items.setdefault(row.item_id, row)
        self._open_minor[item.item_id] = item.open_minor
        return item

    def _laid_out(self, rows: Iterable[OpenItem]) -> list[Document]:
        """Return the documents of items in the order they were recorded, each once."""
        parts: dict[int, list[OpenItem]] = {}
        for row in rows:
            parts.setdefault(row.invoice_id, []).append(self._hold(row))
        for invoice_id, items in parts.items():
            if invoice_id not in self._documents:
                items.sort(key=AGE)
                self._documents[invoice_id] = Document(invoice_id, items)
        return [self._documents[invoice_id] for invoice_id in sorted(parts)]

    def _ask_numbers(self, keys: Collection[str]) -> dict[str, list[Document]]:
        found: dict[str, list[Document]] = {}
        rows = open_queries.by_number(self._company_id, keys, currencies=self._currencies)
        for document in self._laid_out(rows):
            found.setdefault(document.items[0].number_key, []).append(document)
        return found

    def _ask_digits(self, forms: Collection[str]) -> dict[str, list[Document]]:
        wanted = set(forms)
        endings = asking.number_endings(wanted)
        found: dict[str, list[Document]] = {}
        rows = open_queries.by_ending(self._company_id, endings, currencies=self._currencies)
        for document in self._laid_out(rows):
            first = document.items[0]
            for form in digit_forms(first.number, first.number_key):
                if form in wanted:
                    found.setdefault(form, []).append(document)
        return found

    def _ask_customers(self, customers: Collection[Customer]) -> dict[Customer, list[OpenItem]]:
        found: dict[Customer, list[OpenItem]] = {}
        rows = open_queries.by_customer(
            self._company_id,
            {customer_id for customer_id, _ in customers},
            currencies={currency for _, currency in customers},
        )
        for row in rows:
            found.setdefault((row.customer_id, row.currency), []).append(self._hold(row))
        for items in found.values():
            items.sort(key=AGE)
        return found
