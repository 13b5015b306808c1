"""Limits over HTTP: read, asked for, granted, refused, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from django.http import HttpRequest
from ninja import Router

from creditdesk.credit import queries as credit
from creditdesk.credit import services
from creditdesk.credit.queries import GroupLimitRow, LimitRequestRow, LimitRow, Shared
from creditdesk.credit.rules import Component, Effective, NewLimit
from creditdesk.customers import queries as customers
from creditdesk.faces.api.examples import example
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.limit_schemas import (
    GrantGiven,
    LimitPartAnswer,
    LimitRecordAnswer,
    LimitRequestAnswer,
    LimitRequestsAnswer,
    LimitsAnswer,
    LimitWantedGiven,
    MemberUseAnswer,
    RefusalGiven,
    RequestState,
    SharedLimitAnswer,
    WithdrawalGiven,
)
from creditdesk.faces.api.paging import SIZE, PageNumber, PageSize, cut
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Money, minor_of, money, text
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound

router = Router(tags=["limits"])


@router.get(
    "/customers/{path:number}/limits",
    response={200: LimitsAnswer, **RESPONSES},
    operation_id="get_limits",
    summary="What may a customer owe, and why?",
)
def limits(request: HttpRequest, number: str) -> LimitsAnswer:
    """Return the limit in force today with every part explained, the group's, and all records."""
    actor = reader(request)
    return _limits(actor, number)


def _limits(actor: Actor, number: str) -> LimitsAnswer:
    company_id, today = actor.company_id, actor.today
    of = customers.customer(company_id, number)
    found = credit.effective_limits(company_id, today, [of.id])[of.id]
    standing = credit.standing(company_id, of.id, today)
    shared = credit.shared_limit(company_id, of.id, today)
    return LimitsAnswer(
        customer_number=of.number,
        on=today,
        limit=money(found.minor, found.currency),
        exposure=_money(standing.exposure_minor, standing.currency),
        available=money(standing.available_minor, standing.currency),
        parts=_parts(found),
        per_currency=[_money(minor, one) for one, minor in sorted(found.per_currency.items())],
        currencies_without_rate=list(standing.without_rate),
        shared=None if shared is None else _shared(shared),
        records=[
            *map(_record, credit.limit_history(company_id, of.id)),
            *map(_record, credit.group_limit_history(company_id, of.id)),
        ],
    )


def _money(minor: int, currency: str) -> Money:
    return Money(amount=text(minor, currency), currency=currency)


def _parts(limit: Effective) -> list[LimitPartAnswer]:
    return [_part(one, limit.currency) for one in limit.components]


def _part(one: Component, currency: str) -> LimitPartAnswer:
    record = one.record
    return LimitPartAnswer(
        kind=cast("Any", record.kind),
        set_to=_money(record.minor, record.currency),
        counts=_money(one.counted_minor, currency),
        because=one.because,
        valid_from=record.valid_from,
        valid_to=record.valid_to,
        rate=None if one.rate is None else f"{one.rate:f}",
        haircut_percent=f"{one.haircut_percent:f}",
    )


def _shared(one: Shared) -> SharedLimitAnswer:
    currency = one.limit.currency
    return SharedLimitAnswer(
        head=one.top_number,
        limit=_money(one.limit.minor or 0, currency),
        exposure=_money(one.exposure_minor, currency),
        available=_money(one.available_minor, currency),
        parts=_parts(one.limit),
        members=[
            MemberUseAnswer(
                customer_number=each.number, name=each.name,
                exposure=_money(each.exposure_minor, currency),
            )
            for each in one.members
        ],
    )  # fmt: skip


def _record(row: LimitRow | GroupLimitRow) -> LimitRecordAnswer:
    return LimitRecordAnswer(
        id=row.id, kind=cast("Any", row.kind), only_currency=row.only_currency,
        limit=_money(row.minor, row.currency), valid_from=row.valid_from, valid_to=row.valid_to,
        reason=row.reason, recorded_at=row.recorded_at, recorded_by=row.recorded_by,
        approved_by=row.approved_by, withdrawn_from=row.withdrawn_from,
        withdrawn_by=row.withdrawn_by,
    )  # fmt: skip


@router.post(
    "/customers/{path:number}/limit-requests",
    response={200: LimitRequestAnswer, **RESPONSES},
    operation_id="ask_limit",
    summary="Ask for a limit",
    openapi_extra=example("ask_limit"),
)
def ask(request: HttpRequest, number: str, given: LimitWantedGiven) -> LimitRequestAnswer:
    """Ask for a limit with a reason; somebody else decides."""
    actor = writer(request)
    of = customers.customer(actor.company_id, number)
    top = customers.group_of(actor.company_id, [of.id], actor.today).get(of.id, of.id)
    new = NewLimit(
        customer_id=None if given.for_group else of.id,
        group_id=top if given.for_group else None,
        minor=minor_of(given.amount, given.currency, field="amount"),
        currency=given.currency,
        valid_from=given.valid_from or actor.today,
        valid_to=given.valid_to,
        reason=given.reason,
        kind=given.kind,
        only_currency=given.only_currency,
    )
    return _answer(actor, services.ask_limit(actor, new))


