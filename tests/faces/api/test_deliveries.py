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
