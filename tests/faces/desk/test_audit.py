"""The audit trail on the desk: read by those who may, filtered, exported, never changed."""

from __future__ import annotations

from django.test import Client

from creditdesk.controls.audit import services as audit
from creditdesk.controls.privacy import services as privacy
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact
from creditdesk.kernel.actor import Actor
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import csv_rows, rows, words
from tests.faces.desk.work import a_debtor


def test_who_did_what_with_what_is_shown_newest_first(auditor: Client, desk: Actor) -> None:
    customer_id = a_debtor(desk, "C1")
    customers.add_contact(desk, customer_id, contact=NewContact(name="Ann <b>Example</b>"))
    page = auditor.get("/audit/")
    assert "customers.edit" in rows(page)[0]
    assert "Ann <b>Example</b>" in rows(page)[0]
    assert b"<b>Example" not in page.content
    assert "not yet" in rows(page)[0]
    audit.seal()
    assert "sealed" in rows(auditor.get("/audit/"))[0]
    assert "Rows sealed" in words(auditor.get("/audit/"))


def test_it_filters_by_who_what_when_and_words(auditor: Client, desk: Actor) -> None:
    customer_id = a_debtor(desk, "C1")
    customers.edit(desk, customer_id, changes={"segment": "retail"})
    assert len(rows(auditor.get("/audit/?what=customers.edit"))) == 1
    assert len(rows(auditor.get("/audit/?q=RETAIL"))) == 1
    assert rows(auditor.get("/audit/?q=nothing-like-it")) == []
    assert rows(auditor.get("/audit/?until=2026-03-15")) == []
    assert len(rows(auditor.get("/audit/?since=2026-03-16&until=2026-03-16"))) > 0
    everything = len(rows(auditor.get("/audit/")))
    assert len(rows(auditor.get("/audit/?who=nobody-known"))) == everything
    assert auditor.get("/audit/?since=yesterday").status_code == 422


def test_what_was_erased_says_so(auditor: Client, desk: Actor) -> None:
    customer_id = a_debtor(desk, "C1")
    contact_id = customers.add_contact(desk, customer_id, contact=NewContact(name="Ann Example"))
    privacy.erase(desk, kind="contact", subject_id=contact_id)
    page = words(auditor.get("/audit/?what=customers.edit"))
    assert "erased by rule" in page
    assert "Ann" not in page


def test_an_export_names_people_by_digest_and_is_itself_recorded(
    auditor: Client, desk: Actor
) -> None:
    customer_id = a_debtor(desk, "C1")
    customers.add_contact(desk, customer_id, contact=NewContact(name="Ann Example"))
    head, first, *_ = csv_rows(auditor.get("/audit/?format=csv&what=customers.edit"))
    assert head[:5] == ["Number", "Business time", "Machine time", "Who", "What"]
    assert first[4] == "customers.edit"
    assert "Ann" not in first[6]
    assert "personal" in first[6]
    assert "audit.export" in rows(auditor.get("/audit/"))[0]


def test_it_is_for_auditors_and_administrators(signed_in: SignedIn, desk: Actor) -> None:
    for role in ("collector", "cash_applier", "analyst", "resolver", "sales"):
        client = signed_in(role)
        assert client.get("/audit/").status_code == 403
        assert "/audit/" not in client.get("/").content.decode()
    assert signed_in("administrator").get("/audit/").status_code == 200
    assert signed_in("auditor").post("/audit/").status_code == 405


def test_another_company_s_acts_are_not_there(auditor: Client, desk: Actor, other: Actor) -> None:
    customers.edit(other, a_debtor(other, "C9"), changes={"segment": "overseas"})
    assert rows(auditor.get("/audit/?q=overseas")) == []
