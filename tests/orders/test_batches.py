"""Many orders checked at once are decided as they would be one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection

from creditdesk.controls.models import AuditEntry
from creditdesk.credit import queries as credit
from creditdesk.credit import services as credit_services
from creditdesk.credit.rules import NewLimit
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound
from creditdesk.orders import queries, services
from creditdesk.orders.services import CheckResult, ToCheck
from creditdesk.plumbing import sql
from creditdesk.policy import rules as policy_rules
from creditdesk.policy import services as policy
from tests.credit.test_typed_limits import a_group
from tests.orders.verbs import EARLY, a_customer, an_invoice, an_order, opened
from tests.support.fixtures import TODAY, founded

On = Callable[[date], Actor]


def order(reference: str, minor: int = 10_000, customer: str = "C-1", **more: Any) -> ToCheck:
    return ToCheck(
        customer_number=customer,
        order_reference=reference,
        currency=more.pop("currency", "EUR"),
        total_minor=minor,
        placed_on=TODAY,
        **more,
    )


def one_by_one(actor: Actor, asked: Sequence[ToCheck]) -> list[CheckResult]:
    return [
        services.check(
            actor,
            customer_number=one.customer_number,
            order_reference=one.order_reference,
            currency=one.currency,
            total_minor=one.total_minor,
            placed_on=one.placed_on,
            kind=one.kind,
            terms_code=one.terms_code,
            margin_minor=one.margin_minor,
            point=one.point,
        )
        for one in asked
    ]


# -- as one after the other -----------------------------------------------------------------------

STRICT: dict[str, Any] = {
    "order_minor_max": 9_000,
    "refuse": ["blocked", "order_size"],
    "exclusions": [
        {"rule": "limit_exceeded", "segments": ["public"]},
        {"rule": "no_limit", "kinds": ["sample"], "up_to_minor": 5_000},
        {"rule": "overdue", "customers": ["LATE"]},
    ],
    "check_points": ["confirm", "ship"],
    "expired_limit_means": "hold",
    "better_terms_mean": "hold",
    "hold_percent": "95",
}
POLICIES: Sequence[dict[str, Any]] = (
    {"check_points": ["confirm", "ship"]},
    {"check_points": ["confirm", "ship"], "exposure": {"count_reserved": False}},
    {"exposure": {"count_open": False, "haircut_percent": "10"}, "limit_tolerance_percent": "5"},
    STRICT,
)
CAST = ("C-1", "LATE", "NONE", "OVER", "USD", "IN-USD", "BLOCKED", "TOWN", "G-0", "G-1", "G-2")


def a_cast(actor: Actor) -> None:
    """Customers of every kind a rule looks at, in a company of their own."""
    a_customer(actor, "C-1", limit=30_000)
    late = a_customer(actor, "LATE", limit=40_000)
    an_invoice(actor, late, 6_000, due_on=TODAY - timedelta(days=45))
    a_customer(actor, "NONE", limit=None)
    over = a_customer(actor, "OVER", limit=None)
    credit_services.set_limit(
        actor, over, minor=50_000, currency="EUR", valid_from=EARLY,
        valid_to=TODAY - timedelta(days=1),
    )  # fmt: skip
    a_customer(actor, "USD", limit=25_000, currency="USD")
    narrow = a_customer(actor, "IN-USD", limit=60_000)
    credit_services.set_limits(
        actor,
        [
            NewLimit(
                customer_id=narrow, minor=12_500, currency="USD", valid_from=EARLY,
                only_currency=True,
            )
        ],
    )  # fmt: skip
    credit_services.block(actor, a_customer(actor, "BLOCKED"), reason="fraud")
    customers.create(
        actor, new=[NewCustomer(number="TOWN", name="Town", currency="EUR", segment="public")]
    )
    town = queries_id(actor, "TOWN")
    credit_services.set_limit(actor, town, minor=8_000, currency="EUR", valid_from=EARLY)
    a_group(actor, 2, 20_000)


def queries_id(actor: Actor, number: str) -> int:
    return int(
        sql.scalar(
            "SELECT id FROM customers_customer WHERE company_id = %s AND number = %s",
            [actor.company_id, number],
        )
    )


def under(actor: Actor, given: dict[str, Any]) -> None:
    orders = {name: value for name, value in given.items() if name != "exposure"}
    exposure = {**policy_rules.DEFAULT["exposure"], **given.get("exposure", {})}
    policy.publish(
        actor,
        given={**policy_rules.DEFAULT, "orders": orders, "exposure": exposure},
        valid_from=EARLY + timedelta(days=1),
    )


def drawn(chance: Random, known: Sequence[ToCheck], at: int) -> list[ToCheck]:
    """New orders of anybody, the same customer's often, and some that were asked about before."""
    found: list[ToCheck] = []
    for n in range(28):
        earlier = [*known, *found]
        if earlier and chance.random() < 0.25:
            again = chance.choice(earlier)
            found.append(replace(again, point=chance.choice(["confirm", "ship", "invoice"])))
            continue
        found.append(
            order(
                f"SO-{at}-{n}",
                chance.choice([900, 2_000, 5_000, 9_001, 12_000]),
                chance.choice(CAST),
                currency=chance.choice(["EUR", "EUR", "USD", "JPY", "CHF"]),
                kind=chance.choice(["", "sample"]),
                terms_code=chance.choice(["", "", "net14", "net60"]),
                margin_minor=chance.choice([None, 100]),
            )
        )
    return found