def _answer(actor: Actor, reference: str) -> LimitRequestAnswer:
    return _asked(credit.limit_request(actor.company_id, reference))


def _asked(row: LimitRequestRow) -> LimitRequestAnswer:
    return LimitRequestAnswer(
        reference=row.reference, customer_number=row.customer_number, for_group=row.is_group,
        kind=cast("Any", row.kind), only_currency=row.only_currency,
        limit=_money(row.minor, row.currency), valid_from=row.valid_from, valid_to=row.valid_to,
        reason=row.reason, state=cast("RequestState", row.state), asked_at=row.asked_at,
        asked_by=row.asked_by, decided_at=row.decided_at, decided_by=row.decided_by,
        answer=row.answer,
    )  # fmt: skip


@router.get(
    "/limit-requests",
    response={200: LimitRequestsAnswer, **RESPONSES},
    operation_id="list_limit_requests",
    summary="Which limits are asked for?",
)
def requests(
    request: HttpRequest,
    state: RequestState | None = None,
    customer_number: str = "",
    page: PageNumber = 1,
    size: PageSize = SIZE,
) -> LimitRequestsAnswer:
    """Return what was asked for, the last first, of one state or customer if asked."""
    actor = reader(request)
    of = customers.customer(actor.company_id, customer_number).id if customer_number else None
    rows = credit.limit_requests(
        actor.company_id, state=state or "", customer_id=of, limit=page * size
    )
    return LimitRequestsAnswer(requests=[_asked(row) for row in cut(rows, page, size)], page=page)


@router.get(
    "/limit-requests/{reference}",
    response={200: LimitRequestAnswer, **RESPONSES},
    operation_id="get_limit_request",
    summary="How does a request for a limit stand?",
)
def one(request: HttpRequest, reference: str) -> LimitRequestAnswer:
    """Return one request, and how it was decided."""
    return _answer(reader(request), reference)


@router.post(
    "/limit-requests/{reference}/grant",
    response={200: LimitRequestAnswer, **RESPONSES},
    operation_id="grant_limit",
    summary="Grant a limit that was asked for",
    openapi_extra=example("grant_limit"),
)
def grant(request: HttpRequest, reference: str, given: GrantGiven) -> LimitRequestAnswer:
    """Set the limit; beyond the caller's authority answer 202 with the approval that waits."""
    actor = writer(request)
    row = credit.limit_request(actor.company_id, reference)
    services.grant_limit(
        actor,
        reference,
        minor=row.minor
        if given.amount is None
        else minor_of(given.amount, row.currency, field="amount"),
        valid_from=given.valid_from or row.valid_from,
        valid_to=given.valid_to or row.valid_to,
        answer=given.answer,
    )
    return _answer(actor, reference)


@router.post(
    "/limit-requests/{reference}/refuse",
    response={200: LimitRequestAnswer, **RESPONSES},
    operation_id="refuse_limit",
    summary="Refuse a limit that was asked for",
    openapi_extra=example("refuse_limit"),
)
def refuse(request: HttpRequest, reference: str, given: RefusalGiven) -> LimitRequestAnswer:
    """Refuse what was asked for, with a reason."""
    return _decided(
        request, reference, lambda actor: services.refuse_limit(actor, reference,
                                                                answer=given.answer)
    )  # fmt: skip


@router.post(
    "/limit-requests/{reference}/take-back",
    response={200: LimitRequestAnswer, **RESPONSES},
    operation_id="take_back_limit_request",
    summary="Take a request for a limit back",
)
def take_back(request: HttpRequest, reference: str) -> LimitRequestAnswer:
    """Take back what was asked for, by whoever asked."""
    return _decided(request, reference, lambda actor: services.take_back_request(actor, reference))


def _decided(
    request: HttpRequest, reference: str, act: Callable[[Actor], None]
) -> LimitRequestAnswer:
    actor = writer(request)
    credit.limit_request(actor.company_id, reference)
    act(actor)
    return _answer(actor, reference)


@router.post(
    "/customers/{path:number}/limits/{int:limit_id}/withdraw",
    response={200: LimitsAnswer, **RESPONSES},
    operation_id="withdraw_limit",
    summary="Let a limit count no more",
    openapi_extra=example("withdraw_limit"),
)
def withdraw(
    request: HttpRequest, number: str, limit_id: int, given: WithdrawalGiven
) -> LimitsAnswer:
    """Withdraw a limit from a day on; what only bounds may wait for a second person, with 202."""
    actor = writer(request)
    of = customers.customer(actor.company_id, number)
    row = credit.limit(actor.company_id, limit_id)
    if of.id != (row.customer_id if isinstance(row, LimitRow) else row.group_id):
        raise NotFound("limit_unknown", "There is no such limit")
    services.withdraw_limit(
        replace(actor, reason=given.reason), limit_id, on=given.on or actor.today,
        reason=given.reason,
    )  # fmt: skip
    return _limits(actor, number)
