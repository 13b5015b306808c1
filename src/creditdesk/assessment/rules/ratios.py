"""Ratios between lines of a statement, exact and then rounded once to six decimals. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from creditdesk.assessment.rules.items import FLOWS, Amounts

YEAR_MONTHS: Final = 12
YEAR_DAYS: Final = 365
Measure = Literal["times", "percent", "days"]
Better = Literal["high", "low", "neither"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A quotient of signed sums of lines; a line of a period is brought to twelve months.

    `-code` subtracts the line. Values are plain quotients (0.25, shown as 25 %), or days for
    `days`. Without a positive denominator there is no value.
    """

    code: str
    over: tuple[str, ...]
    under: tuple[str, ...]
    measure: Measure = "percent"
    better: Better = "high"

    def of(self, amounts: Amounts, months: int = YEAR_MONTHS) -> Decimal | None:
        """Return the ratio, or nothing where a line is missing or the denominator is not > 0."""
        over, under = _sum(self.over, amounts, months), _sum(self.under, amounts, months)
        if over is None or under is None or under <= 0:
            return None
        quotient = over / under * (YEAR_DAYS if self.measure == "days" else 1)
        return rounded(quotient)


def rounded(exact: Fraction) -> Decimal:
    """Return a quotient with six decimals, half to even: the one rounding of a ratio."""
    scaled = round(exact * 10**6)
    return Decimal(scaled).scaleb(-6)


def _sum(codes: tuple[str, ...], amounts: Amounts, months: int) -> Fraction | None:
    total = Fraction(0)
    for signed in codes:
        code = signed.removeprefix("-")
        if code not in amounts:
            return None
        value = Fraction(amounts[code])
        if code in FLOWS and months != YEAR_MONTHS:
            value = value * YEAR_MONTHS / months
        total += -value if signed.startswith("-") else value
    return total


RATIOS: Final[tuple[Ratio, ...]] = (
    # Liquidity
    Ratio("current_ratio", ("current_assets",), ("current_liabilities",), "times"),
    Ratio("quick_ratio", ("current_assets", "-inventory"), ("current_liabilities",), "times"),
    Ratio("working_capital_to_assets", ("current_assets", "-current_liabilities"),
          ("total_assets",)),
    Ratio("current_assets_to_assets", ("current_assets",), ("total_assets",), better="neither"),
    Ratio("inventory_to_current_assets", ("inventory",), ("current_assets",), better="neither"),
    # Capital
    Ratio("equity_to_assets", ("equity",), ("total_assets",)),
    Ratio("equity_to_liabilities", ("equity",), ("total_liabilities",)),
    Ratio("liabilities_to_assets", ("total_liabilities",), ("total_assets",), better="low"),
    Ratio("current_liabilities_to_assets", ("current_liabilities",), ("total_assets",),
          better="low"),
    Ratio("long_debt_to_assets", ("long_term_debt",), ("total_assets",), better="low"),
    Ratio("retained_to_assets", ("retained_earnings",), ("total_assets",)),
    Ratio("paid_in_to_assets", ("equity", "-retained_earnings"), ("total_assets",),
          better="neither"),
    # Earning
    Ratio("gross_margin", ("gross_profit",), ("revenue",)),
    Ratio("operating_margin", ("ebit",), ("revenue",)),
    Ratio("net_margin", ("net_income",), ("revenue",)),
    Ratio("ebit_to_assets", ("ebit",), ("total_assets",)),
    Ratio("income_to_assets", ("net_income",), ("total_assets",)),
    Ratio("charges_to_assets", ("ebit", "-net_income"), ("total_assets",), better="low"),
    Ratio("expenses_to_revenue", ("operating_expenses",), ("revenue",), better="low"),
    Ratio("depreciation_to_assets", ("depreciation",), ("total_assets",), better="neither"),
    Ratio("revenue_to_assets", ("revenue",), ("total_assets",), "times"),
    # Paying what is owed
    Ratio("ebitda_to_liabilities", ("ebitda",), ("total_liabilities",)),
    Ratio("ebitda_to_current_liabilities", ("ebitda",), ("current_liabilities",)),
    Ratio("income_to_liabilities", ("net_income",), ("total_liabilities",)),
    Ratio("interest_cover", ("ebit",), ("interest",), "times"),
    Ratio("debt_to_income", ("owner_debt_service",), ("owner_income",), better="low"),
    # Turnover
    Ratio("receivable_days", ("receivables",), ("revenue",), "days", "low"),
    Ratio("inventory_days", ("inventory",), ("cost_of_sales",), "days", "low"),
    Ratio("payable_days", ("payables",), ("cost_of_sales",), "days", "low"),
    Ratio("inventory_to_revenue", ("inventory",), ("revenue",), better="low"),
    # What the market says, for those listed
    Ratio("market_to_liabilities", ("market_value",), ("total_liabilities",), "times"),
    Ratio("market_to_revenue", ("market_value",), ("revenue",), "times"),
    Ratio("liabilities_to_value", ("total_liabilities",), ("market_value", "total_liabilities"),
          better="low"),
    Ratio("income_to_value", ("net_income",), ("market_value", "total_liabilities")),
    Ratio("ebitda_to_value", ("ebitda",), ("market_value", "total_liabilities")),
    Ratio("equity_to_market", ("equity",), ("market_value",), better="neither"),
)  # fmt: skip
RATIO: Final[Mapping[str, Ratio]] = {one.code: one for one in RATIOS}


def ratios(amounts: Amounts, months: int = YEAR_MONTHS) -> dict[str, Decimal | None]:
    """Return every ratio by code, nothing for those that cannot be worked out."""
    return {one.code: one.of(amounts, months) for one in RATIOS}
