"""Standing, invoices, health and the description of the API itself."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

from django.test import Client

from creditdesk.credit import services as credit
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from tests.faces.api.conftest import Caller
from tests.orders.verbs import a_customer, an_invoice, an_order


def an_invoice_body(**changes: Any) -> dict[str, Any]:
    return {
        "customer_number": "C-1",
        "number": "INV-7",
        "issued_on": "2026-03-01",
        "currency": "EUR",
        "net": "100.00",
        "tax": "19.00",
        "due_on": "2026-03-31",
        **changes,
    }


def test_standing(caller: Caller, desk: Actor) -> None:
    customer = a_customer(desk, limit=100_000)
    an_invoice(desk, customer, 30_000)
    an_order(desk, "SO-1", 12_500, currency="USD")
    credit.block(desk, customer, reason="cheque returned")
    assert caller.get("/customers/C-1/standing").json() == {
        "customer_number": "C-1",
        "name": "Customer C-1",
        "status": "active",
        "limit": {"amount": "1000.00", "currency": "EUR"},
        "limit_valid_to": None,
        "exposure": {"amount": "400.00", "currency": "EUR"},
        "available_credit": {"amount": "600.00", "currency": "EUR"},
        "percent_used": "40.0",
        "blocked": True,
        "block_reason": "cheque returned",
        "by_currency": [
            {"currency": "EUR", "open": "300.00", "unapplied": "0.00", "reserved": "0.00"},
            {"currency": "USD", "open": "0.00", "unapplied": "0.00", "reserved": "125.00"},
        ],
        "currencies_without_rate": [],
    }


def test_the_statement_of_an_account(caller: Caller, desk: Actor) -> None:
    customer = a_customer(desk)
    an_invoice(desk, customer, 30_000)
    told = caller.get("/customers/C-1/statement").json()
    assert told["customer_number"] == "C-1"
    [one] = told["statements"]
    assert (one["currency"], one["opening"], one["closing"]) == ("EUR", "0.00", "300.00")
    [moved] = one["movements"]
    assert (moved["kind"], moved["amount"], moved["balance"]) == ("invoice", "300.00", "300.00")
    assert (moved["taken_back"], one["unapplied"]) == (False, "0.00")
    assert one["aged"] == ["300.00", "0.00", "0.00", "0.00", "0.00"]
    before = "/customers/C-1/statement?first_on=2020-01-01&last_on=2020-01-31"
    assert caller.get(before).json()["statements"] == []
    wrong = caller.get("/customers/C-1/statement?first_on=2026-03-02&last_on=2026-03-01")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "period_backwards")


def test_invoices_go_in_once_and_faulty_ones_come_back(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    batch = {
        "invoices": [
            an_invoice_body(),
            an_invoice_body(number="INV-8", customer_number="nobody"),
            an_invoice_body(number="INV-9", due_on="2025-02-01"),
        ]
    }
    first = caller.post("/invoices", batch).json()
    assert first["recorded"] == 1
    assert [(one["position"], one["number"], one["code"]) for one in first["rejected"]] == [
        (2, "INV-8", "customer_unknown"),
        (3, "INV-9", "due_before_issued"),
    ]
    again = caller.post("/invoices", batch).json()
    assert (again["recorded"], again["known"]) == (0, 1)
    found = caller.get("/invoices/INV-7").json()
    assert found["total"] == found["open"] == "119.00"
    assert found["instalments"] == [
        {"instalment": 1, "due_on": "2026-03-31", "total": "119.00", "open": "119.00"}
    ]


def test_an_invoice_too_fine_for_its_currency_names_its_place(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    body = {"invoices": [an_invoice_body(), an_invoice_body(number="X", currency="JPY", net="1.5")]}
    response = caller.post("/invoices", body)
    assert response.status_code == 422
    assert response.json()["place"] == {"field": "invoices.1.net", "line": None}
    assert invoices.open_items(desk.company_id) == []


def test_a_batch_has_a_size(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    response = caller.post("/invoices", {"invoices": []})
    assert (response.status_code, response.json()["code"]) == (422, "batch_size_invalid")


def test_invoicing_an_order_over_http_bills_it(caller: Caller, desk: Actor) -> None:
    customer = a_customer(desk)
    an_order(desk, "SO-1", 11_900)
    caller.post("/invoices", {"invoices": [an_invoice_body(order_reference="SO-1")]})
    standing = caller.get("/customers/C-1/standing").json()
    assert customer
    assert standing["by_currency"] == [
        {"currency": "EUR", "open": "119.00", "unapplied": "0.00", "reserved": "0.00"}
    ]


def test_health_needs_no_key(db: None) -> None:
    assert Client().get("/api/v1/health").json()["status"] == "ok"


def test_an_unknown_address_and_method(caller: Caller) -> None:
    assert caller.get("/nothing/here").status_code == 404
    assert caller.get("/orders/check").status_code == 405


def test_the_description_declares_every_refusal_and_both_keys(db: None) -> None:
    found = Client().get("/api/v1/openapi.json").json()
    assert found["openapi"].startswith("3.")
    assert set(found["components"]["securitySchemes"]) == {"Bearer", "HeaderKey"}
    guarded = [
        operation
        for address, methods in found["paths"].items()
        for operation in methods.values()
        if not address.endswith("/health")
    ]
    assert len(guarded) == 109
    for operation in guarded:
        assert {"200", "400", "401", "403", "404", "409", "422", "429"} <= set(
            operation["responses"]
        )
        assert operation["security"] == [{"Bearer": []}, {"HeaderKey": []}]


def test_no_two_schemas_share_a_name() -> None:
    """In the description one would stand for both."""
    here = Path(import_module("creditdesk.faces.api").__file__ or "").parent
    classes = re.compile(r"^class (\w+)\((?:\w*Given|Schema|\w+Answer)\)", re.MULTILINE)
    names = Counter(
        name for path in here.glob("*.py") for name in classes.findall(path.read_text())
    )
    assert len(names) > 60
    assert [name for name, times in names.items() if times > 1] == []
