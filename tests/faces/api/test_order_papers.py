"""Papers of held orders over the API: put to an order once, listed, given as they came."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from creditdesk.kernel.actor import Actor
from creditdesk.orders import paper_queries, queries, services
from tests.faces.api.conftest import Caller
from tests.faces.api.test_accounts import told
from tests.orders.verbs import a_customer, an_order

PDF = b"%PDF-1.4\n%%EOF\n"
PAPERS = "/orders/SO-1/papers"


@pytest.fixture
def held(desk: Actor) -> Actor:
    a_customer(desk, limit=1_000)
    an_order(desk)
    return desk


def sent(content: bytes = PDF, name: str = "proof.pdf") -> dict[str, str]:
    return {"name": name, "content": base64.b64encode(content).decode()}


def count(of: Actor) -> int:
    order = queries.order(of.company_id, "SO-1")
    return len(paper_queries.papers(of.company_id, order.id))


def test_a_paper_is_kept_once_listed_and_given_byte_for_byte(caller: Caller, held: Actor) -> None:
    made = caller.post(PAPERS, sent(), Idempotency_Key="p-1").json()
    assert (made["name"], made["size_bytes"]) == ("proof.pdf", len(PDF))
    assert caller.post(PAPERS, sent(), Idempotency_Key="p-1").json() == made
    assert caller.post(PAPERS, sent()).json() == made
    assert caller.get(PAPERS).json() == {"order_reference": "SO-1", "papers": [made]}
    given = caller.get(f"{PAPERS}/{made['id']}")
    assert given.content == PDF
    assert given.headers["Content-Disposition"] == 'attachment; filename="proof.pdf"'
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    assert count(held) == 1


def test_the_largest_is_taken_and_a_byte_more_is_not(caller: Caller, held: Actor) -> None:
    largest = PDF + b" " * (3 * 1024 * 1024 - len(PDF))
    assert caller.post(PAPERS, sent(largest)).json()["size_bytes"] == 3 * 1024 * 1024
    assert caller.post(PAPERS, sent(largest + b" ")).status_code == 422
    assert count(held) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "a.pdf", "content": "%%%"}, "content_no_base64"),
        ({"name": "a.pdf", "content": "YTti\n"}, "content_no_base64"),
        ({"name": "a.pdf", "content": "Y"}, "content_no_base64"),
        (sent(b"MZ\x90", "a.pdf"), "paper_unreadable"),
        (sent(PDF, "a.exe"), "paper_unreadable"),
        (sent(PDF, "proof"), "paper_unreadable"),
    ],
)
def test_what_is_no_paper_is_refused_and_not_kept(
    caller: Caller, held: Actor, body: dict[str, str], code: str
) -> None:
    response = caller.post(PAPERS, body)
    assert told(response) == (422, code)
    assert response.json()["place"]["field"] == "content"
    assert count(held) == 0


def test_only_while_it_is_held_and_of_this_order(caller: Caller, held: Actor) -> None:
    made = caller.post(PAPERS, sent()).json()
    an_order(held, "SO-2", 100)
    assert told(caller.get(f"/orders/SO-2/papers/{made['id']}")) == (404, "order_paper_unknown")
    assert told(caller.get("/orders/SO-9/papers")) == (404, "order_unknown")
    services.cancel(held, "SO-1")
    assert told(caller.post(PAPERS, sent(PDF + b"2"))) == (409, "order_takes_no_paper")
    assert caller.get(f"{PAPERS}/{made['id']}").content == PDF


def test_who_may(caller_of: Callable[[str], Caller], held: Actor) -> None:
    assert told(caller_of("auditor").post(PAPERS, sent())) == (403, "not_permitted")
    assert count(held) == 0
    assert caller_of("sales").post(PAPERS, sent()).status_code == 200
    assert len(caller_of("auditor").get(PAPERS).json()["papers"]) == 1
