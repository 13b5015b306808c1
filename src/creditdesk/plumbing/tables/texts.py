"""CSV files of any encoding and delimiter as rows of text."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing.tables.values import (
    CELL_LENGTH_MAX,
    Limits,
    Measure,
    Raw,
    fault,
)

LINES_IN_CELL_MAX: Final = 50


DELIMITERS: Final = (",", ";", "\t", "|")


_CP1252_GAPS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


def read_csv(data: bytes, filename: str, limits: Limits) -> Raw:
    """Return the rows of a CSV file as text, empty ones left out."""
    text, encoding = _decoded(data, filename)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise fault(
            filename,
            "not_a_table",
            "the file holds a zero byte, so it is no text",
            "Save it as CSV or XLSX",
            line,
        )
    delimiter = _sniffed(text)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    measure = Measure(filename, limits)
    for line, cells in _csv_rows(text, delimiter, filename):
        if not any(cells):
            continue
        measure.add(len(cells), line)
        rows.append(cells)
        lines.append(line)
    return Raw(rows, lines, encoding, delimiter, "")


def _decoded(data: bytes, filename: str) -> tuple[str, str]:
    """Return the text and its encoding: by its mark, else UTF-8, else Windows-1252."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return _strictly(data, encoding, filename), encoding
    sample = data[:2000]
    for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if len(zeros) > 1 and zeros.count(0) > len(zeros) * 0.7:
            return _strictly(data, encoding, filename), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    gap = _CP1252_GAPS.search(data)
    if gap is not None:
        raise fault(
            filename,
            "encoding_unknown",
            "the file is neither UTF-8 nor Windows-1252 text",
            "Save it as CSV in UTF-8",
            data[: gap.start()].count(b"\n") + 1,
        )
    return data.decode("cp1252"), "cp1252"


def _strictly(data: bytes, encoding: str, filename: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        mark_bytes = 3 if encoding == "utf-8-sig" else 0  # positions count from after the mark
        raise fault(
            filename,
            "encoding_broken",
            f"the file begins as {encoding} but does not go on so",
            "Save it as CSV in UTF-8",
            data[: error.start + mark_bytes].count(b"\n") + 1,
        ) from error


def _sniffed(text: str) -> str:
    """Return the delimiter that gives most rows of a sample one common width above one."""
    sample = text[:50_000]
    if len(text) > len(sample):
        sample = sample.rpartition("\n")[0] or sample
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        if delimiter not in sample:
            continue
        widths = _widths(sample, delimiter)
        wide = [(count, width) for width, count in widths.items() if width > 1]
        if not wide:
            continue
        count, width = max(wide)
        score = count / widths.total() + min(width, 20) / 100
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str) -> Counter[int]:
    """Return how many rows have how many cells, up to the first that cannot be read."""
    widths: Counter[int] = Counter()
    with contextlib.suppress(csv.Error):
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if any(row):
                widths[len(row)] += 1
    return widths


def _csv_rows(text: str, delimiter: str, filename: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    csv.field_size_limit(CELL_LENGTH_MAX)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            if reader.line_num - line > LINES_IN_CELL_MAX:
                raise _quote_open(filename, line)
            yield line, tuple([cell.strip() for cell in cells])
            line = reader.line_num + 1
    except csv.Error as error:
        raise _quote_open(filename, line) from error


def _quote_open(filename: str, line: int) -> Invalid:
    return fault(
        filename,
        "quote_not_closed",
        "a quotation mark opens here and does not close",
        "Double quotation marks within a cell, or remove the stray one",
        line,
    )
