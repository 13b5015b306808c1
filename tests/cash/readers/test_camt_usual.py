"""The quick parser, and shares of a file, say what the strict parser says of the whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from creditdesk.cash.readers import Statement, camt, read, read_confined
from creditdesk.cash.readers.camt.usual import SIZE_MAX_BYTES, usual_reports
from creditdesk.cash.readers.shares import joined
from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing.confined import run_confined_together
from tests.cash.readers.samples import camt as written
from tests.cash.readers.samples import camt_entry, payment

REPORTS = frozenset(camt.REPORTS)
INSIDE = payment("60") + payment("40")
GOOD = written(camt_entry(inside=INSIDE))
PENDING = camt_entry(inside=INSIDE).replace("BOOK", "PDNG")


def strict(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[Statement] | str:
    with monkeypatch.context() as patched:
        patched.setattr(camt, "usual_reports", lambda *_: None)
        return told(data)


def told(data: bytes) -> list[Statement] | str:
    try:
        return read(data, "f")
    except Invalid as error:
        return f"{error.code}: {error}"


def shared(data: bytes, shares: int = 2) -> list[Statement] | None:
    return joined([camt.read_share(data, "f", share, shares) for share in range(shares)])


def many(entries: int, *, closing: int = 0) -> bytes:
    """Return a file of so many entries, one in three a batch of two, one in five not booked."""
    booked = camt_entry(inside=payment("100.00"))
    kinds = [
        PENDING if n % 5 == 4 else camt_entry(inside=INSIDE) if n % 3 == 2 else booked
        for n in range(entries)
    ]
    moved = sum(kind is not PENDING for kind in kinds) * 100
    return GOOD.replace(camt_entry(inside=INSIDE), "".join(kinds)).replace(
        "150.00", f"{50 + moved + closing}.00"
    ).encode()  # fmt: skip


def is_usual(data: bytes) -> bool:
    return usual_reports(data, REPORTS) is not None


@pytest.mark.parametrize(
    "inserted",
    [
        "", "<!-- said -->", "<?pi said?>", "<![CDATA[a & b]]>", "&amp;&#228;", "&nbsp;", "&#0;",
        "<x:y/>", '<a b="1" b="2"/>', "<a>", "\x01", "\x0b", "\ufffe", "<Ntry/>", "<Stmt/>", "\r\n",
        "<Nm>Somebody</Nm>", "<Amt Ccy='USD'>1</Amt>", "<CreDtTm>2026-03-09</CreDtTm>", "ä€😀",
        "<Bal/>", "]]>", "<a " + " ".join(f"x{n}='1'" for n in range(99)) + "/>",
        "<a>" * 300 + "</a>" * 300, "<a>" * 2000 + "</a>" * 2000,
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "after",
    ["<Stmt>", "</Acct>", "<Ntry>", "<Ustrd>", "</Ntry>", "</Stmt>", "<GrpHdr>", "</Document>"],
)
def test_what_the_quick_parser_reads_the_strict_one_reads_the_same(
    inserted: str, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = GOOD.replace(after, after + inserted, 1).encode("utf-8", "surrogatepass")
    assert told(data) == strict(data, monkeypatch)


def test_the_usual_file_is_read_by_the_quick_parser() -> None:
    assert is_usual(GOOD.encode())
    assert is_usual(b"\xef\xbb\xbf" + GOOD.encode())
    assert is_usual(GOOD.replace("<Document", "<Document xmlns:x='urn:y'", 1).encode())


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode("utf-16"),
        GOOD.encode("utf-16-le"),
        b'<?xml version="1.0" encoding="iso-8859-1"?>' + GOOD.partition("?>")[2].strip().encode(),
        b'<?xml version="1.0"' + b" " * 5000 + b'encoding="cp1252"?><Document/>',
        b"<!DOCTYPE Document>" + GOOD.partition("?>")[2].strip().encode(),
        GOOD.replace("</Ntry>", "</Ntry><CreDtTm>2026-03-09</CreDtTm>").encode(),
        GOOD.replace("<BkToCstmrStmt>", "<Envelope><BkToCstmrStmt>").encode(),
        GOOD.encode() + b" " * SIZE_MAX_BYTES,
        b"\0" + GOOD.encode(),
        b"",
        b"<",
        b"<a/>",
    ],
)
def test_anything_else_is_left_to_the_strict_parser(data: bytes) -> None:
    assert not is_usual(data)


@pytest.mark.parametrize("entries", [1, 2, 3, 7, 20])
@pytest.mark.parametrize("shares", [1, 2, 3])
def test_shares_make_the_whole(entries: int, shares: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = many(entries)
    whole = strict(data, monkeypatch)
    assert isinstance(whole, list)
    assert shared(data, shares) == whole
    assert [line.line_no for line in whole[0].lines] == list(range(1, len(whole[0].lines) + 1))


def test_shares_of_several_statements_number_on(monkeypatch: pytest.MonkeyPatch) -> None:
    text = many(9).decode()
    inner = text[text.index("<Stmt>") : text.index("</BkToCstmrStmt>")]
    data = text.replace(inner, inner + inner.replace("STMT-7", "STMT-8")).encode()
    found = shared(data)
    assert found == strict(data, monkeypatch)
    assert found is not None
    assert [one.statement_id for one in found] == ["STMT-7", "STMT-8"]


def test_shares_that_do_not_add_up_are_no_statement() -> None:
    assert shared(many(7, closing=1)) is None
    assert shared(many(7).replace(b"CLBD", b"XXXX")) is None  # nothing to prove it by
    assert shared(many(7).replace(b'Ccy="EUR"', b'Ccy="USD"', 1)) is None
    assert shared(GOOD.encode()[:-20]) is None


def test_shares_of_a_hostile_hand_are_no_statement() -> None:
    data = many(6)
    first, second = (camt.read_share(data, "f", share, 2) for share in (0, 1))
    assert first is not None
    assert second is not None
    assert joined([first, second]) == read(data, "f")
    (own,) = second
    hostile: list[object] = [
        None, [], "text", [None], [own, own], {"a": 1}, first,
        [replace(own, lines=())],
        [replace(own, lines=(*own.lines, own.lines[0]))],
        [replace(own, account="DE02120300000000202051")],
        [replace(own, closing_minor=None)],
        [replace(own, lines=[*own.lines])],  # type: ignore[arg-type]
        [replace(own, lines=(None,))],  # type: ignore[arg-type]
    ]  # fmt: skip
    for each in hostile:
        assert joined([first, each]) is None
        assert joined([each, first]) is None


@pytest.fixture(scope="module")
def large() -> bytes:
    data = many(4000)
    assert 2**20 < len(data) < SIZE_MAX_BYTES
    return data


def test_a_large_file_is_read_confined_as_it_is_whole(large: bytes) -> None:
    assert read_confined(large, "f") == read(large, "f")


@pytest.mark.parametrize(
    ("old", "new"), [(b"150.00</Amt>", b"151.00</Amt>"), (b"</Document>", b""), (b"CLBD", b"XXXX")]
)
def test_a_large_file_that_is_wrong_is_told_as_it_is_whole(
    large: bytes, old: bytes, new: bytes
) -> None:
    data = large.replace(old, new)
    try:
        found: object = read_confined(data, "f")
    except Invalid as error:
        found = f"{error.code}: {error}"
    assert found == told(data)


def test_children_at_once_answer_in_order(large: bytes) -> None:
    path = "creditdesk.cash.readers:read_share_payload"
    answers = run_confined_together(path, [(large, "f", share, 3) for share in range(3)])
    assert joined(answers) == read(large, "f")


@pytest.mark.parametrize(
    "swollen",
    ["<a/>" * 2_000_000, "<a>" * 1_000_000 + "</a>" * 1_000_000, "<a>b</a>" * 900_000],
    ids=["many", "deep", "texts"],
)
def test_a_hostile_tree_stays_within_the_memory_of_a_share(swollen: str) -> None:
    data = GOOD.replace("</Acct>", "</Acct>" + swollen, 1).encode()
    assert 2**20 < len(data) < SIZE_MAX_BYTES
    try:
        found: object = read_confined(data, "f")
    except Invalid as error:
        found = f"{error.code}: {error}"
    assert found == told(data)
