"""The plan of reminders: who, by which step, why not; and making the run once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from creditdesk.collections import queries as collections
from creditdesk.contact import queries as contact
from creditdesk.contact import services as contact_services
from creditdesk.kernel.actor import Actor
from tests.faces.desk.pages import body, csv_rows, key_of, words
from tests.faces.desk.work import a_debtor, a_fresh_bank


def listed(response: Any) -> list[str]:
    return re.findall(r'<span class="who">([^<]+)</span>', body(response))


@pytest.fixture
def planned(desk: Actor) -> Actor:
    """Acorn C1 may be reminded, Acorn C2 is on hold."""
    a_fresh_bank(desk)
    a_debtor(desk, "C1")
    contact_services.hold(desk, a_debtor(desk, "C2"), note="talks under way")
    return desk


def test_the_plan_shows_text_items_and_verdict_and_writes_nothing(
    manager: Client, planned: Actor
) -> None:
    response = manager.get("/dunning/?at=C1~EUR")
    assert listed(response) == ["Acorn C1", "Acorn C2"]
    page = words(response)
    assert "1 would go out" in page
    assert "INV-C1" in page
    assert "Dear Ann Archer" in page
    assert "May go out" in page
    assert contact.mailbox(planned.company_id).total == 0
    assert collections.runs(planned.company_id) == []


def test_who_is_not_written_to_is_said_with_the_reason(manager: Client, planned: Actor) -> None:
    response = manager.get("/dunning/?view=not")
    assert listed(response) == ["Acorn C2"]
    assert "The customer is on hold: hold placed by hand" in words(response)


def test_the_plan_is_exported(manager: Client, planned: Actor) -> None:
    head, first, second = csv_rows(manager.get("/dunning/?format=csv&sort=-number"))
    assert head[0] == "Customer number"
    assert [first[0], second[0]] == ["C2", "C1"]
    assert "The customer is on hold" in first[-1]


def test_the_run_is_made_once(manager: Client, planned: Actor) -> None:
    key = key_of(manager, "/dunning/")
    for given in ({"key": key}, {"key": key}, {}):
        assert manager.post("/dunning/run", given).status_code == 303
    assert contact.mailbox(planned.company_id).total == 1
    [run] = collections.runs(planned.company_id)
    assert (run.messages_queued, run.customers_held) == (1, 1)
    page = words(manager.get("/dunning/"))
    assert "The run of today was made: 1 reminder." in page
    assert "Queue 1 reminder" not in page
    assert "tomorrow" not in page


def test_a_stale_bank_holds_the_run_and_says_so(manager: Client, desk: Actor) -> None:
    a_debtor(desk)
    page = words(manager.get("/dunning/"))
    assert "No bank statement has been taken in yet" in page
    assert manager.post("/dunning/run").status_code == 303
    assert contact.mailbox(desk.company_id).total == 0
    assert collections.runs(desk.company_id)[0].held_reason == "bank_unknown"


def test_nobody_to_write_to_is_said(manager: Client, desk: Actor) -> None:
    a_fresh_bank(desk)
    page = words(manager.get("/dunning/"))
    assert "Nobody is to be written to" in page
    assert "No run has been made yet" in page


def test_an_auditor_reads_but_makes_no_run(auditor: Client, planned: Actor) -> None:
    assert "dunning/run" not in body(auditor.get("/dunning/"))
    assert auditor.post("/dunning/run").status_code == 403
    assert collections.runs(planned.company_id) == []


def test_nothing_of_another_company_is_planned(manager: Client, other: Actor) -> None:
    a_fresh_bank(other)
    a_debtor(other, "X9")
    assert listed(manager.get("/dunning/")) == []
    assert manager.get("/dunning/?at=X9~EUR").status_code == 404


@pytest.mark.parametrize("count", [1, 12])
def test_its_queries_do_not_grow_with_the_plan(
    manager: Client,
    desk: Actor,
    count: int,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    a_fresh_bank(desk)
    for number in range(count):
        a_debtor(desk, f"C{number}")
    manager.get("/dunning/")
    with django_assert_max_num_queries(28):
        assert len(listed(manager.get("/dunning/"))) == count
