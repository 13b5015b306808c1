"""Charges waived: by who may, with a reason, as a posting of its own where they were posted."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.controls.commands import command
from creditdesk.credit import services as credit_room
from creditdesk.invoices import charge_queries as reads
from creditdesk.invoices import queries
from creditdesk.invoices.events import ChargesWaived
from creditdesk.invoices.services.charging import booking
from creditdesk.invoices.services.charging.booking import Back
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policies

REASON_LENGTH_MAX = 500


@command("invoices.waive_charge")
def waive(actor: Actor, charge_ids: Sequence[int], *, reason: str) -> int:
    """Waive what stands of the charges, all or none; return how many.

    Later days may still be charged. Raises Invalid without a reason, NotFound for a charge of
    nobody here, Conflict where nothing stands any more.
    """
    said = reason.strip()
    if not said or len(said) > REASON_LENGTH_MAX:
        raise Invalid(
            "reason_missing", "A charge is waived only with a reason",
            place=Place(field="reason"), mend=f"Write one of at most {REASON_LENGTH_MAX} letters.",
        )  # fmt: skip
    ids = sorted(set(charge_ids))
    owners = _owners(actor, ids)
    credit_room.lock_exposure(actor, set(owners.values()))
    charges = reads.charged(actor.company_id, ids=ids)
    if any(one.left_minor <= 0 for one in charges):
        raise Conflict("charge_gone", "Nothing stands of a charge any more; look again")
    backs = [
        Back(one.id, one.kind, one.left_minor, owners[one.item_id], one.item_id, one.currency,
             one.document_number)
        for one in charges
    ]  # fmt: skip
    notes = booking.credit_documents(actor, backs, reason=said)
    version = policies.in_force(actor.company_id, actor.today).version
    made = booking.write_backs(
        actor, backs, notes, act="waiver", policy_version=version, reason=said
    )
    announce(actor, [ChargesWaived(
        waiver_ids=tuple(made), customer_ids=tuple(sorted(set(owners.values()))),
    )])  # fmt: skip
    return len(backs)


def _owners(actor: Actor, ids: Sequence[int]) -> dict[int, int]:
    """Return the customer of each item charged; NotFound unless every charge is the company's."""
    charges = reads.charged(actor.company_id, ids=ids)
    if not ids or len(charges) < len(ids):
        raise NotFound("charge_unknown", "There is no such charge")
    items = queries.items_by_id(actor.company_id, {one.item_id for one in charges})
    return {item_id: item.customer_id for item_id, item in items.items()}
