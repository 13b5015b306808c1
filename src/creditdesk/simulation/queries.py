"""What the simulation reads of its own past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditdesk.plumbing import sql

FINISHED = "simulation.finished"


def is_complete() -> bool:
    """Whether a demo was lived to its end; one broken off never says so."""
    return bool(
        sql.scalar("SELECT EXISTS (SELECT FROM controls_auditentry WHERE command = %s)", [FINISHED])
    )


def user_id(username: str) -> int:
    """Return the id of somebody who may sign in."""
    return int(sql.scalar("SELECT id FROM controls_user WHERE username = %s", [username]))


_DIGEST = """
    SELECT encode(sha256(convert_to(COALESCE(string_agg(posting, chr(10) ORDER BY posting), ''),
                                    'UTF8')), 'hex')
      FROM (SELECT concat_ws('|', o.code, d.code, k.code, p.currency, p.minor, c.number, v.number,
                             p.effective_on, p.source_kind) AS posting
              FROM ledger_posting p
              JOIN controls_company o ON o.id = p.company_id
              JOIN ledger_account d ON d.id = p.debit_id
              JOIN ledger_account k ON k.id = p.credit_id
              LEFT JOIN customers_customer c ON c.id = p.customer_id
              LEFT JOIN invoices_item i ON i.id = p.item_id
              LEFT JOIN invoices_invoice v ON v.id = i.invoice_id) told
"""


def digest() -> str:
    """Return the digest of everything posted: the same for the same world, whatever ids it got."""
    return str(sql.scalar(_DIGEST))


@dataclass(frozen=True, slots=True)
class WaitingPayment:
    """Money that still waits for somebody, with the bank's own reference of it."""

    payment_id: int
    bank_reference: str
    received_on: date
    currency: str
    unapplied_minor: int


def waiting_payments(company_id: int) -> list[WaitingPayment]:
    """Return the payments not wholly applied and not left on account, oldest first."""
    return sql.fetch(
        WaitingPayment,
        "SELECT p.id, l.reference, p.received_on, p.currency, p.unapplied_minor"
        "  FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id"
        " WHERE p.company_id = %s AND p.unapplied_minor > 0 AND NOT p.on_account"
        " ORDER BY p.received_on, p.reference",
        [company_id],
    )
