"""An order shipped against instalments: the plan, and what the cash makes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.kernel.errors import Invalid
from creditdesk.orders import condition_queries, queries, services, wait_queries
from creditdesk.orders.rules import Instalment, instalments, standing
from creditdesk.orders.services import Choice
from tests.orders.test_choosing import late_customer, pays, reserved
from tests.support.fixtures import TODAY

__all__ = ["late_customer"]
PLAIN = BusinessCalendar()
On = Callable[[date], Actor]


@pytest.mark.parametrize(
    ("minor", "first_on", "parts", "plan"),
    [
        (100, date(2026, 3, 23), 3,
         [(date(2026, 3, 23), 33), (date(2026, 4, 23), 33), (date(2026, 5, 25), 34)]),
        (100, date(2026, 3, 23), 1, [(date(2026, 3, 23), 100)]),
        (2, date(2026, 1, 31), 3, [(date(2026, 2, 2), 1), (date(2026, 3, 2), 1)]),
        (10, date(2026, 1, 30), 2, [(date(2026, 1, 30), 5), (date(2026, 3, 2), 5)]),
        (0, date(2026, 3, 23), 3, []),
    ],
)  # fmt: skip
def test_a_plan_month_by_month(
    minor: int, first_on: date, parts: int, plan: list[tuple[date, int]]
) -> None:
    found = instalments(minor, first_on=first_on, parts=parts, calendar=PLAIN)
    assert [(one.due_on, one.minor) for one in found] == plan


@given(st.integers(1, 10**12), st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 12))
def test_a_plan_asks_for_all_of_it_and_no_more(minor: int, first_on: date, parts: int) -> None:
    plan = instalments(minor, first_on=first_on, parts=parts, calendar=PLAIN)
    assert sum(one.minor for one in plan) == minor
    assert min(one.minor for one in plan) >= 1
    assert all(PLAIN.is_business_day(one.due_on) for one in plan)
    days = [one.due_on for one in plan]
    assert days == sorted(set(days))
    assert max(one.minor for one in plan) - plan[0].minor < parts


PLAN = (Instalment(date(2026, 4, 1), 40), Instalment(date(2026, 5, 4), 60))


@pytest.mark.parametrize(
    ("received", "on", "stands"),
    [
        (0, date(2026, 4, 1), "open"), (0, date(2026, 4, 2), "lapsed"),
        (39, date(2026, 4, 2), "lapsed"), (40, date(2026, 4, 2), "open"),
        (99, date(2026, 5, 4), "open"), (99, date(2026, 5, 5), "lapsed"),
        (100, date(2026, 4, 1), "met"), (100, date(2026, 6, 1), "met"),
    ],
)  # fmt: skip
def test_the_day_itself_is_still_in_time(received: int, on: date, stands: str) -> None:
    assert standing(PLAN, received, on) == stands


def planned(actor: Actor, parts: int = 2) -> services.CheckResult:
    """Ship SO-1 against 200.00 by instalments, the first a week from today."""
    choice = Choice(
        way="plan", reason="known", minor=20_000, pay_by=TODAY + timedelta(days=7), parts=parts
    )
    return services.choose(actor, "SO-1", choice)


def condition(actor: Actor) -> condition_queries.ConditionRow:
    return condition_queries.conditions(
        actor.company_id, queries.order(actor.company_id, "SO-1").id
    )[0]


def test_it_ships_at_once_and_the_plan_is_kept_with_the_decision(
    desk: Actor, late_customer: int
) -> None:
    result = planned(desk)
    assert (result.outcome, result.reserved_minor) == ("released", 40_000)
    assert wait_queries.queue(desk.company_id) == []
    one = condition(desk)
    assert one.instalments == (
        Instalment(date(2026, 3, 23), 10_000), Instalment(date(2026, 4, 23), 10_000),
    )  # fmt: skip
    assert (one.status, one.minor, one.pay_by) == ("open", 20_000, date(2026, 4, 23))
    last = queries.decisions(desk.company_id, "SO-1")[-1]
    assert one.decision_id == last.id
    assert last.inputs["chosen"] == {
        "way": "plan", "minor": 20_000, "pay_by": "2026-03-23", "parts": 2,
    }  # fmt: skip
    assert queries.replay(desk.company_id, last).fired == last.fired


def test_paid_in_time_it_is_kept_and_nothing_else_happens(
    desk: Actor, on: On, late_customer: int
) -> None:
    planned(desk)
    pays(desk, 10_000)
    assert services.settle_conditions(on(date(2026, 3, 24))) == services.Settled((), ())
    pays(desk, 10_001)
    found = services.settle_conditions(on(date(2026, 4, 24)))
    assert (found.plans_kept, found.plans_broken) == (("SO-1",), ())
    assert (condition(desk).status, condition(desk).received_minor) == ("met", 20_001)
    assert queries.order(desk.company_id, "SO-1").status == "released"
    assert len(queries.decisions(desk.company_id)) == 2


def test_a_missed_instalment_holds_what_is_not_billed(
    desk: Actor, on: On, late_customer: int
) -> None:
    planned(desk)
    pays(desk, 9_999)
    later = on(date(2026, 3, 24))
    assert services.settle_conditions(later).plans_broken == ("SO-1",)
    assert (condition(desk).status, condition(desk).received_minor) == ("lapsed", 9_999)
    order = queries.order(desk.company_id, "SO-1")
    assert (order.status, reserved(desk)) == ("held", 0)
    [row] = wait_queries.queue(desk.company_id)
    assert (row.reference, row.condition_minor) == ("SO-1", None)
    assert [one.kind for one in wait_queries.notes(desk.company_id, order.id)] == ["plan_broken"]
    last = queries.decisions(desk.company_id, "SO-1")[-1]
    assert (last.outcome, last.inputs["condition"]["received_minor"]) == ("held", 9_999)
    assert queries.replay(desk.company_id, last).outcome == "held"
    assert services.settle_conditions(later) == services.Settled((), ())


def test_what_was_billed_is_not_held_any_more(desk: Actor, on: On, late_customer: int) -> None:
    planned(desk)
    new = NewInvoice(
        customer_id=late_customer, number="INV-2", issued_on=TODAY, currency="EUR",
        net_minor=40_000, tax_minor=0, order_reference="SO-1",
    )  # fmt: skip
    assert invoices.record(desk, [new]).rejected == ()
    assert queries.order(desk.company_id, "SO-1").status == "billed"
    found = services.settle_conditions(on(date(2026, 3, 24)))
    assert found.plans_broken == ("SO-1",)
    assert queries.order(desk.company_id, "SO-1").status == "billed"
    assert wait_queries.queue(desk.company_id) == []


def test_a_cancelled_order_takes_its_plan_along(desk: Actor, on: On, late_customer: int) -> None:
    planned(desk)
    services.cancel(desk, "SO-1")
    assert condition(desk).status == "withdrawn"
    assert services.settle_conditions(on(date(2026, 3, 24))) == services.Settled((), ())


@pytest.mark.parametrize("parts", [0, -1, 13])
def test_a_plan_nobody_keeps_is_refused(desk: Actor, late_customer: int, parts: int) -> None:
    with pytest.raises(Invalid) as refused:
        planned(desk, parts)
    assert refused.value.code == "order_parts_invalid"
    assert queries.order(desk.company_id, "SO-1").status == "held"
    assert len(queries.decisions(desk.company_id)) == 1
