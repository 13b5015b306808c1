"""A held order decided by a person: each way in money, what is paid first, what follows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash import services as cash
from creditdesk.credit import queries as credit
from creditdesk.credit import services as credit_services
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Refused
from creditdesk.orders import condition_queries, queries, services, wait_queries
from creditdesk.orders.rules import Option, Weighed, options
from creditdesk.orders.services import Choice
from creditdesk.orders.services.reacting import look_again
from creditdesk.plumbing import sql
from creditdesk.policy.rules import OrderRules
from tests.cash import stage
from tests.cash.stage import Paid
from tests.orders.test_rules import FACTS, SOUND
from tests.orders.verbs import a_customer, an_invoice, an_order
from tests.support.fixtures import TODAY

RULES = OrderRules()
_files = count()
On = Callable[[date], Actor]


def ways(found: tuple[Option, ...]) -> dict[str, tuple[int, int, int, int | None]]:
    return {
        one.way: (one.ship_minor, one.pay_minor, one.exposure_minor, one.margin_minor)
        for one in found
    }


def test_a_past_due_customer_with_a_large_order() -> None:
    facts = replace(
        SOUND, limit_minor=100_000, exposure_minor=70_000, with_order_minor=120_000,
        overdue_days=40, overdue_minor=30_000,
    )  # fmt: skip
    weighed = Weighed(facts=facts, left_minor=50_000, margin_minor=10_001, covered_minor=90_000)
    found = options(weighed, RULES)
    assert ways(found) == {
        "release": (50_000, 0, 120_000, 10_001),
        "part_payment": (50_000, 30_000, 90_000, 10_001),
        "plan": (50_000, 0, 120_000, 10_001),
        "ship_part": (30_000, 0, 100_000, 6_001),
        "refuse": (0, 0, 70_000, 0),
    }
    assert [(one.over_minor, one.uncovered_minor) for one in found] == [
        (20_000, 30_000), (0, 0), (20_000, 30_000), (0, 10_000), (0, 0),
    ]  # fmt: skip


@given(FACTS, st.integers(1, 10**6), st.none() | st.integers(-(10**6), 10**6))
def test_every_way_keeps_what_it_promises(facts: object, left: int, margin: int | None) -> None:
    weighed = Weighed(facts=facts, left_minor=left, margin_minor=margin)  # type: ignore[arg-type]
    found = {one.way: one for one in options(weighed, RULES)}
    assert {"release", "refuse"} <= set(found)
    limit = weighed.facts.limit_minor
    part = found.get("ship_part")
    if part is not None:
        assert limit is not None
        assert 0 < part.ship_minor < left
        assert part.exposure_minor <= limit
    paid = found.get("part_payment")
    if paid is not None and limit is not None:
        assert paid.exposure_minor <= limit
        assert paid.pay_minor > 0
    if paid is None and limit is not None:
        assert found["release"].exposure_minor <= limit
    for one in found.values():
        assert one.exposure_minor == weighed.facts.exposure_minor + one.ship_minor - one.pay_minor


@pytest.fixture
def late_customer(desk: Actor) -> int:
    """A customer 45 days late with an order that goes over the limit."""
    customer = a_customer(desk, limit=50_000)
    an_invoice(desk, customer, 20_000, number="INV-1", due_on=TODAY - timedelta(days=45))
    services.check(
        desk, customer_number="C-1", order_reference="SO-1", currency="EUR", total_minor=40_000,
        placed_on=TODAY, margin_minor=8_000,
    )  # fmt: skip
    return customer


def chosen(actor: Actor, way: str, **more: object) -> services.CheckResult:
    return services.choose(actor, "SO-1", Choice(way=way, reason="known", **more))  # type: ignore[arg-type]


def pays(actor: Actor, minor: int, text: str = "INV-1") -> Actor:
    """Money comes in an hour later and is matched; return the actor of then."""
    later = replace(actor, at=actor.at + timedelta(hours=1))
    line = Paid(minor=minor, text=text, name="Customer C-1", on=actor.today)
    stage.take_in(later, line, name=f"{next(_files)}.csv")
    sql.execute(
        "UPDATE cash_payment SET customer_id = (SELECT id FROM customers_customer"
        " WHERE company_id = %s AND number = 'C-1') WHERE company_id = %s",
        [actor.company_id, actor.company_id],
    )
    return later


def reserved(actor: Actor) -> int:
    return sum(row.reserved_minor for row in credit.exposures(actor.company_id))


def test_what_a_person_sees_before_deciding(desk: Actor, late_customer: int) -> None:
    found = services.outlook(desk, "SO-1")
    assert ways(found.options) == {
        "release": (40_000, 0, 60_000, 8_000),
        "part_payment": (40_000, 20_000, 40_000, 8_000),
        "plan": (40_000, 0, 60_000, 8_000),
        "ship_part": (30_000, 0, 50_000, 6_000),
        "refuse": (0, 0, 20_000, 0),
    }
    assert len(queries.decisions(desk.company_id, "SO-1")) == 1


def test_released_when_the_part_payment_came(desk: Actor, late_customer: int) -> None:
    result = chosen(desk, "part_payment", minor=20_000, pay_by=TODAY + timedelta(days=5))
    assert (result.outcome, result.status, result.reserved_minor) == ("held", "held", 0)
    [row] = wait_queries.queue(desk.company_id)
    assert (row.condition_minor, row.pay_by) == (20_000, TODAY + timedelta(days=5))
    assert row.paused_at == desk.at
    later = pays(desk, 19_999)
    assert services.settle_conditions(later).released == ()
    later = pays(desk, 1)
    assert services.settle_conditions(later, [late_customer]).released == ("SO-1",)
    assert queries.order(desk.company_id, "SO-1").status == "released"
    assert reserved(desk) == 40_000
    assert wait_queries.queue(desk.company_id) == []
    last = queries.latest_decision(queries.order(desk.company_id, "SO-1").id)
    assert last.inputs["condition"]["received_minor"] == 20_000
    [one] = condition_queries.conditions(desk.company_id, last.order_id)
    assert (one.status, one.received_minor, one.settled_at) == ("met", 20_000, later.at)
    assert services.settle_conditions(later).released == ()


def test_money_from_before_does_not_count(desk: Actor, late_customer: int) -> None:
    later = pays(desk, 20_000, "something else")
    after = replace(later, at=later.at + timedelta(minutes=1))
    chosen(after, "part_payment", minor=10_000, pay_by=TODAY)
    assert services.settle_conditions(after).released == ()
    assert queries.order(desk.company_id, "SO-1").status == "held"


def test_too_late_it_lapses_and_the_order_stays_held(
    desk: Actor, on: On, late_customer: int
) -> None:
    chosen(desk, "part_payment", minor=20_000, pay_by=TODAY + timedelta(days=1))
    assert services.settle_conditions(on(TODAY + timedelta(days=1))).lapsed == ()
    assert services.settle_conditions(on(TODAY + timedelta(days=2))).lapsed == ("SO-1",)
    order = queries.order(desk.company_id, "SO-1")
    assert order.status == "held"
    assert [one.kind for one in wait_queries.notes(desk.company_id, order.id)] == ["lapsed"]
    [one] = condition_queries.conditions(desk.company_id, order.id)
    assert (one.status, one.received_minor) == ("lapsed", 0)
    [row] = wait_queries.queue(desk.company_id)
    assert (row.paused_at, row.condition_minor) == (None, None)


def test_choosing_anew_takes_the_condition_back(desk: Actor, late_customer: int) -> None:
    chosen(desk, "part_payment", minor=20_000, pay_by=TODAY)
    chosen(desk, "part_payment", minor=10_000, pay_by=TODAY)
    order = queries.order(desk.company_id, "SO-1")
    found = condition_queries.conditions(desk.company_id, order.id)
    assert [(one.minor, one.status) for one in found] == [(10_000, "open"), (20_000, "withdrawn")]
    chosen(desk, "release")
    found = condition_queries.conditions(desk.company_id, order.id)
    assert [one.status for one in found] == ["withdrawn", "withdrawn"]


def test_a_part_reserves_that_part_alone(desk: Actor, late_customer: int) -> None:
    result = chosen(desk, "ship_part", minor=30_000)
    assert (result.status, result.reserved_minor, reserved(desk)) == ("released", 30_000, 30_000)
    stands = services.answer_of(desk.company_id, "SO-1")
    assert (stands.reserved_minor, stands.exposure_minor) == (30_000, 50_000)
    last = queries.decisions(desk.company_id, "SO-1")[-1]
    assert queries.replay(desk.company_id, last).fired == last.fired


def test_what_a_person_refused_stays_refused(desk: Actor, late_customer: int) -> None:
    result = chosen(desk, "refuse")
    assert (result.outcome, result.status, reserved(desk)) == ("refused", "refused", 0)
    credit_services.set_limit(desk, late_customer, minor=10**7, currency="EUR", valid_from=TODAY)
    assert services.recheck(desk, "SO-1").status == "refused"
    assert wait_queries.queue(desk.company_id) == []


def test_every_choice_is_kept_with_what_was_weighed(desk: Actor, late_customer: int) -> None:
    chosen(desk, "part_payment", minor=20_000, pay_by=TODAY)
    chosen(desk, "refuse")
    first, part, refusal = queries.decisions(desk.company_id, "SO-1")
    assert part.inputs["chosen"] == {
        "way": "part_payment", "minor": 20_000, "pay_by": TODAY.isoformat(),
    }  # fmt: skip
    assert part.inputs["options"] == [
        "release", "part_payment", "plan", "ship_part", "refuse",
    ]  # fmt: skip
    assert part.inputs["weighed"] == {
        "left_minor": 40_000, "margin_minor": 8_000, "covered_minor": None,
    }  # fmt: skip
    assert (part.reason, refusal.outcome) == ("known", "refused")
    for one in (first, part, refusal):
        assert queries.replay(desk.company_id, one).fired == one.fired


@pytest.mark.parametrize(
    ("way", "more", "code"),
    [
        ("part_payment", {}, "order_amount_missing"),
        ("part_payment", {"minor": 0, "pay_by": TODAY}, "order_amount_missing"),
        ("part_payment", {"minor": 1}, "order_pay_by_invalid"),
        ("part_payment", {"minor": 1, "pay_by": TODAY - timedelta(days=1)},
         "order_pay_by_invalid"),
        ("ship_part", {}, "order_part_invalid"),
        ("ship_part", {"minor": 40_000}, "order_part_invalid"),
        ("ship_part", {"minor": -1}, "order_part_invalid"),
        ("gamble", {}, "order_way_unknown"),
        ("release", {"reason": " "}, "order_note_invalid"),
    ],
)  # fmt: skip
def test_a_choice_that_makes_no_sense_changes_nothing(
    desk: Actor, late_customer: int, way: str, more: dict[str, object], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.choose(desk, "SO-1", Choice(**{"way": way, "reason": "known", **more}))  # type: ignore[arg-type]
    assert refused.value.code == code
    order = queries.order(desk.company_id, "SO-1")
    assert order.status == "held"
    assert len(queries.decisions(desk.company_id)) == 1
    assert condition_queries.conditions(desk.company_id, order.id) == []


def test_only_a_held_order_is_decided_and_only_by_who_may(
    desk: Actor, late_customer: int, actor_of: Callable[..., Actor]
) -> None:
    for role in ("sales", "analyst", "auditor"):
        with pytest.raises(Refused):
            chosen(actor_of(desk.company_id, role=role), "release")
    chosen(desk, "release")
    with pytest.raises(Conflict) as refused:
        chosen(desk, "refuse")
    assert refused.value.code == "order_released"
    assert reserved(desk) == 40_000


def jobs() -> list[list[int]]:
    found = sql.scalars(
        "SELECT (args->'customer_ids')::text FROM procrastinate_jobs"
        " WHERE task_name = 'orders.look_again' ORDER BY id"
    )
    return [json.loads(one) for one in found]


def test_a_lifted_block_and_a_new_limit_wake_only_those_who_wait(desk: Actor) -> None:
    waiting = a_customer(desk, limit=1_000)
    idle = a_customer(desk, "C-2")
    an_order(desk)
    assert jobs() == []
    credit_services.block(desk, waiting, reason="fraud")
    credit_services.unblock(desk, waiting)
    credit_services.block(desk, idle, reason="fraud")
    credit_services.unblock(desk, idle)
    credit_services.set_limit(desk, idle, minor=1, currency="EUR", valid_from=TODAY)
    assert jobs() == [[waiting]]
    credit_services.set_limit(desk, waiting, minor=50_000, currency="EUR", valid_from=TODAY)
    assert jobs() == [[waiting], [waiting]]
    assert look_again(desk, [waiting]).accepted == ("SO-1",)
    assert look_again(desk, [waiting]).accepted == ()


def test_a_payment_wakes_what_its_payer_has_waiting(desk: Actor) -> None:
    payer = stage.customer(desk, "Payer")
    other = a_customer(desk, "C-2", limit=1_000)
    credit_services.set_limit(desk, payer, minor=20_000, currency="EUR", valid_from=TODAY)
    an_invoice(desk, payer, 15_000, number="INV-77001")
    number = str(sql.scalar("SELECT number FROM customers_customer WHERE id = %s", [payer]))
    an_order(desk, customer=number)
    an_order(desk, "SO-2", 5_000, customer="C-2")
    stage.take_in(desk, Paid(minor=15_000, text="INV-77001", name="Payer", on=TODAY))
    cash.match(desk)
    assert jobs() == [[payer]]
    assert look_again(desk, [payer]).accepted == ("SO-1",)
    assert queries.order(desk.company_id, "SO-2").status == "held"
    assert other != payer
