"""What imports there were: what was in the file, what went in, what came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing.imports.kinds import Options
from creditdesk.plumbing.imports.mapping import Guess
from creditdesk.plumbing.imports.values import Detected
from creditdesk.plumbing.models import ImportRun
from creditdesk.plumbing.queries import KeptFile, kept_file


@dataclass(frozen=True, slots=True)
class RunRow:
    """One load of one file.

    `guesses` say per field which column was found and how sure that is; `mapping` is what counts.
    `sample` is the first rows below `headers`. `faults` counts rejected rows by code.
    """

    id: int
    reference: str
    kind: str
    filename: str
    status: str
    file_id: int
    rejected_file_id: int | None
    mapping: dict[str, int]
    options: Options
    headers: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    guesses: tuple[Guess, ...]
    is_remembered: bool
    date_order: Detected
    decimal: Detected
    rows_total: int
    rows_done: int
    rows_accepted: int
    rows_known: int
    rows_rejected: int
    faults: dict[str, int]
    recorded_at: datetime
    recorded_by: str


def run(company_id: int, reference: str) -> RunRow:
    """Return one import of the company; NotFound otherwise."""
    row = (
        ImportRun.objects.select_related("file")
        .defer("file__content")
        .filter(company_id=company_id, reference=reference)
        .first()
    )
    if row is None:
        raise NotFound("import_unknown", f"There is no import {reference!r}", reference=reference)
    return _row(row)


def runs(company_id: int, *, limit: int = 100) -> list[RunRow]:
    """Return the imports of the company, latest first."""
    rows = (
        ImportRun.objects.select_related("file")
        .defer("file__content")
        .filter(company_id=company_id)
        .order_by("-id")[:limit]
    )
    return [_row(row) for row in rows]


def run_of_file(company_id: int, *, kind: str, sha256: str) -> RunRow | None:
    """Return the latest import of the same bytes as the same kind, however far it came."""
    row = (
        ImportRun.objects.select_related("file")
        .defer("file__content")
        .filter(company_id=company_id, kind=kind, file__sha256=sha256)
        .order_by("-id")
        .first()
    )
    return _row(row) if row else None


def rejected_file(company_id: int, reference: str) -> KeptFile:
    """Return the file of rejected rows of an import; NotFound when nothing was rejected."""
    found = run(company_id, reference)
    if found.rejected_file_id is None:
        raise NotFound("nothing_rejected", f"Import {reference} rejected nothing")
    return kept_file(company_id, found.rejected_file_id)


def _row(row: ImportRun) -> RunRow:
    report: dict[str, Any] = row.report
    return RunRow(
        id=row.id,
        reference=row.reference,
        kind=row.kind,
        filename=row.file.name,
        status=row.status,
        file_id=row.file_id,
        rejected_file_id=row.rejected_file_id,
        mapping={str(name): int(column) for name, column in row.mapping.items()},
        options=Options(**row.options),
        headers=tuple(report["headers"]),
        sample=tuple(tuple(cells) for cells in report["sample"]),
        guesses=tuple(
            Guess(one["field"], one["column"], one["confidence"], tuple(one["samples"]))
            for one in report["guesses"]
        ),
        is_remembered=report["is_remembered"],
        date_order=Detected(**report["date_order"]),
        decimal=Detected(**report["decimal"]),
        rows_total=row.rows_total,
        rows_done=row.rows_done,
        rows_accepted=row.rows_accepted,
        rows_known=row.rows_known,
        rows_rejected=row.rows_rejected,
        faults=dict(report.get("faults", {})),
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )
