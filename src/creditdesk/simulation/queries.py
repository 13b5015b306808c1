"""What the simulation reads of its own past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

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
    total_minor: int
    applied_to_id: int | None


def waiting_payments(company_id: int) -> list[WaitingPayment]:
    """Return the payments not wholly applied and not left on account, oldest first."""
    return sql.fetch(
        WaitingPayment,
        "SELECT p.id, l.reference, p.received_on, p.currency, p.unapplied_minor, p.total_minor,"
        "       CASE WHEN p.unapplied_minor < p.total_minor THEN p.customer_id END"
        "  FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id"
        " WHERE p.company_id = %s AND p.unapplied_minor > 0 AND NOT p.on_account"
        " ORDER BY p.received_on, p.reference",
        [company_id],
    )


@dataclass(frozen=True, slots=True)
class Letter:
    """What a customer finds in its letter box."""

    id: int
    reference: str
    customer_id: int
    subject: str


def letters_sent(company_id: int, *, after_id: int, since: datetime, limit: int) -> list[Letter]:
    """Return the last messages sent of those queued since a moment, by reference.

    Only what came after the message `after_id` is looked at: years of older ones cost nothing.
    """
    found = sql.fetch(
        Letter,
        "SELECT id, reference, customer_id, subject FROM contact_message"
        " WHERE id > %s AND company_id = %s AND queued_at >= %s AND status = 'sent'"
        " ORDER BY id DESC LIMIT %s",
        [after_id, company_id, since, limit],
    )
    return sorted(found, key=lambda letter: letter.reference)


def has_waiting_mail(company_id: int) -> bool:
    """Whether anything is queued that has not left."""
    return bool(
        sql.scalar(
            "SELECT EXISTS (SELECT FROM contact_message"
            " WHERE company_id = %s AND status = 'queued')",
            [company_id],
        )
    )
