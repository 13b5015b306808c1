"""A held order's clock: when it is due, what stops it, who gets it late, and how long it took."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from creditdesk.controls import queries as controls
from creditdesk.credit import services as credit_services
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Refused
from creditdesk.orders import queries, services, wait_queries
from creditdesk.orders.wait_queries import WaitRow
from tests.orders.verbs import a_customer, an_order, opened
from tests.support.fixtures import TODAY, founded

At = Callable[..., Actor]


@pytest.fixture
def at(desk: Actor, actor_of: Callable[..., Actor]) -> At:
    """Act at an hour of the desk's own zone: `at(13, 30, role="manager")`; `day` days later."""
    zone = ZoneInfo(controls.company(desk.company_id).timezone)

    def make(hour: int, minute: int = 0, *, day: int = 0, role: str = "system") -> Actor:
        on = TODAY + timedelta(days=day)
        moment = datetime(on.year, on.month, on.day, hour, minute, tzinfo=zone).astimezone(UTC)
        return actor_of(desk.company_id, role=role, today=on, at=moment, name=role)

    return make


def wait_of(actor: Actor, reference: str = "SO-1") -> WaitRow:
    order = queries.order(actor.company_id, reference)
    found = wait_queries.wait_of(actor.company_id, order.id)
    assert found is not None
    return found


def notes_of(actor: Actor, reference: str = "SO-1") -> list[tuple[str, str, str]]:
    order = queries.order(actor.company_id, reference)
    found = wait_queries.notes(actor.company_id, order.id)
    return [(one.kind, one.text, one.recorded_by) for one in found][::-1]


def held(actor: Actor, reference: str = "SO-1") -> None:
    assert an_order(actor, reference, 10_000).outcome == "held"


@pytest.fixture
def one_held(at: At) -> At:
    """An order held at nine."""
    a_customer(at(9), limit=1_000)
    held(at(9))
    return at


def test_an_accepted_order_waits_for_nothing(desk: Actor) -> None:
    a_customer(desk)
    an_order(desk)
    assert wait_queries.queue(desk.company_id) == []


def test_a_held_order_is_due_within_the_desks_goal(one_held: At) -> None:
    at = one_held
    found = wait_of(at(9))
    assert (found.held_at, found.due_at, found.goal_minutes) == (at(9).at, at(13).at, 240)
    [row] = wait_queries.queue(at(9).company_id)
    assert (row.reference, row.rule, row.escalated_to) == ("SO-1", "limit_exceeded", "")


def test_it_took_the_desks_minutes_until_a_person_decided(one_held: At) -> None:
    at = one_held
    services.release(at(10, day=1, role="manager"), "SO-1", "known")
    assert wait_queries.queue(at(9).company_id) == []
    took = wait_queries.turnaround(at(9).company_id, at(0).at, at(0, day=5).at)
    assert took.whole is not None
    assert (took.whole.count, took.whole.p50_minutes, took.whole.in_goal) == (1, 600, 0)
    assert [(one.name, one.p90_minutes) for one in took.by_rule] == [("limit_exceeded", 600)]
    assert [(one.name, one.longest_minutes) for one in took.by_person] == [("manager", 600)]


def test_what_the_rules_let_go_and_what_is_cancelled(one_held: At) -> None:
    at = one_held
    held(at(9), "SO-2")
    [customer] = {queries.order(at(9).company_id, "SO-1").customer_id}
    services.cancel(at(10), "SO-2")
    credit_services.set_limit(at(10), customer, minor=50_000, currency="EUR", valid_from=TODAY)
    assert services.recheck(at(11), "SO-1").outcome == "accepted"
    took = wait_queries.turnaround(at(9).company_id, at(0).at, at(0, day=1).at)
    assert took.whole is not None
    assert (took.whole.count, took.whole.p50_minutes, took.whole.in_goal) == (1, 120, 1)


def test_a_stopped_clock_gives_the_time_back(one_held: At) -> None:
    at = one_held
    services.pause(at(10, role="analyst"), "SO-1", "waiting for the balance sheet")
    found = wait_of(at(10))
    assert (found.paused_at, found.pause_reason) == (at(10).at, "waiting for the balance sheet")
    assert services.escalate_late(at(16)) == ()
    services.resume(at(9, day=1, role="analyst"), "SO-1")
    found = wait_of(at(9, day=1))
    # One hour was used before: three are left.
    assert (found.paused_at, found.due_at) == (None, at(12, day=1).at)
    services.release(at(11, day=1, role="manager"), "SO-1", "known")
    took = wait_queries.turnaround(at(9).company_id, at(0).at, at(0, day=5).at)
    assert took.whole is not None
    assert (took.whole.p50_minutes, took.whole.in_goal) == (180, 1)
    assert notes_of(at(9)) == [
        ("paused", "waiting for the balance sheet", "analyst"), ("resumed", "", "analyst"),
    ]  # fmt: skip


