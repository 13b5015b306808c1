# ruff: noqa: E501 - tables of cases and samples of files keep a case to a line
from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest

from creditdesk.cash.readers import Line, read
from creditdesk.cash.readers.columns import decimal_mark, split_amount
from tests.cash.readers.samples import CSV, only, only_line, refused


def test_every_field_of_a_german_export_is_read() -> None:
    statement = only(CSV)
    assert statement.lines[0] == Line(
        line_no=2,
        booked_on=date(2026, 3, 2),
        value_on=date(2026, 3, 3),
        minor=123450,
        currency="EUR",
        reference="",
        counterparty="Müller GmbH",
        counterparty_account="DE02120300000000202051",
        text="RE 100; Teil 1",
        structured_references=(),
        is_reversal=False,
        code="GUTSCHRIFT",
    )
    assert [line.minor for line in statement.lines] == [123450, -3450]
    assert (statement.opening_minor, statement.closing_minor) == (100000, 220000)
    assert (statement.proof, statement.format) == ("proved", "csv")
    assert (statement.from_date, statement.to_date) == (date(2026, 3, 2), date(2026, 3, 3))


def test_newest_first_is_proved_too() -> None:
    head, first, second = CSV.strip().split("\n")
    statement = only(f"{head}\n{second}\n{first}")
    assert (statement.opening_minor, statement.closing_minor) == (100000, 220000)


def test_a_broken_running_balance_names_its_row() -> None:
    place = refused(CSV.replace("2.200,00", "2.200,01"), "statement_unproved").place
    assert (place.line, place.field) == (3, "balance")


@pytest.mark.parametrize(
    ("text", "minors"),
    [
        ("Date,Description,Debit,Credit,Currency\n2026-03-25,a,5.00,,USD\n2026-03-26,b,,10,USD\n", [-500, 1000]),
        ("Date opération;Libellé;Débit;Crédit;Devise\n04/03/2026;V;;1 234,56;EUR\n05/03/2026;F;-3,20;;EUR\n", [123456, -320]),
        ("Date\tAmount (GBP)\tD/C\n2026-03-25\t5.00\tD\n2026-03-25\t6.00\tC\n", [-500, 600]),
        ("Datum|Betrag|Soll/Haben|Währung\n25.03.2026|5,00|S|CHF\n25.03.2026|1'006,00|H|CHF\n", [-500, 100600]),
        ("Paid out,Paid in,Transaction date,Currency\n0.00,7.00,25 Mar 2026,GBP\n", [700]),
    ],
)  # fmt: skip
def test_dialects_of_three_languages(text: str, minors: list[int]) -> None:
    assert [line.minor for line in only(text).lines] == minors


def test_lines_above_the_table_name_account_and_currency() -> None:
    text = "Konto:;DE89 3704 0044 0532 0130 00;EUR\n\nDatum;Betrag;Text\n04.03.2026;1,00;x\n;;\nEndsaldo;1,00;\n"
    statement = only(text)
    assert (statement.account, statement.currency) == ("DE89370400440532013000", "EUR")
    assert [line.line_no for line in statement.lines] == [4]


def test_pending_rows_are_no_lines() -> None:
    text = "Date,Amount,Currency,Status\n2026-03-02,5.00,EUR,Pending\n2026-03-02,1.00,EUR,Booked\n"
    assert only_line(text).minor == 100


