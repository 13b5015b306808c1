"""Filter, sort, page and export, as every list of the desk does them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.faces.desk import forms, lists
from creditdesk.faces.desk.lists import Column
from creditdesk.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    minor: int | None
    currency: str = "EUR"
    on: date | None = None


COLUMNS: list[Column[Line]] = [
    Column("name", "Name", lambda line: line.name),
    Column("amount", "Amount", lambda line: line.minor, "money", lambda line: line.currency),
    Column("on", "On", lambda line: line.on, "date"),
]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/", lists.Asked("", "name", 1, "")),
        (
            "/?q=%20ab%00c%20&sort=-amount&page=3&format=csv",
            lists.Asked("abc", "-amount", 3, "csv"),
        ),
        ("/?sort=number;drop&page=-1&format=exe", lists.Asked("", "name", 1, "")),
        ("/?page=99999999999999", lists.Asked("", "name", lists.PAGE_MAX, "")),
        ("/?page=²", lists.Asked("", "name", 1, "")),
    ],
)
def test_what_an_address_asks_for(address: str, expected: lists.Asked) -> None:
    request = RequestFactory().get(address)
    assert lists.asked(request, sorts=lists.sorts_of(COLUMNS), sort="name") == expected


def test_a_date_of_the_address_that_is_none_names_its_field() -> None:
    request = RequestFactory().get("/?as_of=31.12.2026")
    with pytest.raises(Invalid) as invalid:
        lists.day(request, "as_of")
    assert (invalid.value.code, invalid.value.place.field) == ("date_malformed", "as_of")


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["Ä", "a", "B"]),
        ("amount", ["B", "a", "Ä"]),
        ("-amount", ["a", "B", "Ä"]),
        ("nothing", ["B", "a", "Ä"]),
    ],
)
def test_rows_at_hand_are_sorted_and_empty_cells_stay_last(sort: str, names: list[str]) -> None:
    rows = [Line("B", -5), Line("a", 100), Line("Ä", None)]
    if sort == "name":
        names = sorted(names, key=str.casefold)
    assert [row.name for row in lists.arranged(rows, COLUMNS, sort)] == names


@given(st.integers(0, 200), st.integers(1, 30), st.integers(1, 60))
def test_a_page_is_a_slice_and_the_last_one_is_never_beyond(
    count: int, number: int, per_page: int
) -> None:
    rows = list(range(count))
    shown, mark = lists.page_of(rows, number, per_page)
    assert list(shown) == rows[(mark.number - 1) * per_page : mark.number * per_page]
    assert bool(shown) == bool(rows)
    assert (mark.total, mark.first > 0) == (count, bool(rows))


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-5", "@sum", "\tx", "\rx", "\nx"])
def test_no_text_becomes_a_formula(text: str) -> None:
    file = BytesIO()
    lists.write_xlsx(file, COLUMNS, [Line(text, 5)])
    sheet = openpyxl.load_workbook(file).worksheets[0]
    assert sheet["A2"].value.startswith("'")
    assert sheet["A2"].data_type == "s"
    assert lists.harmless(text) == f"'{text}"


def test_amounts_and_dates_are_written_exactly() -> None:
    file = BytesIO()
    rows = [
        Line("euro", -123_456_789_01, on=date(2026, 3, 16)),
        Line("yen", 1_234, "JPY"),
        Line("dinar", 1_234_567, "KWD"),
        Line("nothing", None),
    ]
    lists.write_xlsx(file, COLUMNS, rows)
    sheet = openpyxl.load_workbook(file).worksheets[0]
    assert [cell.value for cell in sheet["A"]] == ["Name", "euro", "yen", "dinar", "nothing"]
    assert [cell.value for cell in sheet["B"]][1:] == [-123456789.01, 1234, 1234.567, None]
    assert [cell.number_format for cell in sheet["B"]][1:4] == ["#,##0.00", "#,##0", "#,##0.000"]
    assert sheet["C2"].value.date() == date(2026, 3, 16)
    assert COLUMNS[1].exact(rows[0]) == Decimal("-123456789.01")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("7 940.00", "EUR", 794_000),
        ("7,940.00", "EUR", 794_000),
        ("7.940,00", "EUR", 794_000),
        ("7940", "EUR", 794_000),
        ("7940,5", "EUR", 794_050),
        ("1,234", "EUR", 123_400),
        ("1,234,567", "EUR", 123_456_700),
        ("1.234.567", "EUR", 123_456_700),
        ("1'234.50", "CHF", 123_450),
        ("\u2212412.80", "EUR", -41_280),
        ("1\u202f234", "JPY", 1_234),
        ("0.125", "KWD", 125),
    ],
)
def test_amounts_as_people_write_them(text: str, currency: str, minor: int) -> None:
    assert forms.amount_of(text, "amount", currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [("", "EUR"), ("abc", "EUR"), ("1.005", "EUR"), ("1.5", "JPY"), ("NaN", "EUR"), ("1e3x", "EUR"),
     ("Infinity", "EUR"), ("9" * 30, "EUR")],
)  # fmt: skip
def test_what_is_no_amount_is_refused_at_its_field(text: str, currency: str) -> None:
    with pytest.raises(Invalid) as invalid:
        forms.amount_of(text, "amount", currency)
    assert (invalid.value.code, invalid.value.place.field) == ("amount_malformed", "amount")
