"""Writers of reviews: opened when due, by hand or by an event; prepared anew; decided.

A decision never sets a limit: it asks for one, and whoever grants limits decides about that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import translation
from django.utils.translation import gettext

from creditdesk.assessment.reviews import preparing, queries, rules
from creditdesk.assessment.reviews.models import Review
from creditdesk.assessment.reviews.preparing import Prepared
from creditdesk.assessment.reviews.queries import Due
from creditdesk.assessment.reviews.rules import Deciding
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import acts_on, command
from creditdesk.credit import services as credit
from creditdesk.credit.events import CustomerBlocked
from creditdesk.credit.rules import NewLimit
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.monitoring.alerts.events import AlertsChanged
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import digest, to_json
from creditdesk.plumbing.services import take_references
from creditdesk.policy import queries as policies

POLICY: Final = "policy"
CALENDAR, BY_HAND, BLOCKED, ALERTED = "calendar", "by_hand", "blocked", "alert"
LOCK_SPACE: Final = 1_007
PREFIX: Final = "REV"
PREPARED_FIELDS: Final = (
    "risk_class", "assessed_on", "currency", "current_minor", "used_minor", "answer",
    "proposed_minor", "readings", "facts", "proposal", "rate", "policy_version", "prepared_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Started:
    """How many reviews were opened, and how many of them the policy decided by itself."""

    opened: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Decided:
    """How a review ended: the limit that is to be, and the request for it, if it is another."""

    reference: str
    answer: str
    minor: int
    currency: str
    request_reference: str


@command("assessment.start_reviews")
def start_reviews(actor: Actor) -> Started:
    """Open every review that is due, prepared, once each, as many as policy lets a day open."""
    try:
        cycles = policies.in_force(actor.company_id, actor.today).reviews
    except NotFound:
        return Started(0, 0)
    _one_at_a_time(actor)
    until = actor.today + timedelta(days=cycles.ahead_days)
    found = queries.due(actor.company_id, cycles, on=actor.today, until=until)
    return _open(actor, found, cause=CALENDAR)


@command("assessment.review")
def start_review(actor: Actor, customer_id: int, *, reason: str) -> str:
    """Open a customer's review before its time, for a reason; return its reference.

    Conflict while one is open, and for a customer without a limit of its own.
    """
    if not reason.strip():
        raise Invalid(
            "review_needs_a_reason",
            "A review out of turn needs a reason",
            place=Place(field="reason"),
            mend="Say why the customer is reviewed now.",
        )
    if not customers.customers_by_id(actor.company_id, [customer_id]):
        raise NotFound("customer_unknown", "There is no such customer")
    _one_at_a_time(actor)
    if Review.objects.filter(customer_id=customer_id, state="open").exists():
        raise Conflict("review_open", "A review of this customer is open already")
    found = queries.named(actor.company_id, [customer_id], on=actor.today)
    if not found:
        raise Conflict(
            "review_without_limit",
            "Only an active customer with a limit of its own is reviewed",
        )
    _open(actor, found, cause=BY_HAND, note=reason.strip())
    acts_on("customer", [customer_id])
    return Review.objects.get(customer_id=customer_id, state="open").reference


def bring_forward(actor: Actor, customer_ids: Collection[int], *, cause: str) -> int:
    """Let reviews of these customers be due today, opening those that are not; return how many.

    For what happens to customers: those without a limit are left alone. Not a command.
    """
    ids = sorted(set(customer_ids))
    _one_at_a_time(actor)
    moved = sql.execute(
        "UPDATE assessment_review SET due_on = %(on)s, cause = %(cause)s"
        " WHERE company_id = %(company_id)s AND customer_id = ANY(%(ids)s) AND state = 'open'"
        "   AND due_on > %(on)s",
        {"on": actor.today, "cause": cause, "company_id": actor.company_id, "ids": ids},
    )
    try:
        found = queries.named(actor.company_id, ids, on=actor.today)
        opened = _open(actor, found, cause=cause).opened
    except NotFound:  # a company without a policy reviews nobody
        opened = 0
    return moved + opened


def after_blocks(actor: Actor, events: Sequence[CustomerBlocked]) -> None:
    """Review at once those who are blocked."""
    bring_forward(actor, [one.customer_id for one in events], cause=BLOCKED)


def after_alerts(actor: Actor, events: Sequence[AlertsChanged]) -> None:
    """Review at once those of whom something critical is known."""
    critical = {one for event in events for one in event.critical}
    if critical:
        bring_forward(actor, critical, cause=ALERTED)


@command("assessment.review")
def refresh(actor: Actor, reference: str) -> None:
    """Prepare an open review anew from what is known today; Conflict once it is decided."""
    row = _locked(actor, reference)
    found = queries.again(actor.company_id, row.customer_id, since=row.since, on=actor.today)
    if found is None:
        raise Conflict(
            "review_limit_gone", "There is no limit any more: accept or decline what stands here"
        )
    [prepared] = preparing.prepare(actor.company_id, [found], on=actor.today)
    for name, value in _prepared(actor, prepared).items():
        setattr(row, name, value)
    row.save(update_fields=PREPARED_FIELDS)


@command("assessment.review")
def decide(actor: Actor, reference: str, *, new: Deciding, seen: str = "") -> Decided:
    """Accept what is proposed, ask for another limit, or leave the present one, with reasons.

    Another limit is asked for like any other, and waits for somebody else who grants limits.
    Conflict once the review is decided, or when it was prepared anew since it was looked at
    (`seen` is `digest_of` what was shown).
    """
    row = _locked(actor, reference)
    if seen and seen != _digest(row):
        raise Conflict(
            "review_changed", "This review was prepared anew since; look at it again and decide"
        )
    rules.check_deciding(new, current_minor=row.current_minor)
    minor = _chosen(row, new)
    if minor != row.current_minor:
        row.request_reference = credit.ask_limit(
            actor,
            NewLimit(
                customer_id=row.customer_id,
                minor=minor,
                currency=row.currency,
                valid_from=actor.today,
                reason=_why(actor, row, new),
            ),
        )
    _end(row, actor, choice=new.choice, minor=minor, reason=new.reason.strip(), by=actor.name)
    row.save()
    acts_on("customer", [row.customer_id])
    return Decided(
        row.reference,
        "keep" if minor == row.current_minor else "request",
        minor,
        row.currency,
        row.request_reference,
    )


def digest_of(company_id: int, reference: str) -> str:
    """Return a digest of what a review was prepared from, to tell whether it has changed since."""
    row = Review.objects.filter(company_id=company_id, reference=reference).first()
    if row is None:
        raise NotFound("review_unknown", "There is no such review")
    return _digest(row)


def replay(company_id: int, reference: str) -> bool:
    """Whether a review's proposal comes out the same from its facts and its policy version."""
    row = queries.review(company_id, reference)
    kept = queries.prepared(company_id, row.id)
    again = preparing.replayed(company_id, reference)
    return to_json(again) == to_json(kept.proposal)


