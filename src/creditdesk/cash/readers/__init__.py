"""Readers of bank statements: camt.052/053/054, MT940/942, BAI2, CODA, OFX/QFX, CSV and XLSX.

`read` tells the format by the content, never by the name. A file is taken whole or refused whole,
with `Invalid` naming file, line, field and mend. Nothing here touches a database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from creditdesk.cash.readers import bai, camt, coda, delimited, mt940, ofx
from creditdesk.cash.readers.camt.usual import SIZE_MAX_BYTES as SHARED_MAX_BYTES
from creditdesk.cash.readers.shares import joined
from creditdesk.cash.readers.statement import NO_BALANCES, PROVED, Line, Statement, refusal
from creditdesk.cash.readers.table import Known, heading_key
from creditdesk.cash.readers.text import decoded
from creditdesk.plumbing.confined import run_confined, run_confined_together, side_by_side

__all__ = [
    "NO_BALANCES",
    "PROVED",
    "Known",
    "Line",
    "Statement",
    "heading_key",
    "read",
    "read_confined",
]

SIZE_MAX_BYTES = 64 * 2**20
CHILD_MEMORY_BYTES = 3 * 2**30
CHILD_CPU_SECONDS = 120
CHILD_WALL_SECONDS = 240
# A file from so many bytes on is read by two children at once, where two can run.
SHARED_MIN_BYTES = 2**20
SHARES = 2

_HEAD_CHARACTERS = 20_000
_MT940 = re.compile(r"(?:\A|\n):(?:20|25P?|28C?|60[FM]|61|62[FM]|86|34F|NS):")
_BAI2 = re.compile(r"\s*01,[^\n]*\n\s*(?:88,|02,)")
_OFX = re.compile(
    r"\A\s*(?:OFXHEADER\s*:|<\?OFX\b|<OFX>|<\?xml[^>]*>\s*<\?OFX\b|<\?xml[^>]*>\s*<OFX>)"
)
_ZIP = b"PK\x03\x04"
_WORKBOOK = b"xl/workbook"  # names of members stand unpacked in the archive
_NOT_TEXT = {
    _ZIP: "a ZIP archive",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}


def read(
    data: bytes,
    filename: str,
    *,
    csv_mapping: Mapping[str, str] | None = None,
    known: Known | None = None,
) -> list[Statement]:
    """Return the statements of the file, each proved as far as its format allows.

    Raises Invalid where the file cannot be understood, does not add up, or is hostile.
    `csv_mapping` and `known` are described in `delimited.read`.
    """
    _refuse_unfit(data, filename)
    if _is_workbook(data):
        return delimited.read_workbook(data, filename, csv_mapping, known)
    if _is_xml(data):
        # In UTF-16 every second byte is NUL; the parser checks what other encodings could hide.
        if b"<!DOCTYPE" in data.replace(b"\0", b""):
            raise refusal(
                "statement_entities_forbidden",
                "the XML declares a DOCTYPE, which no bank does",
                file=filename,
            )
        statements = camt.read(data, filename)
    else:
        statements = _read_text(decoded(data, filename), filename, csv_mapping, known)
    if not statements:
        raise refusal("statement_empty", "the file holds no statement", file=filename)
    return statements


def _refuse_unfit(data: bytes, file: str) -> None:
    if len(data) > SIZE_MAX_BYTES:
        raise refusal(
            "statement_too_large",
            f"the file has more than {SIZE_MAX_BYTES // 2**20} MiB",
            file=file,
            mend="Ask the bank for one file per day, or split it",
        )
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise refusal("statement_empty", "the file is empty", file=file)
    kind = next((name for magic, name in _NOT_TEXT.items() if data.startswith(magic)), None)
    if kind and not _is_workbook(data):
        raise refusal(
            "statement_unreadable",
            f"this is {kind}, not a bank statement",
            file=file,
            mend="Unpack it or save it as CSV, or fetch the statement itself from the bank",
        )


def _is_workbook(data: bytes) -> bool:
    return data.startswith(_ZIP) and _WORKBOOK in data


def _is_xml(data: bytes) -> bool:
    head = data[:_HEAD_CHARACTERS].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<") and not _OFX.match(head.decode("latin-1")) and b"<OFX>" not in head


def _read_text(
    text: str, file: str, csv_mapping: Mapping[str, str] | None, known: Known | None
) -> list[Statement]:
    head = text[:_HEAD_CHARACTERS]
    if _OFX.match(head) or "<OFX>" in head:
        return ofx.read(text, file)
    if coda.HEADER.match(head):
        return coda.read(text, file)
    if _BAI2.match(head):
        return bai.read(text, file)
    if _MT940.search(head):
        return mt940.read(text, file)
    return delimited.read(text, file, csv_mapping, known)


def read_confined(
    data: bytes,
    filename: str,
    *,
    csv_mapping: Mapping[str, str] | None = None,
    known: Known | None = None,
) -> list[Statement]:
    """Return what `read` returns, found in a child process with limits on memory and time."""
    _refuse_unfit(data, filename)
    if SHARED_MIN_BYTES <= len(data) <= SHARED_MAX_BYTES and side_by_side() > 1 and _is_xml(data):
        statements = _read_shared(data, filename)
        if statements is not None:
            return statements
    answer = run_confined(
        "creditdesk.cash.readers:read_payload",
        (data, filename, dict(csv_mapping) if csv_mapping else None, known),
        memory_bytes=CHILD_MEMORY_BYTES,
        cpu_seconds=CHILD_CPU_SECONDS,
        wall_seconds=CHILD_WALL_SECONDS,
        file=filename,
    )
    return cast(list[Statement], answer)  # the child ran read_payload, typed below


def _read_shared(data: bytes, filename: str) -> list[Statement] | None:
    """Return the statements, each child having read its share; None to read the file whole."""
    return joined(
        run_confined_together(
            "creditdesk.cash.readers:read_share_payload",
            [(data, filename, share, SHARES) for share in range(SHARES)],
            memory_bytes=CHILD_MEMORY_BYTES // SHARES,
            cpu_seconds=CHILD_CPU_SECONDS,
            wall_seconds=CHILD_WALL_SECONDS,
            file=filename,
        )
    )


def read_share_payload(payload: tuple[bytes, str, int, int]) -> list[Statement] | None:
    """Return what `camt.read_share` does; what each of several confined children calls."""
    return camt.read_share(*payload)


def read_payload(
    payload: tuple[bytes, str, dict[str, str] | None, Known | None],
) -> list[Statement]:
    """Return the statements of (data, filename, mapping, known); what the confined child calls."""
    data, filename, csv_mapping, known = payload
    return read(data, filename, csv_mapping=csv_mapping, known=known)
