"""Alerts over HTTP: what wants somebody's look, and what came of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Given, Reason
from creditdesk.monitoring.alerts import services
from creditdesk.monitoring.alerts.queries import standing
from creditdesk.monitoring.alerts.queries.standing import AlertRow

router = Router(tags=["alerts"])
PAGE_SIZE = 100
ID_MAX = 2**63 - 1


class AlertAnswer(Schema):
    """An alert; value and threshold are percents, days, a count or grades, as the signal has it."""

    id: int
    customer_number: str
    signal: str
    severity: str
    owner: str
    assigned_to: str
    state: str
    snoozed_until: date | None
    value: int
    threshold: int
    raised_on: date
    closed_on: date | None
    outcome: str


class AlertsAnswer(Schema):
    """The alerts that fit, the most pressing first, and how many there are in all."""

    alerts: list[AlertAnswer]
    total: int


class ClosingGiven(Given):
    """What came of an alert, and why it is closed."""

    outcome: Literal[
        "limit_lowered", "limit_raised", "blocked", "contacted", "secured", "other", "no_action"
    ]
    reason: Reason


class AlertsAsked(Schema):
    """Which alerts; an empty field fits any."""

    state: Literal["", "open", "snoozed", "closed"] = "open"
    severity: Literal["", "info", "warning", "critical"] = ""
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1


@router.get(
    "/alerts",
    response={200: AlertsAnswer, **RESPONSES},
    operation_id="list_alerts",
    summary="Which customers want a look?",
)
def alerts(request: HttpRequest, asked: Query[AlertsAsked]) -> AlertsAnswer:
    """Return the alerts that stand, or those in another state, a hundred at a time."""
    actor = reader(request)
    found = standing.alerts(
        actor.company_id,
        state=asked.state,
        severity=asked.severity,
        page=asked.page,
        size=PAGE_SIZE,
    )
    return AlertsAnswer(alerts=[_answer(one) for one in found.rows], total=found.total)


@router.post(
    "/alerts/{int:alert_id}/close",
    response={200: AlertAnswer, **RESPONSES},
    operation_id="close_alert",
    summary="Say what came of an alert",
)
def close(request: HttpRequest, alert_id: int, given: ClosingGiven) -> AlertAnswer:
    """Close an alert; the same cause stays quiet as long as the policy says."""
    actor = writer(request)
    known = min(alert_id, ID_MAX)
    services.close(actor, known, outcome=given.outcome, note=given.reason)
    return _answer(standing.alert(actor.company_id, known))


def _answer(row: AlertRow) -> AlertAnswer:
    return AlertAnswer(
        id=row.id,
        customer_number=row.customer_number,
        signal=row.signal,
        severity=row.severity,
        owner=row.owner,
        assigned_to=row.assigned_to,
        state=row.state,
        snoozed_until=row.snoozed_until,
        value=row.value,
        threshold=row.threshold,
        raised_on=row.raised_on,
        closed_on=row.closed_on,
        outcome=row.outcome,
    )
