"""A customer's exposure over HTTP: every bucket with its switch, and the documents behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, cast

from django.http import HttpRequest
from ninja import Router

from creditdesk.credit import queries as credit
from creditdesk.customers import queries as customers
from creditdesk.faces.api.keys import reader
from creditdesk.faces.api.limit_schemas import (
    Bucket,
    BucketAnswer,
    ExposureAnswer,
    ExposureItemAnswer,
)
from creditdesk.faces.api.paging import SIZE, PageNumber, PageSize, cut
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Money, money, text
from creditdesk.insight import queries as insight
from creditdesk.insight.queries import ExposureLine
from creditdesk.policy import queries as policy
from creditdesk.policy.rules import ExposureRules

router = Router(tags=["limits"])


@router.get(
    "/customers/{path:number}/exposure",
    response={200: ExposureAnswer, **RESPONSES},
    operation_id="get_exposure",
    summary="What does a customer owe and have on order, document by document?",
)
def exposure(
    request: HttpRequest,
    number: str,
    bucket: Bucket | None = None,
    page: PageNumber = 1,
    size: PageSize = SIZE,
) -> ExposureAnswer:
    """Return every bucket, and a page of the documents of all of them or of one, oldest first."""
    actor = reader(request)
    of = customers.customer(actor.company_id, number)
    lines = insight.exposure_lines(actor.company_id, actor.today, [of.id])
    standing = credit.standing(actor.company_id, of.id, actor.today)
    meant = [line for line in lines if bucket is None or line.bucket == bucket]
    return ExposureAnswer(
        customer_number=of.number,
        on=actor.today,
        exposure=_money(standing.exposure_minor, standing.currency),
        limit=money(standing.limit_minor, standing.currency),
        available=money(standing.available_minor, standing.currency),
        buckets=_buckets(lines, policy.exposure_rules(actor.company_id, actor.today), of.currency),
        items=[_item(line) for line in cut(meant, page, size)],
        total=len(meant),
        page=page,
    )


def _buckets(
    lines: Sequence[ExposureLine], counting: ExposureRules, own: str
) -> list[BucketAnswer]:
    """Return every bucket per currency that has anything, and empty ones in the own currency."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for line in lines:
        found[(line.currency, line.bucket)].append(line.minor)
    for code in insight.BUCKETS:
        if not any(each == code for _, each in found):
            found[(own, code)] = []
    order = insight.BUCKETS.index
    return [
        BucketAnswer(
            bucket=cast("Any", code),
            counts=counting.counts(code),
            amount=_money(sum(some), currency),
            items=len(some),
        )
        for (currency, code), some in sorted(
            found.items(), key=lambda pair: (pair[0][0] != own, pair[0][0], order(pair[0][1]))
        )
    ]


def _item(line: ExposureLine) -> ExposureItemAnswer:
    return ExposureItemAnswer(
        bucket=cast("Any", line.bucket),
        kind=cast("Any", line.kind),
        document=line.number,
        instalment=line.instalment,
        falls_on=line.falls_on,
        amount=_money(line.minor, line.currency),
    )


def _money(minor: int, currency: str) -> Money:
    return Money(amount=text(minor, currency), currency=currency)
