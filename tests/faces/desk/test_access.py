"""Who may see the desk, and what: sign-in, roles, companies, refusals."""

from __future__ import annotations

import pytest
from django.test import Client

from creditdesk.controls import services as controls
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock
from creditdesk.simulation.services import LOGINS
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body, words
from tests.invoices.people import a_customer, an_invoice, recorded

PAGES = (
    "/", "/search?q=a", "/customers/", "/customers/C1/", "/customers/C1/history", "/invoices/",
    "/invoices/INV-1/", "/ageing/", "/ageing/C1/", "/orders/", "/imports/", "/components/",
)  # fmt: skip
FORMS = (
    "/customers/new", "/customers/C1/edit", "/customers/C1/limit", "/customers/C1/terms",
    "/customers/C1/block", "/customers/C1/contacts/new", "/invoices/INV-1/credit",
)  # fmt: skip


@pytest.fixture
def book(desk: Actor) -> Actor:
    recorded(desk, an_invoice(a_customer(desk)))
    return desk


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.usefixtures("book")
def test_every_page_asks_who_is_there(address: str) -> None:
    response = Client().get(address)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


@pytest.mark.parametrize("address", [*PAGES, *FORMS])
@pytest.mark.usefixtures("book")
def test_every_page_answers_under_the_strict_policy(manager: Client, address: str) -> None:
    response = manager.get(address)
    assert response.status_code == 200
    page = body(response)
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert " style=" not in page
    assert "onclick" not in page


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.usefixtures("book")
def test_an_auditor_reads_every_page(auditor: Client, address: str) -> None:
    assert auditor.get(address).status_code == 200


@pytest.mark.parametrize(
    ("address", "given"),
    [
        ("/customers/C1/edit", {"name": "Changed"}),
        ("/customers/C1/limit",
         {"amount": "1", "currency": "EUR", "valid_from": "2026-03-16", "reason": "x"}),
        ("/customers/C1/terms", {"terms_code": "net30", "valid_from": "2026-03-16"}),
        ("/customers/C1/block", {"reason": "x"}),
        ("/customers/C1/contacts/new", {"name": "Ann"}),
        ("/customers/new", {"number": "C2", "name": "New", "currency": "EUR", "language": "en"}),
        ("/invoices/INV-1/credit",
         {"total": "10", "issued_on": "2026-03-16", "reason": "x", "confirmed": "yes"}),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("book")
def test_an_auditor_changes_nothing(auditor: Client, address: str, given: dict[str, str]) -> None:
    before = body(auditor.get("/customers/C1/history"))
    response = auditor.post(address, given)
    assert response.status_code == 403
    assert "not_permitted" in words(response)
    after = body(auditor.get("/customers/C1/history"))
    assert after.partition("What was changed")[2] == before.partition("What was changed")[2]
    assert auditor.get("/customers/C2/").status_code == 404


def test_only_a_finished_demo_shows_its_logins(desk: Actor) -> None:
    def page() -> str:
        return words(Client().get("/login/"))

    assert "Logins of this demo" not in page()
    clock.move(desk.at)
    assert "Logins of this demo" not in page()
    controls.audit(desk, "simulation.finished", {})
    *there, missing = LOGINS
    for one in there:
        controls.add_user(one.username, password=one.password)
    assert all(f"{one.username} {one.password} {one.title}" in page() for one in there)
    assert missing.username not in page()
    clock.move(None)
    assert "Logins of this demo" not in page()


def test_who_has_no_role_is_told_so(signed_in: SignedIn) -> None:
    response = signed_in().get("/customers/")
    assert response.status_code == 403
    assert "You belong to no company yet" in words(response)


@pytest.mark.parametrize(
    ("roles", "seen", "hidden"),
    [
        (("collector",), ("Worklist", "Reminders"), ("Cash matching", "Imports")),
        (("cash_applier",), ("Cash matching", "Bank statements"), ("Worklist", "Imports")),
        (("analyst",), ("Orders", "Customers"), ("Worklist", "Bank statements")),
        (("manager",), ("Worklist", "Cash matching", "Orders", "Imports"), ()),
        (("auditor",), ("Worklist", "Cash matching", "Orders", "Imports"), ()),
    ],
)
def test_the_menu_is_that_of_the_role(
    signed_in: SignedIn, roles: tuple[str, ...], seen: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    page = body(signed_in(*roles).get("/components/"))
    menu = page.partition('<nav class="rail"')[2].partition("</nav>")[0]
    for label in seen:
        assert f'data-menu title="{label}"' in menu
    for label in hidden:
        assert f'title="{label}"' not in menu


@pytest.mark.parametrize(
    "address",
    ["/customers/C1/", "/customers/C1/history", "/customers/C1/edit", "/invoices/INV-1/",
     "/invoices/INV-1/credit", "/ageing/C1/", "/invoices/?customer=C1", "/orders/SO-1/",
     "/imports/IMP-2026-00001/"],
)  # fmt: skip
def test_documents_of_another_company_are_not_there(
    manager: Client, other: Actor, address: str
) -> None:
    recorded(other, an_invoice(a_customer(other)))
    response = manager.get(address)
    assert response.status_code == 404
    assert "Acorn" not in words(response)


def test_lists_search_and_figures_show_the_own_company_only(manager: Client, other: Actor) -> None:
    recorded(other, an_invoice(a_customer(other)))
    for address in ("/customers/", "/invoices/", "/ageing/", "/search?q=acorn", "/search?q=INV"):
        assert "Acorn" not in words(manager.get(address)), address


def test_a_reader_of_two_companies_switches_and_stays(
    signed_in: SignedIn, desk: Actor, other: Actor
) -> None:
    client = signed_in("manager")
    controls.grant("manager", company_id=other.company_id, role="auditor", by="test")
    a_customer(desk, "HERE")
    a_customer(other, "THERE")
    assert client.get("/customers/HERE/").status_code == 200
    response = client.post("/company/", {"company": "other", "next": "/customers/HERE/"})
    assert (response.status_code, response["Location"]) == (303, "/customers/")
    assert client.get("/customers/HERE/").status_code == 404
    assert client.get("/customers/THERE/").status_code == 200
    assert client.post("/customers/THERE/edit", {"name": "Mine"}).status_code == 403


@pytest.mark.usefixtures("other")
def test_a_company_one_does_not_belong_to_cannot_be_chosen(manager: Client) -> None:
    assert manager.post("/company/", {"company": "other"}).status_code == 404
    assert "Acme Supply" in words(manager.get("/"))


def test_switching_never_leads_out_of_the_desk(manager: Client) -> None:
    response = manager.post("/company/", {"company": "acme", "next": "https://evil.example/x"})
    assert response["Location"] == "/"


@pytest.mark.usefixtures("book")
def test_a_form_without_its_token_is_refused(desk: Actor, manager: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = manager.cookies
    assert strict.post("/customers/C1/edit", {"name": "Forged"}).status_code == 403
    assert "Forged" not in words(manager.get("/customers/C1/"))


def test_what_is_not_there_says_so_as_a_page_of_the_house(manager: Client) -> None:
    assert "There is nothing at this address" in words(manager.get("/nowhere/"))
    response = manager.get("/customers/NOPE/")
    assert response.status_code == 404
    assert "There is no customer 'NOPE'" in words(response)
