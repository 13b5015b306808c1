"""The till: what the book says lies in it, what was counted, and what was off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

# Cash taken that is money and neither cancelled nor on a slip, and differences found since.
_DRAWER = """
    SELECT currency, sum(minor)::bigint FROM (
        SELECT r.currency, r.minor FROM cash_receipt r
         WHERE r.company_id = %(company_id)s AND r.kind = 'cash' AND r.payment_id IS NOT NULL
           AND r.deposit_id IS NULL AND r.cancelled_at IS NULL
        UNION ALL
        SELECT t.currency, t.minor FROM cash_tillcount t
         WHERE t.company_id = %(company_id)s AND t.deposit_id IS NULL AND t.minor <> 0) held
     GROUP BY 1 ORDER BY 1
"""
_COUNTS = """
    SELECT t.reference, t.currency, t.counted_on, t.book_minor, t.counted_minor, t.minor, t.reason,
           t.approval, t.approved_by, coalesce(d.reference, ''), t.recorded_at, t.recorded_by
      FROM cash_tillcount t LEFT JOIN cash_deposit d ON d.id = t.deposit_id
     WHERE t.company_id = %(company_id)s
"""


@dataclass(frozen=True, slots=True)
class DrawerRow:
    """What the book says lies in the till in a currency."""

    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class TillCountRow:
    """A count of the till; `minor` is how much more lay in it than the book said."""

    reference: str
    currency: str
    counted_on: date
    book_minor: int
    counted_minor: int
    minor: int
    reason: str
    approval: str
    approved_by: str
    deposit_reference: str
    recorded_at: datetime
    recorded_by: str


def drawers(company_id: int) -> list[DrawerRow]:
    """Return what the book says lies in the till, by currency."""
    return sql.fetch(DrawerRow, _DRAWER, {"company_id": company_id})


def drawer(company_id: int, currency: str) -> int:
    """Return what the book says lies in the till in a currency."""
    return next((one.minor for one in drawers(company_id) if one.currency == currency), 0)


def of_day(company_id: int, currency: str, on: date) -> list[int]:
    """Return the differences booked on a day in a currency."""
    return sql.scalars(
        "SELECT minor FROM cash_tillcount WHERE company_id = %s AND currency = %s"
        " AND counted_on = %s AND minor <> 0 ORDER BY id",
        [company_id, currency, on],
    )


def till_counts(company_id: int, *, limit: int = 50) -> list[TillCountRow]:
    """Return the counts of the till, the latest first."""
    return sql.fetch(
        TillCountRow, f"{_COUNTS} ORDER BY t.id DESC LIMIT %(limit)s",
        {"company_id": company_id, "limit": limit},
    )  # fmt: skip


def till_count(company_id: int, reference: str) -> TillCountRow:
    """Return a count by its number; NotFound where there is none."""
    row = sql.fetch_one(
        TillCountRow, f"{_COUNTS} AND t.reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )  # fmt: skip
    if row is None:
        raise NotFound("till_count_unknown", f"There is no count {reference}")
    return row


def undeposited_differences(company_id: int) -> list[TillCountRow]:
    """Return the differences that go on the next slip, the oldest first."""
    return sql.fetch(
        TillCountRow, f"{_COUNTS} AND t.deposit_id IS NULL AND t.minor <> 0 ORDER BY t.id",
        {"company_id": company_id},
    )  # fmt: skip


def differences_of_deposit(company_id: int, deposit_id: int) -> list[TillCountRow]:
    """Return the differences on a slip."""
    return sql.fetch(
        TillCountRow, f"{_COUNTS} AND t.deposit_id = %(id)s ORDER BY t.id",
        {"company_id": company_id, "id": deposit_id},
    )  # fmt: skip
