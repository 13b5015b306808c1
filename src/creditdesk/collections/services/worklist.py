"""Write the worklist of a day; tick off and put off what stands on it."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from creditdesk.collections import queries
from creditdesk.collections.models import WorkItem
from creditdesk.collections.rules import Debt, Listed, Situation, ranked
from creditdesk.contact import queries as contact
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.kernel.money import convert
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies

BROKEN_PROMISE_DAYS = 14
COLUMNS = (
    "company_id", "listed_on", "customer_id", "rank", "expected_minor", "overdue_minor",
    "currency", "action", "reasons", "done_by",
)  # fmt: skip
LAST_ACTIVITIES = """
    SELECT DISTINCT ON (customer_id) customer_id, recorded_at, follow_up_on
      FROM collections_activity WHERE company_id = %(company_id)s AND recorded_at >= %(since)s
     ORDER BY customer_id, id DESC
"""
BROKEN = """
    SELECT DISTINCT ON (customer_id) customer_id, reference, minor - received_minor, due_on,
           status = 'part_kept'
      FROM collections_promise
     WHERE company_id = %(company_id)s AND status IN ('broken', 'part_kept')
       AND judged_on BETWEEN %(since)s AND %(on)s
       AND NOT EXISTS (SELECT 1 FROM collections_activity a
                        WHERE a.customer_id = collections_promise.customer_id
                          AND a.recorded_at::date >= collections_promise.judged_on)
     ORDER BY customer_id, id DESC
"""
# Begins with what is open, so that years of steps are not read for the few that count.
LADDER_ENDED = """
    SELECT t.customer_id, max(t.taken_on)
      FROM invoices_item i
     CROSS JOIN LATERAL (
           SELECT customer_id, taken_on, message_id FROM collections_steptaken
            WHERE company_id = %(company_id)s AND item_id = i.id
              AND level = %(level)s AND taken_on < %(before)s OFFSET 0) t
      JOIN contact_message m ON m.id = t.message_id AND m.status NOT IN ('withdrawn', 'failed')
     WHERE i.company_id = %(company_id)s AND i.open_minor > 0
     GROUP BY t.customer_id
"""
SNOOZED = """
    SELECT customer_id, max(snoozed_until) FROM collections_workitem
     WHERE company_id = %(company_id)s AND snoozed_until > %(on)s GROUP BY customer_id
"""
_CLEAR = """
    DELETE FROM collections_workitem
     WHERE company_id = %s AND listed_on = %s AND done_at IS NULL AND snoozed_until IS NULL
"""
_SETTLED = "SELECT customer_id FROM collections_workitem WHERE company_id = %s AND listed_on = %s"
_TICK_OFF = """
    WITH done AS (
        UPDATE collections_workitem SET done_at = %(at)s, done_by = %(by)s
         WHERE company_id = %(company_id)s AND listed_on = %(on)s
           AND customer_id = %(customer_id)s AND done_at IS NULL
    )
    SELECT id FROM collections_workitem
     WHERE company_id = %(company_id)s AND listed_on = %(on)s AND customer_id = %(customer_id)s
