"""May this order ship? And what people decide about it afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, TypedDict, cast

from annotated_types import Len
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from creditdesk.faces.api.keys import writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import (
    BillGiven,
    CheckAnswer,
    FiredRule,
    Given,
    Money,
    NumberAnswer,
    OrderGiven,
    Outcome,
    ReleaseGiven,
    minor_of,
    money,
    said,
    text,
)
from creditdesk.invoices.documents.values import TaxCategory
from creditdesk.kernel.errors import Invalid, Place, at_line
from creditdesk.orders import queries, services
from creditdesk.orders.rules import Fired
from creditdesk.orders.services import Billing, CheckResult

router = Router(tags=["orders"])


class OrdersGiven(Given):
    """Orders to be checked one after the other, all or none of them."""

    orders: Annotated[list[OrderGiven], Len(1, 200)]


class ChecksAnswer(Schema):
    """What each of the orders was answered, in their order."""

    answers: list[CheckAnswer]


@router.post(
    "/orders/check",
    response={200: CheckAnswer, **RESPONSES},
    operation_id="check_order",
    summary="May this order ship?",
)
def check(request: HttpRequest, given: OrderGiven) -> HttpResponse:
    """Decide and reserve in one step; the same order asked again gets the same answer."""
    actor = writer(request)
    return said(
        answer(
            services.check(
                actor,
                customer_number=given.customer_number,
                order_reference=given.order_reference,
                currency=given.currency,
                total_minor=minor_of(given.total, given.currency, field="total"),
                placed_on=given.placed_on or actor.today,
                **_more(given),
            )
        )
    )


@router.post(
    "/orders/check-many",
    response={200: ChecksAnswer, **RESPONSES},
    operation_id="check_orders",
    summary="May these orders ship?",
)
def check_many(request: HttpRequest, given: OrdersGiven) -> ChecksAnswer:
    """Decide up to 200 orders one after the other, all or none; an error names the line."""
    actor = writer(request)
    asked = []
    for line, one in enumerate(given.orders, 1):
        with at_line(line):
            asked.append(
                services.ToCheck(
                    customer_number=one.customer_number,
                    order_reference=one.order_reference,
                    currency=one.currency,
                    total_minor=minor_of(one.total, one.currency, field="total"),
                    placed_on=one.placed_on or actor.today,
                    **_more(one),
                )
            )
    return ChecksAnswer(answers=[answer(one) for one in services.check_all(actor, asked)])


class _More(TypedDict, total=False):
    kind: str
    terms_code: str
    margin_minor: int
    point: str


def _more(given: OrderGiven) -> _More:
    """Return what an order says beyond its total: mostly nothing, and then nothing is recorded."""
    more: _More = {}
    if given.kind:
        more["kind"] = given.kind
    if given.terms:
        more["terms_code"] = given.terms
    if given.margin is not None:
        more["margin_minor"] = minor_of(given.margin, given.currency, field="margin")
    if given.point != "confirm":
        more["point"] = given.point
    return more


@router.post(
    "/orders/{path:reference}/release",
    response={200: CheckAnswer, **RESPONSES},
    operation_id="release_order",
    summary="Let a held order ship",
)
def release(request: HttpRequest, reference: str, given: ReleaseGiven) -> CheckAnswer:
    """Release a held order with a reason and reserve its credit, whatever the rules say."""
    return answer(services.release(writer(request), reference, given.reason))


@router.post(
    "/orders/{path:reference}/recheck",
    response={200: CheckAnswer, **RESPONSES},
    operation_id="recheck_order",
    summary="Decide a held order anew",
)
def recheck(request: HttpRequest, reference: str) -> CheckAnswer:
    """Ask the rules again by today's facts."""
    return answer(services.recheck(writer(request), reference))


@router.post(
    "/orders/{path:reference}/bill",
    response={200: NumberAnswer, **RESPONSES},
    operation_id="bill_order",
    summary="Issue the invoice of an order",
)
def bill(request: HttpRequest, reference: str, given: BillGiven) -> NumberAnswer:
    """Issue an invoice of all that is left of an order, or of a part; its credit moves along."""
    actor = writer(request)
    order = queries.order(actor.company_id, reference)
    total = given.total
    rate = given.rate_percent
    billing = Billing(
        category=TaxCategory(given.category),
        rate_percent=None if rate is None else Decimal(rate),
        gross_minor=None if total is None else minor_of(total, order.currency, field="total"),
        text=given.text,
        issued_on=given.issued_on,
        terms_code=given.terms,
        buyer_reference=given.buyer_reference,
        exemption_reason=given.exemption_reason,
        delivered_on=given.delivered_on,
        note=given.note,
    )
    try:
        return NumberAnswer(number=services.bill(actor, reference, billing))
    except Invalid as error:
        raise _placed(error) from error


def _placed(error: Invalid) -> Invalid:
    """Return the error at the field of the body it is about: the one line has no place in it."""
    field = (error.place.field or "").removeprefix("invoices.0.")
    if field.startswith("lines[1]."):
        field = "rate_percent" if field.endswith((".tax", ".rate")) else "text"
    named = {"rate": "rate_percent", "terms_code": "terms", "exemptions": "exemption_reason"}
    return Invalid(
        error.code,
        error.message,
        place=Place(field=named.get(field, field) or None),
        mend=error.mend,
        **error.context,
    )


@router.post(
    "/orders/{path:reference}/cancel",
    response={200: CheckAnswer, **RESPONSES},
    operation_id="cancel_order",
    summary="End an order",
)
def cancel(request: HttpRequest, reference: str) -> CheckAnswer:
    """Cancel an order and free its credit."""
    return answer(services.cancel(writer(request), reference))


def answer(result: CheckResult) -> CheckAnswer:
    """Return the answer in decimal strings."""
    of = result.currency
    return CheckAnswer(
        order_reference=result.order_reference,
        customer_number=result.customer_number,
        outcome=cast("Outcome", result.outcome),
        status=result.status,
        fired=[_fired(one, of) for one in result.fired],
        limit=money(result.limit_minor, of),
        exposure=Money(amount=text(result.exposure_minor, of), currency=of),
        available_credit=money(result.available_minor, of),
        order_total=Money(
            amount=text(result.order_minor, result.order_currency), currency=result.order_currency
        ),
        reservation=money(result.reserved_minor or None, result.order_currency),
        policy_version=result.policy_version,
        decision_id=result.decision_id,
    )


def _fired(one: Fired, currency: str) -> FiredRule:
    is_money = one.unit == "minor"
    value, threshold = (
        text(int(side), currency) if is_money else str(side) for side in (one.value, one.threshold)
    )
    return FiredRule(
        rule=one.rule,
        severity=one.severity,
        unit="amount" if is_money else one.unit,
        value=value,
        threshold=threshold,
        currency=currency if is_money else None,
    )
