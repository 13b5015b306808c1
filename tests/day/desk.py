"""A small desk for tests of the day: customers, invoices, a bank file of the day before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from creditdesk.collections import services as collections
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact, NewCustomer
from creditdesk.day.services import Arrival
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.policy import services as policy

TODAY = date(2026, 3, 16)
ACCOUNT = "DE89370400440532013000"


@dataclass(frozen=True)
class Desk:
    actor: Actor
    customer_ids: list[int]


def opened(actor: Actor, *, customer_count: int = 12) -> Desk:
    """Open customers who owe three invoices each: long overdue, overdue, not due."""
    policy.ensure_default(actor, valid_from=date(2020, 1, 1))
    ids = customers.create(
        actor,
        new=[
            NewCustomer(
                number=f"C{n}",
                name=f"Birch {n} Ltd",
                currency="EUR",
                country="DE",
                contacts=(NewContact(name=f"Person {n}", email=f"p{n}@birch{n}.example"),),
            )
            for n in range(customer_count)
        ],
    )
    invoices.record(
        actor,
        [
            NewInvoice(
                customer_id=customer_id,
                number=f"INV-{n:03d}-{late:+d}",
                issued_on=TODAY - timedelta(days=late + 30),
                due_on=TODAY - timedelta(days=late),
                currency="EUR",
                net_minor=10_000 + n,
                tax_minor=1_900,
            )
            for n, customer_id in enumerate(ids)
            for late in (45, 10, -20)
        ],
    )
    return Desk(actor, ids)


def promise_of(desk: Desk, position: int, *, minor: int, due_on: date) -> str:
    made = collections.promise(
        desk.actor, desk.customer_ids[position], currency="EUR", minor=minor, due_on=due_on
    )
    return str(getattr(made, "reference", made))


def bank_file(
    *paid: tuple[str, int], booked_on: date = TODAY - timedelta(days=3), opening: int = 100_000
) -> Arrival:
    """Write a CSV statement with one receipt per (text, minor); its running balance proves."""
    rows = ["Account;Booking date;Amount;Currency;Name;Text;Balance"]
    balance = opening
    for text, minor in paid:
        balance += minor
        amounts = f"{minor / 100:.2f};EUR;Payer;{text};{balance / 100:.2f}"
        rows.append(f"{ACCOUNT};{booked_on.isoformat()};{amounts}")
    return Arrival(f"bank-{booked_on}.csv", ("\n".join(rows) + "\n").encode())
