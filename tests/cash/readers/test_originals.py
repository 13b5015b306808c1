"""What was paid in another currency: the amount, and the bank's rate however it is written."""

# ruff: noqa: E501 - tables of cases and samples of files keep a case to a line
from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash.readers import Line, read
from creditdesk.cash.readers.originals import NONE, Original, Quoted, original, other_minor
from creditdesk.kernel.money import MINOR_MAX, convert
from tests.cash.readers.samples import (
    camt,
    camt_entry,
    coda,
    coda_movement,
    mt940,
    only,
    only_line,
)
from tests.cash.readers.test_corpus import BANK


def said(line: Line) -> tuple[str, int | None, Decimal | None]:
    return line.original_currency, line.original_minor, line.exchange_rate


@pytest.mark.parametrize(
    ("rate", "kept"),
    [
        ("0.92530", "0.9253"),
        ("1.08073", "0.925300491335"),
        ("92.530", "0.9253"),
        ("108.073", "0.925300491335"),
        ("0,92530", "0.9253"),
        ("1.5", None),
        ("0", None),
        ("", None),
        ("-1", None),
        ("1e3", None),
        ("NaN", None),
        ("1.0.8", None),
        ("9" * 40, None),
        ("٣", None),
    ],
)
def test_the_amounts_say_which_way_round_a_rate_is_meant(rate: str, kept: str | None) -> None:
    found = original(
        92_530, "CHF", other_minor=100_000, other_currency="USD", quoted=Quoted(rate=rate)
    )
    assert found == Original("USD", 100_000, Decimal(kept) if kept else None)


@pytest.mark.parametrize(
    ("quoted", "expected"),
    [
        (Quoted(rate="0.8", source="USD", target="EUR"), Original("USD", None, Decimal("0.8"))),
        (Quoted(rate="1.25", source="USD", target="EUR", unit="EUR"), Original("USD", None, Decimal("0.8"))),
        (Quoted(rate="1.25", source="EUR", target="USD"), Original("USD", None, Decimal("0.8"))),
        (Quoted(rate="1.25", source="EUR", target="EUR"), NONE),
        (Quoted(rate="1.25", source="USD"), NONE),
        (Quoted(rate="1.25"), NONE),
        (None, NONE),
    ],
)  # fmt: skip
def test_without_an_amount_the_currencies_say_it(quoted: Quoted | None, expected: Original) -> None:
    assert original(80_000, "EUR", quoted=quoted) == expected


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [("4.1", "USD", 410), ("1000", "JPY", 1000), ("4.10", "JPY", None), ("0", "USD", None), ("-4", "USD", None),
     ("", "USD", None), ("4", "usd", None), ("4.123", "KWD", 4123), ("9" * 30, "USD", None)],
)  # fmt: skip
def test_an_amount_that_is_none_says_nothing(
    text: str, currency: str, expected: int | None
) -> None:
    assert other_minor(text, currency) == expected


rates = st.decimals("0.0002", "5000", places=6)


@given(st.integers(10_000, 10**12), rates, st.sampled_from(["as it is", "inverse"]))
def test_a_rate_is_found_again_from_either_way_round(minor: int, rate: Decimal, way: str) -> None:
    """What the bank exchanged and quoted to twelve digits comes back as what one unit is worth."""
    own = convert(minor, source="USD", target="EUR", rate=rate)
    if own < 10_000:
        return
    told = rate if way == "as it is" else 1 / rate
    found = original(
        own, "EUR", other_minor=minor, other_currency="USD", quoted=Quoted(rate=f"{told:.12f}"[:24])
    )
    assert (found.currency, found.minor) == ("USD", minor)
    assert found.rate is not None
    assert abs(found.rate - rate) <= rate * Decimal("0.000001")


texts = st.one_of(
    st.text(max_size=30), st.from_regex(r"[0-9.,]{1,30}", fullmatch=True), rates.map(str)
)


@given(st.integers(-MINOR_MAX, MINOR_MAX), texts, texts, st.sampled_from(["", "USD", "JPY", "EUR", "usd", "\0\0\0"]))  # fmt: skip
def test_whatever_a_file_says_is_a_rate_that_can_be_kept_or_none(
    minor: int, rate: str, amount: str, currency: str
) -> None:
    found = original(
        minor, "EUR", other_minor=other_minor(amount, currency), other_currency=currency,
        quoted=Quoted(rate=rate, source=currency, target="EUR", unit=currency),
    )  # fmt: skip
    assert found.rate is None or (0 < found.rate < Decimal(10) ** 12)
    assert found.minor is None or 0 < found.minor <= MINOR_MAX
    assert bool(found.currency) == (found.minor is not None or found.rate is not None)


EXCHANGED = """<AmtDtls><InstdAmt><Amt Ccy="USD">{usd}</Amt></InstdAmt>
<TxAmt><Amt Ccy="EUR">{eur}</Amt></TxAmt><CntrValAmt><Amt Ccy="EUR">{eur}</Amt>
<CcyXchg><SrcCcy>USD</SrcCcy><TrgtCcy>EUR</TrgtCcy>{unit}<XchgRate>{rate}</XchgRate></CcyXchg>
</CntrValAmt></AmtDtls>"""


