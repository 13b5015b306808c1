"""Reviews as they stand: one, a page of them, and what there is of a customer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

SIZE: Final = 50
SORTS: Final[Mapping[str, str]] = {
    "due_on": "r.due_on",
    "customer": "lower(c.name)",
    "reference": "r.id",
    "current": "r.current_minor",
    "proposed": "r.proposed_minor",
    "risk_class": "r.risk_class",
    "decided_on": "r.decided_on",
}


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review in a list: whom it is about, why, what it proposes and what was decided."""

    id: int
    reference: str
    customer_id: int
    customer_number: str
    customer_name: str
    cause: str
    note: str
    since: date
    due_on: date
    opened_on: date
    opened_by: str
    state: str
    risk_class: str
    assessed_on: date | None
    currency: str
    current_minor: int
    used_minor: int
    answer: str
    proposed_minor: int
    policy_version: int
    prepared_at: datetime
    choice: str
    decided_minor: int | None
    reason: str
    request_reference: str
    is_automatic: bool
    decided_on: date | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A page of reviews."""

    rows: Sequence[ReviewRow]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a review was prepared from: figures then and now, facts, and every step."""

    readings: Sequence[Mapping[str, Any]]
    facts: Mapping[str, Any]
    proposal: Mapping[str, Any]
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class _Prepared:
    readings: str
    facts: str
    proposal: str
    rate: Decimal | None


_COLUMNS: Final = """
    SELECT r.id, r.reference, r.customer_id, c.number, c.name, r.cause, r.note, r.since, r.due_on,
           r.opened_on, r.opened_by, r.state, r.risk_class, r.assessed_on, r.currency,
           r.current_minor, r.used_minor, r.answer, r.proposed_minor, r.policy_version,
           r.prepared_at, r.choice, r.decided_minor, r.reason, r.request_reference,
           r.is_automatic, r.decided_on, r.decided_by
"""
_FROM: Final = """
      FROM assessment_review r JOIN customers_customer c ON c.id = r.customer_id
     WHERE r.company_id = %(company_id)s
"""
_WHERE: Final = """
       AND (%(state)s = '' OR (%(state)s = 'due' AND r.state = 'open' AND r.due_on <= %(on)s)
            OR r.state = %(state)s)
       AND (%(answer)s = '' OR r.answer = %(answer)s)
       AND (%(text)s = '' OR c.number ILIKE %(like)s OR c.name ILIKE %(like)s
            OR r.reference ILIKE %(like)s)
"""


def listing(
    company_id: int,
    *,
    on: date,
    state: str = "",
    answer: str = "",
    text: str = "",
    sort: str = "due_on",
    page: int = 1,
    size: int = SIZE,
) -> ReviewPage:
    """Return a page of reviews; `due` are those open whose day has come."""
    key = sort.removeprefix("-")
    order = f"{SORTS.get(key, SORTS['due_on'])} {'DESC' if sort.startswith('-') else 'ASC'}"
    like = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    params = {
        "company_id": company_id,
        "on": on,
        "state": state,
        "answer": answer,
        "text": text,
        "like": f"%{like}%",
        "size": size,
        "skip": (page - 1) * size,
    }
    total = sql.scalar(f"SELECT count(*) {_FROM} {_WHERE}", params)
    rows = sql.fetch(
        ReviewRow,
        f"{_COLUMNS} {_FROM} {_WHERE} ORDER BY {order} NULLS LAST, r.id"
        " LIMIT %(size)s OFFSET %(skip)s",
        params,
    )
    return ReviewPage(rows, int(total), page, size)


def review(company_id: int, reference: str) -> ReviewRow:
    """Return one review; NotFound for one the company has not."""
    row = sql.fetch_one(
        ReviewRow,
        f"{_COLUMNS} {_FROM} AND r.reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )
    if row is None:
        raise NotFound("review_unknown", "There is no such review")
    return row


def prepared(company_id: int, review_id: int) -> Prepared:
    """Return what a review was prepared from."""
    row = sql.fetch_one(
        _Prepared,
        "SELECT readings::text, facts::text, proposal::text, rate FROM assessment_review"
        " WHERE company_id = %s AND id = %s",
        [company_id, review_id],
    )
    if row is None:
        raise NotFound("review_unknown", "There is no such review")
    return Prepared(
        json.loads(row.readings), json.loads(row.facts), json.loads(row.proposal), row.rate
    )


def steps_of(company_id: int, ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the codes of the steps of each of these reviews' proposals, in order."""
    rows = sql.fetch(
        _Steps,
        "SELECT id, proposal::text FROM assessment_review WHERE company_id = %s AND id = ANY(%s)",
        [company_id, list(ids)],
    )
    return {one.id: [step["code"] for step in json.loads(one.proposal)["steps"]] for one in rows}


@dataclass(frozen=True, slots=True)
class _Steps:
    id: int
    proposal: str


def reviews_of(company_id: int, customer_id: int, *, limit: int = 20) -> list[ReviewRow]:
    """Return a customer's reviews, the newest first."""
    return sql.fetch(
        ReviewRow,
        f"{_COLUMNS} {_FROM} AND r.customer_id = %(customer_id)s"
        " ORDER BY r.id DESC LIMIT %(limit)s",
        {"company_id": company_id, "customer_id": customer_id, "limit": limit},
    )


def counts(company_id: int, on: date) -> dict[str, int]:
    """Return how many reviews are due, open (those due among them) and decided."""
    rows = sql.fetch(
        _Count,
        "SELECT CASE WHEN state = 'open' AND due_on <= %s THEN 'due' ELSE state END, count(*)"
        " FROM assessment_review WHERE company_id = %s GROUP BY 1",
        [on, company_id],
    )
    found = {one.state: one.count for one in rows}
    return {
        "due": found.get("due", 0),
        "open": found.get("open", 0) + found.get("due", 0),
        "decided": found.get("decided", 0),
    }


@dataclass(frozen=True, slots=True)
class _Count:
    state: str
    count: int
