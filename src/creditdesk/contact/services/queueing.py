"""Put messages into the queue, each behind its stored verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from creditdesk.contact import queries
from creditdesk.contact.events import MessagesQueued
from creditdesk.contact.letters import Letter, LetterWriter, Sender
from creditdesk.contact.rules import BankFact, Draft, DraftItem, Facts, Verdict, judge
from creditdesk.contact.services import rows
from creditdesk.contact.zones import zone_of
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy


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
class _Ready:
    """A batch judged and put into words: what is left is to number and write it.

    `ids` are those of the messages, for each of the examined; the lines are as COPY takes them.
    """

    examined: list[Examined]
    ids: list[int | None]
    item_lines: list[str]
    verdict_lines: list[str]


@command("contact.send")
def queue(actor: Actor, drafts: Sequence[Draft], *, bank: BankFact | None = None) -> QueueResult:
    """Ask the gate for each draft, store every verdict, and queue what was let pass.

    `bank` says how fresh the bank import is; without it nothing that asks for money passes.
    A message that only has to wait for the hour is queued: the sender asks again.
    """
    policy = policies.in_force(actor.company_id, actor.today)
    return next(queue_all(actor, [drafts], policy=policy, bank=bank))


def queue_all(
    actor: Actor,
    batches: Iterable[Sequence[Draft]],
    *,
    policy: Policy,
    bank: BankFact | None,
) -> Iterator[QueueResult]:
    """Queue batch after batch as `queue` does, and yield what became of each, in order.

    All messages to one customer stand in one batch. Writing waits for the database most of its
    time: meanwhile a second thread, which never asks it, judges and words the next batch. No more
    than three batches are in memory.
    """
    gate = Gate(actor, policy, bank)
    waiting: Future[_Ready] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="letters") as pool:
        for drafts in batches:
            known = gate.facts(drafts)
            ids = sql.next_ids("contact_message", len(drafts)) if drafts else []
            follows = pool.submit(_ready, gate, drafts, known, ids, policy.version)
            if waiting is not None:
                yield _stored(actor, waiting.result())
            waiting = follows
        if waiting is not None:
            yield _stored(actor, waiting.result())


def examine(
    actor: Actor, drafts: Sequence[Draft], *, policy: Policy, bank: BankFact | None
) -> list[Examined]:
    """Return each draft with its verdict and letter; writes nothing."""
    gate = Gate(actor, policy, bank)
    return gate.examined(drafts, gate.facts(drafts))


class Gate:
    """What every batch of one run is asked with, and the letters of what passes."""

    def __init__(self, actor: Actor, policy: Policy, bank: BankFact | None) -> None:
        self.actor = actor
        self._rules = policy.contact
        self._bank = bank
        company = controls.company(actor.company_id)
        self._writer = LetterWriter(sender_of(company))
        self._places = Places(actor, company)

    def facts(self, drafts: Sequence[Draft]) -> list[Facts]:
        """Return what the database knows about each draft."""
        if not drafts:
            return []
        return queries.gate_facts(
            self.actor.company_id,
            [draft.intent for draft in drafts],
            on=self.actor.today,
            base=Facts(bank=self._bank),
        )

    def examined(self, drafts: Sequence[Draft], facts: Sequence[Facts]) -> list[Examined]:
        """Return each draft with its verdict and letter; asks no database."""
        return [self._one(draft, known) for draft, known in zip(drafts, facts, strict=True)]

    def _one(self, draft: Draft, known: Facts) -> Examined:
        now_local, calendar = self._places.of(draft.country)
        verdict = judge(draft.intent, known, self._rules, now_local, calendar)
        if not (verdict.allowed or verdict.waits):
            return Examined(draft, verdict, None)
        return Examined(draft, verdict, self._writer.write(draft, kept_items(draft, verdict)))


def kept_items(draft: Draft, verdict: Verdict) -> Sequence[DraftItem]:
    """Return the items that stay in the message."""
    if len(verdict.item_ids) == len(draft.items):
        return draft.items
    kept = set(verdict.item_ids)
    return [item for item in draft.items if item.item_id in kept]


def _ready(
    gate: Gate, drafts: Sequence[Draft], facts: Sequence[Facts], ids: Sequence[int], version: int
) -> _Ready:
    examined = gate.examined(drafts, facts)
    given = [
        message_id if one.letter is not None else None
        for message_id, one in zip(ids, examined, strict=True)
    ]
    told = [(of, one.draft, one.verdict) for of, one in zip(given, examined, strict=True)]
    return _Ready(
        examined,
        given,
        rows.item_lines(
            gate.actor, [(of, kept_items(draft, verdict)) for of, draft, verdict in told if of]
        ),
        rows.verdict_lines(gate.actor, told, stage="queue", policy_version=version),
    )


def _stored(actor: Actor, ready: _Ready) -> QueueResult:
    """Write every verdict, and a message with its items for each letter, by COPY."""
    passed = [
        rows.Passed(of, one.draft, one.letter)
        for of, one in zip(ready.ids, ready.examined, strict=True)
        if of is not None and one.letter is not None
    ]
    references = rows.write_messages(actor, passed)
    rows.write_items(ready.item_lines)
    rows.write_verdict_lines(ready.verdict_lines)
    refused = len(ready.examined) - len(passed)
    if ready.examined:
        announce(actor, [_fact(references, refused)])
    outcomes = tuple(
        Outcome(of, of is not None, one.verdict.item_ids)
        for of, one in zip(ready.ids, ready.examined, strict=True)
    )
    return QueueResult(len(passed), refused, outcomes)


def _fact(references: Sequence[str], refused: int) -> MessagesQueued:
    if not references:
        return MessagesQueued(count=0, refused=refused)
    return MessagesQueued(
        count=len(references),
        refused=refused,
        first_reference=references[0],
        last_reference=references[-1],
    )


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
