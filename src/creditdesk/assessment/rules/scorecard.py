"""Scorecards: data points fall into ranges, ranges give points, points weigh into a score. Pure.

Everything is exact decimal arithmetic, rounded once at the end, so that a stored score replays to
the same digits. Reasons are the factors that cost the most points, which is what an adverse-action
notice must name (Regulation B, 12 CFR 1002.9(b)(2): the factors actually scored).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

from creditdesk.assessment.rules.points import DataPoints
from creditdesk.kernel.errors import Refused

SCORE_PLACES: Final = Decimal("0.01")
PROBABILITY_PLACES: Final = Decimal("0.0001")
REASONS_MAX: Final = 4
HUNDRED: Final = Decimal(100)
# What a card does where a data point is missing, besides giving points for it.
MissingRule = Literal["leave_out", "required"]


@dataclass(frozen=True, slots=True)
class Range:
    """Points for values from `low`, which belongs to it, to `high`, which does not."""

    low: Decimal | None
    high: Decimal | None
    points: Decimal

    def holds(self, value: Decimal) -> bool:
        """Whether a value lies in the range."""
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)


@dataclass(frozen=True, slots=True)
class Factor:
    """A data point that is scored: its weight, its ranges from low to high, its missing rule.

    `missing` is the points a missing value gets, or what else is done: `leave_out` shares the
    factor's weight among the others, `required` makes the customer impossible to score.
    """

    point: str
    weight: Decimal
    ranges: tuple[Range, ...]
    missing: Decimal | MissingRule

    @property
    def best(self) -> Decimal:
        """The most points anybody can get from this factor."""
        return max(one.points for one in self.ranges)

    def place(self, value: Decimal) -> int:
        """Return the position of the range a value lies in."""
        return next(n for n, one in enumerate(self.ranges) if one.holds(value))


@dataclass(frozen=True, slots=True)
class Band:
    """A class of customers: those who score at least so much, and less than the band above."""

    grade: str
    at_least: Decimal


@dataclass(frozen=True, slots=True)
class Odds:
    """What a score says about failing: log odds of failure are `intercept` − score × `slope`."""

    intercept: Decimal
    slope: Decimal

    def probability(self, score: Decimal) -> Decimal:
        """Return the probability of failing within a year, to four decimals."""
        logit = self.intercept - score * self.slope
        exact = 1 / (1 + (-logit).exp())
        return exact.quantize(PROBABILITY_PLACES, ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A version of a scorecard. Bands run from best to worst; the last takes everybody left."""

    key: str
    version: int
    base: Decimal
    factors: tuple[Factor, ...]
    bands: tuple[Band, ...]
    minimum_known_percent: Decimal = Decimal(0)
    odds: Odds | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """What a factor gave: value, range (none if missing), weighted points, and what it cost.

    `cost` is how many more points the best range would have given.
    """

    point: str
    value: Decimal | None
    place: int | None
    points: Decimal
    best: Decimal
    cost: Decimal
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """A score with everything that made it; `probability` only where the card knows odds."""

    card: str
    version: int
    total: Decimal
    grade: str
    known_percent: Decimal
    factors: tuple[Scored, ...]
    probability: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A scored factor that cost points, and whether it did because its value is missing."""

    point: str
    cost: Decimal
    is_missing: bool


def score(card: Card, points: DataPoints) -> Score:
    """Return the score of data points; Refused where the card may not score so little."""
    _refuse_missing(card, points)
    known = _known_percent(card, points)
    if known < card.minimum_known_percent:
        raise score_lacks_data(known, card.minimum_known_percent)
    spread_by = _share_of_left_out(card, points)
    scored = tuple(_scored(one, points.get(one.point), spread_by) for one in card.factors)
    exact = card.base + sum((one.points for one in scored), Decimal(0))
    total = exact.quantize(SCORE_PLACES, ROUND_HALF_EVEN)
    return Score(
        card.key, card.version, total, grade_of(card, total), known, scored,
        card.odds.probability(total) if card.odds else None,
    )  # fmt: skip


def grade_of(card: Card, total: Decimal) -> str:
    """Return the class of a score."""
    return next(
        (band.grade for band in card.bands[:-1] if total >= band.at_least), card.bands[-1].grade
    )


def reasons(of: Score, at_most: int = REASONS_MAX) -> tuple[Reason, ...]:
    """Return the factors that cost most, most first; equal costs in the order of the card."""
    costly = [one for one in of.factors if one.cost > 0]
    costly.sort(key=lambda one: -one.cost)
    return tuple(Reason(one.point, one.cost, one.value is None) for one in costly[:at_most])


def _refuse_missing(card: Card, points: DataPoints) -> None:
    for one in card.factors:
        if one.missing == "required" and points.get(one.point) is None:
            raise score_lacks_required(one.point)


def _known_percent(card: Card, points: DataPoints) -> Decimal:
    known = [one.weight for one in card.factors if points.get(one.point) is not None]
    share = sum(known, Decimal(0)) / _weight_of(card.factors) * HUNDRED
    return share.quantize(SCORE_PLACES, ROUND_HALF_EVEN)


def _weight_of(factors: Sequence[Factor]) -> Decimal:
    return sum((one.weight for one in factors), Decimal(0))


def _share_of_left_out(card: Card, points: DataPoints) -> Decimal:
    """Return by how much the weight of each scored factor grows for those left out."""
    kept = [
        one
        for one in card.factors
        if one.missing != "leave_out" or points.get(one.point) is not None
    ]
    if not kept:
        raise score_lacks_data(Decimal(0), card.minimum_known_percent)
    return _weight_of(card.factors) / _weight_of(kept)


def _scored(factor: Factor, value: Decimal | None, spread_by: Decimal) -> Scored:
    weight = factor.weight * spread_by
    best = factor.best * weight
    if value is not None:
        place = factor.place(value)
        points = factor.ranges[place].points * weight
        return Scored(factor.point, value, place, points, best, best - points)
    if isinstance(factor.missing, Decimal):
        points = factor.missing * weight
        return Scored(factor.point, None, None, points, best, best - points)
    nothing = Decimal(0)
    return Scored(factor.point, None, None, nothing, nothing, nothing, left_out=True)


def score_lacks_data(known: Decimal, needed: Decimal) -> Refused:
    """Return the refusal of a customer of whom too little is known."""
    return Refused(
        "score_lacks_data",
        "Too little is known of the customer for this scorecard",
        known_percent=str(known),
        needed_percent=str(needed),
        mend="Enter a financial statement, or more of its lines",
    )


def score_lacks_required(point: str) -> Refused:
    """Return the refusal of a customer without a value that the card requires."""
    return Refused(
        "score_lacks_required",
        "A value that the scorecard requires is missing",
        point=point,
        mend="Enter the lines of the statement it is worked out from",
    )
