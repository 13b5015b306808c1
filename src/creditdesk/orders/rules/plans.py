"""An order shipped against instalments: which amount comes by which day, and is it on time. Pure.

Amounts are equal, rounded down to whole minor units; the last one takes what that leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from creditdesk.kernel.calendars import BusinessCalendar, add_months

PARTS: Final = 3
PARTS_MAX: Final = 12

Standing = Literal["open", "met", "lapsed"]


@dataclass(frozen=True, slots=True)
class Instalment:
    """What comes in by a day, in minor units."""

    due_on: date
    minor: int


def instalments(
    minor: int, *, first_on: date, parts: int, calendar: BusinessCalendar
) -> tuple[Instalment, ...]:
    """Return the plan for an amount: the first on `first_on`, then month by month.

    A day nobody works moves to the next that is. There are no more parts than minor units.
    """
    count = min(parts, minor)
    if count < 1:
        return ()
    each = minor // count
    days = [calendar.roll(add_months(first_on, n), "following") for n in range(count)]
    amounts = [each] * (count - 1) + [minor - each * (count - 1)]
    return tuple(Instalment(day, amount) for day, amount in zip(days, amounts, strict=True))


def due_minor(plan: Sequence[Instalment], on: date) -> int:
    """Return what of a plan must have come in before a day; its own day is still in time."""
    return sum(one.minor for one in plan if one.due_on < on)


def standing(plan: Sequence[Instalment], received_minor: int, on: date) -> Standing:
    """Return whether a plan is paid, broken, or on its way: money pays what is due first."""
    if received_minor >= sum(one.minor for one in plan):
        return "met"
    return "lapsed" if received_minor < due_minor(plan, on) else "open"
