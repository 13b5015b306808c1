"""The grade: amount-weighted days late of what was paid, and of what is unpaid and later still.

An unpaid item counts with its days late as of today as soon as that makes the mean worse: until
then it is not known how late it will be. So the grade never gets better because something stays
unpaid, and who pays nothing is as late as the item that waits longest. A mean over paid items
alone rates well who pays nothing; one over all unpaid items at once is thinned by what is not due.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from creditdesk.monitoring.ratings.rules.paydex import in_bands
from creditdesk.policy.rules.rating import PayerRatingRules

Grade = Literal["", "A", "B", "C", "D", "E"]
GRADES: Final[tuple[Grade, ...]] = ("A", "B", "C", "D", "E")
# Given also to those of whom little is known: what is bad enough needs no second example.
_CERTAIN: Final = frozenset({"D", "E"})
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One payment of one item, or what of one is unpaid, `late` days after its due date.

    `is_anticipated`: paid on or before the day of the invoice; `is_discounted`: with a discount
    it had earned. What is lost counts as unpaid.
    """

    minor: int
    late: int
    is_paid: bool
    is_anticipated: bool = False
    is_discounted: bool = False


@dataclass(frozen=True, slots=True)
class Unpaid:
    """What is unpaid and so many days late."""

    late: int
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a payer did, in sums: amounts in minor units of the company's currency.

    `paid_days` is amount times days late; `banded` the same by bands of the PAYDEX, of what was
    paid and of what is unpaid and late. `unpaid` is by days, the latest first. `disputed_minor` is
    open and contested, and counts for nothing; `not_due_minor` neither.
    """

    paid_count: int = 0
    paid_minor: int = 0
    paid_days: int = 0
    anticipated_minor: int = 0
    discounted_minor: int = 0
    overdue_count: int = 0
    unpaid: tuple[Unpaid, ...] = ()
    banded: tuple[int, ...] = (0,) * 7
    not_due_minor: int = 0
    disputed_minor: int = 0
    lost_minor: int = 0

    @property
    def overdue_minor(self) -> int:
        """What is unpaid and late."""
        return sum(one.minor for one in self.unpaid)

    @property
    def parts(self) -> int:
        """How many payments and overdue items there are: D&B's experiences."""
        return self.paid_count + self.overdue_count


@dataclass(frozen=True, slots=True)
class Counted:
    """The weighted days, and how much was counted of what was paid and of what is unpaid.

    `unpaid_from` is how late an unpaid item must be at least to count; None where none does.
    """

    days: Decimal
    paid_minor: int
    unpaid_minor: int
    unpaid_from: int | None


def behaviour_of(parts: Iterable[Part], *, disputed_minor: int = 0) -> Behaviour:
    """Return the sums of the parts; the statement that reads them sums the same."""
    given = list(parts)
    paid = [one for one in given if one.is_paid]
    late = [one for one in given if not one.is_paid and one.late > 0]
    by_days: Counter[int] = Counter()
    for one in late:
        by_days[one.late] += one.minor
    judged = [(one.minor, in_bands(max(one.late, 0))) for one in (*paid, *late) if _is_plain(one)]
    return Behaviour(
        paid_count=len(paid),
        paid_minor=sum(one.minor for one in paid),
        paid_days=sum(one.minor * max(one.late, 0) for one in paid),
        anticipated_minor=sum(one.minor for one in paid if one.is_anticipated),
        discounted_minor=sum(
            one.minor for one in paid if one.is_discounted and not one.is_anticipated
        ),
        overdue_count=len(late),
        unpaid=latest_first(by_days.items()),
        banded=tuple(sum(minor * days[n] for minor, days in judged) for n in range(7)),
        not_due_minor=sum(one.minor for one in given if not one.is_paid and one.late <= 0),
        disputed_minor=disputed_minor,
    )


def _is_plain(part: Part) -> bool:
    return not (part.is_anticipated or part.is_discounted)


def latest_first(by_days: Iterable[tuple[int, int]]) -> tuple[Unpaid, ...]:
    """Return what is unpaid by days, summed, the latest first."""
    sums: Counter[int] = Counter()
    for late, minor in by_days:
        sums[late] += minor
    return tuple(Unpaid(late, sums[late]) for late in sorted(sums, reverse=True))


def counted(of: Behaviour) -> Counted | None:
    """Return the weighted days late; None where nothing was paid and nothing is late."""
    minor, days = of.paid_minor, of.paid_days
    since = None
    for one in of.unpaid:
        # Only what is later than the mean so far makes it worse; all that follow are earlier.
        if minor and one.late * minor <= days:
            break
        minor, days, since = minor + one.minor, days + one.minor * one.late, one.late
    if not minor:
        return None
    mean = (Decimal(days) / minor).quantize(_CENT, ROUND_HALF_UP)
    return Counted(mean, of.paid_minor, minor - of.paid_minor, since)


def grade_of(days: Decimal | None, parts: int, rules: PayerRatingRules) -> Grade:
    """Return the grade of so many weighted days; empty where too little is known for a good one."""
    if days is None:
        return ""
    grade = _by_days(days, thresholds(rules))
    return grade if parts >= rules.parts_min or grade in _CERTAIN else ""


def thresholds(rules: PayerRatingRules) -> tuple[int, ...]:
    """Return up to how many days each grade but the last reaches."""
    return rules.grade_a_days, rules.grade_b_days, rules.grade_c_days, rules.grade_d_days


def _by_days(days: Decimal, ends: Sequence[int]) -> Grade:
    for grade, end in zip(GRADES, ends, strict=False):
        if days <= end:
            return grade
    return GRADES[-1]
