"""Put messages into the queue, each behind its stored verdict."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from creditdesk.contact import queries
from creditdesk.contact.events import MessagesQueued
from creditdesk.contact.letters import Letter, LetterWriter, Sender, one_line, supported
from creditdesk.contact.rules import BankFact, Draft, Facts, Reason, Verdict, judge
from creditdesk.contact.zones import zone_of
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import take_references
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy

MESSAGE_COLUMNS = (
    "id", "company_id", "reference", "customer_id", "contact_id", "channel", "purpose", "step",
    "recipient_name", "recipient", "language", "subject", "body_text", "body_html", "message_id",
    "status", "status_reason", "queued_at", "recorded_by",
)  # fmt: skip
ITEM_COLUMNS = ("company_id", "message_id", "item_id", "open_minor", "step")
VERDICT_COLUMNS = (
    "company_id", "customer_id", "message_id", "purpose", "channel", "stage", "allowed",
    "reasons", "inputs", "policy_version", "recorded_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Examined:
    """A draft with the gate's answer; the letter is there when the gate let it pass."""

    draft: Draft
    verdict: Verdict
    letter: Letter | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one draft: the message, or none; and the items it is about."""

    message_id: int | None
    allowed: bool
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class QueueResult:
    """How many messages wait to be sent, how many were refused, and each draft's outcome."""

    queued: int
    refused: int
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class _Queued:
    """A message about to be written: its id, reference and Message-ID with what was examined."""

    id: int
    reference: str
    message_id: str
    examined: Examined
    letter: Letter


@command("contact.send")
def queue(actor: Actor, drafts: Sequence[Draft], *, bank: BankFact | None = None) -> QueueResult:
    """Ask the gate for each draft, store every verdict, and queue what was let pass.

    `bank` says how fresh the bank import is; without it nothing that asks for money passes.
    A message that only has to wait for the hour is queued: the sender asks again.
    """
    policy = policies.in_force(actor.company_id, actor.today)
    return store(actor, examine(actor, drafts, policy=policy, bank=bank), policy.version)


def examine(
    actor: Actor, drafts: Sequence[Draft], *, policy: Policy, bank: BankFact | None
) -> list[Examined]:
    """Return each draft with its verdict and letter; writes nothing."""
    if not drafts:
        return []
    company = controls.company(actor.company_id)
    intents = [draft.intent for draft in drafts]
    facts = queries.gate_facts(actor.company_id, intents, on=actor.today, base=Facts(bank=bank))
    writer = LetterWriter(sender_of(company))
    places = Places(actor, company)
    examined = []
    for draft, intent, known in zip(drafts, intents, facts, strict=True):
        now_local, calendar = places.of(draft.country)
        verdict = judge(intent, known, policy.contact, now_local, calendar)
        letter = None
        if verdict.allowed or verdict.waits:
            kept = set(verdict.item_ids)
            letter = writer.write(
                draft,
                draft.items
                if len(kept) == len(draft.items)
                else [item for item in draft.items if item.item_id in kept],
            )
        examined.append(Examined(draft, verdict, letter))
    return examined


def sender_of(company: controls.CompanyRow) -> Sender:
    """Return the company as it signs."""
    return Sender(
        company.sender_name or company.name,
        company.sender_email,
        company.address,
        company.phone,
    )


class Places:
    """The local moment and the business days of each country, worked out once per batch."""

    def __init__(self, actor: Actor, company: controls.CompanyRow) -> None:
        self._actor = actor
        self._company = company
        self._known: dict[str, tuple[datetime, BusinessCalendar]] = {}

    def of(self, country: str) -> tuple[datetime, BusinessCalendar]:
        """Return now in the customer's zone, and the calendar of the customer's country."""
        if country not in self._known:
            zone: ZoneInfo = zone_of(country, self._company.timezone)
            now_local = self._actor.at.astimezone(zone)
            calendar = policies.calendar(country or self._company.country, now_local.date())
            self._known[country] = (now_local, calendar)
        return self._known[country]


def store(actor: Actor, examined: Sequence[Examined], policy_version: int) -> QueueResult:
    """Write every verdict, and a message with its items for each letter, by COPY."""
    messages = _numbered(actor, [one for one in examined if one.letter is not None])
    sql.copy_rows("contact_message", MESSAGE_COLUMNS, _message_rows(actor, messages))
    sql.copy_rows("contact_messageitem", ITEM_COLUMNS, _item_rows(actor, messages))
    id_of = {id(message.examined): message.id for message in messages}
    write_verdicts(
        actor,
        [(id_of.get(id(one)), one.draft, one.verdict) for one in examined],
        stage="queue",
        policy_version=policy_version,
    )
    refused = len(examined) - len(messages)
    if examined:
        announce(actor, [_fact(messages, refused)])
    outcomes = tuple(
        Outcome(id_of.get(id(one)), one.letter is not None, one.verdict.item_ids)
        for one in examined
    )
    return QueueResult(len(messages), refused, outcomes)


