"""Small statements of our own making, one per format, to be varied by the tests."""

# ruff: noqa: E501 - tables of cases and samples of files keep a case to a line
from __future__ import annotations

import pytest

from creditdesk.cash.readers import Line, Statement, read
from creditdesk.kernel.errors import Invalid


def only(data: str | bytes, **mapping: str) -> Statement:
    """Read a file that holds one statement."""
    raw = data.encode() if isinstance(data, str) else data
    (statement,) = read(raw, "statement.txt", csv_mapping=mapping or None)
    return statement


def only_line(data: str | bytes, **mapping: str) -> Line:
    """Read a file that holds one statement with one line."""
    (line,) = only(data, **mapping).lines
    return line


def refused(data: str | bytes, code: str, **mapping: str) -> Invalid:
    """Read a file that must be refused with the code, naming the file and a mend."""
    raw = data.encode() if isinstance(data, str) else data
    with pytest.raises(Invalid) as caught:
        read(raw, "statement.txt", csv_mapping=mapping or None)
    assert caught.value.code == code, str(caught.value)
    assert caught.value.place.file == "statement.txt"
    assert caught.value.mend
    return caught.value


def camt_entry(
    amount: str = "100.00",
    direction: str = "CRDT",
    *,
    currency: str = "EUR",
    status: str = "<Sts><Cd>BOOK</Cd></Sts>",
    dates: str = "<BookgDt><Dt>2026-03-02</Dt></BookgDt><ValDt><Dt>2026-03-03</Dt></ValDt>",
    inside: str = "",
    before: str = "",
) -> str:
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>{before}'
        f"{status}{dates}<AcctSvcrRef>BANK-1</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls>{inside}</NtryDtls></Ntry>"
    )


def camt_balance(
    kind: str, amount: str, day: str, *, currency: str = "EUR", sign: str = "CRDT"
) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


OPENING = camt_balance("OPBD", "50.00", "2026-03-01")


def camt(
    *entries: str,
    closing: str | None = "150.00",
    opening: str = OPENING,
    summary: str = "",
    account: str = "<Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy>",
    namespace: str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08",
    tags: tuple[str, str] = ("BkToCstmrStmt", "Stmt"),
    prolog: str = '<?xml version="1.0" encoding="UTF-8"?>\n',
) -> str:
    outer, inner = tags
    end = camt_balance("CLBD", closing, "2026-03-02") if closing else ""
    return (
        f'{prolog}<Document xmlns="{namespace}">\n<{outer}><GrpHdr><MsgId>M1</MsgId></GrpHdr>\n'
        f"<{inner}><Id>STMT-7</Id><CreDtTm>2026-03-04T07:00:00+01:00</CreDtTm>"
        f"<Acct>{account}</Acct>{opening}{end}{summary}\n"
        + "\n".join(entries)
        + f"\n</{inner}></{outer}></Document>"
    )


def payment(
    amount: str | None = None, direction: str = "", *, number: int = 1, currency: str = "EUR"
) -> str:
    money = f'<Amt Ccy="{currency}">{amount}</Amt>' if amount else ""
    side = f"<CdtDbtInd>{direction}</CdtDbtInd>" if direction else ""
    return (
        f"<TxDtls><Refs><EndToEndId>E2E-{number}</EndToEndId></Refs>{money}{side}"
        f"<RltdPties><Dbtr><Nm>Payer {number}</Nm></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>INV-{number}</Ustrd></RmtInf></TxDtls>"
    )


def mt940(
    *movements: str, opening: str = "C260301EUR50,00", closing: str = "C260302EUR150,00"
) -> str:
    body = "\n".join(movements)
    return (
        ":20:START\n:25:DE89370400440532013000\n:28C:12/1\n"
        f":60F:{opening}\n{body}\n:62F:{closing}\n-\n"
    )


BAI2 = """01,BANK,US,260303,0800,7,,,2/
02,US,BANK,1,260302,,USD,2/
03,0123456789,USD,010,5000,,,015,15000,,/
88,100,10000,1,V,260303,/
16,165,10000,V,260304,,BREF77,INV-9/
88,ORIG CO NAME:ACME CORP ORIG ID:123
88,PAYMENT OF INVOICE 9
49,40000,6/
98,40000,1,8/
99,40000,1,10/
"""

OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS></SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD
<BANKACCTFROM><BANKID>1<ACCTID>0042</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260302
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260302120000[-5:EST]<DTAVAIL>20260303
<TRNAMT>1,234.50<FITID>F1<CHECKNUM>000815<NAME>ACME &amp; Sons<MEMO>Invoice   9
<BANKACCTTO><BANKID>2<ACCTID>777</BANKACCTTO></STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260302<TRNAMT>-3.20<FITID>F2<MEMO></STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>1231.30<DTASOF>20260302</LEDGERBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""

CSV = """Buchungstag;Wertstellung;Buchungstext;Auftraggeber/Empfänger;IBAN;Verwendungszweck;Betrag;Währung;Saldo
02.03.2026;03.03.2026;GUTSCHRIFT;Müller GmbH;DE02 1203 0000 0000 2020 51;"RE 100; Teil 1";1.234,50;EUR;2.234,50
03.03.2026;;LASTSCHRIFT;Bank;;Gebühr;-34,50;EUR;2.200,00
"""
