"""Credit insurance and guarantees over HTTP: what backs a customer, and what does not."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, cast

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from creditdesk.credit import queries as credit
from creditdesk.credit import services
from creditdesk.credit.queries import CoverRow, GuaranteeRow
from creditdesk.credit.rules import ItemCover
from creditdesk.credit.services import NewCover, NewGuarantee, NewPolicy
from creditdesk.customers import queries as customers
from creditdesk.faces.api.examples import example
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import (
    Amount,
    Day,
    Given,
    KnownCurrency,
    Money,
    Named,
    Percent,
    Reason,
    Text,
    minor_of,
    text,
)
from creditdesk.insight import queries as insight
from creditdesk.kernel.actor import Actor

router = Router(tags=["insurance"])
CoverKind = Literal["named", "discretionary"]
GuaranteeKind = Literal["bank", "parent", "other"]
Days = Annotated[int, Field(ge=0, le=3650)]


class InsuranceAnswer(Schema):
    """A policy of an insurer as its schedule states it, and whether it is in force today."""

    insurer: str
    number: str
    currency: str
    valid_from: date
    valid_to: date
    maximum_liability: str
    retention_percent: str
    deductible: str
    extension_days: int
    report_days: int
    in_force: bool


class InsurancesAnswer(Schema):
    """The policies of the company's insurers, the newest first."""

    policies: list[InsuranceAnswer]


class InsuranceGiven(Given):
    """A policy of an insurer; what is overdue is reported within `report_days` of its due date."""

    insurer: Named
    number: Named
    currency: KnownCurrency
    valid_from: Day
    valid_to: Day
    maximum_liability: Amount
    retention_percent: Percent
    deductible: Amount = "0"
    extension_days: Days = 60
    report_days: Days = 60


class CoverAnswer(Schema):
    """An insurer's decision about a customer from a day on; zero withdraws the cover."""

    policy_number: str
    insurer: str
    kind: CoverKind
    covered: Money
    valid_from: date
    valid_to: date | None
    note: str
    recorded_at: datetime
    recorded_by: str


class CoveredItemAnswer(Schema):
    """What of an open item is covered, why not the rest, and until when it is to be reported.

    `because` is empty, `no_cover`, `beyond_cover`, `not_reported`, `delivered_while_overdue` or
    `no_rate`; `report` is empty, `soon`, `now`, `missed` or `reported`.
    """

    invoice: str
    instalment: int
    covered: Money
    uncovered: Money
    because: str
    report_by: date | None
    report: str


class CoversAnswer(Schema):
    """Every decision of insurers about a customer, and what of what is open they cover."""

    customer_number: str
    decisions: list[CoverAnswer]
    items: list[CoveredItemAnswer]


class CoverGiven(Given):
    """An insurer's decision about a customer; an amount of zero withdraws it from that day on."""

    policy_number: Named
    amount: Amount
    currency: KnownCurrency
    valid_from: Day
    valid_to: Day | None = None
    kind: CoverKind = "named"
    note: Text = ""


class GuaranteeAnswer(Schema):
    """Somebody who answers for a customer, and whether they do today."""

    reference: str
    kind: GuaranteeKind
    guarantor: str
    amount: Money
    valid_from: date
    valid_to: date | None
    note: str
    has_paper: bool
    in_force: bool
    ended_from: date | None
    ended_by: str
    recorded_at: datetime
    recorded_by: str


class GuaranteesAnswer(Schema):
    """Whoever answers or answered for a customer, the newest first."""

    customer_number: str
    guarantees: list[GuaranteeAnswer]


class GuaranteeGiven(Given):
    """Somebody who answers for a customer up to an amount."""

    kind: GuaranteeKind
    guarantor: Named
    amount: Amount
    currency: KnownCurrency
    valid_from: Day
    valid_to: Day | None = None
    note: Text = ""


class EndOfGuaranteeGiven(Given):
    """From which day a guarantor answers no more, today without one, and why."""

    reason: Reason
    on: Day | None = None


@router.get(
    "/insurance",
    response={200: InsurancesAnswer, **RESPONSES},
    operation_id="list_insurance",
    summary="Which credit insurance is there?",
)
def insurance(request: HttpRequest) -> InsurancesAnswer:
    """Return the policies of the company's insurers."""
    actor = reader(request)
    return _insurance(actor)


def _insurance(actor: Actor) -> InsurancesAnswer:
    return InsurancesAnswer(
        policies=[
            InsuranceAnswer(
                insurer=one.insurer, number=one.number, currency=one.currency,
                valid_from=one.valid_from, valid_to=one.valid_to,
                maximum_liability=text(one.maximum_liability_minor, one.currency),
                retention_percent=f"{one.retention_percent:f}",
                deductible=text(one.deductible_minor, one.currency),
                extension_days=one.extension_days, report_days=one.report_days,
                in_force=one.counts_on(actor.today),
            )
            for one in credit.policies(actor.company_id).values()
        ]
    )  # fmt: skip


@router.post(
    "/insurance",
    response={200: InsurancesAnswer, **RESPONSES},
    operation_id="record_insurance",
    summary="Record a policy of an insurer",
    openapi_extra=example("record_insurance"),
)
def record_insurance(request: HttpRequest, given: InsuranceGiven) -> InsurancesAnswer:
    """Record a policy as its schedule states it; its number is taken once."""
    actor = writer(request)
    services.add_policy(
        actor,
        NewPolicy(
            insurer=given.insurer, number=given.number, currency=given.currency,
            valid_from=given.valid_from, valid_to=given.valid_to,
            maximum_liability_minor=minor_of(
                given.maximum_liability, given.currency, field="maximum_liability"),
            retention_percent=Decimal(given.retention_percent),
            deductible_minor=minor_of(given.deductible, given.currency, field="deductible"),
            extension_days=given.extension_days, report_days=given.report_days,
        ),
    )  # fmt: skip
    return _insurance(actor)


