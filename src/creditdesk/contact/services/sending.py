"""Send what is queued: ask the gate again, mark handed over, give it to the mail server.

What is handed over is marked and committed before it is given away, so that a crash at any instant
leaves a message either `queued` (not given away) or `handed_over` (perhaps given away: a person
decides, and it is never sent again by itself). What the server took is marked each second.
"""

from __future__ import annotations

import hashlib
import smtplib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage

from django.db import transaction

from creditdesk.contact import queries
from creditdesk.contact.events import MessagesFailed, MessagesSent, MessagesWithdrawn
from creditdesk.contact.letters import Sender
from creditdesk.contact.mail import EnclosedFile, compose
from creditdesk.contact.rules import (
    BankFact,
)
from creditdesk.contact.services.claiming import CLAIM, Claimed, OpenMinor, judged
from creditdesk.contact.services.queueing import sender_of
from creditdesk.contact.transport import connected, hand_over
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.controls.services import audit
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.plumbing import queries as files
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

# How many messages are in the air at once, and so uncertain at most after a crash.
CHUNK_MESSAGES = 20
# What the server took is marked as sent at the latest after so long, and when a chunk is over.
MARK_SECONDS = 1.0

SETTLE = """
    UPDATE contact_message SET status = %(status)s, status_reason = %(reason)s,
           answer = '',
           sent_at = CASE WHEN %(status)s = 'sent' THEN %(at)s::timestamptz END,
           handed_over_at = CASE WHEN %(status)s <> 'queued' THEN handed_over_at END
     WHERE id = ANY(%(ids)s) AND company_id = %(company_id)s AND status = 'handed_over'
"""
SENT = """
    UPDATE contact_message m SET status = 'sent', status_reason = '', answer = given.answer,
           sent_at = %(at)s
      FROM unnest(%(ids)s::bigint[], %(answers)s::text[]) AS given (id, answer)
     WHERE m.id = given.id AND m.company_id = %(company_id)s AND m.status = 'handed_over'
"""


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of the queue.

    Sent, refused by the mail server, withdrawn by the gate, waiting for their hour, and
    uncertain: handed over without an answer, so that a person must look.
    """

    sent: int = 0
    failed: int = 0
    withdrawn: int = 0
    waiting: int = 0
    uncertain: int = 0


@dataclass(slots=True)
class _Tally:
    """What was done so far; `taken` is what the server took and nobody wrote down yet."""

    sent: int = 0
    taken: dict[int, str] = field(default_factory=dict)
    marked_at: float = field(default_factory=time.monotonic)
    failed: int = 0
    withdrawn: int = 0
    waiting: int = 0
    uncertain: int = 0


def send_queued(
    actor: Actor,
    *,
    limit: int = 10_000,
    bank: BankFact | None = None,
    open_minor: OpenMinor | None = None,
) -> SendResult:
    """Send the queue, oldest first, up to `limit`; what the gate now refuses is withdrawn.

    `bank` and `open_minor` (what of each item is open now) come from rooms above. Commits as it
    goes and must not run within a transaction. Raises Refused when the mail server is not there;
    then nothing was handed over.
    """
    if not actor.may("contact.send"):
        raise Refused("not_permitted", f"{actor.name} may not send", command="contact.send")
    sender = sender_of(controls.company(actor.company_id))
    if not sender.email:
        raise Refused("sender_missing", "The company has no address to send from")
    tally = _Tally()
    try:
        with connected() as server:
            _send_all(actor, server, sender, limit, bank, open_minor, tally)
    except (OSError, smtplib.SMTPException) as error:
        raise Refused(
            "mail_server_unreachable", f"The mail server does not answer: {error}"
        ) from error
    result = SendResult(tally.sent, tally.failed, tally.withdrawn, tally.waiting, tally.uncertain)
    if result != SendResult():
        audit(actor, "contact.send", {"sent": result.sent, "failed": result.failed,
                                      "withdrawn": result.withdrawn})  # fmt: skip
    return result


def _send_all(
    actor: Actor,
    server: smtplib.SMTP,
    sender: Sender,
    limit: int,
    bank: BankFact | None,
    open_minor: OpenMinor | None,
    tally: _Tally,
) -> None:
    after, left = 0, limit
    while left > 0:
        claimed, allowed = _hand_over(
            actor, after, min(left, CHUNK_MESSAGES), bank, open_minor, tally
        )
        if not claimed:
            return
        after = claimed[-1].id
        left -= len(claimed)
        try:
            broke_at = _give_away(actor, server, sender, allowed, tally)
        finally:
            mark_sent(actor, tally)
        if broke_at is not None:
            # The line is dead. What follows was never given away and is queued again.
            settle(actor, [m.id for m in allowed[broke_at + 1 :]], "queued", "")
            return


def _give_away(
    actor: Actor,
    server: smtplib.SMTP,
    sender: Sender,
    messages: Sequence[Claimed],
    tally: _Tally,
) -> int | None:
    """Give the messages to the server, one by one; return at which of them the line broke."""
    for number, message in enumerate(messages):
        if not _deliver(actor, server, sender, message, tally):
            return number
        if time.monotonic() - tally.marked_at >= MARK_SECONDS:
            mark_sent(actor, tally)
    return None


def mark_sent(actor: Actor, tally: _Tally) -> None:
    """Write down what the server took since the last mark, and tell of it: all at once."""
    taken, tally.taken, tally.marked_at = tally.taken, {}, time.monotonic()
    if not taken:
        return
    with transaction.atomic():
        sql.execute(
            SENT,
            {
                "company_id": actor.company_id,
                "at": actor.at,
                "ids": list(taken),
                "answers": sql.array(list(taken.values())),
            },
            planned=True,
        )
        announce(actor, [MessagesSent(message_ids=tuple(taken))])
    tally.sent += len(taken)


@transaction.atomic(durable=True)
def _hand_over(
    actor: Actor,
    after: int,
    limit: int,
    bank: BankFact | None,
    open_minor: OpenMinor | None,
    tally: _Tally,
) -> tuple[list[Claimed], list[Claimed]]:
    """Claim messages under lock, ask the gate again, mark what passes handed over; commit."""
    claimed = sql.fetch(
        Claimed, CLAIM, {"company_id": actor.company_id, "after": after, "limit": limit}
    )
    if not claimed:
        return [], []
    settled = judged(actor, claimed, passed_as="handed_over", bank=bank, open_minor=open_minor)
    withdrawn = [m.id for m, v in settled if not v.allowed]
    if withdrawn:
        announce(actor, [MessagesWithdrawn(message_ids=tuple(withdrawn), reason="gate")])
    tally.withdrawn += len(withdrawn)
    tally.waiting += len(claimed) - len(settled)
    return claimed, [m for m, v in settled if v.allowed]


def _deliver(
    actor: Actor, server: smtplib.SMTP, sender: Sender, message: Claimed, tally: _Tally
) -> bool:
    """Give one message to the server and keep what it said; False when the line broke."""
    try:
        answer = hand_over(
            server,
            message.recipient,
            lambda: _mail(actor, sender, message),
            envelope=message.envelope,
        )
    except smtplib.SMTPServerDisconnected:
        tally.uncertain += 1
        return False
    except (smtplib.SMTPException, ValueError, NotFound) as error:
        # The server answered no, or the mail cannot be put together: certainly not sent.
        with transaction.atomic():
            settle(actor, [message.id], "failed", f"{type(error).__name__}: {error}"[:500])
            announce(actor, [MessagesFailed(message_ids=(message.id,))])
        tally.failed += 1
        return True
    except OSError:
        tally.uncertain += 1
        return False
    tally.taken[message.id] = answer
    return True


def _mail(actor: Actor, sender: Sender, message: Claimed) -> EmailMessage:
    return compose(
        sender=sender,
        recipient=message.recipient,
        recipient_name=message.recipient_name,
        subject=message.subject,
        text=message.body_text,
        html=message.body_html,
        message_id=message.message_id,
        language=message.language,
        at=actor.at,
        opt_out_reference=message.reference if message.purpose == "collection" else "",
        files=_enclosed(actor, message.id),
        asks_receipt=message.asks_receipt,
    )


def _enclosed(actor: Actor, message_id: int) -> list[EnclosedFile]:
    """Return the files that go with a message; ValueError when one is not what was queued."""
    found = []
    for one in queries.attachments_of(actor.company_id, message_id):
        content = files.kept_file(actor.company_id, one.file_id).content
        if hashlib.sha256(content).hexdigest() != one.sha256:
            raise ValueError(f"{one.filename} is not the file that was queued")
        found.append(EnclosedFile(one.filename, one.media_type, content))
    return found


def settle(actor: Actor, message_ids: Sequence[int], status: str, reason: str) -> int:
    """Move messages on from handed over; others are left alone. Return how many moved."""
    if not message_ids:
        return 0
    return sql.execute(
        SETTLE,
        {
            "company_id": actor.company_id,
            "at": actor.at,
            "ids": list(message_ids),
            "status": status,
            "reason": reason,
        },
        planned=True,
    )


@command("contact.resend")
def queue_again(actor: Actor, reference: str) -> None:
    """After a person looked: queue an uncertain message once more, under its old Message-ID."""
    _move_uncertain(actor, reference, "queued", "")


@command("contact.resend")
def give_up(actor: Actor, reference: str, *, was_sent: bool) -> None:
    """After a person looked: mark an uncertain message as sent, or as failed."""
    message_id = _move_uncertain(
        actor, reference, "sent" if was_sent else "failed", "decided_by_person"
    )
    kind = MessagesSent if was_sent else MessagesFailed
    announce(actor, [kind(message_ids=(message_id,))])


def _move_uncertain(actor: Actor, reference: str, status: str, reason: str) -> int:
    found = queries.message(actor.company_id, reference)
    if not settle(actor, [found.row.id], status, reason):
        raise Conflict("message_not_uncertain", "The message is not uncertain any more")
    return found.row.id
