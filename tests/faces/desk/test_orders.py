"""Orders: the list with the rules that fired, the decision, release and cancelling."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from creditdesk.controls.models import AuditEntry
from creditdesk.credit import queries as credit
from creditdesk.credit import services as credit_services
from creditdesk.kernel.actor import Actor
from creditdesk.orders import queries as orders
from tests.faces.desk.pages import body, csv_rows, key_of, rows, words
from tests.orders import verbs

LIST_QUERIES = 16


@pytest.fixture
def held(desk: Actor) -> Actor:
    """One order accepted, and one held: over the limit, with something long overdue."""
    customer_id = verbs.a_customer(desk, limit=100_000)
    verbs.an_order(desk, "SO-1", 60_000)
    due = desk.today - timedelta(days=45)
    verbs.an_invoice(desk, customer_id, 20_000, due_on=due)
    assert verbs.an_order(desk, "SO-2", 50_000).outcome == "held"
    return desk


def test_nothing_held_says_so(manager: Client) -> None:
    assert "No order is held" in words(manager.get("/orders/"))


@pytest.mark.usefixtures("held")
def test_a_held_order_names_every_rule_with_value_and_threshold(manager: Client) -> None:
    [row] = rows(manager.get("/orders/"))
    assert row.startswith("SO-2 Customer C-1")
    for told in (
        "Limit 1 300.00 EUR at most 1 000.00 EUR",
        "Oldest late 45 days at most 30 days",
        "Late amount 200.00 EUR",
    ):
        assert told in row, told
    page = words(manager.get("/orders/SO-2/"))
    assert "Limit exposure after this order 1 300.00 EUR at most 1 000.00 EUR" in page
    assert "Blocked kept" in page
    assert "over by" in page.casefold()
    menu = body(manager.get("/")).partition('title="Orders"')[2].partition("</a>")[0]
    assert '<span class="count">1</span>' in menu


@pytest.mark.parametrize(
    ("query", "references"),
    [
        ("?status=", ["SO-2", "SO-1"]),
        ("?status=&sort=total", ["SO-2", "SO-1"]),
        ("?status=&sort=-total", ["SO-1", "SO-2"]),
        ("?status=accepted", ["SO-1"]),
        ("?status=&q=so-1", ["SO-1"]),
        ("?status=cancelled", []),
    ],
)
@pytest.mark.usefixtures("held")
def test_the_list_filters_and_sorts(manager: Client, query: str, references: list[str]) -> None:
    assert [row.split()[0] for row in rows(manager.get(f"/orders/{query}"))] == references


@pytest.mark.usefixtures("held")
def test_the_export_says_why(manager: Client) -> None:
    table = csv_rows(manager.get("/orders/?format=csv"))
    assert table[1][0] == "SO-2"
    assert table[1][-1].replace("\u202f", " ").startswith("Limit: 1 300.00 EUR; Oldest late: 45")


def test_the_number_of_queries_does_not_grow_with_the_rows(
    manager: Client, held: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(LIST_QUERIES) as few:
        manager.get("/orders/?status=")
    for n in range(10):
        verbs.an_order(held, f"SO-1{n}", 50_000)
    with django_assert_max_num_queries(LIST_QUERIES) as many:
        manager.get("/orders/?status=")
    assert len(many) == len(few)


def test_a_release_shows_first_and_changes_nothing(manager: Client, held: Actor) -> None:
    page = words(manager.post("/orders/SO-2/release", {"reason": "paid tomorrow"}))
    assert "Exposure afterwards 1 300 .00 EUR Left of the limit -300 .00 EUR" in page
    assert "paid tomorrow" in page
    assert orders.order(held.company_id, "SO-2").status == "held"
    assert not AuditEntry.objects.filter(command="orders.release").exists()


def test_a_release_reserves_once_however_often_it_is_sent(manager: Client, held: Actor) -> None:
    key = key_of(manager, "/orders/SO-2/")
    given = {"reason": "paid tomorrow", "confirmed": "yes", "key": key}
    for _ in range(2):
        response = manager.post("/orders/SO-2/release", given)
        assert (response.status_code, response["Location"]) == (303, "/orders/SO-2/")
    assert orders.order(held.company_id, "SO-2").status == "released"
    assert sum(one.minor for one in credit.reservations(held.company_id)) == 110_000
    assert "Released by a person" in words(manager.get("/orders/SO-2/"))
    assert len(orders.decisions(held.company_id, "SO-2")) == 2


@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "yes"}])
def test_a_release_without_a_reason_is_refused(
    manager: Client, held: Actor, confirmed: dict[str, str]
) -> None:
    response = manager.post("/orders/SO-2/release", {"reason": " ", **confirmed})
    assert response.status_code == 422
    assert "Fill it in" in words(response)
    assert orders.order(held.company_id, "SO-2").status == "held"


def test_an_order_that_is_not_held_cannot_be_released(manager: Client, held: Actor) -> None:
    given = {"reason": "x", "confirmed": "yes"}
    assert manager.post("/orders/SO-1/release", given).status_code == 409
    assert orders.order(held.company_id, "SO-1").status == "accepted"


def test_cancelling_frees_the_credit(manager: Client, held: Actor) -> None:
    for _ in range(2):
        assert manager.post("/orders/SO-1/cancel").status_code == 303
    assert orders.order(held.company_id, "SO-1").status == "cancelled"
    assert credit.reservations(held.company_id) == []
    assert "Cancel the order" not in words(manager.get("/orders/SO-1/"))


def test_a_held_order_is_decided_anew_by_what_stands_now(manager: Client, held: Actor) -> None:
    assert "stays held" in words(manager.post("/orders/SO-2/recheck", follow=True))
    customer_id = orders.order(held.company_id, "SO-2").customer_id
    credit_services.block(held, customer_id, reason="insolvent")
    page = words(manager.post("/orders/SO-2/recheck", follow=True))
    assert "Blocked no further credit insolvent none" in page


@pytest.mark.parametrize("verb", ["release", "cancel", "recheck"])
def test_an_auditor_decides_nothing(auditor: Client, held: Actor, verb: str) -> None:
    given = {"reason": "x", "confirmed": "yes"}
    assert auditor.post(f"/orders/SO-2/{verb}", given).status_code == 403
    assert orders.order(held.company_id, "SO-2").status == "held"
    assert 'id="h-decide"' not in body(auditor.get("/orders/SO-2/"))
