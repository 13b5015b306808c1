"""What collections knows: lines to chase, runs, the worklist, promises, activities."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from creditdesk.cash import queries as cash
from creditdesk.collections.rules import Line, PromiseFact, Receipt
from creditdesk.contact.rules import BankFact, StaleAccount
from creditdesk.controls import queries as controls
from creditdesk.controls.rules import BOOK_ERP
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.reconciliation import queries as reconciliation


@dataclass(frozen=True, slots=True)
class RunRow:
    """A dunning run."""

    id: int
    run_on: date
    policy_version: int
    customers_total: int
    messages_queued: int
    customers_held: int
    held_reason: str
    report_json: str
    recorded_at: datetime
    recorded_by: str

    @property
    def report(self) -> dict[str, Any]:
        """How many lines and messages by step, and which bank accounts were stale."""
        return dict(json.loads(self.report_json))


@dataclass(frozen=True, slots=True)
class FirstRunRow:
    """The first run of a company that went live; `sends_from` is set once it was signed."""

    required_at: datetime
    required_by: str
    signed_at: datetime | None
    signed_by: str
    sends_from: date | None


@dataclass(frozen=True, slots=True)
class StepRow:
    """The last step taken for an item."""

    item_id: int
    step: str
    level: int
    taken_on: date


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """What a person did about a customer."""

    id: int
    customer_id: int
    kind: str
    outcome: str
    contact_id: int | None
    note: str
    follow_up_on: date | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A promise, its standing, and what came in for it."""

    id: int
    reference: str
    customer_id: int
    customer_number: str
    customer_name: str
    currency: str
    minor: int
    promised_on: date
    due_on: date
    status: str
    received_minor: int
    judged_on: date | None
    note: str
    recorded_by: str


class WorkRow(NamedTuple):
    """A customer on the worklist; `reasons` are codes with their figures."""

    id: int
    customer_id: int
    customer_number: str
    customer_name: str
    rank: int
    expected_minor: int
    overdue_minor: int
    currency: str
    action: str
    reasons_json: str
    done_at: datetime | None
    done_by: str
    snoozed_until: date | None

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """Why the customer is listed: codes with their figures, the most pressing first."""
        return list(json.loads(self.reasons_json))


class DebtRow(NamedTuple):
    """An overdue item that may be chased."""

    customer_id: int
    currency: str
    days_late: int
    open_minor: int


class _PromiseOf(NamedTuple):
    customer_id: int
    currency: str
    id: int
    minor: int
    promised_on: date
    due_on: date
    is_open: bool


class _ReceiptOf(NamedTuple):
    customer_id: int
    currency: str
    received_on: date
    applied_minor: int
    unapplied_minor: int


