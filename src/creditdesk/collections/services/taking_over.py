"""What collections takes over at going live: steps taken, promises, what was last done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from creditdesk.collections.models import Activity, Promise, PromiseItem
from creditdesk.collections.services.promises import source_of
from creditdesk.contact import services as contact
from creditdesk.contact.rules import NewHold
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.plumbing.services import take_references
from creditdesk.policy import queries as policies

STEP_COLUMNS = (
    "company_id", "customer_id", "item_id", "step", "level", "taken_on", "message_id",
    "recorded_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorStep:
    """A step of the ladder an item had before going live, and when."""

    customer_id: int
    item_id: int
    step: str
    level: int
    taken_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorPromise:
    """A promise, or an instalment of a plan, given before going live and not yet due."""

    customer_id: int
    currency: str
    minor: int
    promised_on: date
    due_on: date
    item_id: int | None = None
    item_open_minor: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorActivity:
    """What was last done about a customer before going live."""

    customer_id: int
    kind: str
    outcome: str
    note: str


def take_over_steps(actor: Actor, steps: Sequence[PriorStep]) -> int:
    """Record the steps as taken, by no message of ours, so that the ladder goes on from them."""
    return sql.copy_rows(
        "collections_steptaken",
        STEP_COLUMNS,
        (
            (
                actor.company_id, one.customer_id, one.item_id, one.step, one.level, one.taken_on,
                None, actor.at,
            )
            for one in steps
        ),
    )  # fmt: skip


def take_over_promises(actor: Actor, promises: Sequence[PriorPromise]) -> list[str]:
    """Record the promises as open and hold reminders until each is due; return the references.

    The longest span the policy lets a new promise have does not count: they were agreed before.
    """
    if not promises:
        return []
    grace = timedelta(days=policies.in_force(actor.company_id, actor.today).promises.grace_days)
    references = take_references(actor, "PRM", len(promises))
    rows = Promise.objects.bulk_create(
        Promise(
            company_id=actor.company_id, reference=reference, customer_id=one.customer_id,
            currency=one.currency, minor=one.minor, promised_on=one.promised_on,
            due_on=one.due_on, note=one.note, recorded_at=actor.at, recorded_by=actor.name,
        )
        for reference, one in zip(references, promises, strict=True)
    )  # fmt: skip
    PromiseItem.objects.bulk_create(
        PromiseItem(
            company_id=actor.company_id, promise=row, item_id=one.item_id,
            open_minor=one.item_open_minor,
        )
        for row, one in zip(rows, promises, strict=True)
        if one.item_id is not None
    )  # fmt: skip
    contact.place_holds(
        actor,
        [
            NewHold(
                one.customer_id, one.item_id, "promise", source_of(reference), one.due_on + grace
            )
            for reference, one in zip(references, promises, strict=True)
        ],
    )
    return references


def take_over_activities(actor: Actor, activities: Sequence[PriorActivity]) -> int:
    """Keep what was last done about customers as it was noted elsewhere."""
    rows = Activity.objects.bulk_create(
        [
            Activity(
                company_id=actor.company_id, customer_id=one.customer_id, kind=one.kind,
                outcome=one.outcome, note=one.note, recorded_at=actor.at, recorded_by=actor.name,
            )
            for one in activities
        ],
        batch_size=5000,
    )  # fmt: skip
    return len(rows)
