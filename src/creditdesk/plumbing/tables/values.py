"""What a table is, how large it may be, and how a fault of a file is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from creditdesk.kernel.errors import Invalid, Place

FILE_BYTES_MAX: Final = 100 * 2**20


ROWS_MAX: Final = 1_000_000


COLUMNS_MAX: Final = 256


CELL_LENGTH_MAX: Final = 10_000


# What the whole table may come to where it is used: some hundred megabytes.
CELLS_MAX: Final = 10_000_000


UNZIPPED_BYTES_MAX: Final = 600 * 2**20


# Spreadsheets pack ten- to thirtyfold; what unpacks a hundredfold was made to.
PACKING_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a table may be; tests lower them."""

    rows: int = ROWS_MAX
    columns: int = COLUMNS_MAX
    cells: int = CELLS_MAX
    unzipped_bytes: int = UNZIPPED_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text: cells stripped, empty rows left out, every row at least as wide as the head.

    `lines` are the lines (CSV) or rows (XLSX) of the file where the rows begin; `first_line` is
    that of the header, 0 when the file has none and the columns were numbered. A row with more
    cells than headers is kept as it came. `sheet` is empty for CSV and JSON. The lines of JSON
    count its objects.
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


class Measure:
    """Counts what a table has come to so far and refuses what exceeds the limits."""

    __slots__ = ("_cells", "_filename", "_limits", "_rows")

    def __init__(self, filename: str, limits: Limits) -> None:
        self._filename, self._limits = filename, limits
        self._rows, self._cells = -1, 0  # the header is none of the rows

    def add(self, columns: int, line: int) -> None:
        """Count a row; Invalid, naming the line, when the table has become too large."""
        self._rows += 1
        self._cells += columns
        limits = self._limits
        if self._rows <= limits.rows and columns <= limits.columns and self._cells <= limits.cells:
            return
        code, said, mend = (
            (
                "too_many_columns",
                f"{limits.columns} columns",
                "Keep only the columns that are needed",
            )
            if columns > limits.columns
            else ("too_many_rows", f"{limits.rows} rows", "Split it into several files")
            if self._rows > limits.rows
            else ("too_many_cells", f"{limits.cells} cells", "Split it into several files")
        )
        raise fault(self._filename, code, f"the table has more than {said}", mend, line)
