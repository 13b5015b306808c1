"""A short payment at the desk: every way on its page, one click each, undone as well."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from creditdesk.cash import queries as cash
from creditdesk.cash import services
from creditdesk.disputes import queries as disputes
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.ledger.rules import DISCOUNT_UNEARNED, VAT_OUTPUT
from tests.cash import stage
from tests.cash.test_shortfalls import publish
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body, words
from tests.faces.desk.test_matching import form, open_minor, unapplied
from tests.faces.desk.work import FRIDAY, a_payment

ISSUED = FRIDAY - timedelta(days=20)


@pytest.fixture
def applier(signed_in: SignedIn) -> Client:
    return signed_in("cash_applier")


@pytest.fixture
def short(desk: Actor) -> str:
    """Acorn paid 1,190.00, 190.00 of it tax, less 2 %, ten days after the discount ended."""
    publish(desk, since=date(2020, 5, 5))
    acorn = stage.customer(desk, "Acorn Short", number="S1")
    stage.taxed(desk, acorn, "INV-S1001", 100_000, 19_000, issued_on=ISSUED, terms_code="skonto")
    return a_payment(desk, 116_620, "INV-S1001", name="Acorn Short")


def item_of(desk: Actor, reference: str) -> int:
    return cash.payment(desk.company_id, reference).allocations[0].item_id


def test_the_page_offers_every_way_with_its_amounts(applier: Client, short: str) -> None:
    response = applier.get(f"/cash/payments/{short}/")
    page = words(response).replace(" .", ".")
    assert "still open 23.80 EUR" in page
    assert "Discount of 2 %, taken late of it 3.80 EUR tax" in page
    assert "Write off: more than the policy writes off" in page
    assert "Bank charge: more than the policy takes as a bank's charge" in page
    assert "Leave open" in page
    assert "Dispute the deduction" in page
    assert " style=" not in body(response)


def test_one_click_takes_the_discount_and_one_takes_it_back(
    applier: Client, desk: Actor, short: str
) -> None:
    item = item_of(desk, short)
    fields = form(applier.get(f"/cash/payments/{short}/"), f"/cash/payments/{short}/short")
    given = applier.post(
        f"/cash/payments/{short}/short", {**fields, f"way-{item}": "discount"}, follow=True
    )
    page = words(given)
    assert "23.80 EUR given; it can be undone" in page
    assert "discount, taken late, of it 3.80 EUR tax" in page
    assert "INV-S1001" not in open_minor(desk)
    books = stage.books(desk)
    assert (books[DISCOUNT_UNEARNED], books[VAT_OUTPUT]) == (2_000, -18_620)
    [row] = cash.adjustments_of_payment(
        desk.company_id, cash.payment(desk.company_id, short).payment.id
    )
    back = applier.post(f"/cash/payments/{short}/undo", {"adjustment": str(row.id)}, follow=True)
    assert "What was given is open again" in words(back)
    assert open_minor(desk)["INV-S1001"] == 2_380


def test_a_deduction_becomes_a_dispute_with_its_reason(
    applier: Client, desk: Actor, short: str
) -> None:
    item = item_of(desk, short)
    said = applier.post(
        f"/cash/payments/{short}/short",
        {f"way-{item}": "deduction", f"reason-{item}": "quality"},
        follow=True,
    )
    assert "The deduction is in dispute" in words(said)
    assert "quality" in words(applier.get("/disputes/"))


def test_what_the_policy_does_not_allow_is_said_at_the_payment(
    applier: Client, desk: Actor, short: str
) -> None:
    item = item_of(desk, short)
    said = applier.post(f"/cash/payments/{short}/short", {f"way-{item}": "tolerance"}, follow=True)
    assert "More is open than the policy writes off" in words(said)
    assert open_minor(desk)["INV-S1001"] == 2_380
    for wrong in ({}, {f"way-{item}": "forget"}, {"way-x": "discount"}):
        assert applier.post(f"/cash/payments/{short}/short", wrong).status_code in (303, 404, 422)
    assert open_minor(desk)["INV-S1001"] == 2_380


def test_a_proposal_is_accepted_and_completed_in_one_click(applier: Client, desk: Actor) -> None:
    publish(desk, since=date(2020, 5, 6))
    acorn = stage.customer(desk, "Acorn Short", number="S1")
    item = stage.taxed(
        desk, acorn, "INV-S1001", 100_000, 19_000, issued_on=ISSUED, terms_code="skonto"
    )
    reference = a_payment(desk, 116_620, "October", name="Acorn Short")
    response = applier.get(f"/cash/payments/{reference}/")
    assert "Accept, and of what stays open of INV-S1001" in words(response)
    fields = form(response, f"/cash/payments/{reference}/apply")
    done = applier.post(
        f"/cash/payments/{reference}/apply", {**fields, f"way-{item}": "discount"}, follow=True
    )
    assert f"{reference} is applied" in words(done)
    assert (open_minor(desk), unapplied(desk, reference)) == ({}, 0)


def test_who_only_reads_sees_no_way(signed_in: SignedIn, short: str) -> None:
    page = signed_in("auditor").get(f"/cash/payments/{short}/")
    assert "still open" not in words(page)


def test_what_an_advice_names_stands_first_and_goes_into_the_dispute(
    applier: Client, desk: Actor
) -> None:
    publish(desk, since=date(2020, 5, 5))
    acorn = stage.customer(desk, "Acorn Short", number="S1")
    stage.taxed(desk, acorn, "INV-S1001", 100_000, 19_000, issued_on=ISSUED)
    content = (
        b"Invoice;Amount paid;Deduction;Reason\nINV-S1001;1100,00;90,00;goods damaged\nX-9;1,00;;\n"
    )
    advice = services.take_in_advice(desk, filename="a.csv", content=content)
    payment = a_payment(desk, 110_000, "October", name="Acorn Short")
    services.tie_advice(desk, advice.reference, payment_reference=payment)
    services.match(desk)
    address = f"/cash/payments/{payment}/"
    page = applier.get(address)
    assert "The advice says: goods damaged" in words(page)
    shown = body(page)
    assert shown.index('value="quality"') < shown.index('value="price"')
    item = invoices.open_items(desk.company_id)[0].item_id
    fields = form(page, f"{address}apply")
    posted = applier.post(
        f"{address}apply",
        {**fields, f"amount-{item}": "1100.00", f"way-{item}": "deduction",
         f"reason-{item}": "quality", f"note-{item}": "goods damaged"},
    )  # fmt: skip
    assert posted.status_code == 303
    [dispute] = disputes.open_disputes(desk.company_id)
    assert (dispute.reason, dispute.disputed_minor, dispute.note) == (
        "quality", 9_000, "goods damaged",
    )  # fmt: skip
