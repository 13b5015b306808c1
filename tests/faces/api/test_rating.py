"""How a customer pays, asked over the API and typed."""

from __future__ import annotations

import json

import pytest

from creditdesk.faces.cli import ratings as cli
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import clock
from tests.faces.api.conftest import Caller
from tests.monitoring.stage import billed, settled
from tests.orders.verbs import a_customer


def a_late_payer(desk: Actor) -> None:
    customer = a_customer(desk, "C-1", limit=50_000)
    settled(desk, customer, due_ago=100, late=7, minor=14_000)
    settled(desk, customer, due_ago=120, late=55, minor=8_500)
    billed(desk, customer, late=40, minor=21_400)


def test_a_rating_with_what_it_rests_on(caller: Caller, desk: Actor) -> None:
    a_late_payer(desk)
    assert caller.get("/customers/C-1/rating").json() == {
        "customer_number": "C-1", "as_of": "2026-03-16", "grade": "D", "days_late": "32.38",
        "paydex": 55,
        "drift": {
            "state": "", "by_days": None, "needs_days": None, "usual_days": "31.0",
            "usual_items": 2, "recent_days": "40.0", "recent_items": 1,
        },
        "payments": 2, "paid": {"amount": "225.00", "currency": "EUR"},
        "overdue_items": 1, "overdue": {"amount": "214.00", "currency": "EUR"},
        "unpaid_counted": {"amount": "214.00", "currency": "EUR"},
        "not_due": {"amount": "0.00", "currency": "EUR"},
        "disputed": {"amount": "0.00", "currency": "EUR"},
        "written_off": {"amount": "0.00", "currency": "EUR"},
        "percent_used": "42.8", "broken_promises": 0, "returned_payments": 0,
        "policy_version": 1,
    }  # fmt: skip


def test_too_little_is_known(caller: Caller, desk: Actor) -> None:
    a_customer(desk, "C-1")
    found = caller.get("/customers/C-1/rating").json()
    assert (found["grade"], found["days_late"], found["paydex"]) == (None, None, None)
    assert caller.get("/customers/C-9/rating").status_code == 404


def test_typed(desk: Actor, capsys: pytest.CaptureFixture[str]) -> None:
    a_late_payer(desk)
    with clock.held_at(desk.at):
        assert cli.show("C-1", company="", as_json=False) == 0
        told = capsys.readouterr().out
        assert cli.show("C-1", company="", as_json=True) == 0
    assert "grade D, 32.38 weighted days late" in told
    assert "late 214.00, of which 214.00 counts" in told
    found = json.loads(capsys.readouterr().out)
    assert found["behaviour"]["unpaid"] == [{"late": 40, "minor": 21_400}]
    with pytest.raises(NotFound):
        cli.show("C-9", company="", as_json=False)
