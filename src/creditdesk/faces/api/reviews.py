"""Reviews over HTTP: which customers are to be looked at again, and deciding about one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema

from creditdesk.assessment.reviews import queries, services
from creditdesk.assessment.reviews.queries import ReviewRow
from creditdesk.assessment.reviews.rules import Deciding
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Amount, Given, Money, Reason, minor_of, money, text

PAGE_SIZE = 100
router = Router(tags=["reviews"])


class ReviewAnswer(Schema):
    """A review: what is proposed and why, and how it was decided once it is."""

    reference: str
    customer_number: str
    cause: str
    since: date
    due_on: date
    state: str
    risk_class: str
    limit: Money
    used: Money
    proposal: str
    proposed: Money
    steps: list[str]
    policy_version: int
    choice: str
    decided: Money | None
    decided_on: date | None
    request_reference: str


class ReviewsAnswer(Schema):
    """A page of reviews, a hundred at most, and how many there are in all."""

    reviews: list[ReviewAnswer]
    total: int


class ReviewDecisionGiven(Given):
    """How a review is decided; a reason is needed unless it is accepted.

    `amount` is the limit asked for instead of the proposed one, in the currency of the limit.
    """

    choice: Literal["accept", "other", "decline"]
    reason: Reason | Literal[""] = ""
    amount: Amount | None = None


@router.get(
    "/reviews",
    response={200: ReviewsAnswer, **RESPONSES},
    operation_id="list_reviews",
    summary="Which customers are to be reviewed?",
)
def listing(
    request: HttpRequest,
    state: Literal["due", "open", "decided"] = "open",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> ReviewsAnswer:
    """Return reviews by the day they are due; due ones are open and their day has come."""
    actor = reader(request)
    found = queries.listing(
        actor.company_id, on=actor.today, state=state, page=page, size=PAGE_SIZE
    )
    steps = queries.steps_of(actor.company_id, [one.id for one in found.rows])
    return ReviewsAnswer(
        reviews=[_answer(one, steps[one.id]) for one in found.rows], total=found.total
    )


@router.post(
    "/reviews/{reference}/decide",
    response={200: ReviewAnswer, **RESPONSES},
    operation_id="decide_review",
    summary="Decide a review",
)
def decide(request: HttpRequest, reference: str, body: ReviewDecisionGiven) -> ReviewAnswer:
    """Accept what is proposed, ask for another limit, or leave the present one.

    Nothing is set by it: another limit is asked for, and waits for who grants limits.
    """
    actor = writer(request)
    row = queries.review(actor.company_id, reference)
    minor = None if body.amount is None else minor_of(body.amount, row.currency, field="amount")
    services.decide(
        actor, reference, new=Deciding(choice=body.choice, reason=body.reason, minor=minor)
    )
    done = queries.review(actor.company_id, reference)
    return _answer(done, queries.steps_of(actor.company_id, [done.id])[done.id])


def _answer(of: ReviewRow, steps: list[str]) -> ReviewAnswer:
    return ReviewAnswer(
        reference=of.reference,
        customer_number=of.customer_number,
        cause=of.cause,
        since=of.since,
        due_on=of.due_on,
        state=of.state,
        risk_class=of.risk_class,
        limit=Money(amount=text(of.current_minor, of.currency), currency=of.currency),
        used=Money(amount=text(of.used_minor, of.currency), currency=of.currency),
        proposal=of.answer,
        proposed=Money(amount=text(of.proposed_minor, of.currency), currency=of.currency),
        steps=steps,
        policy_version=of.policy_version,
        choice=of.choice,
        decided=money(of.decided_minor, of.currency),
        decided_on=of.decided_on,
        request_reference=of.request_reference,
    )
