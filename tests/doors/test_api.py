"""Every operation of the API, found in its own description, before bodies that attack it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditdesk.customers import queries as accounts
from creditdesk.customers import services as customers
from creditdesk.faces.api.examples import REQUESTS
from creditdesk.faces.api.urls import api
from creditdesk.invoices import services
from creditdesk.kernel.actor import Actor
from creditdesk.monitoring.alerts import services as alerts
from creditdesk.plumbing import clock, sql
from creditdesk.policy import services as policies
from creditdesk.policy.rules import DEFAULT
from tests.corpus.words import TEXTS
from tests.doors.test_desk_texts import changed, counts
from tests.faces.api.conftest import Caller
from tests.faces.desk.work import a_debtor
from tests.invoices.people import SELLER, a_draft
from tests.orders import verbs

# Whose faults are told deeper than where it was put.
WHOLE = frozenset({"invoices", "invoice", "rules"})
ISSUED = "INV-2026-000001"
# Nothing stands in the way of closing it.
QUIET = "C-9"
OF_ISSUED = frozenset({"replace_invoice", "void_invoice"})
# Where else the fault of a field is told: an account that is no IBAN needs the code of its bank.
# A file is told whole, whatever its name says.
TOLD_AT = {"account": "bank_code", "name": "content"}
ANSWERS = {400, 404, 409, 413, 422}
GOOD: dict[str, Any] = {
    "amount": "1.00", "money": "1.00", "preview": True,
    "customer_number": "C-1", "order_reference": "SO-9", "currency": "EUR", "total": "10.00",
    "placed_on": "2026-03-16", "reason": "because", "number": "INV-9", "issued_on": "2026-03-16",
    "net": "10.00", "tax": "0", "due_on": "2026-04-16", "terms": "", "customer_reference": "",
    "name": "Ball bearing", "quantity": "4", "price": "12.45", "unit": "C62",
    "discount_percent": "5", "category": "S", "rate_percent": "19", "description": "steel",
    "buyer_reference": "Ann", "delivered_on": "2026-03-15", "exemption_reason": "", "note": "",
    "title": "Rent", "interval": "month", "every": 1, "starts_on": "2026-03-31", "count": 3,
    "day_of_month": 31, "ends_on": "2026-12-31", "in_arrears": False, "skip_missed": False,
    "text": "Bearings",
    "invoice": "INV-C2", "instalment": 1, "way": "discount", "expected": "",
    "numbers": ["INV-2026-000001"], "channel": "post", "forms": ["pdf"],
    "kind": "cash", "received_on": "2026-03-16", "on_account": False,
    "cheque": None,
    "margin": "1.00", "point": "confirm", "decision": "release", "pay_by": "2026-03-20", "parts": 2,
    "ask": False, "outcome": "no_action",
    "valid_from": "2026-12-01", "rules": dict(DEFAULT), "customer_class": "small", "language": "en",
    "fields": {"legal_name": "Ada Ltd"}, "submit": False,
    "choice": "decline",
    "because": "bad_debt", "act": "recovery", "through": "2026-03-16",
    "street": "Hafenweg 4", "postal_code": "48155", "city": "Leipzig", "country": "DE",
    "vat_number": "", "lei": "", "duns": "", "buys_as": "business", "segment": "", "version": None,
    "role": "", "email": "ada@acorn.example", "phone": "+49 251 4711", "is_primary": False,
    "is_active": True, "account": "DE89370400440532013000", "holder": "Acorn", "bank_code": "",
    "belongs_to": "", "survivor": "C2", "valid_to": "2026-12-31", "for_group": False,
    "only_currency": False, "answer": "no", "on": "2026-03-16", "insurer": "Fidelity",
    "maximum_liability": "500.00", "retention_percent": "10", "deductible": "0",
    "extension_days": 60, "report_days": 60, "policy_number": "P-1", "guarantor": "Town Bank",
    "bureau": "bureau", "identifier": "1", "reported_on": "2026-03-16",
    "content": "YTti", "verdict": "confirmed", "review_id": 0,
    "expires_on": "2026-12-31", "status": "", "is_insolvent": False, "score": "1", "grade": "B",
    "limit": "1.00", "cost": "0", "question": "Who owns it?", "source": "",
    "counted": "0.00", "book": "0.00",
}  # fmt: skip
DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
BODIES: dict[str, bytes] = {
    "empty": b"",
    "no_json": b"{'a': 1}",
    "cut_off": b'{"customer_number": "C-1", ',
    "list": b"[]",
    "text": b'"text"',
    "null": b"null",
    "nul": b'{"a": "\0"}',
    "latin1": '{"customer_number": "Müller"}'.encode("latin-1"),
    "utf16": '{"customer_number": "C-1"}'.encode("utf-16"),
    "deep": DEEP,
    "deep_list": b"[" * 100_000,
    "not_a_number": b'{"total": NaN}',
    "infinite": b'{"total": Infinity}',
    "digits": b'{"total": ' + b"9" * 5_000 + b"}",
    "exponent": b'{"total": 1e999999999}',
    "surrogate": rb'{"customer_number": "\ud800", "reason": "\udfff"}',
    "surrogate_name": rb'{"\ud800": 1}',
    "huge": b'{"reason": "' + b"x" * 6_000_000 + b'"}',
    "many_fields": json.dumps({f"f{n}": n for n in range(20_000)}).encode(),
    "xml": b"<order/>",
    "prototype": b'{"__proto__": {"x": 1}, "constructor": 1}',
}
VALUES: list[Any] = [
    None, True, 2**70, 1.5, [], {"a": 1}, "9" * 400, "1e5", "-1.00", "١٢٣", "1.00001", "NaN",
    "0001-01-01", "9999-12-31", "2026-02-30", "QQQ", "\ud800", TEXTS["nul"], TEXTS["control"],
    TEXTS["right_to_left"], TEXTS["script"], TEXTS["sql"], TEXTS["long"][:40_000],
]  # fmt: skip


DESCRIBED = api.get_openapi_schema()  # once: it is made anew each time


def operations() -> dict[str, tuple[str, str, dict[str, Any] | None]]:
    """Return operation → method, path and the schema of its body, for all that are described."""
    found = {}
    for path, methods in DESCRIBED["paths"].items():
        for method, told in methods.items():
            content = told.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            found[told["operationId"]] = (method, path, schema)
    return found


OPERATIONS = operations()
WRITING = {name: one for name, one in OPERATIONS.items() if one[0] != "get"}
WITH_BODY = {name: one for name, one in OPERATIONS.items() if one[2] is not None}


@pytest.fixture
def desk(actor: Actor) -> Iterator[Actor]:
    relief = {"tax_relief": [{"reason": "insolvency"}]}
    policies.publish(actor, given={**DEFAULT, "write_offs": relief}, valid_from=date(2025, 1, 1))
    verbs.opened(actor)
    verbs.a_customer(actor, "C-1", limit=1_000)
    verbs.a_customer(actor, QUIET)
    verbs.an_order(actor, "SO-1", 500_000)
    a_debtor(actor, "C2")
    services.set_seller(actor, SELLER)
    where = {"country": "DE", "city": "Leipzig"}
    customers.edit(actor, accounts.customer(actor.company_id, "C-1").id, changes=where)
    draft = a_draft(accounts.customer(actor.company_id, "C-1").id)
    assert services.issue(actor, [draft]) == [ISSUED]
    alerts.raise_alerts(actor)
    with clock.held_at(actor.at):
        yield actor


@pytest.fixture
def client(caller_of: Callable[[str], Caller]) -> Client:
    found = caller_of("system").client
    found.raise_request_exception = False
    return found


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema["$ref"].rpartition("/")[2] if "$ref" in schema else ""
    found = DESCRIBED["components"]["schemas"][name] if name else schema
    return dict(found)


def good(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a body the schema allows."""
    body: dict[str, Any] = {}
    for name, told in resolved(schema)["properties"].items():
        if "$ref" in told:
            body[name] = good(told)
        else:
            body[name] = [good(told["items"])] if lists_objects(told) else _one(told, GOOD[name])
    return body


