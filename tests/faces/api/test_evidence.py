"""Evidence over the API: reports kept, hits read, investigations opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from creditdesk.assessment.evidence import services
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from tests.faces.api.conftest import Caller
from tests.faces.api.test_accounts import told
from tests.orders.verbs import a_customer

KEY = {"Idempotency_Key": "k-1"}
REPORT: dict[str, Any] = {
    "bureau": "Own bureau", "identifier": "4711", "reported_on": "2026-03-10",
    "name": "Customer C-1", "country": "DE", "is_active": True, "is_insolvent": True,
    "score": "231.5", "grade": "B", "limit": "300.00", "currency": "EUR", "cost": "12.50",
}  # fmt: skip


def test_a_report_is_kept_once_with_its_cost_and_expiry(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    made = caller.post("/customers/C-1/reports", REPORT, **KEY)
    assert caller.post("/customers/C-1/reports", REPORT, **KEY).json() == made.json()
    found = caller.get("/customers/C-1/reports").json()
    assert (found["total"], found["reports"]) == (1, [made.json()])
    one = made.json()
    assert (one["source"], one["score"], one["grade"]) == ("Own bureau", "231.5", "B")
    assert one["limit"] == {"amount": "300.00", "currency": "EUR"}
    assert one["cost"] == {"amount": "12.50", "currency": "EUR"}
    assert (one["reported_on"], one["is_expired"], one["is_insolvent"]) == (
        "2026-03-10", False, True,
    )  # fmt: skip
    assert caller.get("/customers/C-1/reports?page=2").json()["reports"] == []


def test_what_is_no_report_is_not_kept(caller: Caller, desk: Actor) -> None:
    a_customer(desk)
    for change, code, field in (
        ({"reported_on": "2026-03-17"}, "report_in_the_future", "reported_on"),
        ({"expires_on": "2026-03-09"}, "report_expires_before_it_is_made", "expires_on"),
        ({"limit": "1.005"}, "amount_invalid", "limit"),
        ({"cost": "1.005"}, "amount_invalid", "cost"),
        ({"score": "1e9"}, "request_invalid", "given.score"),
        ({"bureau": " "}, "request_invalid", "given.bureau"),
        ({"secret": "x"}, "request_invalid", "given.secret"),
    ):
        answer = caller.post("/customers/C-1/reports", REPORT | change)
        assert told(answer) == (422, code)
        assert answer.json()["place"]["field"].rpartition(".")[2] == field.rpartition(".")[2]
    assert sql.scalar("SELECT count(*) FROM assessment_evidencereport") == 0


def test_hits_are_read_and_a_key_confirms_but_clears_none(caller: Caller, desk: Actor) -> None:
    of = a_customer(desk)
    services.load_list(
        desk, filename="list.csv", content=b"reference,name\n1,Nemo Nobody",
        listed_on=desk.today, source="own",
    )  # fmt: skip
    services.screen_application(desk, of, ["Nemo Nobody"])
    [one] = caller.get("/screening/hits").json()["hits"]
    assert (one["listed_name"], one["is_open"], one["verdict"]) == ("Nemo Nobody", True, "")
    assert caller.get("/screening/hits?verdict=cleared").json()["hits"] == []
    assert caller.get("/screening/hits?verdict=mine").status_code == 422
    address = f"/screening/hits/{one['id']}/review"
    for verdict in ("proposed", "cleared", "sent_back"):
        said = {"verdict": verdict, "reason": "born 1990", "review_id": one["review_id"]}
        assert told(caller.post(address, said)) == (403, "review_needs_a_person")
    assert caller.get("/screening/hits").json()["hits"] == [one]
    said = {"verdict": "confirmed", "reason": "same passport", "review_id": 0}
    done = caller.post(address, said).json()
    assert (done["verdict"], done["is_open"], done["reason"]) == (
        "confirmed", False, "same passport",
    )  # fmt: skip
    assert told(caller.post(address, said)) == (409, "hit_reviewed_meanwhile")
    assert told(caller.post("/screening/hits/999/review", said)) == (404, "hit_unknown")
    assert caller.get("/customers/C-1/screening").json()["hits"] == []


def test_an_investigation_is_opened_followed_and_concluded_by_a_person(
    caller: Caller, desk: Actor
) -> None:
    a_customer(desk)
    body = {"question": "Who owns it?"}
    made = caller.post("/customers/C-1/investigations", body, **KEY).json()
    assert caller.post("/customers/C-1/investigations", body, **KEY).json() == made
    assert (made["question"], made["outcome"], made["steps"]) == ("Who owns it?", "", [])
    at = f"/investigations/{made['reference']}"
    step = {"kind": "register", "text": "The register names nobody new", "source": "sheet 1"}
    found = caller.post(f"{at}/steps", step).json()
    assert [(one["kind"], one["source"]) for one in found["steps"]] == [("register", "sheet 1")]
    assert caller.post(f"{at}/steps", {"kind": "finding", "text": "clear"}).status_code == 422
    services.conclude(desk, made["reference"], outcome="clear", text="Nothing new")
    assert told(caller.post(f"{at}/steps", step)) == (409, "inquiry_concluded")
    assert caller.get(at).json()["outcome"] == "clear"
    listed = caller.get("/customers/C-1/investigations").json()
    assert (listed["total"], listed["investigations"][0]["outcome"]) == (1, "clear")
    assert told(caller.get("/investigations/INQ-2026-999999")) == (404, "inquiry_unknown")


def test_who_may_not_keeps_nothing(caller_of: Callable[[str], Caller], desk: Actor) -> None:
    a_customer(desk)
    sales = caller_of("sales")
    assert sales.post("/customers/C-1/reports", REPORT).status_code == 403
    asked = sales.post("/customers/C-1/investigations", {"question": "Who?"})
    assert asked.status_code == 403
    assert sql.scalar("SELECT count(*) FROM assessment_investigation") == 0
