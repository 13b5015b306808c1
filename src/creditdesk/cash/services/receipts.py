"""Cheques and cash taken over the counter: a numbered receipt, the money in the books, its paper.

Number, posting and paper are made in one transaction, under the lock of the number range: a
receipt that cannot be written down leaves no gap. A cheque dated ahead is kept under its number
and counts as money from its date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from creditdesk.cash.models import Receipt
from creditdesk.cash.paper import sheets
from creditdesk.cash.paper.sheets import ReceiptSheet
from creditdesk.cash.rules.receipts import (
    CASH,
    CHEQUE,
    Cheque,
    Kind,
    counts_on,
    is_within,
    why_not_taken,
)
from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services import application, shortfalls
from creditdesk.cash.services.counting import bring_in, promise_source, receipt_of
from creditdesk.cash.services.moving import Move, move
from creditdesk.cash.services.rounds import match
from creditdesk.cash.services.shortfalls import Solution
from creditdesk.cash.services.writing import items, next_ids, payments, say
from creditdesk.contact import services as contact
from creditdesk.contact.rules import NewHold
from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries as customers
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.kernel.money import from_minor
from creditdesk.ledger.rules import UNDEPOSITED
from creditdesk.plumbing import sql
from creditdesk.plumbing.services import keep_file, take_references
from creditdesk.policy import queries as policies

PREFIX: Final = "RCP"
_CURRENCY = re.compile(r"[A-Z]{3}")
CANCELLED: Final = "receipt_cancelled"
LENGTH_MAX: Final = 120
NOTE_LENGTH_MAX: Final = 300
_CASH_TAKEN = """
    SELECT coalesce(sum(minor), 0)::bigint FROM cash_receipt
     WHERE company_id = %s AND customer_id = %s AND currency = %s AND received_on = %s
       AND kind = 'cash' AND cancelled_at IS NULL
"""
_CHEQUE_KNOWN = """
    SELECT r.reference FROM cash_receipt r LEFT JOIN cash_payment p ON p.id = r.payment_id
     WHERE r.company_id = %s AND r.customer_id = %s AND r.currency = %s AND r.minor = %s
       AND r.kind = 'cheque' AND r.cheque_number = %s AND r.cancelled_at IS NULL
       AND coalesce(p.returned_minor, 0) = 0
     ORDER BY r.id LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReceipt:
    """What a customer gives us; `allocations` are items it pays, as far as they are named.

    With `on_account` what is left is the customer's on purpose; otherwise matching looks at it.
    """

    customer_number: str
    kind: Kind
    currency: str
    minor: int
    received_on: date
    cheque: Cheque | None = None
    allocations: Mapping[int, int] = field(default_factory=dict)
    on_account: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptResult:
    """A receipt taken; `payment_id` is none until it counts as money."""

    receipt_id: int
    reference: str
    counts_on: date
    payment_id: int | None


def take_receipt(actor: Actor, new: NewReceipt) -> ReceiptResult:
    """Take a cheque or cash, and have matching look at what is not said to be for something.

    The receipt is kept whatever matching says of it, which is a transaction of its own.
    """
    taken = receive(actor, new)
    is_said = new.on_account or sum(new.allocations.values()) == new.minor
    if taken.payment_id is not None and not is_said and actor.may("cash.match"):
        match(actor.keyed(None), payment_ids=[taken.payment_id])
    return taken


@command("cash.receive_cheques")
def receive(actor: Actor, new: NewReceipt) -> ReceiptResult:
    """Write a receipt down under the next number, with its paper, and in the books once it counts.

    Raises Invalid where what is given makes no receipt; Refused for a cheque that is stale, too
    far ahead or known already, cash above the limit, items of another customer or currency.
    """
    customer = customers.customer(actor.company_id, new.customer_number)
    _check(actor, new)
    [reference] = take_references(actor, PREFIX, 1)
    _check_again(actor, new, customer.id)
    since = counts_on(new.received_on, new.cheque)
    named = _named(actor, new, customer.id)
    sheet = ReceiptSheet(
        reference=reference, kind=new.kind, customer_id=customer.id, currency=new.currency,
        minor=new.minor, received_on=new.received_on, counts_on=since, cheque=new.cheque,
        named=named, on_account=new.on_account, note=new.note.strip(), taken_by=actor.name,
    )  # fmt: skip
    file_id = keep_file(actor, f"{reference}.pdf", sheets.receipt(actor, sheet))
    receipt_id = _write(actor, sheet, file_id)
    acts_on("receipt", [receipt_id])
    if since > actor.today:
        _hold_items(actor, new, customer.id, sheet, receipt_id)
        return ReceiptResult(receipt_id, reference, since, None)
    payment_id = bring_in(actor, [receipt_of(actor, receipt_id)])[receipt_id]
    _apply(actor, new, payment_id, customer.id)
    return ReceiptResult(receipt_id, reference, since, payment_id)


