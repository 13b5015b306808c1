"""Cheques and cash at the desk: taken, brought to the bank, credited, bounced, cancelled."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from creditdesk.cash import services as cash
from creditdesk.kernel.actor import Actor
from tests.cash import stage
from tests.cash.stage import Paid
from tests.cash.test_receipts import TODAY, bank, notes
from tests.faces.desk.pages import words

SignedIn = Callable[..., Client]
CHEQUE = {
    "customer": "C1", "kind": "cheque", "amount": "100.00", "currency": "EUR",
    "received_on": "2026-03-16", "cheque_number": "004711", "drawer": "Acorn Foods",
    "drawer_bank": "Town Bank", "dated_on": "2026-03-14",
}  # fmt: skip


@pytest.fixture
def acorn(desk: Actor) -> int:
    return stage.customer(desk, "Acorn Foods", number="C1")


def test_an_empty_page_teaches(manager: Client) -> None:
    assert "Nothing was taken over the counter yet" in words(manager.get("/cash/receipts/"))
    assert "Nothing was brought to the bank yet" in words(manager.get("/cash/deposits/"))


def test_a_cheque_goes_its_way(signed_in: SignedIn, desk: Actor, acorn: int) -> None:
    item = stage.invoice(desk, acorn, "INV-1", 10_000)
    bank(desk)
    cashier, clerk = signed_in("cashier"), signed_in("cash_applier")
    form = words(cashier.get("/cash/receipts/take?customer=C1"))
    assert "Acorn Foods" in form
    assert "INV-1" in form
    taken = cashier.post("/cash/receipts/take", CHEQUE | {f"amount-{item}": "100.00"}, follow=True)
    assert "RCP-2026-000001 is taken" in words(taken)
    assert stage.open_minor(item) == 0
    paper = cashier.get("/cash/receipts/RCP-2026-000001/paper")
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert "004711" in words(cashier.get("/cash/receipts/?q=4711&state=held"))
    assert "No receipt is like that" in words(cashier.get("/cash/receipts/?state=bounced"))
    assert (
        "RCP-2026-000001"
        in b"".join(cashier.get("/cash/receipts/?format=csv").streaming_content).decode()
    )
    drawn = cashier.post(
        "/cash/deposits/draw-up",
        {"receipt": ["RCP-2026-000001"], "account": stage.ACCOUNT, "brought_on": "2026-03-16"},
        follow=True,
    )
    assert "DEP-2026-000001 is drawn up" in words(drawn)
    assert cashier.get("/cash/deposits/DEP-2026-000001/paper").content[:5] == b"%PDF-"
    stage.take_in(desk, Paid(minor=9_900, text="DEP-2026-000001", on=TODAY))
    cash.match(desk)
    differing = words(clerk.get("/cash/deposits/DEP-2026-000001/"))
    assert "The bank credited another amount under this number" in differing
    stage.take_in(desk, Paid(minor=100, text="rest", on=TODAY), name="b.csv")
    credits_ = {"payment": ["PAY-2026-000002", "PAY-2026-000003"]}
    alone = clerk.post(
        "/cash/deposits/DEP-2026-000001/settle", {"payment": ["PAY-2026-000002"]}, follow=True
    )
    assert "The bank credited 99.00, DEP-2026-000001 is 100.00" in words(alone)
    done = clerk.post("/cash/deposits/DEP-2026-000001/settle", credits_, follow=True)
    assert "The bank has credited it" in words(done)
    back = clerk.post("/cash/receipts/RCP-2026-000001/bounce", {"charges": "3.50"}, follow=True)
    assert "Bounced" in words(back)
    assert stage.open_minor(item) == 10_000
    assert stage.books(desk)["bank"] == -350


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_taken(
    signed_in: SignedIn, desk: Actor, acorn: int
) -> None:
    cashier = signed_in("cashier")
    for posted, status, says in (
        (CHEQUE | {"customer": "C9"}, 422, "There is no customer"),
        (CHEQUE | {"cheque_number": ""}, 422, "Nothing was given"),
        (CHEQUE | {"amount": "ten"}, 422, "no amount in EUR"),
        (CHEQUE | {"currency": "EURO"}, 422, "That is no currency"),
        (CHEQUE | {"dated_on": "2020-01-01"}, 422, "is no longer taken"),
    ):
        response = cashier.post("/cash/receipts/take", posted)
        assert (response.status_code, says in words(response)) == (status, True), posted
    assert stage.books(desk) == {}


def test_a_manager_cancels_and_a_double_click_takes_once(
    signed_in: SignedIn, desk: Actor, acorn: int
) -> None:
    cashier, boss = signed_in("cashier"), signed_in("manager")
    keyed = CHEQUE | {"key": "one-form"}
    for _ in range(2):
        cashier.post("/cash/receipts/take", keyed, follow=True)
    assert stage.books(desk) == {"undeposited": 10_000, "unapplied": -10_000}
    assert cashier.post("/cash/receipts/RCP-2026-000001/cancel", {"reason": "x"}).status_code == 403
    bare = boss.post("/cash/receipts/RCP-2026-000001/cancel", {"reason": ""}, follow=True)
    assert "A receipt is cancelled only with a reason" in words(bare)
    done = boss.post("/cash/receipts/RCP-2026-000001/cancel", {"reason": "twice"}, follow=True)
    assert "Cancelled; its number stays used" in words(done)
    assert stage.books(desk) == {}


def test_a_deposit_is_voided_and_not_drawn_up_of_nothing(
    signed_in: SignedIn, desk: Actor, acorn: int
) -> None:
    bank(desk)
    cash.take_receipt(desk, notes(700))
    cashier, boss = signed_in("cashier"), signed_in("manager")
    empty = cashier.post("/cash/deposits/draw-up", {"account": stage.ACCOUNT}, follow=True)
    assert "Nothing was chosen" in words(empty)
    chosen = {"receipt": ["RCP-2026-000001"], "account": stage.ACCOUNT}
    cashier.post("/cash/deposits/draw-up", chosen, follow=True)
    again = cashier.post("/cash/deposits/draw-up", chosen, follow=True)
    assert "was deposited or cancelled meanwhile" in words(again)
    done = boss.post("/cash/deposits/DEP-2026-000001/void", {"reason": "in the safe"}, follow=True)
    assert "Voided; its receipts may be deposited anew" in words(done)
