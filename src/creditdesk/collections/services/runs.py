"""The dunning run: who is written to today, by which step, past the gate and into the queue."""

from __future__ import annotations

import gc
import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from creditdesk.collections import queries
from creditdesk.collections.events import DunningRunFinished, DunningRunHeld
from creditdesk.collections.models import Run
from creditdesk.collections.rules import Planned
from creditdesk.collections.services import fees, pay_links
from creditdesk.collections.services.drafting import Drafting
from creditdesk.collections.services.planning import (
    SHADOW,
    messages_due,
    take_steps,
    take_turn,
    why_held,
)
from creditdesk.contact import services as contact
from creditdesk.contact.rules import BankFact, Draft, DraftItem, Reason
from creditdesk.controls.commands import command
from creditdesk.customers import queries as customers
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy

CHUNK_MESSAGES = 1000
_KEEP = """
    UPDATE collections_run
       SET policy_version = %s, customers_total = %s, messages_queued = %s, customers_held = %s,
           held_reason = %s, report = %s, recorded_at = %s, recorded_by = %s
     WHERE company_id = %s AND run_on = %s
"""
CLAIM_DATE = """
    INSERT INTO collections_run
        (company_id, run_on, policy_version, customers_total, messages_queued, customers_held,
         held_reason, report, recorded_at, recorded_by)
    VALUES (%(company_id)s, %(run_on)s, %(version)s, 0, 0, 0, '', '{}', %(at)s, %(by)s)
    ON CONFLICT (company_id, run_on) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did; `held_reason` says why it wrote to nobody, if so.

    `customers_held` had something to be written about and the gate refused. `is_repeat` says
    that the run of this date had been made before and this is its stored result.
    """

    run_on: date
    policy_version: int
    customers_total: int = 0
    messages_queued: int = 0
    customers_held: int = 0
    lines_total: int = 0
    held_reason: str = ""
    is_repeat: bool = False
    by_step: Mapping[str, int] | None = None
    stale_accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """A message a run would write now, or why the gate would not let it pass."""

    customer_id: int
    customer_number: str
    customer_name: str
    currency: str
    step: str
    recipient: str
    total_minor: int
    items: tuple[DraftItem, ...]
    will_be_queued: bool
    reasons: tuple[Reason, ...]
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run would do now; nothing was written."""

    run_on: date
    held_reason: str
    stale_accounts: tuple[str, ...]
    messages: tuple[PlannedMessage, ...]


def preview_run(actor: Actor) -> RunPlan:
    """Return what a run would write today, with each verdict and text; writes nothing."""
    policy = policies.in_force(actor.company_id, actor.today)
    bank = queries.bank_fact(actor.company_id, actor.today)
    planned = list(messages_due(actor, policy))
    pay_at = [pay_links.sample(actor)] * len(planned)
    examined = contact.examine(
        actor, Drafting(actor, policy).drafts(planned, pay_at), policy=policy, bank=bank
    )
    known = customers.customers_by_id(actor.company_id, {one.draft.customer_id for one in examined})
    return RunPlan(
        actor.today,
        why_held(actor, policy, bank),
        _stale(bank),
        tuple(_shown(one, known[one.draft.customer_id].number) for one in examined),
    )


def _shown(one: contact.Examined, customer_number: str) -> PlannedMessage:
    draft, kept, letter = one.draft, set(one.verdict.item_ids), one.letter
    return PlannedMessage(
        customer_id=draft.customer_id,
        customer_number=customer_number,
        customer_name=draft.customer_name,
        currency=draft.currency,
        step=draft.step,
        recipient=draft.recipient,
        total_minor=sum(item.open_minor for item in draft.items if item.item_id in kept),
        items=draft.items,
        will_be_queued=letter is not None,
        reasons=one.verdict.reasons,
        subject=letter.subject if letter else "",
        text=letter.text if letter else "",
        html=letter.html if letter else "",
    )


@command("collections.run")
def run(actor: Actor, *, run_on: date) -> RunResult:
    """Write today's reminders: decide, ask the gate, queue. Once per company and date.

    A stale bank import, or a day on which nobody is written to, holds the run and says so; a held
    run may be made again the same day. Any other repeat returns the stored result. Contacting is
    for today alone: a missed date is not made up for, as the ladder looks at today's lateness.
    """
    if run_on != actor.today:
        raise Refused("run_not_today", "Customers are contacted for today only", run_on=run_on)
    policy = policies.in_force(actor.company_id, actor.today)
    stored = _claim(actor, policy, run_on)
    if stored is not None:
        return stored
    bank = queries.bank_fact(actor.company_id, run_on)
    held_reason = why_held(actor, policy, bank)
    if held_reason:
        result = RunResult(
            run_on,
            policy.version,
            held_reason=held_reason,
            stale_accounts=_stale(bank),
            by_step=_shadow_of(actor) if held_reason == SHADOW else None,
        )
        announce(actor, [DunningRunHeld(run_on=run_on.isoformat(), reason=held_reason)])
    else:
        with _without_collector():
            result = _made(actor, policy, bank)
    _keep(actor, result)
    return result


def _made(actor: Actor, policy: Policy, bank: BankFact | None) -> RunResult:
    take_turn(actor)
    contact.withdraw_unsent(actor)
    passed: Counter[str] = Counter()
    lines_total = 0
    written: set[int] = set()
    refused: set[int] = set()
    under_way: deque[list[Draft]] = deque()
    for queued in contact.queue_all(
        actor, _batches(actor, policy, under_way), policy=policy, bank=bank
    ):
        drafts = under_way.popleft()
        take_steps(actor, drafts, queued, policy)
        for draft, outcome in zip(drafts, queued.outcomes, strict=True):
            lines_total += len(draft.items)
            if outcome.message_id is None:
                refused.add(draft.customer_id)
            else:
                passed[draft.step] += 1
                written.add(draft.customer_id)
    result = RunResult(
        run_on=actor.today,
        policy_version=policy.version,
        customers_total=len(written | refused),
        messages_queued=passed.total(),
        customers_held=len(refused - written),
        lines_total=lines_total,
        by_step=dict(sorted(passed.items())),
    )
    announce(
        actor,
        [
            DunningRunFinished(
                run_on=actor.today.isoformat(),
                messages_queued=result.messages_queued,
                customers_held=result.customers_held,
            )
        ],
    )
    return result


def _batches(actor: Actor, policy: Policy, under_way: deque[list[Draft]]) -> Iterator[list[Draft]]:
    """Yield the drafts of a run chunk by chunk, and remember those not yet known to be queued."""
    drafting = Drafting(actor, policy)
    for planned in _chunks(messages_due(actor, policy)):
        drafts = drafting.drafts(planned, pay_links.of_planned(actor, planned))
        under_way.append(drafts)
        yield drafts


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the cyclic collector: a run makes many small values and no cycles.

    Walking them again and again took a third of a run of a hundred thousand lines.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _chunks(planned: Iterable[Planned]) -> Iterator[list[Planned]]:
    """Cut a run into pieces of bounded memory; the messages of one customer stay together."""
    chunk: list[Planned] = []
    for _, group in groupby(planned, key=lambda one: one.customer_id):
        chunk += group
        if len(chunk) >= CHUNK_MESSAGES:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def send_queued(actor: Actor, *, limit: int = 10_000) -> contact.SendResult:
    """Send what is queued, with what cash and invoices know now; commits as it goes.

    Then the fees are charged that the reminders sent have named.
    """
    sent = contact.send_queued(
        actor,
        limit=limit,
        bank=queries.bank_fact(actor.company_id, actor.today),
        open_minor=lambda item_ids: {
            item_id: row.open_minor
            for item_id, row in invoices.items_by_id(actor.company_id, item_ids).items()
        },
    )
    if fees.is_any_sent(actor):
        fees.charge_reminders(actor)
    return sent


def _claim(actor: Actor, policy: Policy, run_on: date) -> RunResult | None:
    """Take the date for this transaction, or return the run made before; a rival waits here."""
    params = {
        "company_id": actor.company_id,
        "run_on": run_on,
        "version": policy.version,
        "at": actor.at,
        "by": actor.name,
    }
    if sql.execute(CLAIM_DATE, params):
        return None
    stored = Run.objects.select_for_update().get(company_id=actor.company_id, run_on=run_on)
    if stored.held_reason:
        return None
    report = stored.report
    return RunResult(
        run_on,
        stored.policy_version,
        stored.customers_total,
        stored.messages_queued,
        stored.customers_held,
        report.get("lines_total", 0),
        is_repeat=True,
        by_step=report.get("by_step"),
    )


def _keep(actor: Actor, result: RunResult) -> None:
    report = {
        "lines_total": result.lines_total,
        "by_step": dict(result.by_step or {}),
        "stale_accounts": list(result.stale_accounts),
    }
    values = (
        result.policy_version, result.customers_total, result.messages_queued,
        result.customers_held, result.held_reason, json.dumps(report), actor.at, actor.name,
    )  # fmt: skip
    sql.execute(_KEEP, [*values, actor.company_id, result.run_on])


def _shadow_of(actor: Actor) -> dict[str, int]:
    """Return how many messages by step the run would have written."""
    written = Counter(one.step for one in preview_run(actor).messages if one.will_be_queued)
    return dict(sorted(written.items()))


def _stale(bank: BankFact | None) -> tuple[str, ...]:
    return tuple(account.identifier for account in bank.stale) if bank else ()
