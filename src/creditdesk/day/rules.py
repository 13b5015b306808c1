"""Which dates a late day still has to judge. Pure."""

from __future__ import annotations

from datetime import date, timedelta

MISSED_MAX = 366


def missed_dates(last: date | None, today: date) -> list[date]:
    """Return the dates after the last finished day and before today, at most a year of them."""
    if last is None or last >= today:
        return []
    first = max(last + timedelta(days=1), today - timedelta(days=MISSED_MAX))
    return [first + timedelta(days=n) for n in range((today - first).days)]
