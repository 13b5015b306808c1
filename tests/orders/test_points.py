"""What the policy may ask further of an order, and asking again before it ships or is invoiced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from creditdesk.credit import queries as credit
from creditdesk.credit import services as credit_services
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.invoices.documents.values import TaxCategory
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid
from creditdesk.orders import queries, services
from creditdesk.orders.services import Billing, CheckResult
from creditdesk.policy import rules as policy_rules
from creditdesk.policy import services as policy
from tests.orders.verbs import EARLY, a_customer, an_invoice, an_order
from tests.support.fixtures import TODAY

On = Callable[[date], Actor]


def under(actor: Actor, **orders: object) -> None:
    """The company's policy says this of orders from today on."""
    policy.publish(actor, given={**policy_rules.DEFAULT, "orders": orders}, valid_from=TODAY)


def asked(actor: Actor, reference: str = "SO-1", minor: int = 10_000, **more: Any) -> CheckResult:
    return services.check(
        actor,
        customer_number="C-1",
        order_reference=reference,
        currency=more.pop("currency", "EUR"),
        total_minor=minor,
        placed_on=TODAY,
        **more,
    )


def fired(result: CheckResult) -> Mapping[str, tuple[str, int | str, int | str]]:
    return {one.rule: (one.severity, one.value, one.threshold) for one in result.fired}


def reserved(actor: Actor) -> int:
    return sum(row.reserved_minor for row in credit.exposures(actor.company_id))


def test_one_order_may_be_only_so_large_in_any_currency(desk: Actor) -> None:
    under(desk, order_minor_max=10_000)
    a_customer(desk)
    assert asked(desk, "A", 10_000).outcome == "accepted"
    assert fired(asked(desk, "B", 10_001)) == {"order_size": ("hold", 10_001, 10_000)}
    # 125 dollars are 100 euros
    assert asked(desk, "C", 12_500, currency="USD").outcome == "accepted"
    assert fired(asked(desk, "D", 12_501, currency="USD")) == {
        "order_size": ("hold", 10_001, 10_000)
    }


def test_a_limit_that_ran_out_is_named_where_policy_says_so(desk: Actor) -> None:
    customer = a_customer(desk, limit=None)
    credit_services.set_limit(
        desk, customer, minor=50_000, currency="EUR", valid_from=EARLY,
        valid_to=TODAY - timedelta(days=1),
    )  # fmt: skip
    assert fired(asked(desk, "A")) == {"no_limit": ("hold", 10_000, 0)}
    under(desk, expired_limit_means="hold", refuse=["limit_expired"])
    result = asked(desk, "B")
    assert (result.outcome, result.status) == ("refused", "refused")
    assert fired(result) == {"limit_expired": ("refuse", "2026-03-15", "2026-03-16")}
    assert reserved(desk) == 0


def test_better_terms_than_the_customers_own_are_seen(desk: Actor) -> None:
    a_customer(desk)
    result = asked(desk, "A", terms_code="net60")
    assert (result.outcome, fired(result)) == (
        "accepted", {"better_terms": ("info", "net60", "net30")},
    )  # fmt: skip
    under(desk, better_terms_mean="hold")
    assert asked(desk, "B", terms_code="net60").outcome == "held"
    assert fired(asked(desk, "C", terms_code="net14")) == {}
    assert fired(asked(desk, "D", terms_code="net30")) == {}
    customers.set_terms(
        desk, queries.order(desk.company_id, "A").customer_id, terms_code="net60",
        valid_from=TODAY,
    )  # fmt: skip
    assert asked(desk, "E", terms_code="net60").outcome == "accepted"
    assert services.recheck(desk, "B").outcome == "accepted"


def test_terms_nobody_wrote_down_are_refused_and_nothing_is_kept(desk: Actor) -> None:
    a_customer(desk)
    with pytest.raises(Invalid) as refused:
        asked(desk, terms_code="never")
    assert (refused.value.code, refused.value.place.field) == ("order_terms_unknown", "terms")
    assert queries.orders(desk.company_id) == []


