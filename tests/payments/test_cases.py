"""A question about a payment, from being asked to being answered, at the desk and beneath it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from creditdesk.controls import services as controls
from creditdesk.controls.models import User
from creditdesk.controls.rules import ROLES
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Refused
from creditdesk.payments import services as payments
from creditdesk.payments.models import Case, CaseEntry
from creditdesk.payments.queries import cases
from creditdesk.payments.rules.cases import NewCase
from creditdesk.payments.services import cases as writers
from creditdesk.plumbing import clock
from creditdesk.plumbing.models import Event, File
from tests.cash import stage
from tests.controls.people import person
from tests.faces.desk.pages import csv_rows, rows, words
from tests.support.stripe_server import Provider


@pytest.fixture
def customer(desk: Actor) -> int:
    return stage.customer(desk, "Acorn", number="C1")


def signed_in(desk: Actor, role: str) -> Client:
    """Somebody of that role at the desk, on the actor's business date."""
    clock.move(desk.at)
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(id=person(desk, f"a-{role}", role).user_id))
    return client


def opened(desk: Actor, customer: int, **more: Any) -> str:
    [reference] = payments.open_cases(
        desk, [NewCase(**{"kind": "missing", "customer_id": customer, **more})]
    )
    return reference


def test_a_case_is_worked_on_and_closed_with_its_answer(desk: Actor, customer: int) -> None:
    reference = opened(
        desk, customer, note="they say they paid on Monday", due_on=date(2026, 3, 20)
    )
    payments.note(desk, reference, "the bank looks for it")
    payments.move_on(desk, reference, state="waiting")
    payments.attach(desk, reference, filename="proof.pdf", content=b"%PDF")
    payments.move_on(desk, reference, state="answered", note="it went to our old account")
    payments.close(desk, reference, ending="found", answer="moved over")
    row = cases.case(desk.company_id, reference)
    assert (row.state, row.ending, row.closed_on, row.due_on) == (
        "closed", "found", desk.today, date(2026, 3, 20),
    )  # fmt: skip
    said = [(one.act, one.note) for one in cases.entries(desk.company_id, row.id)]
    assert said == [
        ("opened", "they say they paid on Monday"),
        ("noted", "the bank looks for it"),
        ("waiting", ""),
        ("attached", ""),
        ("answered", "it went to our old account"),
        ("closed", "moved over"),
    ]
    entry = CaseEntry.objects.get(act="attached")
    kept = cases.evidence(desk.company_id, reference, entry.id)
    assert (kept.name, kept.content) == ("proof.pdf", b"%PDF")
    assert Event.objects.get(name="payments.case_closed").data["ending"] == "found"


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ({"kind": "nonsense"}, "case_kind_unknown"),
        ({"customer_id": None}, "case_about_nothing"),
        ({"customer_id": 999_999}, "customer_unknown"),
        ({"payment_id": 999_999}, "payment_unknown"),
        ({"item_id": 999_999}, "item_unknown"),
        ({"note": "x" * 10_001}, "note_too_long"),
    ],
)
def test_what_is_no_question_opens_no_case(
    desk: Actor, customer: int, new: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        opened(desk, customer, **new)
    assert refused.value.code == code
    assert (Case.objects.count(), CaseEntry.objects.count()) == (0, 0)


def test_a_closed_case_stays_closed(desk: Actor, customer: int) -> None:
    reference = opened(desk, customer)
    payments.close(desk, reference, ending="withdrawn")
    acts = (
        lambda: payments.note(desk, reference, "more"),
        lambda: payments.attach(desk, reference, filename="a", content=b"a"),
        lambda: payments.move_on(desk, reference, state="open"),
        lambda: payments.close(desk, reference, ending="found"),
        lambda: payments.take(desk, reference),
    )
    for act in acts:
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "case_closed"
    assert CaseEntry.objects.count() == 2


def test_evidence_has_a_size_and_an_end_has_a_name(desk: Actor, customer: int) -> None:
    reference = opened(desk, customer)
    big = b"x" * (writers.EVIDENCE_BYTES_MAX + 1)
    for act, code in (
        (lambda: payments.attach(desk, reference, filename="a", content=b""), "file_empty"),
        (lambda: payments.attach(desk, reference, filename="a", content=big), "evidence_too_large"),
        (lambda: payments.close(desk, reference, ending="because"), "case_ending_unknown"),
        (lambda: payments.move_on(desk, reference, state="closed"), "case_state"),
        (lambda: payments.move_on(desk, reference, state="nonsense"), "case_state"),
        (lambda: payments.note(desk, reference, "  "), "value_missing"),
        (lambda: payments.note(desk, "PCA-1", "x"), "case_unknown"),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.code == code
    assert (CaseEntry.objects.count(), File.objects.count()) == (1, 0)


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"system", "cash_applier", "resolver"}))
def test_others_may_not(
    desk: Actor, actor_of: Callable[..., Actor], customer: int, role: str
) -> None:
    who = actor_of(desk.company_id, role=role)
    with pytest.raises(Refused) as refused:
        opened(who, customer)
    assert refused.value.code == "not_permitted"
    assert Case.objects.count() == 0


