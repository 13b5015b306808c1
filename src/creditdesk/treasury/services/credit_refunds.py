"""Refunds of credit notes: the customer is owed it, and asked to have it paid out."""

from __future__ import annotations

from creditdesk.controls.commands import acts_on, command
from creditdesk.invoices import queries as invoice_reads
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.services import take_references
from creditdesk.treasury.models import Refund
from creditdesk.treasury.queries import free_credit
from creditdesk.treasury.rules.refunds import is_account_seen
from creditdesk.treasury.services import refunds
from creditdesk.treasury.services.refunds import RefundResult

# The accounts from which money came that settled what the credit note takes back.
_ACCOUNTS = """
    SELECT DISTINCT l.counterparty_account
      FROM invoices_invoice n
      JOIN invoices_item i ON i.invoice_id = n.corrects_id
      JOIN cash_allocation a ON a.item_id = i.id
      JOIN cash_payment p ON p.id = a.payment_id AND p.customer_id = n.customer_id
      JOIN cash_bankline l ON l.id = p.bank_line_id
     WHERE n.company_id = %s AND n.id = %s AND l.counterparty_account <> ''
"""


@command("treasury.ask_refund")
def ask_credit_refund(
    actor: Actor, credit_note: str, *, minor: int, iban: str, payee: str, reason: str
) -> RefundResult:
    """Ask to pay unapplied credit of a note out; it cannot be asked for twice.

    Its bank details count as checked where the very account paid what the note takes back. The
    credit may still be set against an invoice until the refund is released; then it is refused.
    """
    refunds.require_positive(minor)
    account, name = refunds.account_of(iban), refunds.said(payee, "payee")
    why = refunds.said(reason, "reason")
    note = invoice_reads.invoice(actor.company_id, credit_note)
    if note.kind != "credit_note":
        raise NotFound("credit_note_unknown", "There is no such credit note")
    held = invoices.hold_credit(actor, [note.id])[note.id]
    if held.currency != refunds.EURO:
        raise Refused("refund_not_euro", "Only euros are paid out by a SEPA file")
    if minor > free_credit(actor.company_id, note.id):
        raise Conflict("credit_changed", f"Less of {held.number} is unapplied now; look again")
    is_seen = is_account_seen(account, sql.scalars(_ACCOUNTS, [actor.company_id, note.id]))
    row = Refund.objects.create(
        company_id=actor.company_id, reference=take_references(actor, "RFD", 1)[0],
        customer_id=held.customer_id, credit_note_id=note.id, currency=held.currency,
        minor=minor, iban=account, payee=name, reason=why, state="asked",
        asked_at=actor.at, asked_by=actor.name, asked_by_id=actor.user_id,
        **refunds.checked(actor, held.customer_id, account, is_seen=is_seen),
    )  # fmt: skip
    acts_on("refund", [row.id])
    return refunds.result(row)
