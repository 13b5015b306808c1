"""XLSX workbooks as rows of text."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing.tables.values import (
    CELL_LENGTH_MAX,
    PACKING_MAX,
    Limits,
    Measure,
    Raw,
    fault,
)

ZIP_ENTRIES_MAX: Final = 2_000


PACKED_FREELY_BYTES: Final = 20 * 2**20


_ROW_NUMBER = re.compile(rb"""<(?:\w+:)?row\s(?:[^>]*?\s)?r=["'](\d{1,9})["']""")


def read_xlsx(data: bytes, filename: str, limits: Limits) -> Raw:
    """Return the rows of the first visible sheet with anything in it, as text."""
    _check_archive(data, filename, limits)
    try:
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            sheet.reset_dimensions()  # what the file says of its own size may be a lie
            rows, lines = _sheet_rows(sheet.iter_rows(values_only=True), filename, limits)
            if rows:
                return Raw(rows, lines, "", "", sheet.title)
    except (Invalid, MemoryError):
        raise
    except (InvalidFileException, KeyError, ValueError, TypeError, OSError, SyntaxError) as error:
        raise _broken(filename) from error
    except (AttributeError, IndexError, EOFError, RuntimeError) as error:
        raise _broken(filename) from error
    except (zipfile.BadZipFile, zlib.error) as error:
        raise _broken(filename) from error
    return Raw([], [], "", "", "")


def _broken(filename: str) -> Invalid:
    return fault(
        filename,
        "workbook_broken",
        "the workbook cannot be read",
        "Open it in a spreadsheet program and save it again as XLSX, or as CSV",
    )


def _check_archive(data: bytes, filename: str, limits: Limits) -> None:
    """Refuse archives that unpack beyond the limits, and parts that could expand entities."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
        size = sum(entry.file_size for entry in entries)
        packed_too_well = size > PACKED_FREELY_BYTES and size > PACKING_MAX * len(data)
        too_large = size > limits.unzipped_bytes or len(entries) > ZIP_ENTRIES_MAX
        if too_large or packed_too_well:
            raise fault(
                filename,
                "workbook_too_large",
                "the workbook unpacks to more than may be read",
                "Save it as CSV, or split it",
            )
        for entry in entries:
            if entry.filename.endswith((".xml", ".rels")):
                part = archive.read(entry)
                _check_part(part, filename)
                if "worksheets/" in entry.filename:
                    _check_rows(part, filename)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError) as error:
        raise _broken(filename) from error
    except (RuntimeError, ValueError) as error:  # a password; a size below nothing
        raise _broken(filename) from error


def _check_part(part: bytes, filename: str) -> None:
    # A document type declares entities; a zero byte hides it in UTF-16.
    if b"<!DOCTYPE" in part or b"\0" in part:
        raise fault(
            filename,
            "workbook_hostile",
            "the workbook declares a document type, which no spreadsheet program writes",
            "Ask the sender for another file",
        )


def _check_rows(part: bytes, filename: str) -> None:
    """Refuse a sheet that names a row twice or out of order: its reader would drop it."""
    last = 0
    for found in _ROW_NUMBER.finditer(part):
        number = int(found[1])
        if number <= last:
            raise fault(
                filename,
                "workbook_broken",
                f"a sheet has row {number} after row {last}",
                "Open it in a spreadsheet program and save it again as XLSX, or as CSV",
                number,
            )
        last = number


def _sheet_rows(
    given: Iterator[tuple[object, ...]], filename: str, limits: Limits
) -> tuple[list[tuple[str, ...]], list[int]]:
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    measure = Measure(filename, limits)
    for line, values in enumerate(given, start=1):
        if not values:
            continue
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        measure.add(len(cells), line)
        if max(map(len, cells)) > CELL_LENGTH_MAX:
            raise fault(filename, "cell_too_long", "a cell is too long", "Shorten the cell", line)
        rows.append(tuple(cells))
        lines.append(line)
    return rows, lines


def _text(value: object) -> str:
    """Return a cell as text: dates as ISO, numbers exact to the 15 digits a spreadsheet keeps."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(format(value, ".15g")), "f")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return "" if value is None else str(value).strip()
