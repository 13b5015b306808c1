"""Who owes what for how long, at any past date, as of it and as known at a moment.

One statement answers every date: it starts from what is open and unapplied today and takes back
what became effective, or known, only later. For today there is nothing to take back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from creditdesk.controls import queries as controls
from creditdesk.insight.rules import BUCKET_STARTS, BUCKETS, Exchange
from creditdesk.ledger.rules import RECEIVABLE, UNAPPLIED
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policy

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


Late: TypeAlias = tuple[int, int, int, int, int]


class Buckets(NamedTuple):
    """Open amounts by days past due on the date, and what is held unapplied; in minor units.

    On its due date an item is not late. Unapplied money and credit is never netted in.
    A named tuple, as an ageing has a hundred thousand of them.
    """

    currency: str
    not_due_minor: int
    late_1_30_minor: int
    late_31_60_minor: int
    late_61_90_minor: int
    late_91_minor: int
    total_minor: int
    unapplied_minor: int

    @property
    def overdue_minor(self) -> int:
        """What is past its due date."""
        return self.total_minor - self.not_due_minor

    @property
    def late_minor(self) -> Late:
        """The five buckets in order, not due first."""
        return self[1:6]


class CustomerAgeing(NamedTuple):
    """One customer's buckets in one currency: a row as the statement returns it."""

    currency: str
    not_due_minor: int
    late_1_30_minor: int
    late_31_60_minor: int
    late_61_90_minor: int
    late_91_minor: int
    total_minor: int
    unapplied_minor: int
    customer_id: int
    number: str
    name: str

    @property
    def buckets(self) -> Buckets:
        """The amounts alone."""
        return Buckets(*self[:8])

    @property
    def overdue_minor(self) -> int:
        """What is past its due date."""
        return self.total_minor - self.not_due_minor

    @property
    def late_minor(self) -> Late:
        """The five buckets in order, not due first."""
        return self[1:6]


@dataclass(frozen=True, slots=True)
class Ageing:
    """The ageing of a company: by customer and currency, by currency, and in its own currency.

    `in_company_currency` uses the rates of `as_of`; each bucket is converted and rounded once and
    the total is their sum. Currencies without a rate are left out of it and named.
    """

    as_of: date
    known_at: datetime | None
    rows: tuple[CustomerAgeing, ...]
    totals: tuple[Buckets, ...]
    in_company_currency: Buckets
    without_rate: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgedItem:
    """An item of a customer that was open at the date, with its document."""

    item_id: int
    invoice_id: int
    number: str
    instalment: int
    currency: str
    issued_on: date
    due_on: date
    late_days: int
    total_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed in a currency."""

    currency: str
    minor: int


# Amounts move linearly, so postings are taken back without a sum per item; the bounds stand as
# plain comparisons, so that both indexes of the postings serve.
_MOVED = """
    account AS (
        SELECT MAX(id) FILTER (WHERE code = %(receivable)s) AS receivable,
               MAX(id) FILTER (WHERE code = %(unapplied)s) AS unapplied
          FROM ledger_account WHERE company_id = %(company_id)s
    ), later AS (
        SELECT p.customer_id, p.currency, p.item_id,
               CASE account.receivable WHEN p.debit_id THEN p.minor
                                       WHEN p.credit_id THEN -p.minor ELSE 0 END AS owed,
               CASE account.unapplied WHEN p.credit_id THEN p.minor
                                      WHEN p.debit_id THEN -p.minor ELSE 0 END AS held
          FROM ledger_posting p, account
         WHERE p.company_id = %(company_id)s AND p.customer_id IS NOT NULL
           AND (p.effective_on > %(as_of)s OR p.recorded_at > %(known_at)s)
    ), moved AS (
        SELECT customer_id, currency, due_on, open_minor AS owed, 0::bigint AS held
          FROM invoices_item WHERE company_id = %(company_id)s AND open_minor > 0
        UNION ALL
        SELECT l.customer_id, l.currency, i.due_on, -l.owed, -l.held
          FROM later l LEFT JOIN invoices_item i ON i.id = l.item_id
        UNION ALL
        SELECT customer_id, currency, NULL, 0, unapplied_minor
          FROM cash_payment
         WHERE company_id = %(company_id)s AND unapplied_minor > 0 AND customer_id IS NOT NULL
        UNION ALL
        SELECT customer_id, currency, NULL, 0, unapplied_minor
          FROM invoices_invoice WHERE company_id = %(company_id)s AND unapplied_minor > 0
    )
