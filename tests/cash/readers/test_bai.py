from __future__ import annotations

from datetime import date

import pytest

from creditdesk.cash.readers import Line, read
from tests.cash.readers.samples import BAI2, only, only_line, refused


def test_every_field_is_read() -> None:
    statement = only(BAI2)
    assert statement.lines == (
        Line(
            line_no=5,
            booked_on=date(2026, 3, 2),
            value_on=date(2026, 3, 4),
            minor=10000,
            currency="USD",
            reference="BREF77",
            counterparty="ACME CORP",
            counterparty_account="",
            text="ORIG CO NAME:ACME CORP ORIG ID:123 PAYMENT OF INVOICE 9",
            structured_references=("INV-9",),
            is_reversal=False,
            code="165",
        ),
    )
    assert (statement.format, statement.account, statement.currency) == (
        "bai2",
        "0123456789",
        "USD",
    )
    assert (statement.opening_minor, statement.closing_minor) == (5000, 15000)
    assert (statement.from_date, statement.to_date) == (date(2026, 3, 2), date(2026, 3, 2))
    assert statement.proof == "proved"


@pytest.mark.parametrize(
    ("code", "minor", "is_reversal"),
    [("195", 10000, False), ("399", 10000, False), ("455", -10000, False), ("557", -10000, True),
     ("257", 10000, True), ("925", 10000, False), ("965", -10000, False)],
)  # fmt: skip
def test_type_codes_give_sign_and_reversal(code: str, minor: int, is_reversal: bool) -> None:  # noqa: FBT001
    line = only_line(BAI2.replace("16,165,", f"16,{code},"))
    assert (line.minor, line.is_reversal, line.code) == (minor, is_reversal, code)


@pytest.mark.parametrize("funds", ["Z,", ",", "0,", "S,1,2,3,", "D,2,0,5000,1,5000,", "V,260304,,"])
def test_funds_types_bring_their_own_fields(funds: str) -> None:
    line = only_line(BAI2.replace("V,260304,,BREF77", f"{funds}BREF77"))
    assert (line.reference, line.structured_references) == ("BREF77", ("INV-9",))


def test_text_may_stand_in_the_record_itself_with_commas() -> None:
    text = BAI2.replace("BREF77,INV-9/", "BREF77,,PAYMENT, INVOICE 9, THANKS/")
    text = text.replace("88,ORIG CO NAME:ACME CORP ORIG ID:123\n88,PAYMENT OF INVOICE 9\n", "")
    text = text.replace(",6/", ",4/").replace(",8/", ",6/").replace(",10/", ",8/")
    assert only_line(text).text == "PAYMENT, INVOICE 9, THANKS"


@pytest.mark.parametrize(
    ("account", "group", "expected"),
    [("GBP", "USD", "GBP"), ("", "CAD", "CAD"), ("", "", "USD")],
)
def test_the_currency_falls_back_to_the_group_and_then_to_dollars(
    account: str, group: str, expected: str
) -> None:
    text = BAI2.replace("03,0123456789,USD", f"03,0123456789,{account}")
    text = text.replace("260302,,USD,2/", f"260302,,{group},2/")
    assert only(text).currency == expected


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ("49,40000,6/", "49,40001,6/", 8, "49 control total"),
        ("49,40000,6/", "49,40000,7/", 8, "49 number of records"),
        ("98,40000,1,8/", "98,40001,1,8/", 9, "98 control total"),
        ("98,40000,1,8/", "98,40000,2,8/", 9, "98 number of accounts"),
        ("98,40000,1,8/", "98,40000,1,9/", 9, "98 number of records"),
        ("99,40000,1,10/", "99,40001,1,10/", 10, "99 control total"),
        ("99,40000,1,10/", "99,40000,2,10/", 10, "99 number of groups"),
        ("99,40000,1,10/", "99,40000,1,11/", 10, "99 number of records"),
        ("16,165,10000,", "16,165,10001,", 8, "49 control total"),
        ("88,PAYMENT OF INVOICE 9\n", "", 7, "49 number of records"),
        ("99,40000,1,10/\n", "", None, "99"),
    ],
)
def test_wrong_totals_and_counts_are_refused(
    old: str, new: str, line: int | None, field: str
) -> None:
    assert old in BAI2
    place = refused(BAI2.replace(old, new), "statement_unproved").place
    assert (place.line, place.field) == (line, field)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("16,165,", "16,890,", "statement_unreadable", 5),
        ("16,165,10000", "16,165,100.00", "statement_amount_unreadable", 5),
        ("1,260302,", "1,261302,", "statement_date_unreadable", 2),
        ("49,40000,6/\n", "", "statement_unreadable", 8),
        ("7,,,2/", "7,,,3/", "statement_unreadable", 1),
        ("88,100,10000", "77,100,10000", "statement_unreadable", 4),
        ("0123456789,USD", "0123456789,U$D", "statement_unreadable", 3),
        ("99,40000,1,10/\n", "99,40000,1,10/\n16,165,1,/\n", "statement_unreadable", 11),
    ],
)
def test_broken_records_are_named(old: str, new: str, code: str, line: int) -> None:
    assert old in BAI2
    assert refused(BAI2.replace(old, new), code).place.line == line


def test_blank_totals_prove_nothing() -> None:
    text = BAI2.replace("49,40000,6/", "49,,6/")
    assert only(text).proof == "no_balances"


def test_accounts_and_days_stay_apart() -> None:
    group = BAI2[BAI2.index("02,") : BAI2.index("99,")]
    second = group.replace("260302", "260303").replace("0123456789", "999")
    text = BAI2.replace(group, group + second).replace("99,40000,1,10/", "99,80000,2,18/")
    first, last = read(text.encode(), "f.bai")
    assert (first.account, first.to_date) == ("0123456789", date(2026, 3, 2))
    assert (last.account, last.to_date) == ("999", date(2026, 3, 3))
