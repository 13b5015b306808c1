"""Promises to pay: made, held, and judged by the cash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from creditdesk.collections import queries
from creditdesk.collections.events import PromiseMade, PromisesJudged
from creditdesk.collections.models import Promise
from creditdesk.collections.rules import Judgement, judge
from creditdesk.contact import services as contact
from creditdesk.contact.rules import NewHold
from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries as customers
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import take_references
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import PromiseRules

_KEEP = """
    WITH kept AS (
        INSERT INTO collections_promise
            (company_id, reference, customer_id, currency, minor, promised_on, due_on, status,
             received_minor, note, recorded_at, recorded_by)
        VALUES (%(company_id)s, %(reference)s, %(customer_id)s, %(currency)s, %(minor)s,
                %(promised_on)s, %(due_on)s, 'open', 0, %(note)s, %(at)s, %(by)s)
        RETURNING id
    )
    INSERT INTO collections_promiseitem (company_id, promise_id, item_id, open_minor)
    SELECT %(company_id)s, kept.id, given.item_id, given.open_minor
      FROM kept, unnest(%(items)s::bigint[], %(open_minors)s::bigint[])
                 WITH ORDINALITY AS given (item_id, open_minor, place)
     ORDER BY given.place
"""
SETTLE = """
    UPDATE collections_promise p
       SET status = given.status, received_minor = given.received,
           judged_on = CASE WHEN given.status <> 'open' THEN %(on)s::date END
      FROM unnest(%(ids)s::bigint[], %(statuses)s::text[], %(received)s::bigint[])
           AS given (id, status, received)
     WHERE p.id = given.id AND p.company_id = %(company_id)s AND p.status = 'open'
       AND (p.status, p.received_minor) IS DISTINCT FROM (given.status, given.received)
 RETURNING p.id, p.reference, p.status
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """Which promises were judged, by reference, and how many stay open."""

    kept: tuple[str, ...] = ()
    part_kept: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    still_open: int = 0


@dataclass(frozen=True, slots=True)
class _Settled:
    id: int
    reference: str
    status: str


@command("collections.promise")
def promise(
    actor: Actor,
    customer_id: int,
    *,
    currency: str,
    minor: int,
    due_on: date,
    item_ids: Sequence[int] = (),
    note: str = "",
) -> str:
    """Record that money will come by a date and hold reminders until then and its grace.

    With `item_ids` only those items are held, else the customer. No due date changes. Returns the
    reference. Queued reminders about it are caught by the gate before they are sent.
    """
    rules = policies.in_force(actor.company_id, actor.today).promises
    _check(actor, minor, due_on, rules)
    customers.customer_by_id(actor.company_id, customer_id)
    items = _items(actor, customer_id, currency, item_ids)
    [reference] = take_references(actor, "PRM", 1)
    sql.execute(
        _KEEP,
        {
            "company_id": actor.company_id,
            "reference": reference,
            "customer_id": customer_id,
            "currency": currency,
            "minor": minor,
            "promised_on": actor.today,
            "due_on": due_on,
            "note": note,
            "at": actor.at,
            "by": actor.name,
            "items": [item.item_id for item in items],
            "open_minors": [item.open_minor for item in items],
        },
    )
    until = due_on + timedelta(days=rules.grace_days)
    held: list[int | None] = [item.item_id for item in items] or [None]
    contact.place_holds(
        actor,
        [NewHold(customer_id, item_id, "promise", source_of(reference), until) for item_id in held],
    )
    announce(
        actor,
        [
            PromiseMade(
                customer_id=customer_id,
                reference=reference,
                currency=currency,
                minor=minor,
                due_on=due_on.isoformat(),
            )
        ],
    )
    return reference


