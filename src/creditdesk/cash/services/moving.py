"""Money of a payment that leaves otherwise than by settling an item, and may come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.cash.services.settlement import hold_source, unapplied_hold
from creditdesk.cash.services.writing import PaymentState, next_ids, payments
from creditdesk.contact import services as contact
from creditdesk.controls.commands import command
from creditdesk.credit import services as credit
from creditdesk.credit.rules import ExposureChange
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import UNAPPLIED, UNIDENTIFIED, OpenDates, Posting
from creditdesk.plumbing import sql

_LOWER = """
    UPDATE cash_payment SET unapplied_minor = unapplied_minor - %(minor)s, on_account = FALSE
     WHERE id = %(id)s AND company_id = %(company_id)s
       AND unapplied_minor - earmarked_minor >= %(minor)s
       AND unapplied_minor - %(minor)s <= total_minor
"""
_MOVED = """
    SELECT coalesce(sum(minor), 0)::bigint FROM cash_move
     WHERE company_id = %s AND payment_id = %s AND account = %s
"""


@dataclass(frozen=True, slots=True)
class Move:
    """Unapplied money of a payment moved to an account of the books; back where it is negative."""

    payment_id: int
    minor: int
    account: str
    why: str
    moved_on: date


@command("cash.move")
def move(actor: Actor, moves: Sequence[Move]) -> list[int]:
    """Move unapplied money of payments to other accounts, or back; return the moves' ids.

    Conflict where less is unapplied than shall leave, or more shall come back than left.
    """
    seen = payments(actor, {each.payment_id for each in moves})
    credit.lock_exposure(
        actor, {one.customer_id for one in seen.values() if one.customer_id is not None}
    )
    held = payments(actor, {each.payment_id for each in moves}, lock=True)
    if any(held[key].customer_id != one.customer_id for key, one in seen.items()):
        raise Conflict("payment_changed", "The payer was changed meanwhile; look again")
    dates = ledger.hold_open(actor)
    ids = next_ids("cash_move", len(moves))
    for move_id, each in zip(ids, moves, strict=True):
        _carry_out(actor, move_id, each, held[each.payment_id], dates)
    _keep_holds(actor, {each.payment_id for each in moves})
    return ids


def _carry_out(
    actor: Actor, move_id: int, each: Move, payment: PaymentState, dates: OpenDates
) -> None:
    asked = [actor.company_id, each.payment_id, each.account]
    if each.minor < 0 and int(sql.scalar(_MOVED, asked)) < -each.minor:
        raise Conflict("payment_changed", "Less of this payment was moved; look again")
    lowered = {"id": payment.id, "company_id": actor.company_id, "minor": each.minor}
    if not each.minor or sql.execute(_LOWER, lowered) != 1:
        raise Conflict(
            "payment_changed", f"Less of {payment.reference} is unapplied now; look again"
        )
    known_on = payment.identified_on or payment.received_on
    on = dates.earliest(max(each.moved_on, known_on, payment.received_on))
    sql.copy_columns(
        "cash_move",
        {"id": [move_id], "payment_id": [payment.id], "minor": [each.minor]},
        {
            "company_id": actor.company_id,
            "account": each.account,
            "why": each.why,
            "moved_on": on,
            "recorded_at": actor.at,
            "recorded_by": actor.name,
        },
    )
    ledger.post(actor, [_posting(move_id, each, payment, on)])
    if payment.customer_id is not None:
        change = ExposureChange(
            customer_id=payment.customer_id,
            currency=payment.currency,
            unapplied_minor=-each.minor,
        )
        credit.change_exposure(actor, [change])


def _posting(move_id: int, each: Move, payment: PaymentState, on: date) -> Posting:
    held = UNIDENTIFIED if payment.customer_id is None else UNAPPLIED
    return Posting(
        debit=held if each.minor > 0 else each.account,
        credit=each.account if each.minor > 0 else held,
        currency=payment.currency,
        minor=abs(each.minor),
        effective_on=on,
        source_kind="move",
        source_id=move_id,
        customer_id=payment.customer_id,
    )


def _keep_holds(actor: Actor, payment_ids: set[int]) -> None:
    """Hold reminders to whoever has unapplied money here, and nobody else for these payments."""
    now = payments(actor, payment_ids)
    contact.lift_holds(actor, [hold_source(one.id) for one in now.values()])
    contact.place_holds(
        actor,
        [
            unapplied_hold(one.customer_id, one.id)
            for one in now.values()
            if one.customer_id is not None and one.unapplied_minor
        ],
    )
