"""Writer of assessments: what the card in force makes of what is known, kept as it was."""

from __future__ import annotations

import json
from typing import Any

from creditdesk.assessment import card_queries, queries, rules
from creditdesk.assessment.models import Assessment
from creditdesk.assessment.queries import AssessmentRow
from creditdesk.assessment.services.cards import stored
from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing.encoding import to_json
from creditdesk.policy import queries as policy


@command("assessment.assess")
def assess(actor: Actor, customer_number: str) -> AssessmentRow:
    """Score a customer by the card in force and keep inputs, card, policy and result for good.

    Refused where the card may not score so little; nothing is kept then.
    """
    customer = customers.customer(actor.company_id, customer_number)
    acts_on("customer", {customer.id})
    return score_party(actor, customer.id, segment=customer.segment)


def score_party(actor: Actor, customer_id: int, *, segment: str = "") -> AssessmentRow:
    """Score a customer, or who may become one, as `assess` does; not a command of its own."""
    by_policy = card_queries.card_used(actor.company_id, actor.today, segment)
    if by_policy.card is None:
        raise card_not_approved(by_policy.wanted)
    card = by_policy.card
    years = queries.statements(actor.company_id, customer_id)
    points = queries.points(actor.company_id, customer_id, on=actor.today, years=years)
    scored = rules.score(card, points)
    used = {one.point for one in scored.factors}
    row = Assessment.objects.create(
        company_id=actor.company_id,
        customer_id=customer_id,
        assessed_on=actor.today,
        card_id=stored(actor, card),
        policy_version=policy.in_force(actor.company_id, actor.today).version,
        statement_ids=[one.id for one in years],
        inputs={code: _text(value) for code, value in points.items() if code in used},
        result=told(scored),
        grade=scored.grade,
        total=scored.total,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    return queries.assessment(actor.company_id, row.id)


def card_not_approved(wanted: str) -> Refused:
    """Return the refusal to score with a card that the policy names and nobody approved."""
    return Refused(
        "card_not_approved",
        f"The policy names the scorecard {wanted} for this customer, which is not approved",
        card=wanted,
    )


def replay(company_id: int, assessment_id: int) -> bool:
    """Whether a stored assessment comes out the same, to the digit, from its card and inputs."""
    kept = queries.assessment(company_id, assessment_id)
    card = queries.card(company_id, kept.card_id).card
    again = rules.score(card, kept.inputs)
    return to_json(told(again)) == to_json(kept.result)


def told(scored: rules.Score) -> dict[str, Any]:
    """Return a score with its reasons as it is kept."""
    data = {"score": scored, "reasons": rules.reasons(scored)}
    found: dict[str, Any] = json.loads(to_json(data))
    return found


def _text(value: object) -> str | None:
    return None if value is None else str(value)