FIGURES = {
    "orders": """
        SELECT reference, customer.number, o.currency, total_minor, placed_on, o.status, kind,
               terms_code, margin_minor, o.recorded_at
          FROM orders_order o JOIN customers_customer customer ON customer.id = o.customer_id
         WHERE o.company_id = %s ORDER BY o.id""",
    "decisions": """
        SELECT reference, outcome, fired::text, inputs::text, policy_version, decided_by, reason
          FROM orders_decision d JOIN orders_order o ON o.id = d.order_id
         WHERE d.company_id = %s ORDER BY d.id""",
    "exposure": """
        SELECT number, e.currency, open_minor, unapplied_minor, reserved_minor
          FROM credit_exposure e JOIN customers_customer c ON c.id = e.customer_id
         WHERE e.company_id = %s AND e.reserved_minor <> 0 ORDER BY 1, 2""",
    "reservations": """
        SELECT order_reference, currency, minor, open_minor, status, expires_on
          FROM credit_reservation WHERE company_id = %s ORDER BY 1""",
    "waits": """
        SELECT reference, rule, goal_minutes, held_at, due_at, ended_at
          FROM orders_wait w JOIN orders_order o ON o.id = w.order_id
         WHERE w.company_id = %s ORDER BY 1, w.id""",
    "events": """
        SELECT data->>'order_reference', data->>'outcome', data->>'fired'
          FROM plumbing_event WHERE company_id = %s AND name = 'orders.decided' ORDER BY id""",
}


def figures(actor: Actor) -> dict[str, list[Any]]:
    with connection.cursor() as cursor:
        found = {}
        for name, statement in FIGURES.items():
            cursor.execute(statement, [actor.company_id])
            found[name] = cursor.fetchall()
    return found


