"""From the text of a CSV file, or a sheet, to rows under headings that are understood."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from creditdesk.cash.readers.columns import HEADINGS, PENDING, ROLE_OF_HEADING, SUMMARY_WORDS, plain
from creditdesk.cash.readers.statement import refusal
from creditdesk.kernel.errors import Invalid

DELIMITERS = (";", ",", "\t", "|")
HEADING_WITHIN_ROWS = 40
CONSTANT = "="
_IBAN = re.compile(r"\b([A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)\b")
_CURRENCY = re.compile(r"\b(EUR|USD|GBP|CHF|CAD|AUD|SEK|NOK|DKK|PLN|CZK|HUF|RON|JPY)\b")


# Mappings of files read before, by the key of their headings.
Known: TypeAlias = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Top:
    """Where the headings stand, what they say, the column of each role, and what was told."""

    at: int
    headings: list[str]
    columns: dict[str, int]
    mapping: Mapping[str, str]
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, and the line it begins on."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows under the headings, the column of each role, and what was said above them."""

    file: str
    headings: list[str]
    columns: dict[str, int]
    constants: dict[str, str]
    account_above: str
    currency_above: str
    rows: list[Row]

    def cell(self, row: Row, role: str) -> str:
        """Return what the row says for the role, "" where it says nothing."""
        if role in self.constants:
            return self.constants[role]
        column = self.columns.get(role)
        return row.cells[column].strip() if column is not None else ""

    def column(self, *roles: str) -> list[str]:
        """Return all that is said for the roles."""
        return [text for row in self.rows for role in roles if (text := self.cell(row, role))]

    def cell_refusal(
        self, code: str, message: str, row: Row | None, role: str, mend: str = ""
    ) -> Invalid:
        """Return the refusal that names the row and the heading of the role."""
        column = self.columns.get(role)
        return refusal(
            code,
            message,
            file=self.file,
            line=row.line if row else None,
            field=self.headings[column] if column is not None else role,
            mend=mend or "Correct the cell, or say which column holds what",
        )


def heading_key(headings: Sequence[str]) -> str:
    """Return the digest of a row of headings, the same for any case, accents and punctuation."""
    names = [plain(heading) for heading in headings]
    while names and not names[-1]:
        names.pop()
    return hashlib.sha256("|".join(names).encode()).hexdigest()


def table_of(text: str, file: str, mapping: Mapping[str, str], known: Known) -> Table:
    """Return the movements under the headings; refuse a text in which no headings are found.

    Headings that were mapped before (`known`) are read as they were then.
    """
    delimiter, top = _dialect(text, mapping, known, file)
    return _table(_rows(text, delimiter, file), top, file)


def sheet_of(rows: Sequence[Row], file: str, mapping: Mapping[str, str], known: Known) -> Table:
    """Return the movements of a sheet, whose short rows are filled up with empty cells."""
    top = _headings(rows, mapping, known)
    if top is None:
        raise _unrecognised(file)
    width = len(top.headings)
    filled = [Row(row.line, row.cells + [""] * (width - len(row.cells))) for row in rows]
    return _table(filled, top, file)


def _table(rows: Sequence[Row], top: _Top, file: str) -> Table:
    constants = {
        role: value.removeprefix(CONSTANT)
        for role, value in top.mapping.items()
        if value.startswith(CONSTANT)
    }
    above = " ".join(cell for row in rows[: top.at] for cell in row.cells)
    table = Table(
        file,
        top.headings,
        top.columns,
        constants,
        account_above="".join(account[1].split()) if (account := _IBAN.search(above)) else "",
        currency_above=currency[1] if (currency := _CURRENCY.search(above)) else "",
        rows=[],
    )
    return replace(table, rows=[row for row in rows[top.at + 1 :] if _is_movement(table, row)])


