"""Terms, instalments, crosses and what a written policy may say."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.kernel.errors import Invalid
from creditdesk.policy.rules import DEFAULT, Terms, crossed, due_date, instalments, parse

PLAIN = BusinessCalendar()
GOOD_FRIDAY = BusinessCalendar(holidays=frozenset({date(2026, 4, 3), date(2026, 4, 6)}))


def terms(**changes: Any) -> Terms:
    return Terms(**{"code": "t", "net_days": 30, **changes})


@pytest.mark.parametrize(
    ("given_terms", "issued", "due"),
    [
        (terms(), date(2026, 1, 31), date(2026, 3, 2)),
        (terms(net_days=0), date(2026, 2, 28), date(2026, 2, 28)),
        (terms(net_days=1), date(2024, 2, 28), date(2024, 2, 29)),
        (terms(net_days=365), date(2024, 2, 29), date(2025, 2, 28)),
        (terms(from_month_end=True), date(2026, 1, 1), date(2026, 3, 2)),
        (terms(from_month_end=True, net_days=15), date(2026, 2, 3), date(2026, 3, 15)),
        (terms(from_month_end=True, net_days=0), date(2024, 2, 1), date(2024, 2, 29)),
        (terms(net_days=0, day_of_month=15), date(2026, 1, 15), date(2026, 1, 15)),
        (terms(net_days=0, day_of_month=15), date(2026, 1, 16), date(2026, 2, 15)),
        (terms(net_days=0, day_of_month=31), date(2026, 2, 10), date(2026, 2, 28)),
        (terms(net_days=30, day_of_month=31), date(2026, 1, 31), date(2026, 3, 31)),
        (terms(net_days=0, day_of_month=1), date(2026, 12, 2), date(2027, 1, 1)),
        (terms(net_days=2, roll="following"), date(2026, 4, 1), date(2026, 4, 7)),
        (terms(net_days=2, roll="preceding"), date(2026, 4, 1), date(2026, 4, 2)),
        (terms(net_days=0, roll="modified_following"), date(2026, 5, 31), date(2026, 5, 29)),
        (terms(net_days=2, roll="none"), date(2026, 4, 1), date(2026, 4, 3)),
    ],
)
def test_due_dates(given_terms: Terms, issued: date, due: date) -> None:
    assert due_date(given_terms, issued, GOOD_FRIDAY) == due


@pytest.mark.parametrize(
    ("given_terms", "issued", "total", "parts"),
    [
        (terms(), date(2026, 3, 1), 999, [(1, date(2026, 3, 31), 999)]),
        (terms(instalment_percents=(50, 50)), date(2026, 1, 1), 101,
         [(1, date(2026, 1, 31), 51), (2, date(2026, 2, 28), 50)]),
        (terms(net_days=0, instalment_percents=(30, 30, 40), instalment_months=3),
         date(2026, 1, 31), 1000,
         [(1, date(2026, 1, 31), 300), (2, date(2026, 4, 30), 300), (3, date(2026, 7, 31), 400)]),
        (terms(net_days=0, instalment_percents=(50, 50)), date(2026, 1, 1), 1,
         [(1, date(2026, 1, 1), 1)]),
    ],
)  # fmt: skip
def test_instalments(
    given_terms: Terms, issued: date, total: int, parts: list[tuple[int, date, int]]
) -> None:
    found = instalments(given_terms, issued, total, PLAIN)
    assert [(one.number, one.due_on, one.minor) for one in found] == parts


@given(
    st.integers(1, 10**9),
    st.lists(st.integers(1, 98), min_size=1, max_size=5),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_instalments_make_up_the_whole_in_order(
    total: int, weights: list[int], issued: date
) -> None:
    found = instalments(terms(instalment_percents=tuple(weights)), issued, total, PLAIN)
    assert sum(one.minor for one in found) == total
    assert [one.due_on for one in found] == sorted(one.due_on for one in found)


@pytest.mark.parametrize(
    ("kept", "quote", "expected"),
    [
        ({}, "EUR", {"EUR": "1"}),
        ({("EUR", "USD"): "1.25"}, "USD", {"USD": "1", "EUR": "1.25"}),
        ({("EUR", "USD"): "1.25"}, "EUR", {"EUR": "1", "USD": "0.8"}),
        ({("EUR", "USD"): "1.25", ("EUR", "GBP"): "0.5"}, "USD",
         {"USD": "1", "EUR": "1.25", "GBP": "2.50"}),
        ({("EUR", "USD"): "1.25", ("USD", "EUR"): "0.9"}, "EUR", {"EUR": "1", "USD": "0.9"}),
        ({("EUR", "USD"): "1.25", ("EUR", "GBP"): "0.5", ("GBP", "USD"): "3"}, "USD",
         {"USD": "1", "EUR": "1.25", "GBP": "3"}),
        ({("CHF", "SEK"): "10"}, "EUR", {"EUR": "1"}),
    ],
)  # fmt: skip
def test_rates_direct_inverse_and_crossed(
    kept: dict[tuple[str, str], str], quote: str, expected: dict[str, str]
) -> None:
    found = crossed({pair: Decimal(rate) for pair, rate in kept.items()}, quote)
    assert found == {currency: Decimal(rate) for currency, rate in expected.items()}


def test_a_cross_does_not_depend_on_the_order_of_the_rates() -> None:
    kept = {("EUR", "USD"): Decimal(2), ("CHF", "USD"): Decimal(3), ("CHF", "EUR"): Decimal(5),
            ("SEK", "CHF"): Decimal(7), ("SEK", "EUR"): Decimal(11)}  # fmt: skip
    turned = dict(reversed(kept.items()))
    assert crossed(kept, "USD") == crossed(turned, "USD")
    assert crossed(kept, "USD")["SEK"] == Decimal(21)


def test_the_default_reads_and_what_is_left_out_keeps_its_default() -> None:
    policy = parse(DEFAULT, version=3, valid_from=date(2026, 1, 1))
    assert (policy.version, policy.default_terms) == (3, "net30")
    assert [step.code for step in policy.ladder] == ["before_due", "reminder", "second", "final"]
    assert policy.contact.earliest == time(8, 0)
    assert policy.orders.watch_percent == Decimal(90)
    assert policy.terms_for("no such code").code == "net30"
    bare = {key: DEFAULT[key] for key in ("default_terms", "terms", "ladder")}
    again = parse(bare, version=3, valid_from=date(2026, 1, 1))
    assert (again.orders, again.contact, again.matching) == (
        policy.orders, policy.contact, policy.matching,
    )  # fmt: skip


def put(*path: Any) -> Callable[[dict[str, Any]], None]:
    *steps, last, value = path

    def change(rules: dict[str, Any]) -> None:
        at: Any = rules
        for step in steps:
            at = at[step]
        at[last] = value

    return change


def drop(*path: Any) -> Callable[[dict[str, Any]], None]:
    *steps, last = path

    def change(rules: dict[str, Any]) -> None:
        at: Any = rules
        for step in steps:
            at = at[step]
        del at[last]

    return change


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        (put("colour", "red"), "policy_field_unknown", "colour"),
        (put("orders", "limit", 5), "policy_field_unknown", "orders.limit"),
        (put("ladder", 1, "days", 5), "policy_field_unknown", "ladder[1].days"),
        (drop("terms"), "policy_field_missing", "terms"),
        (drop("terms", 0, "net_days"), "policy_field_missing", "terms[0]"),
        (put("terms", []), "policy_field_invalid", "terms"),
        (put("terms", {}), "policy_field_invalid", "terms"),
        (put("orders", []), "policy_field_invalid", "orders"),
        (put("terms", 2, "net_days", -1), "policy_field_invalid", "terms[2].net_days"),
        (put("terms", 2, "net_days", 30.0), "policy_field_invalid", "terms[2].net_days"),
        (put("terms", 2, "net_days", True), "policy_field_invalid", "terms[2].net_days"),
        (put("terms", 2, "day_of_month", 32), "policy_field_invalid", "terms[2].day_of_month"),
        (put("terms", 2, "roll", "sideways"), "policy_field_invalid", "terms[2].roll"),
        (put("terms", 2, "code", ""), "policy_field_invalid", "terms[2].code"),
        (put("terms", 2, "code", "net7"), "policy_code_twice", "terms[1].code"),
        (put("terms", 2, "instalment_percents", [50, 49]), "policy_instalments_uneven",
         "terms[2].instalment_percents"),
        (put("terms", 2, "instalment_percents", [100, 0]), "policy_instalments_uneven",
         "terms[2].instalment_percents"),
        (put("default_terms", "net31"), "policy_terms_unknown", "default_terms"),
        (put("orders", "overdue_days_max", -1), "policy_field_invalid", "orders.overdue_days_max"),
        (put("orders", "watch_percent", "101"), "policy_field_invalid", "orders.watch_percent"),
        (put("orders", "watch_percent", "NaN"), "policy_field_invalid", "orders.watch_percent"),
        (put("orders", "watch_percent", 0.9), "policy_field_invalid", "orders.watch_percent"),
        (put("orders", "no_limit_means", "maybe"), "policy_field_invalid",
         "orders.no_limit_means"),
        (put("contact", "earliest", "8"), "policy_field_invalid", "contact.earliest"),
        (put("contact", "earliest", 8), "policy_field_invalid", "contact.earliest"),
        (put("contact", "earliest", "19:00"), "policy_hours_empty", "contact.latest"),
        (put("contact", "business_days_only", "yes"), "policy_field_invalid",
         "contact.business_days_only"),
        (put("ladder", 1, "purpose", "threat"), "policy_field_invalid", "ladder[1].purpose"),
        (put("ladder", 2, "level", 1), "policy_ladder_order", "ladder second"),
        (put("ladder", 2, "days_late", 5), "policy_ladder_order", "ladder second"),
        (put("ladder", 3, "days_late", 6), "policy_ladder_order", "ladder second"),
        (put("ladder", 3, "code", "second"), "policy_code_twice", "ladder"),
    ],
)  # fmt: skip
def test_a_policy_that_makes_no_sense_is_refused_by_field(
    change: Callable[[dict[str, Any]], None], code: str, field: str
) -> None:
    rules = copy.deepcopy(dict(DEFAULT))
    change(rules)
    with pytest.raises(Invalid) as refused:
        parse(rules, version=1, valid_from=date(2026, 1, 1))
    assert (refused.value.code, refused.value.place.field) == (code, field)
    assert refused.value.mend