@router.get(
    "/customers/{path:number}/covers",
    response={200: CoversAnswer, **RESPONSES},
    operation_id="get_covers",
    summary="What do insurers cover of what a customer owes?",
)
def covers(request: HttpRequest, number: str) -> CoversAnswer:
    """Return the decisions about a customer, and item by item what they cover today."""
    return _covers(reader(request), number)


def _covers(actor: Actor, number: str) -> CoversAnswer:
    of = customers.customer(actor.company_id, number)
    found = insight.insured(actor.company_id, actor.today, [of.id]).get(of.id)
    return CoversAnswer(
        customer_number=of.number,
        decisions=[_cover(row) for row in credit.cover_rows(actor.company_id, [of.id])],
        items=[_item(one) for one in (found.items if found else ())],
    )


def _cover(row: CoverRow) -> CoverAnswer:
    return CoverAnswer(
        policy_number=row.policy_number, insurer=row.insurer, kind=cast("Any", row.kind),
        covered=_money(row.minor, row.currency), valid_from=row.valid_from,
        valid_to=row.valid_to, note=row.note, recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )  # fmt: skip


def _item(one: ItemCover) -> CoveredItemAnswer:
    return CoveredItemAnswer(
        invoice=one.item.number, instalment=one.item.instalment,
        covered=_money(one.covered_minor, one.item.currency),
        uncovered=_money(one.uncovered_minor, one.item.currency),
        because=one.because, report_by=one.report_by, report=one.report,
    )  # fmt: skip


@router.post(
    "/customers/{path:number}/covers",
    response={200: CoversAnswer, **RESPONSES},
    operation_id="record_cover",
    summary="Record an insurer's decision about a customer",
    openapi_extra=example("record_cover"),
)
def record_cover(request: HttpRequest, number: str, given: CoverGiven) -> CoversAnswer:
    """Record a decision from its day on; what was delivered before it keeps its cover."""
    actor = writer(request)
    new = NewCover(
        policy_number=given.policy_number,
        customer_id=customers.customer(actor.company_id, number).id,
        minor=minor_of(given.amount, given.currency, field="amount"),
        currency=given.currency,
        valid_from=given.valid_from,
        valid_to=given.valid_to,
        kind=given.kind,
        note=given.note,
    )
    services.record_covers(actor, [new])
    return _covers(actor, number)


@router.get(
    "/customers/{path:number}/guarantees",
    response={200: GuaranteesAnswer, **RESPONSES},
    operation_id="get_guarantees",
    summary="Who answers for a customer?",
)
def guarantees(request: HttpRequest, number: str) -> GuaranteesAnswer:
    """Return whoever answers or answered for a customer."""
    actor = reader(request)
    of = customers.customer(actor.company_id, number)
    rows = credit.guarantees(actor.company_id, [of.id])
    return GuaranteesAnswer(
        customer_number=of.number, guarantees=[_guarantee(actor, row) for row in rows]
    )


def _guarantee(actor: Actor, row: GuaranteeRow) -> GuaranteeAnswer:
    return GuaranteeAnswer(
        reference=row.reference, kind=cast("Any", row.kind), guarantor=row.guarantor,
        amount=_money(row.minor, row.currency), valid_from=row.valid_from, valid_to=row.valid_to,
        note=row.note, has_paper=row.document_id is not None,
        in_force=row.counts_on(actor.today), ended_from=row.ended_from, ended_by=row.ended_by,
        recorded_at=row.recorded_at, recorded_by=row.recorded_by,
    )  # fmt: skip


@router.post(
    "/customers/{path:number}/guarantees",
    response={200: GuaranteeAnswer, **RESPONSES},
    operation_id="record_guarantee",
    summary="Record who answers for a customer",
    openapi_extra=example("record_guarantee"),
)
def record_guarantee(request: HttpRequest, number: str, given: GuaranteeGiven) -> GuaranteeAnswer:
    """Record a guarantee; its paper is added on the desk."""
    actor = writer(request)
    new = NewGuarantee(
        customer_id=customers.customer(actor.company_id, number).id,
        kind=given.kind,
        guarantor=given.guarantor,
        minor=minor_of(given.amount, given.currency, field="amount"),
        currency=given.currency,
        valid_from=given.valid_from,
        valid_to=given.valid_to,
        note=given.note,
    )
    reference = services.add_guarantee(actor, new)
    return _guarantee(actor, credit.guarantee(actor.company_id, reference))


@router.post(
    "/guarantees/{reference}/end",
    response={200: GuaranteeAnswer, **RESPONSES},
    operation_id="end_guarantee",
    summary="Let a guarantor answer no more",
    openapi_extra=example("end_guarantee"),
)
def end_guarantee(
    request: HttpRequest, reference: str, given: EndOfGuaranteeGiven
) -> GuaranteeAnswer:
    """End a guarantee from a day on, with a reason."""
    actor = writer(request)
    services.end_guarantee(actor, reference, on=given.on or actor.today, reason=given.reason)
    return _guarantee(actor, credit.guarantee(actor.company_id, reference))


def _money(minor: int, currency: str) -> Money:
    return Money(amount=text(minor, currency), currency=currency)
