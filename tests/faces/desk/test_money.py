"""Returns, refunds and direct debits at the desk, from hand to hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from creditdesk.cash import services as cash
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.cash.stage import PAID, Paid
from tests.faces.desk.pages import words
from tests.treasury.test_debits import debtor, ready
from tests.treasury.test_refunds import IBAN, overpaid

SignedIn = Callable[..., Client]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/cash/returns/", "No payment came back yet"),
        ("/refunds/", "Nothing is to be paid back"),
        ("/direct-debits/", "Nothing was collected yet"),
        ("/mandates/", "There is no mandate yet"),
    ],
)
def test_an_empty_page_teaches(manager: Client, address: str, says: str) -> None:
    assert says in words(manager.get(address))


def test_a_return_is_tied_by_a_person(signed_in: SignedIn, desk: Actor) -> None:
    for n in (1, 2):
        stage.paid(desk, 3_000, f"rent {n}", iban=IBAN)
    stage.take_in(
        desk,
        Paid(minor=-3_000, text="RETOURE MS03", iban=IBAN, on=PAID + timedelta(days=1)),
        name="b.csv",
    )
    cash.match(desk)
    clerk = signed_in("cash_applier")
    page = words(clerk.get("/cash/returns/"))
    assert "several payments fit alike" in page
    number = sql.scalar("SELECT id FROM cash_return")
    wrong = clerk.post(f"/cash/returns/{number}/tie", {"payment": "PAY-0"})
    assert wrong.status_code == 404
    done = clerk.post(f"/cash/returns/{number}/tie", {"payment": "PAY-2026-000002"}, follow=True)
    assert "Every return is tied to its payment." in words(done)
    assert stage.books(desk)["bank"] == 3_000


def test_a_refund_goes_through_four_hands(signed_in: SignedIn, desk: Actor) -> None:
    _, payment = overpaid(desk)
    reference = sql.scalar("SELECT reference FROM cash_payment WHERE id = %s", [payment])
    told = {"payment": reference, "amount": "40.00", "iban": "FR1420041010050500013M02606",
            "payee": "Acorn", "reason": "paid twice"}  # fmt: skip
    clerk, checker = signed_in("cash_applier"), signed_in("master_data")
    boss, treasurer = signed_in("manager"), signed_in("treasurer")
    assert "There is no such payment" in words(
        clerk.post("/refunds/ask", told | {"payment": "PAY-0"}, follow=True)
    )
    assert "the money is set apart" in words(clerk.post("/refunds/ask", told, follow=True))
    number = sql.scalar("SELECT id FROM treasury_refund")
    assert "not checked yet" in words(boss.get("/refunds/"))
    said = words(boss.post(f"/refunds/{number}/approve", follow=True))
    assert "The bank details are not checked yet" in said
    call = {"spoke_to": "Ms Acorn", "note": "number of 2019"}
    assert "are checked" in words(checker.post(f"/refunds/{number}/confirm", call, follow=True))
    assert "Approved" in words(boss.post(f"/refunds/{number}/approve", follow=True))
    choice = {"refund": str(number), "account": stage.ACCOUNT}
    shown = words(treasurer.post("/refunds/release", choice))
    assert "Nothing has left yet." in shown
    assert sql.scalar("SELECT count(*) FROM treasury_paymentfile") == 0
    assert sql.scalar("SELECT state FROM treasury_refund") == "approved"
    done = treasurer.post("/refunds/release", choice | {"sure": "yes"}, follow=True)
    assert "PF-2026-000001.xml is ready for the bank" in words(done)
    file = treasurer.post("/payment-files/PF-2026-000001/fetch")
    assert file["Content-Disposition"] == 'attachment; filename="PF-2026-000001.xml"'
    assert b"FR1420041010050500013M02606" in file.content


def test_a_collection_is_drawn_up_approved_and_handed_over(
    signed_in: SignedIn, desk: Actor
) -> None:
    ready(desk)
    debtor(desk, 0)
    clerk, boss, treasurer = (
        signed_in("cash_applier"), signed_in("manager"), signed_in("treasurer"),
    )  # fmt: skip
    soon = words(clerk.post("/direct-debits/draw-up", {"collect_on": "2026-03-17"}, follow=True))
    assert "Customers must be told earlier than that" in soon
    made = words(clerk.post("/direct-debits/draw-up", {"collect_on": "2026-03-31"}, follow=True))
    assert "the notices wait in the mailbox" in made
    assert "ready for the bank" in words(
        boss.post("/direct-debits/DD-2026-000001/approve", follow=True)
    )
    assert "the bank has it" in words(
        treasurer.post("/direct-debits/DD-2026-000001/hand-over", follow=True)
    )
    assert sql.scalar("SELECT state FROM treasury_run") == "handed_over"


def test_a_mandate_is_kept_changed_and_revoked(signed_in: SignedIn, desk: Actor) -> None:
    stage.customer(desk, "Acorn", number="C77")
    keeper, boss = signed_in("master_data"), signed_in("manager")
    told = {"customer": "C77", "iban": IBAN, "holder": "Acorn", "signed_on": "2026-03-01"}
    assert "There is no such customer" in words(
        keeper.post("/mandates/give", told | {"customer": "C78"}, follow=True)
    )
    assert "The mandate is kept" in words(keeper.post("/mandates/give", told, follow=True))
    address = "/mandates/MND-2026-000001/change"
    change = {"act": "account", "iban": "FR1420041010050500013M02606"}
    assert "change waits" in words(keeper.post(address, change, follow=True))
    assert "The mandate is changed" in words(
        boss.post(address, {"act": "confirm", "note": "called Ms A"}, follow=True)
    )
    assert sql.scalar("SELECT iban FROM treasury_mandate") == "FR1420041010050500013M02606"
    keeper.post(address, {"act": "revoke", "note": "she wrote"})
    assert sql.scalar("SELECT state FROM treasury_mandate") == "revoked"
    assert keeper.post(address, {"act": "nonsense"}).status_code == 422
