"""Credit notes to invoices issued here: with a document that names the invoice, valid first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils import translation
from django.utils.translation import gettext

from creditdesk.controls import services as controls
from creditdesk.controls.commands import command
from creditdesk.credit import services as credit_room
from creditdesk.invoices import issued_queries, queries
from creditdesk.invoices.documents.drafts import (
    CreditedLine,
    Draft,
    DraftLine,
    TaxedPart,
    lines_of_amount,
)
from creditdesk.invoices.documents.values import Kind, Preceding, TaxCategory
from creditdesk.invoices.issued_queries import IssuedLineRow, IssuedRow
from creditdesk.invoices.queries import InvoiceRow
from creditdesk.invoices.services import papers
from creditdesk.invoices.services.crediting import credit
from creditdesk.invoices.services.delivering import deliver_issued
from creditdesk.invoices.services.papers import Paper
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place, Refused
from creditdesk.kernel.money import split
from creditdesk.plumbing import sql

PREFIX: Final = "CN"


@command("invoices.credit")
def credit_issued(
    actor: Actor,
    invoice_number: str,
    *,
    issued_on: date,
    reason: str,
    gross_minor: int | None = None,
    lines: Sequence[CreditedLine] = (),
) -> str:
    """Credit an invoice issued here, whole, in part or by line; return the credit note's number.

    A part is an amount with tax, shared over the invoice's taxes; what no net amount with its
    rounded tax can make up, a cent at most per tax, is left. The document is proved valid before
    a number is taken, and credit above what one person grants alone waits for another.
    """
    controls.require_issuing(actor)
    customer_id = queries.invoice(actor.company_id, invoice_number).customer_id
    credit_room.lock_exposure(actor, [customer_id])
    paper = credit_outline(
        actor, invoice_number, issued_on=issued_on, reason=reason, gross_minor=gross_minor,
        lines=lines,
    )  # fmt: skip
    proved = papers.proved(paper)
    note_id = credit(
        actor,
        invoice_number,
        issued_on=issued_on,
        net_minor=proved.totals.net_minor,
        tax_minor=proved.totals.tax_minor,
        reason=reason,
    )
    number = str(sql.scalar("SELECT number FROM invoices_invoice WHERE id = %s", [note_id]))
    papers.keep(actor, proved.numbered(number), note_id)
    deliver_issued(actor, [number])
    return number


def credit_outline(
    actor: Actor,
    invoice_number: str,
    *,
    issued_on: date,
    reason: str,
    gross_minor: int | None = None,
    lines: Sequence[CreditedLine] = (),
) -> Paper:
    """Return what the credit note would say and come to, in our own checks; writes nothing."""
    invoice = queries.invoice(actor.company_id, invoice_number)
    issued = issued_queries.issued(actor.company_id, invoice_number)
    if issued is None or invoice.kind != "invoice":
        raise Refused("not_issued_here", f"{invoice_number} is no invoice issued here")
    if issued_on < invoice.issued_on:
        raise Invalid(
            "credit_before_invoice",
            "A credit note cannot be older than its invoice",
            place=Place(field="issued_on"),
            mend="Date it on the invoice's day or later",
        )
    papers.refuse_closed(actor, issued_on)
    by_amount = _is_by_amount(invoice, gross_minor, lines)
    draft = Draft(
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        lines=_lines(actor, invoice, issued, gross_minor if by_amount else None, lines),
        discount_percent=Decimal(0) if by_amount else issued.discount_percent.normalize(),
        issued_on=issued_on,
        order_reference=invoice.order_reference,
        buyer_reference=invoice.customer_reference,
        delivered_on=None,
        exemption_reason=issued.exemption_reason,
        note=reason,
    )
    preceding = [Preceding(invoice.number, invoice.issued_on)]
    return papers.drawn_up(actor, draft, kind=Kind.CREDIT_NOTE, prefix=PREFIX, preceding=preceding)


def _is_by_amount(
    invoice: InvoiceRow, gross_minor: int | None, wanted: Sequence[CreditedLine]
) -> bool:
    """Whether an amount is credited; all of an untouched invoice is its lines."""
    is_whole = gross_minor == invoice.total_minor and not invoice.credited_minor
    return gross_minor is not None and not wanted and not is_whole


def _lines(
    actor: Actor,
    invoice: InvoiceRow,
    issued: IssuedRow,
    gross_minor: int | None,
    wanted: Sequence[CreditedLine],
) -> tuple[DraftLine, ...]:
    if gross_minor is not None:
        return _lines_of_amount(actor, invoice, issued, gross_minor)
    if not wanted and invoice.credited_minor:
        raise Invalid(
            "credited_already",
            "Something of the invoice is credited already",
            place=Place(field="total"),
            mend="Give the amount, or the lines, still to be credited",
        )
    known = {row.position: row for row in issued_queries.lines(actor.company_id, issued.id)}
    asked = wanted or [CreditedLine(position) for position in known]
    if len({one.position for one in asked}) != len(asked):
        raise Invalid("line_twice", "A line is named twice", place=Place(field="lines"))
    return tuple(_line(known, one) for one in asked)


def _line(known: dict[int, IssuedLineRow], wanted: CreditedLine) -> DraftLine:
    row = known.get(wanted.position)
    if row is None:
        raise Invalid(
            "line_unknown",
            f"The invoice has no line {wanted.position}",
            place=Place(field="lines"),
            mend="Name a line of the invoice",
        )
    left = row.quantity - row.credited
    quantity = left if wanted.quantity is None else wanted.quantity
    if quantity * row.quantity <= 0 or abs(quantity) > abs(left):
        raise Invalid(
            "line_above_invoice",
            f"Of line {row.position} {left.normalize():f} is left to be credited",
            place=Place(field=f"lines[{row.position}].quantity"),
            mend="Lower the quantity",
        )
    return line_again(row, quantity.normalize())


def line_again(row: IssuedLineRow, quantity: Decimal) -> DraftLine:
    """Return a line of an issued document for another document, in another quantity."""
    return DraftLine(
        name=row.name,
        description=row.description,
        quantity=quantity,
        unit=row.unit,
        price=row.price.normalize(),
        discount_percent=row.discount_percent.normalize(),
        category=TaxCategory(row.category),
        rate_percent=None if row.rate_percent is None else row.rate_percent.normalize(),
        credits_position=row.position,
    )


def _lines_of_amount(
    actor: Actor, invoice: InvoiceRow, issued: IssuedRow, gross_minor: int
) -> tuple[DraftLine, ...]:
    left = invoice.total_minor - invoice.credited_minor
    if not 0 < gross_minor <= left:
        raise Invalid(
            "credit_above_invoice" if gross_minor > left else "amount_not_positive",
            f"Invoice {invoice.number} cannot be credited so",
            place=Place(field="total"),
            mend="Give an amount above nought and not above what is left of the invoice",
        )
    parts = [
        TaxedPart(
            TaxCategory(row.category),
            None if row.rate_percent is None else row.rate_percent.normalize(),
            row.taxable_minor,
            row.tax_minor,
        )
        for row in issued_queries.taxes(actor.company_id, issued.id)
        if row.taxable_minor > 0
    ]
    grosses = split(gross_minor, [part.gross_minor for part in parts])
    with translation.override(issued.language):
        name = gettext("Part credit of invoice %(number)s") % {"number": invoice.number}
    found = lines_of_amount(parts, grosses, name=name, currency=invoice.currency)
    if not found:
        raise Invalid("amount_too_small", "The amount is too small", place=Place(field="total"),
                      mend="Give a larger amount")  # fmt: skip
    return found


@command("invoices.credit")
def credit_amount(
    actor: Actor, invoice_number: str, *, issued_on: date, gross_minor: int, reason: str
) -> int:
    """Credit an amount with tax and return the credit note's id, with a document if we issued it.

    Of an invoice that came from elsewhere the tax is taken in its own proportion.
    """
    if issued_queries.issued(actor.company_id, invoice_number) is not None:
        number = credit_issued(
            actor, invoice_number, issued_on=issued_on, gross_minor=gross_minor, reason=reason
        )
        return queries.invoice(actor.company_id, number).id
    invoice = queries.invoice(actor.company_id, invoice_number)
    parts = [invoice.net_minor, invoice.tax_minor]
    net_minor, tax_minor = split(gross_minor, parts) if min(parts) >= 0 else (gross_minor, 0)
    return credit(
        actor, invoice_number, issued_on=issued_on, net_minor=net_minor, tax_minor=tax_minor,
        reason=reason,
    )  # fmt: skip
