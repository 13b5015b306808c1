"""Invoices issued here, and the documents they left as."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router

from creditdesk.customers import queries as customers
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import (
    DraftsGiven,
    IssuedAnswer,
    LineGiven,
    NumberAnswer,
    ReplacedAnswer,
    ReplacementGiven,
    UndatedGiven,
    VoidGiven,
)
from creditdesk.invoices import charge_paper_queries, issued_queries, services
from creditdesk.invoices.documents.drafts import Draft, DraftLine
from creditdesk.invoices.documents.values import TaxCategory
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place

router = Router(tags=["invoices"])
_PLACE = re.compile(r"invoices\.(?P<invoice>\d+)\.(?P<field>.+)")
_LINE = re.compile(r"lines\[(\d+)\]\.(\w+)")
_OF_LINE = {"tax": "rate_percent", "adjustments": "discount_percent"}
_FIELDS = {
    "references.buyer": "buyer_reference",
    "references.purchase_order": "order_reference",
    "buyer": "customer_number",
    "customer": "customer_number",
    "terms_code": "terms",
    "delivery": "delivered_on",
    "exemptions": "exemption_reason",
    "notes": "note",
    "adjustments": "discount_percent",
}
MIME = {"pdf": "application/pdf", "ubl": "application/xml", "cii": "application/xml"}


@router.post(
    "/invoices/issue",
    response={200: IssuedAnswer, **RESPONSES},
    operation_id="issue_invoices",
    summary="Issue invoices",
)
def issue(request: HttpRequest, given: DraftsGiven) -> IssuedAnswer:
    """Issue the invoices, all or none, each proved valid by EN 16931 before it gets a number."""
    actor = writer(request)
    try:
        return IssuedAnswer(numbers=services.issue(actor, drafts(actor, given.invoices)))
    except Invalid as error:
        raise _placed(error) from error


@router.post(
    "/invoices/{path:number}/replace",
    response={200: ReplacedAnswer, **RESPONSES},
    operation_id="replace_invoice",
    summary="Replace an invoice issued here",
)
def replace(request: HttpRequest, number: str, given: ReplacementGiven) -> ReplacedAnswer:
    """Take the invoice back whole and issue a corrected one (type 384) that names it."""
    actor = writer(request)
    try:
        [draft] = drafts(actor, [given.invoice])
        done = services.replace_invoice(actor, number, draft, reason=given.reason)
    except Invalid as error:
        raise placed(error, "invoice") from error
    return ReplacedAnswer(reversal=done.reversal, number=done.number)


@router.post(
    "/invoices/{path:number}/void",
    response={200: NumberAnswer, **RESPONSES},
    operation_id="void_invoice",
    summary="Take an invoice issued here back whole",
)
def void(request: HttpRequest, number: str, given: VoidGiven) -> NumberAnswer:
    """Credit the whole invoice and return the credit note's number."""
    actor = writer(request)
    issued_on = given.issued_on or actor.today
    return NumberAnswer(
        number=services.void(actor, number, issued_on=issued_on, reason=given.reason)
    )


@router.get(
    "/invoices/{path:number}/document",
    response={200: bytes, **RESPONSES},
    operation_id="get_document",
    summary="Get the document of an invoice issued here: pdf, ubl or cii",
)
def document(
    request: HttpRequest, number: str, form: Literal["pdf", "ubl", "cii"] = "pdf"
) -> HttpResponse:
    """Return the file as it was issued, byte for byte; of a document of charges its page."""
    company_id = reader(request).company_id
    if form == "pdf" and charge_paper_queries.heads(company_id, [number]):
        name, content = f"{number}.pdf", services.page_of_charge(company_id, number)
    else:
        file = issued_queries.document_file(company_id, number, form)
        name, content = file.name, file.content
    response = HttpResponse(content, content_type=MIME[form])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _placed(error: Invalid) -> Invalid:
    """Return the error at the field of the body it is about; documents have names of their own."""
    at = _PLACE.fullmatch(error.place.field or "")
    if at is None:
        return error
    invoice, field = at["invoice"], at["field"]
    line = _LINE.match(field)
    if line:
        named = f"lines.{int(line[1]) - 1}.{_OF_LINE.get(line[2], line[2])}"
    else:
        root = re.split(r"[\[.]", field, maxsplit=1)[0]
        named = _FIELDS.get(field) or _FIELDS.get(root) or root
    field = f"invoices.{invoice}.{named}"
    return Invalid(
        error.code, error.message, place=Place(field=field), mend=error.mend, **error.context
    )


def placed(error: Invalid, under: str) -> Invalid:
    """Return the error about the one draft of a body, at its field."""
    found = error.place.field or ""
    whole = _placed(
        Invalid(
            error.code,
            error.message,
            place=Place(field=found if found.startswith("invoices.0") else f"invoices.0.{found}"),
            mend=error.mend,
            **error.context,
        )
    )
    field = (whole.place.field or "").replace("invoices.0", under, 1).rstrip(".")
    return Invalid(
        error.code, error.message, place=Place(field=field), mend=error.mend, **error.context
    )


def drafts(actor: Actor, given: Sequence[UndatedGiven]) -> list[Draft]:
    """Return what was given as drafts; Invalid for a customer that is not there."""
    ids = customers.by_number(actor.company_id, {one.customer_number for one in given})
    for place, one in enumerate(given):
        if one.customer_number not in ids:
            raise Invalid(
                "customer_unknown",
                f"There is no customer {one.customer_number!r}",
                place=Place(field=f"invoices.{place}.customer_number"),
                mend="Correct the number.",
            )
    return [
        Draft(
            customer_id=ids[one.customer_number],
            currency=one.currency,
            lines=tuple(map(_line, one.lines)),
            issued_on=getattr(one, "issued_on", None),
            due_on=getattr(one, "due_on", None),
            terms_code=one.terms,
            order_reference=one.order_reference,
            buyer_reference=one.buyer_reference,
            delivered_on=getattr(one, "delivered_on", None),
            exemption_reason=one.exemption_reason,
            note=one.note,
            discount_percent=Decimal(one.discount_percent),
        )
        for one in given
    ]


def _line(given: LineGiven) -> DraftLine:
    return DraftLine(
        name=given.name,
        description=given.description,
        quantity=Decimal(given.quantity),
        unit=given.unit,
        price=Decimal(given.price),
        discount_percent=Decimal(given.discount_percent),
        category=TaxCategory(given.category),
        rate_percent=None if given.rate_percent is None else Decimal(given.rate_percent),
    )
