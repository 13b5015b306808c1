"""Statements of firms over the years and who failed, read from a CSV to learn or test a card.

Hostile until parsed: what is no finite number counts as missing, unknown columns are passed over,
a firm listed twice for a year counts with the later row. Amounts may stand in any unit.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from creditdesk.assessment.rules.items import BY_CODE
from creditdesk.assessment.rules.points import DataPoints, Year, data_points
from creditdesk.assessment.rules.spread import Sheet, spread
from creditdesk.kernel.errors import Invalid, Place

# Headers by which a file may name our lines, besides our own codes.
SYNONYMS: Final[Mapping[str, str]] = {
    "total_long_term_debt": "long_term_debt",
    "depreciation_and_amortization": "depreciation",
    "total_current_liabilities": "current_liabilities",
    "total_receivables": "receivables",
    "net_sales": "revenue",
    "total_revenue": "revenue",
    "cost_of_goods_sold": "cost_of_sales",
    "total_operating_expenses": "operating_expenses",
}
FIRM: Final = ("company_id", "customer", "number")
YEAR: Final = ("fyear", "year", "period_end")
FAILED: Final = ("status", "failed")
# Amounts are kept as whole millionths of the file's unit, so that ratios are exact.
MILLIONTHS: Final = 6
LARGEST: Final = Decimal(10) ** 18
NO_CURRENCY: Final = "XXX"
ROWS_MAX: Final = 500_000


@dataclass(frozen=True, slots=True)
class History:
    """Per firm, in the order of the file: its name, its data points, and 1 where it failed."""

    firms: tuple[str, ...]
    points: tuple[DataPoints, ...]
    bad: tuple[int, ...]


@dataclass(slots=True)
class _Firm:
    years: dict[int, dict[str, int]]
    bad: int


def read(content: bytes) -> History:
    """Return the firms of a CSV; Invalid names the line of an outcome or year that is none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise history_not_text() from error
    lines = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    firms: dict[str, _Firm] = {}
    try:
        _columns(lines.fieldnames or ())
        for row in lines:
            if lines.line_num > ROWS_MAX:
                raise history_too_long()
            _take(firms, row, lines.line_num)
    except csv.Error as error:
        raise history_not_text() from error
    if not firms:
        raise history_lacks_column("company_id")
    return History(
        tuple(firms),
        tuple(data_points(_years(one.years)) for one in firms.values()),
        tuple(one.bad for one in firms.values()),
    )


def _columns(headers: Iterable[str]) -> None:
    given = {header.strip().lower() for header in headers}
    for names in (FIRM, YEAR, FAILED):
        if not given & set(names):
            raise history_lacks_column(names[0])


def _take(firms: dict[str, _Firm], row: Mapping[str | None, object], line: int) -> None:
    cells = {
        key.strip().lower(): value.strip()
        for key, value in row.items()
        if isinstance(key, str) and isinstance(value, str)
    }
    firm = next((cells[name] for name in FIRM if cells.get(name)), "")
    if not firm:
        raise history_row_unreadable(line, "company_id")
    year, bad = _year(cells, line), _outcome(cells, line)
    kept = firms.setdefault(firm, _Firm({}, 0))
    kept.bad = max(kept.bad, bad)
    kept.years[year] = _amounts(cells)


def _year(cells: Mapping[str, str], line: int) -> int:
    text = next((cells[name] for name in YEAR if cells.get(name)), "")[:4]
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 9999):  # noqa: PLR2004
        raise history_row_unreadable(line, "fyear")
    return int(text)


def _outcome(cells: Mapping[str, str], line: int) -> int:
    text = next((cells[name] for name in FAILED if cells.get(name)), "")
    if text not in ("0", "1", "0.0", "1.0"):
        raise history_row_unreadable(line, "status")
    return int(text[0])


def _amounts(cells: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for header, text in cells.items():
        code = SYNONYMS.get(header, header)
        if code in BY_CODE and code not in found:
            value = _finite(text)
            if value is not None:
                found[code] = int(value.scaleb(MILLIONTHS).to_integral_value())
    return found


def _finite(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) <= LARGEST else None


def _years(years: Mapping[int, dict[str, int]]) -> list[Year]:
    found = []
    for year in sorted(years):
        ended = date(year, 12, 31)
        sheet = Sheet(period_end=ended, months=12, currency=NO_CURRENCY, amounts=years[year])
        found.append(Year(ended, spread(sheet).amounts))
    return found


def history_not_text() -> Invalid:
    """Return the error of a file that is no CSV."""
    return Invalid(
        "history_not_text",
        "The file cannot be read as a table of text",
        mend="Save it as CSV in UTF-8",
    )


def history_lacks_column(name: str) -> Invalid:
    """Return the error of a file without a column that tells firm, year or outcome."""
    return Invalid(
        "history_lacks_column",
        "The file lacks a column or has no rows",
        place=Place(field=name),
        mend="Give a row per firm and year with company_id, fyear and status",
    )


def history_row_unreadable(line: int, field: str) -> Invalid:
    """Return the error of a row whose firm, year or outcome cannot be read."""
    return Invalid(
        "history_row_unreadable",
        "The row names no firm, no year or no outcome",
        place=Place(line=line, field=field),
        mend="Give the firm, a year such as 2024, and 1 for who failed, else 0",
    )


def history_too_long() -> Invalid:
    """Return the error of a file with more rows than are read at once."""
    return Invalid(
        "history_too_long",
        "The file has more rows than a scorecard is learned from at once",
        mend="Take a sample of the firms",
    )
