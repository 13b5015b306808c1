"""Exposure, limits asked for and insurance at the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from creditdesk.cash import services as cash
from creditdesk.cash.services import Returned
from creditdesk.credit import queries, services
from creditdesk.credit.rules import NewLimit
from creditdesk.credit.services import NewCover, NewPolicy
from creditdesk.customers import services as customers
from creditdesk.insight import queries as insight
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.actor import Actor
from tests.faces.desk.pages import body, words
from tests.insight.books import Books
from tests.orders.verbs import EARLY, a_customer, an_invoice, an_order, opened
from tests.support.fixtures import TODAY

SignedIn = Callable[..., Client]
WEEK = timedelta(days=7)
ASKED = {
    "kind": "temporary", "amount": "50.00", "currency": "EUR", "valid_from": "2026-03-16",
    "valid_to": "2026-03-23", "reason": "spring fair",
}  # fmt: skip


def worked(desk: Actor) -> tuple[int, Books]:
    """A customer with something in every part of its exposure."""
    opened(desk)
    books = Books(desk)
    customer = a_customer(desk, "C-1", limit=100_000)
    an_invoice(desk, customer, 3_000, number="OPEN-1", due_on=TODAY + WEEK)
    an_invoice(desk, customer, 2_000, number="LATE-1", due_on=TODAY - WEEK)
    an_invoice(desk, customer, 1_500, number="BACK-1", due_on=TODAY - WEEK)
    an_order(desk, "SO-1", 700)
    an_order(desk, "SO-2", 900)
    an_invoice(desk, customer, 400, number="PART-1", due_on=TODAY + WEEK, order_reference="SO-2")
    items = {row.number: row.item_id for row in _open(desk, customer)}
    returned = books.pay(items["BACK-1"], 1_500, on=TODAY)
    cash.return_payments(desk, [Returned(payment_id=returned, on=TODAY)])
    paid = books.pay(items["LATE-1"], 60, on=TODAY)
    cash.undo(desk, paid)
    return customer, books


def _open(desk: Actor, customer: int) -> list[OpenItemRow]:
    return invoices.open_items(desk.company_id, customer_ids=[customer])


def test_every_document_stands_in_its_part_and_they_come_to_the_exposure(
    signed_in: SignedIn, desk: Actor
) -> None:
    customer, _ = worked(desk)
    lines = insight.exposure_lines(desk.company_id, TODAY, [customer])
    owed = sorted((one.bucket, one.number, one.minor) for one in lines if one.kind != "payment")
    assert owed == [
        ("open", "OPEN-1", 3_000), ("open", "PART-1", 400), ("overdue", "LATE-1", 2_000),
        ("reserved", "SO-1", 700), ("returned", "BACK-1", 1_500), ("unbilled", "SO-2", 500),
    ]  # fmt: skip
    assert [(one.bucket, one.minor) for one in lines if one.kind == "payment"] == [
        ("unapplied", -60)
    ]
    [row] = queries.exposure(desk.company_id, customer)
    assert sum(one.minor for one in lines) == row.minor == 8_040
    assert insight.prove(desk.company_id) == []
    [part] = insight.open_parts(desk.company_id, TODAY, [customer])
    assert (part.overdue_minor, part.returned_minor) == (2_000, 1_500)
    page = words(signed_in("collector").get("/customers/C-1/exposure"))
    for said in (
        "Open, not yet due · 34 .00 EUR", "Overdue · 20 .00 EUR",
        "Open again after a payment came back · 15 .00 EUR",
        "Rest of orders invoiced in part · 5 .00 EUR", "Limit in force 1 000 .00 EUR",
    ):  # fmt: skip
        assert said in page, (said, page)
    exported = body(signed_in("auditor").get("/customers/C-1/exposure?format=csv"))
    assert "BACK-1" in exported
    assert "-0.60" in exported


def test_a_limit_is_asked_for_after_a_preview_and_granted(signed_in: SignedIn, desk: Actor) -> None:
    opened(desk)
    customer = a_customer(desk, "C-1", limit=10_000)
    sales, analyst = signed_in("sales"), signed_in("analyst")
    assert "Ask for a limit" in words(sales.get("/customers/C-1/exposure"))
    shown = words(sales.post("/customers/C-1/limits/ask", ASKED))
    assert "Limit now 100 .00 EUR Limit with it 150 .00 EUR" in shown
    assert queries.limit_requests(desk.company_id) == []
    wrong = sales.post("/customers/C-1/limits/ask", ASKED | {"valid_to": ""})
    assert wrong.status_code == 422
    assert "A temporary limit needs a last day" in words(wrong)
    sales.post("/customers/C-1/limits/ask", ASKED | {"confirmed": "yes"})
    [row] = queries.limit_requests(desk.company_id, state="open")
    assert "spring fair" in words(analyst.get("/limits/"))
    assert "Grant" not in words(sales.get(f"/limits/{row.reference}/"))
    answer = {"act": "refuse", "answer": ""}
    assert analyst.post(f"/limits/{row.reference}/decide", answer).status_code == 422
    grant = {
        "act": "grant", "amount": "40.00", "valid_from": "2026-03-16", "valid_to": "2026-03-20",
        "answer": "for the week",
    }  # fmt: skip
    assert "granted" in words(analyst.post(f"/limits/{row.reference}/decide", grant, follow=True))
    assert queries.standing(desk.company_id, customer, TODAY).limit_minor == 14_000
    assert analyst.post(f"/limits/{row.reference}/decide", grant).status_code == 409
    [limit] = [one for one in queries.limit_history(desk.company_id, customer)
               if one.kind == "temporary"]  # fmt: skip
    form = {"on": "2026-03-16", "reason": "not wanted"}
    analyst.post(f"/customers/C-1/limits/{limit.id}/withdraw", form)
    assert queries.standing(desk.company_id, customer, TODAY).limit_minor == 10_000
    assert row.reference in body(analyst.get("/limits/?state=&format=csv"))


def test_the_group_is_shown_with_what_is_left(signed_in: SignedIn, desk: Actor) -> None:
    opened(desk)
    parent, child = a_customer(desk, "G-0", limit=10_000), a_customer(desk, "G-1", limit=10_000)
    customers.set_parent(desk, child, parent_id=parent, valid_from=EARLY)
    shared = NewLimit(group_id=parent, minor=15_000, currency="EUR", valid_from=EARLY)
    services.set_limits(desk, [shared])
    an_order(desk, "SO-1", 4_000, customer="G-1")
    for number in ("G-0", "G-1"):
        page = words(signed_in("analyst").get(f"/customers/{number}/exposure"))
        assert "Left of the group's limit 110 .00 EUR" in page


def test_what_is_covered_and_what_must_be_reported(signed_in: SignedIn, desk: Actor) -> None:
    opened(desk)
    customer = a_customer(desk, "C-1")
    analyst = signed_in("analyst")
    assert "No insurer yet" in words(analyst.get("/insurance/"))
    policy = {
        "insurer": "Fidelity", "number": "P-1", "currency": "EUR", "valid_from": "2020-01-01",
        "valid_to": "2030-12-31", "maximum_liability": "1000000", "retention_percent": "10",
        "deductible": "0", "extension_days": "60", "report_days": "60",
    }  # fmt: skip
    assert analyst.post("/insurance/new", policy | {"retention_percent": "x"}).status_code == 422
    analyst.post("/insurance/new", policy)
    assert analyst.post("/insurance/new", policy).status_code == 409
    cover = {"policy": "P-1", "kind": "named", "amount": "20.00", "currency": "EUR",
             "valid_from": "2020-01-01"}  # fmt: skip
    analyst.post("/customers/C-1/cover", cover)
    an_invoice(desk, customer, 3_000, number="LATE-1", due_on=TODAY - timedelta(days=50))
    page = words(analyst.get("/insurance/"))
    assert "to report now" in page
    assert "beyond the cover" in page
    own = words(analyst.get("/customers/C-1/exposure"))
    assert "Own retention 10.00 % - 2 .00 EUR" in own
    assert "The insurer answers for 18 .00 EUR" in own
    [item] = _open(desk, customer)
    analyst.post("/insurance/reported", {"item": str(item.item_id), "on": "2026-03-16"})
    assert [one.item_id for one in queries.overdue_reports(desk.company_id)] == [item.item_id]
    assert "To report as overdue" not in words(analyst.get("/insurance/"))
    assert "LATE-1" in body(analyst.get("/insurance/?format=csv"))


def test_a_guarantee_is_kept_with_its_paper(signed_in: SignedIn, desk: Actor) -> None:
    opened(desk)
    a_customer(desk, "C-1")
    analyst = signed_in("analyst")
    paper = SimpleUploadedFile("bond <1>.pdf", b"%PDF-1.4 bond")
    form = {"kind": "bank", "guarantor": "Town Bank", "amount": "70.00", "currency": "EUR",
            "valid_from": "2026-03-16", "paper": paper}  # fmt: skip
    analyst.post("/customers/C-1/guarantee", form)
    [row] = queries.guarantees(desk.company_id)
    assert "Town Bank" in words(analyst.get("/customers/C-1/exposure"))
    given = analyst.get(f"/guarantees/{row.reference}/paper")
    assert given.content == b"%PDF-1.4 bond"
    assert given.headers["Content-Disposition"] == 'attachment; filename="bond_1_.pdf"'
    end = {"on": "2026-03-16", "reason": "given back"}
    analyst.post(f"/guarantees/{row.reference}/end", end)
    assert analyst.post(f"/guarantees/{row.reference}/end", end).status_code == 409


def test_covers_within_the_maximum_liability(desk: Actor) -> None:
    opened(desk)
    services.add_policy(
        desk,
        NewPolicy(
            insurer="Fidelity", number="P-1", currency="EUR", valid_from=EARLY,
            valid_to=TODAY + WEEK, maximum_liability_minor=1_000, retention_percent=Decimal(0),
        ),
    )  # fmt: skip
    customer = a_customer(desk, "C-1")
    cover = NewCover(policy_number="P-1", customer_id=customer, minor=5_000, currency="EUR",
                     valid_from=EARLY)  # fmt: skip
    services.record_covers(desk, [cover])
    an_invoice(desk, customer, 3_000, number="INV-1", due_on=TODAY)
    found = insight.insured(desk.company_id, TODAY)
    [policy] = queries.policies(desk.company_id).values()
    assert insight.above_maximum(found.values(), {policy.id: policy}) == {policy.id: 2_000}
