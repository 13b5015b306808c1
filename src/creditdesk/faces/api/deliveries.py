"""How documents issued here reach their customers, and what is known of each delivery."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from annotated_types import Len
from django.http import HttpRequest
from ninja import Router, Schema

from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Given, Named, Text
from creditdesk.invoices import (
    charge_paper_queries,
    delivery_queries,
    issued_queries,
    services,
)
from creditdesk.invoices.services.delivering import BATCH_MAX
from creditdesk.kernel.errors import NotFound

router = Router(tags=["invoices"])


class EvidenceTold(Schema):
    """A piece of evidence; `kind` is such as queued, accepted, bounced, opened or posted."""

    kind: str
    happened_on: date
    code: str
    note: str
    recorded_at: datetime
    recorded_by: str


class DeliveryTold(Schema):
    """One try to send a document by one channel, with its evidence, oldest first."""

    channel: str
    forms: list[str]
    attempt: int
    state: str
    message_id: str
    answer: str
    evidence: list[EvidenceTold]


class DeliveriesAnswer(Schema):
    """How a document stands: delivered, under_way, came_back, undelivered; empty: never sent."""

    number: str
    standing: str
    deliveries: list[DeliveryTold]


class DeliverGiven(Given):
    """Documents to send: as each customer prefers, or by this channel and in these forms.

    What was sent by a channel before is sent again only for a reason.
    """

    numbers: Annotated[list[Named], Len(1, BATCH_MAX)]
    channel: Literal["", "email", "post"] = ""
    forms: Annotated[list[Literal["pdf", "ubl", "cii"]], Len(0, 3)] = []
    reason: Text = ""


class SentAnswer(Schema):
    """How many are on their way now, were sent so before, were refused, go by own means."""

    queued: int
    known: int
    refused: int
    own_means: int


@router.post(
    "/invoices/deliver",
    response={200: SentAnswer, **RESPONSES},
    operation_id="deliver_invoices",
    summary="Send documents to their customers",
)
def deliver(request: HttpRequest, given: DeliverGiven) -> SentAnswer:
    """Put documents issued here on their way, all or none; asked for again, each goes once."""
    done = services.deliver(
        writer(request),
        given.numbers,
        channel=given.channel,
        forms=given.forms,
        reason=given.reason,
    )
    return SentAnswer(
        queued=done.queued, known=done.known, refused=done.refused, own_means=done.own_means
    )


@router.get(
    "/invoices/{path:number}/deliveries",
    response={200: DeliveriesAnswer, **RESPONSES},
    operation_id="get_deliveries",
    summary="Get how a document reached its customer",
)
def deliveries(request: HttpRequest, number: str) -> DeliveriesAnswer:
    """Return every try to send a document issued here, and what is known of each."""
    company_id = reader(request).company_id
    is_ours = issued_queries.issued(company_id, number) is not None
    if not is_ours and not charge_paper_queries.heads(company_id, [number]):
        raise NotFound("document_unknown", f"There is no such file of {number!r}", number=number)
    found = delivery_queries.deliveries(company_id, number)
    told = [
        DeliveryTold(
            channel=row.channel, forms=list(row.forms), attempt=row.attempt, state=row.state,
            message_id=row.message_name, answer=row.answer,
            evidence=[
                EvidenceTold(
                    kind=one.kind, happened_on=one.happened_on, code=one.code, note=one.note,
                    recorded_at=one.recorded_at, recorded_by=one.recorded_by,
                )
                for one in found.evidence
                if one.delivery_id == row.id
            ],
        )
        for row in found.rows
    ]  # fmt: skip
    return DeliveriesAnswer(number=number, standing=found.standing, deliveries=told)
