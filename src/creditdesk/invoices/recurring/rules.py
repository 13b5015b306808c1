"""When a recurring invoice falls due, what period it is for, and what its texts say. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from creditdesk.kernel.calendars import add_months, month_end
from creditdesk.kernel.errors import Invalid, Place

Unit = Literal["day", "week", "month"]
UNITS: Final[tuple[Unit, ...]] = ("month", "week", "day")
WEEK_DAYS: Final = 7
EVERY_MAX: Final = 366
COUNT_MAX: Final = 10_000
MONTH_DAYS_MAX: Final = 31
LAST_DAY: Final = date(9000, 12, 31)
PLACEHOLDERS: Final = ("period", "from", "to", "month", "year", "turn")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often and from when to when. `day_of_month` beyond a month's end is its last day.

    The first turn is on `starts_on`, or by months on the first such day of the month from then
    on. `ends_on` is the last day a turn may fall on, `count` how many turns there are.
    """

    unit: Unit
    every: int
    starts_on: date
    day_of_month: int | None = None
    ends_on: date | None = None
    count: int | None = None
    in_arrears: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One document to come: its place from 1, the day it is due, and the days it is for."""

    number: int
    on: date
    from_on: date
    through_on: date


def faults(rhythm: Rhythm) -> Iterator[tuple[str, str, str]]:
    """Return what is wrong with a rhythm: a code, the field, and how to mend it."""
    if rhythm.unit not in UNITS:
        yield "recurring_unit_unknown", "unit", "Choose months, weeks or days"
    if not 0 < rhythm.every <= EVERY_MAX:
        yield "recurring_every_invalid", "every", f"Give a whole number from 1 to {EVERY_MAX}"
    day = rhythm.day_of_month
    if day is not None and (rhythm.unit != "month" or not 0 < day <= MONTH_DAYS_MAX):
        yield (
            "recurring_day_invalid",
            "day_of_month",
            "Give a day from 1 to 31, and only with months; 31 is the last day of every month",
        )
    if rhythm.count is not None and not 0 < rhythm.count <= COUNT_MAX:
        yield "recurring_count_invalid", "count", f"Give 1 to {COUNT_MAX}, or leave it empty"
    if rhythm.ends_on is not None and rhythm.ends_on < rhythm.starts_on:
        yield "recurring_ends_before", "ends_on", "Let it end on or after the day it starts"


def refuse_faults(rhythm: Rhythm) -> None:
    """Raise Invalid for the first thing wrong with a rhythm, or where no turn ever falls."""
    for code, field, mend in faults(rhythm):
        raise Invalid(code, "It cannot recur like this", place=Place(field=field), mend=mend)
    if turn(rhythm, 1) is None:
        raise Invalid(
            "recurring_never",
            "No document falls between start and end",
            place=Place(field="ends_on"),
            mend="Let it end later, or on another day of the month",
        )


def day_of_turn(rhythm: Rhythm, number: int) -> date:
    """Return the day turn `number` falls on, whether or not the plan still runs then.

    Each is counted from the first, so that a 31st comes back after February.
    """
    steps = (number - 1) * rhythm.every
    if rhythm.unit == "day":
        return rhythm.starts_on + timedelta(days=steps)
    if rhythm.unit == "week":
        return rhythm.starts_on + timedelta(days=steps * WEEK_DAYS)
    day = rhythm.day_of_month or rhythm.starts_on.day
    first = rhythm.starts_on.replace(day=1)
    if _in_month(first, day) < rhythm.starts_on:
        first = add_months(first, 1)
    return _in_month(add_months(first, steps), day)


def _in_month(first: date, day: int) -> date:
    return first.replace(day=min(day, month_end(first).day))


def turn(rhythm: Rhythm, number: int) -> Turn | None:
    """Return a turn of a plan by its number from 1; nothing where the plan has ended by then."""
    if number < 1 or (rhythm.count is not None and number > rhythm.count):
        return None
    on = day_of_turn(rhythm, number)
    if on > (rhythm.ends_on or LAST_DAY):
        return None
    of = number - 1 if rhythm.in_arrears else number
    start, end = day_of_turn(rhythm, of), day_of_turn(rhythm, of + 1)
    return Turn(number, on, start, end - timedelta(days=1))


def turns(rhythm: Rhythm, since: int, most: int) -> list[Turn]:
    """Return the next turns from a number on, so many at most."""
    found: list[Turn] = []
    while len(found) < most:
        one = turn(rhythm, since + len(found))
        if one is None:
            break
        found.append(one)
    return found


def first_from(rhythm: Rhythm, since: int, day: date) -> int:
    """Return the number of the first turn, from a number on, that falls on a day or later."""
    while day_of_turn(rhythm, since) < day:
        since += 1
    return since


def is_whole_month(one: Turn) -> bool:
    """Whether the turn is for one calendar month, which texts call by its name."""
    return one.from_on.day == 1 and one.through_on == month_end(one.from_on)


def unknown_placeholders(text: str) -> list[str]:
    """Return what stands in braces and means nothing, in order."""
    return [name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled in; what is unknown stays as it is."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
