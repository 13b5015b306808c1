"""Recurring invoices: one document per turn, caught up, stopped alone, whoever runs at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, transaction

from creditdesk.controls import services as controls
from creditdesk.customers import services as customers
from creditdesk.invoices import issued_queries, queries
from creditdesk.invoices.documents.drafts import DraftLine
from creditdesk.invoices.recurring import queries as plans
from creditdesk.invoices.recurring import services as recurring
from creditdesk.invoices.recurring.rules import Rhythm
from creditdesk.invoices.services import papers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.plumbing import sql
from tests.invoices.people import a_buyer, a_draft
from tests.invoices.test_issuing import selling, standing, texts
from tests.invoices.test_services import assert_books_hold
from tests.support import database
from tests.support.at_once import at_once
from tests.support.fixtures import founded

RENT = DraftLine(
    name="Rent of hall 2, {period}", quantity=Decimal(1), unit="MON", price=Decimal(1250),
    rate_percent=Decimal(19), description="{from} to {to}, {turn}",
)  # fmt: skip
MONTHLY = Rhythm(unit="month", every=1, starts_on=date(2026, 1, 1))


def on(actor: Actor, day: date) -> Actor:
    return replace(actor, today=day, at=datetime.combine(day, time(9), tzinfo=UTC))


def planned(actor: Actor, customer_id: int, rhythm: Rhythm = MONTHLY, **given: Any) -> str:
    draft = a_draft(customer_id, **{"lines": (RENT,), **given})
    return recurring.set_up(actor, title="Hall 2", draft=draft, rhythm=rhythm)


def test_what_was_missed_is_made_up_a_document_per_turn(actor: Actor) -> None:
    reference = planned(selling(actor), a_buyer(actor))
    # Nothing ran since January: the 16th of March finds three turns.
    result = recurring.run_due(actor)
    numbers = [f"INV-2026-{n:06d}" for n in (1, 2, 3)]
    assert (result.issued, result.stopped, result.left) == (numbers, [], [])
    plan = plans.plan(actor.company_id, reference)
    assert (plan.status, plan.next_turn, plan.next_on) == ("active", 4, date(2026, 4, 1))
    kept = plans.documents(actor.company_id, plan.id)
    assert [(one.turn, one.due_on, one.from_on, one.through_on, one.number) for one in kept] == [
        (3, date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 31), numbers[2]),
        (2, date(2026, 2, 1), date(2026, 2, 1), date(2026, 2, 28), numbers[1]),
        (1, date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 31), numbers[0]),
    ]
    # Dated today, so that nobody has less time to pay because the desk stood still.
    assert {one.issued_on for one in kept} == {actor.today}
    assert recurring.run_due(actor).issued == []
    assert plans.plan_of(actor.company_id, queries.invoice(actor.company_id, numbers[0]).id) == (
        reference
    )
    assert_books_hold(actor)


def test_documents_say_their_period_in_the_customers_language(actor: Actor) -> None:
    planned(selling(actor), a_buyer(actor, language="de"))
    number = recurring.run_due(actor).issued[1]
    ubl = issued_queries.document_file(actor.company_id, number, "ubl").content
    assert texts(ubl, "InvoicePeriod", "StartDate") == ["2026-02-01"]
    assert texts(ubl, "InvoicePeriod", "EndDate") == ["2026-02-28"]
    assert texts(ubl, "Item", "Name") == ["Rent of hall 2, Feb. 2026"]
    assert texts(ubl, "Item", "Description") == ["1. Feb. 2026 to 28. Feb. 2026, 2"]


def test_a_plan_ends_with_its_last_turn(actor: Actor) -> None:
    reference = planned(selling(actor), a_buyer(actor), replace(MONTHLY, count=2))
    assert len(recurring.run_due(actor).issued) == 2
    plan = plans.plan(actor.company_id, reference)
    assert (plan.status, plan.next_on, plan.to_come()) == ("ended", None, [])
    for act in (recurring.pause, recurring.resume):
        with pytest.raises(Conflict) as refused:
            act(actor, reference)
        assert refused.value.code == "recurring_ended"


def test_a_refused_document_stops_its_plan_alone_and_takes_no_number(actor: Actor) -> None:
    bad_id = a_buyer(selling(actor), "C1")
    bad = planned(actor, bad_id)
    good = planned(actor, a_buyer(actor, "C2"), replace(MONTHLY, starts_on=date(2026, 2, 1)))
    customers.edit(actor, bad_id, changes={"city": ""})
    result = recurring.run_due(actor)
    assert result.issued == ["INV-2026-000001", "INV-2026-000002"]
    assert [(one.reference, one.code) for one in result.stopped] == [(bad, "buyer_city_missing")]
    stopped = plans.plan(actor.company_id, bad)
    assert (stopped.status, stopped.next_turn, stopped.stopped_code) == (
        "stopped", 1, "buyer_city_missing",
    )  # fmt: skip
    assert "town is missing" in stopped.stopped_why
    assert plans.plan(actor.company_id, good).status == "active"
    assert recurring.run_due(actor).stopped == []
    customers.edit(actor, bad_id, changes={"city": "Leipzig"})
    recurring.resume(actor, bad)
    assert recurring.run_due(actor).issued == [f"INV-2026-{n:06d}" for n in (3, 4, 5)]


def test_a_worker_that_is_down_stops_no_plan(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = planned(selling(actor), a_buyer(actor))
    before = standing()

    def down(*_: object, **__: object) -> object:
        raise papers.rendering.WorkerFailed("gone")

    with monkeypatch.context() as broken:
        broken.setattr(papers.rendering, "ready", down)
        result = recurring.run_due(actor)
    assert [(one.reference, one.code) for one in result.left] == [
        (reference, "validation_unavailable")
    ]
    assert (result.issued, standing()) == ([], before)
    assert len(recurring.run_due(actor).issued) == 3


def test_paused_it_waits_and_goes_on_with_or_without_what_was_missed(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    made_up, skipping = planned(actor, customer_id), planned(actor, customer_id)
    for reference in (made_up, skipping):
        recurring.pause(actor, reference)
        recurring.pause(actor, reference)
    assert recurring.run_due(actor).issued == []
    recurring.resume(actor, skipping, skip_missed=True)
    assert recurring.run_due(actor).issued == []
    assert plans.plan(actor.company_id, skipping).next_on == date(2026, 4, 1)
    recurring.resume(actor, made_up)
    assert len(recurring.run_due(actor).issued) == 3
    recurring.finish(actor, skipping)
    recurring.finish(actor, skipping)
    assert recurring.run_due(on(actor, date(2026, 4, 2))).issued == ["INV-2026-000004"]


def test_what_is_to_come_is_shown_and_writes_nothing(actor: Actor) -> None:
    reference = planned(selling(actor), a_buyer(actor))
    before = standing()
    shown = recurring.ahead(actor, plans.plan(actor.company_id, reference))
    assert [(one.turn.on.isoformat(), one.refused) for one in shown] == [
        ("2026-01-01", ""), ("2026-02-01", ""), ("2026-03-01", ""),
    ]  # fmt: skip
    assert [one.paper.totals.gross_minor for one in shown if one.paper] == [148_750] * 3
    assert shown[0].paper is not None
    assert shown[0].paper.draft.lines[0].name == "Rent of hall 2, Jan 2026"
    assert standing() == before


def test_a_change_says_what_comes_next(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    reference = planned(actor, customer_id, replace(MONTHLY, starts_on=date(2026, 3, 1)))
    dearer = a_draft(customer_id, lines=(replace(RENT, price=Decimal(1300)),))
    recurring.change(actor, reference, title="Dearer", draft=dearer)
    [number] = recurring.run_due(actor).issued
    assert queries.invoice(actor.company_id, number).net_minor == 130_000
    other = a_draft(a_buyer(actor, "C2"), lines=(RENT,))
    with pytest.raises(Invalid) as refused:
        recurring.change(actor, reference, title="x", draft=other)
    assert refused.value.code == "recurring_of_another"


REFUSED: dict[str, tuple[dict[str, Any], Rhythm, str]] = {
    "rhythm": ({}, replace(MONTHLY, every=0), "recurring_every_invalid"),
    "placeholder": ({"note": "{perod}"}, MONTHLY, "placeholder_unknown"),
    "dated": ({"due_on": date(2026, 5, 1)}, MONTHLY, "recurring_dated"),
    "no_lines": ({"lines": ()}, MONTHLY, "lines_missing"),
    "nothing": ({"lines": (replace(RENT, price=Decimal(0)),)}, MONTHLY, "amount_not_positive"),
    "terms": ({"terms_code": "NOSUCH"}, MONTHLY, "terms_unknown"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_not_be_issued_is_refused_when_it_is_set_up(actor: Actor, name: str) -> None:
    given, rhythm, code = REFUSED[name]
    customer_id = a_buyer(selling(actor))
    with pytest.raises(Invalid) as refused:
        planned(actor, customer_id, rhythm, **given)
    assert (refused.value.code, bool(refused.value.mend)) == (code, True)
    assert plans.plans(actor.company_id) == []


def test_who_may_and_where(actor: Actor, actor_of: Callable[..., Actor]) -> None:
    customer_id = a_buyer(selling(actor))
    for role in ("resolver", "manager", "cash_applier", "master_data"):
        with pytest.raises(Refused) as refused:
            planned(actor_of(actor.company_id, role=role), customer_id)
        assert refused.value.code == "not_permitted"
    biller = actor_of(actor.company_id, role="biller")
    reference = planned(biller, customer_id)
    assert len(recurring.run_due(biller).issued) == 3
    with pytest.raises(NotFound):
        recurring.pause(replace(actor, company_id=actor.company_id + 1), reference)
    controls.set_book(actor, book="erp")
    with pytest.raises(Refused) as refused:
        planned(actor, customer_id)
    assert refused.value.code == "book_is_erp"
    assert recurring.run_due(on(actor, date(2026, 4, 1))).stopped[0].code == "book_is_erp"


def test_the_document_of_a_turn_is_never_rewritten(actor: Actor) -> None:
    planned(selling(actor), a_buyer(actor))
    recurring.run_due(actor)
    table = "invoices_recurringdocument"
    for attempt in (f"UPDATE {table} SET turn = turn + 9", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError) as refused, transaction.atomic():
            sql.execute(attempt)
        assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_killed_in_the_middle_the_next_run_goes_on(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    """A process that issues turn after turn is killed once some stand."""
    actor = selling(actor_of(founded().id))
    daily = Rhythm(unit="day", every=1, starts_on=date(2026, 3, 7))
    planned(actor, a_buyer(actor), daily)
    url = database.role_url(committed_db, "creditdesk_app")
    program = (
        "import django; django.setup(); import datetime as d;"
        "from creditdesk.kernel.actor import Actor;"
        "from creditdesk.invoices.recurring import services;"
        f"services.run_due(Actor(company_id={actor.company_id}, name='job',"
        " at=d.datetime(2026, 3, 16, 9, tzinfo=d.UTC), today=d.date(2026, 3, 16),"
        " permissions=frozenset({'*'})))"
    )
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "creditdesk.config.settings",
    }
    count = "SELECT count(*) FROM invoices_recurringdocument"
    with subprocess.Popen([sys.executable, "-c", program], env=environment) as process:
        while int(sql.scalar(count)) < 2:
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    # What the dead one held is let go of by the database, then the next run goes on.
    assert len(recurring.run_due(actor).issued) <= 8
    assert sql.scalars("SELECT turn FROM invoices_recurringdocument ORDER BY turn") == list(
        range(1, 11)
    )
    numbers = sql.scalars("SELECT number FROM invoices_invoice ORDER BY number")
    assert numbers == [f"INV-2026-{n:06d}" for n in range(1, 11)]
    assert standing()["invoices_issueddocument"] == 10
    assert_books_hold(actor)


def test_workers_at_once_issue_each_turn_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = selling(actor_of(founded().id))
    for n in range(2):
        planned(actor, a_buyer(actor, f"C{n}"))
    papers.rendering.warm()
    found = at_once(*[lambda: recurring.run_due(actor)] * 3)
    assert all(isinstance(one, recurring.RecurringResult) for one in found), found
    numbers = sorted(number for one in found for number in one.issued)  # type: ignore[attr-defined]
    assert numbers == [f"INV-2026-{n:06d}" for n in range(1, 7)]
    turns = sql.scalars("SELECT turn FROM invoices_recurringdocument ORDER BY turn")
    assert turns == [1, 1, 2, 2, 3, 3]
    assert_books_hold(actor)
