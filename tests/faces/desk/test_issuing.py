"""Issuing at the desk: the form with its lines, the preview, the page with its files, crediting."""

from __future__ import annotations

import pytest
from django.test import Client

from creditdesk.invoices import issued_queries, queries, services
from creditdesk.kernel.actor import Actor
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body, key_of, words
from tests.invoices.people import SELLER, a_buyer, a_draft

LINES = {
    "name-1": "Ball bearing", "quantity-1": "40", "unit-1": "C62", "price-1": "12,45",
    "category-1": "S", "rate-1": "19", "name-2": "Manual", "quantity-2": "2", "price-2": "18",
    "unit-2": "C62", "category-2": "S", "rate-2": "7", "discount-2": "50",
}  # fmt: skip
HEAD = {"customer": "C1", "issued_on": "2026-03-16", "lines": "2"}


@pytest.fixture
def biller(signed_in: SignedIn, desk: Actor) -> Client:
    services.set_seller(desk, SELLER)
    a_buyer(desk)
    return signed_in("biller")


def test_it_is_seen_before_it_is_issued(biller: Client, desk: Actor) -> None:
    shown = biller.post("/invoices/new", {**HEAD, **LINES})
    # 498.00 and 36.00 less half; tax 94.62 and 1.26
    assert "Total 611 .88 EUR" in words(shown)
    assert "Nothing has been issued yet" in words(shown)
    assert queries.open_items(desk.company_id) == []


def test_issuing_twice_with_one_form_issues_once(biller: Client, desk: Actor) -> None:
    form = {**HEAD, **LINES, "confirmed": "yes", "key": key_of(biller, "/invoices/new")}
    for _ in range(2):
        answer = biller.post("/invoices/new", form)
        assert (answer.status_code, answer.headers["Location"]) == (
            303,
            "/invoices/INV-2026-000001/",
        )
    [item] = queries.open_items(desk.company_id)
    assert item.total_minor == 61_188


def test_an_equal_one_from_another_tab_is_asked_about_first(biller: Client, desk: Actor) -> None:
    tabs = [{**HEAD, **LINES, "key": key_of(biller, "/invoices/new")} for _ in range(2)]
    for tab in tabs:  # both previewed before either is issued
        assert "a moment ago" not in words(biller.post("/invoices/new", tab))
    issued = [biller.post("/invoices/new", {**tab, "confirmed": "yes"}) for tab in tabs]
    assert [answer.status_code for answer in issued] == [303, 409]
    asked = words(issued[1])
    assert "INV-2026-000001 was issued to this customer a moment ago" in asked
    assert "It is another one: issue it" in asked
    assert len(queries.open_items(desk.company_id)) == 1
    assert "a moment ago" in words(biller.post("/invoices/new", tabs[1]))
    again = {**tabs[1], "confirmed": "yes", "another": "yes"}
    for _ in range(2):  # that one is meant, and still only once
        answer = biller.post("/invoices/new", again)
        assert (answer.status_code, answer["Location"]) == (303, "/invoices/INV-2026-000002/")
    other = {**HEAD, **LINES, "quantity-2": "3", "key": key_of(biller, "/invoices/new")}
    assert biller.post("/invoices/new", {**other, "confirmed": "yes"}).status_code == 303
    assert len(queries.open_items(desk.company_id)) == 3


@pytest.mark.parametrize(
    ("changed", "name", "said"),
    [
        ({"customer": "NOBODY"}, "customer", "There is no customer"),
        ({"customer": ""}, "customer", "Nothing was given"),
        ({"price-2": "cheap"}, "price-2", "no figure"),
        ({"quantity-1": "NaN"}, "quantity-1", "no figure"),
        ({"price-1": "0.0000001"}, "price-1", "no figure"),
        ({"name-2": " "}, "name-2", ""),
        ({"rate-1": "101"}, "rate-1", ""),
        ({"category-1": "E"}, "exemption_reason", ""),
        ({"issued_on": "2026-03-17"}, "issued_on", "has not come"),
    ],
)
@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "yes"}])
def test_what_is_wrong_stands_at_its_field(
    biller: Client,
    desk: Actor,
    changed: dict[str, str],
    name: str,
    said: str,
    confirmed: dict[str, str],
) -> None:
    answer = biller.post("/invoices/new", {**HEAD, **LINES, **changed, **confirmed})
    assert answer.status_code == 422
    assert f'id="e-{name}"' in body(answer)
    assert said in words(answer)
    assert queries.open_items(desk.company_id) == []


