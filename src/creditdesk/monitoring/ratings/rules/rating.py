"""A rating: grade, PAYDEX and drift together, and its inputs as they are kept to be replayed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from creditdesk.monitoring.ratings.rules.drifting import LATER, Drift, Norm, drift_of
from creditdesk.monitoring.ratings.rules.grading import (
    GRADES,
    Behaviour,
    Counted,
    Grade,
    Unpaid,
    counted,
    grade_of,
)
from creditdesk.monitoring.ratings.rules.paydex import paydex_of
from creditdesk.policy.rules.rating import PayerRatingRules


@dataclass(frozen=True, slots=True)
class Rating:
    """How a payer pays, by the rules of a policy."""

    grade: Grade
    counted: Counted | None
    paydex: int | None
    drift: Drift

    @property
    def days(self) -> Decimal | None:
        """The weighted days late the grade rests on."""
        return self.counted.days if self.counted else None


def rate(of: Behaviour, norm: Norm, rules: PayerRatingRules) -> Rating:
    """Return the rating of a behaviour beside its norm."""
    found = counted(of)
    grade = grade_of(found.days if found else None, of.parts, rules)
    paydex = None
    if of.parts >= rules.paydex_parts_min:
        paydex = paydex_of(
            anticipated=of.anticipated_minor,
            discounted=of.discounted_minor,
            others=of.paid_minor - of.anticipated_minor - of.discounted_minor + of.overdue_minor,
            banded=of.banded,
        )
    return Rating(grade, found, paydex, drift_of(norm, rules))


def as_inputs(of: Behaviour, norm: Norm) -> dict[str, Any]:
    """Return what a rating rests on as JSON values."""
    sums = dataclasses.asdict(of)
    sums["unpaid"] = [[one.late, one.minor] for one in of.unpaid]
    return {
        "behaviour": {**sums, "banded": list(of.banded)},
        "norm": {
            name: str(value) if isinstance(value, Decimal) else value
            for name, value in dataclasses.asdict(norm).items()
        },
    }


def from_inputs(inputs: Mapping[str, Any]) -> tuple[Behaviour, Norm]:
    """Return what `as_inputs` was given."""
    sums, norm = dict(inputs["behaviour"]), dict(inputs["norm"])
    sums["unpaid"] = tuple(Unpaid(late, minor) for late, minor in sums["unpaid"])
    sums["banded"] = tuple(sums["banded"])
    for name in ("earlier_days", "spread_days", "recent_days"):
        norm[name] = None if norm[name] is None else Decimal(norm[name])
    return Behaviour(**sums), Norm(**norm)


def is_worse(now: tuple[str, str], before: tuple[str, str]) -> bool:
    """Whether (grade, drift) is worse than it was; the first grade of all is not."""
    fell = before[0] != "" and now[0] != "" and _rank(now[0]) > _rank(before[0])
    return fell or (now[1] == LATER and before[1] != LATER)


def _rank(grade: str) -> int:
    return [*map(str, GRADES)].index(grade)
