"""Invoices issued by another system: all or none, once per key, with their files."""

from __future__ import annotations

from typing import Any

import pytest

from creditdesk.controls import services as controls
from creditdesk.invoices import queries, services
from creditdesk.kernel.actor import Actor
from tests.faces.api.conftest import Caller
from tests.invoices.people import SELLER, a_buyer

LINE = {"name": "Ball bearing", "quantity": "40", "price": "12.45", "rate_percent": "19"}
INVOICE: dict[str, Any] = {"customer_number": "C1", "currency": "EUR", "lines": [LINE]}


@pytest.fixture
def biller(desk: Actor) -> Caller:
    services.set_seller(desk, SELLER)
    a_buyer(desk)
    return Caller(controls.issue_key(desk.company_id, name="erp", by="test", role="biller"))


def test_the_same_key_gives_the_same_numbers(biller: Caller, desk: Actor) -> None:
    for _ in range(2):
        answer = biller.post(
            "/invoices/issue", {"invoices": [INVOICE, INVOICE]}, Idempotency_Key="k"
        )
        assert answer.status_code == 200
        assert answer.json() == {"numbers": ["INV-2026-000001", "INV-2026-000002"]}
    assert [one.total_minor for one in queries.open_items(desk.company_id)] == [59_262, 59_262]
    for form, begins in (("pdf", b"%PDF"), ("ubl", b"<?xml"), ("cii", b"<?xml")):
        file = biller.get(f"/invoices/INV-2026-000002/document?form={form}")
        assert file.content.startswith(begins)
    assert biller.get("/invoices/INV-2026-000003/document").status_code == 404


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"customer_number": "NOBODY"}, "customer_unknown"),
        ({"lines": [{**LINE, "unit": "PCS"}]}, "unit_unknown"),
        ({"lines": [{**LINE, "category": "AE", "rate_percent": None}]}, "buyer_number_missing"),
        ({"lines": [{**LINE, "quantity": "1e9"}]}, "request_invalid"),
        ({"lines": []}, "request_invalid"),
        ({"number": "MINE-1"}, "request_invalid"),
        ({"terms": "NOSUCH"}, "terms_unknown"),
    ],
)
def test_one_fault_and_none_is_issued(
    biller: Caller, desk: Actor, changed: dict[str, Any], code: str
) -> None:
    answer = biller.post("/invoices/issue", {"invoices": [INVOICE, {**INVOICE, **changed}]})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert queries.open_items(desk.company_id) == []
    again = biller.post("/invoices/issue", {"invoices": [INVOICE]})
    assert again.json() == {"numbers": ["INV-2026-000001"]}
