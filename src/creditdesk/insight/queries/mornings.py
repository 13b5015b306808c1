"""The morning: the figures, what moved since the last one and why, and what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from pydantic import TypeAdapter

from creditdesk.credit import queries as credit
from creditdesk.insight import rules
from creditdesk.insight.models import Morning as MorningRow
from creditdesk.insight.queries.aged import (
    Buckets,
    converted,
    exchange_at,
    totals_by_currency,
)
from creditdesk.insight.queries.kpis import figures
from creditdesk.insight.rules import CauseRow, Exchange, Figure, Movement
from creditdesk.kernel.money import exponent
from creditdesk.ledger.rules import RECEIVABLE
from creditdesk.plumbing import sql

WEEK_DAYS = 7
RECENT_DAYS = 7
EXPIRING_DAYS = 30


@dataclass(frozen=True, slots=True)
class Written:
    """What is kept of a morning: figures and movements as they were known."""

    currency: str
    previous_on: date | None
    figures: tuple[Figure, ...]
    movements: tuple[Movement, ...]


@dataclass(frozen=True, slots=True)
class MorningFigure:
    """A figure with its change since the previous written morning and since a week before."""

    figure: Figure
    since_previous: Decimal | None
    since_week: Decimal | None


@dataclass(frozen=True, slots=True)
class Need:
    """How many of something wait for a person."""

    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Morning:
    """The morning page of a company and date. `is_written` is false when worked out just now."""

    company_id: int
    as_of: date
    currency: str
    previous_on: date | None
    week_on: date | None
    is_written: bool
    figures: tuple[MorningFigure, ...]
    movements: tuple[Movement, ...]
    needs: tuple[Need, ...]

    def figure(self, code: str) -> MorningFigure:
        """Return the figure of that code."""
        return next(one for one in self.figures if one.figure.code == code)


_ADAPTER = TypeAdapter(Written)

_CAUSES = """
    WITH account AS (
        SELECT id FROM ledger_account WHERE company_id = %(company_id)s AND code = %(receivable)s
    ), signed AS (
        SELECT p.item_id, p.source_kind, p.effective_on > %(as_of)s AS is_later,
               CASE p.debit_id WHEN account.id THEN p.minor ELSE -p.minor END AS minor
          FROM ledger_posting p JOIN account ON account.id IN (p.debit_id, p.credit_id)
         WHERE p.company_id = %(company_id)s
           AND (p.effective_on > %(before_on)s OR p.recorded_at > %(known_at)s)
    ), changed AS (
        SELECT item_id,
               COALESCE(SUM(minor) FILTER (WHERE NOT is_later), 0) AS moved,
               COALESCE(SUM(minor) FILTER (WHERE NOT is_later AND source_kind = 'item'), 0)
                   AS invoiced,
               COALESCE(SUM(minor) FILTER (WHERE NOT is_later
                   AND source_kind IN ('allocation', 'undo_allocation', 'closure_paid',
                                       'undo_closure_paid')), 0)
                   AS paid,
               COALESCE(SUM(minor) FILTER (WHERE NOT is_later
                   AND source_kind IN ('write_off', 'write_off_recovery',
                                       'write_off_correction', 'closure_written_off',
                                       'undo_closure_written_off')), 0)
                   AS lost,
               COALESCE(SUM(minor) FILTER (WHERE is_later), 0) AS later
          FROM signed GROUP BY item_id
    ), item AS (
        SELECT i.customer_id, i.currency, i.invoice_id, i.due_on, i.open_minor - c.later
               AS open_after, c.invoiced, c.paid, c.lost,
               c.moved - c.invoiced - c.paid - c.lost AS credited
          FROM changed c JOIN invoices_item i ON i.id = c.item_id
         WHERE i.company_id = %(company_id)s
        UNION ALL
        SELECT i.customer_id, i.currency, i.invoice_id, i.due_on, i.open_minor, 0, 0, 0, 0
          FROM invoices_item i
         WHERE i.company_id = %(company_id)s
           AND i.open_minor > 0 AND i.due_on >= %(before_on)s AND i.due_on < %(as_of)s
           AND NOT EXISTS (SELECT FROM changed c WHERE c.item_id = i.id)
    ), cause AS (
        SELECT v.movement, v.code, v.minor, item.customer_id, item.currency, item.invoice_id
          FROM item CROSS JOIN LATERAL (VALUES
               ('receivable', 'invoiced', invoiced),
               ('receivable', CASE WHEN paid > 0 THEN 'payment_undone' ELSE 'paid' END, paid),
               ('receivable', 'credited', credited),
               ('receivable', CASE WHEN lost > 0 THEN 'owed_again' ELSE 'written_off' END, lost),
               ('overdue', 'fell_due', CASE WHEN due_on >= %(before_on)s AND due_on < %(as_of)s
                                            THEN open_after ELSE 0 END),
               ('overdue', 'arrived_late',
                CASE WHEN due_on < %(before_on)s THEN invoiced ELSE 0 END),
               ('overdue', CASE WHEN paid > 0 THEN 'payment_undone' ELSE 'paid' END,
                CASE WHEN due_on < %(before_on)s THEN paid ELSE 0 END),
               ('overdue', 'credited', CASE WHEN due_on < %(before_on)s THEN credited ELSE 0 END),
               ('overdue', CASE WHEN lost > 0 THEN 'owed_again' ELSE 'written_off' END,
                CASE WHEN due_on < %(before_on)s THEN lost ELSE 0 END)
          ) AS v (movement, code, minor)
         WHERE v.minor <> 0
    )
    SELECT cause.movement, cause.code, cause.customer_id, MAX(c.name), cause.currency,
           SUM(cause.minor)::bigint, COUNT(*),
           (array_agg(d.number ORDER BY abs(cause.minor) DESC, d.number))[1:%(named)s]
      FROM cause
      JOIN customers_customer c ON c.id = cause.customer_id
      JOIN invoices_invoice d ON d.id = cause.invoice_id
     GROUP BY 1, 2, 3, 5 ORDER BY 1, 2, 3, 5
