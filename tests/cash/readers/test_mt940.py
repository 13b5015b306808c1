# ruff: noqa: E501 - tables of cases and samples of files keep a case to a line
from __future__ import annotations

from datetime import date

import pytest

from creditdesk.cash.readers import Line, read
from tests.cash.readers.samples import mt940, only, only_line, refused

GERMAN = """:61:2603030302CR100,00NTRFNONREF//BANK-1
:86:166?00GUTSCHRIFT?100399?20EREF+E2E-5?21SVWZ+Rechnung INV-2026-000?22001 vom 1.2.
?30COBADEFF?31DE02120300000000202051?32Acorn Handelsgesellschaft m?33it Haftung"""


def test_every_field_of_a_german_movement_is_read() -> None:
    statement = only(mt940(GERMAN))
    assert statement.lines == (
        Line(
            line_no=5,
            booked_on=date(2026, 3, 2),
            value_on=date(2026, 3, 3),
            minor=10000,
            currency="EUR",
            reference="BANK-1",
            counterparty="Acorn Handelsgesellschaft mit Haftung",
            counterparty_account="DE02120300000000202051",
            text="Rechnung INV-2026-000 001 vom 1.2.",
            structured_references=("E2E-5",),
            is_reversal=False,
            code="NTRF",
        ),
    )
    assert (statement.format, statement.account) == ("mt940", "DE89370400440532013000")
    assert (statement.currency, statement.statement_id) == ("EUR", "12/1")
    assert (statement.from_date, statement.to_date) == (date(2026, 3, 1), date(2026, 3, 2))
    assert (statement.opening_minor, statement.closing_minor) == (5000, 15000)
    assert statement.proof == "proved"


def test_a_full_chunk_is_joined_without_a_space() -> None:
    chunk = "Rechnungsnummer INV-2026-00"
    assert len(chunk) == 27
    text = only_line(mt940(f":61:260302C100,NTRFX\n:86:166?20{chunk}?210815 danke")).text
    assert text == "Rechnungsnummer INV-2026-000815 danke"


@pytest.mark.parametrize(
    ("details", "text", "name", "account", "references"),
    [
        (
            "/EREF/E2E-1/ORDP//NAME/Acorn BV/REMI/USTD//INV 7/ISDT/2026-03-02",
            "INV 7",
            "Acorn BV",
            "",
            ("E2E-1",),
        ),
        (
            "/TRTP/SEPA/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/Birch/REMI/INV 8/EREF/NOTPROVIDED",
            "INV 8",
            "Birch",
            "NL91ABNA0417164300",
            (),
        ),
        (
            "/CNTP/NL91ABNA0417164300/ABNANL2A/Cedar NV/City//REMI/STRD/CUR/RF18539007547034/",
            "CUR/RF18539007547034",
            "Cedar NV",
            "NL91ABNA0417164300",
            (),
        ),
        (
            "911 COLLECT; Z RACH.: 56114010810000267002001001; OD: JAN NOWAK; TYT.: FV 12; TNR: 1",
            "FV 12",
            "JAN NOWAK",
            "56114010810000267002001001",
            (),
        ),
        ("NL91ABNA0417164300 elm bv\n\nfactuur 12", "factuur 12", "elm bv", "NL91ABNA0417164300", ()),
        ("020>00TRANSFER>20FV 13>32Dogwood SA>38PL61109010140000071219812874", "FV 13", "Dogwood SA",
         "PL61109010140000071219812874", ()),
        ("plain words\nwrapped early", "plain words wrapped early", "", "", ()),
        ("", "", "", "", ()),
    ],
)  # fmt: skip
def test_the_conventions_of_field_86(
    details: str, text: str, name: str, account: str, references: tuple[str, ...]
) -> None:
    line = only_line(mt940(f":61:260302C100,NTRFNONREF\n:86:{details}"))
    assert (line.text, line.counterparty) == (text, name)
    assert (line.counterparty_account, line.structured_references) == (account, references)


@pytest.mark.parametrize(
    ("movement", "closing", "minor", "is_reversal"),
    [
        ("C100,00", "C260302EUR150,00", 10000, False),
        ("CR100,00", "C260302EUR150,00", 10000, False),
        ("D60,5", "D260302EUR10,50", -6050, False),
        ("RC60,", "D260302EUR10,", -6000, True),
        ("RD0,25", "C260302EUR50,25", 25, True),
        ("RCR60", "D260302EUR10,00", -6000, True),
    ],
)
def test_marks_and_amounts(movement: str, closing: str, minor: int, is_reversal: bool) -> None:  # noqa: FBT001
    line = only_line(mt940(f":61:260302{movement}NMSCREF1", closing=closing))
    assert (line.minor, line.is_reversal, line.reference) == (minor, is_reversal, "REF1")


def test_a_german_return_code_is_a_reversal() -> None:
    movement = ":61:260302D50,NRTIX\n:86:109?00RETOURE?20EREF+E2E-9"
    assert only_line(mt940(movement, closing="C260302EUR0,00")).is_reversal


