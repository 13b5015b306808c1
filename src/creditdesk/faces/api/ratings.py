"""How a customer pays."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from ninja import Router, Schema

from creditdesk.controls import queries as controls
from creditdesk.customers import queries as customers
from creditdesk.faces.api.keys import reader
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Money, text
from creditdesk.monitoring.ratings import queries
from creditdesk.policy import queries as policies

router = Router(tags=["customers"])


class DriftAnswer(Schema):
    """Whether a customer pays later than its own norm; empty state where too little is known."""

    state: str
    by_days: str | None
    needs_days: str | None
    usual_days: str | None
    usual_items: int
    recent_days: str | None
    recent_items: int


class RatingAnswer(Schema):
    """How a customer pays as of a date, amounts in the company's currency.

    `grade` is A to E, null where too little is known; `days_late` is weighted by amount over what
    was paid and what is unpaid and later than that. `unpaid_counted` is what of the latter counts.
    """

    customer_number: str
    as_of: date
    grade: str | None
    days_late: str | None
    paydex: int | None
    drift: DriftAnswer
    payments: int
    paid: Money
    overdue_items: int
    overdue: Money
    unpaid_counted: Money
    not_due: Money
    disputed: Money
    written_off: Money
    percent_used: str | None
    broken_promises: int
    returned_payments: int
    policy_version: int


@router.get(
    "/customers/{path:number}/rating",
    response={200: RatingAnswer, **RESPONSES},
    operation_id="customer_rating",
    summary="How does a customer pay?",
)
def rating(request: HttpRequest, number: str) -> RatingAnswer:
    """Return grade, PAYDEX and drift as of today, with what they rest on."""
    actor = reader(request)
    customer = customers.customer(actor.company_id, number)
    policy = policies.in_force(actor.company_id, actor.today)
    found = queries.judged(actor.company_id, actor.today, policy, ids=[customer.id])[customer.id]
    signals = queries.signals(actor.company_id, actor.today, [customer.id])[customer.id]
    currency = controls.company(actor.company_id).currency
    of, counted = found.behaviour, found.rating.counted

    def money(minor: int) -> Money:
        return Money(amount=text(minor, currency), currency=currency)

    return RatingAnswer(
        customer_number=customer.number,
        as_of=actor.today,
        grade=found.rating.grade or None,
        days_late=None if counted is None else str(counted.days),
        paydex=found.rating.paydex,
        drift=_drift(found),
        payments=of.paid_count,
        paid=money(of.paid_minor),
        overdue_items=of.overdue_count,
        overdue=money(of.overdue_minor),
        unpaid_counted=money(counted.unpaid_minor if counted else 0),
        not_due=money(of.not_due_minor),
        disputed=money(of.disputed_minor),
        written_off=money(of.lost_minor),
        percent_used=None if signals.percent_used is None else str(signals.percent_used),
        broken_promises=signals.broken_promises,
        returned_payments=signals.returned_payments,
        policy_version=policy.version,
    )


def _drift(found: queries.Judged) -> DriftAnswer:
    drift, norm = found.rating.drift, found.norm
    return DriftAnswer(
        state=drift.word,
        by_days=None if drift.by_days is None else str(drift.by_days),
        needs_days=None if drift.needs_days is None else str(drift.needs_days),
        usual_days=None if norm.earlier_days is None else str(norm.earlier_days),
        usual_items=norm.earlier_count,
        recent_days=None if norm.recent_days is None else str(norm.recent_days),
        recent_items=norm.recent_count,
    )