"""
# Each amount is added in its own bucket only: adding zero to the others cost as much again.
_SUMS = """
    COALESCE(SUM(owed) FILTER (WHERE due_on >= %(as_of)s), 0)::bigint AS not_due,
    COALESCE(SUM(owed) FILTER (WHERE due_on < %(as_of)s AND due_on > %(late_31)s), 0)::bigint
        AS late_1,
    COALESCE(SUM(owed) FILTER (WHERE due_on <= %(late_31)s AND due_on > %(late_61)s), 0)::bigint
        AS late_31,
    COALESCE(SUM(owed) FILTER (WHERE due_on <= %(late_61)s AND due_on > %(late_91)s), 0)::bigint
        AS late_61,
    COALESCE(SUM(owed) FILTER (WHERE due_on <= %(late_91)s), 0)::bigint AS late_91,
    SUM(owed)::bigint AS total, COALESCE(SUM(held) FILTER (WHERE held <> 0), 0)::bigint AS held
"""
_BY_CUSTOMER = f"""
    WITH {_MOVED}, summed AS (
        SELECT customer_id, currency, {_SUMS}
          FROM moved
         WHERE (%(currency)s::text IS NULL OR currency = %(currency)s)
           AND (%(customer_ids)s::bigint[] IS NULL OR customer_id = ANY(%(customer_ids)s::bigint[]))
         GROUP BY customer_id, currency
    )
    SELECT s.currency, s.not_due, s.late_1, s.late_31, s.late_61, s.late_91, s.total, s.held,
           c.id, c.number, c.name
      FROM summed s JOIN customers_customer c ON c.id = s.customer_id
     WHERE s.total <> 0 OR s.held <> 0 OR s.not_due <> 0
     ORDER BY c.number, s.currency
"""
_BY_CURRENCY = f"""
    WITH {_MOVED}
    SELECT currency, {_SUMS}
      FROM moved GROUP BY currency HAVING SUM(owed) <> 0 OR SUM(held) <> 0 ORDER BY currency
"""
# The control account as it stood: what it is now, less what moved it since.
_OWED = """
    WITH account AS (
        SELECT id FROM ledger_account WHERE company_id = %(company_id)s AND code = %(receivable)s
    )
    SELECT currency, SUM(minor)::bigint
      FROM (SELECT currency, open_minor AS minor
              FROM invoices_item WHERE company_id = %(company_id)s AND open_minor > 0
            UNION ALL
            SELECT p.currency, CASE account.id WHEN p.credit_id THEN p.minor ELSE -p.minor END
              FROM ledger_posting p, account
             WHERE p.company_id = %(company_id)s AND p.effective_on > %(as_of)s
               AND account.id IN (p.debit_id, p.credit_id)) moved
     GROUP BY currency ORDER BY currency
"""
_ITEMS = """
    WITH account AS (
        SELECT id FROM ledger_account WHERE company_id = %(company_id)s AND code = %(receivable)s
    ), later AS (
        SELECT p.item_id,
               SUM(CASE account.id WHEN p.debit_id THEN p.minor ELSE -p.minor END) AS owed
          FROM ledger_posting p JOIN account ON account.id IN (p.debit_id, p.credit_id)
         WHERE p.company_id = %(company_id)s AND p.customer_id = %(customer_id)s
           AND (p.effective_on > %(as_of)s OR p.recorded_at > %(known_at)s)
         GROUP BY p.item_id
    )
    SELECT i.id, d.id, d.number, i.instalment, i.currency, i.issued_on, i.due_on,
           %(as_of)s::date - i.due_on, i.total_minor,
           (i.open_minor - COALESCE(l.owed, 0))::bigint
      FROM invoices_item i
      JOIN invoices_invoice d ON d.id = i.invoice_id
      LEFT JOIN later l ON l.item_id = i.id
     WHERE i.company_id = %(company_id)s AND i.customer_id = %(customer_id)s
       AND i.open_minor - COALESCE(l.owed, 0) <> 0
     ORDER BY i.due_on, d.number, i.instalment
