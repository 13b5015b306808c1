"""Each rule at its edge, and what holds of every decision."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel.errors import Invalid
from creditdesk.orders.rules import MOVES, Facts, Fired, Request, decide, expiry, moves_to
from creditdesk.policy.rules import OrderRules

SOUND = Facts(
    currency="EUR",
    customer_status="active",
    block_reason=None,
    limit_minor=100_000,
    exposure_minor=0,
    with_order_minor=10_000,
    overdue_days=0,
    overdue_minor=0,
    overdue_minimum_minor=5_000,
)
RULES = OrderRules()


def test_a_sound_order_is_accepted_and_nothing_fires() -> None:
    decision = decide(SOUND, RULES)
    assert (decision.outcome, decision.fired) == ("accepted", ())


@pytest.mark.parametrize(
    ("changes", "outcome", "fired"),
    [
        ({"with_order_minor": 90_000}, "accepted", []),
        ({"with_order_minor": 90_100}, "accepted",
         [Fired("limit_nearly_used", "90.1", "90", "percent", "info")]),
        ({"with_order_minor": 100_000}, "accepted",
         [Fired("limit_nearly_used", "100.0", "90", "percent", "info")]),
        ({"with_order_minor": 100_001}, "held",
         [Fired("limit_exceeded", 100_001, 100_000, "minor", "hold"),
          Fired("limit_nearly_used", "100.0", "90", "percent", "info")]),
        ({"limit_minor": 0}, "held", [Fired("limit_exceeded", 10_000, 0, "minor", "hold")]),
        ({"limit_minor": 0, "exposure_minor": -20_000, "with_order_minor": -10_000},
         "accepted", []),
        ({"limit_minor": None}, "held", [Fired("no_limit", 10_000, 0, "minor", "hold")]),
        ({"customer_status": "dormant"}, "held",
         [Fired("customer_not_active", "dormant", "active", "status", "hold")]),
        ({"customer_status": "closed"}, "held",
         [Fired("customer_not_active", "closed", "active", "status", "hold")]),
        ({"block_reason": "insolvency filed"}, "held",
         [Fired("blocked", "insolvency filed", "", "reason", "hold")]),
        ({"overdue_days": 30, "overdue_minor": 0}, "accepted", []),
        ({"overdue_days": 31, "overdue_minor": 4_999}, "accepted", []),
        ({"overdue_days": 31, "overdue_minor": 5_000}, "held",
         [Fired("overdue", 31, 30, "days", "hold"),
          Fired("overdue_amount", 5_000, 5_000, "minor", "hold")]),
        ({"without_rate": ("CHF", "JPY")}, "held",
         [Fired("no_exchange_rate", "CHF", "EUR", "currency", "hold"),
          Fired("no_exchange_rate", "JPY", "EUR", "currency", "hold")]),
    ],
)  # fmt: skip
def test_each_rule_at_its_edge(
    changes: dict[str, object], outcome: str, fired: list[Fired]
) -> None:
    decision = decide(replace(SOUND, **changes), RULES)  # type: ignore[arg-type]
    assert (decision.outcome, list(decision.fired)) == (outcome, fired)


def test_every_rule_that_fires_is_named() -> None:
    facts = replace(
        SOUND, customer_status="closed", block_reason="fraud", with_order_minor=200_000,
        overdue_days=99, overdue_minor=70_000, without_rate=("JPY",),
    )  # fmt: skip
    decision = decide(facts, RULES)
    assert [one.rule for one in decision.fired] == [
        "blocked", "customer_not_active", "no_exchange_rate", "limit_exceeded", "overdue",
        "overdue_amount", "limit_nearly_used",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("percent", "with_order_minor", "outcome"),
    [("5", 105_000, "accepted"), ("5", 105_001, "held"), ("0.5", 100_500, "accepted")],
)
def test_the_tolerance_lets_a_little_more_through(
    percent: str, with_order_minor: int, outcome: str
) -> None:
    rules = replace(RULES, limit_tolerance_percent=Decimal(percent))
    assert decide(replace(SOUND, with_order_minor=with_order_minor), rules).outcome == outcome


def test_the_tolerance_is_rounded_down() -> None:
    rules = replace(RULES, limit_tolerance_percent=Decimal("0.5"))
    facts = replace(SOUND, limit_minor=199, with_order_minor=200)
    assert decide(facts, rules).fired[0] == Fired("limit_exceeded", 200, 199, "minor", "hold")


def test_a_policy_may_accept_without_a_limit_and_says_so() -> None:
    decision = decide(replace(SOUND, limit_minor=None), replace(RULES, no_limit_means="accept"))
    assert decision.outcome == "accepted"
    assert decision.fired == (Fired("no_limit", 10_000, 0, "minor", "info"),)


FACTS = st.builds(
    Facts,
    currency=st.just("EUR"),
    customer_status=st.sampled_from(["active", "dormant", "closed"]),
    block_reason=st.none() | st.text(max_size=5),
    limit_minor=st.none() | st.integers(0, 10**6),
    exposure_minor=st.integers(-(10**6), 10**6),
    with_order_minor=st.integers(-(10**6), 2 * 10**6),
    overdue_days=st.integers(0, 400),
    overdue_minor=st.integers(0, 10**6),
    overdue_minimum_minor=st.integers(0, 10**6),
    without_rate=st.sampled_from([(), ("JPY",)]),
)


@given(FACTS)
def test_held_exactly_when_a_holding_rule_fired(facts: Facts) -> None:
    decision = decide(facts, RULES)
    assert (decision.outcome == "held") == any(one.severity == "hold" for one in decision.fired)


@given(FACTS, st.integers(0, 10**6))
def test_a_larger_order_is_never_accepted_where_a_smaller_is_not(facts: Facts, more: int) -> None:
    larger = replace(facts, with_order_minor=facts.with_order_minor + more)
    if decide(larger, RULES).outcome == "accepted":
        assert decide(facts, RULES).outcome == "accepted"


@given(FACTS)
def test_what_is_accepted_stays_within_the_limit(facts: Facts) -> None:
    if decide(facts, RULES).outcome == "accepted":
        assert facts.limit_minor is not None
        assert facts.with_order_minor <= facts.limit_minor


@given(st.lists(st.sampled_from(sorted(MOVES)), max_size=8))
def test_no_walk_leaves_an_end(walk: list[str]) -> None:
    state = "held"
    ended = False
    for to in walk:
        if moves_to(state, to):
            assert not ended
            state = to
            ended = state in {"cancelled", "billed"}


def test_a_lapsed_reservation_holds() -> None:
    decision = expiry("2026-03-01", "2026-03-16")
    assert decision.outcome == "held"
    assert decision.fired == (
        Fired("reservation_expired", "2026-03-01", "2026-03-16", "date", "hold"),
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"order_reference": ""}, "order_reference_invalid"),
        ({"order_reference": "a\nb"}, "order_reference_invalid"),
        ({"order_reference": "x" * 101}, "order_reference_invalid"),
        ({"currency": "eur"}, "currency_unknown"),
        ({"currency": "ÄÖÜ"}, "currency_unknown"),
        ({"total_minor": 0}, "order_total_invalid"),
        ({"total_minor": -1}, "order_total_invalid"),
        ({"total_minor": 2**63}, "order_total_invalid"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(changes: dict[str, object], code: str) -> None:
    sound = {"customer_number": "C", "order_reference": "S", "currency": "EUR", "total_minor": 1}
    with pytest.raises(Invalid) as refused:
        Request(**{**sound, **changes})  # type: ignore[arg-type]
    assert refused.value.code == code
    assert refused.value.place.field
    assert refused.value.mend
