"""Papers put to a held order: what sales bring when the desk asks for it."""

from __future__ import annotations

from typing import Final

from creditdesk.assessment.cases import papers
from creditdesk.assessment.cases.papers import NewPaper
from creditdesk.controls.commands import acts_on, command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.orders import queries
from creditdesk.orders.models import Order, Paper
from creditdesk.orders.services import notes
from creditdesk.plumbing.services import keep_file

FILES_MAX: Final = 20


@command("orders.attach")
def attach(actor: Actor, reference: str, *, paper: NewPaper) -> int:
    """Put a paper to a held order and return its id; the same one again changes nothing.

    Invalid for what is no paper, Conflict for an order nobody decides any more or with too many.
    """
    order = queries.order(actor.company_id, reference)
    sound = papers.checked(paper)
    held = Order.objects.select_for_update(no_key=True).get(id=order.id)
    if held.status != Order.Status.HELD:
        raise Conflict(
            "order_takes_no_paper",
            f"Order {order.reference} is {held.status} and takes no papers",
            order_reference=order.reference,
        )
    acts_on("order", [order.id])
    file_id = keep_file(actor, sound.name, sound.content)
    mine = Paper.objects.filter(order=held)
    known = mine.filter(file_id=file_id).first()
    if known is not None:
        return known.id
    if mine.count() >= FILES_MAX:
        raise Conflict(
            "order_papers_too_many",
            f"Order {order.reference} holds as many papers as it may",
            order_reference=order.reference,
        )
    row = Paper.objects.create(
        company_id=actor.company_id, order=held, file_id=file_id, name=sound.name,
        size_bytes=len(sound.content), recorded_at=actor.at, recorded_by=actor.name,
    )  # fmt: skip
    notes.write(actor, order.id, "attached", sound.name)
    return row.id
