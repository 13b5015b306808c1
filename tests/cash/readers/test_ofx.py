# ruff: noqa: E501 - tables of cases and samples of files keep a case to a line
from __future__ import annotations

from datetime import date

import pytest

from creditdesk.cash.readers import Line
from tests.cash.readers.samples import OFX, only, refused


def test_every_field_is_read() -> None:
    statement = only(OFX)
    assert statement.lines == (
        Line(
            line_no=11,
            booked_on=date(2026, 3, 2),
            value_on=date(2026, 3, 3),
            minor=123450,
            currency="USD",
            reference="F1",
            counterparty="ACME & Sons",
            counterparty_account="777",
            text="Invoice 9",
            structured_references=("815",),
            is_reversal=False,
            code="CREDIT",
        ),
        Line(
            line_no=14,
            booked_on=date(2026, 3, 2),
            value_on=None,
            minor=-320,
            currency="USD",
            reference="F2",
            counterparty="",
            counterparty_account="",
            text="",
            structured_references=(),
            is_reversal=False,
            code="DEBIT",
        ),
    )
    assert (statement.format, statement.account, statement.currency) == ("ofx", "0042", "USD")
    assert (statement.from_date, statement.to_date) == (date(2026, 3, 1), date(2026, 3, 2))
    assert (statement.opening_minor, statement.closing_minor) == (None, 123130)
    assert statement.proof == "no_balances"


XML = """<?xml version="1.0" encoding="UTF-8"?>
<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE"?>
<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR</CURDEF>
<BANKACCTFROM><ACCTID>1</ACCTID></BANKACCTFROM><BANKTRANLIST>
<STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20260302</DTPOSTED><TRNAMT>10,50</TRNAMT>
<FITID>F1</FITID><PAYEE><NAME>Payee Ltd</NAME></PAYEE><MEMO><![CDATA[a < b & c]]></MEMO></STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def test_version_2_is_read_by_the_same_pass() -> None:
    (line,) = only(XML).lines
    assert (line.minor, line.counterparty, line.text) == (1050, "Payee Ltd", "a < b & c")
    assert only(XML).closing_minor is None


def test_movements_left_open_are_closed_by_the_next() -> None:
    assert only(OFX.replace("</STMTTRN>", "")).lines == only(OFX).lines


def test_card_statements_are_read() -> None:
    card = OFX.replace("STMTRS>", "CCSTMTRS>").replace("BANKACCTFROM", "CCACCTFROM")
    assert (only(card).account, len(only(card).lines)) == ("0042", 2)


@pytest.mark.parametrize(
    ("amount", "minor"),
    [("+00000115.8300", 11583), ("1,234.50", 123450), ("-1,234,567.00", -123456700), ("-.5", -50),
     ("12,5", 1250), ("7", 700)],
)  # fmt: skip
def test_amounts(amount: str, minor: int) -> None:
    assert only(OFX.replace("-3.20", amount)).lines[1].minor == minor


@pytest.mark.parametrize(
    "amount", ["$120", "115.8331", "1,234", "1.234.567", "--5", "1e3", "", "٣"]
)
def test_amounts_that_are_none_or_unclear_are_refused(amount: str) -> None:
    place = refused(OFX.replace("-3.20", amount), "statement_amount_unreadable").place
    assert (place.line, place.field) == (14, "TRNAMT")


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "field"),
    [
        ("<DTPOSTED>20260302<", "<", "statement_date_missing", 14, "DTPOSTED"),
        ("<DTPOSTED>20260302<", "<DTPOSTED>20260230<", "statement_date_unreadable", 14, "DTPOSTED"),
        ("<CURDEF>USD", "<CURDEF>", "statement_currency_missing", 8, "CURDEF"),
        ("</OFX>", "", "statement_unreadable", None, "</OFX>"),
        ("<CODE>0<SEVERITY>INFO", "<CODE>15500<SEVERITY>ERROR<MESSAGE>No", "statement_refused_by_bank", 7, "STATUS"),
        ("<FITID>F2", "<FITID>F2<CURRENCY><CURSYM>CAD</CURRENCY>", "statement_currency_mixed", 14, "CURSYM"),
    ],
)  # fmt: skip
def test_broken_files_are_refused(
    old: str, new: str, code: str, line: int | None, field: str
) -> None:
    assert old in OFX
    place = refused(OFX.replace(old, new), code).place
    assert (place.line, place.field) == (line, field)


def test_the_currency_of_the_movements_stands_in_for_a_missing_one() -> None:
    text = OFX.replace("<CURDEF>USD", "<CURDEF>")
    text = text.replace("<FITID>F1", "<FITID>F1<CURRENCY><CURSYM>AUD</CURRENCY>")
    assert only(text).currency == "AUD"


def test_a_blank_ledger_balance_is_none() -> None:
    assert only(OFX.replace("<BALAMT>1231.30", "<BALAMT> ")).closing_minor is None


def test_investment_accounts_are_refused() -> None:
    refused("<OFX><INVSTMTRS><CURDEF>USD</INVSTMTRS></OFX>", "statement_kind_unsupported")


def test_a_signon_alone_is_empty() -> None:
    refused("<OFX><SONRS><STATUS><SEVERITY>INFO</STATUS></SONRS></OFX>", "statement_empty")


@pytest.mark.parametrize("prefix", ["", '<?xml version="1.0"?>'])
def test_a_doctype_is_refused(prefix: str) -> None:
    refused(prefix + '<!DOCTYPE OFX [<!ENTITY a "b">]><OFX></OFX>', "statement_entities_forbidden")


def test_depth_is_limited() -> None:
    refused("<OFX>" + "<STMTRS>" * 1000, "statement_unreadable")


def test_cdata_that_does_not_end_is_refused() -> None:
    refused(XML.replace("]]>", ""), "statement_unreadable")
