"""Documents sent by another system, and what it is told of them."""

from __future__ import annotations

import pytest

from creditdesk.contact import services as contact
from creditdesk.controls import services as controls
from creditdesk.customers.rules import NewContact
from creditdesk.invoices import services
from creditdesk.kernel.actor import Actor
from tests.faces.api.conftest import Caller
from tests.invoices.people import SELLER, a_buyer, a_draft


@pytest.fixture
def biller(desk: Actor) -> Caller:
    services.set_seller(desk, SELLER)
    ann = NewContact(name="Ann", email="ap@acorn.example", is_primary=True)
    services.issue(desk, [a_draft(a_buyer(desk, contacts=(ann,)))])
    return Caller(controls.issue_key(desk.company_id, name="erp", by="test", role="biller"))


NUMBER = "INV-2026-000001"


def test_it_is_told_what_is_known(biller: Caller, desk: Actor) -> None:
    contact.send_queued(desk)
    told = biller.get(f"/invoices/{NUMBER}/deliveries").json()
    assert (told["number"], told["standing"]) == (NUMBER, "delivered")
    [delivery] = told["deliveries"]
    assert (delivery["channel"], delivery["forms"], delivery["state"]) == (
        "email", ["pdf"], "accepted",
    )  # fmt: skip
    assert delivery["answer"].startswith("250")
    assert [one["kind"] for one in delivery["evidence"]] == ["queued", "accepted"]
    assert biller.get("/invoices/INV-2026-000002/deliveries").status_code == 404


def body(**given: object) -> dict[str, object]:
    return {"numbers": [NUMBER], **given}


def states(biller: Caller) -> list[tuple[str, str, int]]:
    told = biller.get(f"/invoices/{NUMBER}/deliveries").json()["deliveries"]
    return [(one["channel"], one["state"], one["attempt"]) for one in told]


def test_another_system_sends_a_document_once_and_again_only_for_a_reason(
    biller: Caller, desk: Actor
) -> None:
    contact.send_queued(desk)
    nothing_new = {"queued": 0, "known": 1, "refused": 0, "own_means": 0}
    assert biller.post("/invoices/deliver", body()).json() == nothing_new
    sent = {"queued": 1, "known": 0, "refused": 0, "own_means": 0}
    assert biller.post("/invoices/deliver", body(channel="post")).json() == sent
    assert states(biller) == [("email", "accepted", 1), ("post", "queued", 1)]
    again = body(channel="email", forms=["ubl"], reason="Their portal lost it")
    first = biller.post("/invoices/deliver", again, Idempotency_Key="k-1")
    assert (first.status_code, first.json()) == (200, sent)
    second = biller.post("/invoices/deliver", again, Idempotency_Key="k-1")
    assert second.content == first.content
    assert states(biller) == [
        ("email", "accepted", 1), ("post", "queued", 1), ("email", "queued", 2),
    ]  # fmt: skip
    waits = biller.post("/invoices/deliver", again)
    assert (waits.status_code, waits.json()["code"]) == (403, "delivery_under_way")


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"numbers": ["INV-2026-000001", "INV-2026-000009"]}, 404, "document_unknown"),
        ({"numbers": []}, 422, "request_invalid"),
        ({"channel": "pigeon"}, 422, "request_invalid"),
        ({"forms": ["docx"]}, 422, "request_invalid"),
        ({"to": "somebody@else.example"}, 422, "request_invalid"),
    ],
)
def test_what_cannot_be_sent_is_refused_whole(
    biller: Caller, given: dict[str, object], status: int, code: str
) -> None:
    refused = biller.post("/invoices/deliver", body(reason="again", **given) | given)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert states(biller) == [("email", "queued", 1)]


def test_who_may_only_read_sends_nothing(biller: Caller, desk: Actor) -> None:
    key = controls.issue_key(desk.company_id, name="reads", by="test", role="auditor")
    refused = Caller(key).post("/invoices/deliver", body(channel="post"))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    assert states(biller) == [("email", "queued", 1)]