def _dialect(text: str, mapping: Mapping[str, str], known: Known, file: str) -> tuple[str, _Top]:
    """Return the delimiter under which most headings are understood, and where they stand."""
    head = "\n".join(text.split("\n", HEADING_WITHIN_ROWS * 2)[: HEADING_WITHIN_ROWS * 2])
    best: tuple[str, _Top] | None = None
    for delimiter in DELIMITERS:
        top = _headings(_rows(head, delimiter, file, lenient=True), mapping, known)
        if top and (best is None or _rank(top) > _rank(best[1])):
            best = delimiter, top
    if best is None:
        raise _unrecognised(file)
    return best


def _rank(top: _Top) -> tuple[bool, int]:
    return top.is_known, len(top.columns)


def _headings(rows: Sequence[Row], mapping: Mapping[str, str], known: Known) -> _Top | None:
    """Return the row of headings: one mapped before, else that under which most is understood."""
    best: _Top | None = None
    for at, row in enumerate(rows[:HEADING_WITHIN_ROWS]):
        recalled = known.get(heading_key(row.cells))
        told = {**recalled, **mapping} if recalled else mapping
        columns = _columns(row.cells, told)
        if not _suffices(columns):
            continue
        headings = [cell.strip() for cell in row.cells]
        top = _Top(at, headings, columns, told, recalled is not None)
        if best is None or _rank(top) > _rank(best):
            best = top
    return best


def _unrecognised(file: str) -> Invalid:
    return refusal(
        "statement_unreadable",
        "this is no bank statement that can be recognised: neither camt, MT940, BAI2, CODA, OFX"
        " nor a table with headings for date and amount",
        file=file,
        mend="Fetch the statement as camt.053, or say which columns hold date and amount",
    )


def _rows(text: str, delimiter: str, file: str, *, lenient: bool = False) -> list[Row]:
    """Return the rows with the line each begins on; empty rows are kept as empty."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=not lenient)
    rows: list[Row] = []
    line = 1
    try:
        for cells in reader:
            rows.append(Row(line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        if lenient:
            return rows
        raise refusal(
            "statement_unreadable", f"the table is broken: {error}", file=file, line=line
        ) from error
    return rows


def _columns(cells: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    """Return the column of each role; a mapping goes before a guess, then the better name."""
    headings = [cell.strip() for cell in cells]
    exactly = {name: at for at, name in reversed(list(enumerate(headings)))}
    alike = {plain(name): at for name, at in exactly.items()}
    told = {
        role: exactly.get(name, alike.get(plain(name)))
        for role, name in mapping.items()
        if not name.startswith(CONSTANT)
    }
    columns = {role: at for role, at in told.items() if at is not None}
    taken = set(columns.values())
    ranks: dict[str, int] = {}
    for i, heading in enumerate(headings):
        name = plain(heading)
        role = ROLE_OF_HEADING.get(name)
        if role is None or i in taken or role in mapping:
            continue
        rank = HEADINGS[role].index(name)
        if rank < ranks.get(role, len(ROLE_OF_HEADING)):
            ranks[role], columns[role] = rank, i
    return columns


def _suffices(columns: Mapping[str, int]) -> bool:
    return "date" in columns and ("amount" in columns or {"debit", "credit"} <= columns.keys())


def _is_movement(table: Table, row: Row) -> bool:
    """Return whether the row is a booked movement; refuse one with too few or too many cells."""
    if not any(cell.strip() for cell in row.cells):
        return False
    first = plain(next(cell for cell in row.cells if cell.strip()))
    if first in SUMMARY_WORDS:
        return False
    extra = row.cells[len(table.headings) :]
    if len(row.cells) < len(table.headings) or any(cell.strip() for cell in extra):
        raise refusal(
            "statement_unreadable",
            f"the row has {len(row.cells)} cells under {len(table.headings)} headings",
            file=table.file,
            line=row.line,
            mend="Export the table again, with texts in quotation marks",
        )
    return plain(table.cell(row, "status")) not in PENDING
