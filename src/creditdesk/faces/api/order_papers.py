"""Papers of held orders over HTTP: put to an order, listed, and given as they came."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from creditdesk.assessment.cases.papers import NewPaper
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Given, Named
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.orders import paper_queries, queries, services
from creditdesk.orders.paper_queries import PaperRow
from creditdesk.plumbing import queries as files

router = Router(tags=["orders"])
ID_MAX: Final = 2**63 - 1
# Four characters carry three bytes: 3 MiB of a file, within what a request may hold.
CONTENT_LENGTH_MAX: Final = 4 * 1024 * 1024


class OrderPaperGiven(Given):
    """A paper for a held order: a PDF, PNG, JPEG, XLSX or CSV of up to 3 MiB.

    `content` is the file in base64, `name` its name with the ending.
    """

    name: Named
    content: Annotated[str, Field(min_length=1, max_length=CONTENT_LENGTH_MAX)]


class OrderPaperAnswer(Schema):
    """A paper put to an order."""

    id: int
    name: str
    size_bytes: int
    recorded_at: datetime
    recorded_by: str


class OrderPapersAnswer(Schema):
    """The papers of an order, in the order they came."""

    order_reference: str
    papers: list[OrderPaperAnswer]


@router.get(
    "/orders/{path:reference}/papers",
    response={200: OrderPapersAnswer, **RESPONSES},
    operation_id="get_order_papers",
    summary="Which papers were put to an order?",
)
def papers(request: HttpRequest, reference: str) -> OrderPapersAnswer:
    """Return the papers of an order, at most twenty."""
    actor = reader(request)
    order = queries.order(actor.company_id, reference)
    rows = paper_queries.papers(actor.company_id, order.id)
    return OrderPapersAnswer(order_reference=order.reference, papers=[_answer(one) for one in rows])


@router.post(
    "/orders/{path:reference}/papers",
    response={200: OrderPaperAnswer, **RESPONSES},
    operation_id="attach_order_paper",
    summary="Put a paper to a held order",
)
def attach(request: HttpRequest, reference: str, given: OrderPaperGiven) -> OrderPaperAnswer:
    """Put what was asked for to a held order; the same file again changes nothing."""
    actor = writer(request)
    paper = NewPaper(name=given.name, content=_decoded(given.content))
    try:
        paper_id = services.attach(actor, reference, paper=paper)
    except Invalid as error:
        raise Invalid(
            error.code, error.message, place=Place(field="content"), mend=error.mend
        ) from error
    return _answer(_paper(actor, reference, paper_id))


@router.get(
    "/orders/{path:reference}/papers/{int:paper_id}",
    response={200: bytes, **RESPONSES},
    operation_id="get_order_paper",
    summary="Get a paper of an order as it came",
)
def paper(request: HttpRequest, reference: str, paper_id: int) -> HttpResponse:
    """Return the file byte for byte, to be saved and never shown."""
    actor = reader(request)
    row = _paper(actor, reference, min(paper_id, ID_MAX))
    kept = files.kept_file(actor.company_id, row.file_id)
    plain = "".join(
        one if one.isascii() and (one.isalnum() or one in " .-_") else "_" for one in row.name
    )
    response = HttpResponse(kept.content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{plain}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _paper(actor: Actor, reference: str, paper_id: int) -> PaperRow:
    order = queries.order(actor.company_id, reference)
    return paper_queries.paper(actor.company_id, order.id, paper_id)


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise content_unreadable() from error


def content_unreadable() -> Invalid:
    """Return the fault of a file that is not written as it should be."""
    return Invalid(
        "content_no_base64",
        "The content is not base64",
        place=Place(field="content"),
        mend="Write the bytes of the file in base64, without line breaks",
    )


def _answer(row: PaperRow) -> OrderPaperAnswer:
    return OrderPaperAnswer(
        id=row.id, name=row.name, size_bytes=row.size_bytes, recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )  # fmt: skip
