"""How a customer stands."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from ninja import Router

from creditdesk.credit import queries as credit
from creditdesk.customers import queries as customers
from creditdesk.faces.api.account_schemas import MovementAnswer, StatementAnswer, StatementsAnswer
from creditdesk.faces.api.keys import reader
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import (
    ExposureIn,
    Money,
    StandingAnswer,
    money,
    text,
)
from creditdesk.statements import services as statements
from creditdesk.statements.rules import Line, Statement, usual_days

router = Router(tags=["customers"])


@router.get(
    "/customers/{path:number}/standing",
    response={200: StandingAnswer, **RESPONSES},
    operation_id="customer_standing",
    summary="How does a customer stand?",
)
def standing(request: HttpRequest, number: str) -> StandingAnswer:
    """Return limit, exposure and available credit today, in the limit's currency."""
    actor = reader(request)
    customer = customers.customer(actor.company_id, number)
    found = credit.standing(actor.company_id, customer.id, actor.today)
    return StandingAnswer(
        customer_number=customer.number,
        name=customer.name,
        status=customer.status,
        limit=money(found.limit_minor, found.currency),
        limit_valid_to=found.limit_valid_to,
        exposure=Money(amount=text(found.exposure_minor, found.currency), currency=found.currency),
        available_credit=money(found.available_minor, found.currency),
        percent_used=None if found.percent_used is None else str(found.percent_used),
        blocked=found.block_reason is not None,
        block_reason=found.block_reason,
        by_currency=[
            ExposureIn(
                currency=row.currency,
                open=text(row.open_minor, row.currency),
                unapplied=text(row.unapplied_minor, row.currency),
                reserved=text(row.reserved_minor, row.currency),
            )
            for row in credit.exposure(actor.company_id, customer.id)
        ],
        currencies_without_rate=list(found.without_rate),
    )


@router.get(
    "/customers/{path:number}/statement",
    response={200: StatementsAnswer, **RESPONSES},
    operation_id="customer_statement",
    summary="What moved a customer's account?",
)
def statement(
    request: HttpRequest, number: str, first_on: date | None = None, last_on: date | None = None
) -> StatementsAnswer:
    """Return opening, movements and closing, one per currency.

    Without `last_on` up to today, without `first_on` from the first of the month before that.
    """
    actor = reader(request)
    customer = customers.customer(actor.company_id, number)
    since, until = usual_days(first_on, last_on, actor.today)
    found = statements.of_customer(actor, customer.id, first_on=since, last_on=until)
    return StatementsAnswer(
        customer_number=customer.number, statements=[_statement(one) for one in found]
    )


def _statement(one: Statement) -> StatementAnswer:
    return StatementAnswer(
        currency=one.currency,
        first_on=one.first_on,
        last_on=one.last_on,
        opening=text(one.opening_minor, one.currency),
        movements=[_movement(line, one.currency) for line in one.lines],
        closing=text(one.closing_minor, one.currency),
        aged=[text(minor, one.currency) for minor in one.late_minor],
        unapplied=text(one.unapplied_minor, one.currency),
    )


def _movement(line: Line, currency: str) -> MovementAnswer:
    moved = line.movement
    return MovementAnswer(
        on=moved.on,
        kind=moved.kind,
        taken_back=moved.is_reversal,
        document=moved.number,
        amount=text(moved.minor, currency),
        balance=text(line.balance_minor, currency),
    )