"""
_NEEDS = """
    WITH rate AS (
        SELECT * FROM unnest(%(currencies)s::text[], %(factors)s::numeric[]) AS r (currency, factor)
    ), used AS (
        SELECT e.customer_id,
               SUM((e.open_minor - e.unapplied_minor + e.reserved_minor) * rate.factor) AS minor
          FROM credit_exposure e JOIN rate USING (currency)
         WHERE e.company_id = %(company_id)s GROUP BY 1
    ), in_force AS (
        SELECT DISTINCT ON (customer_id) customer_id, currency, minor, valid_to
          FROM credit_limit
         WHERE company_id = %(company_id)s AND valid_from <= %(as_of)s AND kind = 'internal'
           AND NOT only_currency AND customer_id IS NOT NULL
           AND (withdrawn_from IS NULL OR withdrawn_from > %(as_of)s)
         ORDER BY customer_id, valid_from DESC, id DESC
    )
    SELECT 'cash_exceptions', COUNT(*) FROM cash_payment
     WHERE company_id = %(company_id)s AND unapplied_minor > 0 AND NOT on_account
    UNION ALL
    SELECT 'held_orders', COUNT(*) FROM orders_order
     WHERE company_id = %(company_id)s AND status = 'held'
    UNION ALL
    SELECT 'replies_open', COUNT(*) FROM contact_reply
     WHERE company_id = %(company_id)s AND handled_at IS NULL
    UNION ALL
    SELECT 'promises_broken', COUNT(*) FROM collections_promise
     WHERE company_id = %(company_id)s AND status IN ('broken', 'part_kept')
       AND judged_on > %(recent_from)s AND judged_on <= %(as_of)s
    UNION ALL
    SELECT 'mails_uncertain', COUNT(*) FROM contact_message
     WHERE company_id = %(company_id)s AND status = 'handed_over'
    UNION ALL
    SELECT 'over_limit', COUNT(*) + %(stacked_over)s
      FROM in_force JOIN used USING (customer_id) JOIN rate USING (currency)
     WHERE (in_force.valid_to IS NULL OR in_force.valid_to >= %(as_of)s)
       AND used.minor > in_force.minor * rate.factor
       AND NOT in_force.customer_id = ANY(%(stacked)s::bigint[])
    UNION ALL
    SELECT 'undelivered', COUNT(DISTINCT d.document) FROM invoices_delivery d
     WHERE d.company_id = %(company_id)s
       AND d.state IN ('bounced', 'returned', 'failed', 'withdrawn', 'refused')
       AND NOT EXISTS (
           SELECT FROM invoices_delivery o
            WHERE o.company_id = d.company_id AND o.purpose = d.purpose
              AND o.document = d.document
              AND o.state NOT IN ('bounced', 'returned', 'failed', 'withdrawn', 'refused'))
    UNION ALL
    SELECT 'limits_expiring', COUNT(*)
      FROM (SELECT customer_id FROM in_force
             WHERE valid_to >= %(as_of)s AND valid_to <= %(expiring_to)s
            UNION
            SELECT customer_id FROM credit_limit
             WHERE company_id = %(company_id)s AND kind <> 'internal' AND valid_from <= %(as_of)s
               AND valid_to >= %(as_of)s AND valid_to <= %(expiring_to)s
               AND customer_id IS NOT NULL AND withdrawn_from IS NULL) AS ending
    UNION ALL
    SELECT 'differences', COUNT(*) FROM reconciliation_difference d
     WHERE d.company_id = %(company_id)s
       AND d.reconciliation_id = (SELECT MAX(id) FROM reconciliation_reconciliation
                                   WHERE company_id = %(company_id)s)
       AND NOT EXISTS (
           SELECT FROM reconciliation_explanation e
            WHERE e.company_id = d.company_id AND e.number = d.number AND e.figure = d.figure
              AND e.customer_number = d.customer_number AND e.currency = d.currency
              AND e.here_minor = d.here_minor AND e.there_minor = d.there_minor)
    UNION ALL SELECT 'alerts_critical', COUNT(*) FROM monitoring_alert
     WHERE company_id = %(company_id)s AND state = 'open' AND severity = 'critical'
    UNION ALL
    SELECT 'recurring_stopped', COUNT(*) FROM invoices_recurringplan
     WHERE company_id = %(company_id)s AND status = 'stopped'
    UNION ALL
    SELECT 'going_live', COUNT(*) FROM golive_golive
     WHERE company_id = %(company_id)s AND signed_at IS NULL
    UNION ALL
    SELECT 'first_run', COUNT(*) FROM collections_firstrun f
     WHERE f.company_id = %(company_id)s AND f.signed_at IS NULL
       AND EXISTS (SELECT FROM golive_golive g
                    WHERE g.company_id = f.company_id AND g.signed_at IS NOT NULL)