@command("collections.promise")
def withdraw(actor: Actor, reference: str) -> None:
    """Take a promise back, as if it had not been made; its hold is lifted."""
    queries.promise(actor.company_id, reference)
    moved = Promise.objects.filter(
        company_id=actor.company_id, reference=reference, status=Promise.Status.OPEN
    ).update(status=Promise.Status.WITHDRAWN, judged_on=actor.today)
    if not moved:
        raise Conflict("promise_not_open", "The promise has been judged already")
    contact.lift_holds(actor, [source_of(reference)])


@command("collections.judge")
def judge_promises(actor: Actor, *, on: date) -> Judged:
    """Judge every open promise by the cash known, as of a date; holds of judged ones are lifted.

    Safe to repeat and to run late: money after the deadline does not save a promise, and an
    import that does not yet reach the deadline judges nothing.
    """
    grace_days = policies.in_force(actor.company_id, on).promises.grace_days
    promises = queries.promises_to_judge(actor.company_id, grace_days=grace_days)
    if not promises:
        return Judged()
    since = min(p.promised_on for of_one in promises.values() for p in of_one)
    receipts = queries.receipts_since(
        actor.company_id, sorted({customer_id for customer_id, _ in promises}), since
    )
    known_until = queries.cash_known_until(actor.company_id, on)
    judgements = [
        judgement
        for key, of_one in promises.items()
        for judgement in judge(
            of_one, receipts.get(key, ()), on=on, grace_days=grace_days, known_until=known_until
        )
    ]
    return _settle(actor, judgements, on)


def _settle(actor: Actor, judgements: Sequence[Judgement], on: date) -> Judged:
    moved = sql.fetch(
        _Settled,
        SETTLE,
        {
            "company_id": actor.company_id,
            "on": on,
            "ids": [j.promise_id for j in judgements],
            "statuses": [j.outcome for j in judgements],
            "received": [j.received_minor for j in judgements],
        },
    )
    settled = [row for row in moved if row.status != "open"]
    references: Mapping[str, tuple[str, ...]] = {
        status: tuple(sorted(row.reference for row in settled if row.status == status))
        for status in ("kept", "part_kept", "broken")
    }
    if settled:
        contact.lift_holds(actor, [source_of(row.reference) for row in settled])
        announce(
            actor,
            [
                PromisesJudged(
                    kept=references["kept"],
                    part_kept=references["part_kept"],
                    broken=references["broken"],
                )
            ],
        )
    return Judged(
        references["kept"],
        references["part_kept"],
        references["broken"],
        still_open=len(judgements) - len(settled),
    )


def _check(actor: Actor, minor: int, due_on: date, rules: PromiseRules) -> None:
    if minor <= 0:
        raise Invalid("amount_not_positive", "A promise is of an amount above zero",
                      place=Place(field="amount"), mend="Enter what was promised")  # fmt: skip
    if due_on < actor.today:
        raise Refused("promise_past", "The promised date lies in the past", due_on=due_on)
    if due_on > actor.today + timedelta(days=rules.longest_days):
        raise Refused(
            "promise_too_far",
            f"A promise reaches at most {rules.longest_days} days; agree a plan instead",
            due_on=due_on,
            longest_days=rules.longest_days,
        )


def source_of(reference: str) -> str:
    """Return the source under which a promise holds reminders."""
    return f"promise:{reference}"


def _items(
    actor: Actor, customer_id: int, currency: str, item_ids: Sequence[int]
) -> list[OpenItemRow]:
    """Return the open items promised; NotFound or Refused when one does not belong there."""
    acts_on("customer", [customer_id])
    known = invoices.items_by_id(actor.company_id, item_ids)
    items = []
    for item_id in sorted(set(item_ids)):
        item = known.get(item_id)
        if item is None or item.customer_id != customer_id:
            raise NotFound("item_unknown", "The customer has no such item", item_id=item_id)
        if item.currency != currency or item.open_minor == 0:
            raise Refused(
                "item_not_promisable",
                f"{item.number} is paid or in another currency",
                number=item.number,
            )
        items.append(item)
    return items
