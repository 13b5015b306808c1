"""Payouts of the provider, and the lines of the bank that they may be."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class BankSide:
    """A line of the bank that a payout may be: a receipt by its payment's id, else by its own."""

    id: int
    reference: str
    minor: int
    currency: str
    booked_on: date
    words: str

    @property
    def key(self) -> int:
        """A number no other has: receipts count up, lines that took money count down."""
        return self.id if self.minor > 0 else -self.id


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A payout; `state` is "cleared", "awaited" or "failed".

    `payment_reference` is the receipt it arrived as; `taken_on` is when the bank paid a negative
    one.
    """

    id: int
    payout: str
    currency: str
    minor: int
    fee_minor: int
    arrives_on: date
    is_manual: bool
    state: str
    payment_reference: str
    taken_on: date | None
    cleared_at: datetime | None
    parts: int


@dataclass(frozen=True, slots=True)
class PartRow:
    """One movement a payout sums up."""

    movement: str
    kind: str
    source: str
    gross_minor: int
    fee_minor: int
    net_minor: int


# A receipt of nobody known yet, all of it unapplied and not set apart; or a line out that returns
# nothing and is no payout's.
_BANK_SIDE = """
    SELECT p.id, p.reference, p.total_minor, p.currency, p.received_on,
           l.text || ' ' || l.reference || ' ' || l.counterparty
      FROM cash_payment p
      JOIN cash_bankline l ON l.id = p.bank_line_id
      JOIN cash_bankaccount b ON b.id = l.account_id
     WHERE p.company_id = %(company_id)s AND p.customer_id IS NULL AND b.is_collecting
       AND p.unapplied_minor = p.total_minor AND p.total_minor = ANY(%(minors)s::bigint[])
       AND p.received_on >= %(since)s
     UNION ALL
    SELECT l.id, l.reference, l.minor, l.currency, l.booked_on,
           l.text || ' ' || l.reference || ' ' || l.counterparty
      FROM cash_bankline l JOIN cash_bankaccount b ON b.id = l.account_id
     WHERE l.company_id = %(company_id)s AND b.is_collecting AND NOT l.is_reversal
       AND l.minor < 0 AND l.minor = ANY(%(minors)s::bigint[]) AND l.booked_on >= %(since)s
       AND NOT EXISTS (SELECT FROM payments_payout o WHERE o.bank_line_id = l.id)
     ORDER BY 5, 1
"""
_PAYOUT = """
    SELECT o.id, o.payout, o.currency, o.minor, o.fee_minor, o.arrives_on, o.is_manual,
           CASE WHEN o.failed_on IS NOT NULL THEN 'failed'
                WHEN o.cleared_at IS NOT NULL THEN 'cleared' ELSE 'awaited' END,
           coalesce(p.reference, ''), l.booked_on, o.cleared_at,
           (SELECT count(*) FROM payments_payoutpart t WHERE t.payout_id = o.id)
      FROM payments_payout o
      LEFT JOIN cash_payment p ON p.id = o.payment_id
      LEFT JOIN cash_bankline l ON l.id = o.bank_line_id
     WHERE o.company_id = %(company_id)s
"""


def bank_side(company_id: int, minors: Collection[int], *, since: date) -> list[BankSide]:
    """Return the lines of collecting accounts of these amounts that may be payouts, by day."""
    return sql.fetch(
        BankSide,
        _BANK_SIDE,
        {"company_id": company_id, "minors": sql.array(sorted(minors)), "since": since},
    )


def payouts(company_id: int, *, limit: int = 200) -> list[PayoutRow]:
    """Return the payouts, those the bank has not brought yet first, then the latest."""
    return sql.fetch(
        PayoutRow,
        f"{_PAYOUT} ORDER BY (o.cleared_at IS NULL AND o.failed_on IS NULL) DESC,"
        " o.arrives_on DESC, o.id DESC LIMIT %(limit)s",
        {"company_id": company_id, "limit": limit},
    )


def payout(company_id: int, name: str) -> PayoutRow:
    """Return a payout by the provider's name of it; NotFound otherwise."""
    row = sql.fetch_one(
        PayoutRow, f"{_PAYOUT} AND o.payout = %(name)s", {"company_id": company_id, "name": name}
    )
    if row is None:
        raise NotFound("payout_unknown", f"There is no payout {name[:60]!r}")
    return row


def parts(company_id: int, payout_id: int) -> list[PartRow]:
    """Return what a payout sums up, in the provider's order."""
    return sql.fetch(
        PartRow,
        """
        SELECT movement, kind, source, gross_minor, fee_minor, net_minor FROM payments_payoutpart
         WHERE company_id = %s AND payout_id = %s ORDER BY id
        """,
        [company_id, payout_id],
    )
