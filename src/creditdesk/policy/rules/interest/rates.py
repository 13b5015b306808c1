"""Reference rates by half-year: which there are, and those published so far, with their sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

ECB: Final = "ecb_mro"
BOE: Final = "boe_base"
BBK: Final = "bbk_base"
NORGES: Final = "norges_policy"
JULY: Final = 7
RATE_MAX_PERCENT: Final = 100

# What each reference rate is; a rate is kept for the first day of the half-year it counts in.
REFERENCES: Final[Mapping[str, str]] = {
    ECB: "European Central Bank, main refinancing operations, in force on that day",
    BOE: "Bank of England, official Bank Rate, in force at the end of the day before",
    BBK: "Deutsche Bundesbank, base rate of § 247 BGB, in force from that day",
    NORGES: "Norges Bank, policy rate on that day, as taken by forsinkelsesrenteloven § 3",
}


@dataclass(frozen=True, slots=True)
class ReferenceRate:
    """A reference rate of one half-year, in percent a year, and where it was read."""

    percent: Decimal
    source: str


def half_year_of(day: date) -> date:
    """Return the first day of the half-year: 1 January or 1 July."""
    return date(day.year, JULY if day.month >= JULY else 1, 1)


def half_years(first: date, last: date) -> list[date]:
    """Return the first days of the half-years that two days lie in, and of those between."""
    found, begins = [], half_year_of(first)
    while begins <= last:
        found.append(begins)
        begins = half_year_of(begins + timedelta(days=190))
    return found


def missing_rates(
    rates: Collection[tuple[str, date]], wanted: Collection[tuple[str, date, date]]
) -> list[tuple[str, date]]:
    """Return the half-years without a rate, of references wanted from one day through another."""
    return sorted(
        {
            (code, half_year)
            for code, first, last in wanted
            for half_year in half_years(first, last)
            if (code, half_year) not in rates
        }
    )


def is_reference_rate(code: str, valid_on: date, percent: Decimal) -> bool:
    """Whether a known rate of that size may be kept for that day."""
    return (
        code in REFERENCES
        and valid_on == half_year_of(valid_on)
        and percent.is_finite()
        and abs(percent) <= RATE_MAX_PERCENT
    )


# By half-years from 2018-H1 on, as the three banks published them. Only what has been published is
# here: a half-year that is missing is refused, never filled with the one before.
_FIRST_YEAR = 2018
_SERIES: Final[Mapping[str, tuple[str, ...]]] = {
    ECB: ("0.00", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00",
          "2.50", "4.00", "4.50", "4.25", "3.15", "2.15", "2.15", "2.40"),
    BOE: ("0.50", "0.50", "0.75", "0.75", "0.75", "0.10", "0.10", "0.10", "0.25", "1.25",
          "3.50", "5.00", "5.25", "5.25", "4.75", "4.25", "3.75", "3.75"),
    BBK: ("-0.88", "-0.88", "-0.88", "-0.88", "-0.88", "-0.88", "-0.88", "-0.88", "-0.88", "-0.88",
          "1.62", "3.12", "3.62", "3.37", "2.27", "1.27", "1.27", "1.52"),
}  # fmt: skip


def published() -> dict[tuple[str, date], ReferenceRate]:
    """Return the rates that come with the product, by code and first day of the half-year."""
    return {
        (code, date(_FIRST_YEAR + n // 2, JULY if n % 2 else 1, 1)): ReferenceRate(
            Decimal(percent), REFERENCES[code]
        )
        for code, series in _SERIES.items()
        for n, percent in enumerate(series)
    }


PUBLISHED: Final[Mapping[tuple[str, date], ReferenceRate]] = published()
