"""An investigation is a question, its steps and one finding; nothing of it is ever changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from creditdesk.assessment.evidence import services
from creditdesk.assessment.evidence.queries import inquiries
from creditdesk.assessment.evidence.services import Subject
from creditdesk.controls.privacy import services as privacy
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.plumbing import sql
from tests.orders.verbs import a_customer


def test_a_question_steps_and_a_finding(desk: Actor) -> None:
    customer = a_customer(desk)
    made = services.open_inquiry(desk, Subject(customer_id=customer), question="Who owns it?")
    assert (made.question, made.outcome) == ("Who owns it?", "")
    services.add_step(desk, made.reference, kind="call", text="Spoke to Ms Oak", source="phone")
    services.add_step(desk, made.reference, kind="register", text="Read the register")
    done = services.conclude(desk, made.reference, outcome="clear", text="The founder does")
    assert done.outcome == "clear"
    found = inquiries.steps(desk.company_id, made.id)
    assert [(one.kind, one.outcome, one.text, one.source) for one in found] == [
        ("call", "", "Spoke to Ms Oak", "phone"),
        ("register", "", "Read the register", ""),
        ("finding", "clear", "The founder does", ""),
    ]
    late: tuple[Callable[[], object], ...] = (
        lambda: services.add_step(desk, made.reference, kind="note", text="late"),
        lambda: services.conclude(desk, made.reference, outcome="against", text="no"),
    )
    for act in late:
        with pytest.raises(Conflict) as caught:
            act()
        assert caught.value.code == "inquiry_concluded"
    assert len(inquiries.steps(desk.company_id, made.id)) == 3
    both = inquiries.inquiries_of(desk.company_id, application_id=None, customer_id=customer)
    assert both == [done]


def test_what_is_refused_leaves_nothing(desk: Actor, actor_of: Callable[..., Actor]) -> None:
    made = services.open_inquiry(desk, Subject(application_id=5), question="Real?")
    wrong: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: services.add_step(desk, made.reference, kind="guess", text="x"), "step_unknown"),
        (lambda: services.conclude(desk, made.reference, outcome="so", text="x"),
         "outcome_unknown"),
        (lambda: services.add_step(desk, made.reference, kind="note", text=" "),
         "inquiry_text_missing"),
        (lambda: services.open_inquiry(desk, Subject(application_id=5), question=""),
         "inquiry_text_missing"),
    )  # fmt: skip
    for act, code in wrong:
        with pytest.raises(Invalid) as caught:
            act()
        assert caught.value.code == code
    with pytest.raises(NotFound):
        services.open_inquiry(desk, Subject(customer_id=1), question="Who?")
    other = replace(desk, company_id=desk.company_id + 1)
    with pytest.raises(NotFound) as strange:
        services.add_step(other, made.reference, kind="note", text="x")
    assert strange.value.code == "inquiry_unknown"
    with pytest.raises(Refused):
        services.open_inquiry(
            actor_of(desk.company_id, role="sales"), Subject(application_id=5), question="?"
        )
    assert inquiries.steps(desk.company_id, made.id) == []
    assert sql.scalar("SELECT count(*) FROM assessment_investigation") == 1


def test_nothing_of_it_is_changed(desk: Actor) -> None:
    made = services.open_inquiry(desk, Subject(application_id=5), question="Real?")
    services.add_step(desk, made.reference, kind="note", text="x")
    for change in (
        "UPDATE assessment_investigation SET body = '{}'",
        "UPDATE assessment_investigationstep SET kind = 'visit'",
        "DELETE FROM assessment_investigationstep",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    assert [one.kind for one in inquiries.steps(desk.company_id, made.id)] == ["note"]


def test_words_leave_with_the_years_of_letters(desk: Actor) -> None:
    made = services.open_inquiry(
        desk, Subject(customer_id=a_customer(desk)), question="Who owns it?"
    )
    services.add_step(desk, made.reference, kind="note", text="The founder does")
    privacy.retain(desk)
    assert inquiries.inquiry(desk.company_id, made.reference).question == "Who owns it?"
    years = timedelta(days=366 * 12)
    privacy.retain(replace(desk, today=desk.today + years, at=desk.at + years))
    assert inquiries.inquiry(desk.company_id, made.reference).question == ""
    assert [one.text for one in inquiries.steps(desk.company_id, made.id)] == [""]
