"""Receipts and deposits: what was taken, what waits for the bank, what the bank credited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from creditdesk.cash.rules.receipts import Facts, Kind, State, state
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

STATES: Final[tuple[State, ...]] = (
    "postdated", "held", "deposited", "credited", "bounced", "cancelled",
)  # fmt: skip
RECEIPT_SORTS: Final = frozenset({"reference", "-reference", "minor", "-minor"})
_LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})
_STATE = """CASE WHEN r.cancelled_at IS NOT NULL THEN 'cancelled'
                 WHEN r.payment_id IS NULL THEN 'postdated'
                 WHEN p.returned_minor > 0 THEN 'bounced'
                 WHEN d.credited_at IS NOT NULL THEN 'credited'
                 WHEN r.deposit_id IS NOT NULL THEN 'deposited' ELSE 'held' END"""
_FROM = """
      FROM cash_receipt r
      JOIN customers_customer c ON c.id = r.customer_id
      LEFT JOIN cash_payment p ON p.id = r.payment_id
      LEFT JOIN cash_deposit d ON d.id = r.deposit_id
     WHERE r.company_id = %(company_id)s
"""
_FIELDS = """
    SELECT r.id, r.reference, r.kind, c.number, c.name, r.currency, r.minor, r.received_on,
           r.counts_on, r.dated_on, r.cheque_number, r.drawer, r.drawer_bank, r.named, r.note,
           r.file_id, r.recorded_at, r.recorded_by, coalesce(p.reference, ''),
           coalesce(p.unapplied_minor, 0), coalesce(p.returned_minor, 0),
           coalesce(d.reference, ''), d.credited_at IS NOT NULL, r.cancelled_on, r.cancelled_by,
           r.cancel_reason
"""
_WANTED = f"""{_FROM}
       AND (%(state)s = '' OR {_STATE} = %(state)s)
       AND (%(like)s = '%%' OR r.reference ILIKE %(like)s OR c.name ILIKE %(like)s
            OR c.number ILIKE %(like)s OR r.cheque_number ILIKE %(like)s
            OR r.drawer ILIKE %(like)s)
"""
_ORDERS: Final = {
    "reference": "r.id", "-reference": "r.id DESC", "minor": "r.minor, r.id",
    "-minor": "r.minor DESC, r.id DESC",
}  # fmt: skip
_DEPOSITS = """
    SELECT d.id, d.reference, b.identifier, b.name, d.currency, d.total_minor, d.receipts_total,
           d.brought_on, d.file_id, d.recorded_at, d.recorded_by, d.credited_on, d.credited_by,
           d.voided_at, d.voided_by, d.void_reason,
           ARRAY(SELECT p.reference FROM cash_depositcredit k JOIN cash_payment p
                     ON p.id = k.payment_id
                  WHERE k.deposit_id = d.id AND k.undone_at IS NULL ORDER BY p.id),
           EXISTS (SELECT FROM cash_match m JOIN cash_payment p ON p.id = m.payment_id
                    WHERE m.company_id = d.company_id AND m.method = 'deposit'
                      AND m.reasons @> jsonb_build_array(jsonb_build_object(
                          'code', 'deposit_differs',
                          'params', jsonb_build_object('deposit', d.reference)))
                      AND p.unapplied_minor > 0 AND p.customer_id IS NULL)
      FROM cash_deposit d JOIN cash_bankaccount b ON b.id = d.account_id
     WHERE d.company_id = %(company_id)s
"""
# Credits that may be it: what named it, and what nobody claims of that time and currency.
_CANDIDATES = """
    SELECT p.reference, p.received_on, p.currency, p.total_minor, l.text, l.counterparty
      FROM cash_payment p
      JOIN cash_bankline l ON l.id = p.bank_line_id
      JOIN cash_bankaccount b ON b.id = l.account_id
      JOIN cash_deposit d ON d.id = %(id)s AND d.currency = p.currency
     WHERE p.company_id = %(company_id)s AND p.customer_id IS NULL AND b.is_collecting
       AND p.unapplied_minor = p.total_minor AND p.total_minor <= d.total_minor
       AND p.received_on >= d.brought_on - 1
     ORDER BY p.total_minor = d.total_minor DESC, p.received_on, p.id LIMIT 30
