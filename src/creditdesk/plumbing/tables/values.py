"""What a table is, how large it may be, and how a fault of a file is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from creditdesk.kernel.errors import Invalid, Place

FILE_BYTES_MAX: Final = 100 * 2**20


ROWS_MAX: Final = 1_000_000


COLUMNS_MAX: Final = 200


CELL_LENGTH_MAX: Final = 10_000


UNZIPPED_BYTES_MAX: Final = 600 * 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a table may be; tests lower them."""

    rows: int = ROWS_MAX
    columns: int = COLUMNS_MAX
    unzipped_bytes: int = UNZIPPED_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text: cells stripped, empty rows left out, every row at least as wide as the head.

    `lines` are the lines (CSV) or rows (XLSX) of the file where the rows begin; `first_line` is
    that of the header, 0 when the file has none and the columns were numbered. A row with more
    cells than headers is kept as it came. `sheet` is empty for CSV.
    """

    headers: tuple[str, ...]
    rows: list[tuple[str, ...]]
    lines: list[int]
    first_line: int
    encoding: str
    delimiter: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What the confined child is asked to read."""

    data: bytes
    filename: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Raw:
    """Rows as they stand in the file, before the header is found."""

    rows: list[tuple[str, ...]]
    lines: list[int]
    encoding: str
    delimiter: str
    sheet: str


def fault(filename: str, code: str, message: str, mend: str, line: int | None = None) -> Invalid:
    """Return the fault of a file, with its line where it has one."""
    return Invalid(code, message, place=Place(file=filename, line=line), mend=mend)


def check_size(rows: int, columns: int, line: int, filename: str, limits: Limits) -> None:
    """Refuse what exceeds the limits, naming the line."""
    if rows > limits.rows:
        raise fault(
            filename,
            "too_many_rows",
            f"the table has more than {limits.rows} rows",
            "Split it into several files",
            line,
        )
    if columns > limits.columns:
        raise fault(
            filename,
            "too_many_columns",
            f"the table has more than {limits.columns} columns",
            "Keep only the columns that are needed",
            line,
        )
