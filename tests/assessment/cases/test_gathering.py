"""What a version of the policy makes of facts: the row of limits for class and segment counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from creditdesk.assessment.cases.gathering import recommended
from creditdesk.assessment.cases.rules import Facts, Recommendation
from creditdesk.policy.rules import DEFAULT, parse

FACTS = Facts(requested_minor=10**9, currency="EUR", risk_class="A")
ROWS: list[Mapping[str, Any]] = [
    {"risk_class": "A", "minor": 1_000, "equity_percent": "10", "revenue_percent": "5",
     "without_figures_minor": 700, "automatic_minor": 500, "terms": "net45"},
    {"risk_class": "A", "segment": "large", "minor": 5_000, "without_figures_minor": 5_000,
     "security": "deposit"},
]  # fmt: skip


def given(facts: Facts, rows: list[Mapping[str, Any]], rate: str = "1") -> Recommendation:
    assessment = {**DEFAULT["assessment"], "round_to_minor": 1}
    told = {**DEFAULT, "limits": {"by_class": rows}, "assessment": assessment}
    policy = parse(told, version=1, valid_from=date(2026, 1, 1))
    return recommended(facts, policy, "EUR", Decimal(rate))


@pytest.mark.parametrize(
    ("equity", "revenue", "minor"),
    [(None, None, 700), (9_999, None, 999), (-5, None, 0), (50_000, 100, 5), (None, 100, 5),
     (50_000, 50_000, 1_000)],
)  # fmt: skip
def test_the_limit_is_the_lowest_of_what_is_known(
    equity: int | None, revenue: int | None, minor: int
) -> None:
    facts = replace(FACTS, equity_minor=equity, revenue_minor=revenue)
    assert given(facts, ROWS).limit_minor == minor


@pytest.mark.parametrize(
    ("risk_class", "segment", "limit", "terms", "security"),
    [
        ("A", "large", 5_000, "net30", "deposit"), ("A", "small", 700, "net45", "none"),
        ("A", "", 700, "net45", "none"),
    ],
)  # fmt: skip
def test_the_row_of_the_segment_comes_first(
    risk_class: str, segment: str, limit: int, terms: str, security: str
) -> None:
    found = given(replace(FACTS, risk_class=risk_class, segment=segment), ROWS)
    assert (found.answer, found.limit_minor) == ("counter", limit)
    assert (found.terms, found.security) == (terms, security)


def test_a_row_for_all_others_is_for_every_class_but_for_nobody_without_one() -> None:
    rows = [*ROWS, {"minor": 300, "without_figures_minor": 300}]
    found = given(replace(FACTS, risk_class="C"), rows)
    assert (found.answer, found.limit_minor, found.risk_class) == ("counter", 300, "C")
    unscored = given(replace(FACTS, risk_class=None), rows)
    assert [one.code for one in unscored.to_person] == ["not_scored"]


def test_a_class_without_a_row_is_for_a_person() -> None:
    for rows in (ROWS, []):
        found = given(replace(FACTS, risk_class="C"), rows)
        assert (found.answer, found.limit_minor) == ("refer", 0)
        assert [one.code for one in found.to_person] == ["class_unknown"]


def test_amounts_of_the_row_are_brought_into_the_currency_asked_for() -> None:
    found = given(replace(FACTS, currency="JPY"), ROWS, rate="150")
    assert (found.limit_minor, found.currency) == (1_050, "JPY")
