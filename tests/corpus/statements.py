"""Bank files whose XML attacks, whose sums are wrong, or whose records are missing."""

# ruff: noqa: E501 - samples keep a case to a line
from __future__ import annotations

from collections.abc import Callable

from tests.cash.readers.samples import BAI2, CODA, CSV, OFX, camt, camt_entry, mt940
from tests.corpus.samples import READ, Sample

ENTRY = camt_entry()
GOOD = camt(ENTRY)
PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'
FORBIDDEN = "statement_entities_forbidden"
UNREADABLE = "statement_unreadable"
UNPROVED = "statement_unproved"
AMOUNT = "statement_amount_unreadable"
DATE = "statement_date_unreadable"


def laughing(inner: str, *, expand: str = "&a9;") -> bytes:
    head = f"<!DOCTYPE Document [{inner}]>"
    return GOOD.replace(PROLOG, PROLOG + head).replace("BANK-1", expand).encode()


def laughs() -> bytes:
    lines = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return laughing("".join(lines))


def quadratic() -> bytes:
    return laughing(f'<!ENTITY a9 "{"x" * 50_000}">', expand="&a9;" * 5_000)


def deep(count: int = 100_000) -> bytes:
    return (PROLOG + "<Document>" + "<a>" * count + "</a>" * count + "</Document>").encode()


def attributes() -> bytes:
    many = " ".join(f'a{n}="x"' for n in range(100_000))
    return GOOD.replace("<Ntry>", f"<Ntry {many}>").encode()


def without(line: str) -> bytes:
    return "".join(
        row for row in MT940.splitlines(keepends=True) if not row.startswith(line)
    ).encode()


MT940 = mt940(":61:260302C100,00NTRFNONREF//B1", ":86:166?20SVWZ+INV 1?32Acorn")


def sample(
    name: str, attacks: str, data: str | Callable[[], bytes], code: str, filename: str
) -> Sample:
    """Return a bank file; whether other doors take it for a table is not its point."""
    build = data.encode if isinstance(data, str) else data
    return Sample(name, attacks, build, None, code, filename)


