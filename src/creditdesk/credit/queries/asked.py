"""Limits that were asked for, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

STATES = ("open", "granted", "refused", "taken_back")


@dataclass(frozen=True, slots=True)
class LimitRequestRow:
    """A limit somebody asks for; `customer_id` is the top of the group where it is a group's."""

    id: int
    reference: str
    customer_id: int
    customer_number: str
    customer_name: str
    is_group: bool
    kind: str
    only_currency: bool
    currency: str
    minor: int
    valid_from: date
    valid_to: date | None
    reason: str
    asked_at: datetime
    asked_by: str
    asked_by_id: int | None
    state: str
    decided_at: datetime | None
    decided_by: str
    answer: str


_REQUEST = """
    SELECT r.id, r.reference, c.id, c.number, c.name, r.group_id IS NOT NULL, r.kind,
           r.only_currency, r.currency, r.minor, r.valid_from, r.valid_to, r.reason, r.asked_at,
           r.asked_by, r.asked_by_id, r.state, r.decided_at, r.decided_by, r.answer
      FROM credit_limitrequest r
      JOIN customers_customer c ON c.id = COALESCE(r.customer_id, r.group_id)
"""


def limit_requests(
    company_id: int, *, state: str = "", customer_id: int | None = None, limit: int = 200
) -> list[LimitRequestRow]:
    """Return what was asked for, the newest first, of one state or customer if asked."""
    return sql.fetch(
        LimitRequestRow,
        f"{_REQUEST} WHERE r.company_id = %(company_id)s"
        " AND (%(state)s = '' OR r.state = %(state)s)"
        " AND (%(customer_id)s::bigint IS NULL OR c.id = %(customer_id)s)"
        " ORDER BY r.id DESC LIMIT %(limit)s",
        {"company_id": company_id, "state": state, "customer_id": customer_id, "limit": limit},
    )


def limit_request(company_id: int, reference: str) -> LimitRequestRow:
    """Return one request; NotFound when the company has none such."""
    found = sql.fetch_one(
        LimitRequestRow,
        f"{_REQUEST} WHERE r.company_id = %s AND r.reference = %s",
        [company_id, reference],
    )
    if found is None:
        raise NotFound("limit_request_unknown", f"Nobody asked for {reference!r}")
    return found
