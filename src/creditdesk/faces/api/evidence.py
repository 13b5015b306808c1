"""Evidence over HTTP: reports of bureaus, hits on sanctions lists, investigations."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Literal

from django.http import HttpRequest
from ninja import Router

from creditdesk.assessment.evidence import services
from creditdesk.assessment.evidence.queries import HitRow, inquiries, reports, screening
from creditdesk.assessment.evidence.queries.inquiries import InquiryRow
from creditdesk.assessment.evidence.queries.reports import ReportRow
from creditdesk.assessment.evidence.rules.readings import Facts
from creditdesk.assessment.evidence.services import NewReport, Subject
from creditdesk.controls import queries as controls
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.api.evidence_schemas import (
    HitAnswer,
    HitReviewGiven,
    HitsAnswer,
    InvestigationAnswer,
    InvestigationGiven,
    InvestigationsAnswer,
    InvestigationStepAnswer,
    InvestigationStepGiven,
    ReportAnswer,
    ReportGiven,
    ReportsAnswer,
)
from creditdesk.faces.api.examples import example
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.paging import SIZE, PageNumber, PageSize, cut
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Money, minor_of, money, text
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place

router = Router(tags=["evidence"])
ID_MAX = 2**63 - 1
Verdict = Literal["open", "cleared", "confirmed"]


@router.get(
    "/customers/{path:number}/reports",
    response={200: ReportsAnswer, **RESPONSES},
    operation_id="get_reports",
    summary="What do bureaus and registers say of a customer?",
)
def of_customer(
    request: HttpRequest, number: str, page: PageNumber = 1, size: PageSize = SIZE
) -> ReportsAnswer:
    """Return the reports kept about a customer, the last first, with cost and expiry."""
    actor = reader(request)
    of = customers.customer(actor.company_id, number)
    rows = reports.every_report(
        actor.company_id, application_id=None, customer_id=of.id, on=actor.today
    )
    return ReportsAnswer(
        customer_number=of.number,
        reports=[_report(row) for row in cut(rows, page, size)],
        total=len(rows),
        page=page,
    )


def _report(row: ReportRow) -> ReportAnswer:
    facts = row.facts
    return ReportAnswer(
        id=row.id, source=row.source, outcome=facts.outcome, identifier=row.identifier,
        name=facts.name, status=facts.status, is_active=facts.is_active,
        is_insolvent=facts.is_insolvent, country=facts.country,
        score=None if facts.score is None else f"{facts.score:f}", grade=facts.grade,
        limit=money(facts.limit_minor, facts.currency) if facts.currency else None,
        cost=Money(amount=text(row.cost_minor, row.currency), currency=row.currency),
        reported_on=row.reported_on, expires_on=row.expires_on, is_expired=row.is_expired,
        recorded_at=row.recorded_at, recorded_by=row.recorded_by,
    )  # fmt: skip


@router.post(
    "/customers/{path:number}/reports",
    response={200: ReportAnswer, **RESPONSES},
    operation_id="record_report",
    summary="Record a bureau's report about a customer",
    openapi_extra=example("record_report"),
)
def record(request: HttpRequest, number: str, given: ReportGiven) -> ReportAnswer:
    """Keep a report as it came; without `expires_on` it counts as long as the policy says."""
    actor = writer(request)
    of = customers.customer(actor.company_id, number)
    _check_days(given, actor.today)
    own = controls.company(actor.company_id).currency
    new = NewReport(
        subject=Subject(customer_id=of.id, name=of.name, country=of.country),
        facts=_facts(given, of, own),
        identifier=given.identifier,
        answer=json.dumps(given.model_dump(exclude_none=True), default=str, ensure_ascii=False),
        request={"door": "api"},
        cost_minor=minor_of(given.cost, own, field="cost"),
        reported_on=given.reported_on,
        expires_on=given.expires_on,
    )
    [report_id] = services.keep_reports(actor, [new])
    return _report(reports.report(actor.company_id, report_id, on=actor.today))


def _facts(given: ReportGiven, of: CustomerRow, own: str) -> Facts:
    currency = given.currency or own
    return Facts(
        source=given.bureau, name=given.name, status=given.status, is_active=given.is_active,
        is_insolvent=given.is_insolvent, country=given.country,
        score=None if given.score is None else Decimal(given.score), grade=given.grade,
        limit_minor=None if given.limit is None else minor_of(
            given.limit, currency, field="limit"),
        currency=currency, asked_name=of.name, asked_country=of.country,
    )  # fmt: skip


def _check_days(given: ReportGiven, today: date) -> None:
    """Refuse a report of a day to come, and one that expired before it was made."""
    if given.reported_on is not None and given.reported_on > today:
        raise Invalid(
            "report_in_the_future",
            f"{given.reported_on} is still to come",
            place=Place(field="reported_on"),
            mend="Give the day of the report.",
        )
    if given.expires_on is not None and given.expires_on < (given.reported_on or today):
        raise Invalid(
            "report_expires_before_it_is_made",
            f"It would expire on {given.expires_on}, before it was made",
            place=Place(field="expires_on"),
            mend="Give a day at or after that of the report.",
        )


@router.get(
    "/customers/{path:number}/screening",
    response={200: HitsAnswer, **RESPONSES},
    operation_id="get_customer_hits",
    summary="Which listed names is a customer near?",
)
def hits_of(
    request: HttpRequest, number: str, page: PageNumber = 1, size: PageSize = SIZE
) -> HitsAnswer:
    """Return the hits of a customer with their verdicts, the last first."""
    actor = reader(request)
    of = customers.customer(actor.company_id, number)
    rows = screening.hits(actor.company_id, application_id=None, customer_id=of.id)
    return HitsAnswer(hits=[_hit(row, of.number) for row in cut(rows, page, size)], page=page)


@router.get(
    "/screening/hits",
    response={200: HitsAnswer, **RESPONSES},
    operation_id="list_hits",
    summary="Which hits on sanctions lists wait to be looked at?",
)
def hits(
    request: HttpRequest, verdict: Verdict = "open", page: PageNumber = 1, size: PageSize = SIZE
) -> HitsAnswer:
    """Return hits of a verdict, the nearest first; two people clear one on the desk."""
    actor = reader(request)
    rows = screening.queue(actor.company_id, verdict=verdict, page=page, size=size)[:size]
    ids = {row.customer_id for row in rows if row.customer_id is not None}
    known = customers.customers_by_id(actor.company_id, ids)
    numbers = {one: row.number for one, row in known.items()}
    return HitsAnswer(
        hits=[_hit(row, numbers.get(row.customer_id or 0, "")) for row in rows], page=page
    )


def _hit(row: HitRow, number: str) -> HitAnswer:
    return HitAnswer(
        id=row.id, customer_number=number, source=row.source, reference=row.reference,
        score=f"{row.score:f}", own_name=row.own_name, listed_name=row.listed_name,
        verdict=row.verdict, reason=row.reason, reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at, is_open=row.is_open, is_listed=row.is_listed,
        recorded_at=row.recorded_at, review_id=row.review_id,
    )  # fmt: skip


@router.post(
    "/screening/hits/{int:hit_id}/review",
    response={200: HitAnswer, **RESPONSES},
    operation_id="review_hit",
    summary="Say what a hit on a sanctions list is",
)
def review(request: HttpRequest, hit_id: int, given: HitReviewGiven) -> HitAnswer:
    """Confirm a hit, which blocks the customer's credit; that it is no match two people say.

    Proposing to clear a hit, clearing it and sending it back are refused to a key: each takes a
    person who is signed in to the desk.
    """
    actor = writer(request)
    row = services.review_hit(
        actor, min(hit_id, ID_MAX), verdict=given.verdict, reason=given.reason,
        after=given.review_id,
    )  # fmt: skip
    ids = [] if row.customer_id is None else [row.customer_id]
    known = customers.customers_by_id(actor.company_id, ids)
    return _hit(row, next((one.number for one in known.values()), ""))


@router.get(
    "/customers/{path:number}/investigations",
    response={200: InvestigationsAnswer, **RESPONSES},
    operation_id="get_investigations",
    summary="What was investigated about a customer?",
)
def inquiries_of(
    request: HttpRequest, number: str, page: PageNumber = 1, size: PageSize = SIZE
) -> InvestigationsAnswer:
    """Return the investigations about a customer with their steps, the last first."""
    actor = reader(request)
    of = customers.customer(actor.company_id, number)
    rows = inquiries.inquiries_of(actor.company_id, application_id=None, customer_id=of.id)
    return InvestigationsAnswer(
        customer_number=of.number,
        investigations=[_inquiry(actor, row) for row in cut(rows, page, size)],
        total=len(rows),
        page=page,
    )


@router.get(
    "/investigations/{reference}",
    response={200: InvestigationAnswer, **RESPONSES},
    operation_id="get_investigation",
    summary="What did an investigation find?",
)
def inquiry(request: HttpRequest, reference: str) -> InvestigationAnswer:
    """Return one investigation: its question, its steps, its finding."""
    actor = reader(request)
    return _inquiry(actor, inquiries.inquiry(actor.company_id, reference))


def _inquiry(actor: Actor, row: InquiryRow) -> InvestigationAnswer:
    return InvestigationAnswer(
        reference=row.reference, question=row.question, outcome=row.outcome,
        opened_at=row.recorded_at, opened_by=row.recorded_by,
        steps=[
            InvestigationStepAnswer(
                kind=one.kind, outcome=one.outcome, text=one.text, source=one.source,
                recorded_at=one.recorded_at, recorded_by=one.recorded_by,
            )
            for one in inquiries.steps(actor.company_id, row.id)
        ],
    )  # fmt: skip


@router.post(
    "/customers/{path:number}/investigations",
    response={200: InvestigationAnswer, **RESPONSES},
    operation_id="open_investigation",
    summary="Open an investigation about a customer",
    openapi_extra=example("open_investigation"),
)
def open_inquiry(
    request: HttpRequest, number: str, given: InvestigationGiven
) -> InvestigationAnswer:
    """Open an investigation of a question."""
    actor = writer(request)
    of = customers.customer(actor.company_id, number)
    row = services.open_inquiry(actor, Subject(customer_id=of.id), question=given.question)
    return _inquiry(actor, row)


@router.post(
    "/investigations/{reference}/steps",
    response={200: InvestigationAnswer, **RESPONSES},
    operation_id="add_investigation_step",
    summary="Add a step to an investigation",
    openapi_extra=example("add_investigation_step"),
)
def add_step(
    request: HttpRequest, reference: str, given: InvestigationStepGiven
) -> InvestigationAnswer:
    """Add what was done and where it is from; its finding is a person's on the desk."""
    actor = writer(request)
    row = services.add_step(actor, reference, kind=given.kind, text=given.text, source=given.source)
    return _inquiry(actor, row)
