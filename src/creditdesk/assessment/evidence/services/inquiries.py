"""Writers of investigations: a question, the steps that were taken, and what was found."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from creditdesk.assessment.evidence.models import Investigation, InvestigationStep
from creditdesk.assessment.evidence.queries import inquiries
from creditdesk.assessment.evidence.queries.inquiries import InquiryRow
from creditdesk.assessment.evidence.rules.inquiries import (
    FINDING,
    OUTCOMES,
    SOURCE_LENGTH,
    STEPS,
    TEXT_LENGTH,
)
from creditdesk.assessment.evidence.services.reports import Subject
from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.plumbing.services import take_references

COMMAND = "assessment.investigate"


@command(COMMAND)
def open_inquiry(actor: Actor, subject: Subject, *, question: str) -> InquiryRow:
    """Open an investigation of a question about an applicant or a customer."""
    asked = _text(question, "question")
    if subject.customer_id is not None:
        known = customers.customers_by_id(actor.company_id, {subject.customer_id})
        if subject.customer_id not in known:
            raise NotFound("customer_unknown", "There is no such customer")
        acts_on("customer", {subject.customer_id})
    [reference] = take_references(actor, "INQ", 1)
    Investigation.objects.create(
        company_id=actor.company_id, customer_id=subject.customer_id,
        application_id=subject.application_id, reference=reference, body={"question": asked},
        recorded_at=actor.at, recorded_by=actor.name,
    )  # fmt: skip
    return inquiries.inquiry(actor.company_id, reference)


@command(COMMAND)
def add_step(actor: Actor, reference: str, *, kind: str, text: str, source: str = "") -> InquiryRow:
    """Add what was done, and where it is from; Conflict once there is a finding."""
    if kind not in STEPS:
        raise step_unknown()
    found = _open(actor, reference)
    _write(actor, found, kind=kind, outcome="", text=_text(text, "text"), source=source)
    return inquiries.inquiry(actor.company_id, reference)


@command(COMMAND)
def conclude(actor: Actor, reference: str, *, outcome: str, text: str) -> InquiryRow:
    """End an investigation with what was found; Conflict the second time."""
    if outcome not in OUTCOMES:
        raise outcome_unknown()
    found = _open(actor, reference)
    try:
        with transaction.atomic():
            _write(actor, found, kind=FINDING, outcome=outcome, text=_text(text, "text"), source="")
    except IntegrityError as error:
        raise inquiry_concluded() from error
    return inquiries.inquiry(actor.company_id, reference)


def _open(actor: Actor, reference: str) -> InquiryRow:
    Investigation.objects.select_for_update().filter(
        company_id=actor.company_id, reference=reference
    ).first()
    found = inquiries.inquiry(actor.company_id, reference)
    if found.outcome:
        raise inquiry_concluded()
    return found


def _write(
    actor: Actor, of: InquiryRow, *, kind: str, outcome: str, text: str, source: str
) -> None:
    InvestigationStep.objects.create(
        company_id=actor.company_id, investigation_id=of.id, kind=kind, outcome=outcome,
        body={"text": text, "source": source.strip()[:SOURCE_LENGTH]}, recorded_at=actor.at,
        recorded_by=actor.name,
    )  # fmt: skip


def _text(given: str, field: str) -> str:
    if not given.strip():
        raise inquiry_text_missing(field)
    return given.strip()[:TEXT_LENGTH]


def inquiry_text_missing(field: str) -> Invalid:
    """Return the error of a question, step or finding without a word."""
    return Invalid(
        "inquiry_text_missing",
        "Say it in words",
        place=Place(field=field),
        mend="Write what is asked, what was done or what was found",
    )


def step_unknown() -> Invalid:
    """Return the error of a step of no known kind."""
    return Invalid(
        "step_unknown", "There is no such step", place=Place(field="kind"),
        mend="Choose one of those offered",
    )  # fmt: skip


def outcome_unknown() -> Invalid:
    """Return the error of a finding of no known kind."""
    return Invalid(
        "outcome_unknown", "There is no such outcome", place=Place(field="outcome"),
        mend="Choose one of those offered",
    )  # fmt: skip


def inquiry_concluded() -> Conflict:
    """Return the conflict of a further step after the finding."""
    return Conflict(
        "inquiry_concluded", "The investigation is concluded; open another for what is new"
    )
