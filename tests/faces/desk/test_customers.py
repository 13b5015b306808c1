"""Customers: the list, the page that tells the story, and changing an account."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from creditdesk.collections import services as collections
from creditdesk.controls.models import AuditEntry
from creditdesk.credit import queries as credit
from creditdesk.credit import services as credit_services
from creditdesk.customers import queries as customers
from creditdesk.customers.models import Customer
from creditdesk.disputes import services as disputes
from creditdesk.disputes.rules import NewDispute
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body, csv_rows, key_of, rows, words, xlsx_rows
from tests.invoices.people import a_customer, an_invoice, recorded
from tests.orders import verbs
from tests.support.fixtures import TODAY
from tests.treasury.people import person

LIST_QUERIES = 24
PAGE_QUERIES = 44


def limited(actor: Actor, customer_id: int, minor: int, **given: date) -> None:
    credit_services.set_limit(
        actor, customer_id, minor=minor, currency="EUR",
        valid_from=TODAY - timedelta(days=30), reason="test", **given,
    )  # fmt: skip


def owing(actor: Actor, number: str, late_days: int, minor: int = 10_000) -> int:
    customer_id = a_customer(actor, number)
    due = TODAY - timedelta(days=late_days)
    recorded(
        actor,
        an_invoice(customer_id, f"INV-{number}", issued_on=due - timedelta(days=30), due_on=due,
                   net_minor=minor, tax_minor=0),
    )  # fmt: skip
    return customer_id


# -- the list ----------------------------------------------------------------------------------


def test_an_empty_list_teaches_the_first_step(manager: Client) -> None:
    page = words(manager.get("/customers/"))
    assert "No customers yet" in page
    assert "Load customers" in page


def test_a_row_says_what_is_owed_how_late_and_how_it_stands(manager: Client, desk: Actor) -> None:
    limited(desk, owing(desk, "C1", late_days=34), 8_000)
    [row] = rows(manager.get("/customers/"))
    assert row == "Acorn C1 C1 31–60 100 % 34 Over limit 125.0 % 100 .00 EUR"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", ["C1", "C2", "C3"]),
        ("?sort=-name", ["C3", "C2", "C1"]),
        ("?q=c2", ["C2"]),
        ("?standing=over", ["C1"]),
        ("?standing=near", ["C2"]),
        ("?standing=unlimited", ["C3"]),
        ("?standing=expiring", ["C2"]),
        ("?status=closed", ["C3"]),
        ("?sort=nonsense&page=x&status=nonsense", ["C1", "C2", "C3"]),
    ],
)
def test_the_list_filters_and_sorts(
    manager: Client, desk: Actor, query: str, numbers: list[str]
) -> None:
    first, second, third = (owing(desk, number, 5) for number in ("C1", "C2", "C3"))
    limited(desk, first, 9_999)
    limited(desk, second, 10_500, valid_to=TODAY + timedelta(days=30))
    customers_closed(desk, third)
    found = rows(manager.get(f"/customers/{query}"))
    assert [row.split()[1] for row in found] == numbers


def customers_closed(actor: Actor, customer_id: int) -> None:
    """Closed with something open, as only an older version or a merge leaves an account."""
    Customer.objects.filter(company_id=actor.company_id, id=customer_id).update(status="closed")


def test_pages_hold_fifty_and_lead_on(manager: Client, desk: Actor) -> None:
    for n in range(51):
        a_customer(desk, f"C{n:02}")
    first = manager.get("/customers/")
    assert (len(rows(first)), "1–50 of 51" in words(first)) == (50, True)
    last = manager.get("/customers/?page=2")
    assert [row.split()[1] for row in rows(last)] == ["C50"]


def test_the_number_of_queries_does_not_grow_with_the_rows(
    manager: Client, desk: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    owing(desk, "C00", 3)
    with django_assert_max_num_queries(LIST_QUERIES) as one:
        manager.get("/customers/")
    for n in range(1, 12):
        limited(desk, owing(desk, f"C{n:02}", n), 50_000)
    with django_assert_max_num_queries(LIST_QUERIES) as many:
        manager.get("/customers/")
    assert len(many) == len(one)


def test_htmx_is_given_the_rows_alone(manager: Client, desk: Actor) -> None:
    owing(desk, "C1", 3)
    asks = {"HX-Request": "true", "HX-Target": "list"}
    part = manager.get("/customers/?q=acorn", headers=asks)
    assert "<html" not in body(part)
    assert len(rows(part)) == 1
    assert "HX-Request" in part["Vary"]
    back = manager.get("/customers/", headers={**asks, "HX-History-Restore-Request": "true"})
    assert "<html" in body(back)


def test_the_whole_list_is_exported_exactly_and_the_download_is_audited(
    manager: Client, desk: Actor
) -> None:
    owing(desk, "C1", 34, minor=123_456)
    a_customer(desk, "C2", name="=HYPERLINK(1)")
    sheet = xlsx_rows(manager.get("/customers/?format=xlsx&sort=number"))
    assert sheet[0][:2] == ["Number", "Name"]
    assert [row[1] for row in sheet[1:]] == ["Acorn C1", "'=HYPERLINK(1)"]
    place = sheet[0].index("Open in own currency")
    assert [row[place] for row in sheet[1:]] == [1234.56, 0]
    table = csv_rows(manager.get("/customers/?format=csv&q=C1"))
    assert [row[0] for row in table] == ["Number", "C1"]
    assert table[1][place] == "1234.56"
    kept = AuditEntry.objects.filter(command="customers.export").values_list("actor", flat=True)
    assert list(kept) == ["Helena Brandt", "Helena Brandt"]


# -- the page ----------------------------------------------------------------------------------


def test_the_page_tells_the_story(manager: Client, desk: Actor) -> None:
    customer_id = owing(desk, "C1", late_days=34)
    limited(desk, customer_id, 40_000)
    due = TODAY + timedelta(days=3)
    [item] = recorded(
        desk, an_invoice(customer_id, "INV-NEW", issued_on=TODAY, due_on=due, net_minor=5_000)
    )
    collections.log_activity(
        desk, customer_id, kind="call", outcome="reached", note="Pays on Friday"
    )
    collections.promise(
        desk, customer_id, currency="EUR", minor=10_000, due_on=TODAY + timedelta(days=4)
    )
    disputes.open(desk, [NewDispute(item.item_id, "quality", 2_000, "two were broken")])
    page = words(manager.get("/customers/C1/"))
    for told in (
        "Acorn C1 Within limit 1 dispute",
        "Open 169 .00 EUR Late 100 .00 EUR 1 item",
        "Oldest, undisputed 34 days",
        "INV-C1 10 Feb 2026 34 100 .00 100 .00 EUR Late",
        "INV-NEW 19 Mar 2026 in 3 d 69 .00 69 .00 EUR In dispute",
        "Next: promised money",
        "Call by test · reached: Pays on Friday",
        "100.00 EUR by 20 Mar 2026",
        "20.00 EUR of INV-NEW. two were broken",
        "Used 169 .00 EUR Free 231 .00 EUR",
        "Limit set to 400.00 EUR",
        "Promise to pay",
    ):
        assert told in page, told


def test_buttons_are_those_the_role_can_use(manager: Client, auditor: Client, desk: Actor) -> None:
    owing(desk, "C1", 3)
    keys = ('data-key="c"', 'data-key="p"', 'data-key="e"', 'data-key="d"')
    assert all(key in body(manager.get("/customers/C1/")) for key in keys)
    assert not any(key in body(auditor.get("/customers/C1/")) for key in keys)


def test_a_number_with_a_slash_has_its_page(manager: Client, desk: Actor) -> None:
    a_customer(desk, "A/1 b")
    assert manager.get("/customers/A/1%20b/").status_code == 200
    assert 'href="/customers/A/1%20b/"' in body(manager.get("/customers/"))


def test_the_page_asks_a_fixed_number_of_queries(
    manager: Client, desk: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    customer_id = owing(desk, "C1", 34)
    with django_assert_max_num_queries(PAGE_QUERIES) as few:
        manager.get("/customers/C1/")
    late = TODAY - timedelta(days=1)
    invoices.record(
        desk,
        [an_invoice(customer_id, f"M-{n}", issued_on=late, due_on=late) for n in range(30)],
    )
    with django_assert_max_num_queries(PAGE_QUERIES) as many:
        manager.get("/customers/C1/")
    assert len(many) == len(few)


# -- changing an account -----------------------------------------------------------------------

NEW = {
    "number": "N-1", "name": "New Works Ltd", "currency": "EUR", "language": "en",
    "country": "GB", "city": "Leeds", "terms_code": "", "contact_name": "Ann Lee",
    "email": "ann@example.com",
}  # fmt: skip


def test_an_account_is_opened_once_however_often_the_button_is_pressed(
    manager: Client, desk: Actor
) -> None:
    given = {**NEW, "key": key_of(manager, "/customers/new")}
    for _ in range(2):
        response = manager.post("/customers/new", given)
        assert (response.status_code, response["Location"]) == (303, "/customers/N-1/")
    assert AuditEntry.objects.filter(command="customers.create").count() == 1
    [contact] = customers.contacts(desk.company_id, customers.customer(desk.company_id, "N-1").id)
    assert (contact.name, contact.email, contact.is_primary) == ("Ann Lee", "ann@example.com", True)


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"name": ""}, 422, "Fill it in"),
        ({"currency": "Euro"}, 422, "three capital letters"),
        ({"email": "ann@"}, 422, "name@example.com"),
        ({"number": "C1"}, 409, "There is already a customer 'C1'"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    manager: Client, desk: Actor, wrong: dict[str, str], status: int, said: str
) -> None:
    a_customer(desk, "C1")
    response = manager.post("/customers/new", {**NEW, **wrong})
    page = body(response)
    assert response.status_code == status
    assert said in words(response)
    [field] = wrong
    assert f'id="f-{field}"' in page
    assert 'aria-invalid="true"' in page.partition(f'id="f-{field}"')[2].partition(">")[0]
    assert 'value="Leeds"' in page
    assert "N-1" not in customers.by_number(desk.company_id)


def test_edits_leave_their_history(manager: Client, desk: Actor) -> None:
    a_customer(desk, "C1", city="Leeds")
    key = key_of(manager, "/customers/C1/edit")
    assert manager.post("/customers/C1/edit", {"city": "Halifax", "key": key}).status_code == 303
    history = words(manager.get("/customers/C1/history"))
    assert "City Leeds Halifax Helena Brandt" in history
    assert customers.customer(desk.company_id, "C1").city == "Halifax"


def test_people_are_added_changed_and_set_aside(manager: Client, desk: Actor) -> None:
    customer_id = a_customer(desk, "C1")
    manager.post("/customers/C1/contacts/new", {"name": "Ann", "email": "ann@example.com"})
    [ann] = customers.contacts(desk.company_id, customer_id)
    address = f"/customers/C1/contacts/{ann.id}"
    manager.post(address, {"name": "Ann Lee", "email": "ann@example.com", "is_primary": "on"})
    [ann] = customers.contacts(desk.company_id, customer_id)
    assert (ann.name, ann.is_primary) == ("Ann Lee", True)
    a_customer(desk, "C2")
    assert manager.get(f"/customers/C2/contacts/{ann.id}").status_code == 404
    assert manager.post(f"/customers/C2/contacts/{ann.id}/remove").status_code == 404
    assert manager.post(f"{address}/remove").status_code == 303
    assert customers.contacts(desk.company_id, customer_id)[0].is_active is False


def test_terms_limit_and_block_are_dated_records(
    manager: Client, signed_in: SignedIn, desk: Actor
) -> None:
    customer_id = a_customer(desk, "C1")
    manager.post("/customers/C1/terms", {"terms_code": "net14", "valid_from": "2026-03-16"})
    signed_in("analyst").post(
        "/customers/C1/limit",
        {"amount": "60 000", "currency": "EUR", "valid_from": "2026-03-16", "reason": "asked"},
    )
    assert customers.terms_codes(desk.company_id, TODAY) == {customer_id: "net14"}
    assert credit.limits(desk.company_id, TODAY)[customer_id].minor == 6_000_000
    manager.post("/customers/C1/block", {"reason": "insolvent"})
    page = words(manager.get("/customers/C1/"))
    assert "No further credit. insolvent" in page
    assert "free 0 .00" in page
    assert "terms 14 days net" in page
    manager.post("/customers/C1/unblock")
    assert credit.blocks(desk.company_id) == {}


def test_a_limit_that_is_no_amount_changes_nothing(manager: Client, desk: Actor) -> None:
    a_customer(desk, "C1")
    response = manager.post(
        "/customers/C1/limit",
        {"amount": "lots", "currency": "EUR", "valid_from": "2026-03-16", "reason": "x"},
    )
    assert response.status_code == 422
    assert "'lots' is no amount in EUR. Write it as 1234.50" in words(response)
    assert credit.limits(desk.company_id, TODAY) == {}


def test_what_stands_in_the_way_of_closing_is_shown_whatever_it_is_called(
    manager: Client, desk: Actor
) -> None:
    of = verbs.a_customer(desk)
    verbs.an_invoice(desk, of, 30_000, number="RE-2026/7")
    verbs.an_order(desk, "AB-2026-1", 500_000)
    page = words(manager.get("/customers/C-1/keep"))
    assert "It cannot be closed while this is left: Open items 300 .00 EUR" in page
    assert "Orders AB-2026-1" in page


def test_an_analyst_is_named_on_the_page_that_keeps_the_account(
    signed_in: SignedIn, desk: Actor
) -> None:
    of = verbs.a_customer(desk)
    person(desk, "ada", "analyst")
    clerk = signed_in("master_data")
    page = words(clerk.get("/customers/C-1/keep"))
    assert "Nobody is named" in page
    [ada] = [one for one in customers.may_be_analysts(desk.company_id) if one.name == "Ada"]
    form = {"user_id": str(ada.user_id), "valid_from": desk.today.isoformat()}
    assert "The analyst of Customer C-1 is set" in words(
        clerk.post("/customers/C-1/analyst", form, follow=True)
    )
    assert customers.analysts_of(desk.company_id, [of], desk.today)[of].name == "Ada"
    assert "Credit analyst Ada" in words(clerk.get("/customers/C-1/"))
    sales = signed_in("sales")
    assert "Set the analyst" not in words(sales.get("/customers/C-1/keep"))
    assert sales.post("/customers/C-1/analyst", form).status_code == 403
