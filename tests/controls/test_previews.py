"""What is shown first leaves nothing behind: every table counted before and after."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.test import Client
from django.urls import reverse

from creditdesk.controls import queries, services
from creditdesk.controls.commands import preview
from creditdesk.controls.models import User
from creditdesk.credit import queries as credit_queries
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock, sql
from creditdesk.plumbing.imports import queries as import_queries
from creditdesk.plumbing.imports import services as imports
from tests.controls.people import person
from tests.controls.world import World
from tests.faces.desk.pages import words
from tests.support.fixtures import TODAY, standing_actor


def counted() -> dict[str, int]:
    """How many rows each table of the house holds, and how far its number ranges are."""
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if model.__module__.startswith("creditdesk.")
    ]
    found = {table: int(sql.scalar(f"SELECT count(*) FROM {table}")) for table in tables}
    found["numbers"] = int(sql.scalar("SELECT sum(next_number) FROM plumbing_sequence"))
    return found


@pytest.fixture
def world(committed_world: World) -> Iterator[World]:
    """The two companies; what the test does to them is rolled back."""
    with transaction.atomic():
        yield committed_world
        transaction.set_rollback(True)


ACTS = (
    ("manager", "order-release", "order", {"reason": "x"}, "If it is released"),
    ("resolver", "invoice-credit", "invoice",
     {"total": "1", "issued_on": "2026-03-16", "reason": "x"}, "What it will do"),
    ("resolver", "dispute-credit", "dispute", {"total": "1", "reason": "x"}, "What it will do"),
    ("manager", "approval-approve", "approval", {}, "If you approve"),
    ("cash_applier", "payment-remainder", "payment", {}, ""),
    ("collector", "customer-email", "customer", {"subject": "x", "body": "x"}, ""),
)  # fmt: skip


@pytest.mark.parametrize(("role", "route", "kind", "form", "shown"), ACTS)
def test_a_preview_of_the_desk_changes_nothing(
    world: World, role: str, route: str, kind: str, form: dict[str, str], shown: str
) -> None:
    before = counted()
    address = reverse(route, args=[world.own[kind]])
    response = world.clients[role].post(address, {**form, "key": "k"})
    assert response.status_code == 200
    assert shown in words(response)
    assert counted() == before


def test_the_plan_of_a_run_changes_nothing(world: World) -> None:
    before = counted()
    assert world.clients["collector"].get("/dunning/").status_code == 200
    assert counted() == before


def test_an_import_is_shown_first(world: World) -> None:
    actor = standing_actor(queries.company_by_code("acme"))
    content = b"number;name;currency;credit limit\nP1;One;EUR;5\nP2;Two;EUR;6\nP2;;EUR;7\n"
    reference = imports.open_run(actor, kind="customers", filename="p.csv", content=content)
    before = counted()
    with preview():
        found = imports.load(actor, reference, chunk_rows=1)
    assert (found.rows_accepted, found.rows_rejected) == (2, 1)
    assert counted() == before
    assert import_queries.run(actor.company_id, reference).rows_done == 0
    assert imports.load(actor, reference).rows_accepted == 2


# -- and the whole way over the desk ---------------------------------------------------------------


def test_a_limit_goes_its_way_over_the_desk(world: World) -> None:
    limit = {"amount": "150000", "currency": "EUR", "valid_from": "2026-03-16", "reason": "grows"}
    asked = world.clients["analyst"].post("/customers/C1/limit", {**limit, "key": "f"}, follow=True)
    [(address, status)] = asked.redirect_chain
    assert (status, address.startswith("/approvals/APR-2026-")) == (303, True)
    assert "waits for approval by somebody else; nothing has changed yet" in words(asked)
    assert "You asked for it, so somebody else decides." in words(asked)
    again = world.clients["analyst"].post("/customers/C1/limit", {**limit, "key": "f"})
    assert (again.status_code, again["Location"]) == (303, address)
    boosted = world.clients["analyst"].post(
        "/customers/C1/limit", {**limit, "key": "g"}, headers={"HX-Request": "true"}
    )
    assert (boosted.status_code, boosted["HX-Redirect"]) == (204, address)
    manager = world.clients["manager"]
    assert "2 requests wait for your approval" in words(manager.get("/"))
    assert "Credit limit of Acorn C1: 150 000.00 EUR" in words(manager.get("/approvals/"))
    shown = manager.post(f"{address}approve")
    assert "It is done at once, in the name of who asked" in words(shown)
    done = manager.post(f"{address}approve", {"confirmed": "yes"}, follow=True)
    assert "is approved and done" in words(done)
    twice = manager.post(f"{address}approve", {"confirmed": "yes"}, follow=True)
    assert twice.status_code == 200
    company = queries.company_by_code("acme")
    found = credit_queries.limits(company.id, TODAY)
    assert [one.minor for one in found.values()].count(15_000_000) == 1
    assert "1 request waits for your approval" in words(manager.get("/"))


def test_a_refusal_says_why_and_a_late_click_is_a_conflict(world: World) -> None:
    manager, address = world.clients["manager"], f"/approvals/{world.own['approval']}/"
    assert manager.post(f"{address}refuse", {"reason": ""}).status_code == 422
    assert manager.post(f"{address}refuse", {"reason": "not now"}).status_code == 303
    page = words(manager.get(address))
    assert "refused: not now" in page
    actor = standing_actor(queries.company_by_code("acme"))
    late = Client()
    late.force_login(User.objects.get(id=person(actor, "late", "manager").user_id))
    assert late.session[SESSION_KEY]
    response = late.post(f"{address}approve", {"confirmed": "yes"})
    assert response.status_code == 409
    assert "is refused already" in words(response)


def test_an_exception_goes_its_way_over_the_desk(world: World) -> None:
    ask = {
        "user": "analyst", "pair": "2", "valid_from": "2026-03-16", "valid_until": "2026-03-31",
        "reason": "leave",
    }  # fmt: skip
    boss, manager = world.clients["administrator"], world.clients["manager"]
    assert boss.post("/duties/ask", {**ask, "valid_until": "2027-01-01"}).status_code == 422
    address = boss.post("/duties/ask", ask)["Location"]
    manager.post(f"{address}approve", {"confirmed": "yes"})
    page = words(boss.get("/duties/"))
    assert "2 · edit customer master × approve credit" in page
    actor = standing_actor(queries.company_by_code("acme"))
    [row] = [one for one in queries.duty_report(actor).exceptions if one.username == "analyst"]
    services.grant("analyst", company_id=actor.company_id, role="collector", by="test")
    assert boss.post(f"/duties/exceptions/{row.id}/end", follow=True).status_code == 200
    assert "meets in one person without an exception" in words(boss.get("/duties/"))


def test_the_pages_stand_empty_too(actor: Actor) -> None:
    with clock.held_at(actor.at):
        client = Client()
        client.force_login(User.objects.get(id=person(actor, "mo", "manager").user_id))
        assert "Nothing has needed a second person yet" in words(client.get("/approvals/"))
        assert "There is none." in words(client.get("/duties/"))
