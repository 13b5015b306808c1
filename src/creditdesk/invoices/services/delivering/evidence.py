"""What became of deliveries: told by contact, by the portal or by a person; holds follow it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.contact import services as contact
from creditdesk.contact.events import (
    MessageReported,
    MessagesFailed,
    MessagesSent,
    MessagesWithdrawn,
)
from creditdesk.contact.rules import NewHold
from creditdesk.controls.commands import command
from creditdesk.invoices import delivery_queries
from creditdesk.invoices.delivery_queries import DeliveryState
from creditdesk.invoices.delivery_rules import (
    ACCEPTED,
    CONFIRMED,
    DELIVERED,
    FAILED,
    POST,
    POSTED,
    RETURNED,
    SEEN,
    UNDELIVERED,
    WITHDRAWN,
    moved,
)
from creditdesk.invoices.events import DeliveriesFailed, DocumentsDelivered
from creditdesk.invoices.models import DeliveryEvidence
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Place
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

_MOVE: Final = """
    UPDATE invoices_delivery d SET state = given.state
      FROM unnest(%(ids)s::bigint[], %(states)s::text[]) AS given (id, state)
     WHERE d.id = given.id AND d.company_id = %(company_id)s AND d.state <> given.state
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A piece of evidence about one delivery."""

    delivery: DeliveryState
    kind: str
    happened_on: date
    code: str = ""
    note: str = ""
    mail_id: int | None = None


def note_sent(actor: Actor, events: Sequence[MessagesSent]) -> None:
    """Note that the mail server took messages of deliveries, or that paper left the house."""
    found = _of(actor, (one for event in events for one in event.message_ids))
    note(
        actor,
        [
            Known(one, POSTED, one.posted_on or actor.today, code=one.batch)
            if one.channel == POST
            else Known(one, ACCEPTED, actor.today)
            for one in found
        ],
    )


def note_failed(actor: Actor, events: Sequence[MessagesFailed]) -> None:
    """Note that messages of deliveries certainly did not leave."""
    found = _of(actor, (one for event in events for one in event.message_ids))
    note(actor, [Known(one, FAILED, actor.today) for one in found])


def note_withdrawn(actor: Actor, events: Sequence[MessagesWithdrawn]) -> None:
    """Note that messages of deliveries will not leave."""
    for event in events:
        found = _of(actor, event.message_ids)
        note(actor, [Known(one, WITHDRAWN, actor.today, event.reason) for one in found])


def note_reported(actor: Actor, events: Sequence[MessageReported]) -> None:
    """Note what a mail that came in says of a delivery: bounced, delayed, arrived or opened.

    It stands with the delivery from then on, and waits for nobody in the mailbox.
    """
    for event in events:
        found = _of(actor, [event.message_id])
        note(
            actor,
            [
                Known(one, event.outcome, actor.today, event.code, mail_id=event.mail_id)
                for one in found
            ],
        )
        if found:
            documents = ", ".join(sorted({one.document for one in found}))
            contact.note_mails_done(actor, [event.mail_id], why=documents)


def _of(actor: Actor, message_ids: Iterable[int]) -> list[DeliveryState]:
    return delivery_queries.locked_by_message(actor.company_id, list(message_ids))


def note(actor: Actor, known: Sequence[Known]) -> None:
    """Keep the evidence, move the deliveries on, and hold or release what it is about."""
    if not known:
        return
    DeliveryEvidence.objects.bulk_create(
        DeliveryEvidence(
            company_id=actor.company_id,
            delivery_id=one.delivery.id,
            kind=one.kind,
            happened_on=one.happened_on,
            code=one.code,
            note=one.note,
            mail_id=one.mail_id,
            recorded_at=actor.at,
            recorded_by=actor.name,
        )
        for one in known
    )
    states = {one.delivery.id: moved(one.delivery.state, one.kind) for one in known}
    sql.execute(
        _MOVE,
        {
            "company_id": actor.company_id,
            "ids": list(states),
            "states": list(states.values()),
        },
    )
    _tell(actor, [one.delivery for one in known], states)
    _hold_or_release(actor, [one.delivery for one in known])


def _tell(actor: Actor, deliveries: Sequence[DeliveryState], states: dict[int, str]) -> None:
    """Announce what has only now arrived, or only now failed."""
    for kind, those in ((DocumentsDelivered, DELIVERED), (DeliveriesFailed, UNDELIVERED)):
        new = [d for d in deliveries if states[d.id] in those and d.state not in those]
        if new:
            ids = tuple(sorted(d.id for d in new))
            documents = tuple(sorted({d.document for d in new}))
            announce(actor, [kind(delivery_ids=ids, documents=documents)])


def _hold_or_release(actor: Actor, deliveries: Sequence[DeliveryState]) -> None:
    """Hold the invoices that have not arrived by any delivery, release those that have."""
    invoices = {d.invoice_id: d.document for d in deliveries if d.invoice_id is not None}
    if not invoices:
        return
    waiting = hold_waiting(actor, list(invoices))
    arrived = sorted(set(invoices.values()) - waiting)
    contact.lift_holds(actor, [delivery_queries.source(number) for number in arrived])


def hold_waiting(actor: Actor, invoice_ids: Sequence[int]) -> set[str]:
    """Let nobody be reminded of those of the invoices that have not arrived; return their numbers.

    An invoice that arrived by any delivery has arrived, whatever becomes of a second copy.
    """
    waiting = delivery_queries.items_not_arrived(actor.company_id, invoice_ids)
    holds = [
        NewHold(one.customer_id, one.item_id, "undelivered", delivery_queries.source(one.number))
        for one in waiting
    ]
    contact.place_holds(actor, holds)
    return {one.number for one in waiting}


def note_seen(actor: Actor, numbers: Sequence[str]) -> int:
    """Note that customers saw documents in the portal; return how many deliveries that tells of.

    Within a command of the portal. A document without a delivery says nothing.
    """
    return _by_number(actor, numbers, SEEN, "", actor.today)


@command("invoices.confirm_delivery")
def confirm(actor: Actor, number: str, *, reason: str, on: date | None = None) -> int:
    """Say that a document reached its customer, as known by other means; reminders may go on."""
    _refuse_unfit(actor, reason, on)
    count = _by_number(actor, [number], CONFIRMED, reason.strip(), on or actor.today)
    return _found(count, number)


@command("invoices.confirm_delivery")
def note_returned(actor: Actor, number: str, *, reason: str, on: date | None = None) -> int:
    """Say that a letter came back, or that a customer never got a document: it must go again."""
    _refuse_unfit(actor, reason, on)
    count = _by_number(actor, [number], RETURNED, reason.strip(), on or actor.today)
    return _found(count, number)


def _by_number(actor: Actor, numbers: Sequence[str], kind: str, why: str, on: date) -> int:
    """Keep evidence about the latest delivery of each document; return of how many."""
    found = delivery_queries.locked_latest(actor.company_id, numbers)
    note(actor, [Known(one, kind, on, note=why) for one in found])
    return len(found)


def _found(count: int, number: str) -> int:
    if not count:
        raise NotFound("delivery_unknown", f"{number} was never sent from here", number=number)
    return count


def _refuse_unfit(actor: Actor, reason: str, on: date | None) -> None:
    if not reason.strip():
        raise Invalid(
            "reason_missing",
            "Confirming a delivery needs a reason",
            place=Place(field="reason"),
            mend="Say how it is known",
        )
    if on is not None and on > actor.today:
        raise Invalid(
            "day_ahead",
            "The day has not come",
            place=Place(field="on"),
            mend="Give today or an earlier day",
        )
