"""Files named on the command line: 500 MB are refused by their size, at every command."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from creditdesk.controls.queries import CompanyRow
from creditdesk.faces.cli import files, given_files, statements
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing import clock
from creditdesk.plumbing.tables import FILE_BYTES_MAX
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.cash.test_services import counts
from tests.support.fixtures import TODAY

HUGE = 500 * 2**20


@pytest.fixture
def huge(tmp_path: Path) -> Path:
    path = tmp_path / "october.csv"
    path.touch()
    os.truncate(path, HUGE)
    return path


def test_a_huge_file_is_refused_without_being_read(huge: Path) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Invalid) as refused:
            given_files.content_of(huge)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (refused.value.code, refused.value.place.file) == ("file_too_large", "october.csv")
    assert refused.value.mend
    assert peak < 2**20


def test_what_says_no_size_is_read_no_further_than_allowed() -> None:
    with pytest.raises(Invalid) as refused:
        given_files.content_of(Path("/dev/zero"))
    assert refused.value.code == "file_too_large"


def test_a_file_within_the_bound_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "small.csv"
    path.write_bytes(b"a;b\n")
    assert given_files.content_of(path) == b"a;b\n"
    assert FILE_BYTES_MAX < HUGE


@pytest.mark.django_db
def test_a_huge_statement_goes_in_nowhere_and_the_others_do(
    actor: Actor,
    company: CompanyRow,
    huge: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "today", lambda *_: TODAY)
    policy.publish(actor, given=DEFAULT, valid_from=TODAY.replace(month=1, day=1))
    before = counts()
    assert files.load_statements(files=[huge], company=company.code) == 2
    assert "[file_too_large]" in capsys.readouterr().err
    assert counts() == before
    assert statements.read(file=huge, as_json=False) == 2
    assert "[file_too_large]" in capsys.readouterr().err


@pytest.mark.django_db
def test_a_huge_table_begins_no_import(actor: Actor, company: CompanyRow, huge: Path) -> None:
    before = counts()
    with pytest.raises(Invalid) as refused:
        files.import_file(
            kind="invoices", file=huge, company=company.code, columns=[], options=[],
            create_customers=False, rejected=None,
        )  # fmt: skip
    assert refused.value.code == "file_too_large"
    assert counts() == before
    assert huge.stat().st_size == HUGE
