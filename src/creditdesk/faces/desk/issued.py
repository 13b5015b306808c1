"""What the page of an invoice shows of the document it left as, and of what took its place."""

from __future__ import annotations

from dataclasses import dataclass

from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import issued_queries
from creditdesk.invoices.issued_queries import IssuedLineRow, IssuedRow, IssuedTaxRow, OfferRow
from creditdesk.invoices.queries import InvoiceRow
from creditdesk.invoices.recurring import queries as recurring


@dataclass(frozen=True, slots=True)
class Issued:
    """The document of an invoice issued here, with its lines, taxes and offers."""

    document: IssuedRow
    lines: list[IssuedLineRow]
    taxes: list[IssuedTaxRow]
    offers: list[OfferRow]


def of(request: DeskRequest, number: str) -> Issued | None:
    """Return the document of a number; nothing where it came from elsewhere."""
    company_id = request.company.id
    document = issued_queries.issued(company_id, number)
    if document is None:
        return None
    return Issued(
        document,
        issued_queries.lines(company_id, document.id),
        issued_queries.taxes(company_id, document.id),
        issued_queries.offers(company_id, [document.invoice_id]),
    )


def shown(request: DeskRequest, invoice: InvoiceRow) -> dict[str, object]:
    """Return what the invoice's page shows of its document."""
    found = of(request, invoice.number)
    company_id = request.company.id
    return {
        "issued": found,
        "may_replace": request.actor.may("invoices.replace")
        and found is not None
        and invoice.kind == "invoice"
        and not invoice.credited_minor,
        "replacement": issued_queries.replacement(company_id, invoice.number) if found else None,
        "plan": recurring.plan_of(company_id, invoice.id) if found else "",
    }
