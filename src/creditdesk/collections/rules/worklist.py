"""Whom to call first: what an hour of a collector is expected to bring, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

Param = str | int

# By how many percent points a call raises the chance that the money comes within a month, by
# days late: (from day, percent). A house assumption until the forecast measures it on the
# company's own history: early debt mostly pays by itself, old debt mostly does not pay at all,
# between them a call changes most.
GAIN_PERCENT: Final = ((1, 10), (15, 20), (31, 30), (61, 25), (91, 15), (181, 8))
BROKEN_PROMISE_POINTS: Final = 15
OPEN_REPLY_POINTS: Final = 20
QUIET_DAYS_AFTER_ACTIVITY: Final = 3
QUIET_DAYS_AFTER_MESSAGE: Final = 3


@dataclass(frozen=True, slots=True)
class Debt:
    """What is overdue and may be chased, in the company's currency, by days late."""

    days_late: int
    minor: int


@dataclass(frozen=True, slots=True)
class WorkReason:
    """Why a customer is on the list: a code and its figures."""

    code: str
    params: Mapping[str, Param]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of a customer when the list is written."""

    customer_id: int
    debts: tuple[Debt, ...] = ()
    is_held: bool = False
    open_replies: int = 0
    broken_promise: str = ""
    broken_promise_minor: int = 0
    broken_promise_due_on: date | None = None
    part_kept: bool = False
    at_last_step_since: date | None = None
    last_message_on: date | None = None
    last_activity_on: date | None = None
    follow_up_on: date | None = None
    snoozed_until: date | None = None
    currencies_without_rate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A customer on the worklist."""

    customer_id: int
    rank: int
    expected_minor: int
    overdue_minor: int
    action: str
    reasons: tuple[WorkReason, ...]


def gain_percent(days_late: int) -> int:
    """Return by how many percent points a call raises the chance of payment."""
    return next((gain for start, gain in reversed(GAIN_PERCENT) if days_late >= start), 0)


def expected(situation: Situation) -> int:
    """Return what a call is expected to bring: overdue money times the chance it gains.

    Rounded down once, to the minor unit, over the sum.
    """
    extra = BROKEN_PROMISE_POINTS if situation.broken_promise else 0
    extra += OPEN_REPLY_POINTS if situation.open_replies else 0
    points = sum(debt.minor * (gain_percent(debt.days_late) + extra) for debt in situation.debts)
    return points // 100


def ranked(situations: Iterable[Situation], *, on: date, currency: str) -> list[Listed]:
    """Return the worklist of a day, the most valuable call first.

    Left out: customers on hold (an unread answer is no hold here but a task), snoozed or to be
    followed up later, and those written to or called within the last days without anything new.
    """
    rows = [s for s in situations if _is_due(s, on)]
    rows.sort(key=lambda s: (-expected(s), -sum(d.minor for d in s.debts), s.customer_id))
    return [
        Listed(
            situation.customer_id,
            rank,
            expected(situation),
            sum(debt.minor for debt in situation.debts),
            _action(situation, on),
            tuple(_reasons(situation, on, currency)),
        )
        for rank, situation in enumerate(rows, start=1)
    ]


def _is_due(situation: Situation, on: date) -> bool:
    if situation.snoozed_until is not None and situation.snoozed_until > on:
        return False
    if situation.open_replies:
        return True
    if situation.is_held or not situation.debts:
        return False
    if situation.follow_up_on is not None:
        return situation.follow_up_on <= on
    if _lies_within(situation.last_activity_on, on, QUIET_DAYS_AFTER_ACTIVITY):
        return False
    is_new = bool(situation.broken_promise)
    return is_new or not _lies_within(situation.last_message_on, on, QUIET_DAYS_AFTER_MESSAGE)


def _lies_within(day: date | None, on: date, days: int) -> bool:
    return day is not None and (on - day).days < days


def _action(situation: Situation, on: date) -> str:
    if situation.open_replies:
        return "answer_reply"
    if situation.broken_promise:
        return "chase_promise"
    if situation.follow_up_on is not None and situation.follow_up_on <= on:
        return "follow_up"
    if situation.at_last_step_since is not None:
        return "review_final"
    return "call"


def _reasons(situation: Situation, on: date, currency: str) -> Iterable[WorkReason]:
    """Yield the reasons, the one that asks for action first."""
    if situation.open_replies:
        yield WorkReason("reply_open", {"count": situation.open_replies})
    if situation.broken_promise and situation.broken_promise_due_on:
        code = "promise_part_kept" if situation.part_kept else "promise_broken"
        yield WorkReason(
            code,
            {
                "reference": situation.broken_promise,
                "minor": situation.broken_promise_minor,
                "due_on": situation.broken_promise_due_on.isoformat(),
            },
        )
    if situation.follow_up_on is not None and situation.follow_up_on <= on:
        yield WorkReason("follow_up_due", {"on": situation.follow_up_on.isoformat()})
    if situation.debts:
        yield WorkReason(
            "overdue",
            {
                "minor": sum(debt.minor for debt in situation.debts),
                "currency": currency,
                "items": len(situation.debts),
                "days_late": max(debt.days_late for debt in situation.debts),
            },
        )
    if situation.at_last_step_since is not None:
        yield WorkReason("ladder_ended", {"since": situation.at_last_step_since.isoformat()})
    yield _last_contact(situation, on)
    if situation.currencies_without_rate:
        yield WorkReason(
            "rate_missing", {"currencies": ", ".join(situation.currencies_without_rate)}
        )


def _last_contact(situation: Situation, on: date) -> WorkReason:
    days = [d for d in (situation.last_message_on, situation.last_activity_on) if d is not None]
    if not days:
        return WorkReason("never_contacted", {})
    return WorkReason("last_contact", {"days": (on - max(days)).days})