@command("cash.cancel_receipt")
def cancel_receipt(actor: Actor, reference: str, *, reason: str) -> None:
    """Cancel a receipt that was not brought to the bank: items are open again, the number stays.

    A new posting takes the money out of the books. Refused once it is on a deposit, or some of it
    went back or is to be paid back; what a deposit holds comes back as a bounced cheque instead.
    """
    why = reason.strip()
    if not why:
        raise Invalid(
            "reason_missing", "A receipt is cancelled only with a reason",
            place=Place(field="reason"), mend="Say what was wrong with it.",
        )  # fmt: skip
    row = locked(actor, reference)
    acts_on("receipt", [row.id])
    if row.cancelled_at is not None:
        raise Conflict("receipt_cancelled", "The receipt is cancelled already")
    if row.deposit_id is not None:
        raise Refused(
            "receipt_deposited", f"{row.reference} was brought to the bank",
            mend="Void the deposit first, or say that the cheque bounced.", receipt=row.reference,
        )  # fmt: skip
    contact.lift_holds(actor, [promise_source(row.id)])
    if row.payment_id is not None:
        _take_out(actor, row.payment_id, row.reference)
    row.cancelled_on, row.cancelled_at = actor.today, actor.at
    row.cancelled_by, row.cancel_reason = actor.name, why[:500]
    row.save(update_fields=["cancelled_on", "cancelled_at", "cancelled_by", "cancel_reason"])


def locked(actor: Actor, reference: str) -> Receipt:
    """Return a receipt of the company, locked; NotFound if there is none."""
    row = (
        Receipt.objects.select_for_update()
        .filter(company_id=actor.company_id, reference=reference)
        .first()
    )
    if row is None:
        raise NotFound("receipt_unknown", "There is no such receipt")
    return row


def _check(actor: Actor, new: NewReceipt) -> None:
    """Refuse what makes no receipt, before a number is taken."""
    if new.kind not in (CHEQUE, CASH) or (new.kind == CHEQUE) != (new.cheque is not None):
        raise _receipt_invalid("receipt_kind", "A receipt is of a cheque or of cash", "kind")
    if not _CURRENCY.fullmatch(new.currency):
        raise _receipt_invalid("currency_malformed", "That is no currency", "currency")
    if new.minor <= 0:
        raise _receipt_invalid("amount_not_positive", "The amount is not above zero", "amount")
    if new.received_on > actor.today:
        raise _receipt_invalid("received_ahead", "It cannot have come in ahead", "received_on")
    if len(new.note) > NOTE_LENGTH_MAX:
        raise _receipt_invalid("text_too_long", "The text is too long", "note")
    if sum(new.allocations.values()) > new.minor:
        raise Refused("more_than_received", "The invoices come to more than was received")
    if new.cheque is not None:
        _check_cheque(actor, new.cheque, new.received_on)


def _check_cheque(actor: Actor, cheque: Cheque, received_on: date) -> None:
    for value, place in (
        (cheque.number, "cheque_number"), (cheque.drawer, "drawer"), (cheque.bank, "drawer_bank"),
    ):  # fmt: skip
        if not value.strip():
            raise _receipt_invalid("value_missing", "Nothing was given", place)
        if len(value) > LENGTH_MAX:
            raise _receipt_invalid("text_too_long", "The text is too long", place)
    rules = policies.in_force(actor.company_id, actor.today).counter
    code = why_not_taken(
        cheque, received_on=received_on, stale_days=rules.cheque_stale_days,
        ahead_days=rules.cheque_ahead_days,
    )  # fmt: skip
    if code == "cheque_stale":
        raise Refused(
            "cheque_stale", f"A cheque of {cheque.dated_on} is no longer taken",
            mend="Ask for a new one.", days=rules.cheque_stale_days,
        )  # fmt: skip
    if code:
        raise Refused(
            "cheque_too_far_ahead", f"A cheque dated {cheque.dated_on} lies too far ahead",
            mend="Ask for one of an earlier date.", days=rules.cheque_ahead_days,
        )  # fmt: skip