"""

# What the menu counts: each as many as the page it leads to shows at first.
_WAITING = """
    SELECT 'cash_exceptions', COUNT(*) FROM cash_payment
     WHERE company_id = %(company_id)s AND unapplied_minor > 0 AND NOT on_account
    UNION ALL
    SELECT 'held_orders', COUNT(*) FROM orders_order
     WHERE company_id = %(company_id)s AND status = 'held'
    UNION ALL
    SELECT 'replies_open', COUNT(*) FROM contact_reply
     WHERE company_id = %(company_id)s AND handled_at IS NULL
    UNION ALL
    SELECT 'worklist', COUNT(*) FROM collections_workitem
     WHERE company_id = %(company_id)s AND done_at IS NULL AND snoozed_until IS NULL
       AND listed_on = (SELECT MAX(listed_on) FROM collections_workitem
                         WHERE company_id = %(company_id)s)
    UNION ALL
    SELECT 'promises_open', COUNT(*) FROM collections_promise
     WHERE company_id = %(company_id)s AND status = 'open'
    UNION ALL
    SELECT 'disputes_open', COUNT(*) FROM disputes_dispute
     WHERE company_id = %(company_id)s AND status = 'open'
    UNION ALL
    SELECT 'payment_cases', COUNT(*) FROM payments_case
     WHERE company_id = %(company_id)s AND state <> 'closed'
    UNION ALL SELECT 'applications', COUNT(*) FROM assessment_application
     WHERE company_id = %(company_id)s AND state IN ('submitted', 'in_review')
    UNION ALL SELECT 'alerts_open', COUNT(*) FROM monitoring_alert
     WHERE company_id = %(company_id)s AND state = 'open'
