"""Who holds which duties, where they meet, and what was excepted or exercised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from creditdesk.controls import rules
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql

HELD = """
    SELECT m.user_id, u.username, concat_ws(' ', nullif(u.first_name, ''), nullif(u.last_name, '')),
           u.is_active, array_agg(m.role ORDER BY m.role)
    FROM controls_membership m JOIN controls_user u ON u.id = m.user_id
    WHERE m.company_id = %s
    GROUP BY m.user_id, u.username, u.first_name, u.last_name, u.is_active
    ORDER BY u.username
"""
EXCEPTIONS = """
    SELECT e.id, u.username, e.pair, e.reason, e.valid_from, e.valid_until, e.asked_by,
           e.approved_by, e.approval, e.ended_on
    FROM controls_dutyexception e JOIN controls_user u ON u.id = e.user_id
    WHERE e.company_id = %s AND e.valid_until >= %s
    ORDER BY e.valid_until DESC, e.id DESC
"""
EXERCISED = """
    SELECT u.username, a.permission, count(*), max(a.at)::date
    FROM controls_dutyact a JOIN controls_user u ON u.id = a.user_id
    WHERE a.company_id = %s AND a.at >= %s
    GROUP BY u.username, a.permission
"""
EXCEPTED = """
    SELECT DISTINCT pair FROM controls_dutyexception
    WHERE company_id = %(company_id)s AND user_id = %(user_id)s
      AND %(on)s BETWEEN valid_from AND valid_until
      AND (ended_on IS NULL OR ended_on > %(on)s)
"""


@dataclass(frozen=True, slots=True)
class _Member:
    user_id: int
    username: str
    name: str
    is_active: bool
    roles: list[str]


@dataclass(frozen=True, slots=True)
class HeldRow:
    """What one person holds, and the pairs that meet in them, excepted or not."""

    user_id: int
    username: str
    name: str
    is_active: bool
    roles: tuple[str, ...]
    met: tuple[int, ...]
    excepted: tuple[int, ...]

    @property
    def open(self) -> tuple[int, ...]:
        """The pairs that meet without an exception: their duties are denied meanwhile."""
        return tuple(number for number in self.met if number not in self.excepted)


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """An exception in force, to come, or ended within the report's time."""

    id: int
    username: str
    pair: int
    reason: str
    valid_from: date
    valid_until: date
    asked_by: str
    approved_by: str
    approval: str
    ended_on: date | None

    def is_in_force(self, on: date) -> bool:
        """Whether it holds on a day."""
        return self.valid_from <= on <= self.valid_until and (
            self.ended_on is None or on < self.ended_on
        )


@dataclass(frozen=True, slots=True)
class _Exercised:
    username: str
    permission: str
    count: int
    last_on: date


@dataclass(frozen=True, slots=True)
class ExercisedRow:
    """Somebody who exercised both sides of a pair, on different documents."""

    username: str
    pair: int
    left_count: int
    right_count: int
    last_on: date


@dataclass(frozen=True, slots=True)
class DutyReport:
    """Who holds what, what is excepted, and which pairs were exercised by one person."""

    on: date
    since: date
    held: tuple[HeldRow, ...]
    exceptions: tuple[ExceptionRow, ...]
    exercised: tuple[ExercisedRow, ...]

    @property
    def open_count(self) -> int:
        """How many pairs meet in somebody without an exception."""
        return sum(len(one.open) for one in self.held if one.is_active)


def excepted_pairs(company_id: int, user_id: int, on: date) -> frozenset[int]:
    """Return the pairs of which a user may hold both sides on a day."""
    params = {"company_id": company_id, "user_id": user_id, "on": on}
    return frozenset(sql.scalars(EXCEPTED, params))


def duty_report(actor: Actor, *, days: int = rules.EXCEPTION_DAYS_MAX) -> DutyReport:
    """Return the report of a company over the days up to today; a quarter unless said."""
    since = actor.today - timedelta(days=days)
    exceptions = sql.fetch(ExceptionRow, EXCEPTIONS, [actor.company_id, since])
    held = [_held(actor, one, exceptions) for one in sql.fetch(_Member, HELD, [actor.company_id])]
    done = sql.fetch(_Exercised, EXERCISED, [actor.company_id, since])
    return DutyReport(actor.today, since, tuple(held), tuple(exceptions), tuple(_exercised(done)))


def _held(actor: Actor, one: _Member, exceptions: list[ExceptionRow]) -> HeldRow:
    met = rules.conflicts(rules.permissions_of(frozenset(one.roles)))
    numbers = tuple(pair.number for pair in met)
    excepted = {
        row.pair
        for row in exceptions
        if row.username == one.username and row.is_in_force(actor.today)
    }
    return HeldRow(
        user_id=one.user_id,
        username=one.username,
        name=one.name,
        is_active=one.is_active,
        roles=tuple(one.roles),
        met=numbers,
        excepted=tuple(number for number in numbers if number in excepted),
    )


def _exercised(done: list[_Exercised]) -> list[ExercisedRow]:
    """Return the people who did both sides of a pair."""
    counts: dict[tuple[str, int], dict[str, int]] = {}
    last: dict[tuple[str, int], date] = {}
    for one in done:
        for pair, side in rules.sides(one.permission):
            key = (one.username, pair)
            counts.setdefault(key, {"left": 0, "right": 0})[side] += one.count
            last[key] = max(last.get(key, one.last_on), one.last_on)
    return [
        ExercisedRow(username, pair, by_side["left"], by_side["right"], last[username, pair])
        for (username, pair), by_side in sorted(counts.items())
        if by_side["left"] and by_side["right"]
    ]
