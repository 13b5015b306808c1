"""A company with one of everything, so that every address of the desk has something behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from creditdesk import wiring
from creditdesk.cash import queries as cash
from creditdesk.collections import services as collections
from creditdesk.contact import queries as contact
from creditdesk.contact import services as contact_services
from creditdesk.customers import queries as customers
from creditdesk.disputes import services as disputes
from creditdesk.disputes.rules import NewDispute
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing.imports import services as imports
from tests.faces.desk.work import a_debtor, a_fresh_bank, a_payment, a_reminder
from tests.orders import verbs

CUSTOMERS = b"Number,Name,Currency\nK1,Acorn,EUR\nK2,Birch,EUR\n"


@dataclass(frozen=True, slots=True)
class World:
    """What stands for each argument of an address: by route, by argument."""

    arguments: dict[str, dict[str, object]]

    def of(self, route: str, argument: str) -> object:
        """Return what really stands at this place of the address."""
        area = next((area for area in self.arguments if route.startswith(area)), "")
        return self.arguments[area][argument]


def built(actor: Actor) -> World:
    wiring.connect()
    customer_id = a_debtor(actor, "C1")
    other_id = a_debtor(actor, "C2")
    a_fresh_bank(actor)
    payment = a_payment(actor, 12_345, "who is this", "Stranger")
    reminder = a_reminder(actor)
    promise = collections.promise(
        actor, customer_id, currency="EUR", minor=1_000, due_on=actor.today + timedelta(days=3)
    )
    [item] = invoices.open_items(actor.company_id, customer_ids=[other_id])
    [dispute] = disputes.open(actor, [NewDispute(item.item_id, "price", 1_000, "too much")])
    reply = contact_services.record_reply(actor, customer_id, sender="a@c1.example", body="why?")
    verbs.a_customer(actor, "C-1", limit=1_000)
    verbs.an_order(actor, "SO-1", 500_000)
    run = imports.open_run(actor, kind="customers", filename="a.csv", content=CUSTOMERS)
    [one] = (
        contact.contacts_of(actor.company_id, customer_id)
        if hasattr(contact, "contacts_of")
        else [customers.contacts(actor.company_id, customer_id)[0]]
    )
    statement = cash.statements(actor.company_id)[0]
    return World(
        {
            "customers/": {"number": "C1", "contact_id": one.id},
            "invoices/": {"number": "INV-C1"},
            "ageing/": {"number": "C1"},
            "orders/": {"reference": "SO-1"},
            "imports/": {"reference": run},
            "mailbox/replies/": {"reply_id": reply},
            "mailbox/": {"reference": reminder},
            "promises/": {"reference": promise},
            "disputes/": {"reference": dispute},
            "cash/statements/": {"statement_id": statement.id},
            "cash/payments/": {"reference": payment},
        }
    )
