"""Invoices in, and how one stands."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from creditdesk.customers import queries as customers
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import (
    InstalmentAnswer,
    InvoiceAnswer,
    InvoiceGiven,
    InvoicesAnswer,
    InvoicesGiven,
    RejectedInvoice,
    minor_of,
    text,
)
from creditdesk.invoices import queries, services
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.errors import Invalid, Place

router = Router(tags=["invoices"])
BATCH_MAX = 5000


@router.post(
    "/invoices",
    response={200: InvoicesAnswer, **RESPONSES},
    operation_id="record_invoices",
    summary="Record invoices",
)
def record(request: HttpRequest, given: InvoicesGiven) -> InvoicesAnswer:
    """Put a batch of invoices into the books, each number once; faulty ones come back."""
    actor = writer(request)
    if not 0 < len(given.invoices) <= BATCH_MAX:
        raise Invalid(
            "batch_size_invalid",
            f"A batch holds 1 to {BATCH_MAX} invoices, not {len(given.invoices)}",
            place=Place(field="invoices"),
            mend="Send several batches.",
        )
    ids = customers.by_number(actor.company_id, {one.customer_number for one in given.invoices})
    known = [(n, one) for n, one in enumerate(given.invoices) if one.customer_number in ids]
    rejected = [
        RejectedInvoice(
            position=n + 1, number=one.number, code="customer_unknown", detail=one.customer_number
        )
        for n, one in enumerate(given.invoices)
        if one.customer_number not in ids
    ]
    result = services.record(
        actor, [_new(one, ids[one.customer_number], place=n) for n, one in known]
    )
    rejected += [
        RejectedInvoice(
            position=known[one.position][0] + 1,
            number=one.number,
            code=one.code,
            detail=one.detail,
        )
        for one in result.rejected
    ]
    return InvoicesAnswer(
        recorded=result.recorded,
        known=result.known,
        rejected=sorted(rejected, key=lambda one: one.position),
    )


@router.get(
    "/invoices/{path:number}",
    response={200: InvoiceAnswer, **RESPONSES},
    operation_id="get_invoice",
    summary="How does an invoice stand?",
)
def invoice(request: HttpRequest, number: str) -> InvoiceAnswer:
    """Return an invoice or credit note with what is open on each instalment."""
    actor = reader(request)
    found = queries.invoice(actor.company_id, number)
    customer = customers.customer_by_id(actor.company_id, found.customer_id)
    of = found.currency
    return InvoiceAnswer(
        number=found.number,
        kind=found.kind,
        customer_number=customer.number,
        issued_on=found.issued_on,
        currency=of,
        net=text(found.net_minor, of),
        tax=text(found.tax_minor, of),
        total=text(found.total_minor, of),
        open=text(found.open_minor, of),
        order_reference=found.order_reference,
        customer_reference=found.customer_reference,
        instalments=[
            InstalmentAnswer(
                instalment=item.instalment,
                due_on=item.due_on,
                total=text(item.total_minor, of),
                open=text(item.open_minor, of),
            )
            for item in queries.items_of(actor.company_id, found.id)
        ],
    )


def _new(given: InvoiceGiven, customer_id: int, *, place: int) -> NewInvoice:
    at = f"invoices.{place}"
    return NewInvoice(
        customer_id=customer_id,
        number=given.number,
        issued_on=given.issued_on,
        currency=given.currency,
        net_minor=minor_of(given.net, given.currency, field=f"{at}.net"),
        tax_minor=minor_of(given.tax, given.currency, field=f"{at}.tax"),
        due_on=given.due_on,
        terms_code=given.terms,
        order_reference=given.order_reference,
        customer_reference=given.customer_reference,
    )
