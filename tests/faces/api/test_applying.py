"""Over the API: a payment for another currency, credit set off, both once per key and undone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from creditdesk.cash import services as cash
from creditdesk.controls import services as controls
from creditdesk.insight import queries as insight
from creditdesk.kernel.actor import Actor
from creditdesk.policy import services as policy
from tests.cash import stage
from tests.cash.test_netting import credited
from tests.cash.test_services import counts
from tests.faces.api.conftest import Caller

PAY = "PAY-2026-000001"


@pytest.fixture
def applier(desk: Actor) -> Caller:
    return Caller(controls.issue_key(desk.company_id, name="bank", by="test", role="cash_applier"))


@pytest.fixture
def acorn(desk: Actor) -> int:
    return stage.customer(desk, "Acorn Inc")


@pytest.fixture
def dollars(desk: Actor, acorn: int) -> tuple[int, int]:
    """Acorn owes 1,000.00 dollars and paid 950.00 euro on the tenth, a dollar at 0.90."""
    policy.load_rates(
        [
            ("USD", "EUR", stage.ISSUED, Decimal("0.85")),
            ("USD", "EUR", stage.PAID, Decimal("0.90")),
            ("EUR", "USD", stage.PAID, Decimal("1.11111111")),
        ],
        source="test",
    )
    item = stage.invoice(desk, acorn, "INV-X1", 100_000, currency="USD")
    payment = stage.paid(desk, 95_000, "October")
    cash.assign_payer(desk, payment, acorn)
    return payment, item


def test_another_currency_is_asked_shown_applied_once_and_undone(
    applier: Caller, desk: Actor, dollars: tuple[int, int]
) -> None:
    payment, item = dollars
    asked = applier.get(f"/payments/{PAY}/exchange").json()
    assert asked == {
        "payment": PAY, "unapplied": "950.00", "currency": "EUR",
        "items": [{"invoice": "INV-X1", "instalment": 1, "open": "1000.00", "currency": "USD",
                   "costs": "900.00", "rate": "1.11111111", "source": "policy"}],
    }  # fmt: skip
    body = {"items": [{"invoice": "INV-X1"}]}
    before = counts()
    shown = applier.post(f"/payments/{PAY}/exchange", {**body, "preview": True})
    told = {
        "payment": PAY, "currency": "EUR", "unapplied": "50.00",
        "items": [{"invoice": "INV-X1", "settled": "1000.00", "currency": "USD",
                   "taken": "900.00", "difference": "50.00", "difference_currency": "EUR"}],
    }  # fmt: skip
    assert (shown.status_code, shown.json(), counts()) == (200, told, before)
    for _ in range(2):
        done = applier.post(f"/payments/{PAY}/exchange", body, Idempotency_Key="k")
        assert (done.status_code, done.json()) == (200, told)
    assert (stage.open_minor(item), stage.payment(payment).unapplied_minor) == (0, 5_000)
    assert insight.prove(desk.company_id) == []
    back = applier.post(f"/payments/{PAY}/undo", {}, Idempotency_Key="u")
    assert back.json() == {"credit": PAY, "free": "950.00", "currency": "EUR"}
    assert (stage.open_minor(item), stage.payment(payment).unapplied_minor) == (100_000, 95_000)
    assert insight.prove(desk.company_id) == []


def test_what_cannot_be_exchanged_says_why_and_changes_nothing(
    applier: Caller, desk: Actor, acorn: int, dollars: tuple[int, int]
) -> None:
    stage.invoice(desk, acorn, "INV-E", 5_000)
    stage.invoice(desk, acorn, "INV-G", 5_000, currency="GBP")
    stage.invoice(desk, stage.customer(desk, "Birch"), "INV-B", 5_000, currency="USD")
    before = counts()
    for item, status, code in (
        ({"invoice": "INV-X1", "amount": "1000.00", "money": "700.00"}, 403, "rate_too_far"),
        ({"invoice": "INV-X1", "amount": "1000.01"}, 409, "item_changed"),
        ({"invoice": "INV-X1", "money": "950.01"}, 409, "payment_changed"),
        ({"invoice": "INV-E"}, 403, "same_currency"),
        ({"invoice": "INV-G"}, 403, "rate_missing"),
        ({"invoice": "INV-B"}, 404, "item_unknown"),
        ({"invoice": "INV-X1", "instalment": 2}, 404, "item_unknown"),
        ({"invoice": "INV-9"}, 404, "invoice_unknown"),
        ({"invoice": "INV-X1", "amount": "1.005"}, 422, "amount_invalid"),
    ):
        answer = applier.post(f"/payments/{PAY}/exchange", {"items": [item]})
        assert (answer.status_code, answer.json()["code"], counts()) == (status, code, before)
    assert applier.post(f"/payments/{PAY}/undo", {}).json()["code"] == "nothing_to_undo"


def test_a_credit_note_is_set_off_once_and_taken_back(
    applier: Caller, desk: Actor, acorn: int
) -> None:
    item = stage.invoice(desk, acorn, "INV-1", 6_000)
    other = stage.invoice(desk, acorn, "INV-2", 9_000)
    credited(desk, acorn, 10_000)
    body = {"items": [{"invoice": "INV-2", "amount": "50.00"}, {"invoice": "INV-1"}]}
    told = {"credit": "CN-1", "set_off": "100.00", "left": "0.00", "currency": "EUR"}
    before = counts()
    shown = applier.post("/credit-notes/CN-1/set-off", {**body, "preview": True})
    assert (shown.json(), counts()) == (told, before)
    for _ in range(2):
        done = applier.post("/credit-notes/CN-1/set-off", body, Idempotency_Key="k")
        assert (done.status_code, done.json()) == (200, told)
    assert (stage.open_minor(item), stage.open_minor(other)) == (1_000, 4_000)
    back = applier.post("/credit-notes/CN-1/set-off/undo", {}, Idempotency_Key="u")
    assert back.json() == {"credit": "CN-1", "free": "100.00", "currency": "EUR"}
    assert (stage.open_minor(item), stage.open_minor(other)) == (6_000, 9_000)
    assert insight.prove(desk.company_id) == []


def test_unapplied_money_is_set_off(applier: Caller, desk: Actor, acorn: int) -> None:
    item = stage.invoice(desk, acorn, "INV-1", 6_000)
    payment = stage.paid(desk, 10_000, "October", on=date(2026, 3, 10))
    cash.assign_payer(desk, payment, acorn)
    answer = applier.post(f"/payments/{PAY}/set-off", {"items": [{"invoice": "INV-1"}]})
    assert answer.json() == {
        "credit": PAY, "set_off": "60.00", "left": "40.00", "currency": "EUR",
    }  # fmt: skip
    assert stage.open_minor(item) == 0
