"""Every file of the corpus before the readers: taken, or refused with code, file and mend."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditdesk.cash.readers import read, read_confined
from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing.tables import Request, Table, parse, read_table
from creditdesk.plumbing.tables.values import Limits
from tests.corpus import archives, statements, texts
from tests.corpus.samples import READ, Sample

SAMPLES = [*texts.SAMPLES, *archives.SAMPLES, *statements.SAMPLES]
MEBIBYTE = 2**20
STATUS = Path("/proc/self/status")


def told(read: Callable[[bytes, str], Any], sample: Sample) -> tuple[str, Any]:
    """Return the code of refusal, after a look at what else the refusal says, and the answer."""
    content = sample.build()
    try:
        return READ, read(content, sample.filename)
    except Invalid as error:
        refused = error
    assert refused.place.file == sample.filename
    assert refused.mend
    assert refused.context.get("reason") not in ("fault", "crash")
    return refused.code, None


def test_names_are_used_once_within_a_kind() -> None:
    for kind in (texts, archives, statements):
        names = [sample.name for sample in kind.SAMPLES]
        assert len(names) == len(set(names)), kind.__name__
        assert all(sample.attacks for sample in kind.SAMPLES)
    assert len(SAMPLES) > 130


@pytest.mark.parametrize("sample", [s for s in SAMPLES if not s.heavy], ids=str)
def test_as_a_table(sample: Sample) -> None:
    code, table = told(read_table, sample)
    if sample.table is not None:
        assert code == sample.table
    if table is not None:
        assert isinstance(table, Table)
        assert len(table.rows) == len(table.lines) > 0
        assert all(len(row) >= len(table.headers) for row in table.rows)


@pytest.mark.parametrize("sample", [s for s in SAMPLES if not s.heavy], ids=str)
def test_as_a_bank_statement(sample: Sample) -> None:
    code, found = told(read_confined, sample)
    assert code == (sample.table if of_the_workbook(sample) else sample.statement)
    if found is not None:
        for statement in found:
            if statement.proof == "proved":
                moved = sum(line.minor for line in statement.lines)
                assert statement.opening_minor + moved == statement.closing_minor


def of_the_workbook(sample: Sample) -> bool:
    """Return whether the sheet itself is at fault: then every door says the same of it."""
    at_fault = (sample.table or "").startswith(("workbook_", "too_many_", "cell_"))
    return at_fault and b"xl/workbook" in sample.build()


@pytest.mark.skipif(not STATUS.exists(), reason="the peak of memory is asked of Linux")
@pytest.mark.parametrize(
    "sample",
    [s for s in SAMPLES if s.heavy or s.name in ("entity_bomb", "laughs", "many_members")],
    ids=str,
)
def test_a_bomb_costs_the_process_that_asks_neither_memory_nor_time(sample: Sample) -> None:
    content = sample.build()
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before, started = peak_bytes(), time.monotonic()
    with pytest.raises(Invalid) as caught:
        read_table(content, sample.filename)
    assert sample.table in (None, caught.value.code)
    assert time.monotonic() - started < 60
    assert peak_bytes() - before < 64 * MEBIBYTE + 2 * len(content)


def peak_bytes() -> int:
    line = next(row for row in STATUS.read_text().splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


GOOD = {
    "camt": (statements.GOOD.encode(), 97),
    "mt940": (statements.MT940.encode(), 7),
    "bai2": (statements.BAI2.encode(), 11),
    "coda": (statements.CODA.encode(), 31),
    "ofx": (statements.OFX.encode(), 31),
    "csv": (statements.CSV.encode(), 7),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_file_cut_anywhere_is_refused_or_proved(name: str) -> None:
    content, step = GOOD[name]
    for end in range(1, len(content), step):
        sample = Sample("cut", f"cut at {end}", lambda end=end: content[:end])  # type: ignore[misc]
        code, found = told(statements_of, sample)
        assert code.startswith("statement_") or found, end


def statements_of(content: bytes, filename: str) -> Any:
    return read(content, filename)


@pytest.mark.parametrize("build", [archives.workbook, lambda: archives.made("formulas")])
def test_a_workbook_cut_anywhere_is_refused(build: Callable[[], bytes]) -> None:
    content = build()
    for end in range(5, len(content), 61):
        with pytest.raises(Invalid) as caught:
            parse(Request(content[:end], "f", Limits()))
        assert caught.value.code == "workbook_broken", end


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.integers(4, 10_000), patch=st.binary(min_size=1, max_size=6))
def test_a_damaged_workbook_is_read_or_refused(at: int, patch: bytes) -> None:
    content = bytearray(archives.workbook())
    at %= len(content)
    content[at : at + len(patch)] = patch
    readable(bytes(content))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    readable(content)


def readable(content: bytes) -> None:
    try:
        table = parse(Request(content, "f", Limits()))
    except Invalid as error:
        complete = (error.place.file, bool(error.mend)) == ("f", True)
    else:
        complete = bool(table.rows)
    assert complete