# A step counts unless its message was withdrawn or failed; without a message it was taken by hand.
_LAST_STEPS = """
    SELECT DISTINCT ON (t.item_id) t.item_id, t.step, t.level, t.taken_on
      FROM collections_steptaken t LEFT JOIN contact_message m ON m.id = t.message_id
     WHERE t.company_id = %(company_id)s AND t.item_id {items}
       AND (m.id IS NULL OR m.status NOT IN ('withdrawn', 'failed'))
     ORDER BY t.item_id, t.level DESC, t.id DESC
"""
_LINES = f"""
    WITH open_item AS MATERIALIZED (
        SELECT i.customer_id, i.currency, i.id, v.number, i.due_on, i.open_minor
          FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id
         WHERE i.company_id = %(company_id)s AND i.open_minor > 0 AND i.due_on <= %(until)s
           AND (%(customers)s::bigint[] IS NULL OR i.customer_id = ANY(%(customers)s::bigint[]))),
    last_step AS ({_LAST_STEPS.format(items="IN (SELECT id FROM open_item)")})
    SELECT o.customer_id, o.currency, o.id, o.number, o.due_on, o.open_minor, s.level, s.taken_on
      FROM open_item o LEFT JOIN last_step s ON s.item_id = o.id
     ORDER BY o.customer_id, o.currency, o.due_on, o.id
"""
_RUN = """
    SELECT id, run_on, policy_version, customers_total, messages_queued, customers_held,
           held_reason, report, recorded_at, recorded_by
      FROM collections_run WHERE company_id = %(company_id)s
"""
_FIRST_RUN = """
    SELECT required_at, required_by, signed_at, signed_by, sends_from
      FROM collections_firstrun WHERE company_id = %s
"""
_PROMISE = """
    SELECT p.id, p.reference, p.customer_id, c.number, c.name, p.currency, p.minor, p.promised_on,
           p.due_on, p.status, p.received_minor, p.judged_on, p.note, p.recorded_by
      FROM collections_promise p JOIN customers_customer c ON c.id = p.customer_id
     WHERE p.company_id = %(company_id)s
"""
# Every promise whose time overlaps an open one of the same customer and currency.
_PROMISES_TO_JUDGE = """
    WITH still_open AS (
        SELECT customer_id, currency, min(promised_on) AS since FROM collections_promise
         WHERE company_id = %(company_id)s AND status = 'open' GROUP BY customer_id, currency)
    SELECT p.customer_id, p.currency, p.id, p.minor, p.promised_on, p.due_on, p.status = 'open'
      FROM collections_promise p JOIN still_open o USING (customer_id, currency)
     WHERE p.company_id = %(company_id)s AND p.status <> 'withdrawn'
       AND p.due_on + %(grace_days)s >= o.since
     ORDER BY p.customer_id, p.currency, p.due_on, p.id
"""
_RECEIPTS = """
    SELECT customer_id, currency, received_on,
           CASE WHEN on_account THEN total_minor ELSE total_minor - unapplied_minor END,
           CASE WHEN on_account THEN 0 ELSE unapplied_minor END
      FROM cash_payment
     WHERE company_id = %(company_id)s AND customer_id = ANY(%(customers)s)
       AND received_on >= %(since)s
    UNION ALL
    SELECT i.customer_id, i.currency, c.closed_on, c.minor, 0
      FROM invoices_closure c JOIN invoices_item i ON i.id = c.item_id
     WHERE c.company_id = %(company_id)s AND c.how = 'paid' AND c.closed_on >= %(since)s
       AND i.customer_id = ANY(%(customers)s)
       AND NOT EXISTS (SELECT FROM ledger_posting p
                        WHERE p.source_id = c.id AND p.source_kind = 'undo_closure_paid')
     ORDER BY 3
"""
_WORK = """
    SELECT w.id, w.customer_id, c.number, c.name, w.rank, w.expected_minor, w.overdue_minor,
           w.currency, w.action, w.reasons, w.done_at, w.done_by, w.snoozed_until
      FROM collections_workitem w JOIN customers_customer c ON c.id = w.customer_id
     WHERE w.company_id = %(company_id)s AND w.listed_on = %(on)s
     ORDER BY w.rank, w.id
"""
_DEBTS = """
    SELECT i.customer_id, i.currency, %(on)s::date - i.due_on, i.open_minor
      FROM invoices_item i
     WHERE i.company_id = %(company_id)s AND i.open_minor > 0 AND i.due_on < %(on)s
       AND NOT EXISTS (
           SELECT 1 FROM contact_hold h
            WHERE h.company_id = i.company_id AND h.customer_id = i.customer_id
              AND h.item_id = i.id AND h.lifted_at IS NULL
              AND (h.until IS NULL OR h.until >= %(on)s))
     ORDER BY i.customer_id, i.due_on, i.id
"""


def bank_fact(company_id: int, on: date) -> BankFact | None:
    """Return whether every collecting account closed on the previous business day or later.

    `None` when there is no collecting account: then nobody knows what was paid. Where an ERP is
    the book and applies the cash, its list of open items stands in for the bank.
    """
    accounts = cash.bank_freshness(company_id)
    company = controls.company(company_id)
    required_on = policies.calendar(company.country, on).previous_business_day(on)
    if not accounts:
        told_on = reconciliation.latest_as_of(company_id) if company.book == BOOK_ERP else None
        if told_on is None:
            return None
        stale = (StaleAccount("ERP", told_on),) if told_on < required_on else ()
        return BankFact(required_on, stale)
    return BankFact(
        required_on,
        tuple(
            StaleAccount(account.identifier, account.latest_closing)
            for account in accounts
            if account.latest_closing is None or account.latest_closing < required_on
        ),
    )


def cash_known_until(company_id: int, on: date) -> date:
    """Return up to which date the bank import tells what came in, never after `on`.

    The earliest of the accounts' latest closings; days without banking after it count as known.
    """
    closings = [account.latest_closing for account in cash.bank_freshness(company_id)]
    if not closings:
        return on
    known = [closing for closing in closings if closing is not None]
    if len(known) < len(closings):
        return date.min
    country = controls.company(company_id).country
    next_banking_day = policies.calendar(country, on).next_business_day(min(known))
    return min(on, next_banking_day - timedelta(days=1))


def lines_to_chase(
    company_id: int, *, until: date, customer_ids: Iterable[int] | None = None
) -> Iterator[Line]:
    """Yield open items due up to a date with their last step, by customer, currency, due date."""
    customers = None if customer_ids is None else sql.array(sorted(set(customer_ids)))
    return sql.fetch_in_parts(
        Line, _LINES, {"company_id": company_id, "until": until, "customers": customers}
    )


