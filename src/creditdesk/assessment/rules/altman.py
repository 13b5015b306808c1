"""Altman's scores of how near a firm is to failing, with their zones. Pure.

Sources: Z: E. I. Altman, Financial Ratios, Discriminant Analysis and the Prediction of Corporate
Bankruptcy, Journal of Finance 23 (1968) 589–609; coefficients there for ratios in percent, here
for plain quotients. Z′ and Z″: the same, Predicting Financial Distress of Companies: Revisiting
the Z-Score and ZETA Models (2000), pages 20–26: Z′ with book equity for private firms, Z″ without
turnover for firms that do not manufacture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

from creditdesk.assessment.rules.items import Amounts
from creditdesk.assessment.rules.ratios import RATIO, YEAR_MONTHS

Zone = Literal["safe", "grey", "distress"]
SCORE_PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Model:
    """A weighted sum of ratios, and between which bounds it says neither safe nor distress."""

    code: str
    weights: Mapping[str, Decimal]
    safe_above: Decimal
    distress_below: Decimal

    def of(self, amounts: Amounts, months: int = YEAR_MONTHS) -> ZScore | None:
        """Return the score with its parts, or nothing where a ratio cannot be worked out."""
        parts = {}
        for code, weight in self.weights.items():
            value = RATIO[code].of(amounts, months)
            if value is None:
                return None
            parts[code] = value * weight
        value = sum(parts.values(), Decimal(0)).quantize(SCORE_PLACES, ROUND_HALF_EVEN)
        return ZScore(self.code, value, self.zone(value), parts)

    def zone(self, value: Decimal) -> Zone:
        """Return where a value lies; both bounds belong to the grey zone."""
        if value > self.safe_above:
            return "safe"
        return "distress" if value < self.distress_below else "grey"


@dataclass(frozen=True, slots=True)
class ZScore:
    """A score to four decimals, its zone, and what each ratio put into it."""

    code: str
    value: Decimal
    zone: Zone
    parts: Mapping[str, Decimal]


Z: Final = Model(
    "z",
    {
        "working_capital_to_assets": Decimal("1.2"),
        "retained_to_assets": Decimal("1.4"),
        "ebit_to_assets": Decimal("3.3"),
        "market_to_liabilities": Decimal("0.6"),
        "revenue_to_assets": Decimal("0.999"),
    },
    safe_above=Decimal("2.99"),
    distress_below=Decimal("1.81"),
)
Z_PRIVATE: Final = Model(
    "z_private",
    {
        "working_capital_to_assets": Decimal("0.717"),
        "retained_to_assets": Decimal("0.847"),
        "ebit_to_assets": Decimal("3.107"),
        "equity_to_liabilities": Decimal("0.420"),
        "revenue_to_assets": Decimal("0.998"),
    },
    safe_above=Decimal("2.90"),
    distress_below=Decimal("1.23"),
)
Z_SERVICES: Final = Model(
    "z_services",
    {
        "working_capital_to_assets": Decimal("6.56"),
        "retained_to_assets": Decimal("3.26"),
        "ebit_to_assets": Decimal("6.72"),
        "equity_to_liabilities": Decimal("1.05"),
    },
    safe_above=Decimal("2.60"),
    distress_below=Decimal("1.10"),
)
MODELS: Final = (Z, Z_PRIVATE, Z_SERVICES)


def z_scores(amounts: Amounts, months: int = YEAR_MONTHS) -> dict[str, ZScore | None]:
    """Return Z, Z′ and Z″ by code, nothing for those whose lines are missing."""
    return {model.code: model.of(amounts, months) for model in MODELS}
