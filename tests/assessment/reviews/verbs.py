"""What tests of reviews say: a limit since a day, a grade, a review that proposes less."""

from __future__ import annotations

from datetime import date

from creditdesk.assessment import shipped
from creditdesk.assessment.models import Assessment, Review, StoredCard
from creditdesk.assessment.reviews import services
from creditdesk.assessment.services.cards import stored
from creditdesk.credit import services as limits
from creditdesk.kernel.actor import Actor
from tests.orders.verbs import a_customer, an_invoice
from tests.support.fixtures import TODAY

YEAR_AGO = date(2025, 3, 30)  # due on 30 March 2026, fourteen days ahead


def limited(
    desk: Actor, number: str = "C-1", *, minor: int = 2_000_000, since: date = YEAR_AGO
) -> int:
    """A customer with a limit from a day on."""
    customer = a_customer(desk, number, limit=None)
    limits.set_limit(desk, customer, minor=minor, currency="EUR", valid_from=since)
    return customer


def graded(desk: Actor, customer: int, grade: str = "B", *, on: date = TODAY) -> None:
    """The customer was assessed with a grade."""
    stored(desk, shipped.expert_card())
    Assessment.objects.create(
        company_id=desk.company_id, customer_id=customer, assessed_on=on, grade=grade,
        card=StoredCard.objects.first(), policy_version=1, statement_ids=[], inputs={}, result={},
        total=50, recorded_at=desk.at, recorded_by="test",
    )  # fmt: skip


def the_review(customer: int) -> Review:
    return Review.objects.get(customer_id=customer, state="open")


def proposing(desk: Actor, number: str = "C-1") -> Review:
    """An open review that proposes less: 1,000,000 of 2,000,000, by class C."""
    customer = limited(desk, number)
    an_invoice(desk, customer, 1_010_000, number=f"INV-{number}", due_on=TODAY)
    graded(desk, customer, "C")
    services.start_reviews(desk)
    return the_review(customer)
