"""Held orders over HTTP: the queue with its clocks, what people say, and how they decide."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.http import HttpRequest
from ninja import Router

from creditdesk.faces.api import orders
from creditdesk.faces.api.held_schemas import (
    DecisionGiven,
    HeldOrder,
    HeldOrders,
    NoteGiven,
    PauseGiven,
    TookAnswer,
    TurnaroundAnswer,
)
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import CheckAnswer, Day, Money, minor_of, money, text
from creditdesk.kernel.actor import Actor
from creditdesk.orders import queries, services, wait_queries
from creditdesk.orders.services import Choice
from creditdesk.orders.wait_queries import QueueRow, Took
from creditdesk.policy import queries as policy

router = Router(tags=["orders"])
DAYS_LOOKED_BACK = 30


@router.get(
    "/held-orders",
    response={200: HeldOrders, **RESPONSES},
    operation_id="held_orders",
    summary="Which orders wait to be decided?",
)
def held(request: HttpRequest) -> HeldOrders:
    """Return the held orders, the most urgent first, each with its clock."""
    actor = reader(request)
    desk = wait_queries.hours(
        actor.company_id, policy.in_force(actor.company_id, actor.today).orders, actor.today
    )
    found = []
    for row in wait_queries.queue(actor.company_id):
        now = row.paused_at or actor.at
        found.append(_held(row, wait_queries.left_minutes(row.due_at, now, desk)))
    return HeldOrders(orders=found)


def _held(row: QueueRow, left_minutes: int) -> HeldOrder:
    return HeldOrder(
        order_reference=row.reference,
        customer_number=row.customer_number,
        total=Money(amount=text(row.total_minor, row.currency), currency=row.currency),
        rule=row.rule,
        held_at=row.held_at,
        due_at=row.due_at,
        left_minutes=left_minutes,
        paused_at=row.paused_at,
        pause_reason=row.pause_reason,
        asked_at=row.asked_at,
        escalated_to=row.escalated_to,
        awaits=money(row.condition_minor, row.condition_currency or row.currency),
        pay_by=row.pay_by,
    )


@router.get(
    "/held-orders/turnaround",
    response={200: TurnaroundAnswer, **RESPONSES},
    operation_id="order_turnaround",
    summary="How long do held orders wait?",
)
def turnaround(
    request: HttpRequest, since: Day | None = None, until: Day | None = None
) -> TurnaroundAnswer:
    """Return percentiles of what was decided from one day to another, the last thirty by default.

    They are in all, by the rule that held the order, and by who decided.
    """
    actor = reader(request)
    last = until or actor.today
    first = since or last - timedelta(days=DAYS_LOOKED_BACK)
    found = wait_queries.turnaround(
        actor.company_id, _begins(first), _begins(last + timedelta(days=1))
    )
    return TurnaroundAnswer(
        whole=None if found.whole is None else _took(found.whole),
        by_rule=[_took(one) for one in found.by_rule],
        by_person=[_took(one) for one in found.by_person],
    )


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _took(one: Took) -> TookAnswer:
    return TookAnswer(
        name=one.name,
        count=one.count,
        p50_minutes=one.p50_minutes,
        p90_minutes=one.p90_minutes,
        longest_minutes=one.longest_minutes,
        in_goal=one.in_goal,
    )


@router.post(
    "/orders/{path:reference}/decide",
    response={200: CheckAnswer, **RESPONSES},
    operation_id="decide_order",
    summary="Decide a held order",
)
def decide(request: HttpRequest, reference: str, given: DecisionGiven) -> CheckAnswer:
    """Release a held order, wholly, in part, against part payment or instalments, or refuse it.

    The amount to be paid is in the currency of the limit, the part that ships in the order's.
    """
    actor = writer(request)
    return orders.answer(services.choose(actor, reference, _choice(actor, reference, given)))


def _choice(actor: Actor, reference: str, given: DecisionGiven) -> Choice:
    minor = None
    if given.amount is not None:
        order = queries.order(actor.company_id, reference)
        currency = order.currency
        if given.decision in ("part_payment", "plan"):
            currency = queries.latest_decision(order.id).facts.currency
        minor = minor_of(given.amount, currency, field="amount")
    return Choice(
        way=given.decision,
        reason=given.reason,
        minor=minor,
        pay_by=given.pay_by,
        parts=given.parts,
    )


@router.post(
    "/orders/{path:reference}/notes",
    response={200: CheckAnswer, **RESPONSES},
    operation_id="note_on_order",
    summary="Say something about an order, or ask for it to be decided",
)
def note(request: HttpRequest, reference: str, given: NoteGiven) -> CheckAnswer:
    """Keep a note for all who work on the order; asking puts it first in the queue."""
    actor = writer(request)
    act = services.ask if given.ask else services.comment
    act(actor, reference, given.text)
    return orders.answer(services.answer_of(actor.company_id, reference))


@router.post(
    "/orders/{path:reference}/pause",
    response={200: CheckAnswer, **RESPONSES},
    operation_id="pause_order",
    summary="Stop a held order's clock",
)
def pause(request: HttpRequest, reference: str, given: PauseGiven) -> CheckAnswer:
    """Stop the clock of a held order, with a reason."""
    actor = writer(request)
    services.pause(actor, reference, given.reason)
    return orders.answer(services.answer_of(actor.company_id, reference))


@router.post(
    "/orders/{path:reference}/resume",
    response={200: CheckAnswer, **RESPONSES},
    operation_id="resume_order",
    summary="Let a held order's clock run again",
)
def resume(request: HttpRequest, reference: str) -> CheckAnswer:
    """Let a stopped clock run again; what was left of its goal counts from now."""
    actor = writer(request)
    services.resume(actor, reference)
    return orders.answer(services.answer_of(actor.company_id, reference))


# Last, since its address begins like those of the acts above.
@router.get(
    "/orders/{path:reference}",
    response={200: CheckAnswer, **RESPONSES},
    operation_id="get_order",
    summary="How does an order stand?",
)
def standing(request: HttpRequest, reference: str) -> CheckAnswer:
    """Return the decision by which an order stands."""
    return orders.answer(services.answer_of(reader(request).company_id, reference))