def test_an_order_decided_while_its_clock_stands_took_only_what_ran(one_held: At) -> None:
    at = one_held
    services.pause(at(10), "SO-1", "asked")
    services.release(at(16, role="manager"), "SO-1", "known")
    took = wait_queries.turnaround(at(9).company_id, at(0).at, at(0, day=5).at)
    assert took.whole is not None
    assert took.whole.p50_minutes == 60


@pytest.mark.parametrize("name", ["pause twice", "resume running", "pause accepted", "ask accepted",
                                  "no reason"])  # fmt: skip
def test_what_is_refused_of_a_clock_changes_nothing(one_held: At, name: str) -> None:
    at = one_held
    credit_services.set_limit(
        at(9), queries.order(at(9).company_id, "SO-1").customer_id, minor=2_000, currency="EUR",
        valid_from=TODAY,
    )  # fmt: skip
    an_order(at(9), "SO-OK", 1_000)
    if name == "pause twice":
        services.pause(at(9), "SO-1", "asked")
    before = wait_of(at(9)), notes_of(at(9)), notes_of(at(9), "SO-OK")
    act: Callable[[], object]
    act, code = {
        "pause twice": (lambda: services.pause(at(10), "SO-1", "again"), "order_clock_stopped"),
        "resume running": (lambda: services.resume(at(10), "SO-1"), "order_clock_runs"),
        "pause accepted": (lambda: services.pause(at(10), "SO-OK", "x"), "order_clock_stopped"),
        "ask accepted": (lambda: services.ask(at(10), "SO-OK", "x"), "order_not_waiting"),
        "no reason": (lambda: services.pause(at(10), "SO-1", "  "), "order_note_invalid"),
    }[name]
    with pytest.raises((Conflict, Invalid)) as refused:
        act()
    assert refused.value.code == code
    assert (wait_of(at(9)), notes_of(at(9)), notes_of(at(9), "SO-OK")) == before


def test_what_is_late_goes_to_the_manager_once(one_held: At) -> None:
    at = one_held
    assert services.escalate_late(at(13)) == ()
    assert services.escalate_late(at(13, 1)) == ("SO-1",)
    assert services.escalate_late(at(14)) == ()
    found = wait_of(at(14))
    assert (found.escalated_at, found.escalated_to) == (at(13, 1).at, "manager")
    assert notes_of(at(14)) == [("escalated", "manager", "system")]


def test_the_goal_passes_between_two_days_and_is_known_to_the_minute(one_held: At) -> None:
    at = one_held
    company_id = at(9).company_id
    moments = [at(13), at(13, 1)]
    assert [wait_queries.has_late(company_id, one.at) for one in moments] == [False, True]
    [row] = wait_queries.queue(company_id)
    assert [row.is_late(one.at) for one in moments] == [False, True]
    assert not wait_queries.has_late(company_id + 1, at(13, 1).at)
    services.escalate_late(at(13, 1))
    assert not wait_queries.has_late(company_id, at(14).at)  # told once
    services.pause(at(14), "SO-1", "asked")
    [row] = wait_queries.queue(company_id)
    assert not row.is_late(at(15).at)


def test_a_stopped_clock_is_not_late(one_held: At) -> None:
    at = one_held
    services.pause(at(10), "SO-1", "asked")
    assert not wait_queries.has_late(at(10).company_id, at(16).at)
    assert services.escalate_late(at(16)) == ()


def test_what_sales_ask_for_comes_first_and_what_is_stopped_last(one_held: At) -> None:
    at = one_held
    held(at(10), "SO-2")
    held(at(11), "SO-3")
    services.pause(at(11), "SO-1", "asked")
    services.ask(at(12, role="sales"), "SO-3", "the truck is here")
    services.comment(at(12, role="sales"), "SO-3", "they paid yesterday")
    queue = wait_queries.queue(at(12).company_id)
    assert [one.reference for one in queue] == ["SO-3", "SO-2", "SO-1"]
    assert notes_of(at(12), "SO-3") == [
        ("asked", "the truck is here", "sales"), ("comment", "they paid yesterday", "sales"),
    ]  # fmt: skip


def test_who_may_stop_the_clock(one_held: At) -> None:
    at = one_held
    for role in ("sales", "collector", "auditor"):
        with pytest.raises(Refused) as refused:
            services.pause(at(10, role=role), "SO-1", "x")
        assert refused.value.code == "not_permitted"
    assert wait_of(at(10)).paused_at is None


def test_another_company_neither_sees_nor_moves_a_clock(
    one_held: At, actor_of: Callable[..., Actor]
) -> None:
    at = one_held
    other = opened(actor_of(founded("other").id))
    assert wait_queries.queue(other.company_id) == []
    late = actor_of(other.company_id, at=at(16, day=3).at, today=TODAY + timedelta(days=3))
    assert services.escalate_late(late) == ()
    assert wait_of(at(9)).escalated_at is None