def test_expected_movements_are_no_lines() -> None:
    statement = only(mt940(":61:260302EC99,NTRFX", ":61:260302C100,NTRFY"))
    assert [line.reference for line in statement.lines] == ["Y"]


@pytest.mark.parametrize(
    ("dates", "booked_on", "value_on"),
    [
        ("2601020102", date(2026, 1, 2), date(2026, 1, 2)),
        ("2601021230", date(2025, 12, 30), date(2026, 1, 2)),
        ("2512300102", date(2026, 1, 2), date(2025, 12, 30)),
        ("260102    ", date(2026, 1, 2), date(2026, 1, 2)),
        ("2602300301", date(2026, 3, 1), date(2026, 2, 28)),
    ],
)
def test_the_booking_date_finds_its_year(dates: str, booked_on: date, value_on: date) -> None:
    line = only_line(mt940(f":61:{dates}C100,NTRFX"))
    assert (line.booked_on, line.value_on) == (booked_on, value_on)


def test_a_time_of_day_at_the_start_of_a_line_is_no_field() -> None:
    line = only_line(mt940(":61:260302C100,NTRFX\n:86:/REMI/INV 5 of 2026-03-02T16\n:26:37 thanks"))
    assert line.text.startswith("INV 5 of 2026-03-02T16")


def test_several_statements_of_an_account_stay_apart() -> None:
    second = mt940(opening="C260302EUR150,00", closing="C260303EUR150,00").replace("12/1", "13/1")
    first, last = read((mt940(GERMAN) + second).encode(), "f.sta")
    assert (first.statement_id, last.statement_id) == ("12/1", "13/1")
    assert (last.opening_minor, last.lines) == (15000, ())


def test_windows_line_ends_and_swift_envelope() -> None:
    text = "{1:F01BANKDEFFXXXX0000000000}{2:O940BANK}{4:\n" + mt940(GERMAN).replace(
        "\n-\n", "\n-}{5:}"
    )
    assert only_line(text.replace("\n", "\r\n")).minor == 10000


def test_latin_1_is_read() -> None:
    movement = ":61:260302C100,NTRFX\n:86:166?20Gebühr?32Müller"
    assert only_line(mt940(movement).encode("latin-1")).counterparty == "Müller"


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("C260302EUR150,00", "C260302EUR150,01", "statement_unproved", 8),
        (":62F:C260302EUR150,00\n-\n", "", "statement_unproved", 1),
        (":60F:C260301EUR50,00\n", "", "statement_unproved", 1),
        (":25:DE89370400440532013000\n", "", "statement_account_missing", 1),
        ("C260302EUR150,00", "C260302USD150,00", "statement_currency_mixed", 1),
        ("CR100,00", "CR100,001", "statement_amount_unreadable", 5),
        ("CR100,00", "CRabc", "statement_unreadable", 5),
        ("2603030302", "2613030302", "statement_date_unreadable", 5),
        ("60F:C260301", "60F:X260301", "statement_unreadable", 4),
        (":60F:C260301EUR50,00", ":60F:C260301EUR50,00\n:60F:C260301EUR50,00", "statement_unreadable", 5),
        ("GUTSCHRIFT", "GUT\0SCHRIFT", "statement_unreadable", 6),
    ],
)  # fmt: skip
def test_broken_statements_are_refused_with_their_line(
    old: str, new: str, code: str, line: int
) -> None:
    good = mt940(GERMAN)
    assert old in good
    assert refused(good.replace(old, new), code).place.line == line


def test_a_movement_left_out_is_noticed() -> None:
    other = ":61:260302D30,NMSCX"
    assert only(mt940(GERMAN, other, closing="C260302EUR120,")).proof == "proved"
    refused(mt940(GERMAN, closing="C260302EUR120,"), "statement_unproved")


MT942 = """:20:X
:25:1234/5678EUR
:28C:3/1
:34F:EUR0,
:13D:2603021815+0100
:61:260302C100,NTRFA
:61:260302D30,NTRFB
:90D:1EUR30,
:90C:1EUR100,
-
"""


def test_mt942_is_proved_by_its_sums() -> None:
    statement = only(MT942)
    assert (statement.format, statement.account, statement.currency) == (
        "mt942",
        "1234/5678",
        "EUR",
    )
    assert (statement.proof, statement.opening_minor, statement.closing_minor) == (
        "proved",
        None,
        None,
    )
    assert [line.minor for line in statement.lines] == [10000, -3000]


@pytest.mark.parametrize("wrong", [":90D:2EUR30,", ":90D:1EUR31,"])
def test_mt942_with_wrong_sums_is_refused(wrong: str) -> None:
    error = refused(MT942.replace(":90D:1EUR30,", wrong), "statement_unproved")
    assert error.place.field == ":90D:"


def test_mt942_without_sums_is_unproved_but_read() -> None:
    text = MT942.replace(":90D:1EUR30,\n", "").replace(":90C:1EUR100,\n", "")
    assert only(text).proof == "no_balances"
