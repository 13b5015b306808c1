"""What the policy recommends for an application, step by step. Pure.

All amounts are whole minor units of one currency, the application's; the limit is rounded down
once, at the end. The formula: the lowest of what was asked for, what the purchases need, and what
the class allows (its ceiling, its percents of equity and of revenue, or without figures its own
amount, at least so much of the highest credit a good reference gives).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Final, Literal

Answer = Literal["approve", "counter", "decline", "refer"]
ADVERSE: Final = frozenset({"counter", "decline"})
HUNDRED: Final = Decimal(100)
DAYS_OF_MONTH: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the applicant's class is offered, in minor units of the application's currency."""

    risk_class: str
    minor: int
    equity_percent: Decimal = Decimal(0)
    revenue_percent: Decimal = Decimal(0)
    without_figures_minor: int = 0
    automatic_minor: int = 0
    terms: str = ""
    net_days: int = 30
    security: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What holds for every class: see `AssessmentRules` of the policy."""

    need_days: int = 30
    references_percent: Decimal = Decimal(50)
    reference_late_days: int = 30
    round_to_minor: int = 1


@dataclass(frozen=True, slots=True)
class Reference:
    """What a referee answered: the highest credit given, how late it was paid, and whether again.

    `highest_minor` is nothing where no rate leads into the application's currency.
    """

    highest_minor: int | None
    days_late: int
    would_again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of an application when it is recommended.

    `risk_class` is nothing while the applicant was not scored; `segment` is that the account is
    to have; `missing` are codes of what the folder lacks, `stops` those of evidence that stops an
    automatic approval. `card_stop` is why the scorecard may not decide by itself: the policy names
    none for such customers, or names `card`, which is not approved.
    """

    requested_minor: int
    currency: str
    is_natural_person: bool = False
    risk_class: str | None = None
    segment: str = ""
    equity_minor: int | None = None
    revenue_minor: int | None = None
    monthly_minor: int | None = None
    references: tuple[Reference, ...] = ()
    missing: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    card_stop: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the reasoning: its code, and the figures it looked at."""

    code: str
    params: Mapping[str, int | str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What the policy recommends, every step that led there, and why a person must decide."""

    answer: Answer
    limit_minor: int
    currency: str
    risk_class: str | None
    terms: str
    security: str
    steps: tuple[Step, ...]
    to_person: tuple[Step, ...]

    @property
    def is_automatic(self) -> bool:
        """Whether nobody need decide."""
        return not self.to_person


def recommend(facts: Facts, offer: Offer | None, measures: Measures) -> Recommendation:
    """Return what is recommended; without a class, or an offer for it, a person must look."""
    if offer is None:
        code = "not_scored" if facts.risk_class is None else "class_unknown"
        step = Step(code, {"risk_class": facts.risk_class})
        return Recommendation(
            answer="refer", limit_minor=0, currency=facts.currency, risk_class=facts.risk_class,
            terms="", security="none", steps=(step,), to_person=(step, *_stops(facts)),
        )  # fmt: skip
    steps = [
        Step("requested", {"minor": facts.requested_minor}),
        *_need(facts, offer, measures),
        *_capacity(facts, offer, measures),
    ]
    lowest = min(int(step.params["minor"] or 0) for step in steps)
    limit = max(lowest, 0) // measures.round_to_minor * measures.round_to_minor
    # What was asked for in full is granted in full, though it be no round amount.
    limit = facts.requested_minor if lowest == facts.requested_minor else limit
    answer = _answer(limit, facts.requested_minor)
    return Recommendation(
        answer=answer, limit_minor=limit, currency=facts.currency, risk_class=facts.risk_class,
        terms=offer.terms, security=offer.security if limit else "none", steps=tuple(steps),
        to_person=_to_person(facts, offer, measures, answer, limit),
    )  # fmt: skip


def _answer(limit: int, requested: int) -> Answer:
    if limit >= requested:
        return "approve"
    return "counter" if limit > 0 else "decline"


def _need(facts: Facts, offer: Offer, measures: Measures) -> list[Step]:
    if facts.monthly_minor is None:
        return []
    days = offer.net_days + measures.need_days
    exact = Decimal(facts.monthly_minor) * days / DAYS_OF_MONTH
    return [Step("need", {"minor": _floor(exact), "days": days, "monthly": facts.monthly_minor})]


def _capacity(facts: Facts, offer: Offer, measures: Measures) -> list[Step]:
    steps = [Step("ceiling", {"minor": offer.minor, "risk_class": offer.risk_class})]
    known = [
        Step(code, {"minor": _percent(of_minor, percent), "of": of_minor, "percent": str(percent)})
        for code, of_minor, percent in (
            ("equity", facts.equity_minor, offer.equity_percent),
            ("revenue", facts.revenue_minor, offer.revenue_percent),
        )
        if percent and of_minor is not None
    ]
    return steps + (known or [_without_figures(facts, offer, measures)])


def _without_figures(facts: Facts, offer: Offer, measures: Measures) -> Step:
    good = [one.highest_minor or 0 for one in facts.references if not _is_bad(one, measures)]
    supported = _percent(max(good, default=0), measures.references_percent)
    return Step(
        "without_figures",
        {
            "minor": max(offer.without_figures_minor, supported),
            "own": offer.without_figures_minor,
            "references": supported,
        },
    )


def _percent(of_minor: int, percent: Decimal) -> int:
    return _floor(Decimal(max(of_minor, 0)) * percent / HUNDRED)


def _floor(exact: Decimal) -> int:
    return int(exact.to_integral_value(ROUND_FLOOR))


def _is_bad(one: Reference, measures: Measures) -> bool:
    return one.days_late > measures.reference_late_days or not one.would_again


def _stops(facts: Facts) -> tuple[Step, ...]:
    return (
        *(Step("missing", {"what": one}) for one in facts.missing),
        *(Step("evidence", {"what": one}) for one in facts.stops),
        *((Step(facts.card_stop, {"card": facts.card}),) if facts.card_stop else ()),
    )


def _to_person(
    facts: Facts, offer: Offer, measures: Measures, answer: Answer, limit: int
) -> tuple[Step, ...]:
    """Return why a person must decide; nothing where the policy decides by itself."""
    found = []
    if facts.is_natural_person:
        found.append(Step("natural_person"))
    if answer != "approve":
        found.append(Step("not_as_asked", {"answer": answer}))
    if limit > offer.automatic_minor:
        found.append(Step("above_automatic", {"minor": offer.automatic_minor}))
    if offer.security != "none":
        found.append(Step("security", {"security": offer.security}))
    if any(_is_bad(one, measures) for one in facts.references):
        found.append(Step("bad_reference"))
    return (*found, *_stops(facts))
