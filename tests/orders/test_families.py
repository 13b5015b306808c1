"""Each family of rules the policy may switch on, what it leaves out, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.orders.rules import Fired, decide, is_better
from creditdesk.orders.rules.checking import Severity
from creditdesk.policy.rules import (
    ORDER_RULES,
    Discount,
    OrderExclusion,
    OrderRules,
    Terms,
)
from tests.orders.test_rules import FACTS, SOUND

RULES = OrderRules()
TOO_MUCH = replace(SOUND, with_order_minor=100_001)


@pytest.mark.parametrize(
    ("facts", "rules", "outcome", "fired"),
    [
        ({"with_order_minor": 80_000}, {"hold_percent": Decimal(80)}, "accepted", []),
        ({"with_order_minor": 80_100}, {"hold_percent": Decimal(80)}, "held",
         [Fired("limit_utilised", "80.1", "80", "percent", "hold")]),
        ({"overdue_minor": 10_000}, {"overdue_limit_percent": Decimal(10)}, "accepted", []),
        ({"overdue_minor": 10_100}, {"overdue_limit_percent": Decimal(10)}, "held",
         [Fired("overdue_share", "10.1", "10", "percent", "hold")]),
        ({"overdue_minor": 10_100, "limit_minor": None},
         {"overdue_limit_percent": Decimal(10), "no_limit_means": "accept"}, "accepted",
         [Fired("no_limit", 10_000, 0, "minor", "info")]),
        ({"order_minor": 5_000, "order_max_minor": 5_000}, {}, "accepted", []),
        ({"order_minor": 5_001, "order_max_minor": 5_000}, {}, "held",
         [Fired("order_size", 5_001, 5_000, "minor", "hold")]),
        ({"limit_minor": None, "limit_expired_on": "2026-03-01", "judged_on": "2026-03-16"},
         {"expired_limit_means": "hold"}, "held",
         [Fired("limit_expired", "2026-03-01", "2026-03-16", "date", "hold")]),
        ({"terms_code": "net60"}, {"terms_held": ("net60",)}, "held",
         [Fired("terms_held", "net60", "", "terms", "hold")]),
        ({"terms_code": "net60", "better_than": "net30"}, {}, "accepted",
         [Fired("better_terms", "net60", "net30", "terms", "info")]),
        ({"terms_code": "net60", "better_than": "net30"}, {"better_terms_mean": "hold"}, "held",
         [Fired("better_terms", "net60", "net30", "terms", "hold")]),
        ({"block_reason": "fraud"}, {"refuse": ("blocked",)}, "refused",
         [Fired("blocked", "fraud", "", "reason", "refuse")]),
    ],
)  # fmt: skip
def test_each_family_at_its_edge(
    facts: dict[str, object], rules: dict[str, object], outcome: str, fired: list[Fired]
) -> None:
    decision = decide(replace(SOUND, **facts), replace(RULES, **rules))  # type: ignore[arg-type]
    assert (decision.outcome, list(decision.fired)) == (outcome, fired)


@pytest.mark.parametrize(
    ("exclusion", "facts", "severity"),
    [
        ({}, {}, "excused"),
        ({"customers": ("C-1",)}, {"customer_number": "C-1"}, "excused"),
        ({"customers": ("C-1",)}, {"customer_number": "C-2"}, "hold"),
        ({"segments": ("public",)}, {"segment": "public"}, "excused"),
        ({"segments": ("public",)}, {}, "hold"),
        ({"kinds": ("sample",)}, {"kind": "sample"}, "excused"),
        ({"kinds": ("sample",), "customers": ("C-1",)}, {"kind": "sample"}, "hold"),
        ({"up_to_minor": 500}, {"order_home_minor": 500}, "excused"),
        ({"up_to_minor": 500}, {"order_home_minor": 501}, "hold"),
        ({"up_to_minor": 500}, {"order_home_minor": None}, "hold"),
    ],
)
def test_an_exclusion_counts_where_all_it_says_fits(
    exclusion: dict[str, object], facts: dict[str, object], severity: Severity
) -> None:
    rules = replace(
        RULES,
        exclusions=(OrderExclusion(rule="limit_exceeded", **exclusion),),  # type: ignore[arg-type]
        refuse=("overdue",),
    )
    decision = decide(replace(TOO_MUCH, **facts), rules)  # type: ignore[arg-type]
    by_rule = {one.rule: one.severity for one in decision.fired}
    assert by_rule == {"limit_exceeded": severity, "limit_nearly_used": "info"}
    assert decision.outcome == ("accepted" if severity == "excused" else "held")


def test_an_exclusion_leaves_every_other_rule_asked() -> None:
    rules = replace(RULES, exclusions=(OrderExclusion(rule="limit_exceeded"),))
    decision = decide(replace(TOO_MUCH, block_reason="fraud"), rules)
    assert decision.outcome == "held"
    assert [one.severity for one in decision.fired] == ["hold", "info", "excused"]


def test_what_a_person_overruled_does_not_hold_again_but_what_is_new_does() -> None:
    again = replace(TOO_MUCH, overruled=("limit_exceeded",))
    assert decide(again, RULES).outcome == "accepted"
    assert decide(replace(again, block_reason="fraud"), RULES).outcome == "held"


@given(FACTS, st.sets(st.sampled_from(ORDER_RULES)), st.sets(st.sampled_from(ORDER_RULES)))
def test_refusing_rules_only_make_an_answer_harder_and_exclusions_only_milder(
    facts: object, refuse: set[str], excluded: set[str]
) -> None:
    rank = {"accepted": 0, "held": 1, "refused": 2}
    plain = decide(facts, RULES)  # type: ignore[arg-type]
    harder = decide(facts, replace(RULES, refuse=tuple(refuse)))  # type: ignore[arg-type]
    exclusions = tuple(OrderExclusion(rule=one) for one in sorted(excluded))
    milder = decide(facts, replace(RULES, exclusions=exclusions))  # type: ignore[arg-type]
    assert rank[harder.outcome] >= rank[plain.outcome] >= rank[milder.outcome]
    assert {one.rule for one in plain.fired} == {one.rule for one in milder.fired}
    assert (harder.outcome == "accepted") == (plain.outcome == "accepted")


NET30 = Terms(code="net30", net_days=30)


@pytest.mark.parametrize(
    ("asked", "better"),
    [
        (NET30, False),
        (Terms(code="net14", net_days=14), False),
        (Terms(code="net31", net_days=31), True),
        (Terms(code="halves", net_days=10, instalment_percents=(50, 50)), False),
        (Terms(code="thirds", net_days=30, instalment_percents=(50, 50)), True),
        (Terms(code="d", net_days=30, discounts=(Discount(percent=Decimal(2), within_days=7),)),
         True),
    ],
)  # fmt: skip
def test_terms_are_better_when_the_money_comes_later_or_less_of_it(
    asked: Terms, *, better: bool
) -> None:
    assert is_better(asked, NET30, on=date(2026, 3, 16)) is better


def test_the_same_discount_for_longer_is_better() -> None:
    step = Discount(percent=Decimal(2), within_days=7)
    own = replace(NET30, discounts=(step,))
    longer = replace(NET30, discounts=(replace(step, within_days=8),))
    assert is_better(longer, own, on=date(2026, 3, 16))
    assert not is_better(own, longer, on=date(2026, 3, 16))
