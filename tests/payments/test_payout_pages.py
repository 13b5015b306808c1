"""Payouts and the mails of a case at the desk."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from creditdesk.contact import services as contact
from creditdesk.controls.models import User
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound
from creditdesk.payments import gateway
from creditdesk.payments import services as payments
from creditdesk.payments.models import CaseEntry, Payout
from creditdesk.payments.queries import payouts as reads
from creditdesk.payments.rules.cases import NewCase
from creditdesk.plumbing import clock
from tests.cash import stage
from tests.controls.people import person
from tests.faces.desk.pages import rows, words
from tests.payments import desk as verbs
from tests.payments.desk import a_debt, tell, work_off
from tests.payments.test_payouts import ARRIVES, movement, payout, receipt
from tests.support.stripe_server import Provider

MAIL = (
    b"From: Ann <ann@acorn.example>\r\nTo: credit@example.com\r\nSubject: Paid twice\r\n"
    b"Message-ID: <%d@acorn.example>\r\nDate: Mon, 16 Mar 2026 09:00:00 +0000\r\n\r\nWe paid."
)


def signed_in(desk: Actor, role: str) -> Client:
    clock.move(desk.at)
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(id=person(desk, f"p-{role}", role).user_id))
    return client


@pytest.fixture
def awaited(desk: Actor, provider: Provider, stripe_of: gateway.Stripe) -> Actor:
    """A payout of 145.00 is told, one of -20.00 too; the bank has brought neither."""
    verbs.paid(desk, a_debt(desk), provider, stripe_of)
    provider.movements["po_1"] = [
        movement("charge", 15_000, 450, "txn_1"), movement("stripe_fee", -50, 0, "txn_2"),
    ]  # fmt: skip
    provider.movements["po_2"] = [movement("adjustment", -2_000, 0, "txn_3")]
    for told in (payout(14_500), payout(-2_000, "po_2")):
        assert work_off(desk, tell(desk, "payout.paid", told), stripe_of) == "awaited"
    return desk


def test_without_payouts_the_page_teaches(desk: Actor, settings: Any) -> None:
    settings.STRIPE_KEYS = {}
    assert "takes no payments online yet" in words(signed_in(desk, "auditor").get("/payouts/"))


def test_of_two_alike_a_person_says_which_line_it_is(awaited: Actor) -> None:
    stage.take_in(awaited, receipt("STRIPE"), receipt("STRIPE PAYOUT"))
    clerk, auditor = signed_in(awaited, "cash_applier"), signed_in(awaited, "auditor")
    assert [row.split()[0] for row in rows(clerk.get("/payouts/"))] == ["po_2", "po_1"]
    page = clerk.get("/payouts/po_1/")
    assert "Which line of the bank is it?" in words(page)
    assert "This is it" not in words(auditor.get("/payouts/po_1/"))
    first, second = reads.bank_side(awaited.company_id, {14_500}, since=ARRIVES)
    for line in ("", "x", str(second.id + 1_000)):
        clerk.post("/payouts/po_1/clear", {"line": line})
        assert Payout.objects.get(payout="po_1").payment_id is None
    assert auditor.post("/payouts/po_1/clear", {"line": str(first.id)}).status_code == 403
    done = clerk.post("/payouts/po_1/clear", {"line": str(first.id)}, follow=True)
    assert "The payout is cleared" in words(done)
    assert Payout.objects.get(payout="po_1").payment_id == first.id
    assert "Arrived" in words(clerk.get("/payouts/po_1/"))
    again = clerk.post("/payouts/po_1/clear", {"line": str(second.id)}, follow=True)
    assert "cleared already" in words(again)
    assert clerk.get("/payouts/po_9/").status_code == 404


def test_what_a_payout_sums_up_is_shown(awaited: Actor) -> None:
    text = words(signed_in(awaited, "auditor").get("/payouts/po_1/"))
    for said in ("Payment", "Fee of the payment service", "150 .00 EUR", "No line of the bank"):
        assert said in text
    taken = words(signed_in(awaited, "cash_applier").get("/payouts/po_2/"))
    assert "Chargeback or correction" in taken


# -- mails of a case


def a_case(desk: Actor) -> tuple[str, int]:
    """Return a case of a customer, and a mail of theirs."""
    customer = stage.customer(desk, "Acorn", number="C1")
    taken = contact.take_in_mail(desk, filename="a.eml", content=MAIL % 1, door="desk")
    contact.assign_mail(desk, taken.mail_id, customer_number="C1")
    reference = payments.open_cases(desk, [NewCase(kind="duplicate", customer_id=customer)])[0]
    return reference, taken.mail_id


def test_a_mail_of_the_customer_is_attached_to_their_case_once(desk: Actor) -> None:
    reference, mail_id = a_case(desk)
    resolver = signed_in(desk, "resolver")
    page = f"/payment-cases/{reference}/"
    assert "Paid twice" in words(resolver.get(page))
    assert resolver.post(f"{page}work", {"act": "mail", "mail": str(mail_id)}).status_code == 303
    entry = CaseEntry.objects.order_by("-id")[0]
    assert (entry.act, entry.mail_id) == ("attached", mail_id)
    shown = resolver.get(page).content.decode()
    assert f"/{mail_id}/" in shown
    assert "Attach the mail" not in shown
    with pytest.raises(Conflict) as twice:
        payments.attach_mail(desk, reference, mail_id)
    assert twice.value.code == "mail_attached"
    assert CaseEntry.objects.filter(mail_id=mail_id).count() == 1


def test_a_mail_that_is_nowhere_or_elsewhere_is_not_attached(desk: Actor) -> None:
    reference, mail_id = a_case(desk)
    resolver = signed_in(desk, "resolver")
    work = f"/payment-cases/{reference}/work"
    assert resolver.post(work, {"act": "mail", "mail": "x"}).status_code == 422
    assert resolver.post(work, {"act": "mail", "mail": str(mail_id + 1)}).status_code == 404
    with pytest.raises(NotFound):
        payments.attach_mail(desk, reference, 0)
    assert not CaseEntry.objects.filter(mail_id__isnull=False).exists()