def test_accounts_become_statements() -> None:
    text = "Account,Date,Amount,Currency\nA1,2026-03-02,5.00,EUR\nB2,2026-03-02,1.00,USD\n"
    first, second = read(text.encode(), "x.csv")
    assert (first.account, first.currency) == ("A1", "EUR")
    assert (second.account, second.currency) == ("B2", "USD")


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["03/25/2026", "03/26/2026"], [date(2026, 3, 25), date(2026, 3, 26)]),
        (["25/03/2026", "04/05/2026"], [date(2026, 3, 25), date(2026, 5, 4)]),
        (["03/04/2026", "02/05/2026"], None),
        (["01/02/2026", "01/03/2026", "01/04/2026", "02/01/2026"], [
            date(2026, 1, 2), date(2026, 1, 3), date(2026, 1, 4), date(2026, 2, 1)]),
        (["03/03/2026"], [date(2026, 3, 3)]),
        (["20260304"], [date(2026, 3, 4)]),
        (["2026-03-04 10:20:30"], [date(2026, 3, 4)]),
        (["2026-03-04T10:20:30Z"], [date(2026, 3, 4)]),
        (["4.3.26"], [date(2026, 3, 4)]),
    ],
)  # fmt: skip
def test_date_formats_are_found_or_refused(dates: list[str], expected: list[date] | None) -> None:
    text = "Date,Amount,Currency\n" + "".join(f"{each},1.00,EUR\n" for each in dates)
    if expected is None:
        assert refused(text, "statement_date_ambiguous").place.field == "Date"
        assert only(text, date_format="=%d/%m/%Y").lines[0].booked_on == date(2026, 4, 3)
    else:
        assert [line.booked_on for line in only(text).lines] == expected


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1.234,56"], ","),
        (["1,234.56"], "."),
        (["12,5"], ","),
        (["1.234.567"], ","),
        (["1.234", "5.00"], "."),
        (["1.234", "5,00"], ","),
        (["1.234"], None),
        (["1,50", "1.50"], None),
        (["100"], "."),
        (["-1'234.50 CHF"], "."),
    ],
)
def test_the_decimal_mark_is_found_or_unclear(texts: list[str], mark: str | None) -> None:
    assert decimal_mark(texts) == mark


