"""What a collector does about a customer: call, promise, dispute, hold, write."""

from __future__ import annotations

import pytest
from django.test import Client

from creditdesk.collections import queries as collections
from creditdesk.contact import queries as contact
from creditdesk.disputes import queries as disputes
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body, key_of, words
from tests.faces.desk.work import a_debtor, a_fresh_bank

ACTS = ("call", "promise", "dispute", "hold", "email")


@pytest.fixture
def late(desk: Actor) -> int:
    """Acorn C1 is 20 days late with 500.00 EUR, and the bank import is fresh."""
    a_fresh_bank(desk)
    return a_debtor(desk)


@pytest.fixture
def collector(signed_in: SignedIn) -> Client:
    return signed_in("collector")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.usefixtures("late")
def test_each_form_shows_whom_it_is_about(collector: Client, act: str) -> None:
    response = collector.get(f"/customers/C1/{act}")
    assert response.status_code == 200
    assert "Acorn C1" in words(response)
    assert " style=" not in body(response)


def test_a_call_is_logged_once(collector: Client, desk: Actor, late: int) -> None:
    key = key_of(collector, "/customers/C1/call")
    given = {"outcome": "left_message", "kind": "call", "note": "Again at ten", "key": key}
    for _ in range(2):
        response = collector.post("/customers/C1/call", {**given, "next": "/worklist/?at=C1"})
        assert (response.status_code, response["Location"]) == (303, "/worklist/?at=C1")
    [row] = collections.activities(desk.company_id, late)
    assert (row.kind, row.outcome, row.note) == ("call", "left_message", "Again at ten")
    assert row.recorded_by == "Helena Brandt"


def test_a_call_may_bring_a_promise(collector: Client, desk: Actor, late: int) -> None:
    given = {
        "outcome": "promise", "kind": "call", "currency": "EUR", "amount": "500,00",
        "due_on": "2026-03-20", "note": "Friday's run",
    }  # fmt: skip
    assert collector.post("/customers/C1/call", given).status_code == 303
    [promised] = collections.promises(desk.company_id, late)
    assert (promised.minor, promised.due_on.isoformat()) == (50_000, "2026-03-20")


def test_a_promise_without_a_date_is_said_at_the_field(
    collector: Client, desk: Actor, late: int
) -> None:
    given = {"outcome": "promise", "currency": "EUR", "amount": "500", "due_on": "soon"}
    response = collector.post("/customers/C1/call", given)
    assert response.status_code == 422
    assert "Write it as 2026-01-31" in words(response)
    assert collections.activities(desk.company_id, late) == []
    assert collections.promises(desk.company_id, late) == []


def test_somebody_elses_contact_is_refused(collector: Client, desk: Actor, late: int) -> None:
    a_debtor(desk, "C2")
    from_other = body(collector.get("/customers/C2/call"))
    person = from_other.partition(">Ann Archer<")[0].rpartition('value="')[2].partition('"')[0]
    response = collector.post("/customers/C1/call", {"outcome": "reached", "contact": person})
    assert response.status_code == 422
    assert collections.activities(desk.company_id, late) == []


def test_a_promise_holds_the_chosen_invoice(collector: Client, desk: Actor, late: int) -> None:
    [item] = invoices.open_items(desk.company_id, customer_ids=[late])
    key = key_of(collector, "/customers/C1/promise")
    given = {
        "currency": "EUR", "amount": "500.00", "due_on": "2026-03-20", "item": str(item.item_id),
        "key": key,
    }  # fmt: skip
    for _ in range(2):
        assert collector.post("/customers/C1/promise", given).status_code == 303
    assert len(collections.promises(desk.company_id, late)) == 1
    [hold] = contact.live_holds(desk.company_id)
    assert (hold.kind, hold.item_id) == ("promise", item.item_id)


def test_a_promise_in_the_past_says_why_not(collector: Client, desk: Actor, late: int) -> None:
    given = {"currency": "EUR", "amount": "500", "due_on": "2026-03-01"}
    response = collector.post("/customers/C1/promise", given)
    assert response.status_code == 422
    assert "The promised date lies in the past" in words(response)
    assert collections.promises(desk.company_id, late) == []


def test_a_dispute_is_of_the_customers_own_invoice(
    collector: Client, desk: Actor, late: int
) -> None:
    theirs = a_debtor(desk, "C2")
    [item] = invoices.open_items(desk.company_id, customer_ids=[late])
    [wrong] = invoices.open_items(desk.company_id, customer_ids=[theirs])
    given = {"reason": "price", "amount": "120,50", "note": "Agreed 10 % less"}
    refused = collector.post("/customers/C1/dispute", {**given, "item": str(wrong.item_id)})
    assert refused.status_code == 422
    assert disputes.open_disputes(desk.company_id) == []
    done = collector.post("/customers/C1/dispute", {**given, "item": str(item.item_id)})
    assert done.status_code == 303
    [found] = disputes.open_disputes(desk.company_id)
    assert (found.disputed_minor, found.reason) == (12_050, "price")
    again = collector.post("/customers/C1/dispute", {**given, "item": str(item.item_id)})
    assert again.status_code == 409
    assert len(disputes.open_disputes(desk.company_id)) == 1


