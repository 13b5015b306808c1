"""The till by the API: what lies in it, what makes it up, and a count that is kept once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time

import pytest

from creditdesk.controls import services as controls
from creditdesk.insight.queries import prove
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock
from tests.cash import stage
from tests.faces.api.conftest import Caller
from tests.support.fixtures import TODAY

COUNT = {"currency": "EUR", "counted": "75.00", "reason": "change given twice"}


@pytest.fixture
def till(desk: Actor) -> Iterator[Caller]:
    stage.customer(desk, "Acorn Foods", number="C1")
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        found = Caller(controls.issue_key(desk.company_id, name="till", by="test", role="cashier"))
        body = {"customer_number": "C1", "kind": "cash", "currency": "EUR", "amount": "80.00",
                "on_account": True}  # fmt: skip
        assert found.post("/receipts", body).status_code == 200
        yield found


def test_an_empty_till_is_one_of_the_companys_currency(desk: Actor) -> None:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        none = Caller(controls.issue_key(desk.company_id, name="till", by="test", role="cashier"))
        assert none.get("/tills").json() == {
            "tills": [{"currency": "EUR", "book": "0.00", "receipts": 0, "differences": 0}]
        }


def test_the_till_is_counted_once_by_its_key_and_tells_what_makes_it_up(
    till: Caller, desk: Actor
) -> None:
    answers = [till.post("/till-counts", COUNT, idempotency_key="k-1") for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    kept = answers[0].json()
    assert answers[1].json() == kept
    assert kept.pop("counted_by").endswith("(till)")
    assert kept == {
        "reference": "TC-2026-000001", "counted_on": "2026-03-16",
        "book": {"amount": "80.00", "currency": "EUR"},
        "counted": {"amount": "75.00", "currency": "EUR"},
        "difference": {"amount": "-5.00", "currency": "EUR"}, "reason": "change given twice",
        "approval": "", "approved_by": "", "deposit_reference": "",
    }  # fmt: skip
    assert till.get("/till-counts").json() == {"counts": [answers[1].json()]}
    assert till.get("/tills").json()["tills"] == [
        {"currency": "EUR", "book": "75.00", "receipts": 1, "differences": 1}
    ]
    assert till.get("/tills/EUR").json() == {
        "currency": "EUR", "book": "75.00",
        "receipts": [{"reference": "RCP-2026-000001", "customer_number": "C1", "amount": "80.00",
                      "received_on": "2026-03-16"}],
        "differences": [{"reference": "TC-2026-000001", "amount": "-5.00",
                         "counted_on": "2026-03-16", "reason": "change given twice"}],
    }  # fmt: skip
    assert till.get("/tills/USD").json()["book"] == "0.00"
    assert prove(desk.company_id) == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"book": "79.99"}, 409, "till_changed"),
        ({"book": "-80.00"}, 409, "till_changed"),
        ({"reason": " "}, 422, "reason_missing"),
        ({"currency": "XXQ"}, 422, "request_invalid"),
        ({"counted": "-1.00"}, 422, "request_invalid"),
        ({"counted": "1.001"}, 422, "amount_invalid"),
        ({"book": "1.001"}, 422, "amount_invalid"),
    ],
)
def test_what_is_no_count_posts_nothing(
    till: Caller, desk: Actor, change: dict[str, object], status: int, code: str
) -> None:
    before = stage.books(desk)
    answer = till.post("/till-counts", COUNT | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert stage.books(desk) == before
    assert till.get("/till-counts").json() == {"counts": []}


def test_much_missing_waits_for_another_person(till: Caller, desk: Actor) -> None:
    before = stage.books(desk)
    answer = till.post("/till-counts", COUNT | {"counted": "20.00"})
    assert (answer.status_code, answer.json()["reference"]) == (202, "APR-2026-000001")
    assert stage.books(desk) == before
    assert till.get("/till-counts").json() == {"counts": []}


def test_a_till_in_no_currency_is_not_found(till: Caller) -> None:
    answer = till.get("/tills/QQQ")
    assert (answer.status_code, answer.json()["code"]) == (404, "till_unknown")
