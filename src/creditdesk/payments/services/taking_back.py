"""Money of a payment taken back by whoever moved it, and given again: new postings both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.cash import queries as cash_read
from creditdesk.cash import services as cash
from creditdesk.cash.services import Move
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.ledger.rules import ONLINE
from creditdesk.payments.rules.amounts import Share, applicable


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How much of a payment left again, and what it had settled that is open now."""

    minor: int
    reopened: tuple[Share, ...]


def take_back(actor: Actor, payment_id: int, minor: int, *, why: str, on: date) -> TakenBack:
    """Let so much of a payment leave to the provider, undoing what it settled as far as needed.

    What of it stays settles the first items again. Less leaves where less is left of it.
    """
    row = cash_read.payments_by_id(actor.company_id, [payment_id])[payment_id]
    settled = _settled(actor, row.reference) if row.unapplied_minor < minor else []
    if settled:
        cash.undo(actor, payment_id)
    free = row.unapplied_minor + sum(one.minor for one in settled)
    leaving = min(minor, free)
    if leaving:
        cash.move(actor, [Move(payment_id, leaving, ONLINE, why, on)])
    kept = _again(settled, free - leaving)
    if kept:
        cash.apply(actor, payment_id, allocations=kept)
    reopened = tuple(
        Share(one.item_id, one.minor - kept.get(one.item_id, 0))
        for one in settled
        if one.minor > kept.get(one.item_id, 0)
    )
    return TakenBack(leaving, reopened)


def _settled(actor: Actor, reference: str) -> list[Share]:
    """Return what a payment settles now, by item, in the order it was settled."""
    found: dict[int, int] = {}
    for row in cash_read.payment(actor.company_id, reference).allocations:
        if row.undone_on is None:
            found[row.item_id] = found.get(row.item_id, 0) + row.minor
    return [Share(item_id, minor) for item_id, minor in found.items()]


def _again(settled: Sequence[Share], left: int) -> dict[int, int]:
    found: dict[int, int] = {}
    for one in settled:
        part = min(one.minor, left)
        if part > 0:
            found[one.item_id] = part
            left -= part
    return found


def put_back(
    actor: Actor, payment_id: int, minor: int, settled: Sequence[Share], *, why: str, on: date
) -> tuple[int, ...]:
    """Take what left a payment back into it, and settle again what it had; return these items."""
    cash.move(actor, [Move(payment_id, -minor, ONLINE, why, on)])
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
