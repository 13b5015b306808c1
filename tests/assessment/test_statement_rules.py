"""A statement is read in its unit, checked against itself and completed; ratios and Altman's Z."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.assessment.rules import (
    ITEMS,
    RATIO,
    Sheet,
    Year,
    data_points,
    point_codes,
    ratios,
    sheet_of,
    spread,
    z_scores,
)
from creditdesk.assessment.rules.altman import Z_PRIVATE, Z_SERVICES, Z
from creditdesk.kernel.errors import Invalid

DAY = date(2025, 12, 31)
# In thousands: a small wholesaler, balanced.
PAPER: Mapping[str, int] = {
    "cash": 120, "receivables": 480, "inventory": 350, "other_current_assets": 50,
    "current_assets": 1_000, "fixed_assets": 800, "other_assets": 200, "total_assets": 2_000,
    "payables": 300, "short_term_debt": 150, "other_current_liabilities": 50,
    "current_liabilities": 500, "long_term_debt": 400, "other_long_term_liabilities": 100,
    "total_liabilities": 1_000, "retained_earnings": 600, "equity": 1_000, "revenue": 3_000,
    "cost_of_sales": 2_100, "gross_profit": 900, "ebitda": 380, "depreciation": 80, "ebit": 300,
    "interest": 40, "tax": 60, "net_income": 200,
}  # fmt: skip


def paper(
    changes: Mapping[str, int | None] | None = None, *, unit: int = 1_000, months: int = 12
) -> Sheet:
    typed = {code: Decimal(value) for code, value in PAPER.items()}
    for code, value in (changes or {}).items():
        if value is None:
            del typed[code]
        else:
            typed[code] = Decimal(value)
    return sheet_of(typed, period_end=DAY, months=months, currency="EUR", unit=unit)


def test_a_balanced_statement_has_no_findings_and_nothing_derived() -> None:
    done = spread(paper())
    assert done.findings == ()
    assert done.derived == frozenset()
    assert done.amounts["total_assets"] == 200_000_000  # 2,000 thousand, in cents


@pytest.mark.parametrize(
    ("changes", "code", "difference"),
    [
        ({"equity": 990}, "balance", 1_000_000),
        ({"cash": 130}, "current_assets_add_up", -1_000_000),
        ({"other_assets": 195}, "assets_add_up", 500_000),
        ({"payables": 310}, "current_liabilities_add_up", -1_000_000),
        ({"long_term_debt": 410}, "liabilities_add_up", -1_000_000),
        ({"gross_profit": 905}, "gross_profit", 500_000),
        ({"ebit": 290}, "ebit", -1_000_000),
    ],
)
def test_each_sum_that_does_not_hold_is_named(
    changes: Mapping[str, int], code: str, difference: int
) -> None:
    [finding] = spread(paper(changes)).findings
    assert (finding.code, finding.difference_minor) == (code, difference)


def test_rounding_on_the_paper_is_no_finding_and_one_more_is() -> None:
    # Balance: three lines in thousands, each up to half a thousand off.
    assert spread(paper({"equity": 999})).findings == ()
    assert [one.code for one in spread(paper({"equity": 998})).findings] == ["balance"]


def test_a_part_above_its_whole_is_found() -> None:
    found = spread(paper({"cash": None, "inventory": 1_200})).findings
    assert [(one.code, one.item) for one in found] == [("part_above_whole", "inventory")]


def test_lines_that_follow_are_derived_and_marked() -> None:
    done = spread(paper(dict.fromkeys(
        ("current_assets", "total_liabilities", "equity", "gross_profit", "ebit", "total_assets")
    )))  # fmt: skip
    assert done.derived == {
        "current_assets", "total_assets", "total_liabilities", "equity", "gross_profit", "ebit",
    }  # fmt: skip
    assert {code: done.amounts[code] for code in done.derived} == {
        code: PAPER[code] * 100_000 for code in done.derived
    }


def test_a_list_of_parts_never_completes_a_part() -> None:
    done = spread(paper({"inventory": None}))
    assert "inventory" not in done.amounts


@pytest.mark.parametrize(
    ("typed", "given", "code", "field"),
    [
        ({"goodwill": "1"}, {}, "statement_item_unknown", "items"),
        ({"cash": "-1"}, {}, "statement_amount_negative", "cash"),
        ({"cash": "NaN"}, {}, "statement_amount_out_of_range", "cash"),
        ({"cash": "1e17"}, {"unit": 1_000}, "statement_amount_out_of_range", "cash"),
        ({}, {"unit": 100}, "statement_unit_unknown", "unit"),
        ({}, {"months": 0}, "statement_months_out_of_range", "months"),
        ({}, {"months": 25}, "statement_months_out_of_range", "months"),
        ({}, {"quality": "guessed"}, "statement_quality_unknown", "quality"),
    ],
)
def test_what_is_no_statement_is_refused(
    typed: Mapping[str, str], given: Mapping[str, int | str], code: str, field: str
) -> None:
    settings = {"months": 12, "unit": 1, "quality": "audited", **given}
    with pytest.raises(Invalid) as caught:
        sheet_of(
            {name: Decimal(value) for name, value in typed.items()},
            period_end=DAY, currency="EUR",
            months=int(settings["months"]), unit=int(settings["unit"]),
            quality=str(settings["quality"]),
        )  # fmt: skip
    assert caught.value.code == code
    assert caught.value.place is not None
    assert caught.value.place.field == field


def test_ratios_of_the_paper() -> None:
    found = ratios(spread(paper()).amounts)
    expected = {
        "current_ratio": "2", "quick_ratio": "1.3", "working_capital_to_assets": "0.25",
        "equity_to_assets": "0.5", "liabilities_to_assets": "0.5", "retained_to_assets": "0.3",
        "gross_margin": "0.3", "operating_margin": "0.1", "net_margin": "0.066667",
        "ebit_to_assets": "0.15", "revenue_to_assets": "1.5", "ebitda_to_liabilities": "0.38",
        "interest_cover": "7.5", "receivable_days": "58.4", "inventory_days": "60.833333",
        "payable_days": "52.142857",
    }  # fmt: skip
    assert {code: found[code] for code in expected} == {
        code: Decimal(value) for code, value in expected.items()
    }
    assert found["market_to_liabilities"] is None
    assert found["debt_to_income"] is None


def test_a_period_of_six_months_is_brought_to_a_year_but_balances_are_not() -> None:
    whole, half = spread(paper()).amounts, spread(paper(months=6)).amounts
    assert RATIO["revenue_to_assets"].of(half, 6) == Decimal(3)
    assert RATIO["receivable_days"].of(half, 6) == Decimal("29.2")
    assert RATIO["gross_margin"].of(half, 6) == RATIO["gross_margin"].of(whole)
    assert RATIO["current_ratio"].of(half, 6) == RATIO["current_ratio"].of(whole)


# Altman (1968), table 1: the means of the five ratios of 33 failed and 33 sound manufacturers.
SOUND = {"wc": 414, "re": 355, "ebit": 154, "me": 2477, "s": 1900}
FAILED = {"wc": -61, "re": -626, "ebit": -318, "me": 401, "s": 1500}


def firm(means: Mapping[str, int]) -> dict[str, int]:
    """Assets and liabilities of 1,000 each, so that each ratio is its line."""
    return {
        "current_assets": 2_000 + means["wc"], "current_liabilities": 2_000,
        "total_assets": 1_000, "total_liabilities": 1_000, "retained_earnings": means["re"],
        "ebit": means["ebit"], "market_value": means["me"], "equity": means["me"],
        "revenue": means["s"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("means", "z", "zone"), [(SOUND, "4.8863", "safe"), (FAILED, "-0.2599", "distress")]
)
def test_altmans_own_group_means(means: Mapping[str, int], z: str, zone: str) -> None:
    found = z_scores(firm(means))["z"]
    assert found is not None
    assert (found.value, found.zone) == (Decimal(z), zone)


def test_the_three_scores_of_the_paper() -> None:
    amounts = spread(paper({"market_value": 1_500})).amounts
    found = {code: one.value for code, one in z_scores(amounts).items() if one}
    assert found == {
        "z": Decimal("3.6135"),  # 0.3 + 0.42 + 0.495 + 0.9 + 1.4985
        "z_private": Decimal("2.8164"),  # 0.17925 + 0.2541 + 0.46605 + 0.42 + 1.497
        "z_services": Decimal("4.6760"),  # 1.64 + 0.978 + 1.008 + 1.05
    }
    assert z_scores(spread(paper()).amounts)["z"] is None


@pytest.mark.parametrize(
    ("model", "safe", "distress"),
    [(Z, "2.99", "1.81"), (Z_PRIVATE, "2.90", "1.23"), (Z_SERVICES, "2.60", "1.10")],
    ids=["z", "z_private", "z_services"],
)
def test_both_bounds_of_the_grey_zone_belong_to_it(model: object, safe: str, distress: str) -> None:
    assert isinstance(model, type(Z))
    tick = Decimal("0.0001")
    assert model.zone(Decimal(safe)) == model.zone(Decimal(distress)) == "grey"
    assert model.zone(Decimal(safe) + tick) == "safe"
    assert model.zone(Decimal(distress) - tick) == "distress"


def years(*papers: Mapping[str, int], scale: int = 1) -> list[Year]:
    return [
        Year(date(2023 + n, 12, 31), {code: value * scale for code, value in one.items()})
        for n, one in enumerate(papers)
    ]


def test_data_points_of_two_years() -> None:
    before = {**PAPER, "revenue": 2_000, "current_assets": 750, "net_income": -10}
    found = data_points(years(before, PAPER))
    assert found["current_ratio.now"] == Decimal(2)
    assert found["current_ratio.change"] == Decimal("0.5")
    assert found["current_ratio.mean"] == Decimal("1.75")
    assert found["revenue.growth"] == Decimal("1.5")
    assert found["loss_years"] == Decimal(1)
    assert found["paid_in_raised"] == Decimal(0)
    assert found["z"] is None


def test_one_year_has_no_trend_and_none_has_nothing() -> None:
    found = data_points(years(PAPER))
    assert found["current_ratio.now"] == Decimal(2)
    assert found["current_ratio.change"] is found["revenue.growth"] is None
    assert set(data_points([]).values()) == {None}
    assert set(found) == set(data_points([])) == set(point_codes())


def test_a_year_in_thousands_after_one_in_units_is_the_same_business() -> None:
    growing = {**PAPER, "revenue": 3_300, "total_assets": 2_200}
    same = data_points(years(PAPER, growing))
    in_units = {code: value * 1_000 for code, value in PAPER.items()}
    assert data_points(years(in_units, growing)) == same
    assert data_points([*years(PAPER), *years(growing, growing, scale=1_000)[1:]]) == same


amount = st.integers(min_value=-(10**12), max_value=10**12)
statement = st.dictionaries(st.sampled_from([item.code for item in ITEMS]), amount, max_size=25)


@given(st.lists(statement, min_size=1, max_size=4), st.sampled_from([10, 1_000, 10**6]))
def test_no_data_point_depends_on_the_unit(papers: list[Mapping[str, int]], unit: int) -> None:
    assert data_points(years(*papers, scale=unit)) == data_points(years(*papers))


@given(statement)
def test_completing_twice_changes_nothing_and_stated_lines_stay(lines: Mapping[str, int]) -> None:
    sheet = Sheet(period_end=DAY, months=12, currency="EUR", amounts=lines)
    once = spread(sheet)
    assert {code: once.amounts[code] for code in lines} == lines
    again = spread(Sheet(period_end=DAY, months=12, currency="EUR", amounts=once.amounts))
    assert again.amounts == once.amounts