def test_lines_come_and_go_and_keep_what_was_typed(biller: Client) -> None:
    more = body(biller.post("/invoices/new", {**HEAD, **LINES, "add": "yes"}))
    assert 'name="name-3"' in more
    assert 'value="Manual"' in more
    fewer = body(biller.post("/invoices/new", {**HEAD, **LINES, "remove": "1"}))
    assert 'name="name-1" type="text" autocomplete="off" maxlength="500" value="Manual"' in fewer
    assert 'name="name-2"' not in fewer
    last = body(biller.post("/invoices/new", {**HEAD, "lines": "1", "remove": "1"}))
    assert 'name="name-1"' in last
    odd = biller.post("/invoices/new", {**HEAD, "lines": "x", "remove": "99"})
    assert odd.status_code == 200


def test_the_page_shows_lines_and_gives_the_files(biller: Client, desk: Actor) -> None:
    biller.post("/invoices/new", {**HEAD, **LINES, "confirmed": "yes"})
    shown = words(biller.get("/invoices/INV-2026-000001/"))
    assert "Ball bearing 40 12.45 S 19 % 498 .00" in shown
    issued = issued_queries.issued(desk.company_id, "INV-2026-000001")
    assert issued is not None
    assert issued.payment_reference in shown
    for form, begins in (("pdf", b"%PDF"), ("ubl", b"<?xml"), ("cii", b"<?xml")):
        file = biller.get(f"/invoices/INV-2026-000001/document?form={form}")
        assert file.content.startswith(begins)
    assert biller.get("/invoices/INV-2026-000001/document?form=exe").status_code == 404


def test_the_seller_is_written_down_by_master_data(signed_in: SignedIn, desk: Actor) -> None:
    keeper = signed_in("master_data")
    form = {
        "valid_from": "2026-03-01", "name": "Acme", "street": "Kai 1", "city": "Kiel",
        "country": "DE", "vat_number": "DE123456788", "account": "DE75512108001245126198",
    }  # fmt: skip
    refused = keeper.post("/invoices/seller", form)
    assert refused.status_code == 422
    assert "check digits" in words(refused)
    assert keeper.post(
        "/invoices/seller", {**form, "account": "DE75512108001245126199"}
    ).status_code == 303  # fmt: skip
    [row] = issued_queries.sellers(desk.company_id)
    assert (row.name, row.account) == ("Acme", "DE75512108001245126199")


def test_lines_are_credited_at_the_desk(signed_in: SignedIn, desk: Actor) -> None:
    services.set_seller(desk, SELLER)
    [number] = services.issue(desk, [a_draft(a_buyer(desk))])
    resolver = signed_in("resolver")
    form = {"total": "1321.88", "issued_on": "2026-03-16", "reason": "Broken", "quantity-1": "10"}
    shown = words(resolver.post(f"/invoices/{number}/credit", form))
    assert "Credit note 148 .16 EUR" in shown
    assert queries.invoice(desk.company_id, number).credited_minor == 0
    resolver.post(f"/invoices/{number}/credit", {**form, "confirmed": "yes"})
    assert queries.invoice(desk.company_id, number).credited_minor == 14_816
    note = words(resolver.get("/invoices/CN-2026-000001/"))
    assert "Ball bearing 6204-2RS 10 12.45 S 19 % 124 .50" in note
