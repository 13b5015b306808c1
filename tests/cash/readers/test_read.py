# ruff: noqa: E501 - tables of cases and samples of files keep a case to a line
from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from creditdesk.cash.readers import SIZE_MAX_BYTES, Statement, read, read_confined
from creditdesk.kernel.errors import Invalid
from tests.cash.readers.samples import (
    BAI2,
    CODA,
    CSV,
    OFX,
    camt,
    camt_entry,
    mt940,
    payment,
    refused,
)

MT940 = mt940(":61:260302C100,NTRFNONREF//B1\n:86:166?20SVWZ+INV 1?32Acorn")
CAMT = camt(camt_entry(inside=payment("60") + payment("40")))
FORMATS = {"camt.053": CAMT, "mt940": MT940, "bai2": BAI2, "coda": CODA, "ofx": OFX, "csv": CSV}


@pytest.mark.parametrize(("expected", "text"), FORMATS.items())
@pytest.mark.parametrize("name", ["statement.pdf", "x", "statement.xml", ""])
def test_the_content_tells_the_format_not_the_name(expected: str, text: str, name: str) -> None:
    assert [each.format for each in read(text.encode(), name)] == [expected]


@pytest.mark.parametrize(("expected", "text"), FORMATS.items())
def test_leading_blank_lines_and_a_mark_do_no_harm(expected: str, text: str) -> None:
    if text.startswith("<?xml"):  # XML forbids blanks before its declaration
        text = text.partition("\n")[2]
    assert read(("\ufeff\r\n" + text).encode(), "f")[0].format == expected


@pytest.mark.parametrize("text", FORMATS.values())
def test_reading_is_repeatable_and_the_same_in_a_child(text: str) -> None:
    statements = read(text.encode(), "f")
    assert read(text.encode(), "f") == statements
    assert read_confined(text.encode(), "f") == statements


def test_a_refusal_comes_out_of_the_child_as_it_went_in() -> None:
    data = BAI2.replace("49,40000", "49,40001").encode()
    with pytest.raises(Invalid) as inside:
        read(data, "f.bai")
    with pytest.raises(Invalid) as outside:
        read_confined(data, "f.bai")
    assert str(outside.value) == str(inside.value)
    assert outside.value.code == "statement_unproved"


def test_a_mapping_reaches_the_child() -> None:
    data = b"Date,Amount\n2026-03-02,1.00\n"
    (statement,) = read_confined(data, "f.csv", csv_mapping={"currency": "=EUR"})
    assert statement.currency == "EUR"


@pytest.mark.parametrize("data", [b"", b"\n \r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0" * 100])
def test_nothing_is_refused_as_empty(data: bytes) -> None:
    refused(data, "statement_empty")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04" + b"x" * 50, "ZIP archive"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
    ],
)
def test_other_kinds_of_file_are_named(data: bytes, words: str) -> None:
    assert words in str(refused(data, "statement_unreadable"))


def test_size_is_limited() -> None:
    refused(b":20:X\n" + b" " * SIZE_MAX_BYTES, "statement_too_large")
    with pytest.raises(Invalid, match="64 MiB"):
        read_confined(b" " * (SIZE_MAX_BYTES + 1), "f")


def test_a_nul_names_its_line() -> None:
    assert refused(MT940.replace("Acorn", "Aco\0rn"), "statement_unreadable").place.line == 6


@pytest.mark.parametrize("text", FORMATS.values())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_mutated_files_are_read_or_refused(text: str, data: st.DataObject) -> None:
    raw = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(raw)))
        length = data.draw(st.integers(0, 12))
        raw[start : start + length] = data.draw(st.binary(max_size=8) | st.sampled_from(TOKENS))
    read_or_refused(bytes(raw))


TOKENS = [
    b"\0", b"\xff", b",", b";", b"\n", b":61:", b":62F:", b"?20", b"88,", b"-", b"<", b"&#0;", b"<![CDATA[",
    b"99999999999999999999999", "²".encode(), "٣".encode(), b"1e9", b"NaN", b"<STMTTRN>", b"D,9",
]  # fmt: skip