def test_a_hold_by_hand_is_placed_and_released(collector: Client, desk: Actor, late: int) -> None:
    given = {"note": "Their system is down", "until": "2026-03-30"}
    assert collector.post("/customers/C1/hold", given).status_code == 303
    [hold] = contact.live_holds(desk.company_id)
    assert (hold.kind, hold.note) == ("manual", "Their system is down")
    assert collector.post("/customers/C1/release").status_code == 303
    assert contact.live_holds(desk.company_id) == []


def test_a_letter_is_shown_before_it_is_queued_and_queued_once(
    collector: Client, desk: Actor, late: int
) -> None:
    shown = words(collector.get("/customers/C1/email?tone=firm"))
    assert "INV-C1" in shown
    assert shown != words(collector.get("/customers/C1/email"))
    assert "May go out" in shown
    preview = collector.post("/customers/C1/email", {"tone": "firm", "preview": "yes"})
    assert preview.status_code == 200
    assert contact.mailbox(desk.company_id).total == 0
    key = key_of(collector, "/customers/C1/email")
    for _ in range(2):
        sent = collector.post("/customers/C1/email", {"tone": "firm", "send": "yes", "key": key})
        assert sent.status_code == 303
    [row] = contact.mailbox(desk.company_id).rows
    assert (row.recipient, row.status, row.purpose) == ("ann@c1.example", "queued", "collection")


def test_the_reminder_the_ladder_has_due_is_sent_by_hand_once(
    collector: Client, desk: Actor, late: int
) -> None:
    shown = words(collector.get("/customers/C1/email?tone=ladder"))
    assert "As the ladder has it: Second reminder" in shown
    assert contact.mailbox(desk.company_id).total == 0
    sent = collector.post("/customers/C1/email", {"tone": "ladder", "send": "yes"}, follow=True)
    assert "Queued; it leaves with the next sending" in words(sent)
    [row] = contact.mailbox(desk.company_id).rows
    assert (row.recipient, row.step) == ("ann@c1.example", "second")
    assert "As the ladder has it" not in words(collector.get("/customers/C1/email"))
    again = collector.post("/customers/C1/email", {"tone": "ladder", "send": "yes"}, follow=True)
    assert "The ladder has no reminder due for them today" in words(again)
    assert contact.mailbox(desk.company_id).total == 1


def test_what_the_gate_stops_is_not_queued(collector: Client, desk: Actor, late: int) -> None:
    collector.post("/customers/C1/hold", {"note": "Leave them alone"})
    shown = words(collector.get("/customers/C1/email"))
    assert "Does not go out" in shown
    assert (
        "It cannot be queued as it stands: The customer is on hold: hold placed by hand." in shown
    )
    assert 'name="send"' not in body(collector.get("/customers/C1/email"))
    assert collector.post("/customers/C1/email", {"send": "yes"}).status_code == 303
    assert contact.mailbox(desk.company_id).total == 0
    assert not contact.verdicts(desk.company_id, late)[0].allowed


def test_a_text_of_ones_own_goes_as_it_is_written(collector: Client, desk: Actor) -> None:
    a_fresh_bank(desk)
    a_debtor(desk, late_days=-5)
    given = {"subject": "Copies", "body": "Here are the copies.\n\nKind regards", "send": "yes"}
    assert collector.post("/customers/C1/email", given).status_code == 303
    [row] = contact.mailbox(desk.company_id).rows
    assert (row.subject, row.purpose) == ("Copies", "service")
    assert "Here are the copies." in contact.message(desk.company_id, row.reference).body_text


@pytest.mark.usefixtures("late")
def test_an_auditor_does_nothing(auditor: Client, desk: Actor) -> None:
    [item] = invoices.open_items(desk.company_id)
    given = {
        "outcome": "reached", "currency": "EUR", "amount": "5", "due_on": "2026-03-20",
        "item": str(item.item_id), "reason": "price", "note": "x", "send": "yes",
    }  # fmt: skip
    for act in (*ACTS, "release"):
        assert auditor.post(f"/customers/C1/{act}", given).status_code == 403, act
    assert contact.live_holds(desk.company_id) == []
    assert contact.mailbox(desk.company_id).total == 0
    assert disputes.open_disputes(desk.company_id) == []


def test_customers_of_another_company_are_not_there(collector: Client, other: Actor) -> None:
    a_debtor(other, "X9")
    for act in ACTS:
        assert collector.get(f"/customers/X9/{act}").status_code == 404
        assert collector.post(f"/customers/X9/{act}", {"note": "x"}).status_code == 404