@pytest.mark.parametrize(
    ("text", "mark", "expected"),
    [
        ("1.234,50", ",", (1, "1234.50")),
        ("-1 234,50 €", ",", (-1, "1234.50")),
        ("$1,234.50", ".", (1, "1234.50")),
        ("(12.00)", ".", (-1, "12.00")),
        ("12,50-", ",", (-1, "12.50")),
        ("12,50 S", ",", (-1, "12.50")),
        ("12,50 H", ",", (1, "12.50")),
        ("12.50 CR", ".", (1, "12.50")),
        ("−12.50", ".", (-1, "12.50")),
        ("+12", ".", (1, "12.")),
    ],
)
def test_amounts_as_banks_print_them(text: str, mark: str, expected: tuple[int, str]) -> None:
    assert split_amount(text, mark) == expected


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3,4", "12,34.56", "(12", "-12-", "=1+1", "1,2,3", "1234.56,7"]
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|signs"):
        split_amount(text, ",")


@pytest.mark.parametrize(
    ("text", "code", "line", "field"),
    [
        ("Date,Amount\n2026-03-02,1.00\n", "statement_currency_missing", 2, "currency"),
        ("Date,Amount,Currency\n2026-03-02,1.00,euro\n", "statement_currency_missing", 2, "Currency"),
        ("Date,Amount,Currency\n2026-03-02,x,EUR\n", "statement_amount_unreadable", 2, "Amount"),
        ("Date,Amount,Currency\n2026-03-02,1.005,EUR\n2026-03-02,1.00,EUR\n", "statement_amount_unreadable", 2, "Amount"),
        ("Date,Amount,Currency\n2026-03-02,,EUR\n", "statement_amount_missing", 2, "Amount"),
        ("Date,Amount,Currency\n,1.00,EUR\n", "statement_date_missing", 2, "Date"),
        ("Date,Amount,Currency\n2026-02-30,1.00,EUR\n", "statement_date_unreadable", 2, "Date"),
        ("Date,Amount,Currency\n2026-03-02,1.00\n", "statement_unreadable", 2, None),
        ("Date,Amount,Currency\n2026-03-02,1,00,EUR\n", "statement_unreadable", 2, None),
        ('Date,Amount,Currency\n2026-03-02,1.00,"EUR\n', "statement_unreadable", 2, None),
        ("Date,Amount,Currency\n2026-03-02,1.234,EUR\n", "statement_amount_ambiguous", 2, "Amount"),
        ("Date,Debit,Credit,Currency\n2026-03-02,1,2,EUR\n", "statement_unreadable", 2, "Debit"),
        ("Date,Debit,Credit,Currency\n2026-03-02,,,EUR\n", "statement_amount_missing", 2, "Credit"),
        ("Date,Amount,Currency\n2026-03-02,1.00,EUR\n2026-03-02,1.00,USD\n", "statement_currency_mixed", 3, "currency"),
        ("Date,Amount,Currency\n", "statement_empty", None, None),
        ("Colour,Size\nred,5\n", "statement_unreadable", None, None),
    ],
)  # fmt: skip
def test_broken_tables_are_refused_with_row_and_heading(
    text: str, code: str, line: int | None, field: str | None
) -> None:
    place = refused(text, code).place
    assert (place.line, place.field) == (line, field)


def test_a_mapping_names_columns_and_constants() -> None:
    text = "When,How much,Who,Note\n2026-03-02,1.00,Acorn,INV 1\n"
    refused(text, "statement_unreadable")
    line = only_line(
        text, date="When", amount="How much", counterparty="Who", text="Note", currency="=EUR"
    )
    assert (line.minor, line.currency, line.counterparty, line.text) == (
        100,
        "EUR",
        "Acorn",
        "INV 1",
    )


def test_cells_that_look_like_formulas_stay_text() -> None:
    text = 'Date,Amount,Currency,Description\n2026-03-02,1.00,EUR,"=HYPERLINK(""http://x"")"\n'
    assert only_line(text).text == '=HYPERLINK("http://x")'


def test_a_huge_field_is_refused() -> None:
    text = f"Date,Amount,Currency,Text\n2026-03-02,1.00,EUR,{'x' * 10_000_000}\n"
    assert refused(text, "statement_unreadable").place.line == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings(encoding: str) -> None:
    assert only(CSV.encode(encoding)).lines[0].counterparty == "Müller GmbH"


def workbook(*rows: tuple[object, ...], hidden: tuple[tuple[object, ...], ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if hidden:
        first = book.create_sheet("hidden", 0)
        first.sheet_state = "hidden"
        for row in hidden:
            first.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


HEAD = ("Booking date", "Amount", "Currency", "Payer", "Details", "Balance")
ROWS = (
    (date(2026, 3, 2), 1234.5, "EUR", "Müller GmbH", "INV 100", 2234.5),
    (date(2026, 3, 3), -34.5, "EUR", None, "=fees", 2200),
)


def test_a_workbook_is_read_like_a_table_of_text() -> None:
    statement = only(workbook(("My Bank", "DE02120300000000202051"), (), HEAD, *ROWS))
    assert (statement.format, statement.account) == ("xlsx", "DE02120300000000202051")
    assert [line.minor for line in statement.lines] == [123450, -3450]
    assert [line.line_no for line in statement.lines] == [4, 5]
    assert [line.booked_on for line in statement.lines] == [date(2026, 3, 2), date(2026, 3, 3)]
    assert (statement.opening_minor, statement.closing_minor) == (100000, 220000)
    assert statement.proof == "proved"


def test_a_hidden_sheet_is_not_the_statement() -> None:
    shown = only(workbook(HEAD, *ROWS, hidden=(HEAD, (date(2026, 1, 1), 9, "EUR", "", "", 9))))
    assert len(shown.lines) == 2


def test_a_short_row_of_a_sheet_has_empty_cells_at_its_end() -> None:
    line = only_line(workbook(HEAD[:5], (date(2026, 3, 2), 7, "EUR")))
    assert (line.minor, line.counterparty, line.text) == (700, "", "")


def test_a_mapping_tells_the_columns_of_a_sheet() -> None:
    book = workbook(("Tag", "Wert in Geld"), (date(2026, 3, 2), 7))
    refused(book, "statement_unreadable")
    line = only_line(book, date="Tag", amount="Wert in Geld", currency="=CHF")
    assert (line.minor, line.currency) == (700, "CHF")


def test_a_sheet_whose_balances_jump_is_refused_with_its_row() -> None:
    jumps = (ROWS[0], (*ROWS[1][:5], 2201))
    error = refused(workbook(HEAD, *jumps), "statement_unproved")
    assert (error.place.line, error.place.field) == (3, "balance")
