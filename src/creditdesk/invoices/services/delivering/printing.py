"""Documents for the post: printed together in one file, and handed over on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.contact import services as contact
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.invoices import delivery_queries, rendering
from creditdesk.invoices.delivery_queries import DeliveryState, ToPrint
from creditdesk.invoices.delivery_rules import PRINTED
from creditdesk.invoices.models import Delivery, PrintBatch
from creditdesk.invoices.paper import cover
from creditdesk.invoices.services.delivering.evidence import Known, note
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.plumbing import queries as files
from creditdesk.plumbing import sql
from creditdesk.plumbing.services import keep_file, take_references

LOCK_SPACE: Final = 1_003
PREFIX: Final = "PRT"


@dataclass(frozen=True, slots=True)
class Printed:
    """A batch as it was made: its reference, and how many documents and pages it holds."""

    reference: str
    documents: int
    pages: int


@command("invoices.print")
def print_batch(actor: Actor, *, is_both_sides: bool = False) -> Printed:
    """Put everything that waits for the post into one file with a list in front.

    For a printer that prints on both sides, blank pages let each document begin on a fresh sheet.
    Who comes second at the same moment finds nothing left: Refused. The file is kept, and can be
    printed again as it is.
    """
    sql.scalar("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, actor.company_id])
    waiting = delivery_queries.to_print(actor.company_id)
    if not waiting:
        raise Refused("nothing_to_print", "Nothing waits to be printed for the post")
    [reference] = take_references(actor, PREFIX, 1)
    content, pages = _bound(actor, reference, waiting, is_both_sides=is_both_sides)
    batch = PrintBatch.objects.create(
        company_id=actor.company_id,
        reference=reference,
        file_id=keep_file(actor, f"{reference}.pdf", content),
        documents=len(waiting),
        pages=pages,
        is_both_sides=is_both_sides,
        made_at=actor.at,
        made_by=actor.name,
    )
    ids = [one.id for one in waiting]
    Delivery.objects.filter(company_id=actor.company_id, id__in=ids).update(batch=batch)
    locked = delivery_queries.locked_of_batch(actor.company_id, reference)
    note(actor, [Known(one, PRINTED, actor.today, code=reference) for one in locked])
    return Printed(reference, len(waiting), pages)


def _bound(
    actor: Actor, reference: str, waiting: Sequence[ToPrint], *, is_both_sides: bool
) -> tuple[bytes, int]:
    """Return one file of the list and all documents after it, and how many pages it has."""
    documents = [files.kept_file(actor.company_id, one.pdf_file_id).content for one in waiting]
    try:
        counts = rendering.pages_of(documents)
        shown = cover.data(
            controls.company(actor.company_id),
            reference,
            actor.today,
            list(zip(waiting, counts, strict=True)),
        )
        front = rendering.listed(shown, actor.today)
        content = rendering.bound([front, *documents], is_both_sides=is_both_sides)
        return content, rendering.pages_of([content])[0]
    except rendering.WorkerFailed as failed:
        raise Refused(
            "page_unavailable", "The batch could not be bound, so nothing is printed; try again"
        ) from failed


@command("invoices.print")
def mark_posted(actor: Actor, reference: str, *, on: date | None = None) -> int:
    """Say that a batch was handed to the post on a day; return how many documents that was.

    The same again changes nothing; another day is a Conflict, as the first stands as evidence.
    """
    day = on or actor.today
    batch = (
        PrintBatch.objects.select_for_update()
        .filter(company_id=actor.company_id, reference=reference)
        .first()
    )
    if batch is None:
        raise NotFound("batch_unknown", f"There is no batch {reference[:60]!r}")
    if batch.posted_on is not None:
        if on not in (None, batch.posted_on):
            raise Conflict("batch_posted", f"It went to the post on {batch.posted_on} already")
        return batch.documents
    if not batch.made_at.date() <= day <= actor.today:
        raise Invalid(
            "posted_day_wrong",
            "It cannot have gone to the post on that day",
            place=Place(field="on"),
            mend="Give a day from its printing until today",
        )
    batch.posted_on, batch.posted_at, batch.posted_by = day, actor.at, actor.name
    batch.save(update_fields=["posted_on", "posted_at", "posted_by"])
    return len(contact.post(actor, _messages_of(actor, reference)))


def _messages_of(actor: Actor, reference: str) -> list[int]:
    found: list[DeliveryState] = delivery_queries.locked_of_batch(actor.company_id, reference)
    return delivery_queries.messages_of(actor.company_id, [one.id for one in found])
