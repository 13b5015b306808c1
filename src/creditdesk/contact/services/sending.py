"""Send what is queued: ask the gate again, mark handed over, give it to the mail server.

Each mark is committed before the next act, so that a crash at any instant leaves a message either
`queued` (not given away) or `handed_over` (perhaps given away: a person decides, and it is never
sent again by itself).
"""

from __future__ import annotations

import hashlib
import smtplib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from itertools import groupby

from django.db import transaction

from creditdesk.contact import queries
from creditdesk.contact.events import MessagesFailed, MessagesSent, MessagesWithdrawn
from creditdesk.contact.letters import Sender
from creditdesk.contact.mail import EnclosedFile, compose
from creditdesk.contact.rules import (
    BankFact,
    Draft,
    DraftItem,
    Facts,
    Intent,
    IntentItem,
    Verdict,
    judge,
)
from creditdesk.contact.services.queueing import Places, sender_of
from creditdesk.contact.services.rows import write_verdicts
from creditdesk.contact.transport import connected, hand_over
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.controls.services import audit
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.plumbing import queries as files
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policies

# How many messages are in the air at once, and so uncertain at most after a crash.
CHUNK_MESSAGES = 20
OpenMinor = Callable[[Sequence[int]], Mapping[int, int]]

CLAIM = """
    SELECT m.id, m.reference, m.customer_id, m.contact_id, m.channel, m.purpose, m.step,
           m.recipient_name, m.recipient, m.language, m.subject, m.body_text, m.body_html,
           m.message_id, m.asks_receipt, m.queued_at, c.country
      FROM contact_message m JOIN customers_customer c ON c.id = m.customer_id
     WHERE m.company_id = %(company_id)s AND m.status = 'queued' AND m.id > %(after)s
       AND m.channel <> 'post'
     ORDER BY m.id LIMIT %(limit)s FOR UPDATE OF m SKIP LOCKED
"""
MARK = """
    UPDATE contact_message m SET status = given.status, status_reason = given.reason,
           handed_over_at = CASE WHEN given.status = 'handed_over' THEN %(at)s END
      FROM unnest(%(ids)s::bigint[], %(statuses)s::text[], %(reasons)s::text[])
           AS given (id, status, reason)
     WHERE m.id = given.id AND m.company_id = %(company_id)s AND m.status = 'queued'
"""
SETTLE = """
    UPDATE contact_message SET status = %(status)s, status_reason = %(reason)s,
           answer = %(answer)s,
           sent_at = CASE WHEN %(status)s = 'sent' THEN %(at)s::timestamptz END,
           handed_over_at = CASE WHEN %(status)s <> 'queued' THEN handed_over_at END
     WHERE id = ANY(%(ids)s) AND company_id = %(company_id)s AND status = 'handed_over'
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


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    reference: str
    customer_id: int
    contact_id: int | None
    channel: str
    purpose: str
    step: str
    recipient_name: str
    recipient: str
    language: str
    subject: str
    body_text: str
    body_html: str
    message_id: str
    asks_receipt: bool
    queued_at: datetime
    country: str

    @property
    def envelope(self) -> str:
        """What the mail is called on its way: the part of its Message-ID nobody can guess."""
        return self.message_id.strip("<>").rpartition("@")[0]


@dataclass(slots=True)
class _Tally:
    sent: list[int]
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
    tally = _Tally(sent=[])
    try:
        with connected() as server:
            _send_all(actor, server, sender, limit, bank, open_minor, tally)
    except (OSError, smtplib.SMTPException) as error:
        raise Refused(
            "mail_server_unreachable", f"The mail server does not answer: {error}"
        ) from error
    result = SendResult(
        len(tally.sent), tally.failed, tally.withdrawn, tally.waiting, tally.uncertain
    )
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
        for number, message in enumerate(allowed):
            if not _deliver(actor, server, sender, message, tally):
                # The line is dead. What follows was never given away and is queued again.
                settle(actor, [m.id for m in allowed[number + 1 :]], "queued", "")
                return


@transaction.atomic(durable=True)
def _hand_over(
    actor: Actor,
    after: int,
    limit: int,
    bank: BankFact | None,
    open_minor: OpenMinor | None,
    tally: _Tally,
) -> tuple[list[_Claimed], list[_Claimed]]:
    """Claim messages under lock, ask the gate again, mark what passes handed over; commit."""
    claimed = sql.fetch(
        _Claimed, CLAIM, {"company_id": actor.company_id, "after": after, "limit": limit}
    )
    if not claimed:
        return [], []
    policy = policies.in_force(actor.company_id, actor.today)
    items = queries.items_of(actor.company_id, [message.id for message in claimed])
    verdicts = _verdicts(actor, claimed, items, bank, open_minor)
    settled = [(m, v) for m, v in zip(claimed, verdicts, strict=True) if not v.waits]
    write_verdicts(
        actor,
        [(m.id, _as_draft(m, items.get(m.id, ())), v) for m, v in settled],
        stage="send",
        policy_version=policy.version,
    )
    sql.execute(
        MARK,
        {
            "company_id": actor.company_id,
            "at": actor.at,
            "ids": [m.id for m, _ in settled],
            "statuses": ["handed_over" if v.allowed else "withdrawn" for _, v in settled],
            "reasons": [_why(v) for _, v in settled],
        },
    )
    withdrawn = [m.id for m, v in settled if not v.allowed]
    if withdrawn:
        announce(actor, [MessagesWithdrawn(message_ids=tuple(withdrawn), reason="gate")])
    tally.withdrawn += len(withdrawn)
    tally.waiting += len(claimed) - len(settled)
    return claimed, [m for m, v in settled if v.allowed]


def _verdicts(
    actor: Actor,
    claimed: Sequence[_Claimed],
    items: Mapping[int, tuple[IntentItem, ...]],
    bank: BankFact | None,
    open_minor: OpenMinor | None,
) -> list[Verdict]:
    policy = policies.in_force(actor.company_id, actor.today)
    item_ids = sorted({item.item_id for of_one in items.values() for item in of_one})
    base = Facts(bank=bank, open_minor=open_minor(item_ids) if open_minor else None)
    places = Places(actor, controls.company(actor.company_id))
    verdicts: dict[int, Verdict] = {}
    for queued_at, group in groupby(claimed, key=lambda message: message.queued_at):
        batch = list(group)
        intents = [_as_intent(message, items.get(message.id, ())) for message in batch]
        # Messages queued in the same moment are one contact: one per currency.
        known = queries.gate_facts(
            actor.company_id,
            intents,
            on=actor.today,
            base=base,
            before=queued_at,
            but_messages=[message.id for message in batch],
        )
        for message, intent, facts in zip(batch, intents, known, strict=True):
            now_local, calendar = places.of(message.country)
            verdicts[message.id] = judge(intent, facts, policy.contact, now_local, calendar)
    return [verdicts[message.id] for message in claimed]


def _as_intent(message: _Claimed, items: tuple[IntentItem, ...]) -> Intent:
    return Intent(
        customer_id=message.customer_id,
        channel=message.channel,
        purpose=message.purpose,
        recipient=message.recipient,
        items=items,
        step=message.step,
        is_written=True,
        queued_on=message.queued_at.date(),
    )


def _why(verdict: Verdict) -> str:
    """Return the code of the first check that stopped the message; for items, their cause."""
    if verdict.allowed:
        return ""
    first = verdict.failed[0]
    return str(first.params.get("cause", first.code))


def _as_draft(message: _Claimed, items: Sequence[IntentItem]) -> Draft:
    return Draft(
        customer_id=message.customer_id,
        customer_name="",
        recipient=message.recipient,
        purpose=message.purpose,
        contact_id=message.contact_id,
        channel=message.channel,
        step=message.step,
        country=message.country,
        items=tuple(
            DraftItem(item.item_id, "", message.queued_at.date(), 0, item.open_minor, item.step)
            for item in items
        ),
    )


def _deliver(
    actor: Actor, server: smtplib.SMTP, sender: Sender, message: _Claimed, tally: _Tally
) -> bool:
    """Give one message to the server and mark what it said; False when the line broke."""
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
    with transaction.atomic():
        settle(actor, [message.id], "sent", "", answer)
        announce(actor, [MessagesSent(message_ids=(message.id,))])
    tally.sent.append(message.id)
    return True


def _mail(actor: Actor, sender: Sender, message: _Claimed) -> EmailMessage:
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


def settle(
    actor: Actor, message_ids: Sequence[int], status: str, reason: str, answer: str = ""
) -> int:
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
            "answer": answer,
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