"""


class _Activity(NamedTuple):
    customer_id: int
    at: datetime
    follow_up_on: date | None


class _Broken(NamedTuple):
    customer_id: int
    reference: str
    missing_minor: int
    due_on: date
    part_kept: bool


class _Day(NamedTuple):
    customer_id: int
    on: date


@command("collections.work")
def refresh_worklist(actor: Actor, *, on: date) -> int:
    """Write the worklist of a date anew; what is done or put off there stays. Return its length."""
    company = controls.company(actor.company_id)
    rows = ranked(
        _situations(actor, on, company.currency),
        on=on,
        currency=company.currency,
    )
    of_date = [actor.company_id, on]
    sql.execute(_CLEAR, of_date)
    settled = set(sql.scalars(_SETTLED, of_date))
    to_do = [row for row in rows if row.customer_id not in settled]
    _write(actor, to_do, on, company.currency)
    return len(settled) + len(to_do)


def _write(actor: Actor, rows: list[Listed], on: date, currency: str) -> None:
    sql.copy_rows(
        "collections_workitem",
        COLUMNS,
        (
            (
                actor.company_id, on, row.customer_id, row.rank, row.expected_minor,
                row.overdue_minor, currency, row.action,
                json.dumps([{"code": r.code, "params": dict(r.params)} for r in row.reasons]), "",
            )
            for row in rows
        ),
    )  # fmt: skip


def _situations(actor: Actor, on: date, currency: str) -> list[Situation]:
    """Return what is known of everybody who owes, or who wrote and has no answer yet."""
    debts, unrated = _debts(actor.company_id, on, currency)
    replies: dict[int, int] = defaultdict(int)
    for reply in contact.replies_open(actor.company_id):
        replies[reply.customer_id] += 1
    held = {
        hold.customer_id
        for hold in contact.live_holds(actor.company_id, on=on)
        if hold.item_id is None and hold.kind != "unhandled_reply"
    }
    params = {"company_id": actor.company_id, "on": on}
    activities = {
        row.customer_id: row
        for row in sql.fetch(
            _Activity, LAST_ACTIVITIES, {**params, "since": actor.at - timedelta(days=400)}
        )
    }
    broken = {
        row.customer_id: row
        for row in sql.fetch(
            _Broken, BROKEN, {**params, "since": on - timedelta(days=BROKEN_PROMISE_DAYS)}
        )
    }
    messages = contact.last_contacted(actor.company_id)
    ended = _ladder_ended(actor, on)
    snoozed = {row.customer_id: row.on for row in sql.fetch(_Day, SNOOZED, params)}
    return [
        Situation(
            customer_id=customer_id,
            debts=tuple(debts.get(customer_id, ())),
            is_held=customer_id in held,
            open_replies=replies.get(customer_id, 0),
            broken_promise=promise.reference if promise else "",
            broken_promise_minor=promise.missing_minor if promise else 0,
            broken_promise_due_on=promise.due_on if promise else None,
            part_kept=promise.part_kept if promise else False,
            at_last_step_since=ended.get(customer_id),
            last_message_on=messages.get(customer_id),
            last_activity_on=activity.at.date() if activity else None,
            follow_up_on=activity.follow_up_on if activity else None,
            snoozed_until=snoozed.get(customer_id),
            currencies_without_rate=tuple(sorted(unrated.get(customer_id, ()))),
        )
        for customer_id in sorted(debts.keys() | replies.keys() | unrated.keys())
        for promise in [broken.get(customer_id)]
        for activity in [activities.get(customer_id)]
    ]


def _debts(
    company_id: int, on: date, currency: str
) -> tuple[dict[int, list[Debt]], dict[int, set[str]]]:
    """Return overdue items in the company's currency, and currencies that have no rate."""
    rates: dict[str, Decimal] = policies.rates_into(currency, on)
    debts: dict[int, list[Debt]] = defaultdict(list)
    unrated: dict[int, set[str]] = defaultdict(set)
    for row in queries.debts(company_id, on):
        rate = rates.get(row.currency)
        if row.currency == currency:
            debts[row.customer_id].append(Debt(row.days_late, row.open_minor))
        elif rate is None:
            unrated[row.customer_id].add(row.currency)
            debts[row.customer_id].append(Debt(row.days_late, 0))
        else:
            minor = convert(row.open_minor, source=row.currency, target=currency, rate=rate)
            debts[row.customer_id].append(Debt(row.days_late, minor))
    return debts, unrated


def _ladder_ended(actor: Actor, on: date) -> dict[int, date]:
    """Return who had the last step so long ago that its time to pay is over, and since when."""
    ladder = policies.in_force(actor.company_id, on).ladder
    if not ladder:
        return {}
    last = max(ladder, key=lambda step: step.level)
    rows = sql.fetch(
        _Day,
        LADDER_ENDED,
        {
            "company_id": actor.company_id,
            "level": last.level,
            "before": on - timedelta(days=last.pay_within_days),
        },
    )
    return {row.customer_id: row.on for row in rows}


@command("collections.work")
def mark_done(actor: Actor, customer_id: int, *, on: date) -> None:
    """Tick a customer off the worklist of a date; again changes nothing."""
    listed = sql.scalars(
        _TICK_OFF,
        {
            "company_id": actor.company_id,
            "on": on,
            "customer_id": customer_id,
            "at": actor.at,
            "by": actor.name,
        },
        planned=True,
    )
    if not listed:
        raise _not_listed()


@command("collections.work")
def snooze(actor: Actor, customer_id: int, *, on: date, until: date) -> None:
    """Put a customer off until a later date, on which they are listed again."""
    if until <= on:
        raise Refused("snooze_past", "Put it off until a later date", until=until)
    _on_list(actor, customer_id, on)
    WorkItem.objects.filter(
        company_id=actor.company_id, listed_on=on, customer_id=customer_id
    ).update(snoozed_until=until)


def _on_list(actor: Actor, customer_id: int, on: date) -> None:
    if not WorkItem.objects.filter(
        company_id=actor.company_id, listed_on=on, customer_id=customer_id
    ).exists():
        raise _not_listed()


def _not_listed() -> NotFound:
    return NotFound("not_on_worklist", "The customer is not on that day's worklist")
