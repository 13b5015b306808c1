"""No page asks more of the database when there is more to show."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from creditdesk import wiring
from creditdesk.cash import queries as cash
from creditdesk.collections import services as collections
from creditdesk.disputes import services as disputes
from creditdesk.disputes.rules import NewDispute
from creditdesk.insight import queries as insight
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from tests.faces.desk.pages import body, rows
from tests.faces.desk.work import a_debtor, a_fresh_bank, a_payment
from tests.orders import verbs

# One of them is the exceptions of somebody who does everything, one the approvals that wait.
MOST = 15
# Where the number of rows can be read off the page, beside the most it may ask.
LISTS = [
    ("/ageing/", MOST),
    ("/search?q=acorn", MOST),
    ("/imports/", MOST),
    ("/mailbox/", MOST),
    ("/mailbox/replies/", MOST),
    ("/promises/", MOST),
    ("/promises/?status=all", MOST),
    ("/disputes/", MOST),
    ("/disputes/?status=all", MOST),
    ("/orders/?status=", MOST),
    ("/cash/exceptions/", 22),
]
WITH_FORMS = (
    "/worklist/",
    "/cash/exceptions/",
    "/disputes/DSP-2026-000001/",
    "/customers/C0/email",
)


@pytest.fixture(autouse=True)
def _connected() -> None:
    wiring.connect()


def more(actor: Actor, client: Client, numbers: range) -> None:
    """Give each number a late debtor, a dispute, a promise, an order, a payment and an import."""
    for n in numbers:
        customer_id = a_debtor(actor, f"C{n}", minor=50_000 + n)
        [item] = invoices.open_items(actor.company_id, customer_ids=[customer_id])
        disputes.open(actor, [NewDispute(item.item_id, "price", 1_000, "")])
        collections.promise(
            actor, customer_id, currency="EUR", minor=5_000, due_on=actor.today, note=""
        )
        verbs.an_order(actor, f"SO-{n}", 1_000, customer=f"C{n}")
        a_payment(actor, 1_111 + n, f"nobody knows {n}")
        # One that may be written to: neither disputed nor promised.
        a_debtor(actor, f"M{n}", minor=70_000)
        content = f"Kundennummer;Firma\r\nK{n};Alder {n}\r\n".encode()
        given = {"kind": "customers", "file": SimpleUploadedFile(f"{n}.csv", content)}
        assert client.post("/imports/", given).status_code == 303


def asked(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.fixture
def filled(desk: Actor, manager: Client) -> Actor:
    a_fresh_bank(desk)
    more(desk, manager, range(2))
    collections.run(desk, run_on=desk.today)
    return desk


def test_no_list_asks_more_for_more_rows(manager: Client, filled: Actor) -> None:
    few = {address: asked(manager, address) for address, _ in LISTS}
    shown = {address: len(rows(manager.get(address))) for address, _ in LISTS}
    more(filled, manager, range(2, 9))
    many = {address: asked(manager, address) for address, _ in LISTS}
    assert many == few
    assert {address: n for address, n in many.items() if n > dict(LISTS)[address]} == {}
    grown = {address for address, _ in LISTS if len(rows(manager.get(address))) > shown[address]}
    assert grown >= {"/ageing/", "/promises/", "/disputes/", "/orders/?status="}


def test_the_menu_counts_what_waits_in_one_statement(manager: Client, filled: Actor) -> None:
    for number in ("W1", "W2", "W3"):
        a_debtor(filled, number)
    collections.refresh_worklist(filled, on=filled.today)
    waiting = insight.waiting(filled.company_id)
    assert waiting["promises_open"] == 2
    assert waiting["disputes_open"] == 2
    assert waiting["worklist"] == 3
    assert waiting["cash_exceptions"] == cash.exceptions_count(filled.company_id) == 2
    page = body(manager.get("/"))
    for name, count in (("Worklist", 3), ("Promises", 2), ("Disputes", 2), ("Cash matching", 2)):
        entry = page.partition(f'title="{name}"')[2].partition("</a>")[0]
        assert f'<span class="count">{count}</span>' in entry, name


def test_no_page_of_several_forms_names_two_fields_alike(manager: Client, filled: Actor) -> None:
    collections.refresh_worklist(filled, on=filled.today)
    for address in WITH_FORMS:
        page = body(manager.get(address))
        ids = Counter(re.findall(r'\sid="([^"]+)"', page))
        assert [name for name, count in ids.items() if count > 1] == [], address
        assert set(re.findall(r'<label[^>]* for="([^"]+)"', page)) <= set(ids), address
