# ruff: noqa: E501 - tables of cases and samples of files keep a case to a line
from __future__ import annotations

from datetime import date

import pytest

from creditdesk.cash.readers import Line, read
from tests.cash.readers.samples import (
    OPENING,
    camt,
    camt_balance,
    camt_entry,
    only,
    only_line,
    payment,
    refused,
)

FULL_PAYMENT = """<TxDtls><Refs><AcctSvcrRef>BANK-TX-5</AcctSvcrRef><EndToEndId>E2E-5</EndToEndId></Refs>
<Amt Ccy="EUR">100.00</Amt><RltdPties>
<Dbtr><Pty><Nm>Acorn  Trading Ltd</Nm></Pty></Dbtr>
<DbtrAcct><Id><IBAN>GB33 BUKB 2020 1555 5555 55</IBAN></Id></DbtrAcct>
<Cdtr><Pty><Nm>Ourselves</Nm></Pty></Cdtr></RltdPties>
<RmtInf><Ustrd>first part</Ustrd><Ustrd>second part</Ustrd>
<Strd><RfrdDocInf><Nb>INV-2026-1</Nb></RfrdDocInf><RfrdDocInf><Nb>INV-2026-2</Nb></RfrdDocInf>
<CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf><AddtlRmtInf>less discount</AddtlRmtInf></Strd>
</RmtInf></TxDtls>"""


def test_every_field_of_a_payment_is_read() -> None:
    statement = only(camt(camt_entry(inside=FULL_PAYMENT)))
    assert statement.lines == (
        Line(
            line_no=1,
            booked_on=date(2026, 3, 2),
            value_on=date(2026, 3, 3),
            minor=10000,
            currency="EUR",
            reference="BANK-TX-5",
            counterparty="Acorn Trading Ltd",
            counterparty_account="GB33BUKB20201555555555",
            text="first part second part INV-2026-1 INV-2026-2 RF18539007547034 less discount",
            structured_references=("INV-2026-1", "INV-2026-2", "RF18539007547034", "E2E-5"),
            is_reversal=False,
            code="PMNT-RCDT-ESCT",
        ),
    )
    assert (statement.format, statement.account) == ("camt.053", "DE89370400440532013000")
    assert (statement.currency, statement.statement_id) == ("EUR", "STMT-7")
    assert (statement.from_date, statement.to_date) == (date(2026, 3, 1), date(2026, 3, 2))
    assert (statement.opening_minor, statement.closing_minor) == (5000, 15000)
    assert statement.proof == "proved"


@pytest.mark.parametrize(
    "namespace", ["", "urn:iso:std:iso:20022:tech:xsd:camt.053.001.13", "urn:of:some:bank"]
)
def test_the_namespace_does_not_matter(namespace: str) -> None:
    assert only(camt(camt_entry(), namespace=namespace)).proof == "proved"


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (("BkToCstmrAcctRpt", "Rpt"), "camt.052"),
        (("BkToCstmrStmt", "Stmt"), "camt.053"),
        (("BkToCstmrDbtCdtNtfctn", "Ntfctn"), "camt.054"),
    ],
)
def test_the_three_messages_are_told_apart(tags: tuple[str, str], expected: str) -> None:
    assert only(camt(camt_entry(), tags=tags)).format == expected


def test_a_debit_names_the_payee_and_is_negative() -> None:
    inside = (
        "<TxDtls><RltdPties><Dbtr><Nm>Ourselves</Nm></Dbtr><Cdtr><Nm>Supplier</Nm></Cdtr>"
        "<CdtrAcct><Id><Othr><Id>12-34</Id></Othr></Id></CdtrAcct></RltdPties></TxDtls>"
    )
    line = only_line(camt(camt_entry("20", "DBIT", inside=inside), closing="30.00"))
    assert (line.minor, line.counterparty, line.counterparty_account) == (
        -2000,
        "Supplier",
        "12-34",
    )


def test_a_reversal_keeps_its_direction_and_the_original_roles() -> None:
    inside = (
        "<TxDtls><RltdPties><Dbtr><Nm>Customer</Nm></Dbtr><Cdtr><Nm>Ourselves</Nm></Cdtr></RltdPties>"
        "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>"
    )
    for before in ("<RvslInd>true</RvslInd>", ""):
        entry = camt_entry("20", "DBIT", inside=inside, before=before)
        line = only_line(camt(entry, closing="30.00"))
        assert (line.minor, line.is_reversal, line.counterparty) == (-2000, True, "Customer")


