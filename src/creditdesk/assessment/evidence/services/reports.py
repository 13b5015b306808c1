"""Writers of reports: asked of a register, or kept as a bureau sent them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from creditdesk.assessment.evidence.connectors import Answer, Connector, connector
from creditdesk.assessment.evidence.connectors.transport import SourceFault
from creditdesk.assessment.evidence.models import EvidenceReport
from creditdesk.assessment.evidence.queries import reports
from creditdesk.assessment.evidence.queries.reports import ReportRow
from creditdesk.assessment.evidence.rules.readings import Facts, as_data
from creditdesk.assessment.evidence.services import differences
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import acts_on, command, require
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Refused
from creditdesk.monitoring.alerts import services as alerts
from creditdesk.policy import queries as policy

COMMAND = "assessment.ask_report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a report is about, and what we believe of them: an applicant, a customer, or both."""

    customer_id: int | None = None
    application_id: int | None = None
    name: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """What asking would do: the number as it is asked for, its cost, and what counts already.

    `expires_on` is until when the new report would count.
    """

    source: str
    identifier: str
    cost_minor: int
    currency: str
    expires_on: date
    standing: ReportRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """A report as it is to be kept; without `expires_on` it counts as long as policy says."""

    subject: Subject
    facts: Facts
    identifier: str
    answer: str
    request: dict[str, str]
    cost_minor: int = 0
    reported_on: date | None = None
    expires_on: date | None = None


def quote(actor: Actor, source: str, subject: Subject, identifier: str) -> Quote:
    """Return what asking would cost and what counts already; nothing is asked and nothing kept."""
    require(actor, COMMAND)
    company = controls.company(actor.company_id)
    asked = connector(source, company.code)
    number = asked.normal(identifier, subject.country)
    standing = _standing(actor, source, subject, number)
    return Quote(
        source, number, asked.cost_minor, company.currency, _expiry(actor, actor.today), standing
    )


def ask(
    actor: Actor, source: str, subject: Subject, identifier: str, *, again: bool = False
) -> ReportRow:
    """Ask a register about somebody and keep what it said; a report that counts is used again.

    The register is asked outside any transaction. Refused or Conflict where it gave no sound
    answer: nothing is kept then. With `again` it is asked although a report counts still.
    """
    require(actor, COMMAND)
    asked = connector(source, controls.company(actor.company_id).code)
    number = asked.normal(identifier, subject.country)
    standing = _standing(actor, source, subject, number)
    if standing is not None and not again:
        return standing
    answer, facts = _answered(asked, number)
    new = NewReport(
        subject=subject,
        facts=replace(facts, asked_name=subject.name, asked_country=subject.country),
        identifier=number,
        answer=answer.text,
        request=dict(answer.request),
        cost_minor=asked.cost_minor,
    )
    [report_id] = keep_reports(actor, [new])
    return reports.report(actor.company_id, report_id, on=actor.today)


@command(COMMAND)
def keep_reports(actor: Actor, new: Sequence[NewReport]) -> list[int]:
    """Keep reports as they came, each with its cost and until when it counts; return their ids."""
    acts_on("customer", {one.subject.customer_id for one in new} - {None})
    return put(actor, new)


def put(actor: Actor, new: Sequence[NewReport]) -> list[int]:
    """Write reports; not a command of its own."""
    currency = controls.company(actor.company_id).currency
    days = policy.in_force(actor.company_id, actor.today).evidence.report_days
    differing = differences.found(
        actor.company_id,
        [
            (one.subject.customer_id, one.facts, one.reported_on or actor.today)
            for one in new
            if one.subject.customer_id is not None
        ],
    )
    made = EvidenceReport.objects.bulk_create(
        EvidenceReport(
            company_id=actor.company_id,
            customer_id=one.subject.customer_id,
            application_id=one.subject.application_id,
            source=one.facts.source,
            outcome=one.facts.outcome,
            identifier={"value": one.identifier},
            facts=as_data(one.facts),
            request=one.request,
            answer={"text": one.answer},
            answer_sha256=hashlib.sha256(one.answer.encode()).hexdigest(),
            cost_minor=one.cost_minor,
            currency=currency,
            reported_on=one.reported_on or actor.today,
            expires_on=one.expires_on or (one.reported_on or actor.today) + timedelta(days=days),
            recorded_at=actor.at,
            recorded_by=actor.name,
        )
        for one in new
    )
    alerts.note_changes(actor, differing)
    return [one.id for one in made]


def _answered(asked: Connector, number: str) -> tuple[Answer, Facts]:
    try:
        answer = asked.ask(number)
        return answer, asked.read(answer.text)
    except SourceFault as fault:
        raise _told(asked.source, fault.code) from fault


def _told(source: str, code: str) -> Refused | Conflict:
    if code == "source_key":
        return source_key_refused(source)
    if code in ("source_refused", "source_malformed", "source_too_long"):
        return source_answer_unsound(source, code)
    return source_unavailable(source, code)


def _standing(actor: Actor, source: str, subject: Subject, number: str) -> ReportRow | None:
    found = reports.every_report(
        actor.company_id,
        application_id=subject.application_id,
        customer_id=subject.customer_id,
        on=actor.today,
    )
    return next(
        (
            one
            for one in found
            if one.source == source and one.identifier == number and not one.is_expired
        ),
        None,
    )


def _expiry(actor: Actor, on: date) -> date:
    days = policy.in_force(actor.company_id, actor.today).evidence.report_days
    return on + timedelta(days=days)


def source_unavailable(source: str, why: str) -> Conflict:
    """Return the conflict of a register that does not answer just now."""
    return Conflict(
        "source_unavailable",
        "The register does not answer just now; try again later",
        source=source,
        why=why,
    )


def source_answer_unsound(source: str, why: str) -> Refused:
    """Return the refusal of an answer that cannot be read: better none than a wrong one."""
    return Refused(
        "source_answer_unsound",
        "The register answered something that cannot be read; nothing was kept",
        source=source,
        why=why,
    )


def source_key_refused(source: str) -> Refused:
    """Return the refusal of a register that does not accept our key."""
    return Refused(
        "source_key_refused",
        "The register does not accept our key",
        source=source,
        mend="Ask whoever runs this installation to renew it",
    )