def read_or_refused(data: bytes) -> None:
    """Read; the only way not to return statements is Invalid with code, file and mend."""
    statements, error = outcome(data)
    if error is not None:
        assert error.code.startswith("statement_")
        assert (error.place.file, bool(error.mend)) == ("f", True)
        return
    assert statements
    for statement in statements:
        if statement.format != "bai2" and statement.opening_minor is not None:
            moved = sum(line.minor for line in statement.lines)
            adds_up = statement.opening_minor + moved == statement.closing_minor
            assert adds_up or statement.proof == "no_balances"


def outcome(data: bytes) -> tuple[list[Statement], Invalid | None]:
    try:
        return read(data, "f"), None
    except Invalid as error:
        return [], error


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
@example(b"<")
@example(b":20:")
@example(b"01,\n02,")
@example(b"<OFX>")
@example(b"\xff\xfe<\0")
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refused(data)


def camt_of(count: int) -> bytes:
    entries = [camt_entry("1.00", inside=payment("1.00", number=i)) for i in range(count)]
    return camt(*entries, opening="", closing=None).encode()


def mt940_of(count: int) -> bytes:
    movement = ":61:260302C1,NTRFNONREF//B1\n:86:166?20SVWZ+INV 1?32Acorn"
    return mt940(*[movement] * count, closing=f"C260302EUR{50 + count},").encode()


def bai_of(count: int) -> bytes:
    rows = "".join(f"16,165,1,,B{i},,INVOICE {i}/\n" for i in range(count))
    return (
        f"01,A,B,260302,0800,1,,,2/\n02,A,B,1,260302,,USD,2/\n03,1,USD,010,0,,/\n{rows}"
        f"49,{count},{count + 2}/\n98,{count},1,{count + 4}/\n99,{count},1,{count + 6}/\n"
    ).encode()


def ofx_of(count: int) -> bytes:
    row = "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260302<TRNAMT>1.00<FITID>1<MEMO>INV</STMTTRN>\n"
    return f"<OFX><STMTRS><CURDEF>USD<BANKTRANLIST>{row * count}</STMTRS></OFX>".encode()


def csv_of(count: int) -> bytes:
    rows = "".join(f"2026-03-02,1.00,EUR,{i + 1}.00\n" for i in range(count))
    return f"Date,Amount,Currency,Balance\n{rows}".encode()


@pytest.mark.parametrize("build", [camt_of, mt940_of, bai_of, ofx_of, csv_of])
def test_time_grows_with_the_file_and_not_faster(build: Callable[[int], bytes]) -> None:
    small, large = build(1_000), build(20_000)
    read(build(10), "warm")
    assert processor_seconds(large, 20_000) < 45 * max(processor_seconds(small, 1_000), 0.005)


def processor_seconds(data: bytes, count: int) -> float:
    started = time.process_time()
    assert sum(len(each.lines) for each in read(data, "f")) == count
    return time.process_time() - started


@pytest.mark.parametrize(
    "data",
    [
        b"<OFX>" + b"<![CDATA[" * 200_000,
        b"<OFX>" + b"<A" * 500_000,
        b"<OFX>" + b"<STMTRS></STMTRS>" * 100_000,
        b":20:X\n" + b":86:" + b"?20" * 500_000,
        b":61:" + b"1" * 1_000_000,
        b":20:X\n:61:260302C1,NTRF\n:86:" + b"/EREF/" * 200_000,
        b"01,A/\n02,B/\n" + b"88," * 300_000,
        b"Date,Amount\n" + b'"' * 1_000_000,
        b"<a>" * 200_000,
        b"<Document><BkToCstmrStmt><Stmt>" + b"<Bal>" * 100_000,
        b"<Document><BkToCstmrStmt><Stmt>" + b"<Ntry/>" * 50_000,
        (b"DE" + b"1" * 120_000 + b";") * 30 + b"\nDatum;Betrag\n" + b"1.1.2026;1,00\n" * 2_000,
    ],
)
def test_hostile_repetition_ends_quickly(data: bytes) -> None:
    started = time.process_time()
    with pytest.raises(Invalid):
        read(data, "f")
    assert time.process_time() - started < 5


def test_noise_over_a_whole_file_is_refused() -> None:
    noise = random.Random(7).randbytes(300_000)
    refused(noise.replace(b"\0", b"\1"), "statement_unreadable")
