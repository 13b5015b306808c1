"""What the simulation reads of its own past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.plumbing import sql
from creditdesk.simulation.rules.truth import Application

FINISHED = "simulation.finished"
COMPARED = "simulation.compared"


def is_complete() -> bool:
    """Whether a demo was lived to its end; one broken off never says so."""
    return bool(
        sql.scalar("SELECT EXISTS (SELECT FROM controls_auditentry WHERE command = %s)", [FINISHED])
    )


def usernames() -> frozenset[str]:
    """Return the names of all who may sign in."""
    return frozenset(sql.scalars("SELECT username FROM controls_user WHERE is_active", []))


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
    customer_id: int | None
    applied_minor: int


def waiting_payments(company_id: int) -> list[WaitingPayment]:
    """Return the payments not wholly applied and not left on account, oldest first."""
    return sql.fetch(
        WaitingPayment,
        "SELECT p.id, l.reference, p.received_on, p.currency,"
        "       p.unapplied_minor - p.earmarked_minor, p.customer_id,"
        "       p.total_minor - p.unapplied_minor"
        "  FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id"
        " WHERE p.company_id = %s AND p.unapplied_minor > 0"
        "   AND p.unapplied_minor > p.earmarked_minor AND NOT p.on_account"
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


def payment_by_line(company_id: int, bank_reference: str) -> WaitingPayment | None:
    """Return the payment of a bank line with what of it is free, `None` where none came in."""
    found = sql.fetch(
        WaitingPayment,
        "SELECT p.id, l.reference, p.received_on, p.currency,"
        "       p.unapplied_minor - p.earmarked_minor, p.customer_id,"
        "       p.total_minor - p.unapplied_minor"
        "  FROM cash_bankline l JOIN cash_payment p ON p.bank_line_id = l.id"
        " WHERE l.company_id = %s AND l.reference = %s",
        [company_id, bank_reference],
    )
    return found[0] if len(found) == 1 else None


def waiting_return(company_id: int, bank_reference: str) -> int | None:
    """Return the return of a bank line if it waits for a person."""
    found = sql.scalars(
        "SELECT r.id FROM cash_return r JOIN cash_bankline l ON l.id = r.bank_line_id"
        " WHERE r.company_id = %s AND r.state = 'waiting' AND l.reference = %s",
        [company_id, bank_reference],
    )
    return int(found[0]) if found else None


@dataclass(frozen=True, slots=True)
class Debit:
    """One debit of a collection, with the invoice it collects."""

    end_to_end: str
    customer_id: int
    number: str
    minor: int


def debits(company_id: int, run: str) -> list[Debit]:
    """Return what a collection collects."""
    return sql.fetch(
        Debit,
        "SELECT d.end_to_end, d.customer_id, v.number, d.minor"
        "  FROM treasury_runline d JOIN treasury_run r ON r.id = d.run_id"
        "  JOIN invoices_item i ON i.id = d.item_id JOIN invoices_invoice v ON v.id = i.invoice_id"
        " WHERE d.company_id = %s AND r.reference = %s ORDER BY d.id",
        [company_id, run],
    )


@dataclass(frozen=True, slots=True)
class OnAccount:
    """Money left with a customer, and the account it came from."""

    payment_id: int
    customer_id: int
    minor: int
    account: str


def largest_on_account(company_id: int, currency: str) -> OnAccount | None:
    """Return the most money that was left on an account, nothing of it asked back yet."""
    found = sql.fetch(
        OnAccount,
        "SELECT p.id, p.customer_id, p.unapplied_minor, l.counterparty_account"
        "  FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id"
        " WHERE p.company_id = %s AND p.currency = %s AND p.on_account AND p.earmarked_minor = 0"
        "   AND p.unapplied_minor > 0 AND l.counterparty_account <> ''"
        "   AND NOT EXISTS (SELECT FROM treasury_refund r WHERE r.payment_id = p.id)"
        " ORDER BY p.unapplied_minor DESC, p.reference LIMIT 1",
        [company_id, currency],
    )
    return found[0] if found else None


def applied(company_id: int) -> list[Application]:
    """Return all that is applied now, by bank line and invoice."""
    return sql.fetch(
        Application,
        "SELECT l.reference, v.number, sum(a.minor)::bigint"
        "  FROM cash_allocation a JOIN cash_payment p ON p.id = a.payment_id"
        "  JOIN cash_bankline l ON l.id = p.bank_line_id"
        "  JOIN invoices_item i ON i.id = a.item_id JOIN invoices_invoice v ON v.id = i.invoice_id"
        " WHERE a.company_id = %s AND a.undone_at IS NULL GROUP BY 1, 2 ORDER BY 1, 2",
        [company_id],
    )


def falsely_applied() -> dict[str, tuple[int, int]]:
    """Return per company how many applications there are, and how many were not meant so."""
    rows = sql.fetch(
        _Compared,
        "SELECT c.code, (a.arguments->>'applied')::int, (a.arguments->>'false')::int"
        "  FROM controls_auditentry a JOIN controls_company c ON c.id = a.company_id"
        " WHERE a.command = %s ORDER BY c.code",
        [COMPARED],
    )
    return {row.code: (row.applied, row.false) for row in rows}


@dataclass(frozen=True, slots=True)
class _Compared:
    code: str
    applied: int
    false: int
