"""Applications at the desk: written down, asked about, previewed, decided."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from creditdesk.assessment.cases import queries
from creditdesk.assessment.cases import services as cases
from creditdesk.assessment.notices import queries as notices
from creditdesk.contact import queries as contact
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from tests.assessment.cases import verbs
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import csv_rows, rows, words


@pytest.fixture
def analyst(signed_in: SignedIn) -> Client:
    return signed_in("analyst")


def test_an_application_is_written_down_and_filled_in(signed_in: SignedIn, desk: Actor) -> None:
    sales = signed_in("sales")
    typed = {
        "legal_name": "Mill Lane Ltd", "customer_class": "small", "requested": "12,500.00",
        "currency": "EUR", "contact_email": "a@mill.example", "language": "de",
    }  # fmt: skip
    bad = sales.post("/applications/new", {**typed, "contact_email": "nobody"})
    assert bad.status_code == 422
    assert sql.scalar("SELECT count(*) FROM assessment_application") == 0
    assert sales.post("/applications/new", typed).status_code == 303
    [found] = queries.listing(desk.company_id).rows
    assert (found.requested_minor, found.language, found.state) == (1_250_000, "de", "draft")
    page = f"/applications/{found.reference}/"
    given = {"legal_name": "Mill Lane Ltd", "city": "Velm"}
    assert sales.post(f"{page}edit", given).status_code == 303
    assert verbs.again(found).data == {"legal_name": "Mill Lane Ltd", "city": "Velm"}
    assert "Street and number" in words(sales.get(page))


def test_the_list_shows_views_and_exports(analyst: Client, desk: Actor) -> None:
    assert "No application here" in words(analyst.get("/applications/"))
    of = verbs.applied(desk)
    assert rows(analyst.get("/applications/")) == []
    [only] = rows(analyst.get("/applications/?view=waiting"))
    assert of.reference in only
    head, first = csv_rows(analyst.get("/applications/?view=all&format=csv"))
    assert (head[0], first[0], first[4]) == ("Application", of.reference, "10000.00")


def test_what_would_be_asked_is_shown_before_it_leaves(analyst: Client, desk: Actor) -> None:
    of = verbs.applied(desk)
    cases.submit(desk, of.reference)
    ask = f"/applications/{of.reference}/references"
    shown = words(analyst.post(ask))
    assert "A trade reference for Brightwater Tools Ltd" in shown
    assert contact.mailbox(desk.company_id).total == 0
    assert queries.asks(desk.company_id, of.id) == []
    assert analyst.post(ask, {"confirmed": "yes"}).status_code == 303
    assert contact.mailbox(desk.company_id).total == 1
    again = analyst.post(ask, follow=True)
    assert "Every reference named was asked" in words(again)


def test_a_case_is_decided_after_a_preview(analyst: Client, desk: Actor) -> None:
    of = verbs.applied(desk)
    verbs.stated(desk, of)
    cases.submit(desk, of.reference)
    page = f"/applications/{of.reference}/"
    text = words(analyst.get(page))
    assert "What the policy recommends" in text
    assert "Trade reference" in text
    typed = {"answer": "approve", "limit": "10000", "terms": "net30", "explanation": "Sound."}
    shown = words(analyst.post(f"{page}decide", typed))
    assert "Your application" in shown
    assert "is approved" in shown
    assert queries.decisions(desk.company_id, of.id) == []
    wrong = analyst.post(f"{page}decide", {**typed, "limit": "99", "confirmed": "yes"})
    assert wrong.status_code == 422
    stale = analyst.post(f"{page}decide", {**typed, "seen": "0" * 64, "confirmed": "yes"})
    assert stale.status_code == 409
    assert verbs.again(of).state == "submitted"
    assert analyst.post(f"{page}decide", {**typed, "confirmed": "yes"}).status_code == 303
    found = verbs.again(of)
    assert found.state == "accepted"
    assert customers.customer(desk.company_id, found.customer_number).name == of.name
    after = words(analyst.get(page))
    assert "replays to the same result" in after
    [told] = [one.id for one in notices.notices(desk.company_id, of.id)]
    paper = analyst.get(f"{page}notices/{told}")
    assert paper.content.startswith(b"%PDF-")


def test_a_refusal_without_a_reason_is_refused(analyst: Client, desk: Actor) -> None:
    of = verbs.applied(desk)
    cases.submit(desk, of.reference)
    address = f"/applications/{of.reference}/decide"
    typed = {"answer": "decline", "explanation": "No.", "confirmed": "yes"}
    assert "One to four reasons" in words(analyst.post(address, typed))
    given = {**typed, "reasons": ["score_too_low"]}
    assert "no reason an applicant can be given" in words(analyst.post(address, given))
    assert verbs.again(of).state == "submitted"


def test_a_paper_is_kept_and_given_back(analyst: Client, desk: Actor) -> None:
    of = verbs.applied(desk)
    page = f"/applications/{of.reference}/"
    file = SimpleUploadedFile("a.pdf", b"%PDF-1.7 x")
    assert analyst.post(f"{page}papers", {"kind": "other", "file": file}).status_code == 303
    [kept] = queries.files(desk.company_id, of.id)
    given = analyst.get(f"{page}papers/{kept.id}")
    assert given.content == b"%PDF-1.7 x"
    assert given["Content-Disposition"] == 'attachment; filename="a.pdf"'


def test_amounts_of_an_application_are_read_as_amounts(analyst: Client, desk: Actor) -> None:
    form = {"annual_revenue": "1234567.5", "monthly_purchases": "15000", "employees": "12"}
    of = verbs.applied(desk, form=form)
    page = f"/applications/{of.reference}/"
    said = words(analyst.get(page)).replace("\xa0", " ")
    assert "1 234 567.50 EUR" in said
    assert "15 000.00 EUR" in said
    assert "1234567.5" not in said
    german = words(analyst.get(page, headers={"accept-language": "de"})).replace("\xa0", " ")
    assert "1 234 567,50 EUR" in german
    assert not re.search(r"\d\.\d", german.split("EUR")[0])


def test_an_amount_that_cannot_be_read_stands_as_it_was_written(
    analyst: Client, desk: Actor
) -> None:
    of = verbs.applied(desk)
    sql.execute('UPDATE assessment_application SET data = data || \'{"annual_revenue": "1.005"}\'')
    assert "1.005" in words(analyst.get(f"/applications/{of.reference}/"))