def last_steps(company_id: int, item_ids: Iterable[int]) -> dict[int, StepRow]:
    """Return the highest step taken for each item; items without one are left out."""
    rows = sql.fetch(
        StepRow,
        _LAST_STEPS.format(items="= ANY(%(items)s)"),
        {"company_id": company_id, "items": sorted(set(item_ids))},
    )
    return {row.item_id: row for row in rows}


def run_on(company_id: int, on: date) -> RunRow | None:
    """Return the run of a date, if there was one."""
    return sql.fetch_one(
        RunRow, f"{_RUN} AND run_on = %(on)s", {"company_id": company_id, "on": on}
    )


def runs(company_id: int, *, limit: int = 50) -> list[RunRow]:
    """Return the latest runs, newest first."""
    return sql.fetch(
        RunRow,
        f"{_RUN} ORDER BY run_on DESC LIMIT %(limit)s",
        {"company_id": company_id, "limit": limit},
    )


def first_run(company_id: int) -> FirstRunRow | None:
    """Return the shadow of a company that went live; `None` for one that never had to sign."""
    return sql.fetch_one(FirstRunRow, _FIRST_RUN, [company_id])


def promises(
    company_id: int, customer_id: int | None = None, *, status: str = ""
) -> list[PromiseRow]:
    """Return promises, those due first on top."""
    return sql.fetch(
        PromiseRow,
        f"""{_PROMISE} AND (%(customer_id)s::bigint IS NULL OR p.customer_id = %(customer_id)s)
            AND (%(status)s = '' OR p.status = %(status)s) ORDER BY p.due_on, p.id""",
        {"company_id": company_id, "customer_id": customer_id, "status": status},
    )


def promise(company_id: int, reference: str) -> PromiseRow:
    """Return one promise; NotFound otherwise."""
    row = sql.fetch_one(
        PromiseRow,
        f"{_PROMISE} AND p.reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )
    if row is None:
        raise NotFound("promise_unknown", f"There is no promise {reference!r}")
    return row


def promises_to_judge(
    company_id: int, *, grace_days: int
) -> dict[tuple[int, str], list[PromiseFact]]:
    """Return the open promises by customer and currency, with those that share their money."""
    found: dict[tuple[int, str], list[PromiseFact]] = defaultdict(list)
    for row in sql.fetch(
        _PromiseOf, _PROMISES_TO_JUDGE, {"company_id": company_id, "grace_days": grace_days}
    ):
        found[row.customer_id, row.currency].append(
            PromiseFact(row.id, row.minor, row.promised_on, row.due_on, row.is_open)
        )
    return dict(found)


def receipts_since(
    company_id: int, customer_ids: Sequence[int], since: date
) -> dict[tuple[int, str], list[Receipt]]:
    """Return the money received from customers since a date, by customer and currency."""
    found: dict[tuple[int, str], list[Receipt]] = defaultdict(list)
    for row in sql.fetch(
        _ReceiptOf,
        _RECEIPTS,
        {"company_id": company_id, "customers": list(customer_ids), "since": since},
    ):
        found[row.customer_id, row.currency].append(
            Receipt(row.received_on, row.applied_minor, row.unapplied_minor)
        )
    return dict(found)


def activities(company_id: int, customer_id: int, *, limit: int = 100) -> list[ActivityRow]:
    """Return what was done about a customer, newest first."""
    return sql.fetch(
        ActivityRow,
        """SELECT id, customer_id, kind, outcome, contact_id, note, follow_up_on, recorded_at,
                  recorded_by
             FROM collections_activity
            WHERE company_id = %(company_id)s AND customer_id = %(customer_id)s
            ORDER BY id DESC LIMIT %(limit)s""",
        {"company_id": company_id, "customer_id": customer_id, "limit": limit},
    )


def worklist(company_id: int, on: date) -> list[WorkRow]:
    """Return the worklist of a date, best first."""
    return sql.fetch(WorkRow, _WORK, {"company_id": company_id, "on": on})


def latest_worklist_on(company_id: int) -> date | None:
    """Return the date of the newest worklist."""
    found: date | None = sql.scalar(
        "SELECT max(listed_on) FROM collections_workitem WHERE company_id = %s", [company_id]
    )
    return found


def debts(company_id: int, on: date) -> list[DebtRow]:
    """Return every overdue item that is not disputed, promised or on a plan, by customer."""
    return sql.fetch(DebtRow, _DEBTS, {"company_id": company_id, "on": on})
