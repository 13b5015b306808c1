"""Orders that were accepted or released become invoices, whole or in parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditdesk.controls.commands import command
from creditdesk.credit import services as credit
from creditdesk.credit.events import ReservationsConverted
from creditdesk.invoices import services as invoices
from creditdesk.invoices.documents.drafts import (
    Draft,
    DraftLine,
    TaxedPart,
    lines_of_amount,
)
from creditdesk.invoices.documents.values import TaxCategory
from creditdesk.invoices.services.papers import Paper
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place
from creditdesk.orders import billing_queries, queries
from creditdesk.orders.queries import OrderRow
from creditdesk.orders.services import points
from creditdesk.orders.services.decisions import SHIPS, in_turn
from creditdesk.orders.services.moving import mark_billed


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """What of an order is billed and how: an order knows its amount with tax and no lines.

    Without `gross_minor` it is all that is still set aside; without `text` the order's name.
    """

    category: TaxCategory = TaxCategory.STANDARD
    rate_percent: Decimal | None = None
    gross_minor: int | None = None
    text: str = ""
    issued_on: date | None = None
    terms_code: str = ""
    buyer_reference: str = ""
    exemption_reason: str = ""
    delivered_on: date | None = None
    note: str = ""


@command("orders.bill")
def bill(actor: Actor, reference: str, billing: Billing) -> str:
    """Issue the invoice of an order, or of a part of it, and return its number.

    The credit set aside moves to the invoice in the same transaction. Once all is billed the
    order is; the cent that no net amount with its rounded tax makes up is set free with it.
    """
    order, seen = in_turn(actor, reference)
    if order.status in SHIPS:
        points.require_passed(actor, order, queries.latest_decision(order.id), seen, "invoice")
    [number] = invoices.issue(actor, [_draft(actor, order, billing)])
    left = billing_queries.left_to_bill(actor.company_id, reference)
    if left and billing.gross_minor is None:
        credit.release(actor, [reference])
        mark_billed(actor, [ReservationsConverted(order_references=(reference,))])
    return number


def bill_outline(actor: Actor, reference: str, billing: Billing) -> Paper:
    """Return what the order's invoice would say and come to; writes nothing."""
    order = queries.order(actor.company_id, reference)
    return invoices.outline(actor, _draft(actor, order, billing))


def _draft(actor: Actor, order: OrderRow, billing: Billing) -> Draft:
    return Draft(
        customer_id=order.customer_id,
        currency=order.currency,
        lines=(_line(order, billing, _gross(actor, order, billing)),),
        issued_on=billing.issued_on,
        terms_code=billing.terms_code,
        order_reference=order.reference,
        buyer_reference=billing.buyer_reference,
        delivered_on=billing.delivered_on,
        exemption_reason=billing.exemption_reason,
        note=billing.note,
    )


def _gross(actor: Actor, order: OrderRow, billing: Billing) -> int:
    """Return the amount with tax to be billed, refused above what is set aside."""
    if order.status not in ("accepted", "released"):
        raise Conflict(
            f"order_{order.status}",
            f"Order {order.reference} is {order.status} and cannot be billed",
            order_reference=order.reference,
        )
    left = billing_queries.left_to_bill(actor.company_id, order.reference)
    gross_minor = left if billing.gross_minor is None else billing.gross_minor
    if gross_minor > left:
        raise Invalid(
            "bill_above_order",
            f"Less than that is left to bill of order {order.reference}",
            place=Place(field="total"),
            mend="Give an amount not above what is left of the order",
            left_minor=left,
        )
    if gross_minor <= 0:
        raise Invalid(
            "amount_not_positive",
            f"Nothing of order {order.reference} would be billed so",
            place=Place(field="total"),
            mend="Give an amount above nought",
            left_minor=left,
        )
    return gross_minor


def _line(order: OrderRow, billing: Billing, gross_minor: int) -> DraftLine:
    """Return the line whose net with its tax makes up the amount, or a cent less."""
    rate_percent = billing.rate_percent
    if billing.category is TaxCategory.STANDARD and rate_percent is None:
        raise Invalid(
            "rate_missing", "A tax rate is missing", place=Place(field="rate"), mend="Give it."
        )
    part = TaxedPart(billing.category, rate_percent, gross_minor, 0)
    found = lines_of_amount(
        [part], [gross_minor], name=billing.text.strip() or order.reference,
        currency=order.currency,
    )  # fmt: skip
    if not found:
        raise Invalid(
            "amount_too_small", "The amount is too small", place=Place(field="total"),
            mend="Give a larger amount",
        )  # fmt: skip
    return found[0]
