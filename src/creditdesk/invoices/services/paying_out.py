"""Unapplied credit of notes paid out to its customers, and given back where that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.credit import services as credit_room
from creditdesk.credit.rules import ExposureChange
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import BANK, PAYOUTS, UNAPPLIED, Posting
from creditdesk.plumbing import sql

_NOTES = """
    SELECT id, number, customer_id, currency, issued_on, unapplied_minor FROM invoices_invoice
     WHERE company_id = %(company_id)s AND id = ANY(%(ids)s::bigint[]) AND kind = 'credit_note'
     ORDER BY id
"""
_LOWER = """
    UPDATE invoices_invoice SET unapplied_minor = unapplied_minor - %s
     WHERE company_id = %s AND id = %s AND unapplied_minor - %s BETWEEN 0 AND total_minor
"""


@dataclass(frozen=True, slots=True)
class HeldNote:
    """A credit note under lock, after the exposure of its customer."""

    id: int
    number: str
    customer_id: int
    currency: str
    issued_on: date
    unapplied_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditPayout:
    """A part of a credit note that is paid out; `source_id` is the refund it belongs to."""

    credit_note_id: int
    minor: int
    source_id: int


def hold_credit(actor: Actor, ids: Sequence[int]) -> dict[int, HeldNote]:
    """Return credit notes locked, after the exposure of their customers; NotFound if one is none.

    Not a command of its own.
    """
    asked = {"company_id": actor.company_id, "ids": sql.array(sorted(set(ids)))}
    seen = sql.fetch(HeldNote, _NOTES, asked)
    if len(seen) < len(set(ids)):
        raise NotFound("credit_note_unknown", "There is no such credit note")
    credit_room.lock_exposure(actor, {one.customer_id for one in seen})
    return {one.id: one for one in sql.fetch(HeldNote, f"{_NOTES} FOR UPDATE", asked)}


def pay_out_credit(actor: Actor, payouts: Sequence[CreditPayout]) -> None:
    """Let unapplied credit leave: it is no longer the customers', and on its way to them.

    Conflict where less is unapplied by now. Not a command of its own.
    """
    held = hold_credit(actor, [one.credit_note_id for one in payouts])
    dates = ledger.hold_open(actor)
    for one in payouts:
        _change(actor, held[one.credit_note_id], one.minor)
    ledger.post(
        actor,
        [
            _posting(one, held, dates.earliest(max(actor.today, _since(one, held))))
            for one in payouts
        ],
    )


def take_credit_back(
    actor: Actor, payouts: Sequence[CreditPayout], *, on: date, was_paid: bool
) -> None:
    """Give credit whose payout failed back to its notes, unapplied.

    `was_paid`: it had left the bank and came in again; else it never left. Not a command.
    """
    held = hold_credit(actor, [one.credit_note_id for one in payouts])
    dates = ledger.hold_open(actor)
    for one in payouts:
        _change(actor, held[one.credit_note_id], -one.minor)
    ledger.post(
        actor,
        [
            Posting(
                debit=BANK if was_paid else PAYOUTS,
                credit=UNAPPLIED,
                currency=held[one.credit_note_id].currency,
                minor=one.minor,
                effective_on=dates.earliest(max(on, _since(one, held))),
                source_kind="payout_failed",
                source_id=one.source_id,
                customer_id=held[one.credit_note_id].customer_id,
            )
            for one in payouts
        ],
    )


def _since(one: CreditPayout, held: dict[int, HeldNote]) -> date:
    return held[one.credit_note_id].issued_on


def _posting(one: CreditPayout, held: dict[int, HeldNote], on: date) -> Posting:
    note = held[one.credit_note_id]
    return Posting(
        debit=UNAPPLIED,
        credit=PAYOUTS,
        currency=note.currency,
        minor=one.minor,
        effective_on=on,
        source_kind="payout",
        source_id=one.source_id,
        customer_id=note.customer_id,
    )


def _change(actor: Actor, note: HeldNote, minor: int) -> None:
    if sql.execute(_LOWER, [minor, actor.company_id, note.id, minor]) != 1:
        raise Conflict("credit_changed", f"Less of {note.number} is unapplied now; look again")
    credit_room.change_exposure(
        actor,
        [
            ExposureChange(
                customer_id=note.customer_id, currency=note.currency, unapplied_minor=-minor
            )
        ],
    )