def _one(told: dict[str, Any], value: Any) -> Any:
    """Return the value, or one of the choices of a field of that name that has others."""
    choices = told.get("enum")
    return value if choices is None or value in choices else choices[0]


def lists_objects(told: dict[str, Any]) -> bool:
    """Tell whether a field is a list of objects, not of texts."""
    return told.get("type") == "array" and "properties" in resolved(told["items"])


def spoilt(schema: dict[str, Any], value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return bodies with the value in place of one field after the other, also within lists."""
    body = good(schema)
    for name, told in resolved(schema)["properties"].items():
        yield name, {**body, name: value}
        if "$ref" in told:
            for inner, spoilt_one in spoilt(told, value):
                yield f"{name}.{inner}", {**body, name: spoilt_one}
        if lists_objects(told):
            for inner, spoilt_one in spoilt(told["items"], value):
                yield f"{name}.{inner}", {**body, name: [spoilt_one]}
        elif told.get("type") == "array":
            yield f"{name}.0", {**body, name: [value]}


def answered(client: Client, name: str, body: bytes, **more: Any) -> Any:
    method, path, _ = OPERATIONS[name]
    of_customer = QUIET if name == "close_customer" else "C-1"
    number = ISSUED if name in OF_ISSUED else of_customer if "/customers/" in path else "INV-C2"
    reference = more.pop("reference", "")
    alert = reference or str(sql.scalar("SELECT max(id) FROM monitoring_alert"))
    at = path.replace("{number}", more.pop("number", number))
    at = at.replace("{reference}", reference or "SO-1").replace("{alert_id}", alert)
    at = at.replace("{contact_id}", "1").replace("{limit_id}", "1")
    at = at.replace("{currency}", reference or "EUR")
    at = at.replace("{paper_id}", "1").replace("{hit_id}", "1").replace("{change_id}", "1")
    return client.generic(
        method.upper(), at, body, content_type="application/json", headers=more.pop("headers", {})
    )


@pytest.fixture
def nothing_left(client: Client, desk: Actor) -> Iterator[None]:
    """What was refused left nothing behind; `undone` takes back what was answered."""
    before = counts()
    yield
    assert changed(before) == {}


def undone(response: Any) -> Any:
    """Take back what a request did within the block; what a refusal did stays to be found."""
    transaction.set_rollback(response.status_code < 400)
    return response


def wrong(response: Any, allowed: set[int] = ANSWERS) -> str:
    """Return what is wrong with a refusal, or nothing."""
    if response.status_code not in allowed:
        return f"status {response.status_code}"
    if response.status_code >= 400:
        if response.headers["Content-Type"] != "application/problem+json":
            return f"no problem but {response.headers['Content-Type']}"
        problem = response.json()
        if not (problem["code"] and problem["detail"]) or len(response.content) > 100_000:
            return f"says nothing: {problem}"
    return ""


def test_every_operation_is_found() -> None:
    assert set(WITH_BODY) == {
        "begin_application", "close_alert",
        "bill_order", "check_order", "check_orders", "decide_order", "note_on_order", "pause_order",
        "deliver_invoices", "issue_invoices", "record_invoices",
        "release_order", "decide_review",
        "replace_invoice", "resume_recurring", "set_up_recurring",
        "solve_short_payment", "take_receipt", "void_invoice", "count_till",
        "keep_policy_draft", "publish_policy",
        "exchange_payment", "set_off_payment", "set_off_credit_note",
        "attach_order_paper", "review_hit", "withdraw_bank_details",
        "write_off", "relieve_write_offs", "recover_write_off",
        *REQUESTS,
    }  # fmt: skip
    assert len(OPERATIONS) >= 9


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("name", WITH_BODY)
def test_a_body_that_is_none(client: Client, name: str) -> None:
    found = {}
    for kind, body in BODIES.items():
        with transaction.atomic():
            found[kind] = wrong(undone(answered(client, name, body)))
    assert {kind: fault for kind, fault in found.items() if fault} == {}


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_field_that_is_given_twice(client: Client, desk: Actor, name: str) -> None:
    body = json.dumps(good(WITH_BODY[name][2] or {})).encode()
    field = next(iter(good(WITH_BODY[name][2] or {})))
    twice = b'{"' + field.encode() + b'": "x", ' + body[1:]
    response = answered(client, name, twice)
    assert response.status_code == 400
    assert f"'{field}' twice" in response.json()["detail"]


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("name", WITH_BODY)
def test_each_field_in_turn(client: Client, name: str) -> None:
    found = []
    for value in VALUES:
        for field, body in spoilt(WITH_BODY[name][2] or {}, value):
            with transaction.atomic():
                response = undone(answered(client, name, json.dumps(body).encode()))
            fault = wrong(response, ANSWERS | {200})
            if fault:
                found.append(f"{field} = {str(value)[:40]!r}: {fault}")
            if response.status_code == 422 and field not in WHOLE:
                place = (response.json()["place"] or {"field": ""})["field"]
                last = field.rpartition(".")[2]
                assert last in place or TOLD_AT.get(last) == place
    assert found == []


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_path_and_the_headers(client: Client, name: str) -> None:
    found = []
    body = json.dumps(good(OPERATIONS[name][2])).encode() if OPERATIONS[name][2] else b""
    has_place = "{" in OPERATIONS[name][1]
    for text in ("nul", "script", "path", "control") if has_place else ():
        place = "".join(f"%{byte:02x}" for byte in TEXTS[text][:500].encode())
        with transaction.atomic():
            fault = wrong(undone(answered(client, name, body, number=place, reference=place)))
        found += [f"{text}: {fault}"] if fault else []
    for key in ("", "x" * 201, "ü", "a\tb", "\x7f") if name in WRITING else ():
        with transaction.atomic():
            response = undone(answered(client, name, body, headers={"Idempotency-Key": key}))
        fault = wrong(response, {422})
        found += [f"key {key!r}: {fault}"] if fault else []
    assert found == []


@pytest.mark.parametrize("address", ["/api/", "/api/v1/nothing", "/api/v2/orders/1"])
def test_an_address_that_is_none_is_a_problem(address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    for response in (client.get(address), client.post(address, {})):
        assert wrong(response, {404}) == ""


@pytest.mark.parametrize(
    "secret", ["", "cd_", "cd_" + "x" * 10_000, "cd_\ud7ff", "Basic x", "cd_'--"]
)
def test_a_key_that_is_none(desk: Actor, secret: str) -> None:
    for headers in ({"Authorization": f"Bearer {secret}"}, {"X-API-Key": secret}):
        response = Client(headers=headers).get("/api/v1/orders/SO-1")
        assert (response.status_code, response.json()["code"]) == (401, "key_unknown")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.usefixtures("nothing_left")
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_json_is_answered(client: Client, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(WITH_BODY)))
    body = good(WITH_BODY[name][2] or {})
    for field in data.draw(st.lists(st.sampled_from(sorted(body)), max_size=3)):
        body[field] = data.draw(JSON)
    body.update(data.draw(st.dictionaries(st.text(max_size=5), JSON, max_size=2)))
    with transaction.atomic():
        response = undone(answered(client, name, json.dumps(body).encode()))
    assert wrong(response, ANSWERS | {200}) == ""
