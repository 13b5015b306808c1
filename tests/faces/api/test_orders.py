"""The order check over HTTP: what goes in, what comes out, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from creditdesk.controls import services as controls
from creditdesk.credit import queries as credit
from creditdesk.kernel.actor import Actor
from creditdesk.orders import condition_queries
from creditdesk.orders import queries as orders
from tests.faces.api.conftest import Caller
from tests.orders.verbs import a_customer
from tests.support.fixtures import founded


def an_order(**changes: Any) -> dict[str, Any]:
    return {
        "customer_number": "C-1",
        "order_reference": "SO-1",
        "currency": "EUR",
        "total": "250.00",
        **changes,
    }


def test_an_accepted_order(caller: Caller, desk: Actor) -> None:
    a_customer(desk, limit=100_000)
    response = caller.post("/orders/check", an_order())
    assert response.status_code == 200
    found = response.json()
    decision_id = found.pop("decision_id")
    assert found == {
        "order_reference": "SO-1",
        "customer_number": "C-1",
        "outcome": "accepted",
        "status": "accepted",
        "fired": [],
        "limit": {"amount": "1000.00", "currency": "EUR"},
        "exposure": {"amount": "250.00", "currency": "EUR"},
        "available_credit": {"amount": "750.00", "currency": "EUR"},
        "order_total": {"amount": "250.00", "currency": "EUR"},
        "reservation": {"amount": "250.00", "currency": "EUR"},
        "policy_version": 1,
    }
    assert [one.id for one in orders.decisions(desk.company_id)] == [decision_id]
    assert caller.get("/orders/SO-1").json() == {**found, "decision_id": decision_id}


def test_a_held_order_says_every_rule_with_value_and_threshold(caller: Caller, desk: Actor) -> None:
    a_customer(desk, limit=100_000)
    found = caller.post("/orders/check", an_order(total="1000.01")).json()
    assert (found["outcome"], found["reservation"]) == ("held", None)
    assert found["available_credit"] == {"amount": "1000.00", "currency": "EUR"}
    assert found["fired"] == [
        {"rule": "limit_exceeded", "severity": "hold", "unit": "amount", "value": "1000.01",
         "threshold": "1000.00", "currency": "EUR"},
        {"rule": "limit_nearly_used", "severity": "info", "unit": "percent", "value": "100.0",
         "threshold": "90", "currency": None},
    ]  # fmt: skip


def test_release_and_cancel(caller: Caller, desk: Actor) -> None:
    customer = a_customer(desk, limit=0)
    caller.post("/orders/check", an_order())
    released = caller.post("/orders/SO-1/release", {"reason": "paid by card"}).json()
    assert (released["outcome"], released["status"]) == ("released", "released")
    assert released["reservation"] == {"amount": "250.00", "currency": "EUR"}
    cancelled = caller.post("/orders/SO-1/cancel").json()
    assert cancelled["status"] == "cancelled"
    assert credit.exposure(desk.company_id, customer)[0].reserved_minor == 0
    assert caller.post("/orders/SO-1/release", {"reason": "again"}).status_code == 409


def test_an_order_reference_may_hold_a_slash(caller: Caller, desk: Actor) -> None:
    a_customer(desk, limit=0)
    caller.post("/orders/check", an_order(order_reference="2026/17"))
    assert caller.post("/orders/2026%2F17/cancel").json()["status"] == "cancelled"


def test_the_same_order_is_answered_the_same_and_another_amount_is_a_conflict(
    caller: Caller, desk: Actor
) -> None:
    a_customer(desk)
    first = caller.post("/orders/check", an_order()).json()
    assert caller.post("/orders/check", an_order()).json() == first
    changed = caller.post("/orders/check", an_order(total="250.01"))
    assert (changed.status_code, changed.json()["code"]) == (409, "order_changed")
    assert len(orders.decisions(desk.company_id)) == 1


def test_an_idempotency_key_is_bound_to_its_request(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    first = caller.post("/orders/check", an_order(), Idempotency_Key="k-1").json()
    assert caller.post("/orders/check", an_order(), Idempotency_Key="k-1").json() == first
    other = caller.post("/orders/check", an_order(order_reference="SO-2"), Idempotency_Key="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(orders.decisions(desk.company_id)) == 1
    long = caller.post("/orders/check", an_order(order_reference="S"), Idempotency_Key="k" * 201)
    assert (long.status_code, long.json()["code"]) == (422, "idempotency_key_invalid")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"total": "-1"}, "total"),
        ({"total": 250.0}, "total"),
        ({"total": "1e5"}, "total"),
        ({"total": "NaN"}, "total"),
        ({"total": "0"}, "total"),
        ({"total": "1.005"}, "total"),
        ({"total": "٣"}, "total"),
        ({"total": "9" * 16}, "total"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "EURO"}, "currency"),
        ({"order_reference": ""}, "order_reference"),
        ({"order_reference": "  "}, "order_reference"),
        ({"order_reference": "a\x00b"}, "order_reference"),
        ({"order_reference": "\ud800"}, "order_reference"),
        ({"order_reference": "x" * 101}, "order_reference"),
        ({"customer_number": None}, "customer_number"),
        ({"placed_on": "2026-02-30"}, "placed_on"),
        ({"colour": "red"}, "colour"),
        ({"total": {"amount": "1"}}, "total"),
    ],
)
def test_bad_input_is_refused_by_field_and_nothing_happens(
    caller: Caller, desk: Actor, changes: dict[str, Any], field: str
) -> None:
    a_customer(desk)
    response = caller.post("/orders/check", an_order(**changes))
    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    found = response.json()
    assert found["place"]["field"].rpartition(".")[2] == field
    assert found["code"]
    assert found["detail"]
    assert found["mend"]
    assert orders.decisions(desk.company_id) == []


@pytest.mark.parametrize("body", ["{", "[]", "null", "[" * 100_000, "\xff"])
def test_a_body_that_is_no_object_is_refused(caller: Caller, body: str) -> None:
    response = caller.post("/orders/check", body.encode("latin-1"))
    assert (response.status_code, response.json()["code"]) == (400, "request_malformed")


def test_an_unknown_customer_is_not_found(caller: Caller) -> None:
    response = caller.post("/orders/check", an_order(customer_number="nobody"))
    assert (response.status_code, response.json()["code"]) == (404, "customer_unknown")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer cd_wrong"},
        {"Authorization": "Basic cd_wrong"},
        {"X-API-Key": "cd_wrong"},
        {"X-API-Key": "x" * 5000},
    ],
)
def test_without_a_key_nothing_is_said(desk: Actor, headers: dict[str, str]) -> None:
    response = Client().post(
        "/api/v1/orders/check", an_order(), content_type="application/json", headers=headers
    )
    assert (response.status_code, response.json()["code"]) == (401, "key_unknown")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_the_other_header_carries_a_key_too(desk: Actor) -> None:
    secret = controls.issue_key(desk.company_id, name="shop", by="test")
    response = Client().get("/api/v1/orders/SO-1", headers={"X-API-Key": secret})
    assert (response.status_code, response.json()["code"]) == (404, "order_unknown")


@pytest.mark.parametrize(
    ("role", "act", "status"),
    [
        ("sales", "check", 200),
        ("sales", "release", 403),
        ("auditor", "check", 403),
        ("analyst", "release", 403),
        ("manager", "release", 200),
    ],
)
def test_a_key_may_do_what_its_role_may(
    caller: Caller,
    caller_of: Callable[[str], Caller],
    desk: Actor,
    role: str,
    act: str,
    status: int,
) -> None:
    a_customer(desk, limit=0)
    caller.post("/orders/check", an_order(order_reference="SO-0"))
    with_role = caller_of(role)
    response = {
        "check": lambda: with_role.post("/orders/check", an_order()),
        "release": lambda: with_role.post("/orders/SO-0/release", {"reason": "known"}),
        "read": lambda: with_role.get("/customers/C-1/standing"),
    }[act]()
    assert response.status_code == status
    if status == 403:
        assert response.json()["code"] == "not_permitted"
        assert len(orders.decisions(desk.company_id)) == 1


def test_a_key_sees_its_own_company_only(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    caller.post("/orders/check", an_order())
    other = Caller(controls.issue_key(founded("other").id, name="other", by="test"))
    for address in ("/orders/SO-1", "/customers/C-1/standing"):
        assert other.get(address).status_code == 404
    assert other.post("/orders/SO-1/cancel").status_code == 404
    assert other.post("/orders/check", an_order()).status_code == 404
    assert orders.order(desk.company_id, "SO-1").status == "accepted"


def test_too_many_requests_are_turned_away(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("creditdesk.faces.api.keys.REQUESTS_MAX", 2)
    seen = [caller.get("/orders/none").status_code for _ in range(4)]
    assert set(seen) == {404, 429}


def test_what_an_order_says_of_itself_is_asked_too(caller: Caller, desk: Actor) -> None:
    a_customer(desk, limit=100_000)
    body = an_order(kind="sample", terms="net60", margin="40.00", point="ship")
    found = caller.post("/orders/check", body).json()
    assert (found["outcome"], found["fired"]) == (
        "accepted",
        [
            {"rule": "better_terms", "severity": "info", "unit": "terms", "value": "net60",
             "threshold": "net30", "currency": None},
        ],
    )  # fmt: skip
    stored = orders.order(desk.company_id, "SO-1")
    assert (stored.kind, stored.terms_code, stored.margin_minor) == ("sample", "net60", 4_000)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"point": "pick"}, "point"),
        ({"terms": "never"}, "terms"),
        ({"margin": "250.01"}, "margin"),
        ({"margin": "1.001"}, "margin"),
        ({"kind": "x" * 41}, "kind"),
    ],
)
def test_what_an_order_cannot_say(
    caller: Caller, desk: Actor, changes: dict[str, str], field: str
) -> None:
    a_customer(desk)
    response = caller.post("/orders/check", an_order(**changes))
    assert response.status_code == 422
    assert response.json()["place"]["field"].rpartition(".")[2] == field
    assert orders.orders(desk.company_id) == []


def test_a_held_order_waits_is_asked_for_and_is_decided(caller: Caller, desk: Actor) -> None:
    a_customer(desk, limit=10_000)
    caller.post("/orders/check", an_order())
    [waiting] = caller.get("/held-orders").json()["orders"]
    assert (waiting["order_reference"], waiting["rule"], waiting["awaits"]) == (
        "SO-1", "limit_exceeded", None,
    )  # fmt: skip
    assert caller.post("/orders/SO-1/notes", {"text": "urgent", "ask": True}).status_code == 200
    assert caller.post("/orders/SO-1/pause", {"reason": "asked the bank"}).status_code == 200
    assert caller.post("/orders/SO-1/pause", {"reason": "again"}).status_code == 409
    [waiting] = caller.get("/held-orders").json()["orders"]
    assert waiting["pause_reason"] == "asked the bank"
    assert waiting["asked_at"] is not None
    assert caller.post("/orders/SO-1/resume", {}).status_code == 200
    body = {
        "decision": "part_payment",
        "reason": "known",
        "amount": "150.00",
        "pay_by": "2099-01-01",
    }
    assert caller.post("/orders/SO-1/decide", body).status_code == 422
    found = caller.post("/orders/SO-1/decide", {"decision": "refuse", "reason": "known"}).json()
    assert (found["outcome"], found["status"]) == ("refused", "refused")
    assert caller.get("/held-orders").json() == {"orders": []}
    took = caller.get("/held-orders/turnaround").json()
    assert took["whole"]["count"] == 1
    assert [one["name"] for one in took["by_rule"]] == ["limit_exceeded"]
    assert caller.post("/orders/SO-1/decide", body).status_code in (409, 422)


def test_a_held_order_ships_against_instalments(caller: Caller, desk: Actor) -> None:
    a_customer(desk, limit=10_000)
    caller.post("/orders/check", an_order())
    first = (desk.today + timedelta(days=7)).isoformat()
    body = {"decision": "plan", "reason": "known", "amount": "90.00", "pay_by": first, "parts": 13}
    assert caller.post("/orders/SO-1/decide", body).status_code == 422
    found = caller.post("/orders/SO-1/decide", {**body, "parts": 2}).json()
    assert (found["outcome"], found["status"]) == ("released", "released")
    [plan] = condition_queries.open_conditions(desk.company_id, None)
    assert [one.minor for one in plan.instalments] == [4_500, 4_500]


def test_many_orders_are_answered_in_their_order(caller: Caller, desk: Actor) -> None:
    a_customer(desk, limit=100_000)
    a_customer(desk, "C-2", limit=100)
    asked = [
        an_order(total="600.00"),
        an_order(order_reference="SO-2", total="400.01"),
        an_order(order_reference="SO-3", customer_number="C-2", total="1.00"),
    ]
    first = caller.post("/orders/check-many", {"orders": asked}, Idempotency_Key="k-1")
    assert first.status_code == 200
    answers = first.json()["answers"]
    assert [(one["order_reference"], one["outcome"]) for one in answers] == [
        ("SO-1", "accepted"), ("SO-2", "held"), ("SO-3", "accepted"),
    ]  # fmt: skip
    again = caller.post("/orders/check-many", {"orders": asked}, Idempotency_Key="k-1")
    assert again.json() == first.json()
    assert len(orders.decisions(desk.company_id)) == 3
    for one in answers:
        assert caller.get(f"/orders/{one['order_reference']}").json() == one


@pytest.mark.parametrize(
    ("bad", "status", "code", "place"),
    [
        ({"customer_number": "C-9"}, 404, "customer_unknown", {"field": None, "line": 2}),
        ({"total": "1.005"}, 422, "amount_invalid", {"field": "total", "line": 2}),
        ({"terms": "never"}, 422, "order_terms_unknown", {"field": "terms", "line": 2}),
        ({"order_reference": "SO-1"}, 409, "order_changed", {"field": None, "line": 2}),
    ],
)
def test_one_bad_line_of_many_decides_nothing(
    caller: Caller, desk: Actor, bad: dict[str, Any], status: int, code: str, place: Any
) -> None:
    a_customer(desk)
    second = an_order(**{"order_reference": "SO-2", "total": "2.00", **bad})
    response = caller.post("/orders/check-many", {"orders": [an_order(), second]})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["place"] == place
    assert orders.decisions(desk.company_id) == []


@pytest.mark.parametrize("count", [0, 201])
def test_no_order_and_too_many_are_refused(caller: Caller, desk: Actor, count: int) -> None:
    a_customer(desk)
    given = [an_order(order_reference=f"SO-{n}") for n in range(count)]
    assert caller.post("/orders/check-many", {"orders": given}).status_code == 422
    assert orders.decisions(desk.company_id) == []