@pytest.mark.parametrize("seed", range(8))
def test_many_at_once_are_decided_as_one_after_the_other(
    seed: int, company: Any, actor_of: Callable[..., Actor]
) -> None:
    given = POLICIES[seed % len(POLICIES)]
    singly, together = actor_of(company.id), actor_of(founded("beta").id)
    for one in (singly, together):
        policy.ensure_default(one, valid_from=EARLY)
        a_cast(one)
        under(one, given)
    opened(singly)
    chance = Random(seed)
    known: list[ToCheck] = []
    outcomes: Counter[str] = Counter()
    for n in range(3):
        asked = drawn(chance, known, n)
        known += asked
        later = TODAY + timedelta(days=2 * n)
        expected = one_by_one(actor_of(company.id, today=later), asked)
        answers = services.check_all(actor_of(together.company_id, today=later), asked)
        assert [replace(one, decision_id=0) for one in answers] == [
            replace(one, decision_id=0) for one in expected
        ]
        outcomes.update(one.outcome for one in answers)
        if n == 1:
            for one in (singly, together):
                an_invoice(one, queries_id(one, "C-1"), 6_000, due_on=TODAY - timedelta(days=50))
    assert figures(together) == figures(singly)
    assert outcomes["accepted"] > 5
    assert outcomes["held"] > 5
    assert (outcomes["refused"] > 0) == (given is STRICT)


def test_what_one_takes_of_a_limit_is_gone_for_the_next(desk: Actor) -> None:
    a_customer(desk, limit=10_000)
    a_group(desk, 2, 5_000)
    answers = services.check_all(
        desk,
        [
            order("A", 6_000),
            order("B", 4_001),
            order("C", 4_000),
            order("D", 3_000, "G-1"),
            order("E", 2_001, "G-2"),
            order("F", 2_000, "G-0"),
        ],
    )
    assert [(one.order_reference, one.outcome) for one in answers] == [
        ("A", "accepted"), ("B", "held"), ("C", "accepted"),
        ("D", "accepted"), ("E", "held"), ("F", "accepted"),
    ]  # fmt: skip
    assert [one.available_minor for one in answers[:3]] == [4_000, 4_000, 0]
    stored = queries.orders(desk.company_id)
    assert [one.reference for one in reversed(stored)] == list("ABCDEF")


def test_nothing_asked_is_nothing_answered(desk: Actor) -> None:
    assert services.check_all(desk, []) == ()


def test_the_same_order_twice_in_a_batch_is_decided_once(desk: Actor) -> None:
    a_customer(desk)
    first, second = services.check_all(desk, [order("A"), order("A")])
    assert first == second
    assert len(queries.decisions(desk.company_id)) == 1
    assert credit.exposures(desk.company_id)[0].reserved_minor == 10_000


# -- all or nothing -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "kind", "code", "field"),
    [
        (order("B", customer="NOBODY"), NotFound, "customer_unknown", None),
        (order("B", customer="SHUT"), DomainError, "customer_closed", None),
        (order("B", 0), Invalid, "order_total_invalid", "total"),
        (order("", 1), Invalid, "order_reference_invalid", "order_reference"),
        (order("B", currency="eur"), Invalid, "currency_unknown", "currency"),
        (order("B", point="pick"), Invalid, "check_point_unknown", "point"),
        (order("B", terms_code="never"), Invalid, "order_terms_unknown", "terms"),
        (order("B", margin_minor=10_001), Invalid, "order_margin_invalid", "margin"),
        (order("OLD", 2), Conflict, "order_changed", None),
        (order("A", 2), Conflict, "order_changed", None),
        (order("A", customer="C-2"), Conflict, "order_changed", None),
        (order("GONE", 1), Conflict, "order_cancelled", None),
    ],
)
def test_one_that_cannot_be_refuses_all_and_says_which(
    desk: Actor, bad: ToCheck, kind: type[DomainError], code: str, field: str | None
) -> None:
    a_customer(desk)
    a_customer(desk, "C-2")
    shut = a_customer(desk, "SHUT", limit=None)
    customers.close(desk, shut, reason="moved away")
    an_order(desk, "OLD", 1)
    an_order(desk, "GONE", 1)
    services.cancel(desk, "GONE")
    before = figures(desk), AuditEntry.objects.count()
    with pytest.raises(kind) as refused:
        services.check_all(desk, [order("A"), order("C"), bad, order("D")])
    assert refused.value.code == code
    if isinstance(refused.value, Invalid):
        assert (refused.value.place.line, refused.value.place.field) == (3, field)
    else:
        assert refused.value.context["line"] == 3
    assert (figures(desk), AuditEntry.objects.count()) == before


