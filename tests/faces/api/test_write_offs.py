"""Write-offs over the API: asked for, approved by people, listed, owed again, tax taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from creditdesk.controls import services as controls
from creditdesk.insight import queries as insight
from creditdesk.invoices import queries, services
from creditdesk.invoices import write_off_queries as reads
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock
from creditdesk.policy import services as policies
from creditdesk.policy.rules import DEFAULT
from tests.faces.api.conftest import Caller
from tests.invoices.people import a_customer, an_invoice
from tests.invoices.test_write_offs import person
from tests.support.fixtures import TODAY

RELIEF = {"tax_relief": [{"reason": "insolvency", "after_due_days": 0}]}
GIVEN = {"write_offs": [{"invoice": "INV-1"}], "because": "insolvency", "reason": "petition"}


@pytest.fixture(autouse=True)
def _at_nine() -> Any:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield


@pytest.fixture
def clerk(desk: Actor, caller_of: Callable[[str], Caller]) -> Caller:
    late = {"issued_on": date(2026, 1, 5), "due_on": date(2026, 2, 5)}
    customer = a_customer(desk)
    services.record(desk, [an_invoice(customer, number, **late) for number in ("INV-1", "INV-2")])
    return caller_of("write_off_clerk")


def alone(desk: Actor, **sections: Any) -> None:
    """Let one decide up to 1,000.00 from today on."""
    given = {**DEFAULT, "authority": {"write_off_minor": 100_000}, **sections}
    policies.publish(desk, given=given, valid_from=date(2026, 1, 2))


def still_open(desk: Actor) -> list[int]:
    return [queries.invoice(desk.company_id, number).open_minor for number in ("INV-1", "INV-2")]


def test_it_waits_for_a_person_and_is_posted_once_approved(clerk: Caller, desk: Actor) -> None:
    seen = clerk.post("/write-offs", {**GIVEN, "preview": True}).json()
    assert seen == {
        "reference": "", "amounts": [{"amount": "119.00", "currency": "EUR"}], "items": 1,
        "items_closed": 1, "approvals_needed": 1, "approval": "",
    }  # fmt: skip
    for _ in range(2):
        asked = clerk.post("/write-offs", GIVEN, Idempotency_Key="w-1")
        assert asked.status_code == 202
        assert asked.json() == {
            "reference": "APR-2026-000001", "state": "waiting",
            "permission": "collections.approve_write_off",
        }  # fmt: skip
    assert clerk.get("/write-offs").json() == {"write_offs": [], "total": 0, "page": 1}
    assert still_open(desk) == [11_900, 11_900]
    controls.approve(person(desk, "mo", "manager"), "APR-2026-000001")
    told = clerk.get("/approvals/APR-2026-000001").json()
    assert (told["state"], told["approved_by"]) == ("done", ["mo"])
    [row] = clerk.get("/write-offs?invoice=INV-1&because=insolvency").json()["write_offs"]
    assert (row["reference"], row["instalment"], row["amount"], row["stands"]) == (
        "WO-2026-000001", 1, "119.00", "119.00",
    )  # fmt: skip
    assert (row["approval"], row["approved_by"], row["reason"]) == (
        "APR-2026-000001", "mo", "petition",
    )  # fmt: skip
    assert still_open(desk) == [0, 11_900]
    assert insight.prove(desk.company_id) == []


def test_a_part_is_given_up_owed_again_and_its_tax_goes_back(clerk: Caller, desk: Actor) -> None:
    alone(desk, write_offs=RELIEF)
    part = {**GIVEN, "write_offs": [{"invoice": "INV-1", "instalment": 1, "amount": "59.50"}]}
    for _ in range(2):
        done = clerk.post("/write-offs", part, Idempotency_Key="w-2").json()
        assert (done["reference"], done["approvals_needed"], done["items_closed"]) == (
            "WO-2026-000001", 0, 0,
        )  # fmt: skip
    assert still_open(desk) == [5_950, 11_900]
    manager = Caller(controls.issue_key(desk.company_id, name="m", by="test", role="manager"))
    relieved = {"amounts": [{"amount": "9.50", "currency": "EUR"}], "write_offs": 1,
                "waiting": {}, "through": "2026-03-16"}  # fmt: skip
    assert manager.post("/write-offs/relieve", {"preview": True}).json() == relieved
    assert manager.post("/write-offs/relieve", {}).json() == relieved
    again = manager.post("/write-offs/relieve", {"through": "2026-03-16"}).json()
    assert (again["amounts"], again["write_offs"]) == ([], 0)
    back = {"act": "recovery", "reason": "quota", "amount": "23.80"}
    owed = {"invoice": "INV-1", "amount": "23.80", "tax": "3.80", "currency": "EUR"}
    assert clerk.post("/invoices/INV-1/owed-again", {**back, "preview": True}).json() == owed
    assert still_open(desk) == [5_950, 11_900]
    assert clerk.post("/invoices/INV-1/owed-again", back).json() == owed
    assert still_open(desk) == [8_330, 11_900]
    [row] = clerk.get("/write-offs?customer_number=C1").json()["write_offs"]
    assert (row["stands"], row["recovered"], row["tax_taken_back"]) == ("35.70", "23.80", "5.70")
    assert insight.prove(desk.company_id) == []


@pytest.mark.parametrize(
    ("given", "status", "code", "field"),
    [
        ({"write_offs": []}, 422, "request_invalid", "write_offs"),
        ({"because": "tired"}, 422, "request_invalid", "because"),
        ({"reason": " "}, 422, "reason_missing", "reason"),
        ({"write_offs": [{"invoice": "INV-9"}]}, 404, "invoice_unknown", None),
        ({"write_offs": [{"invoice": "INV-1"}] * 2}, 422, "write_offs_unclear", "write_offs"),
        ({"write_offs": [{"invoice": "INV-2"}, {"invoice": "INV-1", "amount": "119.01"}]}, 409,
         "write_off_above_open", None),
        ({"write_offs": [{"invoice": "INV-2"}, {"invoice": "INV-1", "amount": "0"}]}, 422,
         "amount_not_positive", "write_offs.1.amount"),
        ({"write_offs": [{"invoice": "INV-1", "amount": "1.005"}]}, 422, "amount_invalid",
         "write_offs.0.amount"),
        ({"write_offs": [{"invoice": "INV-1", "amount": "-1"}]}, 422, "request_invalid",
         "write_offs.0.amount"),
        ({"write_offs": [{"invoice": "INV-1", "instalment": 2}]}, 404, "instalment_unknown", None),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_nothing(
    clerk: Caller, desk: Actor, given: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    alone(desk)
    answer = clerk.post("/write-offs", {**GIVEN, **given})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.json()
    assert (answer.json().get("place") or {}).get("field") == field
    assert still_open(desk) == [11_900, 11_900]
    assert reads.listing(desk.company_id).total == 0


def test_more_than_stands_is_not_owed_again_and_who_bills_gives_nothing_up(
    clerk: Caller, desk: Actor, caller_of: Callable[[str], Caller]
) -> None:
    alone(desk)
    back = {"act": "correction", "reason": "wrong customer"}
    none = clerk.post("/invoices/INV-1/owed-again", back)
    assert (none.status_code, none.json()["code"]) == (409, "write_off_gone")
    clerk.post("/write-offs", GIVEN)
    more = clerk.post("/invoices/INV-1/owed-again", {**back, "amount": "119.01"})
    assert (more.status_code, more.json()["code"]) == (409, "write_off_gone")
    assert caller_of("biller").post("/write-offs", GIVEN).status_code == 403
    off = clerk.post("/write-offs/relieve", {})
    assert off.status_code == 403
    assert still_open(desk) == [0, 11_900]
