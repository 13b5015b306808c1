"""Dates as they are given on the command line."""

from __future__ import annotations

from datetime import date

from creditdesk.kernel import calendars
from creditdesk.kernel.errors import Invalid, Place


def day_of(text: str, option: str) -> date:
    """Return the date given with an option; Invalid names the option when it is none."""
    try:
        return calendars.day_of(text)
    except ValueError as error:
        raise Invalid(
            "date_malformed",
            f"{text[:40]!r} is no date",
            place=Place(field=option),
            mend="Write it as 2026-01-31",
        ) from error
