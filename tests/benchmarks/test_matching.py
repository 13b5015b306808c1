"""The matching benchmark: what its cases hold, that labels are judged right, what it prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks import cases, learned_noise, noise
from benchmarks.cases import Case, Customer, Item, Line
from benchmarks.matching import summary
from benchmarks.measures.labelled import Judged
from creditdesk.cash.readers import read
from creditdesk.cash.rules.misspelt import is_slip
from tests.support.machine import ROOT

KEYS = {
    "precision", "recall", "straight_through", "line_hit", "false_match", "lines_per_s",
    "floor_ratio",
}  # fmt: skip
# Settings of the tests' own server and installation are no business of this one.
OURS = ("CREDITDESK_", "DATABASE_", "DJANGO_")
DAY = date(2026, 3, 10)


@pytest.fixture(scope="module")
def made() -> Case:
    return noise.case(3000, seed=3)


def test_a_seed_makes_one_case_and_every_kind_of_noise(made: Case) -> None:
    assert noise.case(3000, seed=3) == made
    assert noise.case(3000, seed=4) != made
    counted = noise.counted(made.lines)
    assert counted.keys() == noise.KINDS.keys()
    assert all(counted[kind] >= 3 for kind in noise.KINDS)


def test_labels_agree_with_what_is_open(made: Case) -> None:
    items = {item.number: item for item in made.items}
    settled: dict[str, int] = {}
    for line in made.lines:
        assert sum(minor for _, minor in line.settles) <= line.minor
        assert len({items[number].customer for number, _ in line.settles}) <= 1
        for number, minor in line.settles:
            settled[number] = settled.get(number, 0) + minor
        if line.kind in {"exact", "buried_number", "digits_only", "transposed_digits"}:
            [(number, minor)] = line.settles
            assert minor == line.minor == items[number].minor
        if line.kind == "transposed_digits":
            [(number, _)] = line.settles
            assert is_slip(line.text.removeprefix("Payment "), number)
    assert all(minor <= items[number].minor for number, minor in settled.items())
    unlabelled = {line.kind for line in made.lines if not line.settles}
    assert unlabelled == {"duplicate", "unrelated"}


def test_a_case_survives_its_file(made: Case, tmp_path: Path) -> None:
    cases.write(made, tmp_path / "case.json")
    assert cases.read(tmp_path / "case.json") == made


def test_the_bank_file_says_what_the_lines_say() -> None:
    lines = (
        Line("exact", DAY, "EUR", 11_900, "Payment <1> & more", "Acorn & Co", noise.account_of(1),
             ("RF18 7701 0248",)),
        Line("fee", DAY, "EUR", -250, "fee"),
        Line("yen", DAY, "JPY", 500, "yen", "Birch", "12345"),
        Line("later", DAY, "EUR", 1, "not in this file"),
    )  # fmt: skip
    told = read(cases.as_camt(Case((), (), lines), 0, 3), "case.xml")
    found = {line.reference: line for statement in told for line in statement.lines}
    assert found.keys() == {cases.reference(place) for place in range(3)}
    for place, line in enumerate(lines[:3]):
        one = found[cases.reference(place)]
        assert (one.minor, one.currency, one.text.startswith(line.text)) == (
            line.minor, line.currency, True,
        )  # fmt: skip
        assert (one.counterparty, one.counterparty_account, one.booked_on) == (
            line.counterparty, line.counterparty_account, DAY,
        )  # fmt: skip
        assert one.structured_references == line.structured_references
    assert all(statement.proof == "proved" for statement in told)


def spoilt(change: Callable[[dict[str, Any]], object], tmp_path: Path) -> Path:
    path = tmp_path / "case.json"
    item = Item("INV-1", "C1", DAY, DAY, "EUR", 11_900)
    line = Line("exact", DAY, "EUR", 11_900, "INV-1", settles=(("INV-1", 11_900),))
    cases.write(Case((Customer("C1", "Acorn"),), (item,), (line,)), path)
    told = json.loads(path.read_text(encoding="utf-8"))
    change(told)
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda told: told["items"][0].update(amount=119.0), r"items\[0\]"),
        (lambda told: told["items"][0].update(amount="1.005"), r"items\[0\]"),
        (lambda told: told["items"][0].pop("due_on"), r"items\[0\]"),
        (lambda told: told["items"][0].update(customer="C2"), "unknown customer C2"),
        (lambda told: told["items"].append(told["items"][0]), "twice"),
        (lambda told: told["lines"][0].update(booked_on="2026-02-31"), r"lines\[0\]"),
        (lambda told: told["lines"][0].pop("settles"), r"lines\[0\]"),
        (lambda told: told["lines"][0]["settles"][0].update(number="INV-2"), "unknown item INV-2"),
    ],
)
def test_another_shape_is_refused_by_its_place(
    change: Callable[[dict[str, Any]], object], place: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=place):
        cases.read(spoilt(change, tmp_path))


def test_what_may_be_left_out_may_be_and_what_is_not_known_is_passed_over(tmp_path: Path) -> None:
    told = {
        "made_by": "somebody else",
        "customers": [
            {"number": "C1", "city": "Kiel", "aliases": None}, {"number": "C2", "name": ""},
        ],
        "items": [
            {"number": "I-1", "customer": "C1", "issued_on": "2026-02-02", "due_on": "2026-03-04",
             "currency": "JPY", "amount": "119", "note": "x"},
        ],
        "lines": [
            {"booked_on": "2026-03-10", "currency": "JPY", "amount": "119", "text": None,
             "kind": None, "counterparty": None, "structured_references": None, "extra": 1,
             "settles": []},
        ],
    }  # fmt: skip
    path = tmp_path / "case.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    case = cases.read(path)
    assert case.customers == (Customer("C1", "C1"), Customer("C2", "C2"))
    assert case.items == (Item("I-1", "C1", date(2026, 2, 2), date(2026, 3, 4), "JPY", 119),)
    assert case.lines == (Line("unnamed", DAY, "JPY", 119),)
    path.write_text('{"customers": [], "items": [], "lines": []}', encoding="utf-8")
    assert cases.read(path) == Case((), (), ())


def test_of_no_lines_there_are_figures_too() -> None:
    none = summary(Judged(scores={}, lines_per_s=0.0, floor_per_s=0.0, cpu_seconds=0, added_mib=0))
    assert none.keys() >= KEYS
    assert (none["lines"], none["false_match"], none["precision"]) == (0, 0.0, 1.0)


def test_what_xml_cannot_hold_is_left_out_of_the_bank_file() -> None:
    line = Line("odd", DAY, "EUR", 100, "Nr. 2026/5 \x00\x01 <&> ä", "Acorn\x0bFoods")
    [one] = read(cases.as_camt(Case((), (), (line,)), 0, 1), "case.xml")[0].lines
    assert "Nr. 2026/5" in one.text
    assert "<&> ä" in one.text
    assert one.counterparty == "Acorn Foods"


def test_payers_with_habits_come_with_their_history(made: Case, tmp_path: Path) -> None:
    case = learned_noise.with_habits(made, seed=3)
    assert case == learned_noise.with_habits(made, seed=3)
    kinds = {kind: n for kind, n in noise.counted(case.lines).items() if kind not in noise.KINDS}
    assert set(kinds) == {
        "habit_month", "habit_oldest", "habit_discount", "habit_anyhow", "other_name_exact",
        "other_name_balance",
    }  # fmt: skip
    assert sum(kinds.values()) == learned_noise.PAYERS_MIN
    assert [line for line in case.lines if line.kind in noise.KINDS] == list(made.lines)
    owed = {item.number: item.minor for item in case.every_item}
    assert len(owed) == len(case.every_item)
    paid: set[str] = set()
    for past in case.history:
        assert all(item.issued_on <= past.on for item in past.items)
        for line in past.lines:
            numbers = [number for number, _ in line.settles]
            assert sum(minor for _, minor in line.settles) == line.minor
            assert all(number in line.text for number in numbers)
            assert not paid & set(numbers)
            paid.update(numbers)
    for line in case.lines:
        if line.kind not in noise.KINDS:
            assert not any(number in line.text for number in owed if number.startswith("H-"))
            assert not paid & {number for number, _ in line.settles}
            assert all(minor <= owed[number] for number, minor in line.settles)
    cases.write(case, tmp_path / "case.json")
    assert cases.read(tmp_path / "case.json") == case


def test_it_ends_with_the_figures_and_tells_wrong_from_right(tmp_path: Path) -> None:
    """A case with one label that is wrong on purpose: exactly that line counts as false."""
    made = noise.case(400, seed=5)
    place = next(n for n, line in enumerate(made.lines) if line.kind == "exact")
    other = next(item for item in made.items if item.number != made.lines[place].settles[0][0])
    wrong = replace(made.lines[place], kind="mislabelled", settles=((other.number, 1),))
    path = tmp_path / "case.json"
    cases.write(replace(made, lines=(*made.lines[:place], wrong, *made.lines[place + 1 :])), path)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.matching", "--from-json", str(path)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    lines = len(made.lines)
    assert told.keys() >= KEYS
    assert told["lines"] == lines
    assert told["false_match"] == round(1 / lines, 6)
    assert told["recall"] >= 0.98
    applied = round(told["straight_through"] * lines) + 1
    assert told["precision"] == round((applied - 1) / applied, 6)
    assert told["lines_per_s"] > 0
    assert 0 < told["floor_ratio"] < 1
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[2:]}
    assert rows["mislabelled"] == ["1", "1", "0", "0", "1"]
    assert rows.keys() >= noise.counted(made.lines).keys()
    assert f"false: mislabelled: {wrong.text!r}" in done.stdout
