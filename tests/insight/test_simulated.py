"""A draft laid over what happened: orders decided again, limits above their class, both ladders."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.insight.queries.simulated import simulate
from creditdesk.insight.replay_rules import judged_again
from creditdesk.insight.simulation_rules import Simulation
from creditdesk.kernel.actor import Actor
from creditdesk.orders.rules import Facts
from creditdesk.policy import rules
from creditdesk.policy.rules import DEFAULT, OrderRules
from tests.orders.verbs import a_customer, an_invoice, an_order, opened
from tests.support.fixtures import TODAY, founded, standing_actor


@pytest.fixture
def desk(actor: Actor) -> Actor:
    return opened(actor)


def over(desk: Actor, **sections: Any) -> Simulation:
    """Simulate the default rules with fields of sections changed."""
    written = copy.deepcopy(dict(DEFAULT))
    for name, fields in sections.items():
        written[name] = fields if isinstance(fields, list) else {**written[name], **fields}
    draft = rules.parse(written, version=0, valid_from=TODAY)
    return simulate(desk.company_id, draft, until=TODAY)


def ordered(desk: Actor) -> None:
    """Two orders: of a customer 20 days late with 90.00, and of one above its limit by 10.00."""
    late = a_customer(desk, "LATE", limit=100_000)
    an_invoice(desk, late, 9_000, due_on=TODAY - timedelta(days=20))
    an_order(desk, "SO-1", 10_000, customer="LATE")
    a_customer(desk, "FULL", limit=10_000)
    an_order(desk, "SO-2", 11_000, customer="FULL")


def test_the_rules_in_force_change_nothing(desk: Actor) -> None:
    ordered(desk)
    found = over(desk)
    assert (found.before_version, found.orders.asked, found.orders.changes) == (1, 2, ())
    assert (found.orders.held, found.orders.accepted, found.orders.other_reasons) == (0, 0, 0)
    assert (found.reminders.more, found.reminders.fee_minor) == (0, 0)


def test_fewer_days_hold_what_was_accepted(desk: Actor) -> None:
    ordered(desk)
    found = over(desk, orders={"overdue_days_max": 14}).orders
    assert (found.held, found.held_minor, found.accepted) == (1, 10_000, 0)
    [changed] = found.changes
    assert (changed.reference, changed.verdict) == ("SO-1", "held_now")
    assert changed.rules == ("overdue", "overdue_amount")
    assert over(desk, orders={"overdue_days_max": 20}).orders.held == 0
    dear = {"overdue_days_max": 14, "overdue_minimum_minor": 9_001}
    assert over(desk, orders=dear).orders.held == 0


def test_a_tolerance_accepts_what_was_held(desk: Actor) -> None:
    ordered(desk)
    found = over(desk, orders={"limit_tolerance_percent": "10"}).orders
    assert (found.accepted, found.accepted_minor, found.held) == (1, 11_000, 0)
    assert over(desk, orders={"limit_tolerance_percent": "9"}).orders.accepted == 0


def test_both_ladders_are_laid_along_the_same_items(desk: Actor) -> None:
    ordered(desk)  # issued when due, 20 days ago: reminder and second are reached
    found = over(desk).reminders
    assert {one.step: (one.count, one.minor) for one in found.after} == {
        "before_due": (0, 0), "reminder": (1, 9_000), "second": (1, 9_000), "final": (0, 0),
    }  # fmt: skip
    ladder = copy.deepcopy(list(DEFAULT["ladder"]))
    ladder[2]["days_late"] = 21
    assert over(desk, ladder=ladder).reminders.more == -1
    fee = {"fees": [{"step": "second", "currency": "EUR", "minor": 500}]}
    assert over(desk, dunning_fees=fee).reminders.fee_minor == 500


def test_it_sees_its_own_company_alone(desk: Actor) -> None:
    ordered(desk)
    other = opened(standing_actor(founded("other")))
    assert over(other, orders={"overdue_days_max": 1}).orders.asked == 0
    assert sum(one.count for one in over(other).reminders.after) == 0


facts = st.builds(
    Facts,
    currency=st.just("EUR"),
    customer_status=st.sampled_from(["active", "dormant"]),
    block_reason=st.none() | st.just("x"),
    limit_minor=st.none() | st.integers(0, 10_000),
    exposure_minor=st.integers(0, 10_000),
    with_order_minor=st.integers(0, 20_000),
    overdue_days=st.integers(0, 90),
    overdue_minor=st.integers(0, 10_000),
    overdue_minimum_minor=st.integers(0, 10_000),
)


@given(facts, st.none() | st.integers(0, 10_000))
def test_the_same_rules_say_the_same(seen: Facts, late: int | None) -> None:
    found = judged_again(seen, OrderRules(), OrderRules(), late_minor=late)
    assert found.before == found.after
    assert found.verdict is None


@given(facts, st.integers(0, 10_000), st.integers(0, 30))
def test_less_patience_never_accepts_more(seen: Facts, late: int, days: int) -> None:
    stricter = OrderRules(overdue_days_max=days)
    assert judged_again(seen, OrderRules(), stricter, late_minor=late).verdict != "accepted_now"
