"""The page of the periods: the trial balance, what keeps a period open, closing and reopening."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.test import Client

from creditdesk import wiring
from creditdesk.controls.models import User
from creditdesk.kernel.actor import Actor
from creditdesk.ledger import queries as ledger
from creditdesk.ledger.rules import Boundary
from creditdesk.plumbing import sql
from tests.controls.people import person
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import words
from tests.invoices.people import a_customer, an_invoice, recorded

FEBRUARY = date(2026, 2, 28)


@pytest.fixture
def book(desk: Actor) -> Actor:
    """An invoice of February; today is 16 March."""
    wiring.connect()
    recorded(desk, replace(an_invoice(a_customer(desk)), issued_on=date(2026, 2, 10)))
    return desk


@pytest.mark.usefixtures("desk")
def test_an_empty_book_says_so(manager: Client) -> None:
    assert "Nothing was posted yet" in words(manager.get("/periods/"))


def test_a_period_is_closed_and_reopened_on_the_page(manager: Client, book: Actor) -> None:
    page = words(manager.get("/periods/"))
    assert "Receivables EUR" in page
    assert "Nothing: it is over" in page
    response = manager.post("/periods/close", {"last_on": "2026-02-28", "kind": "soft"})
    assert (response.status_code, response["Location"]) == (303, "/periods/?at=2026-02-28")
    assert ledger.boundary(book.company_id) == Boundary(1, None, FEBRUARY)
    manager.post("/periods/close", {"last_on": "2026-02-28"})
    assert ledger.boundary(book.company_id).closed_through == FEBRUARY
    page = words(manager.get("/periods/?at=2026-02-28"))
    assert "Ask to reopen the period" in page
    assert "Close the period" not in page
    response = manager.post("/periods/reopen", {"last_on": "2026-02-28", "reason": ""})
    assert response.status_code == 422
    assert ledger.boundary(book.company_id).closed_through == FEBRUARY
    response = manager.post(
        "/periods/reopen", {"last_on": "2026-02-28", "reason": "a late invoice"}
    )
    address = response["Location"]
    assert (response.status_code, address) == (303, "/approvals/APR-2026-000001/")
    assert ledger.boundary(book.company_id).closed_through == FEBRUARY
    assert "You asked for it, so somebody else decides" in words(manager.get(address))
    assert manager.post(f"{address}approve", {"confirmed": "yes"}).status_code == 403
    other = Client()
    other.force_login(User.objects.get(id=person(book, "max", "manager").user_id))
    page = words(other.get(address))
    assert "Reopen the period from" in page
    assert "What exactly runs once it is approved" in page
    assert "ledger.reopen_period reason a late invoice last_on 2026-02-28" in page
    assert "It is done at once" in words(other.post(f"{address}approve"))
    assert ledger.boundary(book.company_id).closed_through == FEBRUARY
    assert other.post(f"{address}approve", {"confirmed": "yes"}).status_code == 303
    assert ledger.boundary(book.company_id) == Boundary(3)
    assert "a late invoice" in words(manager.get("/periods/"))


def test_what_keeps_a_period_open_is_said(manager: Client, book: Actor) -> None:
    page = words(manager.get("/periods/?at=2026-03-31"))
    assert "The period is not over yet" in page
    assert "Close the period" not in page
    assert manager.post("/periods/close", {"last_on": "2026-03-31"}).status_code == 403
    sql.execute("UPDATE invoices_item SET open_minor = open_minor - 1")
    page = words(manager.get("/periods/?at=2026-02-28"))
    assert "The books do not prove: " in page
    assert "receivable_control: customer C1" in page
    assert ledger.boundary(book.company_id) == Boundary()


@pytest.mark.parametrize("role", ["auditor", "collector"])
def test_others_read_and_close_nothing(signed_in: SignedIn, book: Actor, role: str) -> None:
    client = signed_in(role)
    page = words(client.get("/periods/?at=2026-02-28"))
    assert "Trial balance" in page
    assert "Close the period" not in page
    for address, given in (
        ("close", {"last_on": "2026-02-28"}),
        ("reopen", {"last_on": "2026-02-28", "reason": "x"}),
    ):
        assert client.post(f"/periods/{address}", given).status_code == 403
    assert ledger.boundary(book.company_id) == Boundary()


def test_the_trial_balance_is_a_file_too(manager: Client, book: Actor) -> None:
    response = manager.get("/periods/?at=2026-02-28&format=csv")
    text = b"".join(response).decode("utf-8-sig")  # type: ignore[arg-type]
    assert text.splitlines()[0] == "Account,Currency,Opening,Debits,Credits,Closing"
    assert text.count("Receivables,EUR,0.00,") == 1


@pytest.mark.usefixtures("book")
def test_a_day_that_ends_no_period_is_not_there(manager: Client) -> None:
    assert manager.get("/periods/?at=2026-02-27").status_code == 404
    assert manager.get("/periods/?at=nonsense").status_code in (200, 404, 422)
