"""Verbs of the desk's tests: somebody late, money that came in, a reminder written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.collections import services as collections
from creditdesk.contact import queries as contact
from creditdesk.customers.rules import NewContact
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid
from tests.cash import stage
from tests.invoices.people import a_customer, an_invoice, recorded

FRIDAY = date(2026, 3, 13)


def a_debtor(actor: Actor, number: str = "C1", *, minor: int = 50_000, late_days: int = 20) -> int:
    """Open an account with a contact and one late invoice `INV-<number>`; return the account."""
    customer_id = a_customer(
        actor,
        number,
        name=f"Acorn {number}",
        contacts=(
            NewContact(
                name="Ann Archer", email=f"ann@{number.lower()}.example", phone="+49 30 123",
                is_primary=True,
            ),
        ),
    )  # fmt: skip
    due = actor.today - timedelta(days=late_days)
    invoice = an_invoice(
        customer_id, f"INV-{number}", net_minor=minor, tax_minor=0, due_on=due,
        issued_on=due - timedelta(days=30),
    )  # fmt: skip
    recorded(actor, invoice)
    return customer_id


def a_fresh_bank(actor: Actor) -> None:
    """Take in a statement of the previous business day, so that reminders may go out."""
    stage.take_in(actor, stage.Paid(minor=-100, text="bank charges", on=FRIDAY))


def a_payment(actor: Actor, minor: int, text: str = "", name: str = "", iban: str = "") -> str:
    """Take in one receipt, match it, and return its reference."""
    payment_id = stage.paid(actor, minor, text, name=name, iban=iban, on=FRIDAY)
    cash_services.match(actor, payment_ids=[payment_id])
    return next(row.reference for row in cash.payments(actor.company_id) if row.id == payment_id)


def a_reminder(actor: Actor) -> str:
    """Make today's run and return the newest message."""
    collections.run(actor, run_on=actor.today)
    return contact.mailbox(actor.company_id).rows[0].reference


# A bank's table whose headings no reader knows.
ODD_TABLE = (
    b"Konto DE02120300000000202051\n"
    b"Wann;Wieviel;Wer;Wofuer\n03.04.2026;12,50;Acorn;INV-C1\n04.04.2026;-1,00;Bank;fee\n"
)


def a_refused_file(actor: Actor, name: str = "odd.csv", content: bytes = ODD_TABLE) -> int:
    """Try to take the file in, keep it as refused, and return its number."""
    with pytest.raises(Invalid) as refused:
        cash_services.take_in(actor, filename=name, content=content)
    return cash_services.keep_refused(
        actor, filename=name, content=content, why=cash_services.refusal_of(refused.value)
    )
