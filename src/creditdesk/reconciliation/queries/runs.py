"""Reconciliations made: what differed, why, and what a person said of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from creditdesk.kernel.errors import Invalid, NotFound, Place
from creditdesk.plumbing import sql
from creditdesk.reconciliation.rules import Found


@dataclass(frozen=True, slots=True)
class RunRow:
    """A reconciliation; `unexplained` counts the differences nobody explained for their amounts."""

    id: int
    reference: str
    as_of: date
    items_run_id: int | None
    figures_run_id: int | None
    differences_total: int
    report_json: str
    recorded_at: datetime
    recorded_by: str
    unexplained: int

    @property
    def report(self) -> dict[str, Any]:
        """Totals by currency, causes counted, what is gone since the run before."""
        return dict(json.loads(self.report_json))


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A difference of a run with the latest explanation for the same amounts."""

    id: int
    cause: str
    number: str
    figure: str
    customer_number: str
    customer_name: str
    currency: str
    here_minor: int
    there_minor: int
    params_json: str
    note: str
    explained_by: str
    explained_at: datetime | None
    is_document: bool

    @property
    def gap_minor(self) -> int:
        """How much more the ERP has."""
        return self.there_minor - self.here_minor

    @property
    def params(self) -> dict[str, Any]:
        """The line of the file, and what it says instead."""
        return dict(json.loads(self.params_json))


@dataclass(frozen=True, slots=True)
class DifferencePage:
    """One page of the differences of a run."""

    rows: tuple[DifferenceRow, ...]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class _Found:
    cause: str
    number: str
    figure: str
    customer_number: str
    currency: str
    here_minor: int
    there_minor: int


_EXPLAINED = """
      LEFT JOIN LATERAL (
           SELECT e.note, e.recorded_by, e.recorded_at FROM reconciliation_explanation e
            WHERE e.company_id = d.company_id AND e.number = d.number AND e.figure = d.figure
              AND e.customer_number = d.customer_number AND e.currency = d.currency
              AND e.here_minor = d.here_minor AND e.there_minor = d.there_minor
            ORDER BY e.id DESC LIMIT 1) e ON TRUE
"""
_RUN = f"""
    SELECT r.id, r.reference, r.as_of, r.items_run_id, r.figures_run_id, r.differences_total,
           r.report, r.recorded_at, r.recorded_by,
           (SELECT COUNT(*) FROM reconciliation_difference d {_EXPLAINED}
             WHERE d.reconciliation_id = r.id AND e.note IS NULL)
      FROM reconciliation_reconciliation r WHERE r.company_id = %(company_id)s
"""
_DIFFERENCE_FROM = f"""
      FROM reconciliation_difference d
      LEFT JOIN customers_customer k
             ON k.company_id = d.company_id AND k.number = d.customer_number {_EXPLAINED}
     WHERE d.company_id = %(company_id)s AND d.reconciliation_id = %(run)s
       AND (%(cause)s = '' OR d.cause = %(cause)s)
       AND (%(explained)s = '' OR (e.note IS NOT NULL) = (%(explained)s = 'yes'))
       AND (%(like)s = '%%' OR d.number ILIKE %(like)s OR d.customer_number ILIKE %(like)s
            OR k.name ILIKE %(like)s)
"""
_DIFFERENCE = """
    SELECT d.id, d.cause, d.number, d.figure, d.customer_number, COALESCE(k.name, ''), d.currency,
           d.here_minor, d.there_minor, d.params, COALESCE(e.note, ''),
           COALESCE(e.recorded_by, ''), e.recorded_at,
           EXISTS (SELECT FROM invoices_invoice v
                    WHERE v.company_id = d.company_id AND v.number = d.number)
"""
_SORTS: Mapping[str, str] = {
    "number": "d.number",
    "customer": "lower(coalesce(k.name, d.customer_number))",
    "cause": "d.cause",
    "here": "d.here_minor",
    "there": "d.there_minor",
    "gap": "abs(d.there_minor - d.here_minor)",
}
SORTS: Mapping[str, str] = {
    f"{sign}{key}": f"{expression}{way}, d.id{way}"
    for key, expression in _SORTS.items()
    for sign, way in (("", ""), ("-", " DESC"))
}
_LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def runs(company_id: int, *, limit: int = 100) -> list[RunRow]:
    """Return the reconciliations, latest first."""
    return sql.fetch(
        RunRow,
        f"{_RUN} ORDER BY r.id DESC LIMIT %(limit)s",
        {"company_id": company_id, "limit": limit},
    )


def run(company_id: int, reference: str) -> RunRow:
    """Return one reconciliation; NotFound otherwise."""
    row = sql.fetch_one(
        RunRow,
        f"{_RUN} AND r.reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )
    if row is None:
        raise NotFound("reconciliation_unknown", f"There is no reconciliation {reference!r}")
    return row


def run_before(company_id: int, run_id: int | None = None) -> RunRow | None:
    """Return the latest reconciliation, or the one before another."""
    return sql.fetch_one(
        RunRow,
        f"{_RUN} AND (%(run)s::bigint IS NULL OR r.id < %(run)s) ORDER BY r.id DESC LIMIT 1",
        {"company_id": company_id, "run": run_id},
    )


def found_in(company_id: int, run_id: int) -> list[Found]:
    """Return the differences of a run as values."""
    rows = sql.fetch(
        _Found,
        "SELECT cause, number, figure, customer_number, currency, here_minor, there_minor"
        " FROM reconciliation_difference WHERE company_id = %s AND reconciliation_id = %s",
        [company_id, run_id],
    )
    return [
        Found(**{name: getattr(row, name) for name in sql.column_names(_Found)}) for row in rows
    ]


def differences(
    company_id: int,
    run_id: int,
    *,
    cause: str = "",
    explained: str = "",
    text: str = "",
    sort: str = "-gap",
    page: int = 1,
    size: int = 50,
) -> DifferencePage:
    """Return a page of the differences of a run; `explained` is yes, no or empty for all.

    An unknown sort is Invalid.
    """
    if sort not in SORTS:
        raise Invalid("sort_unknown", f"The list has no sort {sort!r}", place=Place(field="sort"))
    params = {
        "company_id": company_id,
        "run": run_id,
        "cause": cause,
        "explained": explained,
        "like": f"%{text.strip().translate(_LIKE_ESCAPES)}%" if text.strip() else "%",
    }
    total = int(sql.scalar(f"SELECT COUNT(*) {_DIFFERENCE_FROM}", params))
    number = min(max(page, 1), max(-(-total // size), 1))
    rows = sql.fetch(
        DifferenceRow,
        f"{_DIFFERENCE} {_DIFFERENCE_FROM} ORDER BY {SORTS[sort]} LIMIT %(size)s OFFSET %(offset)s",
        {**params, "size": size, "offset": (number - 1) * size},
    )
    return DifferencePage(tuple(rows), total, number, size)
