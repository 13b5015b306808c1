"""One receipt for many customers, as a bank credits a collection: a part each, applied at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services.settlement import Plan, carry_out
from creditdesk.cash.services.writing import NewMatch, items, keep_matches, next_ids, payments
from creditdesk.credit import services as credit
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies

_FIRST = """
    UPDATE cash_payment SET reference = %(reference)s, total_minor = %(minor)s,
                            unapplied_minor = %(minor)s
     WHERE id = %(id)s AND company_id = %(company_id)s AND customer_id IS NULL
       AND unapplied_minor = total_minor AND earmarked_minor = 0 AND total_minor = %(total)s
"""
_PARTS = """
    INSERT INTO cash_payment (id, company_id, reference, bank_line_id, part, received_on, currency,
                              total_minor, unapplied_minor, on_account, recorded_at)
    SELECT d.id, p.company_id, d.reference, p.bank_line_id, d.part, p.received_on, p.currency,
           d.minor, d.minor, FALSE, p.recorded_at
      FROM cash_payment p,
           unnest(%(ids)s::bigint[], %(references)s::text[], %(parts)s::int[], %(minors)s::bigint[])
           AS d (id, reference, part, minor)
     WHERE p.id = %(id)s AND p.company_id = %(company_id)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of a receipt is one customer's, and the item it pays; `reference` names it for ever."""

    reference: str
    customer_id: int
    item_id: int
    minor: int


def apply_parts(
    actor: Actor, payment_id: int, parts: Sequence[Part], *, why: Reason
) -> dict[str, int]:
    """Make a payment of each part and apply it; return payment ids by reference.

    What of an item was paid meanwhile stays with the customer, unapplied. Raises Conflict where
    somebody dealt with the receipt, or the parts do not make it up. Within the caller's command.
    """
    credit.lock_exposure(actor, {one.customer_id for one in parts})
    payment = payments(actor, {payment_id}, lock=True)[payment_id]
    total = sum(one.minor for one in parts)
    if payment.customer_id is not None or payment.free_minor != total or not parts:
        raise Conflict("payment_changed", "Somebody dealt with this receipt meanwhile; look again")
    ids = _split(actor, payment_id, parts, total) if len(parts) > 1 else [payment_id]
    states = payments(actor, ids, lock=True)
    open_now = items(actor, {one.item_id for one in parts}, lock=True)
    match_ids = next_ids("cash_match", len(parts))
    keep_matches(
        actor,
        [
            NewMatch(
                id=match_id, payment_id=each, method="direct_debit", is_certain=True,
                reasons=(why,),
            )
            for match_id, each in zip(match_ids, ids, strict=True)
        ],
        policies.in_force(actor.company_id, actor.today).version,
    )  # fmt: skip
    plans = []
    left = {item_id: item.open_minor for item_id, item in open_now.items()}
    for one, each, match_id in zip(parts, ids, match_ids, strict=True):
        minor = min(one.minor, left[one.item_id])
        left[one.item_id] -= minor
        plans.append(
            Plan(
                payment=states[each], customer_id=one.customer_id, match_id=match_id,
                allocations=((one.item_id, minor),) if minor else (),
            )
        )  # fmt: skip
    carry_out(actor, plans, open_now)
    return {one.reference: each for one, each in zip(parts, ids, strict=True)}


def _split(actor: Actor, payment_id: int, parts: Sequence[Part], total: int) -> list[int]:
    """Make the receipt its first part, and payments of the others; return their ids in order."""
    changed = sql.execute(
        _FIRST,
        {
            "company_id": actor.company_id,
            "id": payment_id,
            "reference": parts[0].reference,
            "minor": parts[0].minor,
            "total": total,
        },
    )
    if changed != 1:
        raise Conflict("payment_changed", "Somebody dealt with this receipt meanwhile; look again")
    ids = next_ids("cash_payment", len(parts) - 1)
    sql.execute(
        _PARTS,
        {
            "company_id": actor.company_id,
            "id": payment_id,
            "ids": ids,
            "references": [one.reference for one in parts[1:]],
            "parts": list(range(1, len(parts))),
            "minors": [one.minor for one in parts[1:]],
        },
    )
    return [payment_id, *ids]
