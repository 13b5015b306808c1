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


def test_it_sends_once_however_often_it_asks(biller: Caller) -> None:
    wanted = {"numbers": [NUMBER], "channel": "post"}
    told = [biller.post("/invoices/deliver", wanted).json() for _ in range(2)]
    assert [(one["queued"], one["known"]) for one in told] == [(1, 0), (0, 1)]


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"numbers": []}, 422, "request_invalid"),
        ({"numbers": [NUMBER], "channel": "fax"}, 422, "request_invalid"),
        ({"numbers": ["INV-2026-000009"]}, 404, "document_unknown"),
        ({"numbers": [NUMBER], "reason": "Lost"}, 403, "delivery_under_way"),
    ],
)
def test_what_cannot_be_sent_is_refused(
    biller: Caller, wanted: dict[str, object], status: int, code: str
) -> None:
    answer = biller.post("/invoices/deliver", wanted)
    assert answer.json()["code"] == code
    assert answer.status_code == status
    told = biller.get(f"/invoices/{NUMBER}/deliveries").json()
    assert [one["state"] for one in told["deliveries"]] == ["queued"]
