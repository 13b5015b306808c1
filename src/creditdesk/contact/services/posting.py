"""Messages for the post: they leave when somebody says that the paper was handed over."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.contact.events import MessagesSent, MessagesWithdrawn
from creditdesk.contact.services.claiming import CLAIM_POST, Claimed, judged
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce


@sql.in_transaction()
def post(actor: Actor, message_ids: Sequence[int]) -> list[int]:
    """Mark queued messages of the post as sent, each behind the gate once more; return those sent.

    What the gate now refuses is withdrawn; what is not queued any more is left alone.
    """
    claimed = sql.fetch(
        Claimed, CLAIM_POST, {"company_id": actor.company_id, "ids": sorted(message_ids)}
    )
    if not claimed:
        return []
    settled = judged(actor, claimed, passed_as="sent")
    sent = [message.id for message, verdict in settled if verdict.allowed]
    withdrawn = [message.id for message, verdict in settled if not verdict.allowed]
    if sent:
        announce(actor, [MessagesSent(message_ids=tuple(sent))])
    if withdrawn:
        announce(actor, [MessagesWithdrawn(message_ids=tuple(withdrawn), reason="gate")])
    return sent


@sql.in_transaction()
def take_back(actor: Actor, message_ids: Sequence[int], *, reason: str) -> list[int]:
    """Withdraw queued messages that shall not leave; return those withdrawn."""
    withdrawn = sql.scalars(
        "UPDATE contact_message SET status = 'withdrawn', status_reason = %(reason)s"
        " WHERE company_id = %(company_id)s AND status = 'queued' AND id = ANY(%(ids)s)"
        " RETURNING id",
        {"company_id": actor.company_id, "ids": sorted(message_ids), "reason": reason},
    )
    if withdrawn:
        announce(actor, [MessagesWithdrawn(message_ids=tuple(sorted(withdrawn)), reason=reason)])
    return sorted(withdrawn)
