"""Writers of notes: what people say about an order, and what was done with its clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.orders import queries
from creditdesk.plumbing import sql

TEXT_LENGTH_MAX: Final = 4000


@command("orders.comment")
def comment(actor: Actor, reference: str, text: str) -> None:
    """Keep what somebody says about an order, for all who work on it."""
    order = queries.order(actor.company_id, reference)
    write(actor, order.id, "comment", required(text, "text"))


def write(actor: Actor, order_id: int, kind: str, text: str) -> None:
    """Keep a note on an order. Not a command."""
    write_all(actor, [order_id], kind, text)


def write_all(actor: Actor, order_ids: Sequence[int], kind: str, text: str) -> None:
    """Keep the same note on several orders. Not a command."""
    sql.execute(
        "INSERT INTO orders_note (company_id, order_id, kind, text, recorded_at, recorded_by)"
        " SELECT %s, id, %s, %s, %s, %s FROM unnest(%s::bigint[]) AS id ORDER BY id",
        [actor.company_id, kind, text, actor.at, actor.name, list(order_ids)],
    )


def required(text: str, field: str) -> str:
    """Return a text without the space around it; Invalid when nothing or too much is said."""
    said = text.strip()
    if not 0 < len(said) <= TEXT_LENGTH_MAX or "\0" in said:
        raise Invalid(
            "order_note_invalid",
            "The text is empty, too long or has an invisible character",
            place=Place(field=field),
            mend=f"Say it in 1 to {TEXT_LENGTH_MAX} characters.",
        )
    return said
