"""How long a held order waits, in minutes of the desk's own hours. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from creditdesk.kernel.calendars import BusinessCalendar

_DAYS_LOOKED_AHEAD = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When the desk works: from `opens` until `closes` of its business days, in its own zone."""

    opens: time
    closes: time
    zone: str
    calendar: BusinessCalendar

    def of(self, day: date) -> tuple[datetime, datetime]:
        """Return the desk's hours of a day as moments."""
        zone = ZoneInfo(self.zone)
        ends = (datetime.combine(day, at, tzinfo=zone) for at in (self.opens, self.closes))
        opens, closes = (end.astimezone(UTC) for end in ends)
        return opens, closes

    def from_day_of(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the desk's hours of each business day from that of a moment on."""
        day = at.astimezone(ZoneInfo(self.zone)).date()
        for n in range(_DAYS_LOOKED_AHEAD):
            one = day + timedelta(days=n)
            if self.calendar.is_business_day(one):
                yield self.of(one)


def minutes_between(start: datetime, end: datetime, hours: Hours) -> int:
    """Return the desk's whole minutes from one moment to a later one; none to an earlier."""
    worked = timedelta()
    for opens, closes in hours.from_day_of(start):
        if opens >= end:
            break
        worked += max(min(closes, end) - max(opens, start), timedelta())
    return worked // timedelta(minutes=1)


def due_at(start: datetime, minutes: int, hours: Hours) -> datetime:
    """Return the moment by which so many minutes of the desk have passed."""
    left = timedelta(minutes=minutes)
    for opens, closes in hours.from_day_of(start):
        begins = max(opens, start)
        if begins >= closes:
            continue
        if left <= closes - begins:
            return begins + left
        left -= closes - begins
    raise ValueError("the desk is never open")


def percentile(values: Sequence[int], percent: int) -> int:
    """Return the least value that at least so many percent of the values do not exceed."""
    ordered = sorted(values)
    place = -(-len(ordered) * percent // 100)
    return ordered[max(place, 1) - 1]
