"""`python -m benchmarks.interest`: one JSON answer; what it cannot use has a code and a field."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import interest

CASE = {"jurisdiction": "EU", "amount": "10000.00", "currency": "EUR", "due_on": "2026-01-31",
        "until": "2026-03-17"}  # fmt: skip


def ran(tmp_path: Path, capsys: pytest.CaptureFixture[str], given: object) -> tuple[int, Any]:
    path = tmp_path / "cases.json"
    path.write_text(given if isinstance(given, str) else json.dumps(given))
    status = interest.main(["--json", str(path)])
    return status, json.loads(capsys.readouterr().out)


def test_cases_are_answered_with_their_breakdown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = ran(tmp_path, capsys, {"cases": [
        {"id": "V-1", **CASE},
        {"id": "V-2", "country": "GB", "principal": 5000, "currency": "GBP", "rate": 12,
         "due_date": "2026-01-31", "days": 60},
        {"id": "V-4", "jurisdiction": "UK", "amount": "10000", "currency": "GBP",
         "late_from": "2023-06-01", "paid_on": "2024-03-31"},
        {"id": "H2", **CASE, "due_on": "2026-06-15", "until": "2026-07-15"},
    ], "reference_rates": [
        {"reference": "ecb_mro", "valid_on": "2026-07-01", "percent": "2.40"},
    ]})  # fmt: skip
    assert (status, found["cases"], found["refused"]) == (0, 4, 0)
    assert [
        (one["id"], one["interest"], one["compensation"], one["compensation_currency"])
        for one in found["answers"]
    ] == [
        ("V-1", "125.14", "40.00", "EUR"),
        ("V-2", "98.63", "70.00", "GBP"),
        ("V-4", "957.81", "100.00", "GBP"),
        ("H2", "84.45", "40.00", "EUR"),
    ]
    assert found["answers"][3]["segments"] == [
        {"first_day": "2026-06-16", "last_day": "2026-06-30", "days": 15, "year_days": 365,
         "balance": "10000.00", "percent": "10.15"},
        {"first_day": "2026-07-01", "last_day": "2026-07-15", "days": 15, "year_days": 365,
         "balance": "10000.00", "percent": "10.40"},
    ]  # fmt: skip
    assert found["answers"][2]["segments"][0]["last_day"] == "2024-03-30"
    assert "no_legal_advice" in found["answers"][0]["notes"]


def test_payments_credits_disputes_and_costs_over_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = {**CASE, "payments": [{"on": "2026-02-20", "amount": "4000"}],
            "credits": [{"date": "2026-03-01", "amount": 1000, "since_due": True}],
            "disputes": [{"from": "2026-02-11", "until": "2026-02-20", "amount": "500"}],
            "costs": [{"on": "2026-02-10", "amount": "25.00"}]}  # fmt: skip
    status, found = ran(tmp_path, capsys, case)
    (answer,) = found["answers"]
    assert status == 0
    assert [(one["days"], one["balance"]) for one in answer["segments"]] == [
        (10, "9000.00"), (10, "8500.00"), (25, "5000.00"),
    ]  # fmt: skip
    assert answer["interest_minor"] == 8_342
    assert answer["open"] == {"principal": "5000.00", "interest": "83.42", "costs": "65.00",
                              "total": "5148.42", "overpaid": "0.00"}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"jurisdiction": "XX"}, "jurisdiction_unknown", "cases[1].jurisdiction"),
        ({"jurisdiction": None}, "field_missing", "cases[1].jurisdiction"),
        ({"currency": "eur"}, "currency_malformed", "cases[1].currency"),
        ({"amount": "0"}, "amount_not_positive", "cases[1].amount"),
        ({"amount": -5}, "amount_not_positive", "cases[1].amount"),
        ({"amount": "1.005"}, "amount_malformed", "cases[1].amount"),
        ({"amount": "1,000.00"}, "number_malformed", "cases[1].amount"),
        ({"amount": True}, "number_malformed", "cases[1].amount"),
        ({"amount": "1e30"}, "amount_malformed", "cases[1].amount"),
        ({"amount": "NaN"}, "number_malformed", "cases[1].amount"),
        ({"due_on": "2026-02-31"}, "date_malformed", "cases[1].due_on"),
        ({"due_on": 20260131}, "date_malformed", "cases[1].due_on"),
        ({"late_from": "2026-02-01"}, "start_unclear", "cases[1].due_on"),
        ({"until": "2026-01-30"}, "until_before_due", "cases[1].until"),
        ({"until": None}, "until_missing", "cases[1].until"),
        ({"until": None, "days": 1.5}, "days_invalid", "cases[1].days"),
        ({"consumer": "no"}, "flag_expected", "cases[1].consumer"),
        ({"agreed_percent": -1}, "percent_out_of_range", "cases[1].agreed_percent"),
        ({"day_count": "actual"}, "choice_unknown", "cases[1].day_count"),
        ({"allocation": "mine"}, "choice_unknown", "cases[1].allocation"),
        ({"colour": 1}, "field_unknown", "cases[1].colour"),
        ({"principal": 1}, "field_twice", "cases[1]"),
        ({"payments": {}}, "list_expected", "cases[1].payments"),
        ({"payments": [5]}, "case_malformed", "cases[1].payments[0]"),
        ({"payments": [{"on": "2026-02-30", "amount": 1}]}, "date_malformed",
         "cases[1].payments[0].on"),
        ({"payments": [{"on": "2026-02-01"}]}, "number_malformed", "cases[1].payments[0].amount"),
        ({"disputes": [{"from": "2026-02-02", "until": "2026-02-01", "amount": 1}]},
         "until_before_from", "cases[1].disputes[0].until"),
        ({"due_on": "2031-01-01", "until": "2031-02-01"}, "reference_rate_missing", "cases[1]"),
        ({"jurisdiction": "US", "currency": "USD"}, "agreed_rate_missing", "cases[1]"),
    ],
)  # fmt: skip
def test_a_case_of_no_use_is_refused_and_the_others_are_answered(
    change: dict[str, Any], code: str, field: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    status, found = ran(tmp_path, capsys, [CASE, {**CASE, **change}])
    assert (status, found["refused"]) == (1, 1)
    assert found["answers"][0]["interest_minor"] == 12_514
    error = found["answers"][1]["error"]
    assert (error["code"], error["field"]) == (code, field)
    assert error["message"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("{", "json_malformed"),
        ('[{"amount": NaN}]', "json_malformed"),
        ("[" * 100_000, "json_malformed"),
        ([], "cases_missing"),
        ("5", "cases_missing"),
        ({"cases": {}, "reference_rates": []}, "field_missing"),
        ({"cases": [5]}, "case_malformed"),
        ({"cases": [CASE], "more": 1}, "field_unknown"),
        ({"cases": [CASE], "reference_rates": [
            {"reference": "ecb_mro", "valid_on": "2026-02-01", "percent": "1"}]},
         "reference_rate_invalid"),
    ],
)  # fmt: skip
def test_a_file_of_no_use_is_refused(
    given: object, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = ran(tmp_path, capsys, given)
    answers = [found, *found.get("answers", [])]
    assert status in (1, 2)
    assert [one["error"]["code"] for one in answers if "error" in one] == [code]


def test_the_command_runs_by_itself_without_a_database(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(CASE))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.interest", "--json", str(path)],
        capture_output=True, text=True, check=False,
        cwd=Path(__file__).parent.parent.parent,
    )  # fmt: skip
    assert (done.returncode, json.loads(done.stdout)["answers"][0]["total"]) == (0, "165.14")
    missing = subprocess.run(
        [sys.executable, "-m", "benchmarks.interest", "--json", str(tmp_path / "none.json")],
        capture_output=True, text=True, check=False,
        cwd=Path(__file__).parent.parent.parent,
    )  # fmt: skip
    assert (missing.returncode, json.loads(missing.stdout)["error"]["code"]) == (
        2, "file_unreadable",
    )  # fmt: skip
