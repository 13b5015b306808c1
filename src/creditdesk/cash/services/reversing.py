"""Allocations taken back: postings reversed, items open again, the money unapplied and held.

Everything happens in the caller's transaction, who holds exposure and the payment, locked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from creditdesk.cash.events import PaymentUndone
from creditdesk.cash.services import adjusting, realising
from creditdesk.cash.services.adjusting import WrittenAdjustment
from creditdesk.cash.services.settlement import Allocated, unapplied_hold
from creditdesk.cash.services.writing import PaymentState
from creditdesk.contact import services as contact
from creditdesk.credit import services as credit
from creditdesk.credit.rules import ExposureChange
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.ledger import services as ledger
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

_LIVE = """
    SELECT a.id, a.payment_id, a.item_id, i.customer_id, i.currency, a.minor, a.applied_on,
           a.payment_minor, p.currency
      FROM cash_allocation a JOIN invoices_item i ON i.id = a.item_id
      JOIN cash_payment p ON p.id = a.payment_id
     WHERE a.company_id = %(company_id)s AND a.payment_id = %(payment_id)s
       AND a.undone_at IS NULL
       AND (%(ids)s::bigint[] IS NULL OR a.id = ANY(%(ids)s))
     ORDER BY a.id
"""
_MARK_UNDONE = """
    UPDATE cash_allocation SET undone_on = d.undone_on, undone_at = %(at)s, undone_by = %(by)s
      FROM unnest(%(ids)s::bigint[], %(dates)s::date[]) AS d (id, undone_on)
     WHERE cash_allocation.id = d.id AND company_id = %(company_id)s AND undone_at IS NULL
"""
_GIVE_BACK = """
    UPDATE cash_payment SET unapplied_minor = unapplied_minor + %(minor)s, on_account = FALSE
     WHERE id = %(id)s AND company_id = %(company_id)s
"""


def live(actor: Actor, payment_id: int, allocation_ids: Sequence[int] | None) -> list[Allocated]:
    """Return the allocations to be undone; Conflict if there are none, or one was undone."""
    ids = None if allocation_ids is None else sorted(set(allocation_ids))
    found = sql.fetch(
        Allocated,
        _LIVE,
        {"company_id": actor.company_id, "payment_id": payment_id, "ids": ids},
    )
    if not found or (ids is not None and len(found) < len(ids)):
        raise Conflict("nothing_to_undo", "This is not applied, or was undone meanwhile")
    return found


def take_back(
    actor: Actor,
    payment: PaymentState,
    allocated: Sequence[Allocated],
    given: Sequence[WrittenAdjustment] = (),
) -> int:
    """Take allocations back from today, and what was given with them; return the money freed."""
    dates = ledger.hold_open(actor)
    undone_on = {each.id: dates.earliest(max(actor.today, each.applied_on)) for each in allocated}
    given_undone = {one.id: dates.earliest(max(actor.today, one.adjusted_on)) for one in given}
    _mark_undone(actor, undone_on)
    if given:
        adjusting.mark_undone(actor, given_undone)
    minor = sum(each.taken_minor for each in allocated)
    sql.execute(_GIVE_BACK, {"id": payment.id, "company_id": actor.company_id, "minor": minor})
    ledger.post(
        actor,
        [
            *(
                posting.reversed(on=undone_on[each.id])
                for each in allocated
                for posting in each.postings()
            ),
            *realising.reversals(actor, undone_on),
            *adjusting.reversals(given, given_undone),
        ],
    )
    _reopen(
        actor,
        payment,
        allocated[0].customer_id,
        [
            *((each.item_id, each.minor, undone_on[each.id]) for each in allocated),
            *((one.item_id, one.minor, given_undone[one.id]) for one in given),
        ],
        minor,
    )
    return minor


def _reopen(
    actor: Actor,
    payment: PaymentState,
    owner: int,
    again: Sequence[tuple[int, int, date]],
    minor: int,
) -> None:
    """Open the items, raise exposure, hold reminders, tell the rooms."""
    reopened: dict[int, int] = {}
    again_on: dict[int, date] = {}
    for item_id, part, on in again:
        reopened[item_id] = reopened.get(item_id, 0) + part
        again_on[item_id] = max(on, again_on.get(item_id, date.min))
    invoices.reopen(actor, reopened, on=again_on)
    credit.change_exposure(
        actor,
        [ExposureChange(customer_id=owner, currency=payment.currency, unapplied_minor=minor)],
    )
    contact.place_holds(actor, [unapplied_hold(owner, payment.id)])
    announce(
        actor,
        [PaymentUndone(payment_id=payment.id, customer_id=owner, item_ids=tuple(sorted(reopened)))],
    )


def _mark_undone(actor: Actor, undone_on: Mapping[int, date]) -> None:
    marked = sql.execute(
        _MARK_UNDONE,
        {
            "company_id": actor.company_id,
            "ids": list(undone_on),
            "dates": list(undone_on.values()),
            "at": actor.at,
            "by": actor.name,
        },
    )
    if marked != len(undone_on):
        raise Conflict("nothing_to_undo", "This was undone meanwhile")
