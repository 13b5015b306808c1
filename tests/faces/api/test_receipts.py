"""Cheques and cash by the API: one key, one receipt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time

import pytest

from creditdesk.controls import services as controls
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock
from tests.cash import stage
from tests.faces.api.conftest import Caller
from tests.support.fixtures import TODAY

CASH = {"customer_number": "C1", "kind": "cash", "currency": "EUR", "amount": "80.00"}


@pytest.fixture
def till(desk: Actor) -> Iterator[Caller]:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield Caller(controls.issue_key(desk.company_id, name="till", by="test", role="cashier"))


@pytest.fixture
def item(desk: Actor) -> int:
    acorn = stage.customer(desk, "Acorn Foods", number="C1")
    return stage.invoice(desk, acorn, "INV-1", 10_000)


def test_a_receipt_is_taken_once_by_its_key(till: Caller, desk: Actor, item: int) -> None:
    body = CASH | {"invoices": [{"invoice": "INV-1", "amount": "75.00"}], "on_account": True}
    answers = [till.post("/receipts", body, idempotency_key="till-1") for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    told = answers[0].json()
    assert told == {
        "reference": "RCP-2026-000001", "kind": "cash", "state": "held", "customer_number": "C1",
        "amount": {"amount": "80.00", "currency": "EUR"},
        "unapplied": {"amount": "5.00", "currency": "EUR"}, "received_on": "2026-03-16",
        "counts_on": "2026-03-16", "cheque_number": "", "invoices": ["INV-1"],
        "payment_reference": "PAY-2026-000001", "deposit_reference": "",
    }  # fmt: skip
    assert till.get("/receipts/RCP-2026-000001").json() == told
    assert stage.open_minor(item) == 2_500


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"invoices": [{"invoice": "INV-1", "amount": "100.01"}]}, 422, "more_than_open"),
        ({"invoices": [{"invoice": "INV-9", "amount": "1.00"}]}, 404, "item_unknown"),
        ({"amount": "0"}, 422, "amount_not_positive"),
        ({"amount": "1.001"}, 422, "amount_invalid"),
        ({"kind": "cheque"}, 422, "receipt_kind"),
        ({"customer_number": "C9"}, 404, "customer_unknown"),
        ({"received_on": "2026-03-17"}, 422, "received_ahead"),
        ({"kind": "cheque", "cheque": {"number": "1", "drawer": "A", "bank": "B",
                                       "dated_on": "2025-01-01"}}, 403, "cheque_stale"),
    ],
)  # fmt: skip
def test_what_is_no_receipt_changes_nothing(
    till: Caller, desk: Actor, item: int, change: dict[str, object], status: int, code: str
) -> None:
    before = stage.books(desk)
    answer = till.post("/receipts", CASH | change, idempotency_key="till-2")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert stage.books(desk) == before
