"""Money of payments set apart to be paid back, paid out, and taken back where that failed.

What is set apart can neither be applied nor set apart again: the row says so, under its lock, and
a constraint of the table says it once more. Rooms above call these within their own commands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.cash.services.settlement import hold_source
from creditdesk.cash.services.writing import PaymentState, payments
from creditdesk.contact import services as contact
from creditdesk.credit import services as credit
from creditdesk.credit.rules import ExposureChange
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Refused
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import BANK, PAYOUTS, UNAPPLIED, Posting
from creditdesk.plumbing import sql

_EARMARK = """
    UPDATE cash_payment p
       SET earmarked_minor = p.earmarked_minor + d.minor,
           on_account = p.on_account OR p.unapplied_minor = p.earmarked_minor + d.minor
      FROM unnest(%(ids)s::bigint[], %(minors)s::bigint[]) AS d (id, minor)
     WHERE p.id = d.id AND p.company_id = %(company_id)s
       AND p.unapplied_minor - p.earmarked_minor >= d.minor
"""
_FREE = """
    UPDATE cash_payment p
       SET earmarked_minor = p.earmarked_minor - d.minor, on_account = FALSE
      FROM unnest(%(ids)s::bigint[], %(minors)s::bigint[]) AS d (id, minor)
     WHERE p.id = d.id AND p.company_id = %(company_id)s AND p.earmarked_minor >= d.minor
"""
_PAY_OUT = """
    UPDATE cash_payment p
       SET earmarked_minor = p.earmarked_minor - d.minor,
           unapplied_minor = p.unapplied_minor - d.minor,
           refunded_minor = p.refunded_minor + d.minor
      FROM unnest(%(ids)s::bigint[], %(minors)s::bigint[]) AS d (id, minor)
     WHERE p.id = d.id AND p.company_id = %(company_id)s AND p.earmarked_minor >= d.minor
"""
_TAKE_BACK = """
    UPDATE cash_payment p
       SET unapplied_minor = p.unapplied_minor + d.minor,
           refunded_minor = p.refunded_minor - d.minor, on_account = TRUE
      FROM unnest(%(ids)s::bigint[], %(minors)s::bigint[]) AS d (id, minor)
     WHERE p.id = d.id AND p.company_id = %(company_id)s AND p.refunded_minor >= d.minor
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """A part of a payment that is paid back; `source_id` is the refund it belongs to."""

    payment_id: int
    minor: int
    source_id: int


def earmark(actor: Actor, amounts: Mapping[int, int]) -> dict[int, PaymentState]:
    """Set amounts of payments apart to be paid back, all or none; return the payments.

    Raises Refused where nobody is known to have paid, or more is asked than came in; Conflict
    where less is free by now.
    """
    found = payments(actor, set(amounts), lock=True)
    for one in found.values():
        if one.customer_id is None:
            raise Refused("payer_unknown", "Say first whose money this is", payment=one.reference)
        if amounts[one.id] > one.total_minor:
            raise Refused("more_than_received", "This is more than the payment")
        if amounts[one.id] > one.free_minor:
            raise Conflict(
                "payment_changed", f"Less of {one.reference} is unapplied now; look again"
            )
    _changed(actor, _EARMARK, amounts)
    return found


def free(actor: Actor, amounts: Mapping[int, int]) -> None:
    """Let amounts that were set apart be applied again, all or none."""
    if amounts:
        payments(actor, set(amounts), lock=True)
        _changed(actor, _FREE, amounts)


def pay_out(actor: Actor, payouts: Sequence[Payout]) -> None:
    """Let money that was set apart leave: it is no longer the payers', and on its way to them."""
    found = _held(actor, payouts)
    dates = ledger.hold_open(actor)
    amounts = _summed(payouts)
    _changed(actor, _PAY_OUT, amounts)
    ledger.post(
        actor,
        [
            Posting(
                debit=UNAPPLIED,
                credit=PAYOUTS,
                currency=found[one.payment_id].currency,
                minor=one.minor,
                effective_on=dates.earliest(max(actor.today, _since(found[one.payment_id]))),
                source_kind="payout",
                source_id=one.source_id,
                customer_id=found[one.payment_id].customer_id,
            )
            for one in payouts
        ],
    )
    _expose(actor, found, {key: -minor for key, minor in amounts.items()})
    emptied = [one.id for one in found.values() if one.unapplied_minor == amounts[one.id]]
    contact.lift_holds(actor, [hold_source(each) for each in emptied])


def clear(actor: Actor, cleared: Mapping[int, tuple[str, int, date]]) -> None:
    """Post that the bank paid out: refund id to currency, amount and the bank's day."""
    dates = ledger.hold_open(actor)
    ledger.post(
        actor,
        [
            Posting(
                debit=PAYOUTS,
                credit=BANK,
                currency=currency,
                minor=minor,
                effective_on=dates.earliest(on),
                source_kind="payout_paid",
                source_id=source_id,
            )
            for source_id, (currency, minor, on) in sorted(cleared.items())
        ],
    )


def take_payouts_back(actor: Actor, payouts: Sequence[Payout], *, on: date, was_paid: bool) -> None:
    """Give money whose payout failed back to its payers, on account.

    `was_paid`: it had left the bank and came in again; else it never left.
    """
    found = _held(actor, payouts)
    dates = ledger.hold_open(actor)
    amounts = _summed(payouts)
    _changed(actor, _TAKE_BACK, amounts)
    ledger.post(
        actor,
        [
            Posting(
                debit=BANK if was_paid else PAYOUTS,
                credit=UNAPPLIED,
                currency=found[one.payment_id].currency,
                minor=one.minor,
                effective_on=dates.earliest(max(on, _since(found[one.payment_id]))),
                source_kind="payout_failed",
                source_id=one.source_id,
                customer_id=found[one.payment_id].customer_id,
            )
            for one in payouts
        ],
    )
    _expose(actor, found, amounts)


def _held(actor: Actor, payouts: Sequence[Payout]) -> dict[int, PaymentState]:
    """Return the payments, locked after the exposure of their payers."""
    ids = {one.payment_id for one in payouts}
    seen = payments(actor, ids)
    credit.lock_exposure(
        actor, {one.customer_id for one in seen.values() if one.customer_id is not None}
    )
    found = payments(actor, ids, lock=True)
    if any(found[one.id].customer_id != one.customer_id for one in seen.values()):
        raise Conflict("payment_changed", "The payer was changed meanwhile; look again")
    return found


def _since(payment: PaymentState) -> date:
    return payment.identified_on or payment.received_on


def _summed(payouts: Sequence[Payout]) -> dict[int, int]:
    amounts: dict[int, int] = {}
    for one in payouts:
        amounts[one.payment_id] = amounts.get(one.payment_id, 0) + one.minor
    return amounts


def _changed(actor: Actor, statement: str, amounts: Mapping[int, int]) -> None:
    changed = sql.execute(
        statement,
        {
            "company_id": actor.company_id,
            "ids": list(amounts),
            "minors": list(amounts.values()),
        },
    )
    if changed != len(amounts):
        raise Conflict("payment_changed", "A payment was changed meanwhile; look again")


def _expose(actor: Actor, found: Mapping[int, PaymentState], amounts: Mapping[int, int]) -> None:
    credit.change_exposure(
        actor,
        [
            ExposureChange(
                customer_id=one.customer_id, currency=one.currency,
                unapplied_minor=amounts[one.id],
            )
            for one in found.values()
            if one.customer_id is not None
        ],
    )  # fmt: skip
