"""What tests of credit and orders say: a customer, a limit, an order, what is owed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from creditdesk.credit import services as credit
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.orders import services as orders
from creditdesk.orders.services import CheckResult
from creditdesk.policy import services as policy

EARLY = date(2020, 1, 1)


def opened(actor: Actor) -> Actor:
    """The company has the default policy and known rates."""
    policy.ensure_default(actor, valid_from=EARLY)
    policy.load_rates(
        [
            ("EUR", "USD", EARLY, Decimal("1.25")),
            ("EUR", "JPY", EARLY, Decimal(160)),
        ],
        source="test",
    )
    return actor


def a_customer(
    actor: Actor, number: str = "C-1", *, limit: int | None = 100_000, currency: str = "EUR"
) -> int:
    """A customer with a limit in its own currency."""
    [customer_id] = customers.create(
        actor, new=[NewCustomer(number=number, name=f"Customer {number}", currency=currency)]
    )
    if limit is not None:
        credit.set_limit(actor, customer_id, minor=limit, currency=currency, valid_from=EARLY)
    return customer_id


def an_invoice(
    actor: Actor,
    customer_id: int,
    minor: int,
    *,
    number: str = "INV-1",
    due_on: date | None = None,
    currency: str = "EUR",
    order_reference: str = "",
) -> None:
    """An invoice without tax, issued sixty days before today at the latest."""
    due = due_on or actor.today
    new = NewInvoice(
        customer_id=customer_id,
        number=number,
        issued_on=min(due, actor.today),
        currency=currency,
        net_minor=minor,
        tax_minor=0,
        due_on=due,
        order_reference=order_reference,
    )
    invoices.record(actor, [new])


def an_order(
    actor: Actor,
    reference: str = "SO-1",
    minor: int = 10_000,
    *,
    customer: str = "C-1",
    currency: str = "EUR",
) -> CheckResult:
    """An order placed today."""
    return orders.check(
        actor,
        customer_number=customer,
        order_reference=reference,
        currency=currency,
        total_minor=minor,
        placed_on=actor.today,
    )
