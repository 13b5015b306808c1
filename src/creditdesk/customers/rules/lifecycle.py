"""When an account may sleep, close or become another, and what stands in the way. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

REASON_LENGTH_MAX: Final = 500
MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """What keeps an account from being closed: a code, how many, how much, and the first of them.

    `minor` and `currency` are empty where it is no money; `reference` leads to its page.
    """

    customer_id: int
    code: str
    count: int
    minor: int = 0
    currency: str = ""
    reference: str = ""


def months_before(on: date, months: int) -> date:
    """Return the same day so many months earlier, or the last day of that month."""
    year, month = divmod(on.year * MONTHS_A_YEAR + on.month - 1 - months, MONTHS_A_YEAR)
    for day in range(on.day, 0, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return on
