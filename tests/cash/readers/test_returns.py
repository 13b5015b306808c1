"""Returns as banks write them, format by format: recognised, with why."""

from __future__ import annotations

import pytest

from creditdesk.cash.readers import read
from creditdesk.cash.readers.statement import reason_in, says_returned

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>M</MsgId><CreDtTm>2026-03-13T09:00:00</CreDtTm></GrpHdr>
<Stmt><Id>S</Id><CreDtTm>2026-03-13T09:00:00</CreDtTm>
<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">500.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-12</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">400.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-13</Dt></Dt></Bal>
<Ntry><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-03-13</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>E2E-1</EndToEndId></Refs>
<Amt Ccy="EUR">100.00</Amt><RtrInf>{why}</RtrInf></TxDtls></NtryDtls></Ntry></Stmt>
</BkToCstmrStmt></Document>"""
MT940 = """:20:A
:25:12030000/202051
:28C:1/1
:60F:C260312EUR500,00
:61:2603130313D100,00NMSCE2E-1
:86:{details}
:62F:C260313EUR400,00
"""
BAI = """01,A,B,260313,0900,1,,,2/
02,B,A,1,260313,,USD,2/
03,123,USD,010,50000,,,015,40000,,/
16,{code},10000,0,BR1,CR1,RETURNED ITEM R01 INSUFFICIENT FUNDS
49,100000,3/
98,100000,1,5/
99,100000,1,7/
"""
CSV = (
    "Account;Booking date;Amount;Currency;Text\n"
    "DE02120300000000202051;13.03.2026;{amount};EUR;{text}\n"
)


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        ("<Rsn><Cd>MD06</Cd></Rsn>", "MD06"),
        ("<Rsn><Prtry>913</Prtry></Rsn>", "913"),
        ("<AddtlInf>none</AddtlInf>", ""),
    ],
)
def test_camt_says_why_in_a_field_of_its_own(why: str, reason: str) -> None:
    [line] = read(CAMT.format(why=why).encode(), "a.xml")[0].lines
    assert (line.minor, line.is_reversal, line.return_reason) == (-10_000, True, reason)
    assert line.structured_references == ("E2E-1",)


@pytest.mark.parametrize(
    ("details", "is_returned", "reason"),
    [
        ("109?00RETOURE?20EREF+E2E-1?21SVWZ+RETURN/REFUND AC04", True, "AC04"),
        ("999?00X?20SVWZ+RUECKLASTSCHRIFT AM04", True, "AM04"),
        ("/RTRN/AC01/EREF/E2E-1/", True, "AC01"),
        ("Retoure MS03 Nordwind", True, "MS03"),
        ("Miete an Retouren GmbH", False, ""),
    ],
)
def test_mt940_says_it_by_code_or_in_words(details: str, *, is_returned: bool, reason: str) -> None:
    [line] = read(MT940.format(details=details).encode(), "a.sta")[0].lines
    assert (line.minor, line.is_reversal, line.return_reason) == (-10_000, is_returned, reason)


@pytest.mark.parametrize(
    ("code", "is_returned", "reason"), [("555", True, "R01"), ("475", False, "")]
)
def test_bai2_says_it_by_its_code(code: str, *, is_returned: bool, reason: str) -> None:
    text = BAI.format(code=code)
    [line] = read(text.encode(), "a.bai")[0].lines
    assert (line.minor, line.is_reversal, line.return_reason) == (-10_000, is_returned, reason)


@pytest.mark.parametrize(
    ("amount", "text", "is_returned"),
    [
        ("-100,00", "Rücklastschrift SL01", True),
        ("-100,00", "Unpaid cheque 4711", True),
        ("100,00", "Retoure unserer Zahlung", False),
        ("-100,00", "Miete, Rücklastschrift folgt", False),
    ],
)
def test_a_table_says_it_in_the_words_of_a_debit(
    amount: str, text: str, *, is_returned: bool
) -> None:
    [line] = read(CSV.format(amount=amount, text=text).encode(), "a.csv")[0].lines
    assert line.is_reversal is is_returned


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SVWZ RETURN AM04 x", "AM04"),
        ("R01", "R01"),
        ("R85 end", "R85"),
        ("R99", ""),
        ("XAM04", ""),
        ("RR04", "RR04"),
        ("CAM0455", ""),
    ],
)
def test_codes_in_text(text: str, reason: str) -> None:
    assert reason_in(text) == reason


def test_only_the_beginning_says_it() -> None:
    assert says_returned("RETURNED ITEM 4")
    assert not says_returned("we expect a RETURNED ITEM")
