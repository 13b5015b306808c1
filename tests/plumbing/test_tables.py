"""Tables out of messy, wrong and hostile files."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing.tables import FILE_BYTES_MAX, Limits, Request, Table, parse, read_table

# A workbook knows no time zones.
NIGHT = datetime(2026, 3, 31)  # noqa: DTZ001
MORNING = datetime(2026, 3, 31, 8, 30)  # noqa: DTZ001


def csv_table(text: str | bytes, **limits: int) -> Table:
    """Parse in this process; the confined path has tests of its own."""
    data = text.encode() if isinstance(text, str) else text
    return parse(Request(data, "given.csv", Limits(**limits)))


def xlsx(rows: list[list[Any]], *, sheets: dict[str, list[list[Any]]] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, of_sheet in (sheets or {}).items():
        sheet = book.create_sheet(name)
        for row in of_sheet:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def refusal(data: str | bytes, **limits: int) -> Invalid:
    with pytest.raises(Invalid) as caught:
        csv_table(data, **limits)
    assert caught.value.place.file == "given.csv"
    assert caught.value.mend
    return caught.value


def test_a_plain_file_comes_back_through_the_confined_child() -> None:
    table = read_table(b"Number;Name\n1;Acorn\n2;Birch\n", "a.csv")
    assert table.headers == ("Number", "Name")
    assert table.rows == [("1", "Acorn"), ("2", "Birch")]
    assert (table.lines, table.first_line) == ([2, 3], 1)
    assert (table.encoding, table.delimiter, table.sheet) == ("utf-8", ";", "")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    text = "\n".join(delimiter.join(cells) for cells in (["a", "b", "c"], ["x", "1", "2"]))
    table = csv_table(text)
    assert (table.delimiter, table.rows) == (delimiter, [("x", "1", "2")])


def test_decimal_commas_do_not_make_a_comma_file() -> None:
    table = csv_table("nr;betrag;ort\n1;1,50;Köln, Nord\n2;2,50;Ulm\n")
    assert table.rows == [("1", "1,50", "Köln, Nord"), ("2", "2,50", "Ulm")]


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_encodings(encoding: str, named: str) -> None:
    table = csv_table("Kunde,Ort\nMüller & Söhne,Köln\n".encode(encoding))
    assert table.rows == [("Müller & Söhne", "Köln")]
    assert table.encoding == named


def test_title_lines_and_blank_lines_stand_above_the_header() -> None:
    text = "Open items\nas of 2026-03-31\n\nNumber,Customer,Amount\n1,Acorn,5\n\n2,Birch,6\n"
    table = csv_table(text)
    assert table.headers == ("Number", "Customer", "Amount")
    assert (table.first_line, table.lines) == (4, [5, 7])


def test_lines_count_through_cells_of_several_lines() -> None:
    table = csv_table('a,b\n1,"two\nlines"\n2,x\n')
    assert (table.lines, table.rows[0][1]) == ([2, 4], "two\nlines")


def test_short_rows_are_filled_and_long_rows_are_kept_as_they_came() -> None:
    table = csv_table("a,b,c\n1,2\n1,2,3,,\n1,2,3,4\n")
    assert table.rows == [("1", "2", ""), ("1", "2", "3"), ("1", "2", "3", "4")]


def test_a_file_without_header_gets_numbered_columns() -> None:
    table = csv_table("1,Acorn,5.00\n2,Birch,6.00\n")
    assert table.headers == ("Column 1", "Column 2", "Column 3")
    assert (table.first_line, table.lines) == (0, [1, 2])


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"a,b\n1,\x002\n", "not_a_table", 2),
        (b"", "table_empty", None),
        (b"\n \n,,\n", "table_empty", None),
        (b"number,name\n", "table_without_rows", 1),
        (b"\xd0\xcf\x11\xe0rest", "old_excel", None),
        (b"PK\x03\x04 not really", "workbook_broken", None),
        (b"a,b\n\xff\x81\x8d,2\n", "encoding_unknown", 2),
        (b"\xef\xbb\xbfa,b\n\xff,2\n", "encoding_broken", 2),
        (b'a,b\n1,"open\n' + b"2,3\n" * 60, "quote_not_closed", 2),
        (b'a,b\n1,"' + b"x" * 20_000 + b'"\n', "quote_not_closed", 2),
    ],
)
def test_refusals_name_place_and_mend(data: bytes, code: str, line: int | None) -> None:
    caught = refusal(data)
    assert (caught.code, caught.place.line) == (code, line)


def test_limits_of_rows_and_columns() -> None:
    assert refusal("a,b\n" + "1,2\n" * 12, rows=10).code == "too_many_rows"
    assert refusal("a,b,c\n1,2,3\n", columns=2).code == "too_many_columns"


def test_too_large_files_are_refused_before_reading() -> None:
    with pytest.raises(Invalid) as caught:
        read_table(b"a" * (FILE_BYTES_MAX + 1), "big.csv")
    assert caught.value.code == "file_too_large"


def test_cells_of_a_workbook_become_exact_text() -> None:
    rows = [
        ["Number", "Amount", "Date", "Moment", "Yes", "Whole"],
        ["INV-1", 0.1 + 0.2, NIGHT, MORNING, True, 5.0],
        [1930571429.0, 102099221.01, date(2026, 4, 1), None, False, 12],
    ]
    table = read_table(xlsx(rows), "a.xlsx")
    assert table.rows == [
        ("INV-1", "0.3", "2026-03-31", "2026-03-31 08:30:00", "true", "5"),
        ("1930571429", "102099221.01", "2026-04-01", "", "false", "12"),
    ]
    assert table.sheet == "Sheet"


def test_the_first_sheet_with_rows_counts() -> None:
    table = csv_table(xlsx([], sheets={"Items": [["a", "b"], ["x", "y"]]}))
    assert (table.sheet, table.rows) == ("Items", [("x", "y")])


def test_two_cells_far_apart_do_not_fill_the_memory() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "number"
    book.active["XFD1048576"] = "x"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(Invalid) as caught:
        read_table(out.getvalue(), "far.xlsx")
    assert (caught.value.code, caught.value.place.line) == ("too_many_columns", 1_048_576)


def test_many_rows_of_a_workbook_are_refused() -> None:
    data = xlsx([["a", "b"], *([["x", 1]] * 30)])
    assert refusal(data, rows=20).code == "too_many_rows"


def zipped(parts: dict[str, bytes], base: bytes) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(base)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in given.namelist():
            made.writestr(name, parts.get(name, given.read(name)))
        for name in parts.keys() - set(given.namelist()):
            made.writestr(name, parts[name])
    return out.getvalue()


def test_a_zip_bomb_is_refused_by_what_it_unpacks_to() -> None:
    data = zipped({"xl/media/blank.bin": b"\0" * 5_000_000}, xlsx([["a", "b"], [1, 2]]))
    assert len(data) < 50_000
    assert refusal(data, unzipped_bytes=1_000_000).code == "workbook_too_large"


def test_entities_are_refused() -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa">'
        b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><sst>&b;</sst>'
    )
    data = zipped({"xl/sharedStrings.xml": bomb}, xlsx([["a", "b"], ["x", "y"]]))
    assert refusal(data).code == "workbook_hostile"


def test_a_workbook_with_a_broken_sheet_is_refused() -> None:
    data = zipped({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"}, xlsx([["a"], [1]]))
    assert refusal(data).code == "workbook_broken"