def _fact(messages: Sequence[_Queued], refused: int) -> MessagesQueued:
    if not messages:
        return MessagesQueued(count=0, refused=refused)
    return MessagesQueued(
        count=len(messages),
        refused=refused,
        first_reference=messages[0].reference,
        last_reference=messages[-1].reference,
    )


def _numbered(actor: Actor, passed: Sequence[Examined]) -> list[_Queued]:
    if not passed:
        return []
    ids = sql.next_ids("contact_message", len(passed))
    references = take_references(actor, "MSG", len(passed))
    _, _, domain = controls.company(actor.company_id).sender_email.rpartition("@")
    return [
        _Queued(
            message_pk,
            reference,
            _message_id(actor, reference, one.draft.recipient, domain or "localhost"),
            one,
            one.letter,
        )
        for message_pk, reference, one in zip(ids, references, passed, strict=True)
        if one.letter is not None
    ]


def _message_id(actor: Actor, reference: str, recipient: str, domain: str) -> str:
    """Return the Message-ID a message keeps for ever, so that a receiver can tell a repeat."""
    seed = f"{actor.company_id}|{reference}|{recipient}|{actor.at.isoformat()}"
    return f"<{reference}.{hashlib.sha256(seed.encode()).hexdigest()[:16]}@{domain}>"


def _message_rows(actor: Actor, messages: Sequence[_Queued]) -> Iterator[tuple[object, ...]]:
    for message in messages:
        draft, letter = message.examined.draft, message.letter
        yield (
            message.id, actor.company_id, message.reference, draft.customer_id, draft.contact_id,
            draft.channel, draft.purpose, draft.step, one_line(draft.recipient_name),
            one_line(draft.recipient), supported(draft.language), letter.subject, letter.text,
            letter.html, message.message_id, "queued", "", actor.at, actor.name,
        )  # fmt: skip


def _item_rows(actor: Actor, messages: Sequence[_Queued]) -> Iterator[tuple[object, ...]]:
    for message in messages:
        kept = set(message.examined.verdict.item_ids)
        for item in message.examined.draft.items:
            if item.item_id in kept:
                yield (actor.company_id, message.id, item.item_id, item.open_minor, item.step)


def write_verdicts(
    actor: Actor,
    said: Sequence[tuple[int | None, Draft, Verdict]],
    *,
    stage: str,
    policy_version: int,
) -> None:
    """Store what the gate said, by COPY, with what it was asked."""
    text_of = _reason_writer()
    sql.copy_rows(
        "contact_verdict",
        VERDICT_COLUMNS,
        (
            (
                actor.company_id, draft.customer_id, message_id, draft.purpose, draft.channel,
                stage, verdict.allowed, text_of(verdict.reasons), _inputs(actor, draft),
                policy_version, actor.at,
            )
            for message_id, draft, verdict in said
        ),
    )  # fmt: skip


def _reason_writer() -> Callable[[Sequence[Reason]], str]:
    """Return a function that writes reasons as JSON; equal reasons of a batch are written once."""
    known: dict[int, str] = {}

    def write(reasons: Sequence[Reason]) -> str:
        parts = []
        for reason in reasons:
            text = known.get(id(reason))
            if text is None:
                text = json.dumps(
                    {
                        "code": reason.code,
                        "passed": reason.is_passed,
                        "params": dict(reason.params),
                    },
                    separators=(",", ":"),
                )
                known[id(reason)] = text
            parts.append(text)
        return f"[{','.join(parts)}]"

    return write


def _inputs(actor: Actor, draft: Draft) -> str:
    """Return what was asked, without the person's address: the contact's id stands for it."""
    items = ",".join(f'"{item.item_id}":{item.open_minor}' for item in draft.items)
    head = json.dumps(
        {
            "at": actor.at.isoformat(),
            "contact_id": draft.contact_id,
            "country": draft.country,
            "step": draft.step,
            "currency": draft.currency,
        },
        separators=(",", ":"),
    )
    return f'{head[:-1]},"items":{{{items}}}}}'
