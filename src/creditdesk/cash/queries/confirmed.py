"""Payments that were confirmed, as they were before they came: what training learns from.

Confirmed is what a person applied, or what the payer named by its number or in an advice, and what
was not undone. Nothing counts that the learned matching applied by itself. What was open before
each is worked out from the postings in their order, so that the same moment always gives the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from creditdesk.cash.rules import Payers, Receipt, build_payers
from creditdesk.cash.rules.learned import Confirmed, keys_of
from creditdesk.customers.rules import account_key
from creditdesk.kernel.references import name_key
from creditdesk.ledger.rules import RECEIVABLE
from creditdesk.plumbing import sql

PAYMENTS_MAX: Final = 5_000
ITEMS_MAX: Final = 400
ROWS_AT_ONCE: Final = 5_000
TAUGHT_BY: Final = ("by_hand", "structured_reference", "document_number", "advice")

_PAYMENTS = """
    SELECT a.payment_id, p.total_minor, p.currency, p.received_on, l.text, l.counterparty,
           l.counterparty_account, min(a.recorded_at),
           array_agg(a.item_id ORDER BY a.id), array_agg(a.minor ORDER BY a.id)
      FROM cash_allocation a
      JOIN cash_payment p ON p.id = a.payment_id
      JOIN cash_bankline l ON l.id = p.bank_line_id
     WHERE a.company_id = %(company_id)s AND a.recorded_at <= %(known_at)s
       AND (a.undone_at IS NULL OR a.undone_at > %(known_at)s)
       AND (SELECT m.method FROM cash_match m
             WHERE m.payment_id = a.payment_id AND m.is_certain AND m.recorded_at <= a.recorded_at
             ORDER BY m.id DESC LIMIT 1) = ANY(%(taught_by)s)
     GROUP BY a.payment_id, p.id, l.id
    HAVING min(a.recorded_at) = max(a.recorded_at)
     ORDER BY max(a.id) DESC LIMIT %(most)s
"""
_ITEMS = """
    SELECT i.id, i.invoice_id, v.number, v.number_key, i.customer_id, i.currency, i.issued_on,
           i.due_on
      FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE i.company_id = %(company_id)s AND i.customer_id = ANY(%(customers)s)
       AND i.recorded_at <= %(known_at)s
"""
_MOVES = """
    SELECT p.item_id, CASE WHEN p.debit_id = r.id THEN p.minor ELSE -p.minor END,
           coalesce(a.payment_id, 0)
      FROM ledger_posting p
      JOIN ledger_account r ON r.company_id = p.company_id AND r.code = %(receivable)s
                           AND r.id IN (p.debit_id, p.credit_id)
      LEFT JOIN cash_allocation a ON p.source_kind = 'allocation' AND a.id = p.source_id
     WHERE p.company_id = %(company_id)s AND p.customer_id = ANY(%(customers)s)
       AND p.item_id IS NOT NULL AND p.recorded_at <= %(known_at)s
     ORDER BY p.id
"""
_KEYED = """
    SELECT 'a', account_key, customer_id, recorded_at FROM customers_bankdetail
     WHERE company_id = %(company_id)s AND account_key = ANY(%(accounts)s)
    UNION ALL
    SELECT 'n', name_key, customer_id, recorded_at FROM customers_alias
     WHERE company_id = %(company_id)s AND name_key = ANY(%(names)s)
    UNION ALL
    SELECT 'n', name_key, id, recorded_at FROM customers_customer
     WHERE company_id = %(company_id)s AND name_key = ANY(%(names)s)
