"""Place and lift holds, and withdraw what is queued about settled items.

Rooms above call these in the transaction that makes the fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from creditdesk.contact.events import MessagesWithdrawn
from creditdesk.contact.rules import HOLD_KINDS, NewHold
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

# A hold and the sender's claim exclude each other on the message row: whoever places a hold waits
# until a message being handed over is marked so, and the sender skips what is locked here.
LOCK_QUEUED = """
    SELECT id FROM contact_message
    WHERE company_id = %(company_id)s AND status = 'queued' AND customer_id = ANY(%(customers)s)
    ORDER BY id FOR UPDATE
"""
PLACE = """
    INSERT INTO contact_hold
        (company_id, customer_id, item_id, kind, source, until, note, placed_at, placed_by,
         lifted_by)
    SELECT %(company_id)s, customer_id, item_id, kind, source, until, note, %(at)s, %(by)s, ''
    FROM unnest(%(customers)s::bigint[], %(items)s::bigint[], %(kinds)s::text[],
                %(sources)s::text[], %(untils)s::date[], %(notes)s::text[])
        AS given (customer_id, item_id, kind, source, until, note)
    ORDER BY customer_id, item_id, source
    ON CONFLICT (company_id, customer_id, item_id, source) WHERE lifted_at IS NULL
    DO UPDATE SET until = EXCLUDED.until
        WHERE contact_hold.until IS DISTINCT FROM EXCLUDED.until
"""
LIFT = """
    UPDATE contact_hold SET lifted_at = %(at)s, lifted_by = %(by)s
    WHERE company_id = %(company_id)s AND source = ANY(%(sources)s) AND lifted_at IS NULL
"""
WITHDRAW = """
    UPDATE contact_message SET status = 'withdrawn', status_reason = %(reason)s
    WHERE id IN (
        SELECT m.id FROM contact_message m
        WHERE m.company_id = %(company_id)s AND m.status = 'queued'
          AND m.purpose IN ('collection', 'service')
          AND m.id IN (SELECT message_id FROM contact_messageitem
                        WHERE item_id = ANY(%(items)s::bigint[]))
        ORDER BY m.id FOR UPDATE)
      AND status = 'queued'
    RETURNING id
"""
WITHDRAW_UNSENT = """
    UPDATE contact_message SET status = 'withdrawn', status_reason = 'replaced'
    WHERE company_id = %(company_id)s AND status = 'queued' AND step <> ''
      AND queued_at::date < %(today)s
    RETURNING id
"""


@sql.in_transaction()
def place_holds(actor: Actor, holds: Sequence[NewHold]) -> int:
    """Hold customers or items until lifted; the same source again only moves `until`.

    Returns how many were placed or moved. What is already handed over is not called back.
    """
    if not holds:
        return 0
    unknown = sorted({hold.kind for hold in holds} - set(HOLD_KINDS))
    if unknown:
        raise Refused("hold_kind_unknown", f"There is no hold of kind {unknown[0]!r}")
    unique = list({(h.customer_id, h.item_id, h.source): h for h in holds}.values())
    customers = [hold.customer_id for hold in unique]
    sql.execute(LOCK_QUEUED, {"company_id": actor.company_id, "customers": customers})
    return sql.execute(
        PLACE,
        {
            "company_id": actor.company_id,
            "at": actor.at,
            "by": actor.name,
            "customers": customers,
            "items": [hold.item_id for hold in unique],
            "kinds": [hold.kind for hold in unique],
            "sources": [hold.source for hold in unique],
            "untils": [hold.until for hold in unique],
            "notes": [hold.note for hold in unique],
        },
    )


@sql.in_transaction()
def lift_holds(actor: Actor, sources: Sequence[str]) -> int:
    """Lift every live hold of these sources; return how many."""
    if not sources:
        return 0
    return sql.execute(
        LIFT,
        {
            "company_id": actor.company_id,
            "at": actor.at,
            "by": actor.name,
            "sources": list(sources),
        },
        planned=True,
    )


@sql.in_transaction()
def withdraw_for_items(actor: Actor, item_ids: Sequence[int], *, reason: str = "paid") -> int:
    """Withdraw every queued reminder about one of the items; return how many."""
    if not item_ids:
        return 0
    withdrawn = sql.scalars(
        WITHDRAW,
        {"company_id": actor.company_id, "items": sql.array(item_ids), "reason": reason},
    )
    if withdrawn:
        announce(actor, [MessagesWithdrawn(message_ids=tuple(sorted(withdrawn)), reason=reason)])
    return len(withdrawn)


@sql.in_transaction()
def withdraw_unsent(actor: Actor) -> int:
    """Withdraw the reminders queued before today: today's run decides anew. Return how many.

    Their steps then count as not taken, so that nobody moves up for a letter they never had.
    """
    withdrawn = sql.scalars(WITHDRAW_UNSENT, {"company_id": actor.company_id, "today": actor.today})
    if withdrawn:
        announce(
            actor, [MessagesWithdrawn(message_ids=tuple(sorted(withdrawn)), reason="replaced")]
        )
    return len(withdrawn)


def manual_source(customer_id: int) -> str:
    """Return the source under which a customer is held by hand."""
    return f"manual:{customer_id}"


@command("contact.hold")
def hold(actor: Actor, customer_id: int, *, note: str, until: date | None = None) -> str:
    """Hold every reminder to a customer by hand, until a date or until released.

    Returns the hold's source, by which it is released.
    """
    source = manual_source(customer_id)
    place_holds(actor, [NewHold(customer_id, None, "manual", source, until, note)])
    return source


@command("contact.hold")
def release(actor: Actor, source: str) -> None:
    """Lift a hold placed by hand; NotFound when no such hold is live."""
    if not source.startswith("manual:"):
        raise Refused(
            "hold_not_manual", "This hold is lifted by settling what caused it", source=source
        )
    if not lift_holds(actor, [source]):
        raise NotFound("hold_unknown", "There is no such hold", source=source)
