"""Signed links: the form is saved and resumed, referees answer, and nobody guesses an address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from creditdesk.assessment.cases import queries, services, tokens
from creditdesk.assessment.cases.queries import ApplicationRow, AskRow
from creditdesk.assessment.notices import queries as notices
from creditdesk.assessment.notices import services as notice_services
from creditdesk.contact import queries as contact
from creditdesk.credit import queries as credit
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.plumbing import clock
from tests.assessment.cases.verbs import FORM, again, applied, decision, person, stated
from tests.support.fixtures import TODAY


@pytest.fixture(autouse=True)
def _still(desk: Actor) -> Iterator[None]:
    cache.clear()
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield


def the(of: ApplicationRow, kind: str) -> AskRow:
    return next(one for one in queries.asks(of.company_id, of.id) if one.kind == kind)


def address(ask: AskRow) -> str:
    return f"/apply/{tokens.token_of(ask.key)}/"


def test_the_form_is_saved_resumed_and_handed_in(desk: Actor) -> None:
    of = applied(desk, form={"street": "", "monthly_purchases": ""})
    services.invite(desk, of.reference)
    [sent] = contact.mailbox(desk.company_id).rows
    assert (sent.recipient, sent.customer_name) == ("rosa@brightwater.example", "Rosa Field")
    where = address(the(of, "form"))
    assert where in contact.message(desk.company_id, sent.reference).body_text
    visitor = Client()
    first = visitor.get(where)
    assert "Mill Lane" not in first.content.decode()
    assert "form-action 'self'" in first["Content-Security-Policy"]
    assert "login" not in first.content.decode()
    saved = visitor.post(where, {"act": "save", "street": "Mill Lane 9"})
    assert (saved.status_code, saved["Location"]) == (303, f"{where}?saved=yes")
    assert again(of).data["street"] == "Mill Lane 9"
    assert "Mill Lane 9" in visitor.get(where).content.decode()
    early = visitor.post(where, {**FORM, "act": "send", "monthly_purchases": ""})
    assert early.status_code == 422
    assert 'aria-describedby="e-monthly_purchases"' in early.content.decode()
    assert again(of).state == "draft"
    assert (
        visitor.post(where, {**FORM, "act": "send", "monthly_purchases": "1 500,50"}).status_code
        == 303
    )
    found = again(of)
    assert (found.state, found.submitted_on) == ("submitted", TODAY)
    assert found.data["monthly_purchases"] == "1500.50"
    assert "it has arrived" in visitor.get(where).content.decode()
    late = visitor.post(where, {**FORM, "act": "save", "city": "Elsewhere"})
    assert late.status_code == 200
    assert again(of).data["city"] == "Hamburg"


def test_papers_are_kept_as_they_came_within_bounds(desk: Actor) -> None:
    of = applied(desk)
    services.invite(desk, of.reference)
    where, visitor = address(the(of, "form")), Client()

    def hand_in(name: str, content: bytes) -> int:
        file = SimpleUploadedFile(name, content)
        given = {"act": "upload", "kind": "bank_letter", "file": file, "city": "Hamburg"}
        return visitor.post(where, given).status_code

    assert hand_in("letter.pdf", b"%PDF-1.7 x") == 303
    assert hand_in("letter.pdf", b"%PDF-1.7 x") == 303
    assert hand_in("letter.exe", b"MZ") == 422
    assert hand_in("letter.pdf", b"%PDF-" + b"x" * (10 * 1024 * 1024)) == 422
    [kept] = queries.files(desk.company_id, of.id)
    assert (kept.name, kept.kind, kept.size_bytes) == ("letter.pdf", "bank_letter", 10)


def test_nobody_makes_up_an_address_or_uses_one_that_ran_out(desk: Actor) -> None:
    of = applied(desk)
    services.invite(desk, of.reference)
    ask, visitor = the(of, "form"), Client()
    assert visitor.get(f"/apply/{ask.key}/").status_code == 404
    assert visitor.get(f"/apply/{ask.key}.wrong/").status_code == 404
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(ask), {"act": "save", "city": "X"}).status_code == 403
    late = datetime.combine(TODAY + timedelta(days=46), time(9, 0), tzinfo=UTC)
    with clock.held_at(late):
        assert "no longer good" in visitor.get(address(ask)).content.decode()
        visitor.post(address(ask), {"act": "save", "city": "Too late"})
    assert again(of).data["city"] == "Hamburg"
    for _ in range(61):
        last = visitor.get(address(ask))
    assert (last.status_code, last["Retry-After"]) == (429, "60")


def test_a_referee_answers_once_and_is_reminded_until_then(desk: Actor) -> None:
    of = applied(desk)
    services.submit(desk, of.reference)
    services.ask_references(desk, of.reference)
    assert services.remind(desk) == 0
    later = replace(desk, today=TODAY + timedelta(days=7), at=desk.at + timedelta(days=7))
    assert (services.remind(later), services.remind(later)) == (1, 0)
    ask, visitor = the(of, "reference"), Client()
    assert (ask.reminders, ask.reminded_on) == (1, later.today)
    page = visitor.get(address(ask)).content.decode()
    assert "How does Brightwater Tools Ltd pay?" in page
    assert "10,000" not in page  # what was asked for is none of the referee's business
    given = {"years": "4", "highest": "12,000.00", "days_late": "x", "again": "yes"}
    assert visitor.post(address(ask), given).status_code == 422
    assert the(of, "reference").state == "open"
    assert visitor.post(address(ask), {**given, "days_late": "6"}).status_code == 303
    visitor.post(address(ask), {**given, "days_late": "99"})
    answered = the(of, "reference")
    assert answered.answer["highest_minor"] == 1_200_000
    assert (answered.state, answered.answer["days_late"]) == ("answered", 6)
    assert services.remind(replace(later, today=TODAY + timedelta(days=40))) == 0
    assert again(of).complete_on == TODAY
    said = [row.subject for row in contact.mailbox(desk.company_id).rows]
    assert said[0].startswith("Reminder: A trade reference for Brightwater")


def test_a_counter_offer_is_accepted_on_its_page(desk: Actor) -> None:
    of = applied(desk)
    services.submit(desk, of.reference)
    offer = decision("counter", 400_000, reasons=("missing:references",))
    services.decide(person(desk), of.reference, new=offer)
    where, visitor = address(the(of, "offer")), Client()
    page = visitor.get(where).content.decode()
    assert "The offer of Acme Supply" in page
    assert "net30" in page
    assert visitor.post(where, {"act": "accept"}).status_code == 303
    assert again(of).state == "accepted"
    assert credit.standing(desk.company_id, of.party_id, TODAY).limit_minor == 400_000


def test_an_offer_runs_out_by_the_day(desk: Actor) -> None:
    of = applied(desk)
    services.submit(desk, of.reference)
    offer = decision("counter", 400_000, reasons=("missing:references",))
    services.decide(person(desk), of.reference, new=offer)
    ask = the(of, "offer")
    last = replace(desk, today=TODAY + timedelta(days=30))
    assert services.expire(last) == 0
    after = replace(desk, today=TODAY + timedelta(days=31))
    with pytest.raises(Conflict) as caught:
        services.answer_offer(after, ask.id, accepts=True)
    assert caught.value.code == "offer_over"
    assert (services.expire(after), services.expire(after)) == (1, 0)
    assert again(of).state == "expired"
    # The counter-offer bore its reasons: nothing more is due.
    states = {one.code: one.state for one in notices.deadlines(again(of), after.today)}
    assert states == {"counter_offer": "met"}


def test_an_objection_is_answered_by_another_human(desk: Actor) -> None:
    of = applied(desk, of_class="sole_trader", form={"owner_name": "Rosa Field"})
    services.submit(desk, of.reference)
    edward, nora = person(desk), person(desk, "nora")
    new = decision("decline", reasons=("missing:references",))
    services.decide(edward, of.reference, new=new)
    where, visitor = address(the(of, "objection")), Client()
    assert visitor.post(where, {"text": "  "}).status_code == 422
    assert visitor.post(where, {"text": "My references are on their way."}).status_code == 303
    [asked] = notices.requests(desk.company_id, of.id)
    assert (asked.kind, asked.due_on) == ("objection", TODAY + timedelta(days=30))
    with pytest.raises(Conflict) as caught:
        notice_services.settle_objection(edward, of.reference, outcome="upheld", note="No.")
    assert caught.value.code == "own_decision"
    state = notice_services.settle_objection(
        nora, of.reference, outcome="reopened", note="References came in."
    )
    assert state == "in_review"
    [settled] = notices.requests(desk.company_id, of.id)
    assert (settled.settled_by, settled.outcome) == ("nora", "reopened")


def test_reasons_are_given_on_request_within_sixty_days(desk: Actor) -> None:
    of = applied(desk)
    stated(desk, of, {"retained_earnings": -900, "net_income": -300})
    services.submit(desk, of.reference)
    edward = person(desk)
    new = decision("decline", reasons=("factor:income_to_assets.now",))
    services.decide(edward, of.reference, new=new)
    late = replace(desk, today=TODAY + timedelta(days=61))
    with pytest.raises(Conflict) as caught:
        notice_services.file_request(late, of.reference, kind="reasons")
    assert caught.value.code == "reasons_asked_late"
    in_time = replace(desk, today=TODAY + timedelta(days=60))
    notice_services.file_request(in_time, of.reference, kind="reasons")
    notice_services.give_reasons(edward, of.reference)
    told = notices.notices(desk.company_id, of.id)
    assert [one.kind for one in told] == ["reasons", "adverse"]
    message = contact.mailbox(desk.company_id).rows[0]
    assert message.purpose == "statutory"
    body = contact.message(desk.company_id, message.reference).body_text
    assert "Net income to assets" in body
    assert "Equal Credit Opportunity" not in body  # the company stands in Germany