"""


@dataclass(frozen=True, slots=True)
class _Payment:
    payment_id: int
    total_minor: int
    currency: str
    received_on: date
    text: str
    counterparty: str
    counterparty_account: str
    applied_at: datetime
    item_ids: list[int]
    minors: list[int]

    def receipt(self) -> Receipt:
        return Receipt(
            payment_id=self.payment_id,
            minor=self.total_minor,
            currency=self.currency,
            received_on=self.received_on,
            text="",  # what it names would tell, and is not what is to be learned
            counterparty=self.counterparty,
            counterparty_account=self.counterparty_account,
        )


@dataclass(frozen=True, slots=True)
class _Item:
    item_id: int
    invoice_id: int
    number: str
    number_key: str
    customer_id: int
    currency: str
    issued_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class ItemThen:
    """An item as it was open before a payment."""

    item_id: int
    invoice_id: int
    number: str
    number_key: str
    customer_id: int
    currency: str
    issued_on: date
    due_on: date
    open_minor: int


@dataclass(frozen=True, slots=True)
class _Move:
    item_id: int
    minor: int
    payment_id: int


@dataclass(frozen=True, slots=True)
class _Key:
    kind: str
    key: str
    customer_id: int
    recorded_at: datetime


def confirmed(company_id: int, *, known_at: datetime) -> Iterator[Confirmed]:
    """Yield the latest confirmed payments in the order in which they were applied."""
    params = {"company_id": company_id, "known_at": known_at}
    rows = sql.fetch(
        _Payment, _PAYMENTS, params | {"taught_by": list(TAUGHT_BY), "most": PAYMENTS_MAX}
    )
    payments = {row.payment_id: row for row in rows}
    owners = _owners(company_id, payments.values())
    params["customers"] = sorted({one for found in owners.values() for one in found})
    items = {row.item_id: row for row in sql.fetch(_Item, _ITEMS, params)}
    keyed = _keyed(company_id, payments.values())
    opens: dict[int, dict[int, int]] = {}
    told: set[int] = set()
    moves = sql.fetch_in_parts(_Move, _MOVES, params | {"receivable": RECEIVABLE})
    for move in moves:
        payment = payments.get(move.payment_id)
        if payment is not None and move.minor < 0 and payment.payment_id not in told:
            told.add(payment.payment_id)
            then = _items_then(owners[payment.payment_id], opens, items)
            yield _told(payment, then, keyed)
        item = items.get(move.item_id)
        if item is not None:
            of_customer = opens.setdefault(item.customer_id, {})
            left = of_customer.get(move.item_id, 0) + move.minor
            if left > 0:
                of_customer[move.item_id] = left
            else:
                of_customer.pop(move.item_id, None)


def _owners(company_id: int, payments: Collection[_Payment]) -> dict[int, list[int]]:
    """Return for each payment its customers, and those of payments from the same payer."""
    ids = sorted({item_id for one in payments for item_id in one.item_ids})
    of_item = {
        row.item_id: row.customer_id
        for row in sql.fetch(
            _Owner,
            "SELECT id, customer_id FROM invoices_item WHERE company_id = %s AND id = ANY(%s)",
            [company_id, ids],
        )
    }
    by_key: dict[str, set[int]] = {}
    for one in payments:
        for key in keys_of(one.receipt()):
            by_key.setdefault(key, set()).update(of_item[item_id] for item_id in one.item_ids)
    return {
        one.payment_id: sorted(
            {of_item[item_id] for item_id in one.item_ids}.union(
                *(by_key[key] for key in keys_of(one.receipt()))
            )
        )
        for one in payments
    }


@dataclass(frozen=True, slots=True)
class _Owner:
    item_id: int
    customer_id: int


def _keyed(company_id: int, payments: Collection[_Payment]) -> dict[str, list[_Key]]:
    """Return who is known by the accounts and names of the payments, and since when."""
    found: dict[str, list[_Key]] = {}
    for row in sql.fetch(
        _Key,
        _KEYED,
        {
            "company_id": company_id,
            "accounts": sorted({account_key(one.counterparty_account) for one in payments}),
            "names": sorted({name_key(one.counterparty) for one in payments}),
        },
    ):
        found.setdefault(f"{row.kind}:{row.key}", []).append(row)
    return found


def _items_then(
    customer_ids: Collection[int],
    opens: Mapping[int, Mapping[int, int]],
    items: Mapping[int, _Item],
) -> list[ItemThen]:
    then = []
    for customer_id in customer_ids:
        mine = [(items[item_id], minor) for item_id, minor in opens.get(customer_id, {}).items()]
        mine.sort(key=lambda one: (one[0].due_on, one[0].issued_on, one[0].item_id))
        then += [
            ItemThen(
                item.item_id, item.invoice_id, item.number, item.number_key, item.customer_id,
                item.currency, item.issued_on, item.due_on, minor,
            )
            for item, minor in mine[:ITEMS_MAX]
        ]  # fmt: skip
    return then


def _told(payment: _Payment, then: list[ItemThen], keyed: Mapping[str, list[_Key]]) -> Confirmed:
    receipt = payment.receipt()
    return Confirmed(
        receipt=receipt,
        allocations=tuple(sorted(zip(payment.item_ids, payment.minors, strict=True))),
        items=tuple(then),
        payers=_known_before(receipt, payment.applied_at, keyed),
    )


def _known_before(receipt: Receipt, moment: datetime, keyed: Mapping[str, list[_Key]]) -> Payers:
    """Return what was known of a receipt's payer before it was applied."""
    accounts: dict[str, set[int]] = {}
    names: dict[str, set[int]] = {}
    for key in keys_of(receipt):
        for one in keyed.get(key, ()):
            if one.recorded_at < moment:
                into = accounts if one.kind == "a" else names
                into.setdefault(one.key, set()).add(one.customer_id)
    return build_payers(accounts, names, {})