"""


def waiting(company_id: int) -> dict[str, int]:
    """Return how much waits on each page of the desk, in one statement; zeros stand too."""
    found = sql.fetch(Need, _WAITING, {"company_id": company_id})
    return {need.code: need.count for need in found}


def morning(company_id: int, as_of: date) -> Morning:
    """Return the morning of a date as it was written, or worked out now if it was not."""
    row = MorningRow.objects.filter(company_id=company_id, as_of=as_of).first()
    written = read(row) if row else work_out(company_id, as_of)
    previous = _earlier(company_id, as_of - timedelta(days=1))
    week = _earlier(company_id, as_of - timedelta(days=WEEK_DAYS))
    before = _values(previous)
    week_before = _values(week)
    return Morning(
        company_id=company_id,
        as_of=as_of,
        currency=written.currency,
        previous_on=previous.as_of if previous else None,
        week_on=week.as_of if week else None,
        is_written=row is not None,
        figures=tuple(
            MorningFigure(one, _change(one, before), _change(one, week_before))
            for one in written.figures
        ),
        movements=written.movements,
        needs=needs(company_id, as_of),
    )


def work_out(company_id: int, as_of: date) -> Written:
    """Return the figures of a date, and what moved since the previous written morning and why.

    Before and after are what was known at each morning, so that a back-dated fact shows as a
    cause on the day it became known.
    """
    exchange = exchange_at(company_id, as_of)
    previous = _earlier(company_id, as_of - timedelta(days=1))
    aged = totals_by_currency(company_id, as_of=as_of)
    after = converted(aged, exchange)
    return Written(
        currency=exchange.currency,
        previous_on=previous.as_of if previous else None,
        figures=figures(company_id, as_of=as_of, aged=aged),
        movements=_movements(company_id, as_of, previous, exchange, after) if previous else (),
    )


def needs(company_id: int, as_of: date) -> tuple[Need, ...]:
    """Return how much waits for a person, as it stands now; nothing waiting is left out."""
    exchange = exchange_at(company_id, as_of)
    factors = {exchange.currency: Decimal(1)} | {
        code: rate.scaleb(exponent(exchange.currency) - exponent(code))
        for code, rate in exchange.rates.items()
    }
    stacked = credit.stacked(company_id, as_of)
    over = credit.standings(company_id, as_of, stacked).values() if stacked else ()
    params = {
        "company_id": company_id,
        "as_of": as_of,
        "stacked": stacked,
        "stacked_over": sum((one.available_minor or 0) < 0 for one in over),
        "recent_from": as_of - timedelta(days=RECENT_DAYS),
        "expiring_to": as_of + timedelta(days=EXPIRING_DAYS),
        "currencies": list(factors),
        "factors": list(factors.values()),
    }
    return tuple(need for need in sql.fetch(Need, _NEEDS, params) if need.count)


def stored_figures(company_id: int, *, since: date, until: date) -> dict[date, tuple[Figure, ...]]:
    """Return the figures of every written morning of a span, for charts."""
    rows = MorningRow.objects.filter(
        company_id=company_id, as_of__gte=since, as_of__lte=until
    ).order_by("as_of")
    return {row.as_of: read(row).figures for row in rows}


def read(row: MorningRow) -> Written:
    """Return a kept morning as values."""
    return _ADAPTER.validate_python(row.figures)


def as_json(written: Written) -> object:
    """Return a morning as it is kept."""
    return _ADAPTER.dump_python(written, mode="json")


def _earlier(company_id: int, latest: date) -> MorningRow | None:
    """Return the last morning written for a date up to `latest`."""
    earlier = MorningRow.objects.filter(company_id=company_id, as_of__lte=latest)
    return earlier.order_by("-as_of").first()


def _values(row: MorningRow | None) -> dict[tuple[str, str], Decimal]:
    """Return a morning's figures by code and variant: only like is compared with like."""
    if row is None:
        return {}
    return {
        (one.code, one.variant): one.value for one in read(row).figures if one.value is not None
    }


def _change(figure: Figure, before: dict[tuple[str, str], Decimal]) -> Decimal | None:
    earlier = before.get((figure.code, figure.variant))
    return None if figure.value is None or earlier is None else figure.value - earlier


def _movements(
    company_id: int, as_of: date, previous: MorningRow, exchange: Exchange, after: Buckets
) -> tuple[Movement, ...]:
    before = converted(
        totals_by_currency(company_id, as_of=previous.as_of, known_at=previous.recorded_at),
        exchange_at(company_id, previous.as_of),
    )
    rows = _causes(company_id, as_of, previous.as_of, previous.recorded_at)
    return (
        rules.movement(
            "overdue",
            before_minor=before.overdue_minor,
            after_minor=after.overdue_minor,
            rows=rows,
            at=exchange,
        ),
        rules.movement(
            "receivable",
            before_minor=before.total_minor,
            after_minor=after.total_minor,
            rows=rows,
            at=exchange,
        ),
    )


def _causes(
    company_id: int, as_of: date, before_on: date, known_at: datetime
) -> Sequence[CauseRow]:
    params = {
        "company_id": company_id,
        "receivable": RECEIVABLE,
        "as_of": as_of,
        "before_on": before_on,
        "known_at": known_at,
        "named": rules.DOCUMENTS_NAMED,
    }
    return sql.fetch(CauseRow, _CAUSES, params)
