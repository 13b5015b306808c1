"""Short payments over the API: the ways asked for, one taken, once per key."""

from __future__ import annotations

from datetime import date

import pytest

from creditdesk.cash import services as cash
from creditdesk.controls import services as controls
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from tests.cash import stage
from tests.cash.test_shortfalls import LATE, publish
from tests.faces.api.conftest import Caller


@pytest.fixture
def applier(desk: Actor) -> Caller:
    return Caller(controls.issue_key(desk.company_id, name="bank", by="test", role="cash_applier"))


@pytest.fixture
def short(desk: Actor) -> str:
    """1,190.00 less 2 %, a day late."""
    publish(desk, since=date(2020, 5, 7))
    acorn = stage.customer(desk, "Acorn Short")
    item = stage.taxed(desk, acorn, "INV-S1001", 100_000, 19_000, terms_code="skonto")
    payment = stage.paid(desk, 116_620, "October", on=LATE)
    cash.apply(desk, payment, allocations={item: 116_620})
    return "PAY-2026-000001"


def test_the_ways_and_one_taken_once(applier: Caller, desk: Actor, short: str) -> None:
    ways = applier.get(f"/payments/{short}/short").json()["ways"]
    assert [(one["way"], one["amount"], one["tax"], one["why_not"]) for one in ways] == [
        ("discount", "23.80", "3.80", ""),
        ("tolerance", "23.80", "0.00", "above_tolerance"),
        ("bank_fee", "23.80", "0.00", "above_bank_fee"),
        ("deduction", "23.80", "0.00", ""),
        ("left_open", "23.80", "0.00", ""),
    ]
    assert (ways[0]["earned"], ways[0]["offered_until"]) == (False, "2026-02-12")
    body = {"invoice": "INV-S1001", "way": "discount", "expected": "23.80"}
    for _ in range(2):
        answer = applier.post(f"/payments/{short}/short", body, Idempotency_Key="k")
        assert answer.status_code == 200
        assert answer.json() == {
            "invoice": "INV-S1001", "way": "discount", "given": "23.80", "tax": "3.80",
            "open": "0.00", "currency": "EUR",
        }  # fmt: skip
    assert invoices.open_items(desk.company_id) == []


def test_what_cannot_be_is_said_with_its_code(applier: Caller, desk: Actor, short: str) -> None:
    for body, status, code in (
        ({"invoice": "INV-S1001", "way": "tolerance"}, 403, "above_tolerance"),
        ({"invoice": "INV-S1001", "way": "discount", "expected": "23.79"}, 409, "item_changed"),
        ({"invoice": "INV-S1001", "way": "deduction"}, 422, "deduction_reason_missing"),
        ({"invoice": "INV-S1002", "way": "discount"}, 404, "item_unknown"),
        ({"invoice": "INV-S1001", "instalment": 2, "way": "discount"}, 404, "item_unknown"),
        ({"invoice": "INV-S1001", "instalment": 0, "way": "discount"}, 422, "request_invalid"),
        ({"invoice": "INV-S1001", "way": "forget"}, 422, "request_invalid"),
    ):
        answer = applier.post(f"/payments/{short}/short", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.json()
    assert [one.open_minor for one in invoices.open_items(desk.company_id)] == [2_380]
