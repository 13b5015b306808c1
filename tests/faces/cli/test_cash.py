"""`creditdesk cash`: another currency, credit set off and taken back, the order of allocation."""

from __future__ import annotations

from decimal import Decimal

import pytest

from creditdesk.cash import services
from creditdesk.faces.cli import cash
from creditdesk.insight import queries as insight
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError
from creditdesk.plumbing import clock
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.cash import stage
from tests.cash.test_netting import credited
from tests.cash.test_services import counts
from tests.support.fixtures import TODAY

PAY = "PAY-2026-000001"


@pytest.fixture
def acorn(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> int:
    """Acorn owes 1,000.00 dollars and 60.00 euro, and paid 950.00 euro; a dollar was 0.90."""
    monkeypatch.setattr(clock, "today", lambda *_: TODAY)
    policy.publish(actor, given=DEFAULT, valid_from=TODAY.replace(month=1, day=1))
    policy.load_rates([("USD", "EUR", stage.ISSUED, Decimal("0.90"))], source="test")
    customer = stage.customer(actor, "Acorn Inc")
    stage.invoice(actor, customer, "INV-X1", 100_000, currency="USD")
    stage.invoice(actor, customer, "INV-1", 6_000)
    payment = stage.paid(actor, 95_000, "October")
    services.assign_payer(actor, payment, customer)
    return customer


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def exchange(*items: str, is_preview: bool = False) -> int:
    return cash.exchange(payment=PAY, items=items, company="", is_preview=is_preview)


def set_off(credit: str, *items: str, is_preview: bool = False) -> int:
    return cash.set_off(credit=credit, items=items, company="", is_preview=is_preview)


def test_another_currency(acorn: int, actor: Actor, capsys: pytest.CaptureFixture[str]) -> None:
    assert acorn
    assert cash.rates(payment=PAY, company="") == 0
    assert said(capsys) == (
        f"{PAY}  950.00 EUR\n  INV-X1  1000.00 USD  900.00 EUR  1 EUR = 1.111111 USD\n"
    )
    before = counts()
    assert exchange("INV-X1/1", is_preview=True) == 0
    told = f"  INV-X1  1000.00 USD  900.00 EUR  our difference 0.00 EUR\n{PAY}: 50.00 EUR left\n"
    assert (said(capsys), counts()) == (told + "Nothing is written yet\n", before)
    assert exchange("INV-X1") == 0
    assert said(capsys) == told
    assert cash.undo(credit=PAY, company="") == 0
    assert said(capsys) == f"{PAY}: 950.00 EUR is free again\n"
    assert exchange("INV-X1=500.00") == 0
    assert f"{PAY}: 500.00 EUR left" in said(capsys)
    assert insight.prove(actor.company_id) == []


def test_credit_set_off_and_taken_back(
    acorn: int, actor: Actor, capsys: pytest.CaptureFixture[str]
) -> None:
    credited(actor, acorn, 5_000)
    before = counts()
    assert set_off("CN-1", "INV-1", is_preview=True) == 0
    assert said(capsys) == "  INV-1  50.00 EUR\nCN-1: 0.00 EUR left\nNothing is written yet\n"
    assert counts() == before
    assert set_off("CN-1", "INV-1=20.00") == 0
    assert said(capsys) == "  INV-1  20.00 EUR\nCN-1: 30.00 EUR left\n"
    assert cash.undo(credit="CN-1", company="") == 0
    assert said(capsys) == "CN-1: 20.00 EUR is free again\n"
    assert set_off(PAY, "INV-1") == 0
    assert said(capsys) == f"  INV-1  60.00 EUR\n{PAY}: 890.00 EUR left\n"
    assert insight.prove(actor.company_id) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("INV-9", "invoice_unknown"),
        ("INV-X1/2", "item_unknown"),
        ("INV-X1/x", "invoice_unknown"),
        ("INV-X1=ten", "amount_malformed"),
        ("INV-X1=1000.01", "item_changed"),
        ("INV-1", "same_currency"),
    ],
)
def test_what_cannot_be_changes_nothing(acorn: int, words: str, code: str) -> None:
    assert acorn
    before = counts()
    with pytest.raises(DomainError) as refused:
        exchange(words)
    assert (refused.value.code, counts()) == (code, before)


def test_the_order_and_a_replay(
    acorn: int, actor: Actor, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cash.order(company="", is_replay=False, is_preview=False) == 0
    first, second, *_, last = said(capsys).splitlines()
    assert (first, second) == ("acme: v1, only proposes", "  1  past_due:costs")
    assert last == "  -: the policy decides"
    rules = {**DEFAULT, "allocation": {"automatic": True}}
    policy.publish(actor, given=rules, valid_from=TODAY)
    services.match(actor)
    stage.invoice(actor, acorn, "INV-2", 7_000)
    before = counts()
    assert cash.order(company="", is_replay=True, is_preview=True) == 0
    moved = f"  {PAY}  INV-2  0.00 EUR → 70.00 EUR\n"
    assert (said(capsys), counts()) == (moved + "Nothing is written yet\n", before)
    assert cash.order(company="", is_replay=True, is_preview=False) == 0
    assert said(capsys) == moved
    assert cash.order(company="", is_replay=True, is_preview=False) == 0
    assert said(capsys) == "A replay changes nothing\n"