def test_a_batch_becomes_one_line_per_payment() -> None:
    inside = payment("60.00", number=1) + payment("40.00", number=2)
    statement = only(camt(camt_entry(inside=inside)))
    assert [(line.minor, line.text, line.counterparty) for line in statement.lines] == [
        (6000, "INV-1", "Payer 1"),
        (4000, "INV-2", "Payer 2"),
    ]
    assert [line.reference for line in statement.lines] == ["E2E-1", "E2E-2"]
    assert [line.line_no for line in statement.lines] == [1, 2]


def test_a_payment_against_the_direction_of_its_batch_counts_against_it() -> None:
    inside = payment("130.00", number=1) + payment("30.00", "DBIT", number=2)
    assert [line.minor for line in only(camt(camt_entry(inside=inside))).lines] == [13000, -3000]


@pytest.mark.parametrize(
    "inside",
    [
        payment("60.00") + payment("39.99"),
        payment("60.00") + payment("40.00") + payment("0.01"),
        payment("99.99"),
    ],
)
def test_a_batch_that_does_not_add_up_is_refused(inside: str) -> None:
    error = refused(camt(camt_entry(inside=inside)), "statement_unproved")
    assert error.place.field == "TxDtls/Amt"
    assert error.place.line == 5


def test_payments_without_comparable_amounts_stay_one_line() -> None:
    foreign = payment("70.00", number=1, currency="USD") + payment(
        "45.00", number=2, currency="USD"
    )
    line = only_line(camt(camt_entry(inside=foreign)))
    assert (line.minor, line.text, line.counterparty) == (10000, "INV-1 INV-2", "")
    assert line.structured_references == ("E2E-1", "E2E-2")
    assert line.reference == "BANK-1"


def test_charges_taken_by_the_bank_are_a_line_of_their_own() -> None:
    charges = '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">5.00</TtlChrgsAndTaxAmt></Chrgs>'
    inside = payment("105.00")
    statement = only(camt(camt_entry(inside=inside, before=charges)))
    assert [(line.minor, line.code) for line in statement.lines] == [
        (10500, "PMNT-RCDT-ESCT"),
        (-500, "CHRG"),
    ]


@pytest.mark.parametrize(
    "status", ["<Sts>PDNG</Sts>", "<Sts><Cd>PDNG</Cd></Sts>", "<Sts><Cd>INFO</Cd></Sts>"]
)
def test_entries_not_booked_are_no_lines(status: str) -> None:
    statement = only(camt(camt_entry("77.77", status=status), camt_entry()))
    assert [line.minor for line in statement.lines] == [10000]


def test_dates_may_be_times_and_may_be_missing() -> None:
    late = camt_entry(dates="<BookgDt><DtTm>2026-03-02T23:59:00-05:00</DtTm></BookgDt>")
    assert only_line(camt(late)).booked_on == date(2026, 3, 2)
    assert only_line(camt(late)).value_on is None
    undated = camt_entry(dates="")
    assert only_line(camt(undated)).booked_on == date(2026, 3, 4)  # when the file was made
    value_only = camt_entry(dates="<ValDt><Dt>2026-03-03</Dt></ValDt>")
    assert only_line(camt(value_only)).booked_on == date(2026, 3, 3)


def test_a_wrong_closing_balance_is_refused() -> None:
    error = refused(camt(camt_entry(), closing="150.01"), "statement_unproved")
    assert "50.00 and movements 100.00 make 150.00 EUR, but the closing balance says 150.01" in str(
        error
    )


def test_without_closing_balance_nothing_is_proved() -> None:
    statement = only(camt(camt_entry(), closing=None))
    assert (statement.opening_minor, statement.closing_minor) == (5000, None)
    assert statement.proof == "no_balances"


def test_balances_in_a_reporting_currency_are_left_out() -> None:
    foreign = camt_balance("OPBD", "60.00", "2026-03-01", currency="USD")
    statement = only(camt(camt_entry(), opening=foreign + OPENING))
    assert (statement.opening_minor, statement.proof) == (5000, "proved")


def test_the_previous_closing_balance_opens_and_pages_chain_by_interim_balances() -> None:
    previous = camt_balance("PRCD", "50.00", "2026-02-28")
    assert only(camt(camt_entry(), opening=previous)).opening_minor == 5000
    interim = camt_balance("ITBD", "50.00", "2026-03-02")
    assert only(camt(camt_entry(), opening=interim)).proof == "proved"


def test_an_overdrawn_balance_is_negative() -> None:
    overdrawn = camt_balance("OPBD", "50.00", "2026-03-01", sign="DBIT")
    assert only(camt(camt_entry(), opening=overdrawn, closing="50.00")).opening_minor == -5000


def test_an_intraday_report_that_lists_only_news_is_not_refused() -> None:
    report = camt(camt_entry(), closing="999.00", tags=("BkToCstmrAcctRpt", "Rpt"))
    assert only(report).proof == "no_balances"


