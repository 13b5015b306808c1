"""Accounts over the API: read, changed, grouped, put on other bank details, merged, closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from creditdesk.credit import services as credit
from creditdesk.customers import queries as customers
from creditdesk.customers import services
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from tests.controls.people import person
from tests.customers.stage import NEW, PHONE, acorn
from tests.faces.api.conftest import Caller
from tests.orders.verbs import a_customer, an_invoice, an_order

KEY = {"Idempotency_Key": "k-1"}


def told(response: Any) -> tuple[int, str]:
    return response.status_code, response.json().get("code", "")


def test_an_account_is_read_whole(caller: Caller, desk: Actor) -> None:
    acorn(desk, "TOP")
    of = acorn(desk, "C-1", city="Leipzig", duns="150483782", terms_code="net30")
    top = customers.customer(desk.company_id, "TOP").id
    services.set_parent(desk, of, parent_id=top, valid_from=desk.today)
    credit.block(desk, of, reason="cheque returned")
    found = caller.get("/customers/C-1").json()
    assert (found["name"], found["state"], found["version"]) == ("Acorn C-1 GmbH", "active", 1)
    assert (found["city"], found["duns"], found["country"]) == ("Leipzig", "150483782", "DE")
    assert (found["belongs_to"], found["group_head"]) == ("TOP", "TOP")
    assert (found["terms"], found["merged_into"]) == ("net30", "")
    assert found["block"]["reason"] == "cheque returned"
    [one] = found["contacts"]
    assert (one["name"], one["phone"], one["is_active"]) == ("Anna", PHONE, True)
    assert told(caller.get("/customers/C-9")) == (404, "customer_unknown")


def test_accounts_are_listed_in_pages(caller: Caller, desk: Actor) -> None:
    for number in ("C-1", "C-2", "C-3"):
        a_customer(desk, number)
    services.close(desk, customers.customer(desk.company_id, "C-2").id, reason="gone")
    first = caller.get("/customers?size=2").json()
    assert ([one["customer_number"] for one in first["customers"]], first["total"]) == (
        ["C-1", "C-2"], 3,
    )  # fmt: skip
    second = caller.get("/customers?size=2&page=2").json()
    assert [one["customer_number"] for one in second["customers"]] == ["C-3"]
    closed = caller.get("/customers?state=closed").json()
    assert [one["customer_number"] for one in closed["customers"]] == ["C-2"]
    assert caller.get("/customers?state=asleep").status_code == 422
    assert caller.get("/customers?size=501").status_code == 422


def test_a_change_keeps_its_history_and_nobody_elses_is_lost(caller: Caller, desk: Actor) -> None:
    of = acorn(desk, "C-1")
    body = {"street": "Hafenweg 4", "city": "Münster", "version": 1}
    first = caller.post("/customers/C-1/change", body, **KEY)
    assert (first.status_code, first.json()) == (200, {"changed": 2, "version": 2})
    assert caller.post("/customers/C-1/change", body, **KEY).json() == first.json()
    other = caller.post("/customers/C-1/change", {"city": "Bonn"}, **KEY)
    assert told(other) == (422, "idempotency_key_reused")
    assert told(caller.post("/customers/C-1/change", body)) == (409, "changed_meanwhile")
    wrong = caller.post("/customers/C-1/change", {"vat_number": "DE136695977"})
    assert told(wrong) == (422, "vat_check_digits")
    assert wrong.json()["place"]["field"] == "vat_number"
    assert customers.customer_by_id(desk.company_id, of).city == "Münster"
    assert {one.field for one in customers.history(desk.company_id, of)} == {"street", "city"}


def test_people_are_added_changed_and_set_aside(caller: Caller, desk: Actor) -> None:
    of = acorn(desk, "C-1")
    other = acorn(desk, "C-2")
    new = {"name": "Bea", "email": "bea@acorn.example", "is_primary": True}
    added = caller.post("/customers/C-1/contacts", new, **KEY).json()["id"]
    assert caller.post("/customers/C-1/contacts", new, **KEY).json() == {"id": added}
    assert len(customers.contacts(desk.company_id, of)) == 2
    at = f"/customers/C-1/contacts/{added}/change"
    aside = caller.post(at, {"is_active": False, "is_primary": False}).json()
    assert aside == {"changed": 2, "version": 2}
    assert told(caller.post("/customers/C-1/contacts", {"email": "no"}))[0] == 422
    assert told(caller.post("/customers/C-1/contacts", {})) == (422, "contact_empty")
    strange = customers.contacts(desk.company_id, other)[0].id
    answer = caller.post(f"/customers/C-1/contacts/{strange}/change", {"name": "Eve"})
    assert told(answer) == (404, "contact_unknown")
    assert customers.contact(desk.company_id, strange).name == "Anna"


def test_bank_details_wait_for_a_call_back_by_a_person(
    caller_of: Callable[[str], Caller], caller: Caller, desk: Actor
) -> None:
    acorn(desk, "C-1")
    body = {"account": NEW, "holder": "Acorn C-1 GmbH", "channel": "mail"}
    clerk = caller_of("master_data")
    asked = clerk.post("/customers/C-1/bank-details", body, **KEY)
    assert (asked.status_code, asked.json()["state"]) == (200, "asked")
    assert clerk.post("/customers/C-1/bank-details", body, **KEY).json() == asked.json()
    assert "asked_by_mail" in asked.json()["signals"]
    found = caller.get("/customers/C-1/bank-details").json()
    assert (found["in_force"], [one["state"] for one in found["changes"]]) == (None, ["asked"])
    assert caller.get("/customers/C-1").json()["bank_change_waits"] is True
    assert told(clerk.post("/customers/C-1/bank-details", body)) == (409, "bank_change_waits")
    bad = clerk.post("/customers/C-1/bank-details", {**body, "account": f"{NEW[:-1]}7"})
    assert (told(bad)[0], bad.json()["place"]["field"]) == (422, "account")
    second = person(desk, "mia", "manager")
    services.call_back(second, asked.json()["id"], person="Anna", phone=PHONE, result="confirmed")
    now = caller.get("/customers/C-1/bank-details").json()
    assert (now["in_force"]["account"], now["in_force"]["decided_by"]) == (NEW, second.name)


def test_a_change_that_waits_is_taken_back_and_never_confirmed_by_a_key(
    caller_of: Callable[[str], Caller], caller: Caller, desk: Actor
) -> None:
    acorn(desk, "C-1")
    acorn(desk, "C-2")
    clerk = caller_of("master_data")
    body = {"account": NEW, "holder": "Acorn C-1 GmbH", "channel": "mail"}
    change = clerk.post("/customers/C-1/bank-details", body).json()["id"]
    because = {"reason": "They wrote that it was not them"}
    at = f"bank-details/{change}/withdraw"
    assert told(clerk.post(f"/customers/C-2/{at}", because)) == (404, "bank_change_unknown")
    assert told(caller_of("sales").post(f"/customers/C-1/{at}", because))[0] == 403
    for confirmed in ("call-back", "confirm"):
        answer = caller.post(f"/customers/C-1/bank-details/{change}/{confirmed}", because)
        assert answer.status_code in (404, 405)
    [waiting] = caller.get("/customers/C-1/bank-details").json()["changes"]
    assert waiting["state"] == "asked"
    done = clerk.post(f"/customers/C-1/{at}", because, **KEY)
    assert (done.status_code, done.json()["state"]) == (200, "withdrawn")
    assert clerk.post(f"/customers/C-1/{at}", because, **KEY).json() == done.json()
    assert told(clerk.post(f"/customers/C-1/{at}", because)) == (409, "bank_change_decided")
    assert caller.get("/customers/C-1/bank-details").json()["in_force"] is None


def test_a_group_is_set_from_a_day_and_read_by_day(caller: Caller, desk: Actor) -> None:
    for number in ("C-1", "C-2"):
        acorn(desk, number)
    body = {"belongs_to": "C-2", "valid_from": "2026-04-01"}
    found = caller.post("/customers/C-1/group", body, **KEY).json()
    assert caller.post("/customers/C-1/group", body, **KEY).json() == found
    assert found["head"] == "C-2"
    assert [(one["customer_number"], one["depth"]) for one in found["members"]] == [
        ("C-2", 0), ("C-1", 1),
    ]  # fmt: skip
    before = caller.get("/customers/C-1/group?on=2026-03-31").json()
    assert [one["customer_number"] for one in before["members"]] == ["C-1"]
    assert [one["belongs_to"] for one in before["history"]] == ["C-2"]
    circle = caller.post("/customers/C-2/group", {"belongs_to": "C-1", "valid_from": "2026-05-01"})
    assert told(circle) == (403, "group_circle")
    alone = caller.post("/customers/C-1/group", {"valid_from": "2026-06-01"}).json()
    assert alone["head"] == "C-1"
    nobody = caller.post("/customers/C-1/group", {"belongs_to": "X", "valid_from": "2026-06-02"})
    assert told(nobody) == (404, "customer_unknown")


def test_closing_lists_what_stands_in_the_way(caller: Caller, desk: Actor) -> None:
    of = a_customer(desk, limit=900_000)
    an_invoice(desk, of, 30_000)
    an_order(desk, "SO-1", 12_500)
    found = caller.get("/customers/C-1/closing").json()
    assert (found["may_close"], found["state"]) == (False, "active")
    codes = {one["code"]: one for one in found["obstacles"]}
    assert codes["open_items"]["amount"] == {"amount": "300.00", "currency": "EUR"}
    assert codes["order"]["reference"] == "SO-1"
    refused = caller.post("/customers/C-1/close", {"reason": "gone"}, **KEY)
    assert told(refused) == (403, "customer_not_settled")
    assert refused.json()["errors"] == found["obstacles"]
    assert caller.get("/customers/C-1").json()["state"] == "active"


def test_an_account_is_closed_opened_and_woken(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    body = {"reason": "ceased trading"}
    closed = caller.post("/customers/C-1/close", body, **KEY).json()
    assert (closed["state"], closed["may_close"], closed["obstacles"]) == ("closed", False, [])
    assert caller.post("/customers/C-1/close", body, **KEY).json() == closed
    assert told(caller.post("/customers/C-1/close", body)) == (409, "customer_closed_already")
    assert told(caller.post("/customers/C-1/wake", body)) == (409, "customer_not_dormant")
    assert caller.post("/customers/C-1/reopen", body).json()["state"] == "dormant"
    assert caller.post("/customers/C-1/wake", body).json()["state"] == "active"
    assert caller.post("/customers/C-1/wake", {"reason": " "}).status_code == 422


def test_the_head_of_a_group_is_not_closed(caller: Caller, desk: Actor) -> None:
    below, top = a_customer(desk, "C-1"), a_customer(desk, "C-2")
    services.set_parent(desk, below, parent_id=top, valid_from=desk.today)
    refused = caller.post("/customers/C-2/close", {"reason": "gone"})
    assert told(refused) == (403, "customer_heads_a_group")
    assert refused.json()["errors"] == [
        {"code": "heads_a_group", "count": 1, "amount": None, "reference": "C-1"}
    ]


def test_a_duplicate_becomes_another_after_a_preview(caller: Caller, desk: Actor) -> None:
    of = acorn(desk, "C-1")
    acorn(desk, "C-2")
    an_invoice(desk, of, 30_000)
    body = {"survivor": "C-2", "reason": "entered twice"}
    shown = caller.post("/customers/C-1/merge", {**body, "preview": True}).json()
    assert caller.get("/customers/C-1").json()["state"] == "active"
    done = caller.post("/customers/C-1/merge", body, **KEY).json()
    assert done == shown
    assert caller.post("/customers/C-1/merge", body, **KEY).json() == done
    assert [one["code"] for one in done["stays"]] == ["open_items"]
    found = caller.get("/customers/C-1").json()
    assert (found["state"], found["merged_into"]) == ("closed", "C-2")
    itself = caller.post("/customers/C-2/merge", {"survivor": "C-2", "reason": "x"})
    assert told(itself) == (403, "merge_with_itself")
    assert caller.post("/customers/C-1/unmerge", {"reason": "two"}).json()["state"] == "dormant"
    assert told(caller.post("/customers/C-1/unmerge", {"reason": "two"})) == (
        404, "merge_unknown",
    )  # fmt: skip


def test_who_may_not_changes_nothing(caller_of: Callable[[str], Caller], desk: Actor) -> None:
    acorn(desk, "C-1")
    sales = caller_of("sales")
    for at, body in (
        ("change", {"city": "Bonn"}),
        ("contacts", {"name": "Eve"}),
        ("bank-details", {"account": NEW, "holder": "Eve", "channel": "mail"}),
        ("group", {"valid_from": "2026-04-01"}),
        ("close", {"reason": "x"}),
        ("merge", {"survivor": "C-1", "reason": "x"}),
    ):
        assert sales.post(f"/customers/C-1/{at}", body).status_code == 403, at
    assert customers.customer(desk.company_id, "C-1").city == ""
    assert sql.scalar("SELECT count(*) FROM customers_bankchange") == 0
