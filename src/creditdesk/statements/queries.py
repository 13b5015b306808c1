"""Statements of account as the books have them, and those that were sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from creditdesk.insight import queries as insight
from creditdesk.insight.queries import CustomerAgeing
from creditdesk.ledger import queries as ledger
from creditdesk.plumbing import sql
from creditdesk.statements import rules
from creditdesk.statements.rules import Movement, OpenDocument, Statement

_LATE_BUCKETS: Final = 5


@dataclass(frozen=True, slots=True)
class _Moved:
    customer_id: int
    currency: str
    on: date
    source_kind: str
    account: str
    number: str
    minor: int


@dataclass(frozen=True, slots=True)
class SentRow:
    """A statement that was sent."""

    id: int
    customer_id: int
    customer_number: str
    customer_name: str
    currency: str
    first_on: date
    last_on: date
    opening_minor: int
    moved_minor: int
    closing_minor: int
    is_scheduled: bool
    message_reference: str
    message_status: str
    file_id: int
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class SentPage:
    """One page of them, and how many there are in all."""

    rows: tuple[SentRow, ...]
    total: int
    page: int
    size: int


# A posting between the two accounts that make up what is owed moves nothing owed. What undoing
# posted names the same document as what it undid.
_MOVEMENTS = """
    WITH owed AS (
        SELECT array_agg(id) AS ids FROM ledger_account
         WHERE company_id = %(company_id)s AND code = ANY(%(owed)s)
    )
    SELECT p.customer_id, p.currency, p.effective_on, p.source_kind, COALESCE(g.kind, a.code),
           COALESCE(d.number, m.reference, '') AS number,
           SUM(CASE WHEN p.debit_id = ANY(owed.ids) THEN p.minor ELSE -p.minor END)::bigint
      FROM ledger_posting p
      JOIN owed ON (p.debit_id = ANY(owed.ids)) <> (p.credit_id = ANY(owed.ids))
      JOIN ledger_account a
        ON a.id = CASE WHEN p.debit_id = ANY(owed.ids) THEN p.credit_id ELSE p.debit_id END
      LEFT JOIN invoices_item i ON i.id = p.item_id
      LEFT JOIN invoices_invoice d
        ON d.id = CASE WHEN p.source_kind IN ('credit_note', 'undo_credit_note') THEN p.source_id
                       ELSE i.invoice_id END
      CROSS JOIN LATERAL (SELECT replace(p.source_kind, 'undo_', '') AS name) s
      LEFT JOIN cash_adjustment g ON s.name = 'adjustment' AND g.id = p.source_id
      LEFT JOIN LATERAL (
           SELECT CASE s.name
                  WHEN 'payment' THEN p.source_id
                  WHEN 'payer' THEN (SELECT payment_id FROM cash_match WHERE id = p.source_id)
                  WHEN 'payer_left' THEN (SELECT payment_id FROM cash_match WHERE id = p.source_id)
                  WHEN 'return' THEN (SELECT payment_id FROM cash_return WHERE id = p.source_id)
                  WHEN 'move' THEN (SELECT payment_id FROM cash_move WHERE id = p.source_id)
                  WHEN 'for_other_from' THEN a2.payment_id
                  WHEN 'for_other_to' THEN a2.payment_id END AS payment_id
             FROM (SELECT (SELECT payment_id FROM cash_allocation
                            WHERE s.name LIKE 'for_other%%' AND id = p.source_id) AS payment_id) a2
           ) w ON TRUE
      LEFT JOIN cash_payment m ON m.id = w.payment_id
     WHERE p.company_id = %(company_id)s AND p.customer_id = ANY(%(customer_ids)s::bigint[])
       AND p.effective_on BETWEEN %(first_on)s AND %(last_on)s
     GROUP BY 1, 2, 3, 4, 5, 6
     ORDER BY 1, 2, 3, MIN(p.id)
"""
_SENT = """
    SELECT s.id, s.customer_id, c.number, c.name, s.currency, s.first_on, s.last_on,
           s.opening_minor, s.moved_minor, s.closing_minor, s.period_key IS NOT NULL,
           m.reference, m.status, s.file_id, s.recorded_at, s.recorded_by
      FROM statements_sent s
      JOIN customers_customer c ON c.id = s.customer_id
      JOIN contact_message m ON m.id = s.message_id
     WHERE s.company_id = %(company_id)s
       AND (%(customer_id)s::bigint IS NULL OR s.customer_id = %(customer_id)s)
     ORDER BY s.id DESC LIMIT %(size)s OFFSET %(offset)s
"""
_SENT_COUNT = """
    SELECT COUNT(*) FROM statements_sent
     WHERE company_id = %(company_id)s
       AND (%(customer_id)s::bigint IS NULL OR customer_id = %(customer_id)s)
"""
_DEFAULT = """
    SELECT every FROM statements_schedule
     WHERE company_id = %s AND customer_id IS NULL ORDER BY id DESC LIMIT 1
"""
_OWN = """
    SELECT DISTINCT ON (customer_id) customer_id, every FROM statements_schedule
     WHERE company_id = %s AND customer_id IS NOT NULL ORDER BY customer_id, id DESC
