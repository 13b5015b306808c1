"""How customers pay at the desk: the list of payers, and one customer's rating."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from creditdesk.kernel.actor import Actor
from creditdesk.monitoring.ratings import services
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body, words
from tests.invoices.people import a_customer
from tests.monitoring.stage import billed, settled


@pytest.fixture
def analyst(signed_in: SignedIn, desk: Actor) -> Client:
    """A browser with an analyst signed in."""
    return signed_in("analyst")


def payers(desk: Actor) -> None:
    """A good payer, and one of Upflow's example that owes 214 more."""
    good, late = a_customer(desk, "C-1"), a_customer(desk, "C-2")
    for n in range(3):
        settled(desk, good, due_ago=30 + n, late=1)
    settled(desk, late, due_ago=100, late=7, minor=14_000)
    settled(desk, late, due_ago=120, late=55, minor=8_500)
    billed(desk, late, late=40, minor=21_400)
    billed(desk, late, late=10, minor=100)
    services.rate_payers(desk)


def test_nobody_is_rated_yet(analyst: Client, desk: Actor) -> None:
    a_customer(desk, "C-1")
    assert "Nobody is rated yet" in words(analyst.get("/payer-ratings/"))
    page = words(analyst.get("/customers/C-1/paying"))
    assert "too little is known" in page
    assert "Nothing was paid in the window, and nothing is late." in page
    assert analyst.get("/customers/C-9/paying").status_code == 404


def test_the_list_filters_sorts_and_is_a_file(analyst: Client, desk: Actor) -> None:
    payers(desk)
    page = words(analyst.get("/payer-ratings/"))
    assert page.index("C-2") < page.index("C-1")
    assert "32.38" in page
    turned = words(analyst.get("/payer-ratings/?sort=days"))
    assert turned.index("C-1") < turned.index("C-2")
    only = words(analyst.get("/payer-ratings/?grade=D"))
    assert "C-2" in only
    assert "C-1" not in only
    assert "No payer is like that" in words(analyst.get("/payer-ratings/?grade=none"))
    assert "No payer is like that" in words(analyst.get("/payer-ratings/?drift=later"))
    assert "C-1" not in words(analyst.get("/payer-ratings/?q=c-2"))
    exported = body(analyst.get("/payer-ratings/?format=csv"))
    assert "C-2,Acorn C-2,D,32.38,55,not known,2026-03-16," in exported
    for sort in ("name", "-name", "grade", "-grade", "paydex", "-paydex", "-days", "nonsense"):
        assert analyst.get(f"/payer-ratings/?sort={sort}").status_code == 200


def test_the_page_shows_what_the_grade_counts(analyst: Client, desk: Actor) -> None:
    payers(desk)
    page = words(analyst.get("/customers/C-2/paying"))
    assert "Grade D" in page
    assert "Weighted days late 32.38" in page
    assert "Unpaid, and later than what was paid 214.00 EUR" in page
    assert "from 40 days late on" in page
    assert "Unpaid and late, not later than usual so far 1.00 EUR" in page
    assert "not yet" in page
    html = body(analyst.get("/customers/C-2/paying"))
    assert 'href="/invoices/R-5/"' in html
    exported = body(analyst.get("/customers/C-2/paying?format=csv"))
    assert "R-5,open,2026-02-04,,40,EUR,214.00" in exported


def test_the_chart_opens_what_was_kept(analyst: Client, desk: Actor) -> None:
    payers(desk)
    for days in (-30, -20):
        services.rate_payers(replace(desk, today=desk.today + timedelta(days=days)))
    html = body(analyst.get("/customers/C-2/paying"))
    assert "Over time" in html
    assert html.count('id="rating-') >= 2
    assert "/customers/C-2/paying#rating-" in html


def test_the_customers_page_leads_there(analyst: Client, desk: Actor) -> None:
    payers(desk)
    assert 'href="/customers/C-2/paying"' in body(analyst.get("/customers/C-2/"))
