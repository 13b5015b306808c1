"""The clocks of notices, how long their papers are kept, and by which text: dated rules. Pure.

Trade credit follows 12 CFR 1002.9(a)(3)(ii): a reasonable time, for which 30 days are always
enough. The strictest rule is kept for everybody (comment 9(a)(3)-4 allows it), in every country.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from creditdesk.kernel.errors import Refused

ClockCode = Literal[
    "outcome", "incomplete", "counter_offer", "reasons_window", "reasons_answer", "objection"
]
State = Literal["running", "warning", "late", "met"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How many days there are for something, from which day on a warning is given, and by law of.

    In force from `since`, through `until` where it ended.
    """

    code: ClockCode
    days: int
    warn_days: int
    since: date
    source: str
    until: date | None = None


REGULATION_B: Final = date(1976, 3, 23)
CLOCKS: Final = (
    Clock(code="outcome", days=30, warn_days=20, since=REGULATION_B,
          source="12 CFR 1002.9(a)(1)(i), (a)(3)(ii)"),
    Clock(code="incomplete", days=30, warn_days=20, since=REGULATION_B,
          source="12 CFR 1002.9(c)(1)"),
    Clock(code="counter_offer", days=90, warn_days=75, since=REGULATION_B,
          source="12 CFR 1002.9(a)(1)(iv)"),
    Clock(code="reasons_window", days=60, warn_days=60, since=REGULATION_B,
          source="12 CFR 1002.9(a)(3)(ii)(B)"),
    Clock(code="reasons_answer", days=30, warn_days=20, since=REGULATION_B,
          source="12 CFR 1002, appendix C, form C-8"),
    Clock(code="objection", days=30, warn_days=20, since=date(2018, 5, 25),
          source="GDPR articles 12(3) and 22(3)"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long papers of a decision are kept after its notice; longer once reasons were asked."""

    days: int
    asked_months: int
    since: date
    source: str
    until: date | None = None


# Creditors may keep longer: twelve months are kept for all once anything was asked.
RETENTIONS: Final = (
    Retention(days=60, asked_months=12, since=date(1990, 4, 1), source="12 CFR 1002.12(b)(2)"),
)


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when something is due, how it stands today, and by which text."""

    code: ClockCode
    due_on: date
    state: State
    source: str


def clock(code: ClockCode, on: date) -> Clock:
    """Return the clock in force on a day; Refused before there was one."""
    for one in CLOCKS:
        if one.code == code and one.since <= on and (one.until is None or on <= one.until):
            return one
    raise no_clock(code)


def deadline(code: ClockCode, began_on: date, today: date, *, met_on: date | None) -> Deadline:
    """Return by when something that began on a day is due, and how it stands."""
    of = clock(code, began_on)
    due_on = began_on + timedelta(days=of.days)
    state: State = "running"
    if met_on is not None:
        state = "met" if met_on <= due_on else "late"
    elif today > due_on:
        state = "late"
    elif today >= began_on + timedelta(days=of.warn_days):
        state = "warning"
    return Deadline(code, due_on, state, of.source)


def may_ask_reasons(noticed_on: date, asked_on: date) -> bool:
    """Whether reasons asked for on a day must be given: through day 60 after the notice."""
    return asked_on <= noticed_on + timedelta(days=clock("reasons_window", noticed_on).days)


def kept_until(noticed_on: date, *, has_asked: bool) -> date:
    """Return the last day on which the papers of a decision must be kept."""
    rule = next(
        one
        for one in reversed(RETENTIONS)
        if one.since <= noticed_on and (one.until is None or noticed_on <= one.until)
    )
    if has_asked:
        return _months_later(noticed_on, rule.asked_months)
    return noticed_on + timedelta(days=rule.days)


def _months_later(day: date, months: int) -> date:
    """Return the same day so many months later, the month's last where it has no such day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(following - timedelta(days=1), date(year, month, 1) + timedelta(days=day.day - 1))


def no_clock(code: str) -> Refused:
    """Return the refusal of a day before there was such a rule."""
    return Refused("no_clock", "There was no such rule on that day", clock=code)
