"""How a customer stands."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from creditdesk.credit import queries as credit
from creditdesk.customers import queries as customers
from creditdesk.faces.api.keys import reader
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import ExposureIn, Money, StandingAnswer, money, text

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