def test_the_urgent_stand_first_and_the_list_is_a_file_too(desk: Actor, customer: int) -> None:
    auditor = signed_in(desk, "auditor")
    for day in (None, date(2026, 3, 30), date(2026, 3, 10)):
        opened(desk, customer, due_on=day, currency="EUR", minor=1_250)
    found = rows(auditor.get("/payment-cases/"))
    assert [one[:15] for one in found] == ["PCA-2026-000003", "PCA-2026-000002", "PCA-2026-000001"]
    assert "late" in found[0]
    assert "late" not in found[1]
    assert rows(auditor.get("/payment-cases/?kind=duplicate")) == []
    assert "No case is like that" in words(auditor.get("/payment-cases/?kind=duplicate"))
    table = csv_rows(auditor.get("/payment-cases/?format=csv"))
    assert [line[0] for line in table[1:]] == [
        "PCA-2026-000003",
        "PCA-2026-000002",
        "PCA-2026-000001",
    ]
    assert table[1][-1] == "12.50"


def test_a_case_at_the_desk(desk: Actor, customer: int) -> None:
    resolver, auditor = signed_in(desk, "resolver"), signed_in(desk, "auditor")
    assert "Nobody asks about a payment" in words(resolver.get("/payment-cases/"))
    form = resolver.get("/payment-cases/new?customer=C1")
    assert 'value="C1"' in form.content.decode()
    wrong = resolver.post(
        "/payment-cases/new", {"kind": "missing", "customer": "C1", "amount": "x"}
    )
    assert wrong.status_code == 422
    assert "is no amount" in words(wrong)
    made = resolver.post(
        "/payment-cases/new",
        {"kind": "missing", "customer": "C1", "amount": "12.50", "due_on": "2026-03-20",
         "note": "<script>alert(1)</script>"},
    )  # fmt: skip
    page = str(made["Location"])
    assert (made.status_code, page) == (303, "/payment-cases/PCA-2026-000001/")
    shown = resolver.get(page)
    assert "12 .50 EUR" in words(shown)
    assert "<script>alert" not in shown.content.decode()
    resolver.post(f"{page}work", {"act": "note", "note": "asked the bank"})
    file = SimpleUploadedFile("a\r\nX: y.txt", b"proof")
    assert resolver.post(f"{page}work", {"act": "attach", "file": file}).status_code == 303
    assert resolver.post(f"{page}work", {"act": "waiting"}).status_code == 303
    assert "Waiting" in words(resolver.get(page))
    assert auditor.post(f"{page}close", {"ending": "found"}).status_code == 403
    assert resolver.post(f"{page}close", {"ending": "nonsense"}).status_code == 422
    assert resolver.post(f"{page}close", {"ending": "found", "answer": "there"}).status_code == 303
    assert resolver.post(f"{page}work", {"act": "note", "note": "late"}).status_code == 409
    assert "Found" in words(resolver.get("/payment-cases/?state=closed"))


def test_whoever_writes_to_a_customer_takes_the_address_to_pay_at(
    desk: Actor, provider: Provider, customer: int
) -> None:
    stage.invoice(desk, customer, "INV-1", 10_000)
    collector, auditor = signed_in(desk, "collector"), signed_in(desk, "auditor")
    assert "Address to pay at" in words(collector.get("/invoices/INV-1/"))
    assert "Address to pay at" not in words(auditor.get("/invoices/INV-1/"))
    shown = collector.post("/pay-links/", {"invoice": "INV-1"})
    address = payments.link_for(desk, invoice_number="INV-1")
    assert f'value="{address}"' in shown.content.decode()
    assert auditor.post("/pay-links/", {"invoice": "INV-1"}).status_code == 403
    assert collector.post("/pay-links/", {"invoice": "INV-9"}).status_code == 404


def test_other_systems_read_the_cases(desk: Actor, customer: int) -> None:
    reference = opened(desk, customer, currency="EUR", minor=1_250, due_on=date(2026, 3, 20))
    payments.close(desk, opened(desk, customer), ending="found")
    secret = controls.issue_key(desk.company_id, name="reader", by="test", role="auditor")
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    told = client.get("/api/v1/payment-cases").json()
    assert (told["total"], told["page"]) == (1, 1)
    [one] = told["cases"]
    assert one == {
        "reference": reference, "kind": "missing", "state": "open", "ending": "",
        "customer_number": "C1", "payment_reference": "", "invoice_number": "",
        "amount": {"amount": "12.50", "currency": "EUR"}, "opened_on": "2026-03-16",
        "due_on": "2026-03-20", "closed_on": None,
    }  # fmt: skip
    assert client.get(f"/api/v1/payment-cases/{reference}").json() == one
    assert client.get("/api/v1/payment-cases?state=all").json()["total"] == 2
    assert client.get("/api/v1/payment-cases?state=nonsense").status_code == 422
    assert client.get("/api/v1/payment-cases/PCA-1").status_code == 404
