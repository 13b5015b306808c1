"""Returns, refunds and direct debits at the desk, from hand to hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from creditdesk.cash import services as cash
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.treasury import queries
from creditdesk.treasury import services as treasury
from tests.cash import stage
from tests.cash.stage import PAID, Paid
from tests.faces.desk.pages import body, words
from tests.treasury.people import person
from tests.treasury.test_credit_refunds import paid_and_credited
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
    wrong = clerk.post("/refunds/ask", told | {"iban": "FR1420041010050500013M02607"})
    assert wrong.status_code == 422
    kept = wrong.content.decode()
    for typed in (reference, "40.00", "FR1420041010050500013M02607", "Acorn", "paid twice"):
        assert f'value="{typed}"' in kept
    assert sql.scalar("SELECT count(*) FROM treasury_refund") == 0
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


def test_a_credit_note_is_paid_out_from_its_own_page(signed_in: SignedIn, desk: Actor) -> None:
    paid_and_credited(desk)
    clerk = signed_in("cash_applier")
    assert "/refunds/?credit=CN-1#ask" in body(clerk.get("/invoices/CN-1/"))
    form = clerk.get("/refunds/?credit=CN-1")
    assert 'name="credit_note"' in body(form)
    assert 'name="payment"' not in body(form)
    told = {"credit_note": "CN-1", "amount": "40.00", "iban": IBAN, "payee": "A", "reason": "x"}
    too_much = clerk.post("/refunds/ask", {**told, "amount": "50.01"}, follow=True)
    assert "Less of CN-1 is unapplied now" in words(too_much)
    unknown = clerk.post("/refunds/ask", {**told, "credit_note": "CN-9"}, follow=True)
    assert unknown.status_code == 409
    assert "CN-9" in body(unknown)
    assert sql.scalar("SELECT count(*) FROM treasury_refund") == 0
    done = clerk.post("/refunds/ask", told, follow=True)
    assert "Asked for" in words(done)
    assert "/invoices/CN-1/" in body(done)
    assert "Pay it out" not in words(signed_in("auditor").get("/invoices/CN-1/"))


def test_what_the_bank_refused_is_told_at_the_desk(signed_in: SignedIn, desk: Actor) -> None:
    _, payment = overpaid(desk)
    refund = treasury.ask_refund(
        person(desk, "c", "cash_applier"), payment, minor=4_000, iban=IBAN, payee="A", reason="x"
    )
    treasury.approve_refund(person(desk, "m", "manager"), refund.refund_id)
    releaser = person(desk, "t", "treasurer")
    treasury.release_refunds(releaser, [refund.refund_id], account=stage.ACCOUNT)
    treasurer = signed_in("treasurer")
    assert "The bank refused it" in words(treasurer.get("/refunds/"))
    assert "The bank refused it" not in words(signed_in("auditor").get("/refunds/"))
    address = f"/refunds/{refund.refund_id}/fail"
    state = "SELECT state FROM treasury_refund"
    treasurer.post(address, {"reason": " "})
    assert sql.scalar(state) == "released"
    assert "the money is the customer" in words(
        treasurer.post(address, {"reason": "AC04"}, follow=True)
    )
    assert sql.scalar(state) == "failed"
    assert "AC04" in words(treasurer.get("/refunds/"))


def test_a_manager_says_who_collects(signed_in: SignedIn, desk: Actor) -> None:
    manager, clerk = signed_in("manager"), signed_in("cash_applier")
    assert "Say who collects" in words(manager.get("/direct-debits/"))
    assert "Say who collects" not in words(clerk.get("/direct-debits/"))
    assert clerk.get("/direct-debits/creditor").status_code == 403
    told = {"identifier": "DE98ZZZ09999999999", "called": "Acme", "iban": IBAN}
    for field, wrong in (("identifier", "DE97ZZZ09999999999"), ("iban", "DE00"), ("called", "")):
        refused = manager.post("/direct-debits/creditor", {**told, field: wrong})
        assert refused.status_code == 422
        assert 'aria-invalid="true"' in body(refused)
    assert queries.creditor(desk.company_id) is None
    assert manager.post("/direct-debits/creditor", told).status_code == 303
    assert "DE98ZZZ09999999999" in words(clerk.get("/direct-debits/"))
    known = queries.creditor(desk.company_id)
    assert known is not None
    assert (known.name, known.iban) == ("Acme", IBAN)
    assert 'value="DE98ZZZ09999999999"' in body(manager.get("/direct-debits/creditor"))


def test_unapplied_money_is_paid_back_from_the_payment(signed_in: SignedIn, desk: Actor) -> None:
    overpaid(desk)
    clerk = signed_in("cash_applier")
    [reference] = sql.scalars("SELECT reference FROM cash_payment")
    assert f"/refunds/?payment={reference}#ask" in body(clerk.get(f"/cash/payments/{reference}/"))
    assert f'value="{reference}"' in body(clerk.get(f"/refunds/?payment={reference}"))
