"""Receipts that count as money: a line of the counter's own account, and a payment of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.cash.readers.statement import NO_BALANCES, Line, Statement
from creditdesk.cash.rules.receipts import Kind, words
from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services.accounts import opened_and_locked
from creditdesk.cash.services.settlement import Plan, carry_out
from creditdesk.cash.services.statements import enter
from creditdesk.cash.services.writing import payments, say
from creditdesk.contact import services as contact
from creditdesk.controls.commands import command
from creditdesk.credit import services as credit
from creditdesk.kernel.actor import Actor
from creditdesk.ledger.rules import UNDEPOSITED
from creditdesk.plumbing import sql

FORMAT: Final = "counter"
_RECEIPT = """
    SELECT r.id, r.reference, r.kind, r.customer_id, c.name, r.currency, r.minor, r.counts_on,
           r.named, r.note, r.file_id
      FROM cash_receipt r JOIN customers_customer c ON c.id = r.customer_id
     WHERE r.company_id = %(company_id)s
"""
_DUE = f"""
    {_RECEIPT} AND r.payment_id IS NULL AND r.cancelled_at IS NULL
       AND r.counts_on <= %(today)s
     ORDER BY r.id FOR UPDATE OF r
"""
_ENTERED = """
    SELECT p.id FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id
     WHERE p.company_id = %s AND l.account_id = %s AND l.reference = %s
"""
_TIE = "UPDATE cash_receipt SET payment_id = %s WHERE company_id = %s AND id = %s"


@dataclass(frozen=True, slots=True)
class Counted:
    """A receipt as it is brought into the books."""

    id: int
    reference: str
    kind: Kind
    customer_id: int
    customer_name: str
    currency: str
    minor: int
    counts_on: date
    named: list[str]
    note: str
    file_id: int


def receipt_of(actor: Actor, receipt_id: int) -> Counted:
    """Return a receipt of the company that is there."""
    [row] = sql.fetch(
        Counted, f"{_RECEIPT} AND r.id = %(id)s", {"company_id": actor.company_id, "id": receipt_id}
    )
    return row


@command("cash.match")
def count_due(actor: Actor) -> list[str]:
    """Bring cheques whose date has come into the books; return their references. Repeatable."""
    due = sql.fetch(Counted, _DUE, {"company_id": actor.company_id, "today": actor.today})
    bring_in(actor, due)
    return [one.reference for one in due]


def bring_in(actor: Actor, receipts: Sequence[Counted]) -> dict[int, int]:
    """Make receipts money of their customers, not yet at the bank; return payments by receipt."""
    if not receipts:
        return {}
    keys = [(counter_of(actor.company_id), one.currency) for one in receipts]
    accounts = opened_and_locked(actor, set(keys), name="Counter", is_collecting=False)
    for one, key in zip(receipts, keys, strict=True):
        enter(actor, one.file_id, [_statement(one, key[0])], [accounts[key]], against=UNDEPOSITED)
    found = {
        one.id: int(sql.scalar(_ENTERED, [actor.company_id, accounts[key].id, one.reference]))
        for one, key in zip(receipts, keys, strict=True)
    }
    for receipt_id, payment_id in found.items():
        sql.execute(_TIE, [payment_id, actor.company_id, receipt_id])
    credit.lock_exposure(actor, {one.customer_id for one in receipts})
    held = payments(actor, found.values(), lock=True)
    plans = []
    for one in receipts:
        payment_id = found[one.id]
        why = Reason("received_at_counter", {"receipt": one.reference})
        match_id = say(actor, payment_id, why, is_certain=False)
        plans.append(Plan(payment=held[payment_id], customer_id=one.customer_id, match_id=match_id))
    carry_out(actor, plans, {})
    contact.lift_holds(actor, [promise_source(one.id) for one in receipts])
    return found


def promise_source(receipt_id: int) -> str:
    """Return what names a cheque dated ahead as the cause of holds."""
    return f"receipt:{receipt_id}"


def counter_of(company_id: int) -> str:
    """Return how the counter of a company is called among its accounts; no bank has such a one."""
    return f"COUNTER-{company_id}"


def _statement(one: Counted, account: str) -> Statement:
    line = Line(
        line_no=1,
        booked_on=one.counts_on,
        value_on=None,
        minor=one.minor,
        currency=one.currency,
        reference=one.reference,
        counterparty=one.customer_name,
        counterparty_account="",
        text=words(one.kind, one.named, one.note),
        structured_references=(),
        is_reversal=False,
        code=one.kind,
    )
    return Statement(
        format=FORMAT,
        account=account,
        currency=one.currency,
        statement_id=one.reference,
        from_date=one.counts_on,
        to_date=one.counts_on,
        opening_minor=None,
        closing_minor=None,
        proof=NO_BALANCES,
        lines=(line,),
    )
