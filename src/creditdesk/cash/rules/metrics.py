"""How honest matching is, as figures with their definitions. Pure.

Header-level rates flatter: a payment of forty lines counts once. So two rates stand side by side,
that of payments and that of lines, with how often what was applied had to be undone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

PLACES: Final = Decimal("0.000001")
WINDOW_DAYS: Final = 90
# Ages of what waits, in days: up to one, three, seven, thirty, and beyond.
AGE_ENDS: Final = (1, 3, 7, 30)
AGE_CODES: Final = ("age_0_1", "age_2_3", "age_4_7", "age_8_30", "age_31")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What happened to the payments received in a window.

    `straight` were settled in full by the system and stand. Lines are allocations that stand, and
    those a payment that settles nothing yet was advised with, one if nobody said; of all these
    `lines_hit` are the system's. `applied` and `undone` count payments by the method that applied.
    """

    payments: int = 0
    straight: int = 0
    lines: int = 0
    lines_hit: int = 0
    applied: Mapping[str, int]
    undone: Mapping[str, int]
    ages: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure in per cent: `part` of `whole`; None where there is nothing to measure."""

    code: str
    part: int
    whole: int

    @property
    def percent(self) -> Decimal | None:
        """The part in per cent of the whole."""
        if not self.whole:
            return None
        return (Decimal(self.part) * 100 / self.whole).quantize(PLACES, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Honest:
    """The figures of a window: two rates, false matches, in all and by method, and ages."""

    straight_through: Metric
    line_hit: Metric
    false_match: Metric
    by_method: tuple[Metric, ...]
    ages: tuple[tuple[str, int], ...]
    oldest_days: int | None


def honest(of: Counts) -> Honest:
    """Return the figures; methods in alphabetical order, by hand as well, for comparison."""
    automatic = {code: count for code, count in of.applied.items() if code != "by_hand"}
    undone = sum(count for code, count in of.undone.items() if code != "by_hand")
    return Honest(
        straight_through=Metric("straight_through", of.straight, of.payments),
        line_hit=Metric("line_hit", of.lines_hit, of.lines),
        false_match=Metric("false_match", undone, sum(automatic.values())),
        by_method=tuple(
            Metric(code, of.undone.get(code, 0), count)
            for code, count in sorted(of.applied.items())
        ),
        ages=_ages(of.ages),
        oldest_days=max(of.ages, default=None),
    )


def _ages(days: Sequence[int]) -> tuple[tuple[str, int], ...]:
    found = dict.fromkeys(AGE_CODES, 0)
    for age in days:
        found[AGE_CODES[sum(age > end for end in AGE_ENDS)]] += 1
    return tuple(found.items())
