"""Insurers' policies, buyer covers, guarantees, and what was reported as overdue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.credit.rules import Cover, Policy
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class CoverRow:
    """An insurer's decision about a buyer, with who recorded it."""

    id: int
    policy_id: int
    policy_number: str
    insurer: str
    customer_id: int
    customer_number: str
    customer_name: str
    kind: str
    currency: str
    minor: int
    valid_from: date
    valid_to: date | None
    note: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class GuaranteeRow:
    """Somebody who answers for a customer."""

    id: int
    reference: str
    customer_id: int
    customer_number: str
    customer_name: str
    kind: str
    guarantor: str
    currency: str
    minor: int
    valid_from: date
    valid_to: date | None
    document_id: int | None
    note: str
    recorded_at: datetime
    recorded_by: str
    ended_from: date | None
    ended_by: str

    def counts_on(self, on: date) -> bool:
        """Whether the guarantor answers on a date."""
        return (
            self.valid_from <= on
            and (self.valid_to is None or on <= self.valid_to)
            and (self.ended_from is None or on < self.ended_from)
        )


@dataclass(frozen=True, slots=True)
class ReportRow:
    """An open item reported to an insurer as overdue."""

    policy_id: int
    item_id: int
    reported_on: date


_POLICY = """
    SELECT id, insurer, number, currency, valid_from, valid_to, maximum_liability_minor,
           retention_percent, deductible_minor, extension_days, report_days
      FROM credit_insurancepolicy
"""
_COVER = """
    SELECT k.id, k.policy_id, p.number, p.insurer, c.id, c.number, c.name, k.kind, k.currency,
           k.minor, k.valid_from, k.valid_to, k.note, k.recorded_at, k.recorded_by
      FROM credit_cover k JOIN credit_insurancepolicy p ON p.id = k.policy_id
      JOIN customers_customer c ON c.id = k.customer_id
"""
_GUARANTEE = """
    SELECT g.id, g.reference, c.id, c.number, c.name, g.kind, g.guarantor, g.currency, g.minor,
           g.valid_from, g.valid_to, g.document_id, g.note, g.recorded_at, g.recorded_by,
           g.ended_from, g.ended_by
      FROM credit_guarantee g JOIN customers_customer c ON c.id = g.customer_id
"""
_SOME = " AND (%(ids)s::bigint[] IS NULL OR {column} = ANY(%(ids)s))"


def policies(company_id: int) -> dict[int, Policy]:
    """Return every policy of the company's insurers by id, the newest first."""
    found = sql.fetch(
        Policy, f"{_POLICY} WHERE company_id = %s ORDER BY valid_from DESC, id DESC", [company_id]
    )
    return {one.id: one for one in found}


def insurance_policy(company_id: int, number: str) -> Policy:
    """Return one policy by its number; NotFound when the company has none such."""
    found = sql.fetch_one(
        Policy, f"{_POLICY} WHERE company_id = %s AND number = %s", [company_id, number]
    )
    if found is None:
        raise NotFound("insurance_policy_unknown", f"There is no insurance policy {number!r}")
    return found


def cover_rows(company_id: int, ids: Collection[int] | None = None) -> list[CoverRow]:
    """Return every decision of insurers about customers, the newest first."""
    return sql.fetch(
        CoverRow,
        f"{_COVER} WHERE k.company_id = %(company_id)s{_SOME.format(column='k.customer_id')}"
        " ORDER BY k.valid_from DESC, k.id DESC",
        {"company_id": company_id, "ids": None if ids is None else list(ids)},
    )


def covers(company_id: int, ids: Collection[int] | None = None) -> dict[int, list[Cover]]:
    """Return the decisions of insurers by customer."""
    found: dict[int, list[Cover]] = defaultdict(list)
    for row in cover_rows(company_id, ids):
        found[row.customer_id].append(
            Cover(
                id=row.id,
                policy_id=row.policy_id,
                kind=row.kind,
                currency=row.currency,
                minor=row.minor,
                valid_from=row.valid_from,
                valid_to=row.valid_to,
            )
        )
    return dict(found)


def guarantees(company_id: int, ids: Collection[int] | None = None) -> list[GuaranteeRow]:
    """Return every guarantee, also those that ended, the newest first."""
    return sql.fetch(
        GuaranteeRow,
        f"{_GUARANTEE} WHERE g.company_id = %(company_id)s"
        f"{_SOME.format(column='g.customer_id')} ORDER BY g.valid_from DESC, g.id DESC",
        {"company_id": company_id, "ids": None if ids is None else list(ids)},
    )


def guarantee(company_id: int, reference: str) -> GuaranteeRow:
    """Return one guarantee; NotFound when the company has none such."""
    found = sql.fetch_one(
        GuaranteeRow,
        f"{_GUARANTEE} WHERE g.company_id = %s AND g.reference = %s",
        [company_id, reference],
    )
    if found is None:
        raise NotFound("guarantee_unknown", f"There is no guarantee {reference!r}")
    return found


def overdue_reports(company_id: int) -> list[ReportRow]:
    """Return which items were reported to insurers, and when."""
    return sql.fetch(
        ReportRow,
        "SELECT policy_id, item_id, reported_on FROM credit_overduereport WHERE company_id = %s"
        " ORDER BY id",
        [company_id],
    )
