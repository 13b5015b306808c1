"""Recurring, replaced and voided invoices, and orders billed, by another system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from creditdesk.controls import services as controls
from creditdesk.customers import queries as accounts
from creditdesk.customers import services as customers
from creditdesk.invoices import queries, services
from creditdesk.invoices.recurring import queries as plans
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock
from tests.faces.api.conftest import Caller
from tests.invoices.people import SELLER, a_buyer
from tests.orders import verbs

LINE = {"name": "Rent {period}", "quantity": "1", "price": "1250", "rate_percent": "19"}
INVOICE: dict[str, Any] = {"customer_number": "B1", "currency": "EUR", "lines": [LINE]}
PLAN: dict[str, Any] = {
    "title": "Hall 2", "invoice": INVOICE, "starts_on": "2026-01-31", "day_of_month": 31,
}  # fmt: skip


@pytest.fixture
def seller(desk: Actor) -> Iterator[Actor]:
    services.set_seller(desk, SELLER)
    a_buyer(desk, "B1")
    with clock.held_at(desk.at):
        yield desk


@pytest.fixture
def biller(seller: Actor) -> Caller:
    return Caller(controls.issue_key(seller.company_id, name="erp", by="test", role="biller"))


@pytest.fixture
def resolver(seller: Actor) -> Caller:
    return Caller(controls.issue_key(seller.company_id, name="res", by="test", role="resolver"))


def test_a_plan_is_set_up_once_run_paused_and_ended(biller: Caller, seller: Actor) -> None:
    given = {**PLAN, "count": 3, "starts_on": "2026-01-31"}
    answers = [biller.post("/invoices/recurring", given, Idempotency_Key="k") for _ in range(2)]
    [reference] = {answer.json()["reference"] for answer in answers}
    assert answers[0].json()["next"][1] == {
        "turn": 2, "due_on": "2026-02-28", "from_on": "2026-02-28", "through_on": "2026-03-30",
    }  # fmt: skip
    run = biller.post("/invoices/recurring/run", {})
    assert run.json() == {"numbers": ["INV-2026-000001", "INV-2026-000002"]}
    assert biller.post("/invoices/recurring/run", {}).json() == {"numbers": []}
    for verb, body, status in (
        ("pause", {}, "paused"), ("resume", {"skip_missed": True}, "active"), ("end", {}, "ended"),
    ):  # fmt: skip
        answer = biller.post(f"/invoices/recurring/{reference}/{verb}", body)
        assert (answer.status_code, answer.json()["status"]) == (200, status)
        assert biller.get(f"/invoices/recurring/{reference}").json()["status"] == status
    assert len(biller.get("/invoices/recurring").json()["plans"]) == 1


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"every": 0}, "recurring_every_invalid", "every"),
        ({"day_of_month": 32}, "recurring_day_invalid", "day_of_month"),
        ({"invoice": {**INVOICE, "customer_number": "NOBODY"}}, "customer_unknown",
         "invoice.customer_number"),
        ({"invoice": {**INVOICE, "lines": [{**LINE, "name": "{x}"}]}}, "placeholder_unknown",
         "invoice.lines.0.name"),
        ({"invoice": {**INVOICE, "terms": "NOSUCH"}}, "terms_unknown", "invoice.terms"),
        ({"invoice": {**INVOICE, "due_on": "2026-05-01"}}, "request_invalid", None),
        ({"interval": "year"}, "request_invalid", None),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_plan_is_placed(
    biller: Caller, seller: Actor, changed: dict[str, Any], code: str, field: str | None
) -> None:
    answer = biller.post("/invoices/recurring", {**PLAN, **changed})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    if field:
        assert answer.json()["place"]["field"] == field
    assert plans.plans(seller.company_id) == []


def test_an_invoice_is_replaced_and_voided(biller: Caller, resolver: Caller, seller: Actor) -> None:
    biller.post("/invoices/issue", {"invoices": [INVOICE, INVOICE]})
    line = {**LINE, "price": "1200", "rate_percent": "200"}
    wrong = {"reason": "x", "invoice": {**INVOICE, "lines": [line]}}
    refused = resolver.post("/invoices/INV-2026-000001/replace", wrong)
    assert (refused.json()["code"], refused.json()["place"]["field"]) == (
        "rate_out_of_range", "invoice.lines.0.rate_percent",
    )  # fmt: skip
    body = {"reason": "x", "invoice": {**INVOICE, "lines": [{**LINE, "price": "1200"}]}}
    for _ in range(2):
        done = resolver.post("/invoices/INV-2026-000001/replace", body, Idempotency_Key="r")
        assert done.json() == {"reversal": "CN-2026-000001", "number": "INV-2026-000003"}
    void = resolver.post("/invoices/INV-2026-000002/void", {"reason": "x"})
    assert void.json() == {"number": "CN-2026-000002"}
    again = resolver.post("/invoices/INV-2026-000002/void", {"reason": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "credited_already")
    assert [one.total_minor for one in queries.open_items(seller.company_id)] == [142_800]
    assert biller.post("/invoices/INV-2026-000003/void", {"reason": "x"}).status_code == 403


def test_an_order_is_billed(biller: Caller, seller: Actor) -> None:
    verbs.opened(seller)
    buyer = verbs.a_customer(seller, "BUYER")
    customers.edit(seller, buyer, changes={"city": "Leipzig", "country": "DE"})
    assert accounts.customer(seller.company_id, "BUYER").city == "Leipzig"
    verbs.an_order(seller, "SO/7", 11_900, customer="BUYER")
    part = biller.post("/orders/SO/7/bill", {"rate_percent": "19", "total": "59.50"})
    assert part.json() == {"number": "INV-2026-000001"}
    for body, code, field in (
        ({"rate_percent": "19", "total": "59.51"}, "bill_above_order", "total"),
        ({}, "rate_missing", "rate_percent"),
        ({"category": "E"}, "exemption_reason_missing", "exemption_reason"),
    ):
        answer = biller.post("/orders/SO/7/bill", body)
        assert (answer.status_code, answer.json()["code"], answer.json()["place"]["field"]) == (
            422, code, field,
        )  # fmt: skip
    rest = biller.post("/orders/SO/7/bill", {"rate_percent": "19"})
    assert rest.json() == {"number": "INV-2026-000002"}
    assert biller.post("/orders/SO/7/bill", {"rate_percent": "19"}).status_code == 409
