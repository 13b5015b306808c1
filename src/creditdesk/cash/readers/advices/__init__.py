"""Readers of remittance advices: PDF with text, CSV, XLSX, and running text as in mails.

What it is is told by the content. A file is read whole or refused whole, with `Invalid` naming
file, line, field and mend. Nothing here touches a database.
"""

from __future__ import annotations

from typing import Final, cast

from creditdesk.cash.readers.advices.tables import columns_of, read_table
from creditdesk.cash.readers.advices.texts import read_text, said
from creditdesk.cash.readers.advices.values import (
    FILE_BYTES_MAX,
    ToldAdvice,
    ToldLine,
    advice_refusal,
)
from creditdesk.cash.readers.text import decoded
from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing.confined import GIBIBYTE, run_confined
from creditdesk.plumbing.tables import Limits, Request
from creditdesk.plumbing.tables import parse as parse_table

__all__ = ["FILE_BYTES_MAX", "ToldAdvice", "ToldLine", "read_confined", "read_text"]

CHILD_CPU_SECONDS: Final = 30
CHILD_WALL_SECONDS: Final = 90
LIMITS: Final = Limits(rows=20_000, columns=100, cells=500_000, unzipped_bytes=100 * 2**20)
_PDF: Final = b"%PDF"
_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_HEAD_BYTES: Final = 1_024


def read_confined(data: bytes, filename: str) -> ToldAdvice:
    """Return what an advice says, found in a child process with limits on memory and time."""
    if len(data) > FILE_BYTES_MAX:
        raise advice_refusal(
            "advice_too_large", f"the file has more than {FILE_BYTES_MAX // 2**20} MiB",
            file=filename, mend="Split it, one file for each payment",
        )  # fmt: skip
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise advice_refusal("advice_empty", "the file is empty", file=filename)
    is_pdf = _PDF in data[:_HEAD_BYTES]
    answer = run_confined(
        "creditdesk.cash.readers.advices.pdf:read" if is_pdf else f"{__name__}:read",
        (data, filename),
        memory_bytes=GIBIBYTE,
        cpu_seconds=CHILD_CPU_SECONDS,
        wall_seconds=CHILD_WALL_SECONDS,
        file=filename,
    )
    return cast(ToldAdvice, answer)


def read(payload: tuple[bytes, str]) -> ToldAdvice:
    """Return the advice of (data, filename); what the confined child calls."""
    data, filename = payload
    if data.startswith((_ZIP, _OLD_EXCEL)):
        return read_table(parse_table(Request(data, filename, LIMITS)), filename, "xlsx")
    return _of_text(data, filename)


def _of_text(data: bytes, filename: str) -> ToldAdvice:
    """Return the advice of a CSV file, or of running text where there is no such table."""
    try:
        table = parse_table(Request(data, filename, LIMITS))
        if {"number", "paid"} <= columns_of(table).keys() and len(table.headers) > 1:
            return read_table(table, filename, "csv")
        refused = None
    except Invalid as error:
        if error.code.startswith("advice_"):
            raise
        refused = error
    try:
        text = decoded(data, filename)
    except Invalid:
        raise advice_refusal(
            "advice_unreadable", "the file holds no text that can be read", file=filename
        ) from None
    told = read_text(text)
    if not told.lines and refused is not None:
        raise refused
    return said(told, filename)
