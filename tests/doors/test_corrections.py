"""What corrects an invoice, at each of its doors: bad input is said and changes nothing.

31 February, a closed period, another currency, nothing and less than nothing, more than there is,
numbers nobody knows: for credit notes, voiding, replacing, write-offs, plans and orders.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from creditdesk.customers import queries as customers
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.ledger import services as ledger
from tests.doors.test_desk_texts import changed, counts
from tests.doors.test_facts import DRAFT, FORM, JANUARY, LINE
from tests.doors.test_facts import selling as selling  # noqa: PLC0414 - a fixture
from tests.faces.api.conftest import Caller
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import words
from tests.invoices.people import a_draft

N = "INV-2026-000001"


@pytest.fixture
def issued(selling: Actor) -> Actor:
    """An invoice of 20 January; January is closed."""
    customer = customers.customer(selling.company_id, "C1")
    draft = a_draft(customer.id, issued_on=date(2026, 1, 20))
    assert invoices.issue(selling, [draft]) == [N]
    ledger.close_period(selling, JANUARY)
    return selling


def without_day(draft: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in draft.items() if name != "issued_on"}


LASTING = without_day(DRAFT)
ROLES = {"void": "resolver", "replace": "resolver", "recurring": "biller",
         "write-offs": "write_off_clerk"}  # fmt: skip
ADDRESSES = {
    "void": f"/invoices/{N}/void", "replace": f"/invoices/{N}/replace",
    "recurring": "/invoices/recurring", "write-offs": "/write-offs",
}  # fmt: skip
BODIES: dict[str, dict[str, Any]] = {
    "void": {"reason": "x"},
    "replace": {"reason": "x", "invoice": DRAFT},
    "recurring": {"title": "Rent", "starts_on": "2026-03-16", "invoice": LASTING},
    "write-offs": {"write_offs": [{"invoice": N}], "because": "bad_debt", "reason": "x"},
}


def replacing(**changes: Any) -> dict[str, Any]:
    return {"invoice": {**DRAFT, **changes}}


def lasting(**changes: Any) -> dict[str, Any]:
    return {"invoice": {**LASTING, **changes}}


BAD = "request_invalid"
API = [
    ("void", {"issued_on": "2026-02-31"}, BAD, "issued_on"),
    ("void", {"issued_on": "2026-01-31"}, "period_closed", "issued_on"),
    ("void", {"issued_on": "2026-01-19"}, "credit_before_invoice", "issued_on"),
    ("void", {"issued_on": "2026-03-17"}, "issued_ahead", "issued_on"),
    ("void", {"reason": ""}, BAD, "reason"),
    ("replace", replacing(currency="ZZZ"), "replacement_of_another", "invoice.currency"),
    ("replace", replacing(issued_on="2026-02-31"), BAD, "invoice.issued_on"),
    ("replace", replacing(issued_on="2026-01-31"), "period_closed", "invoice.issued_on"),
    ("replace", replacing(issued_on="2026-03-17"), "issued_ahead", "invoice.issued_on"),
    ("replace", replacing(lines=[LINE | {"price": "0"}]), "amount_not_positive",
     "invoice.lines.0.price"),
    ("replace", replacing(lines=[LINE | {"quantity": "-1"}]), "amount_not_positive",
     "invoice.lines.0.quantity"),
    ("replace", replacing(lines=[LINE | {"price": "-1"}]), BAD, "invoice.lines.0.price"),
    ("replace", replacing(customer_number="C9"), "customer_unknown", "invoice.customer_number"),
    ("recurring", {"starts_on": "2026-02-31"}, BAD, "starts_on"),
    ("recurring", {"every": 0}, "recurring_every_invalid", "every"),
    ("recurring", lasting(currency="ZZZ"), "currency_unknown", "invoice.currency"),
    ("recurring", lasting(lines=[LINE | {"price": "0"}]), "amount_not_positive",
     "invoice.lines.0.price"),
    ("recurring", lasting(customer_number="C9"), "customer_unknown", "invoice.customer_number"),
    ("write-offs", {"write_offs": [{"invoice": N, "amount": "-1"}]}, BAD, "write_offs.0.amount"),
    ("write-offs", {"write_offs": [{"invoice": N, "amount": "0"}]}, "amount_not_positive",
     "write_offs.0.amount"),
    ("write-offs", {"write_offs": [{"invoice": N, "amount": "1.001"}]}, "amount_invalid",
     "write_offs.0.amount"),
    ("write-offs", {"write_offs": [{"invoice": N, "amount": "1321.89"}]}, "write_off_above_open",
     None),
    ("write-offs", {"write_offs": [{"invoice": "INV-9"}]}, "invoice_unknown", None),
]  # fmt: skip


@pytest.mark.parametrize(("door", "given", "code", "field"), API)
def test_by_api(
    issued: Actor, caller_of: Callable[[str], Caller], door: str, given: dict[str, Any],
    code: str, field: str | None,
) -> None:  # fmt: skip
    caller = caller_of(ROLES[door])
    before = counts()
    refused = caller.post(ADDRESSES[door], BODIES[door] | given)
    told = refused.json()
    assert (told.get("code"), (told.get("place") or {}).get("field")) == (code, field), told
    assert refused.status_code in {404, 409, 422}
    assert changed(before) == {}


LEFT = "Give an amount above nought and not above what is left of the invoice"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"total": "-1"}, LEFT),
        ({"total": "0"}, LEFT),
        ({"total": "1321.89"}, LEFT),
        ({"total": "1.005"}, "'1.005' is no amount in EUR"),
        ({"total": "=1+1"}, "'=1+1' is no amount in EUR"),
        ({"issued_on": "2026-02-31"}, "'2026-02-31' is no date"),
        ({"issued_on": "2026-01-31"}, "The books of 2026-01-31 are closed. Date it 2026-02-01"),
        ({"issued_on": "2026-01-19"}, "A credit note cannot be older than its invoice"),
        ({"issued_on": "2026-03-17"}, "has not come"),
        ({"reason": ""}, "Nothing was given. Fill it in"),
        ({"quantity-1": "-1"}, "Of line 1"),
        ({"quantity-1": "41"}, "Of line 1"),
        ({"quantity-1": "=1"}, "'=1' cannot stand here"),
    ],
)
@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "yes"}])
def test_crediting_at_the_desk(
    manager: Client, issued: Actor, given: dict[str, str], told: str, confirmed: dict[str, str]
) -> None:
    form = {"total": "10", "issued_on": "2026-03-16", "reason": "x"}
    before = counts()
    refused = manager.post(f"/invoices/{N}/credit", form | given | confirmed)
    assert refused.status_code in {409, 422}
    assert told in words(refused), words(refused)[-900:]
    assert changed(before) == {}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"currency": "ZZZ"}, "in the same currency"),
        ({"customer": "C9"}, "There is no customer"),
        ({"issued_on": "2026-02-31"}, "'2026-02-31' is no date"),
        ({"issued_on": "2026-01-31"}, "The books of 2026-01-31 are closed. Date it 2026-02-01"),
        ({"price-1": "-10"}, "The price -10 is below zero"),
        ({"price-1": "0"}, "The invoice comes to nothing, or less"),
        ({"price-1": "=1+1"}, "'=1+1' is no figure"),
        ({"reason": ""}, "A replacement needs a reason"),
    ],
)
def test_replacing_at_the_desk(
    manager: Client, issued: Actor, given: dict[str, str], told: str
) -> None:
    before = counts()
    refused = manager.post(f"/invoices/{N}/replace", FORM | {"reason": "x"} | given)
    assert refused.status_code == 422
    assert told in words(refused), words(refused)[-900:]
    assert changed(before) == {}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"amount": "-1"}, "A write-off needs a positive amount"),
        ({"amount": "0"}, "A write-off needs a positive amount"),
        ({"amount": "1321.89"}, "only 1321.88 EUR is open"),
        ({"amount": "=1+1"}, "is no amount in EUR"),
        ({"because": "tired"}, "is no reason to write off"),
        ({"reason": ""}, "Nothing was given"),
    ],
)
def test_writing_off_at_the_desk(
    signed_in: SignedIn, issued: Actor, given: dict[str, str], told: str
) -> None:
    clerk = signed_in("write_off_clerk")
    form = {"amount": "10", "because": "bad_debt", "reason": "x", "confirmed": "yes"}
    before = counts()
    refused = clerk.post(f"/invoices/{N}/write-off", form | given)
    assert refused.status_code in {409, 422}
    assert told in words(refused), words(refused)[-900:]
    assert changed(before) == {}
