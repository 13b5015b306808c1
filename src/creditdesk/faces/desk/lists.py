"""Lists: what the address asks for, one page of rows, and the same rows as XLSX or CSV."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Generic, Literal, Protocol, TypeVar, cast

import xlsxwriter
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from creditdesk.controls import services as controls
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.calendars import day_of
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import exponent, from_minor
from creditdesk.look.shapes import PageMark

PER_PAGE = 50
PAGE_MAX = 1_000_000
PAGE_DIGITS_MAX = 9
TEXT_LENGTH_MAX = 200
EXPORT_AT_ONCE = 5_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIST_TARGET = "list"
# After white space too, and in the wide forms that spreadsheets of East Asia accept.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")

Row = TypeVar("Row")
RowCo_co = TypeVar("RowCo_co", covariant=True)
Cell = str | int | Decimal | date | None
Kind = Literal["text", "date", "number", "money"]
Format = Literal["", "xlsx", "csv"]


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column of a list and of its export; a `money` value is minor units of `currency(row)`."""

    key: str
    label: str
    value: Callable[[Row], Cell]
    kind: Kind = "text"
    currency: Callable[[Row], str] | None = None

    def exact(self, row: Row) -> Cell:
        """Return the value as it is exported: money as an exact decimal amount."""
        value = self.value(row)
        if self.kind == "money" and self.currency is not None and isinstance(value, int):
            return from_minor(value, self.currency(row))
        return value


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a list asks for."""

    text: str
    sort: str
    page: int
    format: Format


class RoomPage(Protocol[RowCo_co]):
    """A page as the rooms return it."""

    @property
    def rows(self) -> Sequence[RowCo_co]:
        """The rows of this page."""

    @property
    def total(self) -> int:
        """How many rows there are in all."""

    @property
    def page(self) -> int:
        """The number of this page, from 1."""

    @property
    def size(self) -> int:
        """How many rows a page has at most."""


def asked(request: HttpRequest, *, sorts: Iterable[str] = (), sort: str = "") -> Asked:
    """Return what is asked; a sort, page or format that does not exist falls back to the first."""
    wanted = request.GET.get("sort", "")
    form = request.GET.get("format", "")
    return Asked(
        text=_plain(request.GET.get("q", "")),
        sort=wanted if wanted in set(sorts) else sort,
        page=page_number(request.GET.get("page", "")),
        format="xlsx" if form == "xlsx" else "csv" if form == "csv" else "",
    )


def _plain(text: str) -> str:
    """Return a text PostgreSQL can hold, cut to a sane length."""
    return text.replace("\0", "").strip()[:TEXT_LENGTH_MAX]


def page_number(text: str) -> int:
    """Return the page an address asks for, within bounds; the first where it asks for none."""
    is_number = text.isascii() and text.isdecimal()
    return min(max(int(text[:PAGE_DIGITS_MAX]), 1), PAGE_MAX) if is_number else 1


def choice(request: HttpRequest, name: str, options: Iterable[str], default: str = "") -> str:
    """Return a filter of the address if it is one of the options, else the default."""
    value = request.GET.get(name, default)
    return value if value in set(options) else default


def day(request: HttpRequest, name: str) -> date | None:
    """Return a date of the address; None when it is not there, Invalid when it is no date."""
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    try:
        return day_of(text)
    except ValueError as error:
        raise Invalid(
            "date_malformed",
            f"{text[:40]!r} is no date",
            place=Place(field=name),
            mend="Write it as 2026-01-31",
        ) from error


def mark(page: RoomPage[object]) -> PageMark:
    """Return which page of how many rows a room's page is."""
    return PageMark(page.page, page.size, page.total)


