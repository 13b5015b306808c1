"""A company in which every page of the desk has something to show."""

from __future__ import annotations

from datetime import timedelta

from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.collections import services as collections
from creditdesk.contact import queries as contact
from creditdesk.contact import services as contact_services
from creditdesk.disputes import queries as disputes
from creditdesk.disputes import services as disputes_services
from creditdesk.disputes.rules import NewDispute
from creditdesk.insight import services as insight
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from tests.faces.desk.work import a_debtor, a_fresh_bank, a_payment, a_refused_file, a_reminder
from tests.invoices.people import an_invoice, recorded
from tests.orders import verbs

# The pages behind the menu; the references are the first of their kind.
DETAILS = (
    "/customers/C1/", "/customers/C1/history", "/customers/C1/call", "/customers/C1/promise",
    "/customers/C1/dispute", "/customers/C1/email", "/customers/new", "/customers/C1/edit",
    "/customers/C1/limit", "/invoices/INV-C1/", "/ageing/C1/", "/orders/SO-1/",
    "/mailbox/message/", "/mailbox/replies/", "/cash/payment/", "/cash/statement/",
    "/cash/not-received/", "/cash/refused/", "/cash/advices/", "/cash/advice/", "/cash/payers/",
    "/cash/figures/?behind=not_straight", "/disputes/dispute/", "/search?q=acorn",
)  # fmt: skip


def something_of_everything(actor: Actor) -> dict[str, str]:
    """Make it; return the address of what is numbered by the desk itself."""
    a_fresh_bank(actor)
    first = a_debtor(actor, "C1")
    others = [a_debtor(actor, f"C{place}", late_days=30 * place) for place in range(2, 5)]
    recorded(actor, an_invoice(first, "INV-C1b", net_minor=30_000, tax_minor=0))
    collections.refresh_worklist(actor, on=actor.today)
    message = a_reminder(actor)
    contact_services.send_queued(actor)
    contact_services.record_reply(actor, first, sender="ann@c1.example", body="We pay on Friday.")
    collections.promise(
        actor, others[0], currency="EUR", minor=50_000, due_on=actor.today + timedelta(days=3)
    )
    [item] = invoices.open_items(actor.company_id, customer_ids=[others[1]])
    disputes_services.open(actor, [NewDispute(item.item_id, "price", None, "agreed otherwise")])
    a_payment(actor, 50_000, "INV-C4", name="Acorn C4")
    payment = a_payment(actor, 65_000, "October", name="Acorn C1")
    verbs.a_customer(actor, "BUYER")
    verbs.an_order(actor, "SO-1", 150_000, customer="BUYER")
    insight.write_morning(actor, as_of=actor.today)
    [dispute] = disputes.open_disputes(actor.company_id)
    statement = cash.statements(actor.company_id)[0]
    assert contact.replies_open(actor.company_id)
    content = b"Invoice;Amount paid;Deduction;Reason\nINV-C1;600.00;50.00;damaged\n"
    advice = cash_services.take_in_advice(actor, filename="advice.csv", content=content)
    cash_services.relate_payer(actor, payer_name="Acorn Holding", customer_number="C1")
    return {
        "/cash/advice/": f"/cash/advices/{advice.reference}/",
        "/mailbox/message/": f"/mailbox/{message}/",
        "/cash/payment/": f"/cash/payments/{payment}/",
        "/cash/statement/": f"/cash/statements/{statement.id}/",
        "/cash/refused/": f"/cash/statements/refused/{a_refused_file(actor)}/",
        "/disputes/dispute/": f"/disputes/{dispute.reference}/",
    }