def detail(inside: str) -> str:
    return f"<TxDtls><Refs><EndToEndId>E2E</EndToEndId></Refs>{inside}</TxDtls>"


def exchange_of(source: str, target: str, rate: str) -> str:
    return (
        '<AmtDtls><TxAmt><Amt Ccy="EUR">100.00</Amt><CcyXchg>'
        f"<SrcCcy>{source}</SrcCcy><TrgtCcy>{target}</TrgtCcy>{rate}</CcyXchg></TxAmt></AmtDtls>"
    )


@pytest.mark.parametrize("tags", [("BkToCstmrStmt", "Stmt"), ("BkToCstmrAcctRpt", "Rpt"), ("BkToCstmrDbtCdtNtfctn", "Ntfctn")])  # fmt: skip
def test_camt_says_what_was_instructed_and_at_which_rate(tags: tuple[str, str]) -> None:
    inside = detail(EXCHANGED.format(usd="125.00", eur="100.00", unit="", rate="0.8"))
    [line] = only(camt(camt_entry(inside=inside), tags=tags)).lines
    assert (line.minor, *said(line)) == (10_000, "USD", 12_500, Decimal("0.8"))
    other_way = inside.replace("0.8<", "1.25<")
    [line] = only(camt(camt_entry(inside=other_way), tags=tags)).lines
    assert said(line) == ("USD", 12_500, Decimal("0.8"))


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ('<AmtDtls><InstdAmt><Amt Ccy="EUR">100.00</Amt></InstdAmt></AmtDtls>', ("", None, None)),
        ('<AmtDtls><TxAmt><Amt Ccy="JPY">16000</Amt></TxAmt></AmtDtls>', ("JPY", 16_000, None)),
        ('<AmtDtls><InstdAmt><Amt Ccy="GBP">nonsense</Amt></InstdAmt></AmtDtls>', ("", None, None)),
        (exchange_of("GBP", "EUR", "<UnitCcy>GBP</UnitCcy><XchgRate>1.16</XchgRate>"),
         ("GBP", None, Decimal("1.16"))),
        (exchange_of("GBP", "USD", "<XchgRate>1.3</XchgRate>"), ("", None, None)),
    ],
)  # fmt: skip
def test_camt_that_says_less_is_taken_for_what_it_says(
    inside: str, expected: tuple[str, int | None, Decimal | None]
) -> None:
    assert said(only_line(camt(camt_entry(inside=detail(inside))))) == expected


def test_a_batch_says_it_payment_by_payment_and_an_entry_for_its_only_one() -> None:
    parts = [
        detail('<Amt Ccy="EUR">60.00</Amt>' + EXCHANGED.format(usd="75.00", eur="60.00", unit="", rate="0.8")),
        detail('<Amt Ccy="EUR">40.00</Amt>'),
    ]  # fmt: skip
    one, other = only(camt(camt_entry(inside="".join(parts)))).lines
    assert (said(one), said(other)) == (("USD", 7_500, Decimal("0.8")), ("", None, None))
    above = EXCHANGED.format(usd="125.00", eur="100.00", unit="", rate="0.8")
    assert said(only_line(camt(camt_entry(before=above)))) == ("USD", 12_500, Decimal("0.8"))
    unknown = camt_entry(before=above, inside=detail("") + detail(""))
    assert said(only_line(camt(unknown))) == ("", None, None)


@pytest.mark.parametrize(
    ("movement", "expected"),
    [
        (":61:2603020302C100,00NTRFNONREF//B1\n/OCMT/USD125,00//EXCH/0,8/\n:86:INV-1", ("USD", 12_500, Decimal("0.8"))),
        (":61:2603020302C100,00NTRFNONREF//B1\n/OCMT/USD125,00/EXCH/1,25/\n:86:INV-1", ("USD", 12_500, Decimal("0.8"))),
        (":61:2603020302C100,00NTRFNONREF//B1\n:86:/OCMT/USD125,00/EXCH/1,25/REMI/INV-1/", ("USD", 12_500, Decimal("0.8"))),
        (":61:2603020302C100,00NTRFNONREF//B1\n/OCMT/USD125.00/\n:86:INV-1", ("USD", 12_500, None)),
        (":61:2603020302C100,00NTRFNONREF//B1\n:86:166?00GUTSCHRIFT?20EREF+X?21OAMT+USD125,00?22SVWZ+INV-1", ("USD", 12_500, None)),
        (":61:2603020302C100,00NTRFNONREF//B1\n/OCMT/EUR104,50//CHGS/EUR4,50/\n:86:INV-1", ("", None, None)),
        (":61:2603020302C100,00NTRFNONREF//B1\n/EXCH/0,8/\n:86:INV-1", ("", None, None)),
        (":61:2603020302C100,00NTRFNONREF//B1\n:86:INV-1", ("", None, None)),
    ],
)  # fmt: skip
def test_mt940_says_it_in_swifts_code_words(
    movement: str, expected: tuple[str, int | None, Decimal | None]
) -> None:
    line = only_line(mt940(movement))
    assert (line.minor, said(line)) == (10_000, expected)
    assert "INV-1" in line.text


