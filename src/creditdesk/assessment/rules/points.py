"""What a scorecard may look at: data points from a customer's statements over the years. Pure.

Every point is a quotient, a count or a change of quotients: none depends on the unit or the
currency in which the statements are written. A code is `ratio.aspect`, such as
`current_ratio.change`, or stands alone, such as `z_services`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

from creditdesk.assessment.rules.altman import MODELS
from creditdesk.assessment.rules.items import Amounts
from creditdesk.assessment.rules.ratios import RATIOS, YEAR_MONTHS, ratios, rounded

DataPoints = Mapping[str, Decimal | None]
ASPECTS: Final = ("now", "change", "since_first", "mean")
GROWING: Final = (
    "revenue",
    "total_assets",
    "market_value",
    "total_liabilities",
    "inventory",
    "receivables",
    "ebitda",
)
GROWTHS: Final = ("growth", "growth_since_first")
# One more year in another unit: a paper in thousands after one in units.
UNIT_STEP: Final = 1000
_SLACK: Final = 4
OWN: Final = ("own.days_late", "own.overdue_percent", "own.months_known")
ALONE: Final = (*(model.code for model in MODELS), "loss_years", "market_swing", "paid_in_raised")


@dataclass(frozen=True, slots=True)
class Year:
    """A statement as a scorecard sees it: when it ends, its months, its completed lines."""

    period_end: date
    amounts: Amounts
    months: int = YEAR_MONTHS


def point_codes() -> tuple[str, ...]:
    """Return the code of every data point a card may use."""
    of_ratios = [f"{one.code}.{aspect}" for one in RATIOS for aspect in ASPECTS]
    of_items = [f"{item}.{aspect}" for item in GROWING for aspect in GROWTHS]
    return (*of_ratios, *of_items, *ALONE, *OWN)


def data_points(years: Sequence[Year], own: DataPoints | None = None) -> dict[str, Decimal | None]:
    """Return every data point of a customer's years, oldest first; nothing where unknown.

    `own` are what we know of the customer ourselves.
    """
    found: dict[str, Decimal | None] = dict.fromkeys(OWN)
    found.update(own or {})
    if not years:
        return found | dict.fromkeys(code for code in point_codes() if code not in found)
    even = in_one_unit(years)
    found.update(_of_ratios(even))
    found.update(_of_growth(even))
    last = even[-1]
    for model in MODELS:
        score = model.of(last.amounts, last.months)
        found[model.code] = score.value if score else None
    found["loss_years"] = _loss_years(even)
    found["market_swing"] = _market_swing(even)
    found["paid_in_raised"] = _paid_in_raised(even)
    return found


def in_one_unit(years: Sequence[Year]) -> list[Year]:
    """Return the years with those brought to the last one's unit that stand in another.

    A year counts as written in another unit when assets and revenue both stand a thousand times
    (within a factor of four) higher or lower than the year after it, a step no business takes.
    """
    even: list[Year] = []
    for year in reversed(years):
        if not even:
            even.append(year)
            continue
        step = _unit_step(year.amounts, even[-1].amounts)
        even.append(year if step == 1 else _times(year, step))
    return even[::-1]


def _unit_step(amounts: Amounts, after: Amounts) -> Fraction:
    steps = set()
    for code in ("total_assets", "revenue"):
        before, now = amounts.get(code, 0), after.get(code, 0)
        if before <= 0 or now <= 0:
            return Fraction(1)
        steps.add(_nearest_step(Fraction(now, before)))
    return steps.pop() if len(steps) == 1 else Fraction(1)


def _nearest_step(quotient: Fraction) -> Fraction:
    for step in (Fraction(UNIT_STEP), Fraction(1, UNIT_STEP)):
        if step / _SLACK < quotient < step * _SLACK:
            return step
    return Fraction(1)


def _times(year: Year, step: Fraction) -> Year:
    amounts = {code: round(minor * step) for code, minor in year.amounts.items()}
    return Year(year.period_end, amounts, year.months)


def _of_ratios(years: Sequence[Year]) -> dict[str, Decimal | None]:
    by_year = [ratios(year.amounts, year.months) for year in years]
    found: dict[str, Decimal | None] = {}
    for ratio in RATIOS:
        values = [one[ratio.code] for one in by_year]
        known = [value for value in values if value is not None]
        now, first = values[-1], values[0]
        before = values[-2] if len(values) > 1 else None
        found[f"{ratio.code}.now"] = now
        found[f"{ratio.code}.change"] = _less(now, before)
        found[f"{ratio.code}.since_first"] = _less(now, first) if len(values) > 1 else None
        found[f"{ratio.code}.mean"] = _mean(known)
    return found


def _of_growth(years: Sequence[Year]) -> dict[str, Decimal | None]:
    found: dict[str, Decimal | None] = {}
    for code in GROWING:
        values = [year.amounts.get(code, 0) for year in years]
        before = values[-2] if len(values) > 1 else 0
        first = values[0] if len(values) > 1 else 0
        found[f"{code}.growth"] = _grown(before, values[-1])
        found[f"{code}.growth_since_first"] = _grown(first, values[-1])
    return found


def _grown(before: int, now: int) -> Decimal | None:
    """Return how many times as large as before it is now; nothing unless both are positive."""
    return rounded(Fraction(now, before)) if before > 0 and now > 0 else None


def _less(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if now is None or before is None else now - before


def _mean(values: Sequence[Decimal]) -> Decimal | None:
    return rounded(Fraction(sum(values)) / len(values)) if values else None


def _loss_years(years: Sequence[Year]) -> Decimal | None:
    known = [year.amounts["net_income"] for year in years if "net_income" in year.amounts]
    return Decimal(sum(value < 0 for value in known)) if known else None


def _market_swing(years: Sequence[Year]) -> Decimal | None:
    """Return the mean of how far market value moved from year to year, as larger over smaller."""
    values = [year.amounts.get("market_value", 0) for year in years]
    moves = [rounded(Fraction(max(a, b), min(a, b))) for a, b in pairwise(values) if min(a, b) > 0]
    return _mean(moves)


def _paid_in_raised(years: Sequence[Year]) -> Decimal | None:
    """Return by how much paid-in capital grew in the last year, over the assets before it."""
    if len(years) < 2:  # noqa: PLR2004 - a year and the one before it
        return None
    now, before = years[-1].amounts, years[-2].amounts
    needed = ("equity", "retained_earnings")
    if any(code not in one for code in needed for one in (now, before)):
        return None
    assets = before.get("total_assets", 0)
    if assets <= 0:
        return None
    raised = (now["equity"] - now["retained_earnings"]) - (
        before["equity"] - before["retained_earnings"]
    )
    return rounded(Fraction(raised, assets))
