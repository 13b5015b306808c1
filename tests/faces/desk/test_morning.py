"""The morning page and the search."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from creditdesk.insight import services as insight
from creditdesk.kernel.actor import Actor
from tests.faces.desk.pages import body, plain, words
from tests.invoices.people import a_customer, an_invoice, recorded
from tests.orders import verbs

MORNING_QUERIES = 34


@pytest.fixture
def moved(desk: Actor) -> Actor:
    """Yesterday's morning is kept; since then an invoice of C1 fell due unpaid."""
    friday = replace(desk, at=desk.at - timedelta(days=3), today=desk.today - timedelta(days=3))
    issued = friday.today - timedelta(days=30)
    recorded(
        friday,
        an_invoice(a_customer(desk, "C1"), "A-1", issued_on=issued,
                   due_on=friday.today + timedelta(days=1), net_minor=100_000, tax_minor=0),
        an_invoice(a_customer(desk, "C2"), "B-1", issued_on=issued,
                   due_on=friday.today - timedelta(days=9), net_minor=50_000, tax_minor=0),
    )  # fmt: skip
    insight.write_morning(friday, as_of=friday.today)
    return desk


def test_an_empty_desk_says_where_to_begin(manager: Client) -> None:
    page = words(manager.get("/"))
    assert "Welcome to your credit desk" in page
    assert "Load customers and invoices" in page


@pytest.mark.usefixtures("moved")
def test_the_morning_says_what_moved_and_why(manager: Client) -> None:
    page = words(manager.get("/"))
    assert "Overdue rose by 1 000 EUR to 100.0 %: 1 invoice fell due unpaid" in page
    assert "What moved: Overdue EUR, since 13 Mar 2026 Before 500 .00 EUR Now 1 500 .00 EUR" in page
    assert "Good morning, Helena. Nothing waits for you." in page
    assert "Ageing EUR By customer" in page


def test_what_waits_leads_to_where_it_is_done(manager: Client, moved: Actor) -> None:
    verbs.a_customer(moved, "C-9", limit=1_000)
    verbs.an_order(moved, "SO-1", 50_000, customer="C-9")
    page = body(manager.get("/"))
    assert '<a href="/orders/">1 order is held</a>' in page
    assert "Good morning, Helena: 1 order is held." in plain(page)


@pytest.mark.usefixtures("moved")
def test_an_earlier_morning_can_be_read_again_and_none_is_of_tomorrow(manager: Client) -> None:
    assert "As it was on 13 Mar 2026." in words(manager.get("/?on=2026-03-13"))
    assert "As it was on" not in words(manager.get("/?on=2027-01-01"))


@pytest.mark.usefixtures("moved")
def test_the_morning_asks_a_fixed_number_of_queries(
    manager: Client, desk: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(MORNING_QUERIES) as few:
        manager.get("/")
    for n in range(10):
        recorded(desk, an_invoice(a_customer(desk, f"D{n}"), f"D-{n}"))
    with django_assert_max_num_queries(MORNING_QUERIES) as many:
        manager.get("/")
    assert len(many) == len(few)


# -- search ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("acorn", "/customers/C1/"),
        ("c1", "/customers/C1/"),
        ("A-1", "/invoices/A-1/"),
        ("age", "/ageing/"),
    ],
)
@pytest.mark.usefixtures("moved")
def test_the_search_finds_customers_documents_and_pages(
    manager: Client, text: str, href: str
) -> None:
    assert f'href="{href}"' in body(manager.get(f"/search?q={text}")).partition("<main")[2]
    part = body(manager.get(f"/search?q={text}", headers={"HX-Request": "true"}))
    assert part.startswith("<ul><li>")
    assert f'<a href="{href}">' in part


@pytest.mark.parametrize("text", ["'%22--", "nothing+like+it", "%25"])
@pytest.mark.usefixtures("moved")
def test_odd_texts_find_nothing_and_break_nothing(manager: Client, text: str) -> None:
    response = manager.get(f"/search?q={text}", headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "Nothing is called" in words(response)


def test_a_text_with_a_zero_byte_is_refused_by_name(manager: Client) -> None:
    response = manager.get("/search?q=%25%00", headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert "invisible" in words(response)


@pytest.mark.usefixtures("moved")
def test_a_name_is_shown_as_text(manager: Client, desk: Actor) -> None:
    a_customer(desk, "X1", name="<script>alert(1)</script> GmbH")
    for address in ("/search?q=alert", "/customers/", "/customers/X1/"):
        assert "<script>alert" not in body(manager.get(address)), address
