"""Held orders: the queue with its clocks, notes, conditions, and how long decisions took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.controls import queries as controls
from creditdesk.orders.rules import Hours, minutes_between, percentile
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policy
from creditdesk.policy.rules import OrderRules


@dataclass(frozen=True, slots=True)
class WaitRow:
    """A held order's clock."""

    id: int
    order_id: int
    goal_minutes: int
    held_at: datetime
    due_at: datetime
    paused_at: datetime | None
    pause_reason: str
    paused_minutes: int
    asked_at: datetime | None
    escalated_at: datetime | None
    escalated_to: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A held order in the queue. `left_minutes` of the goal are the desk's; negative when late."""

    reference: str
    customer_number: str
    customer_name: str
    currency: str
    total_minor: int
    rule: str
    held_at: datetime
    due_at: datetime
    paused_at: datetime | None
    pause_reason: str
    asked_at: datetime | None
    escalated_to: str
    condition_minor: int | None
    condition_currency: str | None
    pay_by: date | None
    order_id: int
    papers: int

    def is_late(self, now: datetime) -> bool:
        """Whether the goal has passed while the clock runs."""
        return self.paused_at is None and self.due_at < now


@dataclass(frozen=True, slots=True)
class NoteRow:
    """What was said about an order, or done with its clock."""

    kind: str
    text: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Took:
    """How long decisions took, in the desk's minutes: of a rule, of a person, or of all.

    `in_goal` of `count` were decided within their goal.
    """

    name: str
    count: int
    p50_minutes: int
    p90_minutes: int
    longest_minutes: int
    in_goal: int


@dataclass(frozen=True, slots=True)
class Turnaround:
    """How long held orders waited for their decisions: in all, by rule and by who decided."""

    whole: Took | None
    by_rule: tuple[Took, ...]
    by_person: tuple[Took, ...]


@dataclass(frozen=True, slots=True)
class _Ended:
    rule: str
    ended_by: str
    worked_minutes: int
    goal_minutes: int


_WAIT = """
    SELECT id, order_id, goal_minutes, held_at, due_at, paused_at, pause_reason, paused_minutes,
           asked_at, escalated_at, escalated_to
    FROM orders_wait
"""
# First what sales ask for, then what is latest; what is stopped or waits for money comes last.
_QUEUE = """
    SELECT o.reference, c.number, c.name, o.currency, o.total_minor, w.rule, w.held_at, w.due_at,
           w.paused_at, w.pause_reason, w.asked_at, w.escalated_to, k.minor, k.currency, k.pay_by,
           o.id, (SELECT count(*) FROM orders_paper p WHERE p.order_id = o.id)
    FROM orders_wait w
    JOIN orders_order o ON o.id = w.order_id
    JOIN customers_customer c ON c.id = o.customer_id
    LEFT JOIN orders_condition k ON k.order_id = o.id AND k.status = 'open' AND k.plan IS NULL
    WHERE w.company_id = %(company_id)s AND w.ended_at IS NULL
    ORDER BY k.id IS NOT NULL, w.paused_at IS NOT NULL, w.asked_at IS NULL, w.due_at, w.id
    LIMIT %(limit)s
"""
_ENDED = """
    SELECT rule, ended_by, worked_minutes, goal_minutes
    FROM orders_wait
    WHERE company_id = %s AND ended_at >= %s AND ended_at < %s AND outcome <> 'cancelled'
"""


def hours(company_id: int, rules: OrderRules, on: date) -> Hours:
    """Return when the desk of a company works."""
    company = controls.company(company_id)
    return Hours(
        opens=rules.desk_opens,
        closes=rules.desk_closes,
        zone=company.timezone,
        calendar=policy.calendar(company.country, on),
    )


def running(company_id: int, order_ids: Sequence[int], *, locked: bool = False) -> list[WaitRow]:
    """Return the running clocks of orders; locked, until the transaction ends."""
    return sql.fetch(
        WaitRow,
        f"{_WAIT} WHERE company_id = %s AND order_id = ANY(%s) AND ended_at IS NULL ORDER BY id"
        + (" FOR UPDATE" if locked else ""),
        [company_id, list(order_ids)],
    )


def wait_of(company_id: int, order_id: int) -> WaitRow | None:
    """Return the running clock of an order, if it waits."""
    found = running(company_id, [order_id])
    return found[0] if found else None


def queue(company_id: int, *, limit: int = 500) -> list[QueueRow]:
    """Return the held orders, the most urgent first."""
    return sql.fetch(QueueRow, _QUEUE, {"company_id": company_id, "limit": limit})


def has_late(company_id: int, now: datetime) -> bool:
    """Whether an order waits longer than its goal and nobody was told yet."""
    return bool(
        sql.scalar(
            "SELECT EXISTS (SELECT FROM orders_wait WHERE company_id = %s AND ended_at IS NULL"
            " AND paused_at IS NULL AND escalated_at IS NULL AND due_at < %s)",
            [company_id, now],
        )
    )


def left_minutes(due_at: datetime, now: datetime, desk: Hours) -> int:
    """Return how many of the desk's minutes are left until a moment; negative once it is past."""
    if now <= due_at:
        return minutes_between(now, due_at, desk)
    return -minutes_between(due_at, now, desk)


def notes(company_id: int, order_id: int) -> list[NoteRow]:
    """Return what was said about an order, the newest first."""
    return sql.fetch(
        NoteRow,
        "SELECT kind, text, recorded_at, recorded_by FROM orders_note"
        " WHERE company_id = %s AND order_id = %s ORDER BY id DESC",
        [company_id, order_id],
    )


def turnaround(company_id: int, since: datetime, until: datetime) -> Turnaround:
    """Return how long held orders waited that were decided from one moment until another."""
    ended = sql.fetch(_Ended, _ENDED, [company_id, since, until])
    by_rule: dict[str, list[_Ended]] = defaultdict(list)
    by_person: dict[str, list[_Ended]] = defaultdict(list)
    for one in ended:
        by_rule[one.rule].append(one)
        by_person[one.ended_by].append(one)
    return Turnaround(
        _took("", ended) if ended else None,
        tuple(_took(name, found) for name, found in sorted(by_rule.items())),
        tuple(_took(name, found) for name, found in sorted(by_person.items())),
    )


def _took(name: str, ended: Sequence[_Ended]) -> Took:
    minutes = [one.worked_minutes for one in ended]
    return Took(
        name,
        len(ended),
        percentile(minutes, 50),
        percentile(minutes, 90),
        max(minutes),
        sum(one.worked_minutes <= one.goal_minutes for one in ended),
    )
