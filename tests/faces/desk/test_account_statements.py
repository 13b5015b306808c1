"""Statements of account at the desk: shown, as a PDF, as a table, sent, and sent by themselves."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from creditdesk.contact.models import Message
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact
from creditdesk.kernel.actor import Actor
from creditdesk.statements.models import Schedule, Sent
from tests.faces.desk.pages import body, words
from tests.invoices.people import a_customer, recorded
from tests.invoices.people import an_invoice as invoice_of

HERE = "/customers/C-1/statement"
FEBRUARY = {"from": "2026-02-01", "to": "2026-02-28"}


@pytest.fixture
def owing(desk: Actor) -> int:
    """A customer with an invoice of January and one of February."""
    customer_id = a_customer(desk, "C-1")
    for number, day, minor in (("R-1", 12, 100_00), ("R-2", 9, 250_00)):
        month = 1 if number == "R-1" else 2
        one = invoice_of(
            customer_id, number, issued_on=date(2026, month, day),
            due_on=date(2026, month + 1, day), net_minor=minor, tax_minor=0,
        )  # fmt: skip
        recorded(desk, one)
    return customer_id


def with_mail(desk: Actor, customer_id: int) -> None:
    person = NewContact(name="Ada", email="ada@buyer.example", language="en", is_primary=True)
    customers.add_contact(desk, customer_id, contact=person)


def test_the_page_shows_what_moved_and_leads_to_each_document(manager: Client, owing: int) -> None:
    answer = manager.get(HERE, FEBRUARY)
    page = words(answer)
    assert "Brought forward 100 .00 EUR Moved 250 .00 EUR Balance 350 .00 EUR" in page
    assert "Past due 100 .00 EUR" in page
    assert 'href="/invoices/R-2/"' in body(answer)
    assert 'href="/invoices/R-1/"' not in body(answer)
    assert "None was sent yet." in page


def test_a_period_in_which_nothing_was_owed(manager: Client, owing: int) -> None:
    page = words(manager.get(HERE, {"from": "2025-11-01", "to": "2025-11-30"}))
    assert "Nothing was owed, and nothing moved between these days." in page


def test_the_pdf_and_the_table_are_given(manager: Client, owing: int) -> None:
    pdf = manager.get(f"{HERE}.pdf", {**FEBRUARY, "currency": "EUR"})
    assert pdf.content.startswith(b"%PDF")
    assert "statement-C-1-2026-02-28-EUR.pdf" in pdf["Content-Disposition"]
    assert manager.get(f"{HERE}.pdf", {**FEBRUARY, "currency": "USD"}).status_code == 404
    table = b"".join(manager.get(HERE, {**FEBRUARY, "format": "csv"}))  # type: ignore[arg-type]
    assert b"R-2,Invoice,EUR,250.00,350.00" in table


def test_it_is_sent_once_however_often_the_button_is_pressed(
    manager: Client, owing: int, desk: Actor
) -> None:
    with_mail(desk, owing)
    form = {**FEBRUARY, "key": "one-form"}
    first = manager.post(f"{HERE}/send", form, follow=True)
    assert "The statement is queued; the mailbox shows it" in words(first)
    manager.post(f"{HERE}/send", form, follow=True)
    assert Sent.objects.count() == Message.objects.count() == 1
    listed = words(manager.get("/account-statements/"))
    assert "100 .00 250 .00 350 .00 EUR MSG-2026-000001" in listed


def test_without_an_address_the_page_says_so(manager: Client, owing: int) -> None:
    said = words(manager.post(f"{HERE}/send", FEBRUARY, follow=True))
    assert "Nobody at the customer has an e-mail address." in said
    assert Message.objects.count() == 0


def test_the_interval_is_set_for_everybody_and_for_one(manager: Client, owing: int) -> None:
    manager.post("/account-statements/schedule", {"every": "quarter"})
    manager.post("/account-statements/schedule", {"every": "never", "customer": "C-1"})
    told = [(row.customer_id, row.every) for row in Schedule.objects.order_by("id")]
    assert told == [(None, "quarter"), (owing, "never")]
    page = words(manager.get("/account-statements/"))
    assert "Sent every quarter." in page
    assert "1 customer has an interval of their own." in page
    assert manager.post("/account-statements/schedule", {"every": "daily"}).status_code == 422


def test_days_that_are_none_are_refused(manager: Client, owing: int) -> None:
    assert manager.get(HERE, {"from": "2026-02-31"}).status_code == 422
    wrong = manager.post(f"{HERE}/send", {"from": "2026-03-01", "to": "2026-02-01"})
    assert wrong.status_code == 422
    assert Message.objects.count() == 0
