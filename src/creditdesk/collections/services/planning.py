"""What the ladder calls for today, and the steps that are taken: by a run and by hand alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from creditdesk.collections import queries
from creditdesk.collections.rules import Planned, plan
from creditdesk.collections.services import fees
from creditdesk.contact import queries as contact_queries
from creditdesk.contact import services as contact
from creditdesk.contact.rules import BankFact, Draft
from creditdesk.controls import queries as controls
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy, notice_law

STEP_COLUMNS: Final = (
    "company_id", "customer_id", "item_id", "step", "level", "taken_on", "message_id",
    "recorded_at",
)  # fmt: skip
SHADOW: Final = "shadow"
_TURN: Final = "SELECT pg_advisory_xact_lock(hashtextextended('collections.run', %s))"


def take_turn(actor: Actor) -> None:
    """Let nobody else of the company take steps until this transaction ends."""
    sql.scalar(_TURN, [actor.company_id])


def why_held(actor: Actor, policy: Policy, bank: BankFact | None) -> str:
    """Return the code of what holds every reminder today, or an empty text."""
    first = queries.first_run(actor.company_id)
    if first is not None and (first.sends_from is None or actor.today < first.sends_from):
        return SHADOW
    country = controls.company(actor.company_id).country
    calendar = policies.calendar(country, actor.today)
    if policy.contact.business_days_only and not calendar.is_business_day(actor.today):
        return "not_a_business_day"
    if not policy.contact.bank_import_must_be_fresh:
        return ""
    if bank is None:
        return "bank_unknown"
    return "bank_stale" if bank.stale else ""


def messages_due(
    actor: Actor, policy: Policy, customer_ids: Iterable[int] | None = None
) -> Iterator[Planned]:
    """Yield the messages that open items call for today, by customer; of all unless named."""
    ahead_days = max((-step.days_late for step in policy.ladder if step.days_late < 0), default=0)
    lines = queries.lines_to_chase(
        actor.company_id, until=actor.today + timedelta(days=ahead_days), customer_ids=customer_ids
    )
    held_items = {
        hold.item_id
        for hold in contact_queries.live_holds(actor.company_id, on=actor.today)
        if hold.item_id is not None
    }
    return plan(
        lines,
        policy.ladder,
        as_of=actor.today,
        held_items=held_items,
        least_days=_by_law(actor),
    )


def _by_law(actor: Actor) -> dict[int, int]:
    """Return by customer how many days to pay the law of its country wants of a reminder."""
    found = customers.in_countries(actor.company_id, notice_law.countries(actor.today))
    return {
        customer_id: notice_law.least_days(country, actor.today)
        for customer_id, country in found.items()
    }


def take_steps(
    actor: Actor, drafts: Sequence[Draft], queued: contact.QueueResult, policy: Policy
) -> None:
    """Write down the steps taken with the messages that passed, and the fees they name."""
    sql.copy_lines("collections_steptaken", STEP_COLUMNS, _lines(actor, drafts, queued, policy))
    fees.name_fees(actor, drafts, queued, policy)


def _lines(
    actor: Actor, drafts: Sequence[Draft], queued: contact.QueueResult, policy: Policy
) -> Iterator[str]:
    """Yield a line for each step that is taken with the messages that passed."""
    steps = {
        step.code: f"{sql.copy_text(step.code)}\t{step.level}\t{actor.today}\t"
        for step in policy.ladder
    }
    at = actor.at.isoformat()
    for draft, outcome in zip(drafts, queued.outcomes, strict=True):
        if outcome.message_id is None:
            continue
        kept = set(outcome.item_ids)
        head, end = f"{actor.company_id}\t{draft.customer_id}\t", f"{outcome.message_id}\t{at}\n"
        for item in draft.items:
            if item.step and item.item_id in kept:
                yield f"{head}{item.item_id}\t{steps[item.step]}{end}"
