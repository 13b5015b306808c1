"""Claim queued messages under lock, and ask the gate about each once more before it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from creditdesk.contact import queries
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
from creditdesk.contact.services.queueing import Places
from creditdesk.contact.services.rows import write_verdicts
from creditdesk.controls import queries as controls
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies

OpenMinor = Callable[[Sequence[int]], Mapping[int, int]]
_MESSAGE = """
    SELECT m.id, m.reference, m.customer_id, m.contact_id, m.channel, m.purpose, m.step,
           m.recipient_name, m.recipient, m.language, m.subject, m.body_text, m.body_html,
           m.message_id, m.asks_receipt, m.queued_at, coalesce(c.country, '')
      FROM contact_message m LEFT JOIN customers_customer c ON c.id = m.customer_id
     WHERE m.company_id = %(company_id)s AND m.status = 'queued'
"""
CLAIM = f"""
    {_MESSAGE}
       AND m.channel <> 'post' AND m.id > %(after)s
     ORDER BY m.id LIMIT %(limit)s FOR UPDATE OF m SKIP LOCKED
"""
CLAIM_POST = f"""
    {_MESSAGE}
       AND m.channel = 'post' AND m.id = ANY(%(ids)s)
     ORDER BY m.id FOR UPDATE OF m
"""
MARK = """
    UPDATE contact_message m SET status = given.status, status_reason = given.reason,
           handed_over_at = CASE WHEN given.status IN ('handed_over', 'sent') THEN %(at)s END,
           sent_at = CASE WHEN given.status = 'sent' THEN %(at)s END
      FROM unnest(%(ids)s::bigint[], %(statuses)s::text[], %(reasons)s::text[])
           AS given (id, status, reason)
     WHERE m.id = given.id AND m.company_id = %(company_id)s AND m.status = 'queued'
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A queued message under lock, with all that is needed to send it."""

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


def verdicts_on(
    actor: Actor,
    claimed: Sequence[Claimed],
    items: Mapping[int, tuple[IntentItem, ...]],
    bank: BankFact | None,
    open_minor: OpenMinor | None,
) -> list[Verdict]:
    """Return what the gate says of each message now, in order."""
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


def _as_intent(message: Claimed, items: tuple[IntentItem, ...]) -> Intent:
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


def why(verdict: Verdict) -> str:
    """Return the code of the first check that stopped the message; for items, their cause."""
    if verdict.allowed:
        return ""
    first = verdict.failed[0]
    return str(first.params.get("cause", first.code))


def as_draft(message: Claimed, items: Sequence[IntentItem]) -> Draft:
    """Return the message as what the gate is asked about."""
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


def judged(
    actor: Actor,
    claimed: Sequence[Claimed],
    *,
    passed_as: str,
    bank: BankFact | None = None,
    open_minor: OpenMinor | None = None,
) -> list[tuple[Claimed, Verdict]]:
    """Store what the gate says of each and mark it, `passed_as` or withdrawn; return both.

    Those that only have to wait are left as they are, and left out.
    """
    items = queries.items_of(actor.company_id, [message.id for message in claimed])
    verdicts = verdicts_on(actor, claimed, items, bank, open_minor)
    settled = [(m, v) for m, v in zip(claimed, verdicts, strict=True) if not v.waits]
    write_verdicts(
        actor,
        [(m.id, as_draft(m, items.get(m.id, ())), v) for m, v in settled],
        stage="send",
        policy_version=policies.in_force(actor.company_id, actor.today).version,
    )
    sql.execute(
        MARK,
        {
            "company_id": actor.company_id,
            "at": actor.at,
            "ids": [m.id for m, _ in settled],
            "statuses": [passed_as if v.allowed else "withdrawn" for _, v in settled],
            "reasons": [why(v) for _, v in settled],
        },
    )
    return settled
