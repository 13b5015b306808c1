"""Invoices issued here voided or replaced: taken back whole, never edited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from creditdesk.controls import services as controls
from creditdesk.controls.commands import command
from creditdesk.credit import services as credit_room
from creditdesk.invoices import issued_queries, queries
from creditdesk.invoices.documents.drafts import Draft
from creditdesk.invoices.documents.values import Kind, Preceding
from creditdesk.invoices.models import Replacement
from creditdesk.invoices.queries import InvoiceRow
from creditdesk.invoices.services import papers
from creditdesk.invoices.services.crediting import lower_by_note
from creditdesk.invoices.services.crediting_issued import credit_issued, line_again
from creditdesk.invoices.services.issuing import issue_proved, outline
from creditdesk.invoices.services.papers import Paper
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place, Refused


@dataclass(frozen=True, slots=True)
class Replaced:
    """What took an invoice's place: the credit note that took it back, the corrected invoice."""

    reversal: str
    number: str


@command("invoices.credit")
def void(actor: Actor, invoice_number: str, *, issued_on: date, reason: str) -> str:
    """Take an invoice issued here back whole, and return the credit note's number.

    Refused once some of it is credited: what is left is credited by amount or line.
    """
    _untouched(actor, invoice_number)
    return credit_issued(actor, invoice_number, issued_on=issued_on, reason=reason)


@command("invoices.replace")
def replace_invoice(actor: Actor, invoice_number: str, draft: Draft, *, reason: str) -> Replaced:
    """Take an invoice issued here back whole and issue a corrected one (type 384) that names it.

    Both documents are proved valid before either has a number, and both stand or none. What was
    paid of the first settles the second; credit above what one person grants waits for another.
    """
    controls.require_issuing(actor)
    if not reason.strip():
        raise Invalid(
            "reason_missing",
            "A replacement needs a reason",
            place=Place(field="reason"),
            mend="Say what was wrong with the invoice",
        )
    proved = papers.proved(replacement_outline(actor, invoice_number, draft))
    credit_room.lock_exposure(actor, [draft.customer_id])
    invoice = _untouched(actor, invoice_number)
    reversal = credit_issued(actor, invoice_number, issued_on=proved.issued_on, reason=reason)
    # Credit set aside for the order was taken by the first invoice already.
    more_minor = max(0, proved.totals.gross_minor - invoice.total_minor)
    [number] = issue_proved(actor, [proved], converts_minor=more_minor)
    _keep(actor, invoice, reversal, number, reason)
    lower_by_note(actor, reversal, number)
    return Replaced(reversal, number)


def replacement_outline(actor: Actor, invoice_number: str, draft: Draft) -> Paper:
    """Return what the corrected invoice would say and come to, in our own checks; writes nothing.

    A correction is not older than what it corrects, and stays with its customer and currency.
    """
    invoice = _untouched(actor, invoice_number)
    if (draft.customer_id, draft.currency) != (invoice.customer_id, invoice.currency):
        raise Invalid(
            "replacement_of_another",
            "A corrected invoice is for the same customer, in the same currency",
            place=Place(
                field="customer" if draft.customer_id != invoice.customer_id else "currency"
            ),
            mend="Void the invoice and issue another",
        )
    if (draft.issued_on or actor.today) < invoice.issued_on:
        raise Invalid(
            "replacement_before_invoice",
            "A corrected invoice cannot be older than the invoice it replaces",
            place=Place(field="issued_on"),
            mend="Date it on the invoice's day or later",
        )
    preceding = [Preceding(invoice.number, invoice.issued_on)]
    return outline(actor, draft, kind=Kind.CORRECTED_INVOICE, preceding=preceding)


def draft_as_issued(actor: Actor, invoice_number: str) -> Draft:
    """Return an invoice issued here as a draft that says the same, undated; to begin a correction.

    The terms are those it named; a due date of its own is not taken over.
    """
    invoice = _untouched(actor, invoice_number)
    issued = issued_queries.issued(actor.company_id, invoice_number)
    if issued is None:
        raise AssertionError("an untouched invoice was issued here")
    return Draft(
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        lines=tuple(
            replace(line_again(row, row.quantity.normalize()), credits_position=None)
            for row in issued_queries.lines(actor.company_id, issued.id)
        ),
        terms_code=invoice.terms_code,
        order_reference=invoice.order_reference,
        buyer_reference=invoice.customer_reference,
        exemption_reason=issued.exemption_reason,
        note=issued.note,
        discount_percent=issued.discount_percent.normalize(),
    )


def _untouched(actor: Actor, invoice_number: str) -> InvoiceRow:
    """Return an invoice issued here of which nothing is credited yet; refuse any other."""
    invoice = queries.invoice(actor.company_id, invoice_number)
    issued = issued_queries.issued(actor.company_id, invoice_number)
    if issued is None or invoice.kind != "invoice":
        raise Refused("not_issued_here", f"{invoice_number} is no invoice issued here")
    if invoice.credited_minor:
        raise Conflict(
            "credited_already",
            f"Something of {invoice_number} is credited already;"
            " credit the rest and issue a new invoice",
            invoice=invoice_number,
        )
    return invoice


def _keep(actor: Actor, original: InvoiceRow, reversal: str, number: str, reason: str) -> None:
    Replacement.objects.create(
        company_id=actor.company_id,
        original_id=original.id,
        reversal_id=queries.invoice(actor.company_id, reversal).id,
        corrected_id=queries.invoice(actor.company_id, number).id,
        reason=reason,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
