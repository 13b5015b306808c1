"""The bundle: verified by a program that knows neither the product nor a database."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from creditdesk import audit_verifier
from creditdesk.controls.audit import queries
from creditdesk.controls.audit.tables import sealed_tables
from creditdesk.faces.cli import audit as commands
from creditdesk.kernel.errors import Invalid
from tests.audit.conftest import HOUSE_TABLES, Sealed

TABLES = [one.table for one in sealed_tables() if one.table not in HOUSE_TABLES]
Damage = Callable[[list[str]], list[str]]


@pytest.fixture(scope="module")
def written(sealed: Sealed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "acme"
    assert commands.export(folder=folder, company="acme") == 0
    return folder


@pytest.fixture
def bundle(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "copy"))


def damaged(path: Path, damage: Damage) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(damage(lines)), encoding="utf-8")


def found(bundle: Path) -> list[str]:
    return [str(one).partition(" (seal")[0] for one in audit_verifier.verify_bundle(bundle)]


def test_a_bundle_verifies_alone_without_the_product(bundle: Path) -> None:
    """`-I` hides the product from it: only the folder and Python are there."""
    program = [sys.executable, "-I", "-S", str(bundle / "audit_verifier.py"), str(bundle)]
    answer = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout == f"{32 * len(TABLES)} rows: as they were sealed\n"
    damaged(bundle / "tables" / "ledger_posting.jsonl", lambda lines: lines[1:])
    answer = subprocess.run(program, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stdout.startswith("missing: ledger_posting 1 (seal ")


@pytest.mark.parametrize("table", TABLES)
def test_each_changed_column_is_named_offline(bundle: Path, sealed: Sealed, table: str) -> None:
    columns = next(one.columns for one in sealed_tables() if one.table == table)
    expected = []

    def damage(lines: list[str]) -> list[str]:
        for place, column in enumerate(columns):
            if column != "id":
                record, _, text = lines[place].partition("\t")
                values = json.loads(text)
                values[place] = (values[place] or "") + "x"
                told = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
                lines[place] = f"{record}\t{told}\n"
                name = column.removeprefix("~")
                expected.append(f"changed: {table} {record}, column {name}")
        return lines

    damaged(bundle / "tables" / f"{table}.jsonl", damage)
    assert found(bundle) == expected


def swapped(lines: list[str]) -> list[str]:
    first, second = (line.partition("\t")[2] for line in lines[2:4])
    numbers = [line.partition("\t")[0] for line in lines[2:4]]
    texts = []
    for number, text in zip(numbers, (second, first), strict=True):
        values = json.loads(text)
        values[ID_PLACE] = number
        texts.append(f"{number}\t{json.dumps(values, ensure_ascii=False, separators=(',', ':'))}\n")
    return [*lines[:2], *texts, *lines[4:]]


POSTING = next(one.columns for one in sealed_tables() if one.table == "ledger_posting")
ID_PLACE = POSTING.index("id")


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda lines: lines[:4] + lines[5:], ["missing: ledger_posting 5"]),
        (lambda lines: lines[:-1], ["missing: ledger_posting 36"]),
        (swapped, ["swapped: ledger_posting 3", "swapped: ledger_posting 4"]),
        (
            lambda lines: [*lines[:20], lines[20].replace("22\t", "21\t", 1), *lines[20:]],
            ["inserted: ledger_posting 21"],
        ),
    ],
)
def test_rows_taken_added_and_swapped_are_named_offline(
    bundle: Path, damage: Damage, expected: list[str]
) -> None:
    damaged(bundle / "tables" / "ledger_posting.jsonl", damage)
    assert found(bundle) == expected


def without_head(line: str) -> str:
    seal = json.loads(line)
    seal["rows"] += 1
    return json.dumps(seal) + "\n"


@pytest.mark.parametrize(
    ("damage", "first"),
    [
        (lambda lines: [*lines[:3], without_head(lines[3]), *lines[4:]], "seal_changed: chain 4"),
        (lambda lines: lines[:3] + lines[4:], "seal_missing: chain 4"),
        (lambda lines: lines[:-1], f"tail_cut: chain {len(TABLES)}"),
    ],
)
def test_a_damaged_chain_is_named_offline(bundle: Path, damage: Damage, first: str) -> None:
    damaged(bundle / "seals.jsonl", damage)
    assert first in found(bundle)


def test_heads_kept_elsewhere_uncover_a_rewrite_offline(bundle: Path, tmp_path: Path) -> None:
    kept = tmp_path / "heads.jsonl"
    about = json.loads((bundle / "bundle.json").read_text())
    other = {"company_id": about["company_id"] + 1, "sequence": 3, "head": "11" * 32}
    right = {
        "company_id": about["company_id"],
        "sequence": about["sequence"],
        "head": about["head"],
    }
    kept.write_text(f"{json.dumps(other)}\n{json.dumps(right)}\n")
    assert list(audit_verifier.verify_bundle(bundle, kept)) == []
    wrong = {**right, "sequence": 3}
    kept.write_text(f"{json.dumps(right)}\n{json.dumps(wrong)}\n")
    assert [str(one) for one in audit_verifier.verify_bundle(bundle, kept)] == [
        "head_differs: chain 3 (seal 3)"
    ]


def test_what_is_no_bundle_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit_verifier.main([str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert audit_verifier.main([]) == 2


def test_a_bundle_is_written_into_a_new_folder_only(sealed: Sealed, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Invalid) as refused:
        commands.export(folder=tmp_path, company="acme")
    assert refused.value.code == "folder_not_empty"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_verifies_chain_and_books(
    sealed: Sealed, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    commands._verify_chain(_company(sealed), [])
    assert capsys.readouterr().out == (
        f"acme: the chain holds: {32 * len(TABLES)} rows in {len(TABLES)} seals\n"
        "acme: 32 personal values and rows erased by rule\n"
    )
    with sealed.vault.kept("plumbing_event"):
        sealed.vault.change("plumbing_event", "name", 3)
        assert commands._verify_chain(_company(sealed), []) == 1
        assert "acme: changed: plumbing_event 3, column name" in capsys.readouterr().err
    unreadable = tmp_path / "heads"
    unreadable.write_text("no json")
    with pytest.raises(Invalid) as refused:
        commands._read_heads(unreadable, _company(sealed))
    assert refused.value.code == "heads_unreadable"


def _company(sealed: Sealed) -> commands.Chain:
    return commands._chain_of("acme")


def test_the_house_has_a_bundle_of_its_own(sealed: Sealed, tmp_path: Path) -> None:
    """The journal of the door, offline: whole, then with each column changed in turn."""
    folder = tmp_path / "house"
    assert commands.export(folder=folder, company="", house=True) == 0
    assert found(folder) == []
    columns = next(o.columns for o in sealed_tables() if o.table == "controls_signinevent")
    path = folder / "tables" / "controls_signinevent.jsonl"
    whole = path.read_text(encoding="utf-8")
    assert "10.0.0." not in whole  # addresses, names and browsers are not in it
    for place, column in enumerate(columns):
        if column != "id":
            lines = whole.splitlines(keepends=True)
            record, _, text = lines[0].partition("\t")
            values = json.loads(text)
            values[place] = (values[place] or "") + "x"
            told = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
            path.write_text("".join([f"{record}\t{told}\n", *lines[1:]]), encoding="utf-8")
            name = column.removeprefix("~")
            assert found(folder) == [f"changed: controls_signinevent {record}, column {name}"]
    path.write_text("".join(whole.splitlines(keepends=True)[1:]), encoding="utf-8")
    assert found(folder) == ["missing: controls_signinevent 1"]


def test_an_older_seal_keeps_its_own_columns_in_the_bundle(sealed: Sealed) -> None:
    (whole,) = queries.stretches(sealed.company_id, "ledger_posting")
    assert whole.columns == POSTING
    assert (whole.after_id, whole.upto_id) == (0, 36)
