"""Recurring invoices: set up, looked at, paused, resumed, ended, and run."""

from __future__ import annotations

from datetime import date
from typing import Literal, cast

from django.http import HttpRequest
from ninja import Router, Schema

from creditdesk.faces.api.issuing import drafts, placed
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Day, Given, IssuedAnswer, Named, UndatedGiven
from creditdesk.invoices.recurring import queries, services
from creditdesk.invoices.recurring.queries import PlanRow
from creditdesk.invoices.recurring.rules import Rhythm
from creditdesk.kernel.errors import Invalid

router = Router(tags=["invoices"])
_OF_PLAN = frozenset(
    {"title", "every", "starts_on", "day_of_month", "ends_on", "count", "in_arrears"}
)


class PlanGiven(Given):
    """An invoice issued again and again; texts may hold {period}, {from}, {to}, {month}, {year}."""

    title: Named
    invoice: UndatedGiven
    interval: Literal["month", "week", "day"] = "month"
    every: int = 1
    starts_on: Day
    day_of_month: int | None = None
    ends_on: Day | None = None
    count: int | None = None
    in_arrears: bool = False


class TurnAnswer(Schema):
    """A document to come: the day it is due and the days it is for."""

    turn: int
    due_on: date
    from_on: date
    through_on: date


class PlanAnswer(Schema):
    """A recurring invoice, why it stopped if it did, and its next three turns."""

    reference: str
    title: str
    customer_number: str
    status: Literal["active", "paused", "stopped", "ended"]
    stopped_code: str
    stopped_why: str
    next: list[TurnAnswer]


class PlansAnswer(Schema):
    """The recurring invoices of the company, those that stopped first."""

    plans: list[PlanAnswer]


class ResumeGiven(Given):
    """Whether what was missed is left out."""

    skip_missed: bool = False


@router.post(
    "/invoices/recurring",
    response={200: PlanAnswer, **RESPONSES},
    operation_id="set_up_recurring",
    summary="Issue an invoice again and again",
)
def set_up(request: HttpRequest, given: PlanGiven) -> PlanAnswer:
    """Set up a plan; its first document is worked out now, so that what is wrong is said now."""
    actor = writer(request)
    rhythm = Rhythm(
        unit=given.interval, every=given.every, starts_on=given.starts_on,
        day_of_month=given.day_of_month, ends_on=given.ends_on, count=given.count,
        in_arrears=given.in_arrears,
    )  # fmt: skip
    try:
        [draft] = drafts(actor, [given.invoice])
        reference = services.set_up(actor, title=given.title, draft=draft, rhythm=rhythm)
    except Invalid as error:
        if error.place.field in _OF_PLAN:
            raise
        raise placed(error, "invoice") from error
    return _answer(queries.plan(actor.company_id, reference))


@router.get(
    "/invoices/recurring",
    response={200: PlansAnswer, **RESPONSES},
    operation_id="list_recurring",
    summary="List recurring invoices",
)
def listing(request: HttpRequest) -> PlansAnswer:
    """Return the plans with what comes next."""
    return PlansAnswer(plans=[_answer(one) for one in queries.plans(reader(request).company_id)])


@router.post(
    "/invoices/recurring/run",
    response={200: IssuedAnswer, **RESPONSES},
    operation_id="run_recurring",
    summary="Issue the recurring invoices that are due",
)
def run(request: HttpRequest) -> IssuedAnswer:
    """Issue what is due now, as the day run does, and return the numbers."""
    return IssuedAnswer(numbers=services.run_due(writer(request)).issued)


@router.post(
    "/invoices/recurring/{path:reference}/pause",
    response={200: PlanAnswer, **RESPONSES},
    operation_id="pause_recurring",
    summary="Pause a recurring invoice",
)
def pause(request: HttpRequest, reference: str) -> PlanAnswer:
    """Issue nothing of it until it is resumed."""
    actor = writer(request)
    services.pause(actor, reference)
    return _answer(queries.plan(actor.company_id, reference))


@router.post(
    "/invoices/recurring/{path:reference}/resume",
    response={200: PlanAnswer, **RESPONSES},
    operation_id="resume_recurring",
    summary="Go on with a recurring invoice",
)
def resume(request: HttpRequest, reference: str, given: ResumeGiven) -> PlanAnswer:
    """Go on, making up for what was missed unless it is to be left out."""
    actor = writer(request)
    services.resume(actor, reference, skip_missed=given.skip_missed)
    return _answer(queries.plan(actor.company_id, reference))


@router.post(
    "/invoices/recurring/{path:reference}/end",
    response={200: PlanAnswer, **RESPONSES},
    operation_id="end_recurring",
    summary="End a recurring invoice",
)
def end(request: HttpRequest, reference: str) -> PlanAnswer:
    """End it for good; what was issued stands."""
    actor = writer(request)
    services.finish(actor, reference)
    return _answer(queries.plan(actor.company_id, reference))


# Last, since its address begins like those of the acts above.
@router.get(
    "/invoices/recurring/{path:reference}",
    response={200: PlanAnswer, **RESPONSES},
    operation_id="get_recurring",
    summary="How does a recurring invoice stand?",
)
def standing(request: HttpRequest, reference: str) -> PlanAnswer:
    """Return the plan with its next three turns."""
    return _answer(queries.plan(reader(request).company_id, reference))


def _answer(plan: PlanRow) -> PlanAnswer:
    return PlanAnswer(
        reference=plan.reference,
        title=plan.title,
        customer_number=plan.customer_number,
        status=cast("Literal['active', 'paused', 'stopped', 'ended']", plan.status),
        stopped_code=plan.stopped_code,
        stopped_why=plan.stopped_why,
        next=[
            TurnAnswer(
                turn=one.number, due_on=one.on, from_on=one.from_on, through_on=one.through_on
            )
            for one in plan.to_come()
        ],
    )
