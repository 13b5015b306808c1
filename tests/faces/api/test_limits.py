"""Limits, exposure and what backs them over the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from creditdesk.controls import services as controls
from creditdesk.credit import queries as credit
from creditdesk.credit import services
from creditdesk.credit.rules import NewLimit
from creditdesk.customers import services as customers
from creditdesk.kernel.actor import Actor
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.controls.people import person
from tests.faces.api.conftest import Caller
from tests.faces.api.test_accounts import told
from tests.orders.verbs import EARLY, a_customer, an_invoice, an_order

KEY = {"Idempotency_Key": "k-1"}
WANTED = {
    "amount": "200.00", "currency": "EUR", "kind": "temporary", "valid_to": "2026-06-30",
    "reason": "spring season",
}  # fmt: skip


def asked(caller: Caller, **changes: Any) -> Any:
    return caller.post("/customers/C-1/limit-requests", WANTED | changes).json()


def test_a_limit_is_read_with_every_part_explained(caller: Caller, desk: Actor) -> None:
    of = a_customer(desk, limit=100_000)
    top = a_customer(desk, "TOP", limit=None)
    customers.set_parent(desk, of, parent_id=top, valid_from=EARLY)
    soon = desk.today + timedelta(days=9)
    services.set_limits(desk, [
        NewLimit(customer_id=of, minor=10_000, currency="USD", valid_from=desk.today,
                 valid_to=soon, kind="temporary"),
        NewLimit(customer_id=of, minor=5_000, currency="EUR", valid_from=desk.today,
                 kind="insured"),
        NewLimit(group_id=top, minor=70_000, currency="EUR", valid_from=desk.today),
    ])  # fmt: skip
    an_invoice(desk, of, 30_000)
    found = caller.get("/customers/C-1/limits").json()
    assert found["limit"] == {"amount": "1080.00", "currency": "EUR"}
    assert found["exposure"] == {"amount": "300.00", "currency": "EUR"}
    assert [(one["kind"], one["counts"]["amount"], one["because"]) for one in found["parts"]] == [
        ("internal", "1000.00", "counts"),
        ("temporary", "80.00", "counts"),
        ("insured", "0.00", "not_backed"),
    ]
    assert found["parts"][1]["rate"] == "0.8"
    assert found["shared"]["head"] == "TOP"
    assert found["shared"]["available"] == {"amount": "400.00", "currency": "EUR"}
    used = {one["customer_number"]: one["exposure"]["amount"] for one in found["shared"]["members"]}
    assert used == {"C-1": "300.00", "TOP": "0.00"}
    assert len(found["records"]) == 3


def test_a_limit_is_asked_for_and_granted_once(
    caller_of: Callable[[str], Caller], caller: Caller, desk: Actor
) -> None:
    of = a_customer(desk, limit=100_000)
    sales, analyst = caller_of("sales"), caller_of("analyst")
    first = sales.post("/customers/C-1/limit-requests", WANTED, **KEY).json()
    assert sales.post("/customers/C-1/limit-requests", WANTED, **KEY).json() == first
    assert (first["state"], first["limit"]["amount"]) == ("open", "200.00")
    assert len(credit.limit_requests(desk.company_id)) == 1
    at = f"/limit-requests/{first['reference']}"
    assert sales.post(f"{at}/grant", {}).status_code == 403
    done = analyst.post(f"{at}/grant", {"amount": "150.00", "answer": "less"}, **KEY)
    assert (done.status_code, done.json()["state"], done.json()["answer"]) == (
        200, "granted", "less",
    )  # fmt: skip
    assert analyst.post(f"{at}/grant", {"amount": "150.00", "answer": "less"}, **KEY).json() == (
        done.json()
    )
    again = analyst.post(f"{at}/grant", {}, **KEY)
    assert told(again) == (422, "idempotency_key_reused")
    assert told(analyst.post(f"{at}/grant", {})) == (409, "limit_request_decided")
    assert caller.get("/customers/C-1/limits").json()["limit"]["amount"] == "1150.00"
    assert len(credit.limit_history(desk.company_id, of)) == 2


def test_beyond_authority_a_grant_waits_for_a_person(
    caller_of: Callable[[str], Caller], caller: Caller, desk: Actor
) -> None:
    of = a_customer(desk, limit=100_000)
    row = asked(caller, amount="900000.00")
    waits = caller_of("analyst").post(f"/limit-requests/{row['reference']}/grant", {}, **KEY)
    assert (waits.status_code, waits.json()["state"]) == (202, "waiting")
    found = caller.get(f"/approvals/{waits.json()['reference']}").json()
    assert (found["command"], found["state"]) == ("credit.set_limit", "waiting")
    assert len(credit.limit_history(desk.company_id, of)) == 1
    assert caller.get(f"/limit-requests/{row['reference']}").json()["state"] == "open"


def test_requests_are_refused_taken_back_and_listed(
    caller_of: Callable[[str], Caller], caller: Caller, desk: Actor
) -> None:
    a_customer(desk)
    rows = [asked(caller)["reference"] for _ in range(3)]
    analyst = caller_of("analyst")
    assert analyst.post(f"/limit-requests/{rows[0]}/refuse", {}).status_code == 422
    refused = analyst.post(f"/limit-requests/{rows[0]}/refuse", {"answer": "late payer"})
    assert (refused.json()["state"], refused.json()["answer"]) == ("refused", "late payer")
    assert caller.post(f"/limit-requests/{rows[1]}/take-back").json()["state"] == "taken_back"
    assert told(caller.post(f"/limit-requests/{rows[1]}/take-back")) == (
        409, "limit_request_decided",
    )  # fmt: skip
    waiting = caller.get("/limit-requests?state=open").json()["requests"]
    assert [one["reference"] for one in waiting] == [rows[2]]
    pages = [caller.get(f"/limit-requests?size=2&page={n}").json()["requests"] for n in (1, 2, 3)]
    assert [[one["reference"] for one in page] for page in pages] == [rows[:0:-1], rows[:1], []]
    assert caller.get("/limit-requests/LIM-2026-999999").status_code == 404
    assert caller.get("/limit-requests?customer_number=X").status_code == 404


def test_what_cannot_be_a_limit_is_no_request(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    for change, code in (
        ({"valid_to": None}, "temporary_limit_without_end"),
        ({"valid_to": "2026-01-01"}, "limit_ends_before_it_begins"),
        ({"amount": "1.005"}, "amount_invalid"),
        ({"kind": "insured", "for_group": True}, "limit_kind_not_for_groups"),
        ({"only_currency": True}, "currency_limit_not_internal"),
        ({"kind": "eternal"}, "request_invalid"),
        ({"reason": " "}, "request_invalid"),
    ):
        answer = caller.post("/customers/C-1/limit-requests", WANTED | change)
        assert told(answer) == (422, code)
    assert credit.limit_requests(desk.company_id) == []


def test_a_limit_is_withdrawn_from_a_day_on(
    caller_of: Callable[[str], Caller], caller: Caller, desk: Actor
) -> None:
    of = a_customer(desk, limit=100_000)
    a_customer(desk, "C-2")
    [row] = credit.limit_history(desk.company_id, of)
    at = f"limits/{row.id}/withdraw"
    assert told(caller.post(f"/customers/C-2/{at}", {"reason": "x"})) == (404, "limit_unknown")
    body = {"reason": "replaced", "on": "2026-03-16"}
    analyst = caller_of("analyst")
    done = analyst.post(f"/customers/C-1/{at}", body, **KEY).json()
    assert (done["limit"], done["records"][0]["withdrawn_from"]) == (None, "2026-03-16")
    assert analyst.post(f"/customers/C-1/{at}", body, **KEY).json() == done
    assert told(analyst.post(f"/customers/C-1/{at}", body)) == (409, "limit_ended")


def test_exposure_by_bucket_with_its_switch_item_by_item(caller: Caller, desk: Actor) -> None:
    given = {**DEFAULT, "exposure": {**DEFAULT.get("exposure", {}), "count_reserved": False}}
    policy.publish(desk, given=given, valid_from=date(2021, 1, 1))
    of = a_customer(desk, limit=900_000)
    late = desk.today - timedelta(days=3)
    an_invoice(desk, of, 30_000, number="INV-1", due_on=desk.today)
    an_invoice(desk, of, 20_000, number="INV-2", due_on=late)
    an_order(desk, "SO-1", 12_500)
    found = caller.get("/customers/C-1/exposure").json()
    buckets = {one["bucket"]: one for one in found["buckets"]}
    assert [(code, one["amount"]["amount"], one["items"], one["counts"])
            for code, one in buckets.items()] == [
        ("open", "300.00", 1, True), ("overdue", "200.00", 1, True), ("returned", "0.00", 0, True),
        ("reserved", "125.00", 1, False), ("unbilled", "0.00", 0, True),
        ("unapplied", "0.00", 0, True),
    ]  # fmt: skip
    assert found["exposure"]["amount"] == "500.00"
    assert found["available"]["amount"] == "8500.00"
    assert [one["document"] for one in found["items"]] == ["INV-2", "INV-1", "SO-1"]
    one = caller.get("/customers/C-1/exposure?bucket=overdue").json()
    assert ([each["document"] for each in one["items"]], one["total"]) == (["INV-2"], 1)
    paged = caller.get("/customers/C-1/exposure?size=2&page=2").json()
    assert ([each["document"] for each in paged["items"]], paged["total"]) == (["SO-1"], 3)
    assert caller.get("/customers/C-1/exposure?bucket=all").status_code == 422


INSURANCE = {
    "insurer": "Fidelity", "number": "P-1", "currency": "EUR", "valid_from": "2026-01-01",
    "valid_to": "2026-12-31", "maximum_liability": "500000.00", "retention_percent": "10",
}  # fmt: skip
COVER = {
    "policy_number": "P-1", "amount": "200.00", "currency": "EUR", "valid_from": "2026-01-01",
}  # fmt: skip


def test_insurance_covers_item_by_item(caller: Caller, desk: Actor) -> None:
    of = a_customer(desk)
    an_invoice(desk, of, 30_000)
    first = caller.post("/insurance", INSURANCE, **KEY)
    assert caller.post("/insurance", INSURANCE, **KEY).json() == first.json()
    assert told(caller.post("/insurance", INSURANCE)) == (409, "insurance_policy_known")
    [one] = caller.get("/insurance").json()["policies"]
    assert (one["number"], one["in_force"], one["retention_percent"]) == ("P-1", True, "10.00")
    bad = caller.post("/insurance", {**INSURANCE, "number": "P-2", "retention_percent": "101"})
    assert told(bad) == (422, "retention_out_of_range")
    found = caller.post("/customers/C-1/covers", COVER, Idempotency_Key="k-2").json()
    assert caller.post("/customers/C-1/covers", COVER, Idempotency_Key="k-2").json() == found
    [item] = found["items"]
    assert (item["invoice"], item["because"]) == ("INV-1", "beyond_cover")
    assert (item["covered"]["amount"], item["uncovered"]["amount"]) == ("200.00", "100.00")
    assert len(caller.get("/customers/C-1/covers").json()["decisions"]) == 1
    unknown = caller.post("/customers/C-1/covers", {**COVER, "policy_number": "P-9"})
    assert told(unknown) == (404, "insurance_policy_unknown")


def test_a_guarantee_is_recorded_and_ended(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    body = {"kind": "bank", "guarantor": "Town Bank", "amount": "150.00", "currency": "EUR",
            "valid_from": "2026-03-01"}  # fmt: skip
    made = caller.post("/customers/C-1/guarantees", body, **KEY).json()
    assert caller.post("/customers/C-1/guarantees", body, **KEY).json() == made
    assert (made["in_force"], made["has_paper"]) == (True, False)
    zero = caller.post("/customers/C-1/guarantees", {**body, "amount": "0"})
    assert told(zero) == (422, "guarantee_out_of_range")
    at = f"/guarantees/{made['reference']}/end"
    ended = caller.post(at, {"reason": "given back", "on": "2026-03-16"}).json()
    assert (ended["in_force"], ended["ended_from"]) == (False, "2026-03-16")
    assert told(caller.post(at, {"reason": "again"})) == (409, "guarantee_ended")
    [row] = caller.get("/customers/C-1/guarantees").json()["guarantees"]
    assert row == ended


def test_who_may_not_is_told_so(
    caller_of: Callable[[str], Caller], caller: Caller, desk: Actor
) -> None:
    a_customer(desk)
    assert caller
    sales = caller_of("sales")
    assert sales.post("/insurance", INSURANCE).status_code == 403
    assert sales.post("/customers/C-1/covers", COVER).status_code == 403
    assert caller_of("cash_applier").post(
        "/customers/C-1/limit-requests", WANTED
    ).status_code == 403  # fmt: skip
    assert credit.policies(desk.company_id) == {}
    assert credit.limit_requests(desk.company_id) == []


def test_a_person_does_not_grant_what_the_same_person_asked(desk: Actor, caller: Caller) -> None:
    """A key is nobody's second pair of eyes: what a person asked, that person's act refuses."""
    of = a_customer(desk)
    ann = person(desk, "ann", "analyst")
    reference = services.ask_limit(
        ann, NewLimit(customer_id=of, minor=1, currency="EUR", valid_from=desk.today, reason="x")
    )
    secret = controls.issue_key(desk.company_id, name="erp", by="test", role="sales")
    answer = Caller(secret).post(f"/limit-requests/{reference}/take-back")
    assert told(answer) == (403, "limit_request_of_another")
    assert credit.limit_request(desk.company_id, reference).state == "open"
