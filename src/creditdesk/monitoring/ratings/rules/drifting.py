"""Drift: whether a payer pays later than was its own norm.

The norm is the median of how late earlier items were, its spread their median absolute deviation
from it, times 1.4826 (which for a normal distribution is the standard deviation): both stand firm
against a few wild values (Leys et al., "Detecting outliers", Journal of Experimental Social
Psychology 49, 2013). Recent are the items that fell due lately, and long enough ago that the norm
would have had them paid; an unpaid one counts with its days so far, which is less than it will be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Final, Literal

from creditdesk.policy.rules.rating import PayerRatingRules

DriftWord = Literal["", "as_usual", "later"]
LATER: Final[DriftWord] = "later"
AS_USUAL: Final[DriftWord] = "as_usual"
DEVIATIONS: Final = 2
_NORMAL: Final = Decimal("1.4826")
_TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Seen:
    """An item that fell due `age` days ago and was paid, or still is not, `late` days after."""

    age: int
    late: int


@dataclass(frozen=True, slots=True)
class Norm:
    """How late earlier and recent items were, in days: medians, spread and counts."""

    earlier_count: int = 0
    earlier_days: Decimal | None = None
    spread_days: Decimal | None = None
    recent_count: int = 0
    recent_days: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """Whether it pays later than its norm, by how many days, and how many it takes to say so."""

    word: DriftWord
    by_days: Decimal | None = None
    needs_days: Decimal | None = None


def norm_of(earlier: Sequence[int], recent: Sequence[Seen]) -> Norm:
    """Return the payer's norm, and what is recent beside it."""
    if not earlier:
        return Norm(recent_count=len(recent))
    usual = median(earlier)
    spread = median(abs(one - usual) for one in earlier)
    judged = [one.late for one in recent if one.age >= usual]
    return Norm(
        earlier_count=len(earlier),
        earlier_days=_tenth(usual),
        spread_days=(_tenth(spread) * _NORMAL).quantize(_TENTH, ROUND_HALF_UP),
        recent_count=len(judged),
        recent_days=_tenth(median(judged)) if judged else None,
    )


def drift_of(norm: Norm, rules: PayerRatingRules) -> Drift:
    """Return whether recent items come later than the norm; empty where too few are known."""
    usual, spread, recent = norm.earlier_days, norm.spread_days, norm.recent_days
    if (
        usual is None
        or spread is None
        or recent is None
        or min(norm.earlier_count, norm.recent_count) < rules.drift_parts_min
    ):
        return Drift("")
    needs = max(Decimal(rules.drift_days), DEVIATIONS * spread)
    by = recent - usual
    return Drift(LATER if by >= needs else AS_USUAL, by, needs)


def _tenth(days: float) -> Decimal:
    return Decimal(days).quantize(_TENTH, ROUND_HALF_UP)
