"""Log what a person did about a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.collections.events import ActivityLogged
from creditdesk.collections.services.promises import promise as make_promise
from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

KINDS: Final = ("call", "note", "visit", "email", "letter")
OUTCOMES: Final = (
    "", "reached", "not_reached", "left_message", "promise", "dispute", "refused", "wrong_contact",
)  # fmt: skip
NOTE_CHARACTERS_MAX: Final = 10_000
_KEEP = """
    INSERT INTO collections_activity
        (company_id, customer_id, kind, outcome, contact_id, note, follow_up_on, recorded_at,
         recorded_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPromise:
    """What was promised on the phone."""

    currency: str
    minor: int
    due_on: date
    item_ids: tuple[int, ...] = ()


@command("collections.log_activity")
def log_activity(
    actor: Actor,
    customer_id: int,
    *,
    kind: str,
    outcome: str = "",
    note: str = "",
    follow_up_on: date | None = None,
    contact_id: int | None = None,
    promise: NewPromise | None = None,
) -> int:
    """Keep what was done and answered; the outcome `promise` also makes the promise.

    Returns the activity's id. The customer leaves the worklist until `follow_up_on`, or for a few
    days without one.
    """
    _check(kind, outcome, note, promise)
    if follow_up_on is not None and follow_up_on < actor.today:
        raise Refused("follow_up_past", "A follow-up lies in the future", on=follow_up_on)
    customers.customer_by_id(actor.company_id, customer_id)
    acts_on("customer", [customer_id])
    values = (
        actor.company_id, customer_id, kind, outcome, contact_id, note, follow_up_on, actor.at,
        actor.name,
    )  # fmt: skip
    activity_id = int(sql.scalar(_KEEP, values))
    if promise is not None:
        make_promise(
            actor,
            customer_id,
            currency=promise.currency,
            minor=promise.minor,
            due_on=promise.due_on,
            item_ids=promise.item_ids,
            note=note,
        )
    announce(
        actor,
        [
            ActivityLogged(
                customer_id=customer_id, activity_id=activity_id, kind=kind, outcome=outcome
            )
        ],
    )
    return activity_id


def _check(kind: str, outcome: str, note: str, promise: NewPromise | None) -> None:
    for name, value, known in (("kind", kind, KINDS), ("outcome", outcome, OUTCOMES)):
        if value not in known:
            raise Invalid(
                f"{name}_unknown",
                f"{value!r} is no {name} of an activity",
                place=Place(field=name),
                mend=f"Use one of {', '.join(filter(None, known))}",
            )
    if len(note) > NOTE_CHARACTERS_MAX:
        raise Invalid("note_too_long", "The note is too long", place=Place(field="note"))
    if (outcome == "promise") != (promise is not None):
        raise Invalid(
            "promise_incomplete",
            "A promise needs its amount and date",
            place=Place(field="promise"),
            mend="Give amount, currency and due date, or choose another outcome",
        )
