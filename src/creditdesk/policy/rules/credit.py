"""The written rules of granting: who decides up to how much, limits by class, reviews, scorecards.

Amounts are minor units of the company's currency. A risk class is the grade of a scorecard, such
as A; a segment is that of the customer. A row that names neither class nor segment is for whoever
no other row fits; a row for a segment comes before one for all segments of its class.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, Protocol, TypeVar, get_args

Subject = Literal["limit", "order_release", "credit_note", "write_off", "refund", "plan"]
SUBJECTS: Final[tuple[Subject, ...]] = get_args(Subject)
SECURITIES: Final = ("none", "guarantee", "deposit", "insurance")


class _ForClass(Protocol):
    @property
    def risk_class(self) -> str: ...

    @property
    def segment(self) -> str: ...


Row = TypeVar("Row", bound=_ForClass)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityStep:
    """Up to which amount a subject is decided alone; above the second amount two others approve.

    For people of a role, or for all who may where no role is named. Without `alone_minor` any
    amount is decided alone; without `second_minor` one other is always enough.
    """

    subject: Subject
    role: str = ""
    alone_minor: int | None = None
    second_minor: int | None = None

    def approvers(self, minor: int | None) -> int:
        """Return how many others must approve; an amount without a rate needs one."""
        if self.alone_minor is None:
            return 0
        if minor is None:
            return 1
        first, second = self.alone_minor, self.second_minor
        return (minor > first) + (second is not None and minor > max(first, second))


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Up to which amount one person decides alone; above the second amount two others approve.

    Amounts are minor units of the company's currency. A credit note counts with what its invoice
    was credited before, so that parts do not stay below; a write-off likewise. A row of `matrix`
    comes before the amounts beside it; a row for a role of whoever decides before one for all.
    """

    limit_minor: int = 10_000_000
    limit_second_minor: int = 50_000_000
    credit_note_minor: int = 1_000_000
    credit_note_second_minor: int = 10_000_000
    write_off_minor: int = 0
    write_off_second_minor: int = 1_000_000
    matrix: tuple[AuthorityStep, ...] = ()

    def approvers(self, subject: Subject, minor: int | None, roles: Collection[str] = ()) -> int:
        """Return how many others must approve what somebody of these roles decides.

        Of several roles the one that needs the fewest counts. An amount without a rate needs one
        other, unless any amount is decided alone.
        """
        own = [one for one in self.matrix if one.subject == subject and one.role in roles]
        steps = own or [self.general(subject)]
        return min(step.approvers(minor) for step in steps)

    def names_roles(self, subject: Subject) -> bool:
        """Whether a role decides more or less of a subject than everybody."""
        return any(one.subject == subject and one.role for one in self.matrix)

    def general(self, subject: Subject) -> AuthorityStep:
        """Return the row of a subject that counts for everybody without a row of a role."""
        for one in self.matrix:
            if one.subject == subject and not one.role:
                return one
        first, second = {
            "limit": (self.limit_minor, self.limit_second_minor),
            "credit_note": (self.credit_note_minor, self.credit_note_second_minor),
            "write_off": (self.write_off_minor, self.write_off_second_minor),
        }.get(subject, (None, None))
        return AuthorityStep(subject=subject, alone_minor=first, second_minor=second)

    def steps(self) -> tuple[AuthorityStep, ...]:
        """Return every row that counts: by subject, the one for everybody first, then by role."""
        return tuple(
            step
            for subject in SUBJECTS
            for step in (
                self.general(subject),
                *(one for one in self.matrix if one.subject == subject and one.role),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassLimit:
    """The highest limit a customer of a risk class is given, and what a proposal is made of.

    The limit is at most `minor`, and at most the percents of equity and revenue where these are
    known; a percent of 0 leaves that measure out. `without_figures_minor` takes the place of both
    where no statement is known. Up to `automatic_minor` a recommendation is granted without a
    person, unless it asks for a `security`. `terms` is the code of the terms recommended with it;
    empty: the default ones.
    """

    risk_class: str = ""
    segment: str = ""
    minor: int = 0
    equity_percent: Decimal = Decimal(0)
    revenue_percent: Decimal = Decimal(0)
    without_figures_minor: int = 0
    automatic_minor: int = 0
    terms: str = ""
    security: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRules:
    """How high a limit may be by risk class and segment; without a row nothing is bounded."""

    by_class: tuple[ClassLimit, ...] = ()

    def for_class(self, risk_class: str, segment: str = "") -> ClassLimit | None:
        """Return the row for a customer of that class and segment; nothing where none fits."""
        return fitting(self.by_class, risk_class, segment)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCycle:
    """How often customers of a risk class are reviewed."""

    risk_class: str = ""
    segment: str = ""
    every_months: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRules:
    """How often a customer is reviewed, by risk class; without a row nobody is.

    A review prepares itself `ahead_days` before it is due; a day opens at most `opened_max`, the
    longest due first (0: all that are due). What it proposes counts payment behaviour in full up
    to `good_days` late and not at all from `bad_days` on; each broken promise and each returned
    payment counts as `event_days` more. What purchases need gets `headroom_percent` on top. A
    proposal within `change_percent` of the limit leaves it;
    so it stays without a person up to `unchanged_minor`.
    """

    by_class: tuple[ReviewCycle, ...] = ()
    ahead_days: int = 14
    opened_max: int = 20
    good_days: int = 15
    bad_days: int = 90
    event_days: int = 10
    change_percent: Decimal = Decimal(20)
    headroom_percent: Decimal = Decimal(50)
    unchanged_minor: int = 0

    def every_months(self, risk_class: str, segment: str = "") -> int | None:
        """Return after how many months such a customer is reviewed again; nothing for never."""
        found = fitting(self.by_class, risk_class, segment)
        return found.every_months if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardUse:
    """The scorecard customers of a segment are scored with; without a segment, all others.

    Without a version the one approved last counts.
    """

    card: str
    segment: str = ""
    card_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardRules:
    """Which scorecard is used; without a row the one approved last, or the one that ships."""

    uses: tuple[CardUse, ...] = ()

    def use_for(self, segment: str = "") -> CardUse | None:
        """Return which card is used for a segment; nothing where policy names none."""
        by_segment = {one.segment: one for one in self.uses}
        return by_segment.get(segment) or by_segment.get("")


def fitting(rows: Sequence[Row], risk_class: str, segment: str) -> Row | None:
    """Return the row that fits a customer most closely: class and segment, class, segment, all."""
    by_name = {(one.risk_class, one.segment): one for one in rows}
    wanted = ((risk_class, segment), (risk_class, ""), ("", segment), ("", ""))
    return next((by_name[name] for name in wanted if name in by_name), None)