CAMT = [
    sample("camt", "nothing: the good one", GOOD, READ, "a.xml"),
    sample("laughs", "a thousand million laughs", laughs, FORBIDDEN, "a.xml"),
    sample("quadratic", "one long entity named 5,000 times", quadratic, FORBIDDEN, "a.xml"),
    sample("xxe", "an entity that is a file of ours", lambda: laughing('<!ENTITY a9 SYSTEM "file:///etc/passwd">'), FORBIDDEN, "a.xml"),
    sample("xxe_web", "an entity on the web", lambda: laughing('<!ENTITY a9 SYSTEM "http://127.0.0.1:9/x">'), FORBIDDEN, "a.xml"),
    sample("parameter_entity", "a parameter entity", lambda: laughing('<!ENTITY % p SYSTEM "file:///etc/passwd">%p;', expand=""), FORBIDDEN, "a.xml"),
    sample("external_dtd", "a document type on the web", GOOD.replace(PROLOG, PROLOG + '<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd">'), FORBIDDEN, "a.xml"),
    sample("laughs_utf16", "laughs hidden in UTF-16", lambda: laughs().decode().replace("UTF-8", "UTF-16").encode("utf-16"), FORBIDDEN, "a.xml"),
    sample("laughs_ebcdic", "laughs hidden in EBCDIC", lambda: laughs().decode().replace("UTF-8", "IBM037").encode("cp037"), UNREADABLE, "a.xml"),
    sample("laughs_utf7", "laughs hidden in UTF-7", lambda: laughs().decode().replace("UTF-8", "UTF-7").encode("utf-7"), FORBIDDEN, "a.xml"),
    sample("lower_doctype", "a document type in small letters", GOOD.replace(PROLOG, PROLOG + "<!doctype Document>"), UNREADABLE, "a.xml"),
    sample("xinclude", "an instruction to include a file", GOOD.replace("BANK-1", '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'), READ, "a.xml"),
    sample("stylesheet", "an instruction to run a style sheet", GOOD.replace(PROLOG, PROLOG + '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>'), READ, "a.xml"),
    sample("deep", "100,000 elements deep", deep, UNREADABLE, "a.xml"),
    sample("attributes", "100,000 attributes", attributes, READ, "a.xml"),
    sample("huge_attribute", "an attribute of 11 MB", lambda: GOOD.replace("<Ntry>", f'<Ntry a="{"x" * 11_000_000}">').encode(), UNREADABLE, "a.xml"),
    sample("huge_text", "a text of 11 MB", lambda: GOOD.replace("BANK-1", "x" * 11_000_000).encode(), UNREADABLE, "a.xml"),
    sample("charset", "a charset that does not exist", GOOD.replace("UTF-8", "X-NONE"), READ, "a.xml"),
    sample("wrong_charset", "said UTF-8, is Windows-1252", lambda: GOOD.replace("BANK-1", "Müller").encode("cp1252"), READ, "a.xml"),
    sample("latin9", "another European charset", lambda: GOOD.replace("UTF-8", "ISO-8859-15").replace("BANK-1", "5 €").encode("iso-8859-15"), READ, "a.xml"),
    sample("shift_jis", "a charset of elsewhere", lambda: GOOD.replace("UTF-8", "Shift_JIS").encode("shift_jis"), READ, "a.xml"),
    sample("no_namespace", "no namespace", GOOD.replace(' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"', ""), READ, "a.xml"),
    sample("wrong_namespace", "the namespace of a payment order", GOOD.replace("camt.053.001.08", "pain.001.001.03"), READ, "a.xml"),
    sample("pain", "a payment order", '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"><CstmrCdtTrfInitn/></Document>', UNREADABLE, "a.xml"),
    sample("html", "a page of the bank's site", "<!DOCTYPE html><html><body>Session expired</body></html>", FORBIDDEN, "a.xml"),
    sample("wrong_sum", "entries that do not make the balance", GOOD.replace("150.00", "151.00"), UNPROVED, "a.xml"),
    sample("missing_entry", "a balance whose entry is gone", camt(), UNPROVED, "a.xml"),
    sample("two_statements", "two statements of one account", GOOD.replace("</Stmt>", "</Stmt><Stmt>" + GOOD.partition("<Stmt>")[2].partition("</Stmt>")[0] + "</Stmt>"), READ, "a.xml"),
    sample("cut_off", "cut off in the middle", GOOD[: len(GOOD) // 2], UNREADABLE, "a.xml"),
    sample("two_roots", "two documents in one file", GOOD + GOOD, UNREADABLE, "a.xml"),
    sample("negative_amount", "an amount below nothing", camt(camt_entry("-100.00"), closing="-50.00"), AMOUNT, "a.xml"),
    sample("giant_amount", "an amount of 40 digits", camt(camt_entry("9" * 40), closing="9" * 40), AMOUNT, "a.xml"),
    sample("no_such_day", "30 February", camt(camt_entry(dates="<BookgDt><Dt>2026-02-30</Dt></BookgDt>")), DATE, "a.xml"),
    sample("nul_reference", "a zero character by number", GOOD.replace("BANK-1", "&#0;"), UNREADABLE, "a.xml"),
    sample("surrogate_reference", "half a character by number", GOOD.replace("BANK-1", "&#xD800;"), UNREADABLE, "a.xml"),
    sample("other_currency", "an entry in another currency", camt(camt_entry(currency="USD")), "statement_currency_mixed", "a.xml"),
    sample("no_currency", "a currency that does not exist", GOOD.replace("EUR", "E1!"), "statement_currency_missing", "a.xml"),
]  # fmt: skip

LINES = [
    sample("mt940", "nothing: the good one", MT940, READ, "a.sta"),
    sample("mt940_crlf", "Windows line ends", MT940.replace("\n", "\r\n"), READ, "a.sta"),
    sample("mt940_latin1", "umlauts of the last century", lambda: MT940.replace("Acorn", "Müller").encode("latin-1"), READ, "a.sta"),
    sample("mt940_no_end", "no closing balance", lambda: without(":62F:"), UNPROVED, "a.sta"),
    sample("mt940_no_start", "no opening balance", lambda: without(":60F:"), UNPROVED, "a.sta"),
    sample("mt940_wrong_sum", "a closing balance that is wrong", MT940.replace("150,00", "151,00"), UNPROVED, "a.sta"),
    sample("mt940_no_day", "day 99 of month 99", MT940.replace(":61:260302", ":61:269999"), DATE, "a.sta"),
    sample("mt940_cut", "cut within a movement", MT940[: MT940.index("100,00") + 3], UNPROVED, "a.sta"),
    sample("mt940_nul", "a zero byte", MT940.replace("Acorn", "Ac\0rn"), UNREADABLE, "a.sta"),
    sample("bai2", "nothing: the good one", BAI2, READ, "a.bai"),
    sample("bai2_count", "a count of records that is wrong", BAI2.replace("49,40000,6/", "49,40000,7/"), UNPROVED, "a.bai"),
    sample("bai2_sum", "a control total that is wrong", BAI2.replace("98,40000,1,8/", "98,40001,1,8/"), UNPROVED, "a.bai"),
    sample("bai2_no_trailer", "no trailer", BAI2.replace("99,40000,1,10/\n", ""), UNPROVED, "a.bai"),
    sample("bai2_giant", "a count of 400 digits", BAI2.replace("49,40000,6/", f"49,40000,{'9' * 400}/"), UNPROVED, "a.bai"),
    sample("coda", "nothing: the good one", CODA, READ, "a.cod"),
    sample("coda_sum", "movements that do not make the balance", CODA.replace("0000000000600000", "0000000000600010"), UNPROVED, "a.cod"),
    sample("coda_no_trailer", "no trailer", CODA.rsplit("\n9", 1)[0], UNREADABLE, "a.cod"),
    sample("coda_no_header", "no header", CODA.partition("\n")[2], UNREADABLE, "a.cod"),
    sample("coda_no_day", "31 February", CODA.replace("040326", "310226"), UNREADABLE, "a.cod"),
    sample("coda_long", "a record of 129 characters", CODA.replace("\n120", "x\n120", 1), UNREADABLE, "a.cod"),
    sample("coda_giant", "an amount that is no number", CODA.replace("000000000100000", "9e9999999999999", 1), UNREADABLE, "a.cod"),
    sample("ofx", "nothing: the good one", OFX, READ, "a.ofx"),
    sample("ofx_unclosed", "elements that never close", OFX.replace("</STMTTRN>", ""), READ, "a.ofx"),
    sample("ofx_cut", "cut within a movement", OFX[: OFX.index("<TRNAMT>1,2") + 9], UNREADABLE, "a.ofx"),
    sample("ofx_doctype", "a document type", OFX.replace("<OFX>", '<!DOCTYPE OFX [<!ENTITY a "b">]><OFX>', 1), FORBIDDEN, "a.ofx"),
    sample("ofx_no_amount", "a movement without an amount", OFX.replace("<TRNAMT>-3.20", ""), AMOUNT, "a.ofx"),
    sample("csv", "nothing: the good one", CSV, READ, "a.csv"),
    sample("csv_wrong_sum", "a running balance that jumps", CSV.replace("2.200,00", "2.201,00"), UNPROVED, "a.csv"),
    sample("csv_no_amount", "amounts that are words", CSV.replace("-34,50", "viel"), AMOUNT, "a.csv"),
    sample("csv_tiny", "a fraction of a cent", CSV.replace("-34,50", "-34,505"), AMOUNT, "a.csv"),
]  # fmt: skip

SAMPLES = [*CAMT, *LINES]
