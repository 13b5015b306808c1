"""Figures of honest matching over the API: definition, source, and the payments behind each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from creditdesk.cash import services as cash
from creditdesk.kernel.actor import Actor
from tests.cash import stage
from tests.faces.api.conftest import Caller


@pytest.fixture
def matched(desk: Actor) -> dict[str, str]:
    """One straight through, one undone, one that waits; what each is called."""
    acorn = stage.customer(desk, "Acorn Foods")
    for n in range(2):
        stage.invoice(desk, acorn, f"INV-100{n}", 10_000 + n)
    stage.paid(desk, 10_000, "INV-1000")
    wrong = stage.paid(desk, 10_001, "INV-1001")
    stage.paid(desk, 77, "nobody knows", on=stage.PAID - timedelta(days=40))
    cash.match(desk)
    cash.undo(desk, wrong)
    return {"straight": "PAY-2026-000001", "undone": "PAY-2026-000002", "waits": "PAY-2026-000003"}


def test_every_figure_with_its_definition_source_and_documents(
    caller: Caller, matched: dict[str, str]
) -> None:
    told = caller.get("/matching/figures").json()
    assert (told["as_of"], told["since"]) == ("2026-03-16", "2025-12-16")
    assert [(one["code"], one["percent"], one["part"], one["whole"]) for one in told["rates"]] == [
        ("straight_through", "33.333333", 1, 3),
        ("line_hit", "33.333333", 1, 3),
        ("false_match", "50.000000", 1, 2),
    ]
    for one in told["rates"]:
        assert one["name"]
        assert one["definition"]
        assert "%" not in one["source"]
        assert caller.get(one["drill_down"].removeprefix("/api/v1")).status_code == 200
    assert told["by_method"] == [
        {
            "method": "document_number", "applied": 2, "undone": 1, "percent": "50.000000",
            "drill_down": "/api/v1/matching/payments?behind=undone&method=document_number"
                          "&as_of=2026-03-16&days=90",
        }
    ]  # fmt: skip
    waiting = told["exceptions"]
    assert waiting["oldest_days"] == 46
    assert [(one["from_days"], one["to_days"], one["payments"]) for one in waiting["ages"]] == [
        (0, 1, 0), (2, 3, 0), (4, 7, 1), (8, 30, 0), (31, None, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("behind=straight", {"straight"}),
        ("behind=undone", {"undone"}),
        ("behind=undone&method=amount", set()),
        ("behind=not_straight", {"undone", "waits"}),
        ("behind=not_straight&days=10", {"undone"}),
        ("behind=not_straight&as_of=2026-02-28", {"waits"}),
    ],
)
def test_the_payments_behind(
    caller: Caller, matched: dict[str, str], query: str, expected: set[str]
) -> None:
    rows = caller.get(f"/matching/payments?{query}").json()["payments"]
    assert {row["payment"] for row in rows} == {matched[one] for one in expected}


def test_what_a_payment_behind_says(caller: Caller, matched: dict[str, str]) -> None:
    [row] = caller.get("/matching/payments?behind=undone").json()["payments"]
    assert row == {
        "payment": matched["undone"], "received_on": "2026-03-10", "amount": "100.01",
        "unapplied": "100.01", "currency": "EUR", "methods": ["document_number"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        "as_of=2026-03-17", "as_of=0001-01-01", "as_of=2026-02-30", "days=0", "days=367",
        "as_of=9999-12-31",
    ],
)  # fmt: skip
def test_days_without_figures_are_refused(caller: Caller, desk: Actor, query: str) -> None:
    assert caller.get(f"/matching/figures?{query}").status_code == 422
    assert caller.get(f"/matching/payments?behind=undone&{query}").status_code == 422
    assert caller.get("/matching/payments").status_code == 422
    assert caller.get("/matching/payments?behind=all").status_code == 422


def test_of_nothing_there_is_no_rate(caller: Caller, desk: Actor) -> None:
    told = caller.get("/matching/figures").json()
    assert [one["percent"] for one in told["rates"]] == [None, None, None]
    assert (told["exceptions"]["oldest_days"], told["by_method"]) == (None, [])
    assert date.fromisoformat(told["as_of"]) == desk.today
