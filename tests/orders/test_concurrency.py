"""Many orders at once, each on a connection of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections, transaction

from creditdesk.credit import queries as credit
from creditdesk.credit import services as credit_services
from creditdesk.credit.rules import ExposureChange
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.orders import queries as orders
from creditdesk.orders import services
from tests.orders.verbs import a_customer, an_order, opened
from tests.support.fixtures import founded

CLERKS = 20
T = TypeVar("T")


def at_once(calls: list[Callable[[], T]], clerks: int = CLERKS) -> list[T | Exception]:
    """Run the calls in threads that all begin together; each ends its own connection."""
    gate = Barrier(clerks)
    shares = [calls[n::clerks] for n in range(clerks)]

    def work(share: list[Callable[[], T]]) -> list[T | Exception]:
        found: list[T | Exception] = []
        gate.wait()
        try:
            for call in share:
                try:
                    found.append(call())
                except Conflict as conflict:
                    found.append(conflict)
        finally:
            connections.close_all()
        return found

    with ThreadPoolExecutor(clerks) as pool:
        return [one for share in pool.map(work, shares) for one in share]


ROUNDS = 20


def test_200_orders_against_room_for_37_twenty_times(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    for turn in range(ROUNDS):
        customer = a_customer(actor, f"C-{turn}", limit=37 * 1_000 + 999)
        answers = at_once(
            [
                lambda n=n, t=turn: (
                    an_order(  # type: ignore[misc]
                        actor, f"SO-{t}-{n}", 1_000, customer=f"C-{t}"
                    ).outcome
                )
                for n in range(200)
            ]
        )
        assert Counter(answers) == {"accepted": 37, "held": 163}
        [row] = credit.exposure(actor.company_id, customer)
        assert row.reserved_minor == 37 * 1_000
        assert len(credit.reservations(actor.company_id, [customer])) == 37
        stored = orders.orders(actor.company_id, customer_id=customer)
        assert Counter(one.status for one in stored) == {"accepted": 37, "held": 163}


def test_two_currencies_share_one_limit(committed_db: str, actor_of: Callable[..., Actor]) -> None:
    actor = opened(actor_of(founded().id))
    customer = a_customer(actor, limit=20 * 1_000)
    answers = at_once(
        [
            lambda n=n: an_order(  # type: ignore[misc]
                actor, f"SO-{n}", *((1_000,) if n % 2 else (1_250,)),
                currency="EUR" if n % 2 else "USD",
            ).outcome
            for n in range(80)
        ]
    )  # fmt: skip
    assert Counter(answers) == {"accepted": 20, "held": 60}
    reserved = {
        row.currency: row.reserved_minor for row in credit.exposure(actor.company_id, customer)
    }
    assert reserved["EUR"] * 5 + reserved["USD"] * 4 == 20 * 1_000 * 5
    assert credit.standing(actor.company_id, customer, actor.today).available_minor == 0


def test_one_order_asked_about_twenty_times_at_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    customer = a_customer(actor)
    answers = at_once([lambda: an_order(actor, "SO-1", 1_000)] * 20)
    assert len(set(answers)) == 1
    [row] = credit.exposure(actor.company_id, customer)
    assert row.reserved_minor == 1_000
    assert len(orders.decisions(actor.company_id)) == 1


def test_one_idempotency_key_twenty_times_at_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    a_customer(actor)
    answers = at_once([lambda: an_order(actor.keyed("key-1"), "SO-1", 1_000)] * 20)
    assert len(set(answers)) == 1
    assert len(orders.decisions(actor.company_id)) == 1


def test_one_reference_for_two_customers_goes_to_one(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    for number in ("C-1", "C-2"):
        a_customer(actor, number)
    answers = at_once(
        [lambda n=n: an_order(actor, "SO-1", 1_000, customer=f"C-{1 + n % 2}") for n in range(20)]  # type: ignore[misc]
    )
    refused = [one for one in answers if isinstance(one, Conflict)]
    assert {one.code for one in refused} == {"order_changed"}
    assert len(refused) == 10
    assert sum(row.reserved_minor for row in credit.exposures(actor.company_id)) == 1_000


def test_orders_cancellations_and_invoices_at_once_leave_the_reservations_exact(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    customer = a_customer(actor, limit=1_000_000)
    for n in range(60):
        an_order(actor, f"OLD-{n}", 100)

    def turn(n: int) -> str:
        if n % 3 == 0:
            return services.cancel(actor, f"OLD-{n}").status
        if n % 3 == 1:
            with transaction.atomic():
                credit_services.convert(actor, {(customer, f"OLD-{n}"): 40})
                credit_services.change_exposure(actor, [owed(40)])
            return "converted"
        return an_order(actor, f"NEW-{n}", 100).status

    def owed(minor: int) -> ExposureChange:
        return ExposureChange(customer_id=customer, currency="EUR", open_minor=minor)

    answers = at_once([lambda n=n: turn(n) for n in range(60)], clerks=12)  # type: ignore[misc]
    assert Counter(answers) == {"cancelled": 20, "converted": 20, "accepted": 20}
    [row] = credit.exposure(actor.company_id, customer)
    live = credit.reservations(actor.company_id)
    assert row.open_minor == 20 * 40
    assert (
        row.reserved_minor == sum(one.open_minor for one in live) == 20 * 60 + 20 * 100 + 20 * 100
    )
