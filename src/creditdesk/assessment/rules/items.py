"""The lines a financial statement is spread into, and what may be asked of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Part = Literal["assets", "liabilities", "income", "other"]
# Whole minor units (or any one whole unit: no ratio depends on which) by the code of the line.
Amounts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Item:
    """A line: its code, where it stands, whether it is of a period, and whether it may be below 0.

    Expenses and liabilities are written as positive amounts.
    """

    code: str
    part: Part
    is_flow: bool = False
    may_be_negative: bool = False
    is_total: bool = False


ITEMS: Final[tuple[Item, ...]] = (
    Item("cash", "assets"),
    Item("receivables", "assets"),
    Item("inventory", "assets"),
    Item("other_current_assets", "assets"),
    Item("current_assets", "assets", is_total=True),
    Item("fixed_assets", "assets"),
    Item("other_assets", "assets"),
    Item("total_assets", "assets", is_total=True),
    Item("payables", "liabilities"),
    Item("short_term_debt", "liabilities"),
    Item("other_current_liabilities", "liabilities"),
    Item("current_liabilities", "liabilities", is_total=True),
    Item("long_term_debt", "liabilities"),
    Item("other_long_term_liabilities", "liabilities"),
    Item("total_liabilities", "liabilities", is_total=True),
    Item("retained_earnings", "liabilities", may_be_negative=True),
    Item("equity", "liabilities", may_be_negative=True, is_total=True),
    Item("revenue", "income", is_flow=True),
    Item("cost_of_sales", "income", is_flow=True, may_be_negative=True),
    Item("gross_profit", "income", is_flow=True, may_be_negative=True, is_total=True),
    Item("operating_expenses", "income", is_flow=True, may_be_negative=True),
    Item("ebitda", "income", is_flow=True, may_be_negative=True, is_total=True),
    Item("depreciation", "income", is_flow=True, may_be_negative=True),
    Item("ebit", "income", is_flow=True, may_be_negative=True, is_total=True),
    Item("interest", "income", is_flow=True, may_be_negative=True),
    Item("tax", "income", is_flow=True, may_be_negative=True),
    Item("net_income", "income", is_flow=True, may_be_negative=True, is_total=True),
    Item("operating_cash_flow", "other", is_flow=True, may_be_negative=True),
    Item("market_value", "other"),
    Item("owner_income", "other", is_flow=True),
    Item("owner_debt_service", "other", is_flow=True),
)
BY_CODE: Final[Mapping[str, Item]] = {item.code: item for item in ITEMS}
FLOWS: Final = frozenset(item.code for item in ITEMS if item.is_flow)
