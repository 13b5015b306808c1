"""Recurring invoices, replacing and billing orders at the desk: seen first, then done once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from creditdesk.customers import queries as accounts
from creditdesk.customers import services as customers
from creditdesk.insight import queries as insight
from creditdesk.invoices import issued_queries, services
from creditdesk.invoices.recurring import queries as plans
from creditdesk.invoices.recurring import services as recurring
from creditdesk.kernel.actor import Actor
from creditdesk.orders import queries as orders
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body, key_of, words
from tests.invoices.people import SELLER, a_buyer, a_draft
from tests.orders import verbs

PLAN = {
    "title": "Hall 2", "every": "1", "unit": "month", "starts_on": "2026-02-01",
    "day_of_month": "31", "customer": "C1", "lines": "1", "name-1": "Rent {period}",
    "quantity-1": "1", "unit-1": "MON", "price-1": "1250", "category-1": "S", "rate-1": "19",
}  # fmt: skip


@pytest.fixture
def biller(signed_in: SignedIn, desk: Actor) -> Client:
    services.set_seller(desk, SELLER)
    a_buyer(desk)
    return signed_in("biller")


def planned(biller: Client, **changed: str) -> str:
    key = key_of(biller, "/invoices/recurring/new")
    form = {**PLAN, **changed, "confirmed": "yes", "key": key}
    answers = [biller.post("/invoices/recurring/new", form) for _ in range(2)]
    [where] = {answer.headers["Location"] for answer in answers}
    return where


def test_the_first_three_are_seen_before_a_plan_is_set_up_and_once(
    biller: Client, desk: Actor
) -> None:
    shown = biller.post("/invoices/recurring/new", PLAN)
    said = words(shown)
    for day in ("28 Feb 2026", "31 Mar 2026", "30 Apr 2026", "1 487 .50 EUR"):
        assert day in said
    assert plans.plans(desk.company_id) == []
    where = planned(biller)
    [plan] = plans.plans(desk.company_id)
    assert where == f"/invoices/recurring/{plan.reference}/"
    said = words(biller.get(where))
    assert "every month, on the 31. or the month's last day" in said
    assert "Nothing has been issued yet" in said


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"title": ""}, "title"),
        ({"every": "0.5"}, "every"),
        ({"every": "400"}, "every"),
        ({"day_of_month": "32"}, "day_of_month"),
        ({"unit": "week"}, "day_of_month"),
        ({"count": "many"}, "count"),
        ({"ends_on": "2026-01-31"}, "ends_on"),
        ({"starts_on": ""}, "starts_on"),
        ({"name-1": "Rent {perod}"}, "name-1"),
        ({"price-1": "x"}, "price-1"),
        ({"discount": "x"}, "discount"),
        ({"customer": "NOBODY"}, "customer"),
    ],
)
def test_what_is_wrong_with_a_plan_stands_at_its_field(
    biller: Client, desk: Actor, changed: dict[str, str], name: str
) -> None:
    for confirmed in ({}, {"confirmed": "yes"}):
        answer = biller.post("/invoices/recurring/new", {**PLAN, **changed, **confirmed})
        assert answer.status_code == 422
        assert f'id="e-{name}"' in body(answer)
    assert plans.plans(desk.company_id) == []


def test_a_plan_is_changed_paused_resumed_and_ended(biller: Client, desk: Actor) -> None:
    where = planned(biller, starts_on="2026-03-01", day_of_month="")
    form = {**PLAN, "price-1": "1300", "title": "Dearer"}
    assert "1 547 .00 EUR" in words(biller.post(f"{where}edit", form))
    biller.post(f"{where}edit", {**form, "confirmed": "yes"})
    for verb, status in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        answer = biller.post(where + verb)
        assert (answer.status_code, answer.headers["Location"]) == (303, where)
        [plan] = plans.plans(desk.company_id)
        assert (plan.status, plan.title) == (status, "Dearer")
    assert biller.post(f"{where}resume").status_code == 409


def test_a_stopped_plan_is_a_need_of_the_morning_and_says_why(biller: Client, desk: Actor) -> None:
    where = planned(biller)
    [plan] = plans.plans(desk.company_id)
    customers.edit(desk, plan.customer_id, changes={"city": ""})
    recurring.run_due(desk)
    needs = {one.code: one.count for one in insight.needs(desk.company_id, desk.today)}
    assert needs["recurring_stopped"] == 1
    assert "1 recurring invoice was refused and stopped" in words(biller.get("/"))
    for address in ("/invoices/recurring/", where):
        assert "The customer's town is missing" in words(biller.get(address))


def test_an_invoice_is_replaced_as_it_was_seen(
    biller: Client, desk: Actor, signed_in: SignedIn
) -> None:
    buyer = accounts.customer(desk.company_id, "C1").id
    draft = a_draft(buyer, discount_percent=Decimal(1), terms_code="2/10 net 30")
    [number] = services.issue(desk, [draft])
    resolver = signed_in("resolver")
    page = body(resolver.get(f"/invoices/{number}/replace"))
    for value in ('value="Ball bearing 6204-2RS"', 'value="12.45"', 'value="5"', 'value="1"'):
        assert value in page
    form = {
        "customer": "C1", "issued_on": "2026-03-16", "lines": "1", "name-1": "Ball bearing",
        "quantity-1": "30", "unit-1": "C62", "price-1": "12.45", "rate-1": "19",
        "reason": "30 were delivered",
    }  # fmt: skip
    assert "444 .47 EUR" in words(resolver.post(f"/invoices/{number}/replace", form))
    assert issued_queries.replacement(desk.company_id, number) is None
    key = key_of(resolver, f"/invoices/{number}/replace")
    for _ in range(2):
        done = resolver.post(
            f"/invoices/{number}/replace", {**form, "confirmed": "yes", "key": key}
        )
        assert (done.status_code, done.headers["Location"]) == (303, "/invoices/INV-2026-000002/")
    assert f"Replaces {number}" in words(resolver.get("/invoices/INV-2026-000002/"))
    assert "Replaced by INV-2026-000002" in words(resolver.get(f"/invoices/{number}/"))
    again = resolver.get(f"/invoices/{number}/replace")
    assert again.status_code == 409


def test_an_order_is_billed_in_parts(biller: Client, desk: Actor) -> None:
    verbs.opened(desk)
    buyer = verbs.a_customer(desk, "BUYER")
    customers.edit(desk, buyer, changes={"city": "Leipzig", "country": "DE"})
    verbs.an_order(desk, "SO-7", 11_900, customer="BUYER")
    assert "Bill the order" in words(biller.get("/orders/SO-7/"))
    form = {"total": "59.50", "category": "S", "rate": "19", "text": "First half",
            "issued_on": "2026-03-16"}  # fmt: skip
    assert "Net 50 .00 EUR" in words(biller.post("/orders/SO-7/bill", form))
    key = key_of(biller, "/orders/SO-7/bill")
    for _ in range(2):
        biller.post("/orders/SO-7/bill", {**form, "confirmed": "yes", "key": key})
    assert "59 .50 EUR left" in words(biller.get("/orders/SO-7/"))
    too_much = biller.post("/orders/SO-7/bill", {**form, "total": "59.51"})
    assert (too_much.status_code, 'id="e-total"' in body(too_much)) == (422, True)
    biller.post("/orders/SO-7/bill", {**form, "confirmed": "yes"})
    assert orders.order(desk.company_id, "SO-7").status == "billed"
    assert biller.post("/orders/SO-7/bill", form).status_code == 409
