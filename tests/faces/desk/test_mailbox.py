"""The mailbox: messages as they left, their verdicts, and answers."""

from __future__ import annotations

import pytest
from django.test import Client

from creditdesk.collections import queries as collections
from creditdesk.contact import queries as contact
from creditdesk.contact import services as contact_services
from creditdesk.contact.models import Message
from creditdesk.kernel.actor import Actor
from tests.faces.desk.pages import body, csv_rows, key_of, rows, words, xlsx_rows
from tests.faces.desk.work import a_debtor, a_fresh_bank, a_reminder


@pytest.fixture
def sent(desk: Actor) -> str:
    """A reminder to Acorn C1 that waits to be sent."""
    a_debtor(desk)
    a_fresh_bank(desk)
    return a_reminder(desk)


def test_an_empty_mailbox_says_how_it_fills(manager: Client) -> None:
    page = words(manager.get("/mailbox/"))
    assert "Nothing has been written yet" in page
    assert "See the plan" in page


def test_the_list_filters_by_state_and_words(manager: Client, sent: str) -> None:
    [row] = rows(manager.get("/mailbox/"))
    assert sent in row
    assert "Acorn C1" in row
    assert "Queued" in row
    assert len(rows(manager.get("/mailbox/?status=queued&q=acorn"))) == 1
    assert rows(manager.get("/mailbox/?status=sent")) == []
    assert rows(manager.get("/mailbox/?q=nobody")) == []
    assert len(rows(manager.get("/mailbox/?customer=C1"))) == 1


def test_the_list_is_exported_as_it_is_filtered(manager: Client, sent: str) -> None:
    head, row = csv_rows(manager.get("/mailbox/?format=csv"))
    assert head[:3] == ["Message", "Customer number", "Customer"]
    assert row[:3] == [sent, "C1", "Acorn C1"]
    assert len(xlsx_rows(manager.get("/mailbox/?format=xlsx&status=sent"))) == 1


def test_a_message_shows_what_it_is_about_and_why_it_may_go(auditor: Client, sent: str) -> None:
    page = words(auditor.get(f"/mailbox/{sent}/"))
    assert "ann@c1.example" in page
    assert "INV-C1" in page
    assert "May go out" in page
    assert "The bank import is fresh" in page


def test_a_verdict_that_stays_the_same_is_shown_once(
    auditor: Client, desk: Actor, sent: str
) -> None:
    bank = collections.bank_fact(desk.company_id, desk.today)
    contact_services.send_queued(desk, bank=bank)
    page = words(auditor.get(f"/mailbox/{sent}/"))
    assert page.count("The bank import is fresh") == 1
    assert "Unchanged when sent · 16 Mar 2026" in page


def test_its_html_stands_alone_and_runs_nothing(manager: Client, sent: str) -> None:
    page = manager.get(f"/mailbox/{sent}/")
    assert '<iframe class="letter" sandbox title=' in body(page)
    assert f'src="/mailbox/{sent}/html"' in body(page)
    letter = manager.get(f"/mailbox/{sent}/html")
    policy = letter["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert letter["X-Frame-Options"] == "SAMEORIGIN"
    assert "INV-C1" in body(letter)


def test_messages_of_another_company_are_not_there(manager: Client, other: Actor) -> None:
    a_debtor(other)
    a_fresh_bank(other)
    reference = a_reminder(other)
    for address in (f"/mailbox/{reference}/", f"/mailbox/{reference}/html"):
        assert manager.get(address).status_code == 404
    assert rows(manager.get("/mailbox/")) == []


def test_an_uncertain_message_is_decided_by_a_person_once(
    manager: Client, auditor: Client, desk: Actor, sent: str
) -> None:
    Message.objects.filter(reference=sent).update(status="handed_over", handed_over_at=desk.at)
    page = words(manager.get(f"/mailbox/{sent}/"))
    assert "Nothing is sent twice by itself" in page
    assert auditor.post(f"/mailbox/{sent}/decide", {"decision": "sent"}).status_code == 403
    key = key_of(manager, f"/mailbox/{sent}/")
    for _ in range(2):
        response = manager.post(f"/mailbox/{sent}/decide", {"decision": "sent", "key": key})
        assert response.status_code == 303
    assert contact.message(desk.company_id, sent).row.status == "sent"
    late = manager.post(f"/mailbox/{sent}/decide", {"decision": "failed", "key": "another"})
    assert late.status_code == 409
    assert contact.message(desk.company_id, sent).row.status == "sent"


def test_an_answer_holds_until_it_is_handled(manager: Client, auditor: Client, desk: Actor) -> None:
    customer_id = a_debtor(desk)
    assert "Every answer is handled" in words(manager.get("/mailbox/replies/"))
    reply_id = contact_services.record_reply(
        desk, customer_id, sender="ann@c1.example", body="<b>We</b> never got it"
    )
    page = manager.get("/mailbox/replies/")
    assert "<b>We</b> never got it" in words(page)
    assert "&lt;b&gt;We&lt;/b&gt;" in body(page)
    assert auditor.post(f"/mailbox/replies/{reply_id}/handle").status_code == 403
    assert contact.live_holds(desk.company_id)
    key = key_of(manager, "/mailbox/replies/")
    for _ in range(2):
        done = manager.post(f"/mailbox/replies/{reply_id}/handle", {"key": key})
        assert done.status_code == 303
    assert contact.replies_open(desk.company_id) == []
    assert contact.live_holds(desk.company_id) == []


def test_an_answer_of_another_company_cannot_be_handled(manager: Client, other: Actor) -> None:
    reply_id = contact_services.record_reply(
        other, a_debtor(other), sender="x@example.com", body="no"
    )
    assert manager.post(f"/mailbox/replies/{reply_id}/handle").status_code == 404
    assert len(contact.replies_open(other.company_id)) == 1


def test_a_message_prints_as_a_letter(auditor: Client, sent: str) -> None:
    page = auditor.get(f"/mailbox/{sent}/paper")

    assert page.status_code == 200
    assert ">Acorn C1<br>" in body(page)
    assert "INV-C1" in body(page)
    assert auditor.get("/mailbox/REM-unknown/paper").status_code == 404
