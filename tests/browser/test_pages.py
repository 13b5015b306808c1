"""Every page of the desk: for everybody, at every width, under the policy, without script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from creditdesk.cash import queries as cash
from creditdesk.collections import services as collections
from creditdesk.contact import queries as contact
from creditdesk.contact import services as contact_services
from creditdesk.disputes import queries as disputes
from creditdesk.disputes import services as disputes_services
from creditdesk.disputes.rules import NewDispute
from creditdesk.faces.desk.frame import MENU
from creditdesk.insight import services as insight
from creditdesk.invoices import queries as invoices
from tests.browser.conftest import Site
from tests.faces.desk.work import a_debtor, a_fresh_bank, a_payment, a_reminder
from tests.invoices.people import an_invoice, recorded
from tests.orders import verbs

pytestmark = pytest.mark.needs("chromium")

Sit = Callable[..., Page]
# Made with the state of this module: the references are the first of their kind.
DETAILS = (
    "/customers/C1/", "/customers/C1/history", "/customers/C1/call", "/customers/C1/promise",
    "/customers/C1/dispute", "/customers/C1/email", "/customers/new", "/customers/C1/edit",
    "/customers/C1/limit", "/invoices/INV-C1/", "/ageing/C1/", "/orders/SO-1/",
    "/mailbox/message/", "/mailbox/replies/", "/cash/payment/", "/cash/statement/",
    "/cash/not-received/", "/disputes/dispute/", "/search?q=acorn",
)  # fmt: skip
MENU_PAGES = [entry.url for _, entries in MENU for entry in entries]
# The page of components is the look's own, and tested with it.
PAGES = [url for url in (*MENU_PAGES, *DETAILS) if url != "/components/"]
WIDTHS = (390, 768, 1440)
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def addresses(served: tuple[str, object, object], site: Site) -> dict[str, str]:
    """Something of everything; return the address of what is numbered by the desk itself."""
    actor = site.actor
    a_fresh_bank(actor)
    first = a_debtor(actor, "C1")
    others = [a_debtor(actor, f"C{place}", late_days=30 * place) for place in range(2, 5)]
    recorded(actor, an_invoice(first, "INV-C1b", net_minor=30_000, tax_minor=0))
    collections.refresh_worklist(actor, on=actor.today)
    message = a_reminder(actor)
    contact_services.send_queued(actor)
    contact_services.record_reply(actor, first, sender="ann@c1.example", body="We pay on Friday.")
    collections.promise(
        actor, others[0], currency="EUR", minor=50_000, due_on=actor.today + timedelta(days=3)
    )
    [item] = invoices.open_items(actor.company_id, customer_ids=[others[1]])
    disputes_services.open(actor, [NewDispute(item.item_id, "price", None, "agreed otherwise")])
    a_payment(actor, 50_000, "INV-C4", name="Acorn C4")
    payment = a_payment(actor, 65_000, "October", name="Acorn C1")
    verbs.a_customer(actor, "BUYER")
    verbs.an_order(actor, "SO-1", 150_000, customer="BUYER")
    insight.write_morning(actor, as_of=actor.today)
    [dispute] = disputes.open_disputes(actor.company_id)
    statement = cash.statements(actor.company_id)[0]
    assert contact.replies_open(actor.company_id)
    return {
        "/mailbox/message/": f"/mailbox/{message}/",
        "/cash/payment/": f"/cash/payments/{payment}/",
        "/cash/statement/": f"/cash/statements/{statement.id}/",
        "/disputes/dispute/": f"/disputes/{dispute.reference}/",
    }


@pytest.mark.parametrize("page_name", PAGES)
def test_a_page_is_for_everybody(sit: Sit, addresses: dict[str, str], page_name: str) -> None:
    page = sit("helena", reduced_motion="reduce")
    answer = page.goto(addresses.get(page_name, page_name))
    assert answer is not None
    assert answer.status == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    expect(page.get_by_role("heading", level=1).first).to_be_attached()
    graves = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        graves[scheme] = [
            (one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in GRAVE
        ]
    over = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        root = "document.documentElement"
        over[width] = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")

    assert graves == {"light": [], "dark": []}
    assert {width: by for width, by in over.items() if by > 0} == {}


def test_every_page_of_the_menu_reads_the_same_without_script(
    sit: Sit, addresses: dict[str, str]
) -> None:
    plain, scripted = sit("helena", java_script_enabled=False), sit("helena")
    plain.goto("/")
    menu = plain.get_by_role("navigation", name="Desk").get_by_role("link")
    urls = [link.get_attribute("href") or "" for link in menu.all()]
    assert urls == MENU_PAGES
    differing = []
    for url in (*set(urls).intersection(PAGES), "/customers/C1/", "/worklist/?at=C1"):
        read = []
        for page in (plain, scripted):
            page.goto(url)
            read.append(page.get_by_role("main").inner_text().split())
        if read[0] != read[1] or len(read[0]) < 3:
            differing.append(url)
    assert differing == []
    expect(plain.get_by_role("article")).to_have_accessible_name("Acorn C1")
    plain.get_by_role("link", name="Log call").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Log a call")


def test_the_phone_reaches_every_page_by_its_menu(sit: Sit, addresses: dict[str, str]) -> None:
    page = sit("helena", has_touch=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    menu = page.get_by_role("navigation", name="Desk")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").tap()
    expect(menu).to_be_visible()
    menu.get_by_role("link", name="Worklist").tap()
    expect(page.get_by_role("link", name="Acorn C1")).to_be_visible()
    page.get_by_role("link", name="Acorn C1").tap()
    expect(page.get_by_role("article", name="Acorn C1")).to_be_in_viewport()
    page.get_by_role("link", name="Back to the list").tap()
    expect(page.get_by_role("link", name="Acorn C1")).to_be_in_viewport()


def test_a_page_that_is_not_there_says_so_in_the_house(site: Site, sit: Sit) -> None:
    page = sit("carl")
    answer = page.goto("/customers/NOBODY/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("link", name="To the morning")).to_be_visible()
    assert site.complaints
    site.complaints.clear()  # Chromium says the 404, which is meant
