"""How honest matching is: its figures with their definitions, and the payments behind each."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema

from creditdesk.cash import queries as cash
from creditdesk.cash import wording
from creditdesk.cash.queries import BehindRow
from creditdesk.cash.rules.metrics import AGE_ENDS, WINDOW_DAYS, Honest, Metric
from creditdesk.faces.api.keys import reader
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import text
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place

router = Router(tags=["matching"])
DAYS_MAX = 366
Days = Annotated[int, Query(ge=1, le=DAYS_MAX)]
Behind = Literal["straight", "not_straight", "undone"]
DRILL: dict[str, Behind] = {
    "straight_through": "not_straight", "line_hit": "straight", "false_match": "undone",
}  # fmt: skip


class ShareAnswer(Schema):
    """A rate: `part` of `whole` in percent, null of nothing; where its payments are listed."""

    code: Literal["straight_through", "line_hit", "false_match"]
    name: str
    percent: str | None
    part: int
    whole: int
    definition: str
    source: str
    drill_down: str


class MethodAnswer(Schema):
    """Payments applied by one method, and how many of them were undone."""

    method: str
    applied: int
    undone: int
    percent: str | None
    drill_down: str


class AgeAnswer(Schema):
    """How many payments wait since so many days; `to_days` is null for all that are older."""

    from_days: int
    to_days: int | None
    payments: int


class ExceptionsAnswer(Schema):
    """What waits for a person now: how long the oldest does, and how many by age."""

    oldest_days: int | None
    definition: str
    source: str
    ages: list[AgeAnswer]


class MatchingFiguresAnswer(Schema):
    """The figures of the payments received after `since` up to `as_of`, as they stand now."""

    as_of: date
    since: date
    rates: list[ShareAnswer]
    by_method: list[MethodAnswer]
    exceptions: ExceptionsAnswer


class BehindAnswer(Schema):
    """A payment behind a figure; `methods` by which it was applied."""

    payment: str
    received_on: date
    amount: str
    unapplied: str
    currency: str
    methods: list[str]


class BehindsAnswer(Schema):
    """The payments behind a figure, the newest first, two hundred at most."""

    as_of: date
    since: date
    payments: list[BehindAnswer]


@router.get(
    "/matching/figures",
    response={200: MatchingFiguresAnswer, **RESPONSES},
    operation_id="get_matching_figures",
    summary="How honest is matching?",
)
def figures(
    request: HttpRequest, as_of: date | None = None, days: Days = WINDOW_DAYS
) -> MatchingFiguresAnswer:
    """Return straight through, line hit, false matches and ages, each with its definition."""
    actor = reader(request)
    on = _day(actor, as_of)
    found = cash.metrics(actor.company_id, as_of=on, days=days)
    window = f"as_of={on}&days={days}"
    code = "exceptions_oldest"
    return MatchingFiguresAnswer(
        as_of=on,
        since=on - timedelta(days=days),
        rates=[
            _rate(one, days, window)
            for one in (found.straight_through, found.line_hit, found.false_match)
        ],
        by_method=[_method(one, window) for one in found.by_method],
        exceptions=ExceptionsAnswer(
            oldest_days=found.oldest_days,
            definition=wording.figure_meaning(code),
            source=wording.figure_source(code, days=days),
            ages=_ages(found),
        ),
    )


@router.get(
    "/matching/payments",
    response={200: BehindsAnswer, **RESPONSES},
    operation_id="list_matched_payments",
    summary="Which payments are behind a figure of matching?",
)
def payments(
    request: HttpRequest,
    behind: Behind,
    method: Annotated[str, Query(max_length=40, pattern="^[a-z_]*$")] = "",
    as_of: date | None = None,
    days: Days = WINDOW_DAYS,
) -> BehindsAnswer:
    """Return the payments; those undone may be asked for by the method that applied them."""
    actor = reader(request)
    on = _day(actor, as_of)
    rows = cash.behind(actor.company_id, behind, as_of=on, days=days, method=method)
    return BehindsAnswer(
        as_of=on, since=on - timedelta(days=days), payments=[_behind(row) for row in rows]
    )


def _day(actor: Actor, as_of: date | None) -> date:
    """Return the day asked for; Invalid for one that has not come, or before any window."""
    if as_of is None:
        return actor.today
    if as_of > actor.today or as_of <= date.min + timedelta(days=DAYS_MAX):
        raise Invalid(
            "date_out_of_range",
            "There are no figures of that day",
            place=Place(field="as_of"),
            mend="Give today or a day before it",
        )
    return as_of


def _percent(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _rate(one: Metric, days: int, window: str) -> ShareAnswer:
    return ShareAnswer(
        code=one.code,  # type: ignore[arg-type]  # one of the three it is asked for
        name=wording.figure_name(one.code),
        percent=_percent(one.percent),
        part=one.part,
        whole=one.whole,
        definition=wording.figure_meaning(one.code),
        source=wording.figure_source(one.code, days=days),
        drill_down=f"/api/v1/matching/payments?behind={DRILL[one.code]}&{window}",
    )


def _method(one: Metric, window: str) -> MethodAnswer:
    return MethodAnswer(
        method=one.code,
        applied=one.whole,
        undone=one.part,
        percent=_percent(one.percent),
        drill_down=f"/api/v1/matching/payments?behind=undone&method={one.code}&{window}",
    )


def _ages(found: Honest) -> list[AgeAnswer]:
    starts = (0, *(end + 1 for end in AGE_ENDS))
    ends = (*AGE_ENDS, None)
    return [
        AgeAnswer(from_days=first, to_days=last, payments=count)
        for first, last, (_, count) in zip(starts, ends, found.ages, strict=True)
    ]


def _behind(row: BehindRow) -> BehindAnswer:
    return BehindAnswer(
        payment=row.reference,
        received_on=row.received_on,
        amount=text(row.total_minor, row.currency),
        unapplied=text(row.unapplied_minor, row.currency),
        currency=row.currency,
        methods=[code for code in row.methods.split(",") if code],
    )
