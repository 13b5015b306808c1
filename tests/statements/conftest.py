"""Acorn, of whom statements tell."""

from __future__ import annotations

from datetime import date

import pytest

from creditdesk.cash import services as cash
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact
from creditdesk.kernel.actor import Actor
from tests.insight.books import Books, opened


def with_mail(books: Books, customer_id: int, email: str = "ap@acorn.example") -> None:
    person = NewContact(name="Ada Payable", email=email, language="en", is_primary=True)
    customers.add_contact(books.actor, customer_id, contact=person)


@pytest.fixture
def books(actor: Actor) -> Books:
    """Acorn: an invoice of January, half paid in February with five too much, a second invoice."""
    books = opened(actor, "Acorn", "Birch")
    acorn = books.customers[0]
    first = books.on(date(2026, 1, 12)).invoice(
        acorn, 1200, issued=date(2026, 1, 12), due=date(2026, 1, 26)
    )
    payment = books.on(date(2026, 2, 10)).receive(605, on=date(2026, 2, 9))
    cash.apply(books.actor, payment, allocations={first: 600})
    books.invoice(acorn, 300, issued=date(2026, 2, 20), due=date(2026, 3, 20))
    books.on(date(2026, 3, 2))
    return books
