"""Mails to the staff that nobody answered for: a person says at the desk what becomes of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from creditdesk.controls.models import AuditEntry
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock, sql
from creditdesk.policy import services as policy
from creditdesk.policy import telling_queries
from creditdesk.policy.rules import DEFAULT
from creditdesk.policy.telling_queries import UndeliveredRow
from tests.controls.people import person
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import key_of, rows, words
from tests.support.fixtures import TODAY

PAGE = "/policy/mails/"
NINE = datetime.combine(TODAY, time(9, 0), tzinfo=UTC)
APRIL = date(2026, 4, 1)


@pytest.fixture
def uncertain(desk: Actor) -> Iterator[UndeliveredRow]:
    """Ann was told of new rules, and a quarter of an hour later nobody knows whether she was."""
    person(desk, "ann", "analyst")
    sql.execute("UPDATE controls_user SET email = username || '@x.example'")
    given = copy.deepcopy(dict(DEFAULT))
    given["orders"] = {**given["orders"], "overdue_days_max": 14}
    policy.submit(desk, given=given, valid_from=APRIL, reason="too much is late")

    [notice_id] = [one.id for one in policy.claim_notices(desk)]
    with clock.held_at(NINE + timedelta(minutes=15)):
        [row] = telling_queries.undelivered(desk.company_id, clock.now())
        assert row.id == notice_id
        yield row


def status(row: UndeliveredRow) -> tuple[str, str]:
    [found] = sql.scalars(
        "SELECT status || ':' || answer FROM policy_notice WHERE id = %s", [row.id]
    )
    state, _, answer = found.partition(":")
    return state, answer


def settled(client: Client, row: UndeliveredRow, verdict: str, **more: Any) -> Any:
    given = {"verdict": verdict, "key": key_of(client, PAGE), **more}
    return client.post(f"{PAGE}{row.id}", given, follow=True)


def entries() -> int:
    return AuditEntry.objects.filter(command="policy.settle_mail").count()


@pytest.mark.parametrize(
    ("verdict", "becomes", "answer", "told"),
    [
        ("again", "queued", "", "The mail waits to be sent again"),
        ("sent", "sent", "decided by boss", "What became of the mail is kept"),
    ],
)
def test_a_person_says_what_becomes_of_a_mail(
    uncertain: UndeliveredRow, signed_in: SignedIn, verdict: str, becomes: str, answer: str,
    told: str,
) -> None:  # fmt: skip
    client = signed_in("manager")
    [line] = rows(client.get(PAGE))
    assert "Ann" in line
    assert "ann@x.example" in line
    assert "Uncertain" in line
    page = settled(client, uncertain, verdict)
    assert page.redirect_chain[-1] == (PAGE, 303)
    assert told in words(page)
    assert "Every mail arrived" in words(page)
    state, said = status(uncertain)
    assert (state, bool(said)) == (becomes, bool(answer))
    assert entries() == 1


def test_a_double_click_counts_once(uncertain: UndeliveredRow, signed_in: SignedIn) -> None:
    client = signed_in("administrator")
    given = {"verdict": "sent", "key": key_of(client, PAGE)}
    for _ in range(2):
        page = client.post(f"{PAGE}{uncertain.id}", given, follow=True)
        assert page.status_code == 200
        assert "What became of the mail is kept" in words(page)
    assert (status(uncertain)[0], entries()) == ("sent", 1)


def test_who_comes_second_is_told_and_changes_nothing(
    uncertain: UndeliveredRow, signed_in: SignedIn
) -> None:
    first, second = signed_in("manager"), signed_in("administrator")
    late = {"verdict": "again", "key": key_of(second, PAGE)}
    settled(first, uncertain, "sent")
    kept = status(uncertain)
    page = second.post(f"{PAGE}{uncertain.id}", late, follow=True)
    assert "The mail is not uncertain" in words(page)
    assert (status(uncertain), entries()) == (kept, 1)


@pytest.mark.parametrize("role", ["analyst", "collector", "auditor"])
def test_without_the_right_neither_seen_nor_settled(
    uncertain: UndeliveredRow, signed_in: SignedIn, role: str
) -> None:
    client = signed_in(role)
    assert client.get(PAGE).status_code == 403
    answer = client.post(f"{PAGE}{uncertain.id}", {"verdict": "sent"})
    assert answer.status_code == 403
    assert (status(uncertain), entries()) == (("handed_over", ""), 0)


def test_a_verdict_there_is_not_and_a_mail_there_is_not(
    uncertain: UndeliveredRow, signed_in: SignedIn
) -> None:
    client = signed_in("manager")
    page = settled(client, uncertain, "burnt")
    assert "That is nothing to become of a mail" in words(page)
    assert client.post(f"{PAGE}999999", {"verdict": "sent"}).status_code in (302, 404)
    assert (status(uncertain), entries()) == (("handed_over", ""), 0)


def test_a_mail_of_another_company_is_out_of_reach(
    uncertain: UndeliveredRow, signed_in: SignedIn, other: Actor
) -> None:
    client = signed_in("manager", company_id=other.company_id)
    assert rows(client.get(PAGE)) == []
    client.post(f"{PAGE}{uncertain.id}", {"verdict": "sent"}, follow=True)
    assert status(uncertain) == ("handed_over", "")