"""


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt with what became of it; references are empty where there is none yet."""

    id: int
    reference: str
    kind: Kind
    customer_number: str
    customer_name: str
    currency: str
    minor: int
    received_on: date
    counts_on: date
    dated_on: date | None
    cheque_number: str
    drawer: str
    drawer_bank: str
    named: list[str]
    note: str
    file_id: int
    recorded_at: datetime
    recorded_by: str
    payment_reference: str
    unapplied_minor: int
    returned_minor: int
    deposit_reference: str
    is_credited: bool
    cancelled_on: date | None
    cancelled_by: str
    cancel_reason: str

    @property
    def state(self) -> State:
        """How the receipt stands."""
        return state(
            Facts(
                is_cancelled=self.cancelled_on is not None,
                is_counted=bool(self.payment_reference),
                is_deposited=bool(self.deposit_reference),
                is_credited=self.is_credited,
                returned_minor=self.returned_minor,
            )
        )


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """One page of receipts, and how many there are in all."""

    rows: list[ReceiptRow]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class DepositRow:
    """A deposit; `is_differing`: a credit of the bank names it and differs."""

    id: int
    reference: str
    account: str
    account_name: str
    currency: str
    total_minor: int
    receipts_total: int
    brought_on: date
    file_id: int
    recorded_at: datetime
    recorded_by: str
    credited_on: date | None
    credited_by: str
    voided_at: datetime | None
    voided_by: str
    void_reason: str
    payments: list[str]
    is_differing: bool

    @property
    def state(self) -> str:
        """How the deposit stands: awaited, differing, credited or voided."""
        if self.voided_at is not None:
            return "voided"
        if self.credited_on is not None:
            return "credited"
        return "differing" if self.is_differing else "awaited"


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A credit of the bank that may be a deposit."""

    reference: str
    booked_on: date
    currency: str
    minor: int
    text: str
    counterparty: str


def receipt_listing(
    company_id: int, *, text: str = "", stands: str = "", sort: str = "-reference", page: int = 1,
    size: int = 50,
) -> ReceiptPage:  # fmt: skip
    """Return one page of the receipts that stand so and fit a text, the latest first."""
    params = {
        "company_id": company_id, "state": stands, "like": f"%{text.translate(_LIKE_ESCAPES)}%",
        "size": size, "offset": (page - 1) * size,
    }  # fmt: skip
    total = int(sql.scalar(f"SELECT count(*) {_WANTED}", params))
    rows = sql.fetch(
        ReceiptRow,
        f"{_FIELDS}{_WANTED} ORDER BY {_ORDERS[sort]} LIMIT %(size)s OFFSET %(offset)s",
        params,
    )
    return ReceiptPage(rows, total, page, size)


def receipt(company_id: int, reference: str) -> ReceiptRow:
    """Return a receipt of the company; NotFound if there is none."""
    row = sql.fetch_one(
        ReceiptRow,
        f"{_FIELDS}{_FROM} AND r.reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )
    if row is None:
        raise NotFound("receipt_unknown", "There is no such receipt")
    return row


def held_receipts(company_id: int) -> list[ReceiptRow]:
    """Return what may be brought to the bank, by currency, the oldest first."""
    return sql.fetch(
        ReceiptRow,
        f"{_FIELDS}{_FROM} AND {_STATE} = 'held' AND r.deposit_id IS NULL"
        " AND r.cancelled_at IS NULL ORDER BY r.currency, r.id",
        {"company_id": company_id},
    )


def held_cash(company_id: int, currency: str) -> list[ReceiptRow]:
    """Return the cash that lies in the till of a currency, the oldest first."""
    held = held_receipts(company_id)
    return [one for one in held if one.kind == "cash" and one.currency == currency]


def receipts_of_deposit(company_id: int, deposit_id: int) -> list[ReceiptRow]:
    """Return what a deposit holds, in its order."""
    return sql.fetch(
        ReceiptRow,
        f"{_FIELDS}{_FROM} AND r.deposit_id = %(id)s ORDER BY r.id",
        {"company_id": company_id, "id": deposit_id},
    )


def deposits(company_id: int, *, limit: int = 100) -> list[DepositRow]:
    """Return the deposits, those that wait first, then the latest."""
    return sql.fetch(
        DepositRow,
        f"{_DEPOSITS} ORDER BY (d.credited_at IS NULL AND d.voided_at IS NULL) DESC, d.id DESC"
        " LIMIT %(limit)s",
        {"company_id": company_id, "limit": limit},
    )


def deposit(company_id: int, reference: str) -> DepositRow:
    """Return a deposit of the company; NotFound if there is none."""
    row = sql.fetch_one(
        DepositRow,
        f"{_DEPOSITS} AND d.reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )
    if row is None:
        raise NotFound("deposit_unknown", "There is no such deposit")
    return row


def credits_for(company_id: int, deposit_id: int) -> list[CreditRow]:
    """Return the credits of nobody known that may be a deposit, those of its total first."""
    return sql.fetch(CreditRow, _CANDIDATES, {"company_id": company_id, "id": deposit_id})
