"""Interest over time: stretches of one balance and one rate, exact until rounded once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

MONTH_DAYS: Final = 30
HALF: Final = Fraction(1, 2)
_YEAR_DAYS: Final[Mapping[str, int]] = {"actual/365": 365, "actual/360": 360, "30/360": 360}


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch on which balance and rate stay the same.

    Days are those after `start` up to and with `end`: two stretches that meet add up to one.
    """

    start: date
    end: date
    days: int
    year_days: int
    balance_minor: int
    percent: Decimal

    @property
    def exact(self) -> Fraction:
        """The interest in minor units, not rounded."""
        above, below = self.percent.as_integer_ratio()
        return Fraction(self.balance_minor * self.days * above, below * 100 * self.year_days)


def segments_of(
    start: date,
    end: date,
    *,
    balance_on: Callable[[date], int],
    percent_on: Callable[[date], Decimal],
    cuts: Iterable[date],
    day_count: str,
    first_day: timedelta,
) -> list[Segment]:
    """Return the stretches from `start` to `end` that bear interest, cut where something changes.

    `balance_on` and `percent_on` answer for the stretch that begins at a mark; its first day is the
    mark plus `first_day`.
    """
    edges = {start, end, *(cut for cut in cuts if start < cut < end)}
    if day_count == "actual/actual":
        new_years = [date(year, 1, 1) - first_day for year in range(start.year, end.year + 2)]
        edges |= {edge for edge in new_years if start < edge < end}
    found = []
    for begin, finish in pairwise(sorted(edges)):
        balance_minor = balance_on(begin)
        if balance_minor > 0:
            found.append(
                Segment(
                    begin,
                    finish,
                    _days(begin, finish, day_count),
                    year_days((begin + first_day).year, day_count),
                    balance_minor,
                    percent_on(begin),
                )
            )
    return found


def exact_minor(segments: Sequence[Segment]) -> Fraction:
    """Return the interest of the stretches in minor units, not rounded."""
    return sum((segment.exact for segment in segments), Fraction(0))


def rounded(exact: Fraction) -> int:
    """Return whole minor units, half up: the one rounding of a claim's interest."""
    return (exact + HALF).__floor__()


def _days(start: date, end: date, day_count: str) -> int:
    if day_count == "30/360":
        return _serial(end) - _serial(start)
    return (end - start).days


def _serial(day: date) -> int:
    """Return a day's number where every month has thirty; the 31st counts as the 30th."""
    return day.year * 360 + day.month * MONTH_DAYS + min(day.day, MONTH_DAYS)


def year_days(year: int, day_count: str) -> int:
    """Return how many days a year counts for interest."""
    if day_count == "actual/actual":
        return (date(year + 1, 1, 1) - date(year, 1, 1)).days
    return _YEAR_DAYS[day_count]