def page_of(
    rows: Sequence[Row], number: int, per_page: int = PER_PAGE
) -> tuple[Sequence[Row], PageMark]:
    """Cut one page out of rows that are all at hand; one beyond the end is the last one."""
    last = max(-(-len(rows) // per_page), 1)
    number = min(number, last)
    start = (number - 1) * per_page
    return rows[start : start + per_page], PageMark(number, per_page, len(rows))


def arranged(rows: Iterable[Row], columns: Sequence[Column[Row]], sort: str) -> list[Row]:
    """Return the rows sorted by a column's key (`-key` the other way round); empty cells last."""
    key = sort.removeprefix("-")
    column = next((one for one in columns if one.key == key), None)
    if column is None:
        return list(rows)
    found = [(column.value(row), row) for row in rows]
    with_value = [(_sortable(value), row) for value, row in found if value is not None]
    with_value.sort(key=lambda pair: pair[0], reverse=sort.startswith("-"))
    return [row for _, row in with_value] + [row for value, row in found if value is None]


def _sortable(value: Cell) -> Any:  # noqa: ANN401 - one column holds one kind of value
    return value.casefold() if isinstance(value, str) else value


def sorts_of(columns: Sequence[Column[Any]]) -> list[str]:
    """Return every sort the columns offer, both ways."""
    return [sign + column.key for column in columns for sign in ("", "-")]


def every(fetch: Callable[[int, int], RoomPage[Row]]) -> Iterator[Row]:
    """Return all rows of a room's listing, asked for page by page: `fetch(page, size)`."""
    number = 1
    while True:
        page = fetch(number, EXPORT_AT_ONCE)
        yield from page.rows
        if number * EXPORT_AT_ONCE >= page.total:
            return
        number += 1


def show(
    request: DeskRequest,
    page_template: str,
    part_template: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
) -> HttpResponse:
    """Render the whole page, or for htmx asking for `#list` only its rows."""
    htmx = request.htmx
    is_part = bool(htmx) and htmx.target == LIST_TARGET and not htmx.history_restore_request
    response = render(
        request, part_template if is_part else page_template, dict(context), status=status
    )
    patch_vary_headers(response, ("HX-Request", "HX-Target"))
    return response


def export(
    request: DeskRequest,
    columns: Sequence[Column[Row]],
    rows: Iterable[Row],
    *,
    name: str,
    form: Format,
) -> HttpResponse:
    """Return all rows as a file named after list and business date; the download is audited.

    The answer streams; views and middleware treat it like any other.
    """
    filename = f"{name}-{request.actor.today.isoformat()}.{form}"
    controls.audit(request.actor, f"{name}.export", {"address": request.get_full_path()[:500]})
    if form == "csv":
        response = StreamingHttpResponse(
            _csv_lines(columns, rows), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="{filename}"'
        return cast("HttpResponse", response)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it after sending
    write_xlsx(file, columns, rows)
    file.seek(0)
    answer = FileResponse(file, as_attachment=True, filename=filename, content_type=XLSX)
    return cast("HttpResponse", answer)


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _csv_lines(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # The mark makes spreadsheets read the file as UTF-8.
    yield "\ufeff" + writer.writerow([harmless(str(column.label)) for column in columns])
    for row in rows:
        yield writer.writerow([_csv_cell(column.exact(row)) for column in columns])


def _csv_cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def write_xlsx(file: IO[bytes], columns: Sequence[Column[Row]], rows: Iterable[Row]) -> None:
    """Write the rows as a workbook of one sheet in bounded memory; texts are never formulas."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet()
    head = book.add_format({"bold": True, "bottom": 1})
    amounts = {
        decimals: book.add_format(
            {"num_format": "#,##0" + ("." + "0" * decimals if decimals else "")}
        )
        for decimals in (0, 2, 3, 4)
    }
    for place, column in enumerate(columns):
        sheet.set_column(place, place, 14 if column.kind != "text" else 22)
        sheet.write_string(0, place, harmless(str(column.label)), head)
    sheet.freeze_panes(1, 1)
    for line, row in enumerate(rows, start=1):
        for place, column in enumerate(columns):
            value = column.exact(row)
            if isinstance(value, str):
                sheet.write_string(line, place, harmless(value))
            elif isinstance(value, Decimal) and column.currency is not None:
                form = amounts[exponent(column.currency(row))]
                sheet.write_number(line, place, value, form)
            elif isinstance(value, int | Decimal):
                sheet.write_number(line, place, value)
            elif isinstance(value, date):
                sheet.write_datetime(line, place, _naive(value))
    book.close()


def _naive(value: date) -> date:
    """Return a moment without its zone, which a sheet cannot hold."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
