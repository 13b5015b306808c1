"""What customers answer, and the hold it places until somebody has read it."""

from __future__ import annotations

from datetime import datetime

from creditdesk.contact.events import ReplyReceived
from creditdesk.contact.rules import NewHold
from creditdesk.contact.services.holds import lift_holds, place_holds
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

BODY_CHARACTERS_MAX = 100_000
_MESSAGE = """
    SELECT id FROM contact_message
     WHERE company_id = %s AND customer_id = %s AND reference = %s ORDER BY id LIMIT 1
"""
_KEEP = """
    INSERT INTO contact_reply
        (company_id, customer_id, in_reply_to_id, channel, sender, subject, body_text, received_at,
         handled_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '') RETURNING id
"""
HANDLE = """
    WITH handled AS (
        UPDATE contact_reply SET handled_at = %(at)s, handled_by = %(by)s
         WHERE company_id = %(company_id)s AND id = %(id)s AND handled_at IS NULL
    )
    SELECT id FROM contact_reply WHERE company_id = %(company_id)s AND id = %(id)s
"""


@command("contact.reply")
def record_reply(
    actor: Actor,
    customer_id: int,
    *,
    sender: str,
    body: str,
    subject: str = "",
    channel: str = "email",
    in_reply_to: str | None = None,
    received_at: datetime | None = None,
) -> int:
    """Keep an answer and hold the customer's reminders until it is handled; return its id.

    `in_reply_to` is the reference of our message; an unknown one is left out.
    """
    message = sql.scalar(_MESSAGE, [actor.company_id, customer_id, in_reply_to])
    return keep_reply(
        actor,
        customer_id,
        sender=sender,
        body=body,
        subject=subject,
        channel=channel,
        message_pk=message,
        received_at=received_at,
    )


def keep_reply(
    actor: Actor,
    customer_id: int,
    *,
    sender: str,
    body: str,
    subject: str = "",
    channel: str = "email",
    message_pk: int | None = None,
    received_at: datetime | None = None,
) -> int:
    """Keep an answer and hold the customer's reminders; return its id. Not a command of its own."""
    values = (
        actor.company_id, customer_id, message_pk, channel, sender, subject,
        body[:BODY_CHARACTERS_MAX], received_at or actor.at,
    )  # fmt: skip
    reply_id = int(sql.scalar(_KEEP, values))
    place_holds(actor, [NewHold(customer_id, None, "unhandled_reply", f"reply:{reply_id}")])
    announce(actor, [ReplyReceived(customer_id=customer_id, reply_id=reply_id)])
    return reply_id


@command("contact.reply")
def handle_reply(actor: Actor, reply_id: int) -> None:
    """Mark an answer as handled and lift its hold; again changes nothing. NotFound if unknown."""
    asked = {"company_id": actor.company_id, "id": reply_id, "at": actor.at, "by": actor.name}
    if not sql.scalars(HANDLE, asked, planned=True):
        raise NotFound("reply_unknown", "There is no such reply", reply_id=reply_id)
    lift_holds(actor, [f"reply:{reply_id}"])
