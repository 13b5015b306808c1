"""Payments that were confirmed, as they were before they came: what training learns from.

Confirmed is what a person applied, or what the payer named by its number or in an advice, and what
was not undone. Nothing counts that the learned matching applied by itself. What was open before
each is worked out from the postings in their order, so that the same moment always gives the same:
only from those since the first of these payments, however long the books are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple

from creditdesk.cash.rules import Payers, Receipt, build_payers
from creditdesk.cash.rules.learned import JUDGED_MAX, Confirmed, keys_of
from creditdesk.ledger.rules import RECEIVABLE
from creditdesk.plumbing import sql

PAYMENTS_MAX: Final = 5_000
ITEMS_MAX: Final = 400
ROWS_AT_ONCE: Final = 5_000
TAUGHT_BY: Final = ("by_hand", "structured_reference", "document_number", "advice")

_PAYMENTS = """
    SELECT a.payment_id, p.total_minor, p.currency, p.received_on, l.counterparty,
           l.counterparty_account, min(a.recorded_at), min(a.id),
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
# The posting of the first application that is told.
_FIRST = """
    SELECT min(id) FROM ledger_posting
     WHERE company_id = %(company_id)s AND source_kind = 'allocation'
       AND source_id = ANY(%(allocations)s)
"""
# What was open before that posting: what is open now, less all that moved from it on. One
# statement, so that nobody posts between the two.
_OPEN_THEN = """
    WITH since AS (
        SELECT p.item_id, sum(CASE WHEN p.debit_id = r.id THEN p.minor ELSE -p.minor END) AS minor
          FROM ledger_posting p
          JOIN ledger_account r ON r.company_id = p.company_id AND r.code = %(receivable)s
                               AND r.id IN (p.debit_id, p.credit_id)
         WHERE p.company_id = %(company_id)s AND p.id >= %(first)s AND p.item_id IS NOT NULL
         GROUP BY p.item_id
    )
    SELECT i.due_on, i.issued_on, i.id, i.invoice_id, v.number, v.number_key, i.customer_id,
           i.currency, (i.open_minor - coalesce(s.minor, 0))::bigint
      FROM invoices_item i
      JOIN invoices_invoice v ON v.id = i.invoice_id
      LEFT JOIN since s ON s.item_id = i.id
     WHERE i.company_id = %(company_id)s AND i.customer_id = ANY(%(customers)s)
       AND i.recorded_at <= %(known_at)s AND (i.open_minor > 0 OR s.item_id IS NOT NULL)
"""
_MOVES = """
    SELECT p.item_id, CASE WHEN p.debit_id = r.id THEN p.minor ELSE -p.minor END,
           CASE WHEN p.source_kind = 'allocation' THEN p.source_id ELSE 0 END
      FROM ledger_posting p
      JOIN ledger_account r ON r.company_id = p.company_id AND r.code = %(receivable)s
                           AND r.id IN (p.debit_id, p.credit_id)
     WHERE p.company_id = %(company_id)s AND p.customer_id = ANY(%(customers)s)
       AND p.id >= %(first)s AND p.item_id IS NOT NULL AND p.recorded_at <= %(known_at)s
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


class _Row(NamedTuple):
    payment_id: int
    total_minor: int
    currency: str
    received_on: date
    counterparty: str
    counterparty_account: str
    applied_at: datetime
    first_allocation: int
    item_ids: list[int]
    minors: list[int]


@dataclass(frozen=True, slots=True)
class _Payment:
    """A confirmed payment, by what its payer is known, and whether proposals are judged by it."""

    row: _Row
    receipt: Receipt
    keys: tuple[str, ...]
    is_taught: bool


class ItemThen(NamedTuple):
    """An item as it was open before a payment; such items sort as they fall due."""

    due_on: date
    issued_on: date
    item_id: int
    invoice_id: int
    number: str
    number_key: str
    customer_id: int
    currency: str
    open_minor: int


class _Move(NamedTuple):
    item_id: int
    minor: int
    allocation_id: int  # 0: no application of a payment


@dataclass(slots=True)
class _Opens:
    """What is open of each customer, posting by posting."""

    items: dict[int, ItemThen]  # also what is settled, or not issued yet
    of: dict[int, dict[int, ItemThen]] = field(default_factory=dict)
    ordered: dict[int, Sequence[ItemThen]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for item in self.items.values():
            if item.open_minor > 0:
                self.of.setdefault(item.customer_id, {})[item.item_id] = item

    def move(self, item_id: int, minor: int) -> None:
        """Let a posting raise or lower what is open of an item."""
        item = self.items.get(item_id)
        if item is None:
            return
        item = self.items[item_id] = item._replace(open_minor=max(item.open_minor + minor, 0))
        of_customer = self.of.setdefault(item.customer_id, {})
        if item.open_minor:
            of_customer[item_id] = item
        else:
            of_customer.pop(item_id, None)
        self.ordered.pop(item.customer_id, None)

    def owed_by(self, customer_ids: Iterable[int]) -> tuple[ItemThen, ...]:
        """Return the items of these customers that fell due first, customer by customer."""
        found: list[ItemThen] = []
        for customer_id in customer_ids:
            mine = self.ordered.get(customer_id)
            if mine is None:
                mine = sorted(self.of.get(customer_id, {}).values())[:ITEMS_MAX]
                self.ordered[customer_id] = mine
            found += mine
        return tuple(found)


class _Key(NamedTuple):
    kind: str
    key: str
    customer_id: int
    recorded_at: datetime


def confirmed(
    company_id: int, *, known_at: datetime, most: int = PAYMENTS_MAX, judged: int = JUDGED_MAX
) -> Iterator[Confirmed]:
    """Yield the latest `most` confirmed payments in the order in which they were applied.

    Proposals are judged by the latest `judged`; those before them show habits, and are told with
    what was open of whom they settled something of, and without who was known.
    """
    payments = {
        one.row.first_allocation: one for one in _payments(company_id, known_at, most, judged)
    }
    if not payments:
        return
    owners = _owners(company_id, payments.values())
    params: dict[str, object] = {
        "company_id": company_id,
        "known_at": known_at,
        "receivable": RECEIVABLE,
        "customers": sorted({one for found in owners.values() for one in found}),
        "allocations": sorted(payments),
    }
    params["first"] = sql.scalar(_FIRST, params)
    opens = _Opens({row.item_id: row for row in sql.fetch(ItemThen, _OPEN_THEN, params)})
    known = _Known(_keyed(company_id, payments.values()))
    for move in sql.fetch_in_parts(_Move, _MOVES, params):
        payment = payments.pop(move.allocation_id, None) if move.minor < 0 else None
        if payment is not None:
            yield _told(payment, opens.owed_by(owners[payment.row.payment_id]), known)
        opens.move(move.item_id, move.minor)


def _payments(company_id: int, known_at: datetime, most: int, judged: int) -> list[_Payment]:
    rows = sql.fetch(
        _Row,
        _PAYMENTS,
        {
            "company_id": company_id,
            "known_at": known_at,
            "taught_by": list(TAUGHT_BY),
            "most": most,
        },
    )
    return [_payment(row, is_taught=n < judged) for n, row in enumerate(rows)]


def _payment(row: _Row, *, is_taught: bool) -> _Payment:
    receipt = Receipt(
        payment_id=row.payment_id,
        minor=row.total_minor,
        currency=row.currency,
        received_on=row.received_on,
        text="",  # what it names would tell, and is not what is to be learned
        counterparty=row.counterparty,
        counterparty_account=row.counterparty_account,
    )
    return _Payment(row, receipt, keys_of(receipt), is_taught)


def _owners(company_id: int, payments: Collection[_Payment]) -> dict[int, list[int]]:
    """Return each payment's customers; if judged, also those of its payer's other payments."""
    ids = sorted({item_id for one in payments for item_id in one.row.item_ids})
    of_item = {
        row.item_id: row.customer_id
        for row in sql.fetch(
            _Owner,
            "SELECT id, customer_id FROM invoices_item WHERE company_id = %s AND id = ANY(%s)",
            [company_id, ids],
        )
    }
    own = {one.row.payment_id: {of_item[item] for item in one.row.item_ids} for one in payments}
    by_key: dict[str, set[int]] = {}
    for one in payments:
        for key in one.keys:
            by_key.setdefault(key, set()).update(own[one.row.payment_id])
    for one in payments:
        if one.is_taught:
            own[one.row.payment_id].update(*(by_key[key] for key in one.keys))
    return {payment_id: sorted(found) for payment_id, found in own.items()}


class _Owner(NamedTuple):
    item_id: int
    customer_id: int


def _keyed(company_id: int, payments: Collection[_Payment]) -> dict[str, list[_Key]]:
    """Return who is known by the accounts and names of judged payments, and since when."""
    keys = {key for one in payments if one.is_taught for key in one.keys}
    found: dict[str, list[_Key]] = {}
    for row in sql.fetch(
        _Key,
        _KEYED,
        {
            "company_id": company_id,
            "accounts": sorted(key[2:] for key in keys if key[0] == "a"),
            "names": sorted(key[2:] for key in keys if key[0] == "n"),
        },
    ):
        found.setdefault(f"{row.kind}:{row.key}", []).append(row)
    return found


def _told(payment: _Payment, items: tuple[ItemThen, ...], known: _Known) -> Confirmed:
    row = payment.row
    return Confirmed(
        receipt=payment.receipt,
        allocations=tuple(sorted(zip(row.item_ids, row.minors, strict=True))),
        items=items,
        payers=known.before(row.applied_at, payment.keys) if payment.is_taught else NOBODY,
        is_taught=payment.is_taught,
    )


NOBODY: Final = build_payers({}, {}, {})


@dataclass(slots=True)
class _Known:
    """Who is known by an account or a name, and since when."""

    keyed: Mapping[str, Sequence[_Key]]
    payers: dict[tuple[tuple[str, int], ...], Payers] = field(default_factory=dict)

    def before(self, moment: datetime, keys: Sequence[str]) -> Payers:
        """Return what was known of a payer with these keys before a moment; the same, once."""
        told = tuple(
            (key, one.customer_id)
            for key in keys
            for one in self.keyed.get(key, ())
            if one.recorded_at < moment
        )
        found = self.payers.get(told)
        if found is None:
            found = self.payers[told] = _laid_out(told)
        return found


def _laid_out(told: Iterable[tuple[str, int]]) -> Payers:
    accounts: dict[str, set[int]] = {}
    names: dict[str, set[int]] = {}
    for key, customer_id in told:
        into = accounts if key[0] == "a" else names
        into.setdefault(key[2:], set()).add(customer_id)
    return build_payers(accounts, names, {})
