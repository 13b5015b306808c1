"""Reviews over HTTP: listed, decided, and told apart from what another decided."""

from __future__ import annotations

from typing import Any

from creditdesk.credit.models import LimitRequest
from creditdesk.kernel.actor import Actor
from tests.assessment.reviews.verbs import proposing, the_review


def test_reviews_are_listed_and_decided(caller: Any, desk: Actor) -> None:
    row = proposing(desk)

    listed = caller.get("/reviews").json()
    assert listed["total"] == 1
    [one] = listed["reviews"]
    assert (one["reference"], one["proposal"]) == (row.reference, "lower")
    assert one["limit"] == {"amount": "20000.00", "currency": "EUR"}
    assert one["proposed"] == {"amount": "10000.00", "currency": "EUR"}
    assert caller.get("/reviews?state=decided").json()["total"] == 0

    done = caller.post(
        f"/reviews/{row.reference}/decide",
        {"choice": "other", "amount": "15000.00", "reason": "grows"},
        Idempotency_Key="k-1",
    )

    again = caller.post(
        f"/reviews/{row.reference}/decide",
        {"choice": "other", "amount": "15000.00", "reason": "grows"},
        Idempotency_Key="k-1",
    )
    assert (done.status_code, again.json()) == (200, done.json())
    [asked] = LimitRequest.objects.all()
    assert done.json()["request_reference"] == asked.reference
    assert done.json()["decided"] == {"amount": "15000.00", "currency": "EUR"}
    assert asked.minor == 1_500_000


def test_what_cannot_be_decided_says_why(caller: Any, caller_of: Any, desk: Actor) -> None:
    row = proposing(desk)
    address = f"/reviews/{row.reference}/decide"

    for body, status, code in (
        ({"choice": "decline"}, 422, "review_reason_missing"),
        ({"choice": "other", "reason": "x"}, 422, "review_limit_missing"),
        ({"choice": "other", "reason": "x", "amount": "20000.00"}, 422, "review_limit_same"),
    ):
        answer = caller.post(address, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert caller.post("/reviews/REV-9/decide", {"choice": "accept"}).status_code == 404
    assert caller_of("biller").post(address, {"choice": "accept"}).status_code == 403
    assert the_review(row.customer_id).state == "open"

    assert caller.post(address, {"choice": "accept"}).status_code == 200
    late = caller.post(address, {"choice": "accept"})
    assert (late.status_code, late.json()["code"]) == (409, "review_decided")
