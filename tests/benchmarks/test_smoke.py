"""The benchmarks run, at a tiny size, and say what others read."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from benchmarks.figures import TARGETS, Figure, growth, meets, parsed, table
from tests.support.machine import ROOT

KEYS = {"name", "n", "ours", "floor", "ratio", "unit"}
# Settings of the tests' own server and installation are no business of this one.
OURS = ("CREDITDESK_", "DATABASE_", "DJANGO_")


def test_every_measure_prints_its_line() -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "200"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [line["name"] for line in lines] == list(TARGETS)
    for line in lines:
        assert line.keys() >= KEYS
        assert line["n"] == 200
        assert line["ours"] > 0
        assert line["floor"] > 0
    [matching] = [line for line in lines if line["name"] == "matching"]
    assert (matching["lines"], matching["matched"], matching["false"]) == (100, 1, 0)
    assert done.stdout.splitlines()[0].split()[:4] == ["measure", "n", "ours", "floor"]


def test_a_figure_survives_its_line_and_is_judged() -> None:
    figure = Figure("dunning", 1000, 60_000.0, 240_000.0, "lines/s", "higher", {"lines": 8500})
    told = json.loads(figure.as_json())
    assert told == {
        "name": "dunning", "n": 1000, "ours": 60_000.0, "floor": 240_000.0, "ratio": 0.25,
        "unit": "lines/s", "better": "higher", "lines": 8500,
    }  # fmt: skip
    assert parsed(figure.as_json()) == figure
    assert meets(figure)
    assert not meets(Figure("dunning", 1000, 49_999.0, 240_000.0, "lines/s", "higher"))
    assert "MISSES" in table([Figure("dunning", 1000, 49_999.0, 240_000.0, "lines/s", "higher")])


def test_a_false_match_misses_the_target_however_fast() -> None:
    def matching(matched: float, false: float) -> Figure:
        more = {"matched": matched, "false": false}
        return Figure("matching", 1000, 9000.0, 60_000.0, "lines/s", "higher", more)

    assert meets(matching(0.98, 0.0009))
    assert not meets(matching(0.98, 0.001))
    assert not meets(matching(0.979, 0.0))


def test_growth_is_told_for_ten_times_the_work() -> None:
    def ageing(n: int, seconds: float) -> Figure:
        return Figure("ageing", n, seconds, 1.0, "s", "lower")

    def dunning(n: int, rate: float) -> Figure:
        return Figure("dunning", n, rate, 1.0, "lines/s", "higher")

    found = [ageing(1000, 0.1), ageing(100_000, 14.4), dunning(1000, 500.0), dunning(10_000, 400.0)]
    assert growth(found[0], found) is None
    assert growth(found[1], found) == pytest.approx(12)  # 144 times for a hundred times
    assert growth(found[3], found) == pytest.approx(12.5)
    assert "×12.0!" in table(found)
    check = Figure("order_check", 10_000, 600.0, 1200.0, "checks/s", "higher", {})
    assert growth(check, [check, check]) is None
