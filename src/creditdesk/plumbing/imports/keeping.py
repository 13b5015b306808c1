"""Kept files by what they are kept for, whether they speak of somebody, and their samples."""

from __future__ import annotations

import html
import json
import re
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditdesk.kernel.errors import DomainError
from creditdesk.plumbing import sql
from creditdesk.plumbing.imports.kinds import KINDS
from creditdesk.plumbing.models import File, ImportRun
from creditdesk.plumbing.tables import read_table

# What is not long enough to be somebody's is looked for nowhere: it would be found everywhere.
NEEDLE_LENGTH_MIN: Final = 4
UNPACKED_BYTES_MAX: Final = 50 * 2**20
REJECTED: Final = "rejected"
ZLIB, UTF_16 = (b"\x78\x9c", b"\x78\x01", b"\x78\xda"), (b"\xff\xfe", b"\xfe\xff")
NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")
_FILES = """
    WITH uses AS (
        SELECT file_id AS id, kind, status FROM plumbing_importrun WHERE company_id = %(company)s
        UNION ALL
        SELECT rejected_file_id, %(rejected)s, status FROM plumbing_importrun
         WHERE company_id = %(company)s AND rejected_file_id IS NOT NULL
        UNION ALL
        SELECT jsonb_array_elements_text(report -> 'fault_files')::bigint, %(rejected)s, status
          FROM plumbing_importrun WHERE company_id = %(company)s AND report ? 'fault_files'
    )
    SELECT f.id, f.recorded_at,
           coalesce(array_agg(u.kind) FILTER (WHERE u.kind IS NOT NULL), '{}'),
           coalesce(bool_or(u.status = 'running'), false)
      FROM plumbing_file f LEFT JOIN uses u ON u.id = f.id
     WHERE f.company_id = %(company)s AND octet_length(f.content) > 0
       AND (%(before)s::timestamptz IS NULL OR f.recorded_at < %(before)s)
     GROUP BY f.id, f.recorded_at ORDER BY f.id
"""


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    recorded_at: datetime
    kinds: list[str]
    is_in_use: bool


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that is kept: as a voucher, from which something was booked, or as a mere copy."""

    id: int
    recorded_at: datetime
    is_voucher: bool
    is_in_use: bool


def files(company_id: int, *, before: datetime | None = None) -> list[FileRow]:
    """Return the company's kept files that were not erased; those from before a moment if given.

    What no import names, such as a bank statement, counts as a voucher.
    """
    rows = sql.fetch(_Row, _FILES, {"company": company_id, "rejected": REJECTED, "before": before})
    return [
        FileRow(
            row.id,
            row.recorded_at,
            is_voucher=not row.kinds or not all(map(_is_copy, row.kinds)),
            is_in_use=row.is_in_use,
        )
        for row in rows
    ]


def _is_copy(kind: str) -> bool:
    return kind == REJECTED or (kind in KINDS and KINDS[kind].is_master_data)


def speaking_of(company_id: int, among: Collection[int], values: Collection[str]) -> Iterator[int]:
    """Yield which of the files hold one of the values, or cannot be looked into."""
    needles = _needles(values)
    for file_id in sorted(among) if needles else ():
        row = File.objects.filter(company_id=company_id, id=file_id).first()
        if row is not None and _holds(bytes(row.content), row.name, needles):
            yield file_id


def _needles(values: Collection[str]) -> frozenset[str]:
    folded = {" ".join(value.split()).casefold() for value in values}
    return frozenset(one for one in folded if len(one) >= NEEDLE_LENGTH_MIN)


def _holds(content: bytes, name: str, needles: frozenset[str]) -> bool:
    """Whether a needle is in the file, with or without its blanks; a file nobody can read is."""
    if _is_in(name, needles):
        return True
    text = _text(content, name)
    return text is None or _is_in(text, needles)


def _is_in(text: str, needles: frozenset[str]) -> bool:
    folded = " ".join(html.unescape(text).split()).casefold()
    compact = folded.replace(" ", "")
    return any(_is_word(needle, folded) or _is_compact(needle, compact) for needle in needles)


def _is_word(needle: str, text: str) -> bool:
    """Whether the text holds it as a whole word; Ann is not in Annaberg."""
    return needle in text and re.search(rf"(?<!\w){re.escape(needle)}(?!\w)", text) is not None


def _is_compact(needle: str, text: str) -> bool:
    """Whether the text without blanks holds it: a number of an account or a telephone."""
    return any(one.isdigit() for one in needle) and needle.replace(" ", "") in text


def _text(content: bytes, name: str) -> str | None:
    try:
        if content.startswith(NO_TEXT):
            table = read_table(content, name)
            return "\n".join("\t".join(row) for row in (table.headers, *table.rows))
        if content.startswith(ZLIB):
            # The details of faults are JSON, which escapes what is not ASCII.
            told = zlib.decompressobj().decompress(content, UNPACKED_BYTES_MAX)
            return json.dumps(json.loads(told), ensure_ascii=False)
    except (DomainError, ValueError, zlib.error):
        return None
    return _decoded(content)


def _decoded(content: bytes) -> str:
    if content.startswith(UTF_16) or b"\0" in content[:200]:
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def forget_samples(
    company_id: int, *, file_ids: Collection[int] = (), values: Collection[str] = ()
) -> int:
    """Take the rows shown of files off their imports: of these files, or where a value stands."""
    needles, count = _needles(values), 0
    runs = ImportRun.objects.select_for_update().filter(company_id=company_id).order_by("id")
    for run in runs:
        told = {key: run.report.get(key) for key in ("sample", "guesses")}
        is_theirs = run.file_id in file_ids
        if not (is_theirs or _is_in(json.dumps(told, ensure_ascii=False), needles)):
            continue
        guesses = [{**one, "samples": []} for one in told["guesses"] or []]
        if told["sample"] or guesses != told["guesses"]:
            run.report = {**run.report, "sample": [], "guesses": guesses}
            run.save(update_fields=["report"])
            count += 1
    return count
