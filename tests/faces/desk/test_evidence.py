"""Evidence at the desk: reports quoted and asked, signals answered, investigations, screening."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from creditdesk.assessment.evidence import services
from creditdesk.assessment.evidence.queries import inquiries, reports, screening
from creditdesk.assessment.evidence.rules.signals import Opening
from creditdesk.credit import queries as credit
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.kernel.actor import Actor
from tests.assessment.evidence import samples
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import words
from tests.support import register_server
from tests.support.register_server import LEI, Registers, lei_record

HERE = "/customers/C7/evidence"


@pytest.fixture
def analyst(signed_in: SignedIn) -> Client:
    """A browser with an analyst signed in."""
    return signed_in("analyst")


@pytest.fixture
def customer(desk: Actor) -> int:
    [found] = customers.create(
        desk, new=[NewCustomer(number="C7", name="Iwan Sablew", currency="EUR", country="GB")]
    )
    return found


@pytest.fixture
def registers(settings: Any) -> Iterator[Registers]:
    with register_server.registers() as known:
        settings.REPORT_SOURCES = ("gleif",)
        settings.GLEIF_API = known.url
        yield known


def test_without_a_source_the_page_says_so(analyst: Client, customer: int) -> None:
    assert "the settings name none" in words(analyst.get(HERE))
    assert "No register may be asked" in words(analyst.get(f"{HERE}/ask"))
    asked = analyst.post(f"{HERE}/ask", {"source": "gleif", "identifier": LEI})
    assert asked.status_code == 409


def test_a_report_is_quoted_first_and_asked_once_confirmed(
    analyst: Client, desk: Actor, customer: int, registers: Registers
) -> None:
    registers.answers[f"/lei-records/{LEI}"] = lei_record("Sable plc")
    form = {"source": "gleif", "identifier": LEI}
    quoted = words(analyst.post(f"{HERE}/ask", form))
    assert "What asking would do" in quoted
    assert registers.calls == []
    wrong = analyst.post(f"{HERE}/ask", {**form, "identifier": "X"})
    assert wrong.status_code == 422
    assert "This is no LEI, or a digit is wrong" in words(wrong)
    assert analyst.post(f"{HERE}/ask", {**form, "confirmed": "on"}).status_code == 303
    [row] = reports.every_report(
        desk.company_id, application_id=None, customer_id=customer, on=desk.today
    )
    page = words(analyst.get(HERE))
    assert "GLEIF" in page
    assert "GLEIF knows the number under another name: Sable plc" in page
    text = analyst.get(f"/reports/{row.id}/answer")
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert text.headers["X-Content-Type-Options"] == "nosniff"
    assert b"lei-records" in text.content


def test_a_signal_is_answered(analyst: Client, desk: Actor, customer: int) -> None:
    mail = Opening(email="a@mailinator.com")
    [signal] = services.look_at_opening(desk, mail, customer_id=customer)
    page = words(analyst.get(HERE))
    assert "mailinator.com gives out mail addresses for minutes" in page
    assert "a person decides" in page
    analyst.post(f"{HERE}/signals/{signal.id}", {"reason": "Spoke to the owner"})
    page = words(analyst.get(HERE))
    assert "a person decides" not in page
    assert "Spoke to the owner" in page


def test_an_investigation_from_question_to_finding(
    analyst: Client, desk: Actor, customer: int
) -> None:
    analyst.post(f"{HERE}/investigate", {"question": "Who owns it?"})
    [made] = inquiries.inquiries_of(desk.company_id, application_id=None, customer_id=customer)
    page = f"/investigations/{made.reference}/"
    analyst.post(page, {"kind": "call", "text": "Spoke to Ms Oak", "source": "phone"})
    analyst.post(page, {"kind": "finding", "outcome": "concern", "text": "Sold last year"})
    shown = words(analyst.get(page))
    for part in ("Who owns it?", "Call", "Spoke to Ms Oak", "something to mind", "Sold last year"):
        assert part in shown
    assert "Add a step" not in shown
    late = analyst.post(page, {"kind": "note", "text": "late"}, follow=True)
    assert "The investigation is concluded" in words(late)
    assert len(inquiries.steps(desk.company_id, made.id)) == 2


def test_a_list_is_loaded_screened_and_its_hit_cleared_by_two(
    analyst: Client, manager: Client, desk: Actor, customer: int
) -> None:
    file = SimpleUploadedFile("eu.xml", samples.EU)
    form = {"file": file, "listed_on": desk.today.isoformat()}
    assert analyst.post("/screening/load", form).status_code == 403
    file.seek(0)
    loaded = manager.post("/screening/load", form, follow=True)
    assert "2 entries of the list stand; 2 new, 0 changed, 0 gone" in words(loaded)
    assert manager.post("/screening/load", {"listed_on": "2026-03-16"}).status_code == 422
    manager.post("/screening/run")
    [hit] = screening.queue(desk.company_id)
    page = words(analyst.get("/screening/"))
    assert "Iwan Sablew" in page
    address = f"/screening/hits/{hit.id}"
    analyst.post(address, {"verdict": "proposed", "reason": "born 1990", "after": "0"})
    again = screening.hit(desk.company_id, hit.id)
    alone = analyst.post(
        address, {"verdict": "cleared", "reason": "yes", "after": str(again.review_id)}, follow=True
    )
    assert "does not clear it" in words(alone)
    manager.post(address, {"verdict": "cleared", "reason": "yes", "after": str(again.review_id)})
    assert screening.hit(desk.company_id, hit.id).verdict == "cleared"
    assert "No hit here" in words(analyst.get("/screening/"))
    assert "Iwan Sablew" in words(analyst.get("/screening/?verdict=cleared&page=x"))


def test_a_confirmed_hit_blocks(manager: Client, desk: Actor, customer: int) -> None:
    services.load_list(desk, filename="e", content=samples.EU, listed_on=desk.today)
    services.screen(desk)
    [hit] = screening.queue(desk.company_id)
    manager.post(
        f"/screening/hits/{hit.id}", {"verdict": "confirmed", "reason": "passport", "after": "0"}
    )
    assert "A name is on the list European Union" in words(manager.get(HERE))
    assert credit.blocks(desk.company_id)[customer].reason == "Sanctions list: eu EU.1.10"