def _check_again(actor: Actor, new: NewReceipt, customer_id: int) -> None:
    """Refuse what depends on other receipts; the lock of the number range makes them wait."""
    company = actor.company_id
    if new.cheque is not None:
        asked = [company, customer_id, new.currency, new.minor, new.cheque.number.strip()]
        known = sql.scalars(_CHEQUE_KNOWN, asked)
        if known:
            raise Conflict("cheque_known", f"This cheque was taken as {known[0]}")
        return
    limit = policies.in_force(company, actor.today).counter.cash_limit(new.currency)
    taken = int(sql.scalar(_CASH_TAKEN, [company, customer_id, new.currency, new.received_on]))
    if limit is not None and not is_within(new.minor, taken, limit):
        raise Refused(
            "cash_above_limit",
            f"No more than {from_minor(limit, new.currency)} in cash are taken of a customer a day",
            mend="Ask for a transfer or a cheque.", limit=limit, taken=taken,
        )  # fmt: skip


def _named(actor: Actor, new: NewReceipt, customer_id: int) -> tuple[str, ...]:
    """Return the numbers of the invoices that are paid; Refused where one is not the customer's."""
    if not new.allocations:
        return ()
    rows = invoices.open_items(actor.company_id, customer_ids=[customer_id], currency=new.currency)
    numbers = {row.item_id: row.number for row in rows}
    if not new.allocations.keys() <= numbers.keys():
        raise Refused("item_of_another", "An invoice is not open, or is none of this customer's")
    return tuple(dict.fromkeys(numbers[item_id] for item_id in new.allocations))


def _write(actor: Actor, sheet: ReceiptSheet, file_id: int) -> int:
    [receipt_id] = next_ids("cash_receipt", 1)
    cheque = sheet.cheque
    Receipt.objects.create(
        id=receipt_id,
        company_id=actor.company_id,
        reference=sheet.reference,
        kind=sheet.kind,
        customer_id=sheet.customer_id,
        currency=sheet.currency,
        minor=sheet.minor,
        received_on=sheet.received_on,
        counts_on=sheet.counts_on,
        cheque_number=cheque.number.strip() if cheque else "",
        drawer=cheque.drawer.strip() if cheque else "",
        drawer_bank=cheque.bank.strip() if cheque else "",
        dated_on=cheque.dated_on if cheque else None,
        named=list(sheet.named),
        note=sheet.note,
        file_id=file_id,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    return receipt_id


def _apply(actor: Actor, new: NewReceipt, payment_id: int, customer_id: int) -> None:
    """Put the money to what it was given for; part of an item paid contests nothing."""
    if new.allocations:
        open_now = items(actor, new.allocations)
        parts: Sequence[int] = [
            item_id for item_id, minor in new.allocations.items()
            if minor < open_now[item_id].open_minor
        ]  # fmt: skip
        application.apply(
            actor, payment_id, allocations=new.allocations, customer_id=customer_id,
            short={item_id: _left_open() for item_id in parts},
        )  # fmt: skip
    if new.on_account and sum(new.allocations.values()) < new.minor:
        application.put_on_account(actor, payment_id, customer_id=customer_id)


def _hold_items(
    actor: Actor, new: NewReceipt, customer_id: int, sheet: ReceiptSheet, receipt_id: int
) -> None:
    """Chase nobody for what a cheque dated ahead is to pay, until its date: it is a promise."""
    contact.place_holds(
        actor,
        [
            NewHold(
                customer_id=customer_id, item_id=item_id, kind="promise",
                source=promise_source(receipt_id), until=sheet.counts_on, note=sheet.reference,
            )
            for item_id in sorted(new.allocations)
        ],
    )  # fmt: skip


def _left_open() -> Solution:
    return shortfalls.solution("left_open")


def _take_out(actor: Actor, payment_id: int, reference: str) -> None:
    """Undo what the money settled, and take it out of the books again."""
    payment = payments(actor, {payment_id})[payment_id]
    if payment.returned_minor or payment.refunded_minor or payment.earmarked_minor:
        raise Refused(
            "receipt_partly_gone", f"Some of {reference} went back, or is to be paid back",
            mend="Take the refund back first.", receipt=reference,
        )  # fmt: skip
    if payment.unapplied_minor < payment.total_minor:
        application.undo(actor, payment_id)
    say(actor, payment_id, Reason("receipt_cancelled", {"receipt": reference, "by": actor.name}))
    move(actor, [Move(payment_id, payment.total_minor, UNDEPOSITED, CANCELLED, actor.today)])


def _receipt_invalid(code: str, message: str, field_name: str) -> Invalid:
    return Invalid(code, message, place=Place(field=field_name), mend="Correct it.")
