"""The written rules of deciding applications: what each risk class may be offered, and when."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

SECURITIES: Final = ("none", "guarantee", "deposit", "insurance")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassOffer:
    """What an applicant of a risk class is offered, in minor units of the company's currency.

    The limit is at most `minor`, and at most the percents of equity and revenue where these are
    known; a percent of 0 leaves that measure out. `without_figures_minor` takes the place of both
    where no statement is known. Up to `automatic_minor` nobody need decide.
    """

    risk_class: str
    minor: int = 0
    equity_percent: Decimal = Decimal(0)
    revenue_percent: Decimal = Decimal(0)
    without_figures_minor: int = 0
    automatic_minor: int = 0
    terms: str = ""
    security: str = "none"


DEFAULT_OFFERS: Final = (
    ClassOffer(
        risk_class="A", minor=50_000_000, equity_percent=Decimal(20), revenue_percent=Decimal(10),
        without_figures_minor=1_000_000, automatic_minor=2_500_000, terms="net45",
    ),
    ClassOffer(
        risk_class="B", minor=25_000_000, equity_percent=Decimal(15), revenue_percent=Decimal(10),
        without_figures_minor=500_000, automatic_minor=1_000_000, terms="net30",
    ),
    ClassOffer(
        risk_class="C", minor=10_000_000, equity_percent=Decimal(10), revenue_percent=Decimal(5),
        without_figures_minor=250_000, terms="net30",
    ),
    ClassOffer(
        risk_class="D", minor=2_500_000, equity_percent=Decimal(5), revenue_percent=Decimal(2),
        terms="net14", security="guarantee",
    ),
    ClassOffer(risk_class="E", terms="prepaid"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentRules:
    """How applications are recommended and decided, and how long things stand open.

    A limit covers purchases for the days of the terms and `need_days` more. Without figures, up to
    `references_percent` of the highest credit a good reference gives is offered; one that was paid
    more than `reference_late_days` late is a bad one. Amounts offered are rounded down to
    `round_to_minor`.
    """

    offers: tuple[ClassOffer, ...] = DEFAULT_OFFERS
    need_days: int = 30
    references_percent: Decimal = Decimal(50)
    reference_late_days: int = 30
    round_to_minor: int = 50_000
    offer_days: int = 30
    draft_days: int = 60
    link_days: int = 45
    remind_after_days: int = 7
    reminders_max: int = 2

    def offer(self, risk_class: str) -> ClassOffer | None:
        """Return what a risk class is offered; nothing where the policy does not know it."""
        return next((one for one in self.offers if one.risk_class == risk_class), None)
