"""Checking, deciding anew, releasing, cancelling, billing and lapsing, on real tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from creditdesk.controls.commands import preview
from creditdesk.credit import queries as credit
from creditdesk.credit import services as credit_services
from creditdesk.credit.events import ReservationsConverted, ReservationsExpired
from creditdesk.customers import services as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.orders import queries, services
from creditdesk.orders.rules import Fired
from creditdesk.policy import rules as policy_rules
from creditdesk.policy import services as policy
from tests.orders.verbs import EARLY, a_customer, an_invoice, an_order
from tests.support.fixtures import TODAY, founded

On = Callable[[date], Actor]


def reserved(actor: Actor) -> int:
    return sum(row.reserved_minor for row in credit.exposures(actor.company_id))


def fired(result: services.CheckResult) -> list[str]:
    return [one.rule for one in result.fired]


def test_an_accepted_order_reserves_and_lowers_what_is_available(desk: Actor) -> None:
    customer = a_customer(desk, limit=100_000)
    an_invoice(desk, customer, 30_000)
    result = an_order(desk, "SO-1", 20_000)
    assert (result.outcome, result.status, result.fired) == ("accepted", "accepted", ())
    assert (result.limit_minor, result.exposure_minor, result.available_minor) == (
        100_000, 50_000, 50_000,
    )  # fmt: skip
    assert (result.reserved_minor, result.policy_version) == (20_000, 1)
    [row] = credit.reservations(desk.company_id)
    assert (row.order_reference, row.open_minor) == ("SO-1", 20_000)
    assert row.expires_on == TODAY + timedelta(days=30)


def test_a_held_order_reserves_nothing(desk: Actor) -> None:
    a_customer(desk, limit=100_000)
    result = an_order(desk, "SO-1", 100_001)
    assert (result.outcome, result.reserved_minor, result.available_minor) == ("held", 0, 100_000)
    assert reserved(desk) == 0
    assert credit.reservations(desk.company_id) == []


@pytest.mark.parametrize(
    ("days_late", "minor", "rules"),
    [
        (30, 50_000, []),
        (31, 4_999, []),
        (31, 5_000, ["overdue", "overdue_amount"]),
        (200, 50_000, ["overdue", "overdue_amount"]),
    ],
)
def test_overdue_is_counted_from_the_due_date(
    desk: Actor, days_late: int, minor: int, rules: list[str]
) -> None:
    customer = a_customer(desk, limit=1_000_000)
    an_invoice(desk, customer, minor, due_on=TODAY - timedelta(days=days_late))
    assert fired(an_order(desk)) == rules


def test_a_large_item_a_little_late_does_not_lift_a_small_old_one(desk: Actor) -> None:
    customer = a_customer(desk, limit=1_000_000)
    an_invoice(desk, customer, 100, due_on=TODAY - timedelta(days=90), number="OLD")
    an_invoice(desk, customer, 500_000, due_on=TODAY - timedelta(days=2), number="NEW")
    assert an_order(desk).outcome == "accepted"


def test_blocked_closed_and_without_a_limit(desk: Actor) -> None:
    customer = a_customer(desk, limit=None)
    credit_services.block(desk, customer, reason="insolvency filed")
    customers.close(desk, customer, reason="gone")
    customers.reopen(desk, customer, reason="back")  # asleep until reviewed
    result = an_order(desk)
    assert result.outcome == "held"
    assert result.fired == (
        Fired("blocked", "insolvency filed", "", "reason", "hold"),
        Fired("customer_not_active", "dormant", "active", "status", "hold"),
        Fired("no_limit", 10_000, 0, "minor", "hold"),
    )
    assert (result.limit_minor, result.available_minor, result.currency) == (None, None, "EUR")


def test_a_limit_counts_from_its_first_day_to_its_last(desk: Actor, on: On) -> None:
    customer = a_customer(desk, limit=None)
    credit_services.set_limit(
        desk, customer, minor=50_000, currency="EUR", valid_from=date(2026, 4, 1),
        valid_to=date(2026, 4, 30),
    )  # fmt: skip
    seen = {
        day: an_order(on(day), f"SO-{day}", 1_000).outcome
        for day in (date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 30), date(2026, 5, 1))
    }
    assert list(seen.values()) == ["held", "accepted", "accepted", "held"]


def test_other_currencies_count_by_the_rate_in_force_rounded_up(desk: Actor) -> None:
    a_customer(desk, limit=100_000)
    result = an_order(desk, "SO-1", 10_001, currency="USD")
    assert (result.currency, result.exposure_minor, result.available_minor) == (
        "EUR",
        8_001,
        91_999,
    )
    assert (result.order_currency, result.reserved_minor) == ("USD", 10_001)
    yen = an_order(desk, "SO-2", 160, currency="JPY")
    assert yen.exposure_minor == 8_101
    assert {row.currency: row.reserved_minor for row in credit.exposures(desk.company_id)} == {
        "USD": 10_001,
        "JPY": 160,
    }


def test_a_currency_without_a_rate_holds(desk: Actor) -> None:
    a_customer(desk)
    result = an_order(desk, "SO-1", 100, currency="CHF")
    assert result.outcome == "held"
    assert result.fired == (Fired("no_exchange_rate", "CHF", "EUR", "currency", "hold"),)


def test_the_same_order_gets_the_same_answer_even_when_the_limit_changed(desk: Actor) -> None:
    customer = a_customer(desk, limit=1_000)
    first = an_order(desk, "SO-1", 2_000)
    credit_services.set_limit(desk, customer, minor=10**6, currency="EUR", valid_from=TODAY)
    assert an_order(desk, "SO-1", 2_000) == first
    assert first.outcome == "held"
    anew = services.recheck(desk, "SO-1")
    assert (anew.outcome, anew.reserved_minor) == ("accepted", 2_000)
    assert an_order(desk, "SO-1", 2_000) == anew
    assert [one.outcome for one in queries.decisions(desk.company_id)] == ["held", "accepted"]


def test_rechecking_an_accepted_order_changes_nothing(desk: Actor) -> None:
    a_customer(desk)
    first = an_order(desk)
    assert services.recheck(desk, "SO-1") == first
    assert len(queries.decisions(desk.company_id)) == 1


@pytest.mark.parametrize("changes", [{"minor": 10_001}, {"currency": "USD"}, {"customer": "C-2"}])
def test_the_same_reference_for_another_order_is_a_conflict(
    desk: Actor, changes: dict[str, object]
) -> None:
    a_customer(desk)
    a_customer(desk, "C-2")
    an_order(desk, "SO-1", 10_000)
    with pytest.raises(Conflict) as refused:
        an_order(desk, "SO-1", **{"minor": 10_000, **changes})  # type: ignore[arg-type]
    assert refused.value.code == "order_changed"
    assert reserved(desk) == 10_000
    assert len(queries.decisions(desk.company_id)) == 1


def test_release_reserves_whatever_the_limit_and_keeps_the_reason(desk: Actor) -> None:
    a_customer(desk, limit=0)
    an_order(desk)
    result = services.release(desk, "SO-1", " shipped against card ")
    assert (result.outcome, result.status, result.reserved_minor) == (
        "released",
        "released",
        10_000,
    )
    assert result.available_minor == -10_000
    assert fired(result) == ["limit_exceeded"]
    assert queries.decisions(desk.company_id)[-1].reason == "shipped against card"
    assert services.release(desk, "SO-1", "again") == result
    assert reserved(desk) == 10_000


def test_only_a_held_order_can_be_released_and_only_with_a_reason(desk: Actor) -> None:
    a_customer(desk)
    an_order(desk)
    with pytest.raises(Conflict) as refused:
        services.release(desk, "SO-1", "why not")
    assert refused.value.code == "order_accepted"
    with pytest.raises(Invalid) as unreasoned:
        services.release(desk, "SO-1", "  ")
    assert unreasoned.value.code == "reason_missing"
    assert reserved(desk) == 10_000


def test_sales_may_ask_but_not_release(desk: Actor, actor_of: Callable[..., Actor]) -> None:
    a_customer(desk, limit=0)
    sales = actor_of(desk.company_id, role="sales")
    an_order(sales)
    with pytest.raises(Refused) as refused:
        services.release(sales, "SO-1", "please")
    assert refused.value.code == "not_permitted"
    assert queries.order(desk.company_id, "SO-1").status == "held"


def test_cancel_frees_the_reservation_and_ends_the_order(desk: Actor) -> None:
    a_customer(desk)
    an_order(desk)
    assert services.cancel(desk, "SO-1").status == "cancelled"
    assert reserved(desk) == 0
    assert services.cancel(desk, "SO-1").reserved_minor == 0
    with pytest.raises(Conflict) as refused:
        an_order(desk)
    assert refused.value.code == "order_cancelled"


def test_an_unknown_order_customer_or_policy(desk: Actor, actor_of: Callable[..., Actor]) -> None:
    with pytest.raises(NotFound) as order:
        services.cancel(desk, "nothing")
    assert order.value.code == "order_unknown"
    with pytest.raises(NotFound) as customer:
        an_order(desk, customer="nobody")
    assert customer.value.code == "customer_unknown"
    bare = actor_of(founded("bare").id)
    a_customer(bare, limit=None)
    with pytest.raises(NotFound) as policy_missing:
        an_order(bare)
    assert policy_missing.value.code == "policy_missing"
    assert queries.orders(bare.company_id) == []


def test_another_company_neither_sees_nor_moves_an_order(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    a_customer(desk)
    an_order(desk)
    stranger = actor_of(founded("other").id)
    with pytest.raises(NotFound):
        services.cancel(stranger, "SO-1")
    with pytest.raises(NotFound):
        services.recheck(stranger, "SO-1")
    with pytest.raises(NotFound):
        services.release(stranger, "SO-1", "mine")
    assert queries.orders(stranger.company_id) == []
    assert queries.order(desk.company_id, "SO-1").status == "accepted"


def test_an_invoiced_order_is_billed_and_its_reservation_becomes_debt(desk: Actor) -> None:
    customer = a_customer(desk, limit=100_000)
    an_order(desk, "SO-1", 10_000)
    an_invoice(desk, customer, 4_000, number="A", order_reference="SO-1")
    [row] = credit.exposure(desk.company_id, customer)
    assert (row.open_minor, row.reserved_minor) == (4_000, 6_000)
    an_invoice(desk, customer, 7_000, number="B", order_reference="SO-1")
    [row] = credit.exposure(desk.company_id, customer)
    assert (row.open_minor, row.reserved_minor) == (11_000, 0)
    services.mark_billed(desk, [ReservationsConverted(order_references=("SO-1",))])
    assert queries.order(desk.company_id, "SO-1").status == "billed"
    with pytest.raises(Conflict) as refused:
        services.cancel(desk, "SO-1")
    assert refused.value.code == "order_billed"
    assert an_order(desk, "SO-1", 10_000).outcome == "accepted"


def test_a_lapsed_reservation_holds_the_order_until_it_is_decided_anew(desk: Actor, on: On) -> None:
    a_customer(desk)
    an_order(desk)
    late = on(TODAY + timedelta(days=31))
    assert credit_services.expire(on(TODAY + timedelta(days=30))) == ()
    assert credit_services.expire(late) == ("SO-1",)
    services.hold_expired(late, [ReservationsExpired(order_references=("SO-1",))])
    assert reserved(desk) == 0
    again = an_order(late)
    assert (again.outcome, again.status, fired(again)) == ("held", "held", ["reservation_expired"])
    assert services.recheck(late, "SO-1").outcome == "accepted"
    assert reserved(desk) == 10_000


def test_held_orders_are_decided_anew_oldest_first_except_old_ones(desk: Actor, on: On) -> None:
    customer = a_customer(desk, limit=0)
    an_order(on(TODAY - timedelta(days=31)), "OLD", 1_000)
    for n in (1, 2, 3):
        an_order(on(TODAY - timedelta(days=4 - n)), f"SO-{n}", 1_000)
    credit_services.set_limit(desk, customer, minor=2_500, currency="EUR", valid_from=TODAY)
    result = services.recheck_held(desk)
    assert (result.accepted, result.still_held) == (("SO-1", "SO-2"), 1)
    assert {one.reference: one.status for one in queries.orders(desk.company_id)} == {
        "OLD": "held", "SO-1": "accepted", "SO-2": "accepted", "SO-3": "held",
    }  # fmt: skip
    assert services.recheck_held(desk).accepted == ()


def test_a_preview_answers_and_leaves_nothing(desk: Actor) -> None:
    a_customer(desk)
    with preview():
        assert an_order(desk).outcome == "accepted"


def test_every_stored_decision_replays_to_the_same_answer(desk: Actor, on: On) -> None:
    customer = a_customer(desk, limit=50_000)
    an_invoice(desk, customer, 9_000, due_on=TODAY - timedelta(days=45))
    for n, (minor, currency) in enumerate(
        [(1_000, "EUR"), (60_000, "EUR"), (9_000, "USD"), (5_000, "CHF"), (30_000, "JPY")]
    ):
        an_order(desk, f"SO-{n}", minor, currency=currency)
    services.release(desk, "SO-1", "known to us")
    milder = {**policy_rules.DEFAULT, "orders": {"overdue_days_max": 60}}
    policy.publish(desk, given=milder, valid_from=TODAY)
    services.recheck(desk, "SO-0")
    credit_services.set_limit(desk, customer, minor=1, currency="EUR", valid_from=EARLY)
    stored = queries.decisions(desk.company_id)
    assert len(stored) == 7
    assert {one.policy_version for one in stored} == {1, 2}
    for one in stored:
        again = queries.replay(desk.company_id, one)
        assert again.fired == one.fired
        if one.outcome != "released":
            assert again.outcome == one.outcome


def test_an_expiry_replays_too(desk: Actor, on: On) -> None:
    a_customer(desk)
    an_order(desk)
    late = on(TODAY + timedelta(days=31))
    credit_services.expire(late)
    services.hold_expired(late, [ReservationsExpired(order_references=("SO-1",))])
    last = queries.decisions(desk.company_id, "SO-1")[-1]
    again = queries.replay(desk.company_id, last)
    assert (again.outcome, again.fired) == (last.outcome, last.fired)
