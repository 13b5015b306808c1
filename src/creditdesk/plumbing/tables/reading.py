"""A file from outside becomes a table, in a confined child process."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from creditdesk.plumbing.confined import GIBIBYTE, run_confined
from creditdesk.plumbing.tables.documents import is_document, read_json
from creditdesk.plumbing.tables.texts import read_csv
from creditdesk.plumbing.tables.values import (
    FILE_BYTES_MAX,
    Limits,
    Raw,
    Request,
    Table,
    fault,
)
from creditdesk.plumbing.tables.workbooks import read_xlsx

HEADER_SEARCH_ROWS: Final = 40


_XLSX_MAGIC = b"PK\x03\x04"


_NOT_TABLES = {
    b"%pdf": "a PDF",
    b"{\\rtf": "a text document",
    b"<!doctype": "a web page",
    b"<html": "a web page",
    b"<?xml": "XML",
    b"\x1f\x8b": "a gzip archive",
    b"\x89png": "a picture",
    b"\xff\xd8\xff": "a picture",
}


_XLS_MAGIC = b"\xd0\xcf\x11\xe0"


_FIGURE = re.compile(r"[-+(]?[€$£]?\s?[\d][\d.,'\s:/%-]*\)?(?:T[\d:.Z+-]+)?")


def read_table(data: bytes, filename: str, *, limits: Limits | None = None) -> Table:
    """Return the table in a CSV, XLSX or JSON file; Invalid, with place and mend, without one.

    The first sheet with anything in it counts. Title lines above the header are passed over.
    """
    if len(data) > FILE_BYTES_MAX:
        raise fault(filename, "file_too_large", "the file is larger than 100 MB", "Split it")
    answer = run_confined(
        "creditdesk.plumbing.tables.reading:parse",
        Request(data, filename, limits or Limits()),
        memory_bytes=3 * GIBIBYTE,
        cpu_seconds=300,
        wall_seconds=600,
        file=filename,
    )
    if not isinstance(answer, Table):
        raise TypeError("the confined reader returned no table")
    return answer


def parse(request: Request) -> Table:
    """Return the table; runs in the confined child, with hard limits around it."""
    data, filename = request.data, request.filename
    if data.startswith(_XLS_MAGIC):
        raise fault(
            filename,
            "old_excel",
            "this is an old or a password-protected Excel file",
            "Save it as XLSX without a password, or as CSV",
        )
    head = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    kind = next((name for magic, name in _NOT_TABLES.items() if head.startswith(magic)), None)
    if kind:
        raise fault(
            filename,
            "not_a_table",
            f"this is {kind}, not a table",
            "Save the table itself as CSV or XLSX",
        )
    if is_document(data, filename):
        return read_json(data, filename, request.limits)
    if data.startswith(_XLSX_MAGIC):
        raw = read_xlsx(data, filename, request.limits)
    else:
        raw = read_csv(data, filename, request.limits)
    if not raw.rows:
        raise fault(filename, "table_empty", "there is nothing in the file", "Choose another file")
    return _headed(raw, filename)


def _headed(raw: Raw, filename: str) -> Table:
    """Find the header and bring every row to its width at least."""
    at = _header_at(raw.rows)
    if at is None:
        width = max(len(row) for row in raw.rows[:HEADER_SEARCH_ROWS])
        headers = tuple(f"Column {n}" for n in range(1, width + 1))
        first, first_line = 0, 0
    else:
        headers = _without_trailing_blanks(raw.rows[at])
        first, first_line = at + 1, raw.lines[at]
    width = len(headers)
    rows = [row if len(row) == width else _fitted(row, width) for row in raw.rows[first:]]
    if not rows:
        raise fault(
            filename,
            "table_without_rows",
            "there is nothing below the header",
            "Choose a file with rows",
            first_line or None,
        )
    return Table(
        headers, rows, raw.lines[first:], first_line, raw.encoding, raw.delimiter, raw.sheet
    )


def _without_trailing_blanks(row: Sequence[str]) -> tuple[str, ...]:
    cells = list(row)
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _fitted(row: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Fill a short row up; cut only empty cells off a long one."""
    if len(row) < width:
        return row + ("",) * (width - len(row))
    cells = list(row)
    while len(cells) > width and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _header_at(rows: Sequence[tuple[str, ...]]) -> int | None:
    """Return which row is the header: the first as wide as the table, of words and all different.

    None when the first such row already holds figures: then the table has no header.
    """
    sample = rows[: HEADER_SEARCH_ROWS * 2]
    filled = sorted(sum(map(bool, row)) for row in sample)
    typical = filled[len(filled) * 3 // 4]
    for n, row in enumerate(sample[:HEADER_SEARCH_ROWS]):
        cells = [cell for cell in row if cell]
        if len(cells) < max(1, min(typical * 0.6, typical - 1 if typical > 1 else 1)):
            continue
        if len(cells) == 1 and typical > 1:
            continue
        if any(_FIGURE.fullmatch(cell) for cell in cells):
            return None
        return n
    return None
