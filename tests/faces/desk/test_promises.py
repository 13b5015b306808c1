"""Promises: the list by state, and taking one back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from creditdesk.collections import queries as collections
from creditdesk.collections import services as collections_services
from creditdesk.contact import queries as contact
from creditdesk.kernel.actor import Actor
from tests.faces.desk.pages import csv_rows, key_of, rows, words
from tests.faces.desk.work import a_debtor


def a_promise(actor: Actor, number: str, minor: int, days: int) -> str:
    return collections_services.promise(
        actor, a_debtor(actor, number), currency="EUR", minor=minor,
        due_on=actor.today + timedelta(days=days), note="=said(by phone)",
    )  # fmt: skip


@pytest.fixture
def two(desk: Actor) -> list[str]:
    return [a_promise(desk, "C1", 50_000, 5), a_promise(desk, "C2", 20_000, 2)]


def test_an_empty_list_says_how_promises_come(manager: Client) -> None:
    assert "Nobody has promised anything yet" in words(manager.get("/promises/"))


def test_those_due_first_stand_on_top(manager: Client, two: list[str]) -> None:
    first, second = rows(manager.get("/promises/"))
    assert "Acorn C2" in first
    assert two[1] in first
    assert "Acorn C1" in second
    assert "Acorn C1" in rows(manager.get("/promises/?sort=-minor"))[0]
    assert rows(manager.get("/promises/?status=kept")) == []
    assert len(rows(manager.get("/promises/?status=all&q=c1"))) == 1


def test_an_export_holds_no_formula(manager: Client, two: list[str]) -> None:
    head, first, _ = csv_rows(manager.get("/promises/?format=csv"))
    assert head[-1] == "Note"
    assert first[-1] == "'=said(by phone)"
    assert first[6] == "200.00"


def test_one_is_taken_back_once(
    manager: Client, auditor: Client, desk: Actor, two: list[str]
) -> None:
    address = f"/promises/{two[1]}/withdraw"
    assert auditor.post(address).status_code == 403
    key = key_of(manager, "/promises/")
    for _ in range(2):
        assert manager.post(address, {"key": key}).status_code == 303
    assert collections.promise(desk.company_id, two[1]).status == "withdrawn"
    assert manager.post(address).status_code == 409
    assert [h.source for h in contact.live_holds(desk.company_id)] == [f"promise:{two[0]}"]


def test_those_of_another_company_are_not_there(manager: Client, other: Actor) -> None:
    reference = a_promise(other, "X9", 100, 3)
    assert rows(manager.get("/promises/?status=all")) == []
    assert manager.post(f"/promises/{reference}/withdraw").status_code == 404
    assert collections.promise(other.company_id, reference).status == "open"