def test_a_stated_count_of_entries_must_fit() -> None:
    summary = "<TxsSummry><TtlNtries><NbOfNtries>{}</NbOfNtries></TtlNtries></TxsSummry>"
    notification = ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    good = camt(
        camt_entry(), closing=None, opening="", summary=summary.format(1), tags=notification
    )
    assert len(only(good).lines) == 1
    error = refused(good.replace(summary.format(1), summary.format(2)), "statement_unproved")
    assert error.place.field == "NbOfNtries"


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("8.850", "EUR", 885),
        ("5442.09000", "EUR", 544209),
        ("1500", "JPY", 1500),
        ("1.234", "KWD", 1234),
    ],
)
def test_decimals_are_exact_in_every_currency(amount: str, currency: str, minor: int) -> None:
    account = f"<Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>{currency}</Ccy>"
    entry = camt_entry(amount, currency=currency)
    assert only_line(camt(entry, account=account, opening="", closing=None)).minor == minor


@pytest.mark.parametrize("amount", ["8.855", "-5.00", "1e3", "NaN", "1,00", "", "٣", "9" * 30])
def test_amounts_that_are_none_are_refused(amount: str) -> None:
    error = refused(
        camt(camt_entry(amount), closing=None),
        "statement_amount_unreadable" if amount else "statement_amount_missing",
    )
    assert error.place.field == "Amt"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<Ccy>EUR</Ccy>", "<Ccy>USD</Ccy>", "statement_currency_mixed"),
        (
            "<Dt>2026-03-02</Dt></BookgDt>",
            "<Dt>2026-02-30</Dt></BookgDt>",
            "statement_date_unreadable",
        ),
        (
            "<CdtDbtInd>CRDT</CdtDbtInd><Sts>",
            "<CdtDbtInd>UP</CdtDbtInd><Sts>",
            "statement_unreadable",
        ),
        ('<Ntry><Amt Ccy="EUR">', "<Ntry><Amt>", "statement_currency_missing"),
        ("</Ntry>", "</Ntri>", "statement_unreadable"),
    ],
)
def test_broken_parts_are_named(old: str, new: str, code: str) -> None:
    good = camt(camt_entry())
    assert old in good
    assert refused(good.replace(old, new), code).place.line is not None


def test_a_file_cut_off_anywhere_is_refused() -> None:
    good = camt(camt_entry(inside=FULL_PAYMENT))
    for end in range(60, len(good) - 3, 97):
        refused(good[:end], "statement_unreadable")


def test_two_statements_stay_two_and_number_on() -> None:
    one = camt(camt_entry())
    inner = one[one.index("<Stmt>") : one.index("</BkToCstmrStmt>")]
    first, second = read(
        one.replace(inner, inner + inner.replace("STMT-7", "STMT-8")).encode(), "f"
    )
    assert (first.statement_id, second.statement_id) == ("STMT-7", "STMT-8")
    assert (first.lines[0].line_no, second.lines[0].line_no) == (1, 2)


DOCTYPES = [
    '<!DOCTYPE Document [<!ENTITY a "x">]>',
    '<!DOCTYPE Document SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>',
    "<!DOCTYPE Document>",
]


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-7", "cp037"])
def test_a_doctype_is_refused_in_any_encoding(doctype: str, encoding: str) -> None:
    prolog = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}'
    data = camt(camt_entry(inside=FULL_PAYMENT), prolog=prolog).encode(encoding)
    if encoding == "cp037":  # not recognised as XML at all
        refused(data, "statement_unreadable")
    elif encoding == "utf-7":  # its declaration lies about the bytes
        refused(data.replace(b"+ADwAIQ-", b"<!"), "statement_entities_forbidden")
    else:
        refused(data, "statement_entities_forbidden")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_declared_encodings_are_followed(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    inside = payment("100.00").replace("Payer 1", "Müller & Söhne".replace("&", "&amp;"))
    data = camt(
        camt_entry(inside=inside), prolog=f'<?xml version="1.0" encoding="{declared}"?>'
    ).encode(encoding)
    assert only_line(data).counterparty == "Müller & Söhne"


def test_a_false_declaration_falls_back_to_windows_1252() -> None:
    inside = payment("100.00").replace("Payer 1", "Müller")
    assert only_line(camt(camt_entry(inside=inside)).encode("cp1252")).counterparty == "Müller"


@pytest.mark.parametrize(
    "xml",
    [
        "<html><body>Session expired</body></html>",
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn/></Document>',
    ],
)
def test_other_xml_is_refused_as_such(xml: str) -> None:
    assert "no camt message" in str(refused(xml, "statement_unreadable"))


def test_a_camt_file_without_statements_is_empty() -> None:
    refused("<Document><BkToCstmrStmt><GrpHdr/></BkToCstmrStmt></Document>", "statement_empty")
