"""The worklist: whom to call, why, and going on to the next."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from creditdesk.collections import queries as collections
from creditdesk.collections import services as collections_services
from creditdesk.kernel.actor import Actor
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body, csv_rows, words
from tests.faces.desk.work import a_debtor, a_fresh_bank


def listed(response: Any) -> list[str]:
    """Return the names in the list, in their order."""
    return re.findall(r'<span class="who">([^<]+)</span>', body(response))


@pytest.fixture
def two(desk: Actor) -> Actor:
    """Acorn C1 owes less than Acorn C2, both late; the list of today is written."""
    a_fresh_bank(desk)
    a_debtor(desk, "C1", minor=50_000)
    a_debtor(desk, "C2", minor=90_000)
    collections_services.refresh_worklist(desk, on=desk.today)
    return desk


def test_an_empty_list_can_be_written(signed_in: SignedIn, desk: Actor) -> None:
    a_fresh_bank(desk)
    a_debtor(desk)
    collector = signed_in("collector")
    assert "Nobody to call" in words(collector.get("/worklist/"))
    assert collector.post("/worklist/refresh").status_code == 303
    assert listed(collector.get("/worklist/")) == ["Acorn C1"]


def test_the_best_call_stands_on_top_with_its_reason(signed_in: SignedIn, two: Actor) -> None:
    response = signed_in("collector").get("/worklist/")
    assert listed(response) == ["Acorn C2", "Acorn C1"]
    page = words(response)
    assert "900.00 EUR overdue in one invoice, 20 days late" in page.replace("\xa0", " ")
    assert "Ann Archer" in page
    assert "+49 30 123" in page
    assert "INV-C2" in page
    assert "May go out" in page


def test_the_address_chooses_sorts_and_filters(manager: Client, two: Actor) -> None:
    assert "INV-C1" in words(manager.get("/worklist/?at=C1"))
    assert listed(manager.get("/worklist/?sort=customer")) == ["Acorn C1", "Acorn C2"]
    assert listed(manager.get("/worklist/?q=c2")) == ["Acorn C2"]
    assert listed(manager.get("/worklist/?view=answer_reply")) == []
    head, first, second = csv_rows(manager.get("/worklist/?format=csv"))
    assert head[0] == "Rank"
    assert [first[1], second[1]] == ["C2", "C1"]
    assert first[6] == "900.00"


def test_done_has_one_effect_and_goes_on(manager: Client, two: Actor) -> None:
    page = body(manager.get("/worklist/?at=C2"))
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    given = {
        "number": "C2", "on": "2026-03-16", "key": key[1], "next": "/worklist/?at=C1",
    }  # fmt: skip
    for _ in range(2):
        response = manager.post("/worklist/done", given)
        assert (response.status_code, response["Location"]) == (303, "/worklist/?at=C1")
    [done] = [r for r in collections.worklist(two.company_id, two.today) if r.done_at]
    assert done.customer_number == "C2"
    assert listed(manager.get("/worklist/")) == ["Acorn C1"]
    assert listed(manager.get("/worklist/?view=done")) == ["Acorn C2"]


def test_it_never_leads_elsewhere(manager: Client, two: Actor) -> None:
    response = manager.post(
        "/worklist/done", {"number": "C2", "on": "2026-03-16", "next": "https://evil.example/"}
    )
    assert response["Location"] == "/worklist/"


def test_snoozing_needs_a_later_day(manager: Client, two: Actor) -> None:
    given = {"number": "C1", "on": "2026-03-16", "until": "2026-03-16"}
    refused = manager.post("/worklist/snooze", given)
    assert refused.status_code == 403
    assert "snooze_past" in words(refused)
    until = two.today + timedelta(days=3)
    manager.post("/worklist/snooze", {**given, "until": until.isoformat()})
    [row] = [r for r in collections.worklist(two.company_id, two.today) if r.snoozed_until]
    assert (row.customer_number, row.snoozed_until) == ("C1", until)


def test_an_auditor_reads_and_changes_nothing(auditor: Client, two: Actor) -> None:
    page = body(auditor.get("/worklist/"))
    assert "worklist/done" not in page
    given = {"number": "C1", "on": "2026-03-16", "until": "2026-03-20"}
    for address in ("done", "snooze", "refresh"):
        assert auditor.post(f"/worklist/{address}", given).status_code == 403
    assert all(
        row.done_at is None and row.snoozed_until is None
        for row in collections.worklist(two.company_id, two.today)
    )


def test_customers_of_another_company_are_not_there(
    manager: Client, other: Actor, two: Actor
) -> None:
    a_debtor(other, "X9")
    collections_services.refresh_worklist(other, on=other.today)
    assert manager.get("/worklist/?at=X9").status_code == 404
    assert manager.post("/worklist/done", {"number": "X9", "on": "2026-03-16"}).status_code == 404


@pytest.mark.parametrize("count", [1, 12])
def test_its_queries_do_not_grow_with_the_list(
    manager: Client,
    desk: Actor,
    count: int,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    a_fresh_bank(desk)
    for number in range(count):
        a_debtor(desk, f"C{number}")
    collections_services.refresh_worklist(desk, on=desk.today)
    manager.get("/worklist/")
    with django_assert_max_num_queries(34):
        assert len(listed(manager.get("/worklist/"))) == count