def test_a_segment_a_customer_and_a_kind_may_be_left_out_of_a_rule(desk: Actor) -> None:
    under(
        desk,
        exclusions=[
            {"rule": "limit_exceeded", "segments": ["public"]},
            {"rule": "no_limit", "kinds": ["sample"], "up_to_minor": 5_000},
        ],
    )
    customers.create(
        desk, new=[NewCustomer(number="P-1", name="Town", currency="EUR", segment="public")]
    )
    a_customer(desk, limit=None)
    assert fired(an_order(desk, "A", customer="P-1"))["no_limit"][0] == "hold"
    result = asked(desk, "B", 5_000, kind="sample")
    assert (result.outcome, fired(result)) == ("accepted", {"no_limit": ("excused", 5_000, 0)})
    assert asked(desk, "C", 5_001, kind="sample").outcome == "held"
    assert asked(desk, "D", 5_000, kind="SAMPLE").outcome == "held"
    for one in queries.decisions(desk.company_id):
        again = queries.replay(desk.company_id, one)
        assert (again.outcome, again.fired) == (one.outcome, one.fired)


@pytest.mark.parametrize("point", ["ship", "invoice"])
def test_only_the_points_of_the_policy_ask_again(desk: Actor, on: On, point: str) -> None:
    customer = a_customer(desk)
    asked(desk)
    credit_services.block(desk, customer, reason="fraud")
    later = on(TODAY + timedelta(days=2))
    assert asked(later, point=point).status == "accepted"
    assert len(queries.decisions(desk.company_id)) == 1
    under(desk, check_points=["confirm", point])
    held = asked(later, point=point)
    assert (held.outcome, held.status, held.reserved_minor) == ("held", "held", 0)
    assert list(fired(held)) == ["blocked"]
    assert reserved(desk) == 0
    assert queries.decisions(desk.company_id)[-1].inputs["point"] == point


def test_within_the_grace_the_answer_stands(desk: Actor, on: On) -> None:
    under(desk, check_points=["confirm", "ship"], grace_days=3)
    customer = a_customer(desk)
    asked(desk)
    credit_services.block(desk, customer, reason="fraud")
    assert asked(on(TODAY + timedelta(days=3)), point="ship").status == "accepted"
    assert asked(on(TODAY + timedelta(days=4)), point="ship").status == "held"


def test_asked_again_an_order_does_not_stand_in_its_own_way(desk: Actor, on: On) -> None:
    under(desk, check_points=["confirm", "ship"])
    a_customer(desk, limit=10_000)
    asked(desk)
    again = asked(on(TODAY + timedelta(days=1)), point="ship")
    assert (again.outcome, again.exposure_minor, again.available_minor) == ("accepted", 10_000, 0)
    assert again.reserved_minor == 10_000
    assert reserved(desk) == 10_000
    assert len(queries.decisions(desk.company_id)) == 2


def test_what_a_person_overruled_ships_but_something_new_stops_it(desk: Actor, on: On) -> None:
    under(desk, check_points=["confirm", "ship"])
    customer = a_customer(desk, limit=5_000)
    asked(desk)
    services.release(desk, "SO-1", "known to us")
    shipped = asked(on(TODAY + timedelta(days=1)), point="ship")
    assert (shipped.status, fired(shipped)["limit_exceeded"][0]) == ("released", "excused")
    again = asked(on(TODAY + timedelta(days=2)), point="ship")
    assert again.status == "released"
    an_invoice(desk, customer, 9_000, due_on=TODAY - timedelta(days=45))
    stopped = asked(on(TODAY + timedelta(days=3)), point="ship")
    assert stopped.status == "held"
    assert fired(stopped)["overdue"][0] == "hold"
    for one in queries.decisions(desk.company_id):
        assert queries.replay(desk.company_id, one).fired == one.fired


def test_an_order_the_rules_would_stop_is_not_billed(desk: Actor, on: On) -> None:
    under(desk, check_points=["confirm", "invoice"])
    customer = a_customer(desk)
    asked(desk)
    credit_services.block(desk, customer, reason="fraud")
    later = on(TODAY + timedelta(days=1))
    with pytest.raises(Conflict) as refused:
        services.bill(later, "SO-1", Billing(category=TaxCategory.REVERSE_CHARGE))
    assert refused.value.code == "order_would_be_held"
    assert refused.value.context["rules"] == "blocked"
    assert reserved(desk) == 10_000
    assert queries.order(desk.company_id, "SO-1").status == "accepted"


def test_a_point_nobody_knows_is_refused(desk: Actor) -> None:
    a_customer(desk)
    with pytest.raises(Invalid) as refused:
        asked(desk, point="pick")
    assert (refused.value.code, refused.value.place.field) == ("check_point_unknown", "point")
    assert queries.orders(desk.company_id) == []
