"""Reviews at the desk: the list, what changed, the proposal, and the decision in two steps."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from creditdesk.assessment.models import Review
from creditdesk.assessment.reviews import services
from creditdesk.assessment.reviews.rules import Deciding
from creditdesk.credit.models import LimitRequest
from creditdesk.kernel.actor import Actor
from tests.assessment.reviews.verbs import limited, proposing, the_review
from tests.faces.desk.pages import body, words
from tests.orders.verbs import an_invoice, opened
from tests.support.fixtures import TODAY

SignedIn = Callable[..., Client]


def plain(text: str) -> str:
    """Return a text with plain spaces in its amounts."""
    return " ".join(text.replace("\u202f", " ").replace("\xa0", " ").split())


def test_the_list_shows_filters_and_exports(signed_in: SignedIn, desk: Actor) -> None:
    opened(desk)
    row = proposing(desk)
    limited(desk, "C-2")
    services.start_reviews(desk)
    analyst = signed_in("analyst")

    whole = words(analyst.get("/reviews/"))
    assert row.reference in whole
    assert "Lower it" in whole
    lower = words(analyst.get("/reviews/", {"answer": "lower", "sort": "-customer"}))
    assert "Customer C-1" in lower
    assert "Customer C-2" not in lower
    due = words(analyst.get("/reviews/", {"state": "due"}))  # class C was due in September
    assert ("Customer C-1" in due, "Customer C-2" in due) == (True, False)
    assert "No review is like that" in words(analyst.get("/reviews/", {"state": "decided"}))
    rows = analyst.get("/reviews/", {"format": "csv", "sort": "customer"}).getvalue().decode()
    assert rows.splitlines()[1].startswith(f"{row.reference},C-1,Customer C-1,by the calendar")
    assert len(rows.splitlines()) == 3


def test_a_review_shows_what_changed_and_every_step(signed_in: SignedIn, desk: Actor) -> None:
    opened(desk)
    row = proposing(desk)

    said = words(signed_in("analyst").get(f"/reviews/{row.reference}/"))

    assert "What changed since 30 Mar 2025" in said
    assert "Class C is given at most 100 000.00 EUR." in plain(said)
    assert "supports 10 100.00 EUR" in plain(said)
    assert "By policy version 1" in said


def test_a_decision_is_shown_first_and_then_asks_for_the_limit(
    signed_in: SignedIn, desk: Actor
) -> None:
    opened(desk)
    row = proposing(desk)
    analyst = signed_in("analyst")
    address = f"/reviews/{row.reference}/"
    given = {"choice": "other", "amount": "15000.00", "reason": "grows",
             "seen": services.digest_of(desk.company_id, row.reference)}  # fmt: skip

    shown = words(analyst.post(address, given))
    assert "A limit of 15 000.00 EUR is asked for" in plain(shown)
    assert not LimitRequest.objects.exists()
    done = analyst.post(address, {**given, "confirmed": "yes"})

    assert (done.status_code, done["Location"]) == (303, address)
    [asked] = LimitRequest.objects.all()
    assert (asked.minor, asked.asked_by) == (1_500_000, "Helena Brandt")
    said = words(analyst.get(address))
    assert asked.reference in said
    assert "Another limit" in said


def test_what_is_wrong_is_said_and_nothing_is_decided(signed_in: SignedIn, desk: Actor) -> None:
    opened(desk)
    row = proposing(desk)
    analyst = signed_in("analyst")
    address = f"/reviews/{row.reference}/"
    seen = services.digest_of(desk.company_id, row.reference)
    an_invoice(desk, row.customer_id, 1, number="NEW", due_on=TODAY)

    for given, status in (
        ({"choice": "decline"}, 422),
        ({"choice": "other", "reason": "x"}, 422),
        ({"choice": "other", "reason": "x", "amount": "much"}, 422),
        ({"choice": "all"}, 422),
        ({}, 422),
    ):
        assert analyst.post(address, {**given, "confirmed": "yes"}).status_code == status
    assert analyst.post(f"{address}refresh").status_code == 303
    stale = analyst.post(address, {"choice": "accept", "seen": seen, "confirmed": "yes"})
    assert stale.status_code == 409
    assert "prepared anew" in words(stale)
    assert the_review(row.customer_id).state == "open"


def test_who_comes_second_is_told(signed_in: SignedIn, desk: Actor) -> None:
    opened(desk)
    row = proposing(desk)
    services.decide(desk, row.reference, new=Deciding(choice="decline", reason="known"))

    late = signed_in("analyst").post(
        f"/reviews/{row.reference}/", {"choice": "accept", "confirmed": "yes"}
    )

    assert late.status_code == 409
    assert "was decided by test" in words(late)


def test_the_exposure_leads_to_reviews_and_opens_one(signed_in: SignedIn, desk: Actor) -> None:
    opened(desk)
    customer = limited(desk)
    analyst = signed_in("analyst")
    before = words(analyst.get("/customers/C-1/exposure"))
    assert "Next review due 30 Mar 2026" in before

    done = analyst.post("/customers/C-1/review", {"reason": "a rumour"})
    assert done.status_code == 303
    again = analyst.post("/customers/C-1/review", {"reason": "a rumour"})

    assert again.status_code == 409
    assert Review.objects.get().reference in words(analyst.get("/customers/C-1/exposure"))
    assert the_review(customer).opened_by == "Helena Brandt"


def test_a_collector_reads_reviews_and_decides_none(signed_in: SignedIn, desk: Actor) -> None:
    opened(desk)
    row = proposing(desk)
    collector = signed_in("collector")

    page = collector.get(f"/reviews/{row.reference}/")
    assert page.status_code == 200
    assert 'name="choice"' not in body(page)
    answer = collector.post(f"/reviews/{row.reference}/", {"choice": "accept", "confirmed": "yes"})
    assert answer.status_code == 403
