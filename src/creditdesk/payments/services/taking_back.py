"""Money of a payment taken back by whoever moved it, and given again, by the one way of returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.cash import queries as cash_read
from creditdesk.cash import services as cash
from creditdesk.cash.services import Move, Returned
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.ledger.rules import ONLINE
from creditdesk.payments.rules.amounts import Share, applicable


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How much of a payment left again, and what it had settled that is open now."""

    minor: int
    reopened: tuple[Share, ...]
    return_id: int | None = None


def take_back(
    actor: Actor, payment_id: int, minor: int, *, why: str, on: date, reason: str = ""
) -> TakenBack:
    """Return so much of a payment; what of it stays settles the first items again.

    Less leaves where less is left of it. The fee, the count of returns and the block follow from
    policy, as for money that a bank took back.
    """
    row = cash_read.payments_by_id(actor.company_id, [payment_id])[payment_id]
    settled = _settled(actor, row.reference)
    leaving = min(minor, row.unapplied_minor + sum(one.minor for one in settled))
    if leaving <= 0:
        return TakenBack(0, ())
    told = Returned(
        payment_id=payment_id, on=max(on, row.received_on), reason_code=reason, minor=leaving,
        why=why,
    )  # fmt: skip
    done = cash.return_payments(actor, [told])
    undone = [one for one in settled if one.item_id in done.item_ids]
    kept = applicable(undone, {one.item_id: one.minor for one in undone}, done.free_minor[0])
    if kept:
        cash.apply(actor, payment_id, allocations=kept)
    reopened = tuple(
        Share(one.item_id, one.minor - kept.get(one.item_id, 0))
        for one in undone
        if one.minor > kept.get(one.item_id, 0)
    )
    return TakenBack(leaving, reopened, done.return_ids[0])


def _settled(actor: Actor, reference: str) -> list[Share]:
    """Return what a payment settles now, by item, in the order it was settled."""
    found: dict[int, int] = {}
    for row in cash_read.payment(actor.company_id, reference).allocations:
        if row.undone_on is None:
            found[row.item_id] = found.get(row.item_id, 0) + row.minor
    return [Share(item_id, minor) for item_id, minor in found.items()]


def put_back(
    actor: Actor,
    payment_id: int,
    minor: int,
    settled: Sequence[Share],
    *,
    return_id: int | None,
    why: str,
    on: date,
) -> tuple[int, ...]:
    """Take what left a payment back into it, and settle again what it had; return these items.

    Without a return it had left as a move, as before returns were the one way.
    """
    if return_id is None:
        cash.move(actor, [Move(payment_id, -minor, ONLINE, why, on)])
    else:
        cash.undo_return(actor, return_id, on=on, reason=why)
    open_now = {
        item_id: row.open_minor
        for item_id, row in invoices.items_by_id(
            actor.company_id, [one.item_id for one in settled]
        ).items()
    }
    wanted = applicable(settled, open_now, minor)
    if wanted:
        cash.apply(actor, payment_id, allocations=wanted)
    return tuple(sorted(wanted))
