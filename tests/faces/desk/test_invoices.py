"""Invoices: the list, the document, and crediting with its preview."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from creditdesk.cash import services as cash
from creditdesk.controls.models import AuditEntry
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from tests.cash import stage
from tests.faces.desk.pages import csv_rows, key_of, rows, words
from tests.invoices.people import a_customer, an_invoice, recorded
from tests.support.fixtures import TODAY

LIST_QUERIES = 16
PAGE_QUERIES = 24


@pytest.fixture
def book(desk: Actor) -> Actor:
    """Three invoices: late, not yet due, and one of a second customer."""
    first, second = a_customer(desk, "C1"), a_customer(desk, "C2")
    late, early = date(2026, 2, 14), date(2026, 4, 14)
    recorded(
        desk,
        an_invoice(first, "A-1", issued_on=date(2026, 1, 15), due_on=late),
        an_invoice(first, "A-2", issued_on=date(2026, 3, 15), due_on=early, net_minor=50_000),
        an_invoice(second, "B-1", issued_on=date(2026, 2, 15), due_on=TODAY, net_minor=90_000),
    )
    return desk


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", ["A-2", "B-1", "A-1"]),
        ("?sort=number", ["A-1", "A-2", "B-1"]),
        ("?sort=-open", ["B-1", "A-2", "A-1"]),
        ("?state=overdue", ["A-1"]),
        ("?state=paid", []),
        ("?q=acorn+c2", ["B-1"]),
        ("?customer=C1&sort=number", ["A-1", "A-2"]),
        ("?from=2026-02-01&to=2026-02-28", ["B-1"]),
        ("?currency=USD", []),
    ],
)
@pytest.mark.usefixtures("book")
def test_the_list_filters_and_sorts(manager: Client, query: str, numbers: list[str]) -> None:
    assert [row.split()[0] for row in rows(manager.get(f"/invoices/{query}"))] == numbers


def test_an_empty_list_teaches_and_a_filter_that_finds_nothing_says_so(
    manager: Client, desk: Actor
) -> None:
    assert "No invoices yet" in words(manager.get("/invoices/"))
    recorded(desk, an_invoice(a_customer(desk)))
    assert "No document is like that" in words(manager.get("/invoices/?q=nothing"))


@pytest.mark.usefixtures("book")
def test_a_date_that_is_none_is_refused_by_its_field(manager: Client) -> None:
    response = manager.get("/invoices/?from=yesterday")
    assert response.status_code == 422
    assert "'yesterday' is no date" in words(response)
    assert "Write it as 2026-01-31" in words(response)


@pytest.mark.usefixtures("book")
def test_the_export_holds_every_row_with_exact_amounts(manager: Client) -> None:
    table = csv_rows(manager.get("/invoices/?format=csv&sort=number"))
    columns = dict(zip(table[0], zip(*table[1:], strict=True), strict=True))
    assert columns["Document"] == ("A-1", "A-2", "B-1")
    assert columns["Open"] == ("119.00", "519.00", "919.00")
    assert columns["Due"] == ("2026-02-14", "2026-04-14", "2026-03-16")
    assert columns["Days late"] == ("30", "-29", "0")


def test_the_number_of_queries_does_not_grow_with_the_rows(
    manager: Client, book: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(LIST_QUERIES) as few:
        manager.get("/invoices/")
    customer_id = a_customer(book, "C3")
    recorded(book, *(an_invoice(customer_id, f"C-{n}") for n in range(20)))
    with django_assert_max_num_queries(LIST_QUERIES) as many:
        manager.get("/invoices/")
    assert len(many) == len(few)


@pytest.mark.usefixtures("book")
def test_the_document_says_what_falls_due_and_how_it_stands(
    manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(PAGE_QUERIES):
        page = words(manager.get("/invoices/A-1/"))
    assert "Invoice A-1 Late" in page
    assert "Total 119 .00 EUR Net 100 .00 EUR Tax 19 .00 EUR Open 119 .00 EUR" in page
    assert "1 14 Feb 2026 30 119 .00 119 .00" in page
    assert "Nothing has been paid or credited yet." in page


def test_what_paid_it_stands_on_the_document(manager: Client, book: Actor) -> None:
    stage.take_in(book, stage.Paid(minor=11_900, text="A-1", name="Acorn C1"))
    cash.match(book)
    page = words(manager.get("/invoices/A-1/"))
    assert "Invoice A-1 Settled" in page
    assert "What paid it Document On By Amount PAY-" in page
    assert "10 Mar 2026 test 119 .00" in page
    story = words(manager.get("/customers/C1/"))
    assert "Paid 119.00 EUR" in story
    assert "Pays 24 days late as a rule" in story


# -- crediting ---------------------------------------------------------------------------------

CREDIT = {"total": "59.50", "issued_on": "2026-03-16", "reason": "one was broken"}


def test_crediting_shows_first_and_records_nothing(manager: Client, book: Actor) -> None:
    page = words(manager.post("/invoices/A-1/credit", CREDIT))
    assert "Open now 119 .00 EUR Open afterwards 59 .50 EUR Left as free credit 0 .00 EUR" in page
    assert invoices.invoice(book.company_id, "A-1").open_minor == 11_900
    assert not AuditEntry.objects.filter(command="invoices.credit").exists()


def test_crediting_twice_by_one_form_credits_once(manager: Client, book: Actor) -> None:
    given = {**CREDIT, "confirmed": "yes", "key": key_of(manager, "/invoices/A-1/credit")}
    for _ in range(2):
        response = manager.post("/invoices/A-1/credit", given)
        assert (response.status_code, response["Location"]) == (303, "/invoices/A-1/")
    invoice = invoices.invoice(book.company_id, "A-1")
    assert (invoice.open_minor, invoice.credited_minor) == (5_950, 5_950)
    [applied] = invoices.credits_applied(book.company_id, invoice.id)
    note = invoices.invoice(book.company_id, applied.credit_note_number)
    assert (note.net_minor, note.tax_minor, note.corrects_number) == (5_000, 950, "A-1")
    page = words(manager.get("/invoices/A-1/"))
    assert "Invoice A-1 Part credited, late" in page
    assert "Part credited, late" in words(manager.get("/invoices/?q=A-1"))
    assert note.number in page
    used = words(manager.get(f"/invoices/{note.number}/"))
    assert f"Credit note {note.number} Credit, used" in used


def test_what_was_credited_whole_is_not_called_settled(manager: Client, book: Actor) -> None:
    given = {**CREDIT, "total": "119.00", "confirmed": "yes"}
    manager.post("/invoices/A-1/credit", {**given, "key": key_of(manager, "/invoices/A-1/credit")})
    assert "Invoice A-1 Credited" in words(manager.get("/invoices/A-1/"))
    assert "Settled" not in words(manager.get("/invoices/?q=A-1")).partition("A-1")[2][:80]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"total": "119.01"}, "cannot be credited above its total"),
        ({"total": "0"}, "cannot be recorded"),
        ({"total": "some"}, "is no amount in EUR"),
        ({"reason": " "}, "Fill it in"),
        ({"issued_on": "2026-02-30"}, "is no date"),
    ],
)
@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "yes"}])
def test_a_credit_that_cannot_be_changes_nothing(
    manager: Client, book: Actor, wrong: dict[str, str], said: str, confirmed: dict[str, str]
) -> None:
    response = manager.post("/invoices/A-1/credit", {**CREDIT, **wrong, **confirmed})
    assert response.status_code == 422
    assert said in words(response)
    assert invoices.invoice(book.company_id, "A-1").credited_minor == 0


@pytest.mark.usefixtures("book")
def test_who_may_not_credit_has_no_button(auditor: Client, manager: Client) -> None:
    assert "Credit note" in words(manager.get("/invoices/A-1/"))
    assert "Credit note" not in words(auditor.get("/invoices/A-1/"))


# -- ageing ------------------------------------------------------------------------------------


@pytest.fixture
def aged(desk: Actor) -> Actor:
    """C1 owes 100 for 95 days and 40 for 10; C2 owes 60 not yet due."""
    first, second = a_customer(desk, "C1"), a_customer(desk, "C2")
    earlier = replace(desk, at=desk.at - timedelta(days=120), today=TODAY - timedelta(days=120))
    for customer_id, number, minor, late_days in (
        (first, "OLD", 10_000, 95),
        (first, "NEW", 4_000, 10),
        (second, "EARLY", 6_000, -20),
    ):
        due = TODAY - timedelta(days=late_days)
        given = an_invoice(
            customer_id, number, issued_on=earlier.today, due_on=due, net_minor=minor, tax_minor=0
        )
        recorded(earlier, given)
    return desk


@pytest.mark.usefixtures("aged")
def test_ageing_shows_the_buckets_and_their_total(manager: Client) -> None:
    response = manager.get("/ageing/")
    first, second = rows(response)
    assert first.startswith("Acorn C1 C1 EUR")
    assert first.endswith("– 40 .00 – – 100 .00 140 .00 140 .00 –")
    assert second.endswith("60 .00 – – – – – 60 .00 –")
    assert "Open 200 .00 EUR Late 140 .00 EUR" in words(response)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?bucket=late_91", ["C1"]),
        ("?bucket=not_due", ["C2"]),
        ("?sort=total", ["C2", "C1"]),
        ("?sort=name", ["C1", "C2"]),
        ("?q=c2", ["C2"]),
        ("?currency=USD", ["C1", "C2"]),
        ("?as_of=2025-01-01", []),
        ("?known_at=2025-01-01", []),
    ],
)
@pytest.mark.usefixtures("aged")
def test_ageing_of_any_date_filters_and_sorts(
    manager: Client, query: str, names: list[str]
) -> None:
    assert [row.split()[1] for row in rows(manager.get(f"/ageing/{query}"))] == names


@pytest.mark.usefixtures("aged")
def test_ageing_leads_down_to_the_document(manager: Client) -> None:
    response = manager.get("/ageing/C1/?as_of=2026-01-05")
    oldest, newest = rows(response)
    assert oldest.startswith("OLD")
    assert oldest.endswith("25 100 .00 EUR 100 .00 EUR")
    assert "in 60 d" in newest
    assert "Acorn C1: open on 5 Jan 2026" in words(response)
    table = csv_rows(manager.get("/ageing/C1/?format=csv&sort=-open"))
    assert [row[0] for row in table] == ["Document", "OLD", "NEW"]


@pytest.mark.usefixtures("aged")
def test_ageing_is_exported_by_customer_and_currency(manager: Client) -> None:
    table = csv_rows(manager.get("/ageing/?format=csv&sort=number"))
    assert [row[0] for row in table[1:]] == ["C1", "C2"]
    assert table[1][3:] == ["0.00", "40.00", "0.00", "0.00", "100.00", "140.00", "140.00", "0.00"]
