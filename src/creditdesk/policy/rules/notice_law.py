"""How long a reminder gives to pay at least, by the debtor's country. Pure; no legal advice.

Dated rows with their texts. A policy may give more; where it gives less, the law's days count, in
the letter and before the next step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True)
class NoticeLaw:
    """From a day on a reminder to a debtor in a country gives at least so many days to pay."""

    country: str
    valid_from: date
    days: int
    source: str


LAWS: Final = (NoticeLaw("NO", date(1989, 7, 1), 14, "Inkassoloven (LOV-1988-05-13-26) §§ 9, 10"),)


def least_days(country: str, on: date) -> int:
    """Return the days to pay that the law wants of a reminder of a day; 0 where none is kept."""
    return max(
        (law.days for law in LAWS if law.country == country and law.valid_from <= on), default=0
    )


def countries(on: date) -> tuple[str, ...]:
    """Return the countries whose law wants days of a reminder."""
    return tuple(sorted({law.country for law in LAWS if law.valid_from <= on}))