def _one_at_a_time(actor: Actor) -> None:
    """Let nobody else open reviews of the company before this transaction ends."""
    sql.scalar("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, actor.company_id])


def _locked(actor: Actor, reference: str) -> Review:
    row = (
        Review.objects.select_for_update()
        .filter(company_id=actor.company_id, reference=reference)
        .first()
    )
    if row is None:
        raise NotFound("review_unknown", "There is no such review")
    if row.state != "open":
        raise Conflict(
            "review_decided", f"{reference} was decided by {row.decided_by}", reference=reference
        )
    return row


def _open(actor: Actor, found: Sequence[Due], *, cause: str, note: str = "") -> Started:
    """Write prepared reviews; those the policy decides by itself are decided at once."""
    if not found:
        return Started(0, 0)
    policy = policies.in_force(actor.company_id, actor.today)
    own = controls.company(actor.company_id).currency
    prepared = preparing.prepare(actor.company_id, found, on=actor.today)
    references = take_references(actor, PREFIX, len(prepared))
    rows = []
    for reference, one in zip(references, prepared, strict=True):
        row = Review(
            company_id=actor.company_id,
            reference=reference,
            customer_id=one.of.customer_id,
            cause=cause,
            note=note,
            since=one.of.since,
            due_on=one.of.due_on,
            opened_on=actor.today,
            opened_by=actor.name,
            **_prepared(actor, one),
        )
        if cause == CALENDAR and preparing.stays_by_policy(
            one.proposal, one.facts, one.rate, policy, own
        ):
            _end(row, actor, choice="accept", minor=row.current_minor, reason="", by=POLICY)
            row.is_automatic = True
        rows.append(row)
    Review.objects.bulk_create(rows, batch_size=500)
    return Started(len(rows), sum(row.is_automatic for row in rows))


def _prepared(actor: Actor, one: Prepared) -> dict[str, object]:
    return {
        "risk_class": one.of.risk_class,
        "assessed_on": one.of.assessed_on,
        "currency": one.of.currency,
        "current_minor": one.of.current_minor,
        "used_minor": one.used_minor,
        "answer": one.proposal.answer,
        "proposed_minor": one.proposal.minor,
        "readings": preparing.as_json(one.readings),
        "facts": preparing.as_json(one.facts),
        "proposal": preparing.as_json(one.proposal),
        "rate": one.rate,
        "policy_version": one.policy_version,
        "prepared_at": actor.at,
    }


def _end(row: Review, actor: Actor, *, choice: str, minor: int, reason: str, by: str) -> None:
    row.state, row.choice, row.decided_minor, row.reason = "decided", choice, minor, reason
    row.decided_on, row.decided_at, row.decided_by = actor.today, actor.at, by


def _chosen(row: Review, new: Deciding) -> int:
    """Return which limit is to be."""
    if new.choice == "accept":
        return row.proposed_minor
    return row.current_minor if new.minor is None or new.choice == "decline" else new.minor


def _why(actor: Actor, row: Review, new: Deciding) -> str:
    with translation.override(controls.company(actor.company_id).language):
        said = gettext("Review %(reference)s") % {"reference": row.reference}
    return f"{said}: {new.reason.strip()}" if new.reason.strip() else said


def _digest(row: Review) -> str:
    return digest([row.facts, row.proposal, to_json(row.prepared_at)])