@pytest.mark.needs("shared-data")
@pytest.mark.parametrize("version", ["v4", "v6"])
def test_what_the_banks_own_samples_say(version: str) -> None:
    """Their entry only waits, in a currency that is not the account's: booked as its details say."""
    text = (BANK / f"camt/samples/camt052.{version}.xml").read_text()
    booked = re.sub(
        r'<Amt Ccy="SEK">200000</Amt>\s*<CdtDbtInd>DBIT', '<Amt Ccy="CHF">3.79</Amt><CdtDbtInd>CRDT', text
    ).replace("<Sts>PDNG</Sts>", "<Sts>BOOK</Sts>")  # fmt: skip
    [line] = [line for one in read(booked.encode(), "sample.xml") for line in one.lines]
    assert (line.minor, line.currency) == (379, "CHF")
    assert said(line) == ("USD", 410, Decimal("0.9253030601"))


OFX_EXCHANGED = """OFXHEADER:100
<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR
<BANKACCTFROM><ACCTID>1</BANKACCTFROM><BANKTRANLIST>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260302<TRNAMT>90.00<FITID>F1<NAME>Acorn
<ORIGCURRENCY><CURRATE>{rate}<CURSYM>{currency}</ORIGCURRENCY></STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


@pytest.mark.parametrize(
    ("rate", "currency", "found"),
    [
        ("0.9", "USD", ("USD", None, Decimal("0.9"))),
        ("0.9", "EUR", ("", None, None)),
        ("0.9", "XYZ", ("", None, None)),
        ("nought", "USD", ("", None, None)),
        ("0", "USD", ("", None, None)),
    ],
)
def test_ofx_says_currency_and_rate(
    rate: str, currency: str, found: tuple[str, int | None, Decimal | None]
) -> None:
    line = only_line(OFX_EXCHANGED.format(rate=rate, currency=currency))
    assert line.minor == 9_000
    assert (line.original_currency, line.original_minor, line.exchange_rate) == found


def exchanged_coda(gross: str, amount: str, rate: str, currency: str) -> str:
    said = f"1105{gross:0>15}{amount:0>15}{rate:0>12}{currency}107740316209"
    return coda(coda_movement("0001", "100000", said=said))


@pytest.mark.parametrize(
    ("amount", "rate", "currency", "found"),
    [
        ("110000", "000110000000", "USD", ("USD", 11_000, Decimal(1) / Decimal("1.1"))),
        ("110000", "000090909091", "USD", ("USD", 11_000, Decimal("0.90909091"))),
        ("110000", "000000000000", "USD", ("USD", 11_000, None)),
        ("", "000110000000", "USD", ("", None, None)),
        ("110000", "000110000000", "EUR", ("", None, None)),
        ("110000", "000110000000", "", ("", None, None)),
    ],
)
def test_coda_says_it_in_its_structured_communication(
    amount: str, rate: str, currency: str, found: tuple[str, int | None, Decimal | None]
) -> None:
    line = only_line(exchanged_coda("100000", amount, rate, currency or "   "))
    assert (line.minor, line.original_currency, line.original_minor) == (10_000, *found[:2])
    kept = found[2] and found[2].quantize(Decimal(1).scaleb(-12))
    assert line.exchange_rate == kept
    assert line.structured_references == ("107740316209",)


CSV_EXCHANGED = """Date,Amount,Currency,Original amount,Original currency,Exchange rate
2026-03-02,90.00,EUR,{amount},{currency},{rate}
2026-03-03,5.10,EUR,,,
"""


@pytest.mark.parametrize(
    ("amount", "currency", "rate", "found"),
    [
        ("100.00", "USD", "0.9", ("USD", 10_000, Decimal("0.9"))),
        ("100.00", "USD", "1.111111111111", ("USD", 10_000, Decimal("0.900000000000"))),
        ("100.00", "USD", "", ("USD", 10_000, None)),
        ("100.00", "", "0.9", ("", None, None)),
        ("a lot", "USD", "0.9", ("", None, None)),
        ("100.00", "USD", "a lot", ("USD", 10_000, None)),
        ("100.00", "USD", "77", ("USD", 10_000, None)),
    ],
)
def test_a_table_says_it_in_columns_of_its_own(
    amount: str, currency: str, rate: str, found: tuple[str, int | None, Decimal | None]
) -> None:
    text = CSV_EXCHANGED.format(amount=amount, currency=currency, rate=rate)
    first, second = only(text).lines
    assert (first.minor, second.minor) == (9_000, 510)
    assert (first.original_currency, first.original_minor) == found[:2]
    if found[2] is None:
        assert first.exchange_rate is None
    else:
        assert first.exchange_rate is not None
        assert abs(first.exchange_rate - found[2]) < Decimal("0.000000000002")
    assert (second.original_currency, second.original_minor, second.exchange_rate) == (
        "",
        None,
        None,
    )
