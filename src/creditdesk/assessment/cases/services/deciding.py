"""Decisions: by a person with reasons, or by the policy within its own authority; both replay."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import translation
from django.utils.translation import gettext

from creditdesk.assessment import services as scoring
from creditdesk.assessment.cases import gathering, queries, rules
from creditdesk.assessment.cases.gathering import Known
from creditdesk.assessment.cases.models import Application, Condition, Decision
from creditdesk.assessment.cases.rules import NewDecision
from creditdesk.assessment.cases.services.opening import open_if_met
from creditdesk.assessment.cases.services.taking import locked, seen
from creditdesk.assessment.notices import services as notices
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import (
    acts_on,
    approval,
    command,
    require_approval,
)
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Refused
from creditdesk.plumbing.encoding import digest, to_json
from creditdesk.policy import queries as policies

POLICY: Final = "policy"
APPROVES: Final = "credit.approve_limit"


@dataclass(frozen=True, slots=True)
class Decided:
    """How an application stands after a decision, and the notice of it."""

    reference: str
    state: str
    decision_id: int
    notice_subject: str
    notice_text: str


@command("assessment.decide")
def begin(actor: Actor, reference: str) -> str:
    """Take a submitted application into review; return how it stands."""
    row = locked(actor, reference)
    row.state = rules.moved(row.state, "begin")
    row.save(update_fields=["state"])
    return row.state


@command("assessment.decide")
def decide(actor: Actor, reference: str, *, new: NewDecision, seen_digest: str = "") -> Decided:
    """Decide an application, and tell the applicant through the gate.

    An approval without conditions opens the account at once; a limit above what one person grants
    waits for others. Conflict when the case is another than the one that was looked at
    (`seen_digest`). Refused where a machine would decide against a natural person.
    """
    row = locked(actor, reference)
    acts_on("application", [row.id])
    known = gathering.known(seen(actor, row), on=actor.today)
    if seen_digest and seen_digest != case_digest(known):
        raise case_changed()
    if actor.is_machine and (row.customer_class in rules.NATURAL_PERSONS):
        raise human_needed()
    terms = policies.in_force(actor.company_id, actor.today).terms
    rules.check_decision(
        new, requested_minor=row.requested_minor, allowed=known.reasons, terms=terms
    )
    if new.answer != "decline":
        _require_authority(actor, row, new, known)
    return _kept(actor, row, new, known, is_automatic=False)


def case_digest(known: Known) -> str:
    """Return a digest of what a decision rests on, to tell whether it has changed since."""
    return digest(gathering.stored(known))


def decided_by_policy(actor: Actor, row: Application) -> bool:
    """Decide a locked application as the policy does where nobody need decide; say whether.

    Only ever in the applicant's favour: what is less than was asked for is for a person.
    """
    if row.state not in ("submitted", "in_review"):
        return False
    known = gathering.known(seen(actor, row), on=actor.today)
    found = known.recommendation
    if not found.is_automatic:
        return False
    with translation.override(controls.company(actor.company_id).language):
        why = gettext("Within the policy's own authority: class %(grade)s, asked for in full.")
    new = NewDecision(
        answer="approve",
        limit_minor=found.limit_minor,
        terms=found.terms,
        explanation=why % {"grade": found.risk_class},
    )
    _kept(actor, row, new, known, is_automatic=True)
    return True


def replay(company_id: int, decision_id: int) -> bool:
    """Whether a decision's recommendation, and its assessment, come out the same from its inputs.

    By the policy version and the scorecard version it was made with.
    """
    kept = queries.decision(company_id, decision_id)
    again = gathering.replayed(company_id, kept)
    same = to_json(again) == to_json(kept.recommendation)
    if kept.assessment_id is None:
        return same
    return same and scoring.replay(company_id, kept.assessment_id)


def _require_authority(actor: Actor, row: Application, new: NewDecision, known: Known) -> None:
    """Stop here until so many others approved as the policy asks for a limit of this height."""
    require_approval(
        APPROVES,
        count=policies.approvers_needed(
            actor.company_id, actor.today, "limit", [(new.limit_minor, row.currency)]
        ),
        about={
            "customer": row.reference,
            "customer_name": row.name,
            "minor": new.limit_minor,
            "currency": row.currency,
            "before_minor": None,
            "before_currency": None,
            "valid_from": actor.today,
            "count": 1,
        },
        documents=[f"application:{row.id}"],
        version=case_digest(known),
    )


def _kept(
    actor: Actor, row: Application, new: NewDecision, known: Known, *, is_automatic: bool
) -> Decided:
    """Write a decision and what follows from it: conditions, state, notice, account."""
    days = policies.in_force(actor.company_id, actor.today).assessment.offer_days
    assessed = (
        scoring.score_party(actor, row.party_id, segment=row.customer_class)
        if known.score
        else None
    )
    is_granted = new.answer != "decline"
    made = Decision.objects.create(
        company_id=actor.company_id,
        application_id=row.id,
        answer=new.answer,
        limit_minor=new.limit_minor,
        currency=row.currency,
        terms=new.terms if is_granted else "",
        reasons=list(new.reasons),
        explanation=new.explanation.strip(),
        is_automatic=is_automatic,
        policy_version=known.policy_version,
        assessment_id=assessed.id if assessed else None,
        inputs=gathering.stored(known),
        recommendation=json.loads(to_json(known.recommendation)),
        approval=approval(),
        decided_on=actor.today,
        expires_on=actor.today + timedelta(days=days) if is_granted else None,
        recorded_at=actor.at,
        recorded_by=POLICY if is_automatic else actor.name,
    )
    Condition.objects.bulk_create(
        Condition(
            company_id=actor.company_id, decision_id=made.id, kind=one.kind,
            text=one.text.strip(), minor=one.minor,
        )
        for one in new.conditions
    )  # fmt: skip
    row.state = rules.moved(row.state, new.answer)
    row.decided_on, row.expires_on = actor.today, made.expires_on
    row.ended_on = None if is_granted else actor.today
    row.save(update_fields=["state", "decided_on", "expires_on", "ended_on"])
    if row.state == "decided":
        open_if_met(actor, row)
    told = notices.give(actor, row.id, made.id)
    return Decided(row.reference, row.state, made.id, told.subject, told.text)


def case_changed() -> Conflict:
    """Return the conflict of a case that is no longer what was looked at."""
    return Conflict(
        "case_changed", "Something in this case has changed since; look at it again and decide anew"
    )


def human_needed() -> Refused:
    """Return the refusal of a machine that would decide about a person."""
    return Refused("human_needed", "About a natural person a human decides")
