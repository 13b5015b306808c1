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


def coda_record(start: str, *places: tuple[int, str]) -> str:
    """Return a record of 128 characters: its start, and texts at positions counted from 0."""
    record = list(start.ljust(128))
    for at, text in places:
        record[at : at + len(text)] = text
    return "".join(record)


def coda_movement(
    sequence: str, amount: str, *, said: str = "0", detail: str = "0000", code: str = "00150000",
    sign: str = "0", value: str = "040326", more: tuple[tuple[int, str], ...] = (),
    third: tuple[tuple[int, str], ...] | None = None,
) -> str:  # fmt: skip
    """Return the records of one movement; `amount` in thousandths, `said` from the type on."""
    first = coda_record(
        f"21{sequence}{detail}", (10, f"BANK-{sequence}"), (31, sign + amount.zfill(15)),
        (47, value), (53, code), (61, said[:54]), (115, "030326"), (121, "042"), (125, "1"),
    )  # fmt: skip
    second = coda_record(
        f"22{sequence}{detail}", (10, said[54:107]), (125, "1" if third else "0"), *more
    )
    records = [first, second]
    if third is not None:
        records.append(coda_record(f"23{sequence}{detail}", *third))
    return "\n".join(records)


def coda(*movements: str, opening: str = "0500000", closing: str = "0600000", debit: str = "0",
         credit: str = "100000", records: int | None = None) -> str:  # fmt: skip
    """Return a statement of an account in EUR; balances are a sign and thousandths."""
    place = (5, "BE68539007547034".ljust(34) + "EUR")
    inside = [
        coda_record("12042", place, (42, opening[0] + opening[1:].zfill(15)), (58, "020326"),
                    (64, "Own Company"), (125, "001")),
        *movements,
        coda_record("8042", (4, place[1]), (41, closing[0] + closing[1:].zfill(15)), (57, "030326")),
    ]  # fmt: skip
    count = sum(len(each.split("\n")) for each in inside) if records is None else records
    return "\n".join([
        coda_record("0000003032653905", (24, "00000042"), (34, "Own Company"), (60, "BBRUBEBB"),
                    (71, "00123456789"), (127, "2")),
        *inside,
        coda_record("9", (16, f"{count:06}"), (22, debit.zfill(15)), (37, credit.zfill(15)),
                    (127, "2")),
        "",
    ])  # fmt: skip


CODA = coda(
    coda_movement(
        "0001",
        "100000",
        said="1101107740316209",
        more=((63, "E2E-7"),),
        third=((10, "BE62510007547061"), (44, "EUR"), (47, "Acorn & Sons")),
    )
)
