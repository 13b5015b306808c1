"""Lines, ratios, data points and zones in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from django.utils.translation import get_language, gettext


def item(code: str) -> str:
    """Return the name of a line of a statement."""
    return _items(get_language() or "").get(code, code)


def ratio(code: str) -> str:
    """Return the name of a ratio."""
    return _ratios(get_language() or "").get(code, code)


def point(code: str) -> str:
    """Return what a data point tells, such as the change of a ratio on the year."""
    alone = _alone().get(code)
    if alone is not None:
        return alone
    name, _, aspect = code.partition(".")
    named = ratio(name) if name in _ratios(get_language() or "") else item(name)
    pattern = _aspects().get(aspect)
    return pattern % {"ratio": named} if pattern else named


def quality(code: str) -> str:
    """Return how far a statement was examined, in words."""
    return {
        "audited": gettext("audited"),
        "reviewed": gettext("reviewed"),
        "compiled": gettext("compiled"),
        "unaudited": gettext("unaudited"),
        "provisional": gettext("provisional"),
    }.get(code, code)


def fitting(state: str, code: str) -> str:
    """Return what became of learning a scorecard, in words."""
    if state == "refused":
        return {
            "fitting_lacks_outcomes": gettext(
                "too few failed, or too few did not: at least twenty of each are needed"
            ),
            "fitting_finds_nothing": gettext("nothing tells who failed from who did not"),
            "scoring_not_installed": gettext("this installation cannot learn scorecards"),
            "fitting_took_too_long": gettext("it took too long"),
        }.get(code, code)
    return {"waiting": gettext("is being learned"), "done": gettext("learned")}.get(state, state)


def zone(code: str) -> str:
    """Return the zone of one of Altman's scores, in words."""
    return {
        "safe": gettext("safe"),
        "grey": gettext("grey zone"),
        "distress": gettext("distress"),
    }.get(code, code)


@cache
def _items(_language: str) -> Mapping[str, str]:
    return {
        "cash": gettext("Cash and bank"),
        "receivables": gettext("Receivables"),
        "inventory": gettext("Inventory"),
        "other_current_assets": gettext("Other current assets"),
        "current_assets": gettext("Current assets"),
        "fixed_assets": gettext("Fixed assets"),
        "other_assets": gettext("Other assets"),
        "total_assets": gettext("Total assets"),
        "payables": gettext("Trade payables"),
        "short_term_debt": gettext("Short-term debt"),
        "other_current_liabilities": gettext("Other current liabilities"),
        "current_liabilities": gettext("Current liabilities"),
        "long_term_debt": gettext("Long-term debt"),
        "other_long_term_liabilities": gettext("Other long-term liabilities"),
        "total_liabilities": gettext("Total liabilities"),
        "retained_earnings": gettext("Retained earnings"),
        "equity": gettext("Equity"),
        "revenue": gettext("Revenue"),
        "cost_of_sales": gettext("Cost of sales"),
        "gross_profit": gettext("Gross profit"),
        "operating_expenses": gettext("Operating expenses"),
        "ebitda": gettext("EBITDA"),
        "depreciation": gettext("Depreciation"),
        "ebit": gettext("Operating profit (EBIT)"),
        "interest": gettext("Interest paid"),
        "tax": gettext("Income tax"),
        "net_income": gettext("Net income"),
        "operating_cash_flow": gettext("Operating cash flow"),
        "market_value": gettext("Market value"),
        "owner_income": gettext("Owner's income"),
        "owner_debt_service": gettext("Owner's debt service"),
    }


@cache
def _ratios(_language: str) -> Mapping[str, str]:
    return {
        "current_ratio": gettext("Current ratio"),
        "quick_ratio": gettext("Quick ratio"),
        "working_capital_to_assets": gettext("Working capital to assets"),
        "current_assets_to_assets": gettext("Current assets to assets"),
        "inventory_to_current_assets": gettext("Inventory to current assets"),
        "equity_to_assets": gettext("Equity to assets"),
        "equity_to_liabilities": gettext("Equity to liabilities"),
        "liabilities_to_assets": gettext("Liabilities to assets"),
        "current_liabilities_to_assets": gettext("Current liabilities to assets"),
        "long_debt_to_assets": gettext("Long-term debt to assets"),
        "retained_to_assets": gettext("Retained earnings to assets"),
        "paid_in_to_assets": gettext("Paid-in capital to assets"),
        "gross_margin": gettext("Gross margin"),
        "operating_margin": gettext("Operating margin"),
        "net_margin": gettext("Net margin"),
        "ebit_to_assets": gettext("EBIT to assets"),
        "income_to_assets": gettext("Net income to assets"),
        "charges_to_assets": gettext("Interest, tax and charges to assets"),
        "expenses_to_revenue": gettext("Operating expenses to revenue"),
        "depreciation_to_assets": gettext("Depreciation to assets"),
        "revenue_to_assets": gettext("Asset turnover"),
        "ebitda_to_liabilities": gettext("EBITDA to liabilities"),
        "ebitda_to_current_liabilities": gettext("EBITDA to current liabilities"),
        "income_to_liabilities": gettext("Net income to liabilities"),
        "interest_cover": gettext("Interest cover"),
        "debt_to_income": gettext("Debt service to income"),
        "receivable_days": gettext("Receivable days"),
        "inventory_days": gettext("Inventory days"),
        "payable_days": gettext("Payable days"),
        "inventory_to_revenue": gettext("Inventory to revenue"),
        "market_to_liabilities": gettext("Market value to liabilities"),
        "market_to_revenue": gettext("Market value to revenue"),
        "liabilities_to_value": gettext("Liabilities to firm value"),
        "income_to_value": gettext("Net income to firm value"),
        "ebitda_to_value": gettext("EBITDA to firm value"),
        "equity_to_market": gettext("Book equity to market value"),
    }


def _alone() -> Mapping[str, str]:
    return {
        "z": gettext("Altman Z"),
        "z_private": gettext("Altman Z′, private firms"),
        "z_services": gettext("Altman Z″, beyond manufacturing"),
        "loss_years": gettext("Years with a loss"),
        "market_swing": gettext("Swing of the market value"),
        "paid_in_raised": gettext("New paid-in capital"),
        "own.days_late": gettext("Days late with us"),
        "own.overdue_percent": gettext("Share overdue with us"),
        "own.months_known": gettext("Months known to us"),
    }


def _aspects() -> Mapping[str, str]:
    return {
        "change": gettext("%(ratio)s, change on the year"),
        "since_first": gettext("%(ratio)s, change since the first year"),
        "mean": gettext("%(ratio)s, mean of the years"),
        "growth": gettext("%(ratio)s, this year over last"),
        "growth_since_first": gettext("%(ratio)s, this year over the first"),
    }