def test_a_batch_leaves_one_line_in_the_audit_trail(desk: Actor) -> None:
    a_customer(desk, limit=10**7)
    before = AuditEntry.objects.count()
    services.check_all(desk, [order(f"SO-{n}", 100) for n in range(50)])
    assert AuditEntry.objects.count() == before + 1
    entry = AuditEntry.objects.latest("id")
    assert entry.command == "orders.check"
    assert entry.arguments["requests"]["count"] == 50


def test_a_key_answers_the_same_batch_once(desk: Actor) -> None:
    a_customer(desk, limit=10**7)
    asked = [order("A"), order("B", 20_000_000)]
    first = services.check_all(desk.keyed("k-1"), asked)
    assert services.check_all(desk.keyed("k-1"), asked) == first
    assert len(queries.decisions(desk.company_id)) == 2
    with pytest.raises(Invalid) as refused:
        services.check_all(desk.keyed("k-1"), asked[:1])
    assert refused.value.code == "idempotency_key_reused"


# -- how often the database is asked --------------------------------------------------------------


@contextmanager
def statements() -> Iterator[list[str]]:
    asked: list[str] = []

    def note(execute: Any, statement: str, *given: Any) -> Any:
        asked.append(statement)
        return execute(statement, *given)

    with connection.execute_wrapper(note):
        yield asked


def test_as_many_statements_for_a_hundred_as_for_three(desk: Actor) -> None:
    a_group(desk, 2, 40_000)
    for n in range(10):
        a_customer(desk, f"C-{n}", limit=15_000)
    found = []
    for batch, count in enumerate((3, 100)):
        asked = [
            order(f"SO-{batch}-{n}", 20_000 if n == 1 else 6_000, ("G-1", "C-1", "C-2")[n % 3])
            for n in range(count)
        ]
        with statements() as told:
            answers = services.check_all(desk, asked)
        assert {one.outcome for one in answers} == {"accepted", "held"}
        with statements() as again:
            assert services.check_all(desk, asked) == answers
        found.append((len(told), len(again)))
    # Of the test's own transaction two savepoints; turns, policy, known, facts, orders with their
    # decisions, reservations, the company's hours, waits, journal, audit trail.
    assert found == [(12, 7)] * 2


def test_held_orders_are_looked_at_again_by_as_many_statements(desk: Actor) -> None:
    for n in range(30):
        a_customer(desk, f"C-{n}", limit=1_000)
    services.check_all(desk, [order("SO-0", 5_000, "C-0")])
    with statements() as one:
        assert services.recheck_held(desk) == services.RecheckResult((), 1)
    services.check_all(desk, [order(f"SO-{n}", 5_000, f"C-{n}") for n in range(1, 30)])
    with statements() as thirty:
        assert services.recheck_held(desk) == services.RecheckResult((), 30)
    assert len(one) == len(thirty)
    assert len(thirty) == 8, thirty


def test_the_oldest_held_order_of_a_group_gets_the_room(desk: Actor) -> None:
    ids = a_group(desk, 2, 1_000)
    services.check_all(desk, [order(f"SO-{n}", 5_000, f"G-{n % 3}") for n in range(6)])
    credit_services.set_limits(
        desk,
        [NewLimit(group_id=ids[0], minor=15_500, currency="EUR", valid_from=TODAY, reason="more")],
    )
    found = services.recheck_held(desk)
    assert (found.accepted, found.still_held) == (("SO-0", "SO-3", "SO-1"), 3)
    assert sum(one.reserved_minor for one in credit.exposures(desk.company_id)) == 15_000
    ended = sql.scalars(
        "SELECT outcome FROM orders_wait WHERE company_id = %s AND ended_at IS NOT NULL",
        [desk.company_id],
    )
    assert ended == ["accepted"] * 3
    assert len(queries.decisions(desk.company_id)) == 9
