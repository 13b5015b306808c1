"""Many hands at once, and a machine that stops: one session, one payment, settled once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.payments import gateway
from creditdesk.payments import services as payments
from creditdesk.payments.models import Attempt, Notice
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.payments import desk as verbs
from tests.payments.desk import a_debt, attempt, begin, now, proved, session_of, tell
from tests.support.at_once import at_once, codes
from tests.support.fixtures import founded
from tests.support.stripe_server import KEY, SECRET, Provider, event, intent_of, signed

DONE = "checkout.session.completed"


@pytest.fixture
def open_desk(committed_db: str, actor_of: Callable[..., Actor]) -> Actor:
    return with_policy(actor_of(founded().id))


def test_eight_webhooks_and_workers_at_once_take_the_money_once(
    open_desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(open_desk)
    session = provider.complete(session_of(begin(open_desk, debt, stripe_of)))
    body, other = event(DONE, session), event("payment_intent.succeeded", intent_of(session))

    def heard(one: bytes) -> Callable[[], object]:
        return lambda: payments.hear(open_desk, one, signed(one), secrets=[SECRET], now=now())

    numbers = at_once(*[heard(one) for one in (body, other) * 4])
    assert codes(numbers) == []
    assert (len(set(numbers)), Notice.objects.count()) == (2, 2)
    both = list(Notice.objects.values_list("id", flat=True))
    done = at_once(*[
        lambda number=number: payments.work_off(open_desk, number, provider=None)  # type: ignore[misc]
        for number in both * 4
    ])  # fmt: skip
    assert codes(done) == []
    assert set(done) == {"taken", "known"}
    assert sql.scalar("SELECT count(*) FROM cash_payment") == 1
    assert [stage.open_minor(item) for item in (debt.first, debt.second)] == [0, 0]
    proved(open_desk)


def test_many_customers_of_one_link_get_one_session(
    open_desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(open_desk)
    found = at_once(*[lambda: begin(open_desk, debt, gateway.Stripe(KEY)) for _ in range(6)])
    assert {one for one in found if isinstance(one, str)} == {f"{provider.url}/c/pay/cs_test_1"}
    assert (len(provider.sessions), Attempt.objects.count()) == (1, 1)


def test_while_a_call_is_in_flight_another_waits_or_is_told_to(
    open_desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(open_desk)
    provider.faults = ["slow"]

    def first() -> object:
        return begin(open_desk, debt, gateway.Stripe(KEY))

    def second() -> object:
        assert provider.began.wait(30)
        try:
            return begin(open_desk, debt, gateway.Stripe(KEY))
        except Conflict as conflict:
            return conflict
        finally:
            provider.go_on.set()

    found = at_once(first, second)
    assert codes(found) == ["provider_silent"]
    assert (len(provider.sessions), attempt().state) == (1, "open")


def test_a_clerk_and_the_provider_apply_to_the_same_item_at_once(
    open_desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    """Whoever is first settles it; the other's money stays whole; nobody waits for ever."""
    debts = [a_debt(open_desk, f"C{n}") for n in range(4)]
    work: list[Callable[[], object]] = []
    for debt in debts:
        session = provider.complete(session_of(begin(open_desk, debt, stripe_of)))
        notice = tell(open_desk, DONE, session)
        payment = stage.paid(open_desk, 15_000, f"by bank {debt.first}")
        items = {debt.first: 10_000, debt.second: 5_000}
        work += [
            lambda number=notice: payments.work_off(open_desk, number, provider=None),  # type: ignore[misc]
            lambda one=payment, items=items: stage.cash.apply(open_desk, one, allocations=items),  # type: ignore[misc]
        ]
    results = at_once(*work)
    assert set(codes(results)) <= {"item_changed"}
    assert [stage.open_minor(one) for debt in debts for one in (debt.first, debt.second)] == [0] * 8
    assert sql.scalar("SELECT sum(unapplied_minor) FROM cash_payment") == 4 * 15_000
    assert Attempt.objects.filter(state="paid").count() == 4
    proved(open_desk)


class _Stops(Exception):
    """The machine stops here."""


def test_a_worker_that_stops_at_any_statement_leaves_nothing_half_done(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    """The n-th statement fails, for every n; then it is worked off, and the money is there once."""
    debt = a_debt(desk)
    session = provider.complete(session_of(begin(desk, debt, stripe_of)))
    notice = tell(desk, DONE, session)
    stopped, outcome = 0, ""
    while not outcome:
        left = stopped

        def counted(execute: Any, *given: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise _Stops
            return execute(*given)

        try:
            with transaction.atomic(), connection.execute_wrapper(counted):
                outcome = verbs.work_off(desk, notice)
        except _Stops:
            stopped += 1
            assert sql.scalar("SELECT count(*) FROM cash_bankline") == 0
            assert (Notice.objects.get().state, attempt().state) == ("waiting", "open")
    assert (outcome, stopped > 30) == ("taken", True)
    assert [stage.open_minor(item) for item in (debt.first, debt.second)] == [0, 0]
    assert sql.scalar("SELECT count(*) FROM cash_payment") == 1
    proved(desk)
