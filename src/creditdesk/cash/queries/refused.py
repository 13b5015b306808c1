"""Bank files that were refused, and what people said of the columns of tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from creditdesk.cash.models import RefusedFile
from creditdesk.cash.readers.columns import HEADINGS, ROLE_OF_HEADING, plain
from creditdesk.cash.readers.table import Known, heading_key
from creditdesk.kernel.errors import Invalid, NotFound
from creditdesk.plumbing import sql
from creditdesk.plumbing.queries import kept_file
from creditdesk.plumbing.tables import read_table

ROLES = tuple(HEADINGS)
# What may be told for all rows at once, instead of a column.
CONSTANTS = ("account", "currency", "date_format", "decimal_mark")
SAMPLE_ROWS = 8
_TOLD = "SELECT heading_key, meaning FROM cash_statementcolumns WHERE company_id = %s"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A refused file, why, and whether it still waits ("" in `settled`)."""

    id: int
    file_id: int
    filename: str
    code: str
    message: str
    place: str
    mend: str
    refused_at: datetime
    refused_by: str
    settled: str


@dataclass(frozen=True, slots=True)
class Outline:
    """The head of a table: its headings, some rows, and what each role is taken from.

    `meaning` is what was told before, else guessed from the names of the columns.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    meaning: dict[str, str]


def known_columns(company_id: int) -> Known:
    """Return what was told of the company's tables, by the key of their headings."""
    rows: list[tuple[str, str]] = sql.fetch(tuple, _TOLD, [company_id])
    return {heading_key: json.loads(meaning) for heading_key, meaning in rows}


def refused_files(company_id: int, *, waiting: bool = True) -> list[RefusedRow]:
    """Return refused bank files, the latest first: those that wait, or all."""
    rows = RefusedFile.objects.filter(company_id=company_id).order_by("-refused_at", "-id")
    return [_row(row) for row in (rows.filter(settled="") if waiting else rows)]


def refused_file(company_id: int, number: int) -> RefusedRow:
    """Return a refused bank file; NotFound where the company has none of that number."""
    row = RefusedFile.objects.filter(company_id=company_id, id=number).first()
    if row is None:
        raise NotFound("refused_file_unknown", f"There is no refused file {number}")
    return _row(row)


def outline(company_id: int, row: RefusedRow) -> Outline | None:
    """Return the head of the table in a refused file, None where it holds no table."""
    file = kept_file(company_id, row.file_id)
    try:
        table = read_table(file.content, row.filename)
    except Invalid:
        return None
    told = known_columns(company_id).get(heading_key(table.headers))
    return Outline(
        headings=table.headers,
        rows=tuple(cells[: len(table.headers)] for cells in table.rows[:SAMPLE_ROWS]),
        meaning=dict(told) if told else _guessed(table.headers),
    )


def _guessed(headings: tuple[str, ...]) -> dict[str, str]:
    guessed: dict[str, str] = {}
    for heading in headings:
        role = ROLE_OF_HEADING.get(plain(heading))
        if role is not None:
            guessed.setdefault(role, heading)
    return guessed


def _row(row: RefusedFile) -> RefusedRow:
    return RefusedRow(
        id=row.id,
        file_id=row.file_id,
        filename=row.filename,
        code=row.code,
        message=row.message,
        place=row.place,
        mend=row.mend,
        refused_at=row.refused_at,
        refused_by=row.refused_by,
        settled=row.settled,
    )
