"""The benchmark of documents writes what it promises, the same for the same seed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import einvoice
from creditdesk.invoices import rendering
from tests.invoices.documents.reading import attached

FOLDERS = ["ubl-invoice", "ubl-credit-note", "cii", "factur-x"]


def test_it_writes_so_many_valid_documents_per_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("first", "second"):
        arguments = ["--count", "2", "--seed", "7", "--out", str(tmp_path / folder)]
        assert einvoice.main(arguments) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["seed"], told["all_valid"]) == (7, True)
    assert list(told["formats"]) == FOLDERS
    for name in FOLDERS:
        assert told["formats"][name]["documents"] == 2
        assert told["formats"][name]["refused"] == 0
        written = sorted((tmp_path / "first" / name).iterdir())
        assert len(written) == 2
        for path in written:
            assert path.read_bytes() == (tmp_path / "second" / name / path.name).read_bytes()
            data = path.read_bytes()
            if path.suffix == ".pdf":
                [data] = attached(data).values()
            assert rendering.validate(data) == []
    assert b"<CreditNote " in (tmp_path / "first/ubl-credit-note/000001.xml").read_bytes()
