"""Many orders at once, each on a connection of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TypeVar

from django.db import connections, transaction

from creditdesk.credit import queries as credit
from creditdesk.credit import services as credit_services
from creditdesk.credit.rules import ExposureChange, NewLimit
from creditdesk.customers import services as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.orders import condition_queries, services
from creditdesk.orders import queries as orders
from creditdesk.orders.services import Choice, reacting
from tests.orders.verbs import EARLY, a_customer, an_order, opened
from tests.support.fixtures import TODAY, founded

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


DECIDERS = (
    Choice(way="release", reason="known for years"),
    Choice(way="refuse", reason="too much at once"),
    Choice(way="part_payment", reason="pays when pressed", minor=1_000, pay_by=TODAY),
    Choice(way="plan", reason="pays when pressed", minor=1_000, pay_by=TODAY),
)


def test_of_those_who_decide_an_order_at_once_one_wins_and_the_others_hear_how(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    customer = a_customer(actor, limit=1_000)
    for turn in range(10):
        reference = f"SO-{turn}"
        seen = an_order(actor, reference, 5_000).decision_id
        answers = at_once(
            [
                lambda r=reference, n=n, s=seen: services.choose(  # type: ignore[misc]
                    replace(actor, name=f"decider {n}"),
                    r,
                    replace(DECIDERS[n], seen_decision_id=s),
                )
                for n in range(4)
            ],
            clerks=4,
        )
        won = [n for n, one in enumerate(answers) if not isinstance(one, Exception)]
        lost = [one for one in answers if isinstance(one, Conflict)]
        assert (len(won), len(lost)) == (1, 3)
        way, who = DECIDERS[won[0]].way, f"decider {won[0]}"
        assert {(one.code, one.context["decided_by"], one.context["way"]) for one in lost} == {
            ("order_decided_meanwhile", who, way)
        }
        stored = orders.decisions(actor.company_id, reference)
        assert [one.decided_by for one in stored] == [actor.name, who]
        kept = [row.order_reference for row in credit.reservations(actor.company_id, [customer])]
        assert (reference in kept) == (way in ("release", "plan"))
        if orders.order(actor.company_id, reference).status in ("held", "released"):
            services.cancel(actor, reference)


def test_a_double_click_decides_once(committed_db: str, actor_of: Callable[..., Actor]) -> None:
    actor = opened(actor_of(founded().id))
    a_customer(actor, limit=1_000)
    seen = an_order(actor, "SO-1", 5_000).decision_id
    choice = replace(DECIDERS[2], seen_decision_id=seen)
    answers = at_once([lambda: services.choose(actor.keyed("click"), "SO-1", choice)] * 6, clerks=6)
    assert len(set(map(repr, answers))) == 1
    assert not isinstance(answers[0], Exception)
    assert len(orders.decisions(actor.company_id)) == 2
    assert len(condition_queries.open_conditions(actor.company_id, None)) == 1


def batch(actor: Actor, references: list[str], customer: Callable[[int], str]) -> list[str]:
    answers = services.check_all(
        actor,
        [
            services.ToCheck(
                customer_number=customer(n),
                order_reference=reference,
                currency="EUR",
                total_minor=1_000,
                placed_on=actor.today,
            )
            for n, reference in enumerate(references)
        ],
    )
    return [one.outcome for one in answers]


def test_batches_at_once_against_shared_room_for_37_accept_exactly_37(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    ids = [a_customer(actor, f"G-{n}", limit=10**7) for n in range(5)]
    for child in ids[1:]:
        customers.set_parent(actor, child, parent_id=ids[0], valid_from=EARLY)
    shared = NewLimit(group_id=ids[0], minor=37_999, currency="EUR", valid_from=EARLY)
    credit_services.set_limits(actor, [shared])
    answers = at_once(
        [
            lambda t=t: batch(  # type: ignore[misc]
                actor, [f"SO-{t}-{n}" for n in range(20)], lambda n: f"G-{n % 5}"
            )
            for t in range(10)
        ],
        clerks=10,
    )
    assert Counter(outcome for one in answers for outcome in one) == {  # type: ignore[union-attr]
        "accepted": 37, "held": 163,
    }  # fmt: skip
    rows = credit.exposures(actor.company_id, ids)
    assert sum(row.reserved_minor for row in rows) == 37 * 1_000
    assert len(credit.reservations(actor.company_id)) == 37


def test_batches_orders_and_rechecks_in_any_order_never_wait_in_a_circle(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    ids = [a_customer(actor, f"C-{n}", limit=5_000) for n in range(12)]
    # The top of each group has a higher id than what belongs to it, and stands between others.
    for child, parent in ((0, 7), (1, 5), (2, 7), (3, 5)):
        customers.set_parent(actor, ids[child], parent_id=ids[parent], valid_from=EARLY)

    def again(part: list[int]) -> list[str]:
        return list(reacting.look_again(actor, part).accepted)

    calls: list[Callable[[], list[str]]] = []
    for t in range(12):
        calls += [
            lambda t=t: batch(actor, [f"A-{t}-{n}" for n in range(12)], lambda n: f"C-{n}"),  # type: ignore[misc]
            lambda t=t: batch(actor, [f"B-{t}-{n}" for n in range(12)], lambda n: f"C-{11 - n}"),  # type: ignore[misc]
            lambda t=t: [an_order(actor, f"S-{t}", 1_000, customer=f"C-{t}").outcome],  # type: ignore[misc]
            lambda t=t: again(ids[t % 6 :: 2]),  # type: ignore[misc]
        ]
    answers = at_once(calls, clerks=8)
    assert not [one for one in answers if isinstance(one, Exception)]
    for customer in ids:
        [row] = credit.exposures(actor.company_id, [customer])
        assert row.reserved_minor == 5_000
    assert len(credit.reservations(actor.company_id)) == 60


def test_two_batches_of_the_same_orders_turned_round_agree(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    for n in range(10):
        a_customer(actor, f"C-{n}", limit=500 if n % 2 else 5_000)
    references = [f"SO-{n}" for n in range(10)]
    answers = at_once(
        [
            lambda: batch(actor, references, lambda n: f"C-{n}"),
            lambda: batch(actor, references[::-1], lambda n: f"C-{9 - n}")[::-1],
        ]
        * 4,
        clerks=8,
    )
    assert answers == [["accepted", "held"] * 5] * 8
    assert len(orders.decisions(actor.company_id)) == 10


def test_batches_that_share_references_but_no_customers_end_in_a_conflict_not_in_a_circle(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    for n in range(20):
        a_customer(actor, f"C-{n}")
    for turn in range(5):
        references = [f"SO-{turn}-{n}" for n in range(10)]
        answers = at_once(
            [
                lambda r=references: batch(actor, r, "C-{}".format),  # type: ignore[misc]
                lambda r=references[::-1]: batch(actor, r, "C-1{}".format),  # type: ignore[misc]
            ],
            clerks=2,
        )
        [won] = [one for one in answers if not isinstance(one, Exception)]
        [lost] = [one for one in answers if isinstance(one, Conflict)]
        assert won == ["accepted"] * 10
        assert (lost.code, "line" in lost.context) == ("order_changed", True)
    assert len(credit.reservations(actor.company_id)) == 50