"""


# The amounts of a row, in the order of its fields.
_AMOUNTS: Final[Sequence[Callable[[CustomerAgeing], int]]] = [itemgetter(n) for n in range(1, 8)]


def _date_params(company_id: int, as_of: date, known_at: datetime | None) -> dict[str, object]:
    return {
        "company_id": company_id,
        "as_of": as_of,
        "known_at": known_at or END_OF_TIME,
        "receivable": RECEIVABLE,
        "unapplied": UNAPPLIED,
        **{f"late_{days}": as_of - timedelta(days=days) for days in BUCKET_STARTS[1:]},
    }


def ageing(
    company_id: int,
    *,
    as_of: date,
    known_at: datetime | None = None,
    currency: str | None = None,
    customer_ids: Sequence[int] | None = None,
) -> Ageing:
    """Return who owed what at the end of `as_of`, by what was known at `known_at`.

    Without `known_at` everything known by now counts, back-dated facts included. The totals equal
    the receivable control account of the same date pair.
    """
    rows = customer_rows(
        company_id, as_of=as_of, known_at=known_at, currency=currency, customer_ids=customer_ids
    )
    totals = _totals(rows)
    exchange = exchange_at(company_id, as_of)
    return Ageing(
        as_of=as_of,
        known_at=known_at,
        rows=tuple(rows),
        totals=totals,
        in_company_currency=converted(totals, exchange),
        without_rate=tuple(t.currency for t in totals if not exchange.knows(t.currency)),
    )


def customer_rows(
    company_id: int,
    *,
    as_of: date,
    known_at: datetime | None = None,
    currency: str | None = None,
    customer_ids: Sequence[int] | None = None,
) -> list[CustomerAgeing]:
    """Return the buckets of every customer and currency with anything open or unapplied."""
    params = _date_params(company_id, as_of, known_at)
    params |= {
        "currency": currency,
        "customer_ids": None if customer_ids is None else list(customer_ids),
    }
    return sql.fetch(CustomerAgeing, _BY_CUSTOMER, params)


def totals_by_currency(
    company_id: int, *, as_of: date, known_at: datetime | None = None
) -> list[Buckets]:
    """Return the buckets of the whole company in each currency."""
    return sql.fetch(Buckets, _BY_CURRENCY, _date_params(company_id, as_of, known_at))


def owed_by_currency(company_id: int, *, as_of: date) -> list[Owed]:
    """Return what all customers owed at the end of a date, by what is known now: no buckets."""
    return sql.fetch(
        Owed, _OWED, {"company_id": company_id, "as_of": as_of, "receivable": RECEIVABLE}
    )


def aged_items(
    company_id: int, customer_id: int, *, as_of: date, known_at: datetime | None = None
) -> list[AgedItem]:
    """Return the items behind a customer's buckets at the date, oldest due first."""
    params = _date_params(company_id, as_of, known_at) | {"customer_id": customer_id}
    return sql.fetch(AgedItem, _ITEMS, params)


def exchange_at(company_id: int, on: date) -> Exchange:
    """Return the rates into the company's own currency on a date."""
    own = controls.company(company_id).currency
    return Exchange(own, policy.rates_into(own, on))


def converted(totals: Sequence[Buckets], exchange: Exchange) -> Buckets:
    """Return the totals in the company's currency: each bucket rounded once, then summed."""
    late = [
        sum(exchange.into(total.late_minor[n], total.currency) for total in totals)
        for n in range(len(BUCKETS))
    ]
    held = sum(exchange.into(total.unapplied_minor, total.currency) for total in totals)
    return _buckets(exchange.currency, [*late, sum(late), held])


def _totals(rows: Sequence[CustomerAgeing]) -> tuple[Buckets, ...]:
    by_currency: dict[str, list[CustomerAgeing]] = defaultdict(list)
    for row in rows:
        by_currency[row.currency].append(row)
    return tuple(
        _buckets(currency, [sum(map(amount, by_currency[currency])) for amount in _AMOUNTS])
        for currency in sorted(by_currency)
    )


def _buckets(currency: str, minors: Sequence[int]) -> Buckets:
    not_due, late_1, late_31, late_61, late_91, total, held = minors
    return Buckets(currency, not_due, late_1, late_31, late_61, late_91, total, held)
