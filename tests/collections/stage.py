"""What the tests of collections build on: customers who owe, and banks that close."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from creditdesk.cash import services as cash
from creditdesk.invoices import queries as invoices
from creditdesk.invoices import services as invoicing
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from tests.contact.stage import a_customer

ACCOUNT = "DE02120300000000202051"
FRIDAY = date(2026, 3, 13)


def an_item(
    actor: Actor,
    customer_id: int,
    *,
    late: int,
    minor: int = 10_000,
    currency: str = "EUR",
    number: str = "",
) -> int:
    """Record an invoice that is so many days late today, and return its item."""
    due_on = actor.today - timedelta(days=late)
    number = number or f"INV-{customer_id}-{currency}-{late}"
    invoicing.record(
        actor,
        [
            NewInvoice(
                customer_id=customer_id, number=number, issued_on=due_on - timedelta(days=30),
                due_on=due_on, currency=currency, net_minor=minor,
            )
        ],
    )  # fmt: skip
    [row] = [i for i in invoices.open_items(actor.company_id) if i.number == number]
    return row.item_id


def a_debtor(actor: Actor, number: str = "C1", *, late: int, **known: Any) -> tuple[int, int]:
    """Return a customer with one late item, and the item."""
    minor = known.pop("minor", 10_000)
    customer_id = a_customer(actor, number, **known)
    return customer_id, an_item(actor, customer_id, late=late, minor=minor)


def bank_closed(actor: Actor, on: date = FRIDAY, *lines: tuple[int, str]) -> None:
    """Take in a statement that closes on a date, with receipts given as (minor, text)."""
    opening = 100_000
    closing = opening + sum(minor for minor, _ in lines)
    day = on.strftime("%y%m%d")
    entries = "".join(
        f":61:{day}{day[2:]}C{_amount(minor)}NTRFNONREF\r\n:86:{text}\r\n" for minor, text in lines
    )
    content = (
        f":20:STMT{day}\r\n:25:{ACCOUNT}\r\n:28C:{on:%j}/1\r\n"
        f":60F:C{day}EUR{_amount(opening)}\r\n{entries}:62F:C{day}EUR{_amount(closing)}\r\n-\r\n"
    )
    cash.take_in(actor, filename=f"{on}-{len(lines)}.sta", content=content.encode())


def _amount(minor: int) -> str:
    return f"{minor // 100},{minor % 100:02d}"
