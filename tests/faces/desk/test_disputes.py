"""Disputes: the list, the page, and how they end."""

from __future__ import annotations

import pytest
from django.test import Client

from creditdesk.contact import queries as contact
from creditdesk.disputes import queries as disputes
from creditdesk.disputes import services as dispute_services
from creditdesk.disputes.rules import NewDispute
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import csv_rows, key_of, rows, words
from tests.faces.desk.work import a_debtor


def a_dispute(actor: Actor, number: str, reason: str, minor: int | None = None) -> str:
    customer_id = a_debtor(actor, number)
    [item] = invoices.open_items(actor.company_id, customer_ids=[customer_id])
    [reference] = dispute_services.open(
        actor, [NewDispute(item.item_id, reason, minor, "two cylinders short")]
    )
    return reference


@pytest.fixture
def two(desk: Actor) -> list[str]:
    return [a_dispute(desk, "C1", "price", 9_000), a_dispute(desk, "C2", "quality")]


def test_an_empty_list_says_how_disputes_come(manager: Client) -> None:
    assert "Nothing is in dispute" in words(manager.get("/disputes/"))


def test_the_list_filters_sorts_and_exports(manager: Client, two: list[str]) -> None:
    assert len(rows(manager.get("/disputes/"))) == 2
    [only] = rows(manager.get("/disputes/?reason=price"))
    assert two[0] in only
    assert "90 .00 EUR" in only
    assert two[1] in rows(manager.get("/disputes/?sort=-disputed"))[0]
    assert rows(manager.get("/disputes/?q=nobody")) == []
    head, first, _ = csv_rows(manager.get("/disputes/?format=csv&sort=disputed"))
    assert head[0] == "Dispute"
    assert (first[0], first[8]) == (two[0], "90.00")


def test_a_resolver_ends_it_once_and_reminders_go_on(
    signed_in: SignedIn, desk: Actor, two: list[str]
) -> None:
    resolver = signed_in("resolver")
    address = f"/disputes/{two[0]}/"
    page = words(resolver.get(address))
    assert "two cylinders short" in page
    assert "Preview the credit note" in page
    key = key_of(resolver, address)
    given = {"resolution": "rejected", "note": "Delivery note is signed", "key": key}
    for _ in range(2):
        assert resolver.post(f"{address}resolve", given).status_code == 303
    found = disputes.dispute(desk.company_id, two[0])
    assert (found.status, found.resolution) == ("resolved", "rejected")
    assert "Delivery note is signed" in found.note
    assert [h.source for h in contact.live_holds(desk.company_id)] == [f"dispute:{two[1]}"]
    again = resolver.post(f"{address}resolve", {"resolution": "paid"})
    assert again.status_code == 409
    assert "Resolution" not in words(resolver.get(address))


def test_it_is_credited_and_resolved_after_a_preview(
    signed_in: SignedIn, desk: Actor, two: list[str]
) -> None:
    resolver = signed_in("resolver")
    address = f"/disputes/{two[0]}/"
    given = {"total": "90.00", "reason": "Two cylinders short"}
    shown = words(resolver.post(f"{address}credit", given))
    assert "Nothing has been recorded yet" in shown
    assert "Open afterwards 410 .00 EUR" in shown
    assert invoices.invoice(desk.company_id, "INV-C1").open_minor == 50_000
    given |= {"confirmed": "yes", "key": key_of(resolver, address)}
    for _ in range(2):
        assert resolver.post(f"{address}credit", given).status_code == 303
    invoice = invoices.invoice(desk.company_id, "INV-C1")
    assert (invoice.open_minor, invoice.credited_minor) == (41_000, 9_000)
    found = disputes.dispute(desk.company_id, two[0])
    assert (found.status, found.resolution) == ("resolved", "credited")


def test_more_than_the_invoice_is_not_credited(
    manager: Client, desk: Actor, two: list[str]
) -> None:
    given = {"total": "900", "reason": "x", "confirmed": "yes"}
    response = manager.post(f"/disputes/{two[0]}/credit", given)
    assert response.status_code == 422
    assert "cannot be credited above its total" in words(response)
    assert invoices.invoice(desk.company_id, "INV-C1").open_minor == 50_000
    assert disputes.dispute(desk.company_id, two[0]).status == "open"


def test_an_unknown_end_is_refused(manager: Client, desk: Actor, two: list[str]) -> None:
    response = manager.post(f"/disputes/{two[0]}/resolve", {"resolution": "forgotten"})
    assert response.status_code == 403
    assert disputes.dispute(desk.company_id, two[0]).status == "open"


def test_an_auditor_reads_and_ends_nothing(auditor: Client, desk: Actor, two: list[str]) -> None:
    assert "Resolution" not in words(auditor.get(f"/disputes/{two[0]}/"))
    for act, given in (
        ("resolve", {"resolution": "paid"}),
        ("credit", {"total": "1", "reason": "x", "confirmed": "yes"}),
    ):
        assert auditor.post(f"/disputes/{two[0]}/{act}", given).status_code == 403
    assert len(disputes.open_disputes(desk.company_id)) == 2


def test_those_of_another_company_are_not_there(manager: Client, other: Actor) -> None:
    reference = a_dispute(other, "X9", "price")
    assert rows(manager.get("/disputes/")) == []
    assert manager.get(f"/disputes/{reference}/").status_code == 404
    done = manager.post(f"/disputes/{reference}/resolve", {"resolution": "paid"})
    assert done.status_code == 404
    assert len(disputes.open_disputes(other.company_id)) == 1


def test_those_that_ended_are_listed_too(manager: Client, desk: Actor, two: list[str]) -> None:
    dispute_services.resolve(desk, two[0], resolution="rejected", note="")
    [still] = rows(manager.get("/disputes/"))
    assert two[1] in still
    [ended] = rows(manager.get("/disputes/?status=resolved"))
    assert two[0] in ended
    assert "Rejected" in ended
    assert len(rows(manager.get("/disputes/?status=all"))) == 2
    assert "Open 1 Resolved 1 All 2" in words(manager.get("/disputes/"))
    _, row = csv_rows(manager.get("/disputes/?status=resolved&format=csv"))
    assert row[-2:] == ["Rejected", "2026-03-16"]
    listed = disputes.listing(desk.company_id, as_of=desk.today, status="", page=9, size=1)
    assert ([one.reference for one in listed.rows], listed.total, listed.page) == ([two[0]], 2, 2)