"""
_DONE = """
    SELECT DISTINCT customer_id FROM statements_sent
     WHERE company_id = %(company_id)s AND period_key = %(key)s
"""


@dataclass(frozen=True, slots=True)
class _Own:
    customer_id: int
    every: str


def statements(
    company_id: int, customer_ids: Sequence[int], *, first_on: date, last_on: date
) -> dict[int, list[Statement]]:
    """Return the statements of customers over a period, by customer, one per currency.

    Everything known by now counts, back-dated facts included. DoesNotAddUp when the books and
    the ageing disagree: then nothing is told to anybody.
    """
    ids = list(customer_ids)
    before = _owed(company_id, ids, first_on - timedelta(days=1))
    after = _ageing(company_id, ids, last_on)
    moved = _movements(company_id, ids, first_on, last_on)
    found: dict[int, list[Statement]] = {one: [] for one in ids}
    for customer_id, currency in sorted({*before, *after, *moved}):
        key = (customer_id, currency)
        closing = after.get(key)
        one = rules.drawn_up(
            customer_id=customer_id,
            currency=currency,
            first_on=first_on,
            last_on=last_on,
            opening_minor=before.get(key, 0),
            movements=moved.get(key, ()),
            documents=_documents(company_id, key, last_on) if closing else (),
            late_minor=closing.buckets.late_minor if closing else (0,) * _LATE_BUCKETS,
            unapplied_minor=closing.unapplied_minor if closing else 0,
        )
        if not one.is_empty:
            found[customer_id].append(one)
    return found


def _owed(company_id: int, ids: Sequence[int], as_of: date) -> Mapping[tuple[int, str], int]:
    """Return what the postings up to a day come to, each customer and currency."""
    wanted = frozenset(ids)
    found: dict[tuple[int, str], int] = defaultdict(int)
    for account in rules.OWED:
        for row in ledger.customer_balances(company_id, account, as_of=as_of):
            if row.customer_id in wanted:
                found[row.customer_id, row.currency] += row.minor
    return {key: minor for key, minor in found.items() if minor}


def _ageing(
    company_id: int, ids: Sequence[int], as_of: date
) -> Mapping[tuple[int, str], CustomerAgeing]:
    rows = insight.customer_rows(company_id, as_of=as_of, customer_ids=ids)
    return {(row.customer_id, row.currency): row for row in rows}


def _movements(
    company_id: int, ids: Sequence[int], first_on: date, last_on: date
) -> Mapping[tuple[int, str], list[Movement]]:
    rows = sql.fetch(
        _Moved,
        _MOVEMENTS,
        {
            "company_id": company_id,
            "customer_ids": ids,
            "first_on": first_on,
            "last_on": last_on,
            "owed": list(rules.OWED),
        },
    )
    found: dict[tuple[int, str], list[Movement]] = defaultdict(list)
    for row in rows:
        kind, is_reversal = rules.kind_of(row.source_kind, row.account)
        told = found[row.customer_id, row.currency]
        one = Movement(
            on=row.on, kind=kind, is_reversal=is_reversal, number=row.number, minor=row.minor
        )
        if told and _is_same(told[-1], one):
            told[-1] = Movement(
                on=one.on, kind=kind, is_reversal=is_reversal, number=one.number,
                minor=told[-1].minor + one.minor,
            )  # fmt: skip
        else:
            told.append(one)
    return found


def _is_same(one: Movement, other: Movement) -> bool:
    """Whether two movements are parts of one document: net and tax, or several instalments."""
    mine = one.on, one.kind, one.is_reversal, one.number
    return bool(one.number) and mine == (other.on, other.kind, other.is_reversal, other.number)


def _documents(company_id: int, key: tuple[int, str], as_of: date) -> list[OpenDocument]:
    customer_id, currency = key
    return [
        OpenDocument(
            number=item.number,
            instalment=item.instalment,
            issued_on=item.issued_on,
            due_on=item.due_on,
            late_days=max(0, item.late_days),
            open_minor=item.open_minor,
        )
        for item in insight.aged_items(company_id, customer_id, as_of=as_of)
        if item.currency == currency
    ]


def sent(
    company_id: int, *, customer_id: int | None = None, page: int = 1, size: int = 50
) -> SentPage:
    """Return the statements that were sent, the latest first."""
    params = {"company_id": company_id, "customer_id": customer_id}
    total = int(sql.scalar(_SENT_COUNT, params))
    rows = sql.fetch(SentRow, _SENT, {**params, "size": size, "offset": (page - 1) * size})
    return SentPage(tuple(rows), total, page, size)


def schedule(company_id: int) -> str:
    """Return how often the company sends statements to whoever has no schedule of their own."""
    return sql.scalar(_DEFAULT, [company_id]) or rules.NEVER


def own_schedules(company_id: int) -> dict[int, str]:
    """Return the schedules of customers that have one of their own."""
    return {row.customer_id: row.every for row in sql.fetch(_Own, _OWN, [company_id])}


def done(company_id: int, period_key: str) -> frozenset[int]:
    """Return the customers whose statement of a period has been sent."""
    return frozenset(sql.scalars(_DONE, {"company_id": company_id, "key": period_key}))
