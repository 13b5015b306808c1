"""Returns whose money was given back after all: the payment has it again, the fee is waived."""

from __future__ import annotations

from datetime import date, timedelta

from creditdesk.cash.models import Return
from creditdesk.cash.rules.returns import is_often
from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services.returned_writing import GIVEN_BACK, NO_FAULT, block_reason
from creditdesk.cash.services.returning import account_of, left
from creditdesk.cash.services.settlement import unapplied_hold
from creditdesk.cash.services.writing import PaymentState, payments, say
from creditdesk.contact import services as contact
from creditdesk.controls.commands import acts_on, command
from creditdesk.credit import queries as credit_read
from creditdesk.credit import services as credit
from creditdesk.credit.rules import ExposureChange
from creditdesk.invoices import charge_queries
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound
from creditdesk.ledger import queries as books
from creditdesk.ledger import services as ledger
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies

_RESTORE = """
    UPDATE cash_payment
       SET unapplied_minor = unapplied_minor + %(minor)s,
           returned_minor = returned_minor - %(minor)s, on_account = FALSE
     WHERE id = %(id)s AND company_id = %(company_id)s AND returned_minor >= %(minor)s
"""

_AT_FAULT = """
    SELECT r.returned_on FROM cash_return r JOIN cash_payment p ON p.id = r.payment_id
     WHERE r.company_id = %(company_id)s AND r.state = 'posted' AND r.returned_on >= %(since)s
       AND p.customer_id = %(customer_id)s AND r.why <> ALL(%(no_fault)s)
"""
_EVER = """
    SELECT count(*) FROM cash_return r JOIN cash_payment p ON p.id = r.payment_id
     WHERE r.company_id = %(company_id)s AND r.state = 'posted'
       AND p.customer_id = %(customer_id)s
"""


@command("cash.return_payments")
def undo_return(actor: Actor, return_id: int, *, on: date, reason: str) -> int:
    """Give a payment back what a return took of it, unapplied; return how much.

    What stands of the fee is waived for the reason, and the return no longer counts against the
    payer: a block that rested on it is lifted. Raises Conflict where it was given back before, or
    took nothing.
    """
    row = _locked(actor, return_id)
    minor = row.minor - row.charges_minor
    payment = _held(actor, row.payment_id or 0)
    restored = {"id": payment.id, "company_id": actor.company_id, "minor": minor}
    if sql.execute(_RESTORE, restored) != 1:
        raise Conflict("payment_changed", "Less of this payment was returned; look again")
    _post(actor, row, payment, minor, on)
    Return.objects.filter(company_id=actor.company_id, id=return_id).update(why=GIVEN_BACK)
    acts_on("payment", [payment.id])
    say(actor, payment.id, Reason("return_undone", {"on": on.isoformat()}))
    _waive_fee(actor, row, reason)
    _lift_block(actor, payment.customer_id)
    return minor


def _locked(actor: Actor, return_id: int) -> Return:
    row = (
        Return.objects.select_for_update(of=("self",))
        .filter(company_id=actor.company_id, id=return_id)
        .first()
    )
    if row is None:
        raise NotFound("return_unknown", "There is no such return")
    if row.state != "posted" or row.why == GIVEN_BACK:
        raise Conflict("return_settled", "Somebody dealt with this return meanwhile; look again")
    return row


def _held(actor: Actor, payment_id: int) -> PaymentState:
    """Return the payment, locked after the exposure of its payer."""
    seen = payments(actor, {payment_id})[payment_id]
    if seen.customer_id is not None:
        credit.lock_exposure(actor, {seen.customer_id})
    found = payments(actor, {payment_id}, lock=True)[payment_id]
    if found.customer_id != seen.customer_id:
        raise Conflict("payment_changed", "The payer was changed meanwhile; look again")
    return found


def _post(actor: Actor, row: Return, payment: PaymentState, minor: int, on: date) -> None:
    dates = ledger.hold_open(actor)
    posted = books.posted_on(actor.company_id, "return", {row.id})
    earliest = max(
        on, payment.identified_on or payment.received_on, posted.get(row.id, row.returned_on)
    )
    taken = left(row.id, payment, minor, account=account_of(actor, payment.id), on=row.returned_on)
    ledger.post(actor, [taken.reversed(on=dates.earliest(earliest))])
    if payment.customer_id is None:
        return
    credit.change_exposure(
        actor,
        [
            ExposureChange(
                customer_id=payment.customer_id, currency=payment.currency, unapplied_minor=minor
            )
        ],
    )
    contact.place_holds(actor, [unapplied_hold(payment.customer_id, payment.id)])


def _waive_fee(actor: Actor, row: Return, reason: str) -> None:
    if row.fee_item_id is None:
        return
    charges = charge_queries.charged(actor.company_id, item_ids=[row.fee_item_id])
    standing = [one.id for one in charges if one.left_minor > 0]
    if standing:
        invoices.waive(actor, standing, reason=reason)


def _lift_block(actor: Actor, customer_id: int | None) -> None:
    """Lift the block for returns, unless those that are left would have placed it, too."""
    placed = credit_read.blocks(actor.company_id).get(customer_id or 0)
    if customer_id is None or placed is None:
        return
    rules = policies.in_force(actor.company_id, actor.today).returns
    params = {
        "company_id": actor.company_id,
        "customer_id": customer_id,
        "no_fault": list(NO_FAULT),
        "since": placed.placed_at.date() - timedelta(days=rules.block_within_days + 1),
    }
    days = sql.scalars(_AT_FAULT, params)
    if not is_often(days, count=rules.block_at_count, within_days=rules.block_within_days):
        ever = int(sql.scalar(_EVER, params))
        reasons = [block_reason(count) for count in range(1, ever + 1)]
        credit.hand_back_blocks(actor, {customer_id: reasons})
