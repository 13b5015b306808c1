"""Advices, payers of others and the figures of matching, as people use them."""

from __future__ import annotations

import tomllib

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from tests.faces.desk.everything import DETAILS, something_of_everything
from tests.faces.desk.pages import body, words
from tests.faces.desk.work import a_debtor, a_payment
from tests.support.machine import ROOT

CONTENT = b"Invoice number;Amount paid;Deduction;Reason\nINV-C1;600,00;50,00;damaged goods\n"


def given(client: Client, content: bytes, name: str = "avis.csv") -> int:
    file = SimpleUploadedFile(name, content)
    return int(client.post("/cash/advices/take-in", {"file": file}).status_code)


def test_an_advice_is_taken_in_shown_and_serves_its_payment(manager: Client, desk: Actor) -> None:
    a_debtor(desk, "C1")
    [item] = invoices.open_items(desk.company_id)
    paid = item.open_minor - 5_000
    content = CONTENT.replace(b"600,00", f"{paid // 100},{paid % 100:02d}".encode())
    payment = a_payment(desk, paid, "as advised", name="")
    assert given(manager, content) == 303
    page = manager.get("/cash/advices/")
    assert "serves a payment" in words(page)
    [row] = cash.advices(desk.company_id).rows
    shown = manager.get(f"/cash/advices/{row.reference}/")
    assert "damaged goods" in words(shown)
    assert payment in body(shown)
    told = manager.get(f"/cash/payments/{payment}/")
    assert row.reference in body(told)
    assert "The advice keeps back 50.00 EUR of INV-C1: damaged goods" in words(told)


def test_a_refused_advice_says_where_and_is_set_aside(manager: Client, desk: Actor) -> None:
    assert given(manager, b"Invoice;Paid\nX-1;abc\n", "bad.csv") == 422
    [row] = cash.advices(desk.company_id).rows
    shown = words(manager.get(f"/cash/advices/{row.reference}/"))
    assert "bad.csv, line 2, Paid" in shown
    address = f"/cash/advices/{row.reference}/set-aside"
    assert manager.post(address, {"reason": ""}).status_code == 422
    assert manager.post(address, {"reason": "a test"}).status_code == 303
    assert cash.advice_counts(desk.company_id) == {"set_aside": 1}


def test_a_wrong_payment_is_said_at_the_advice(manager: Client, desk: Actor) -> None:
    a_debtor(desk, "C1")
    assert given(manager, CONTENT) == 303
    [row] = cash.advices(desk.company_id).rows
    response = manager.post(f"/cash/advices/{row.reference}/tie", {"payment": "PAY-0"})
    assert response.status_code == 422
    assert "There is no payment" in words(response)


def test_a_payment_is_split_over_customers_found_by_number_and_amount(
    manager: Client, desk: Actor
) -> None:
    a_debtor(desk, "C1")
    a_debtor(desk, "C2")
    first, second = sorted(invoices.open_items(desk.company_id), key=lambda one: one.number)
    total = first.open_minor + second.open_minor
    payment = a_payment(desk, total, "two at once", name="Northern Holding")
    found = manager.get(f"/cash/payments/{payment}/?find=inv%20c1")
    assert "Add to the split" in words(found)
    assert first.number in body(found)
    amount = f"{second.open_minor / 100:.2f}"
    assert second.number in body(manager.get(f"/cash/payments/{payment}/?find={amount}"))
    also = f"{first.item_id},{second.item_id}"
    split = body(manager.get(f"/cash/payments/{payment}/?also={also}"))
    assert f'name="amount-{first.item_id}"' in split
    assert f'name="amount-{second.item_id}"' in split
    posted = manager.post(
        f"/cash/payments/{payment}/apply",
        {
            f"amount-{first.item_id}": f"{first.open_minor / 100:.2f}",
            f"amount-{second.item_id}": amount,
        },
    )
    assert posted.status_code == 303
    assert invoices.open_items(desk.company_id) == []
    assert manager.get(f"/cash/payments/{payment}/?also=x,,{'9' * 40}").status_code == 200


def test_who_pays_for_whom_is_said_and_ended(manager: Client, desk: Actor) -> None:
    a_debtor(desk, "C1")
    form = {"payer_name": "Northern Holding", "customer": "C1", "kind": "factor"}
    assert manager.post("/cash/payers/relate", form).status_code == 303
    shown = words(manager.get("/cash/payers/"))
    assert "Northern Holding" in shown
    assert "factor" in shown
    assert manager.post("/cash/payers/relate", {"customer": "C1"}).status_code == 422
    [row] = cash.relation_rows(desk.company_id)
    assert manager.post(f"/cash/payers/{row.id}/end").status_code == 303
    assert cash.relation_rows(desk.company_id) == []


def test_the_figures_stand_on_the_matching_screen_and_lead_to_payments(
    manager: Client, desk: Actor
) -> None:
    a_debtor(desk, "C1")
    [item] = invoices.open_items(desk.company_id)
    a_payment(desk, item.open_minor, item.number, name="Acorn C1")
    wrong = a_payment(desk, 500, "who knows", name="Nobody At All")
    cash_services.match(desk)
    screen = words(manager.get("/cash/exceptions/"))
    assert "Straight through" in screen
    assert "50.0 %" in screen
    page = manager.get("/cash/figures/?behind=not_straight")
    assert wrong in body(page)
    assert "fifty confirmed payments" in words(page)
    assert manager.post("/cash/figures/train").status_code == 303


def test_every_screen_of_cash_shows_how_honest_matching_is(manager: Client, desk: Actor) -> None:
    made = something_of_everything(desk)
    listed = ("/cash/exceptions/", "/cash/statements/", "/cash/returns/")
    pages = [*listed, *(made.get(one, one) for one in DETAILS if one.startswith("/cash/"))]
    for address in pages:
        page = manager.get(address)
        assert (page.status_code, body(page).count("data-figures")) == (200, 1), address
        for figure in ("Straight through", "Lines hit", "False matches", "Oldest waits"):
            assert figure in words(page), address
    matrix = tomllib.loads((ROOT / "tests/controls/matrix.toml").read_text(encoding="utf-8"))
    screens = {
        route
        for rows in matrix.values()
        if isinstance(rows, dict)
        for route, row in (rows.items() if not {"get", "post"} & rows.keys() else ())
        if isinstance(row, dict) and route.startswith("cash/") and "get" in row
    }
    flat = {route for route, row in matrix.items() if route.startswith("cash/") and "get" in row}
    # At the counter, and where amounts are only put in order, nothing is matched.
    matching = {
        route
        for route in screens | flat
        if not route.startswith(("cash/receipts", "cash/deposits", "cash/order"))
        and not route.endswith("/exchange")
    }
    assert len(matching) == len(pages), sorted(matching)
