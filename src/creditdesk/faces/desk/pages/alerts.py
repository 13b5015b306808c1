"""Alerts: what wants somebody's look, what raised it, and what is done about it; news that wait."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.desk import confirming, forms, lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.look.tags.figures import money_text
from creditdesk.monitoring.alerts import services, wording
from creditdesk.monitoring.alerts.queries import people, standing
from creditdesk.monitoring.alerts.queries.standing import AlertRow, NewsRow, StepRow
from creditdesk.monitoring.alerts.rules import OUTCOMES
from creditdesk.policy.rules.alerts import ROLES_THAT_OWN, SEVERITIES, SIGNALS
from creditdesk.policy.wording import granting

TONES: Final = {"info": "info", "warning": "warn", "critical": "bad"}
EXPORTED_MAX: Final = 20_000
EVERY: Final = "every"
MINE: Final = "me"


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert in words."""

    row: AlertRow
    signal: str
    severity: str
    tone: str
    owner: str
    state: str
    value: str
    threshold: str
    outcome: str


@dataclass(frozen=True, slots=True)
class StepLine:
    """A change of an alert in words, with what was seen."""

    row: StepRow
    act: str
    value: str
    threshold: str
    outcome: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NewsLine:
    """News in words, with the customers they may be about."""

    row: NewsRow
    kind: str
    matched_by: str
    proposed: tuple[CustomerRow, ...]


def line_of(row: AlertRow) -> AlertLine:
    """Return an alert in words."""
    return AlertLine(
        row=row,
        signal=wording.signal(row.signal),
        severity=wording.severity(row.severity),
        tone=TONES.get(row.severity, "info"),
        owner=granting.role(row.owner),
        state=wording.state(row.state),
        value=wording.value(row.signal, row.value),
        threshold=wording.value(row.signal, row.threshold),
        outcome=wording.outcome(row.outcome) if row.outcome else "",
    )


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the alerts that fit, the most pressing first; or them as a file."""
    desk = requests.of(request)
    ask = lists.asked(request)
    chosen = {
        "state": lists.choice(request, "state", (*standing.STATES, EVERY), "open"),
        "severity": lists.choice(request, "severity", SEVERITIES),
        "owner": lists.choice(request, "owner", (MINE, *ROLES_THAT_OWN)),
        "signal": lists.choice(request, "signal", SIGNALS),
    }
    found_by = partial(
        standing.alerts,
        desk.company.id,
        state="" if chosen["state"] == EVERY else chosen["state"],
        severity=chosen["severity"],
        owner="" if chosen["owner"] == MINE else chosen["owner"],
        assigned_to_id=desk.actor.user_id if chosen["owner"] == MINE else None,
        signal=chosen["signal"],
    )
    if ask.format:
        found = [line_of(one) for one in found_by(size=EXPORTED_MAX).rows]
        return lists.export(desk, _columns(), found, name="alerts", form=ask.format)
    shown = found_by(page=ask.page)
    context = {
        **chosen,
        "lines": [line_of(one) for one in shown.rows],
        "mark": lists.mark(shown),
        "states": [*((one, wording.state(one)) for one in standing.STATES),
                   (EVERY, gettext("All"))],
        "severities": [(one, wording.severity(one)) for one in SEVERITIES],
        "owners": [(MINE, gettext("for me")),
                   *((one, granting.role(one)) for one in ROLES_THAT_OWN)],
        "signals": [(one, wording.signal(one)) for one in SIGNALS],
        "news_count": len(standing.news_waiting(desk.company.id)),
    }  # fmt: skip
    return render(request, "desk/alerts/list.html", context)


def _columns() -> list[Column[AlertLine]]:
    return [
        Column("number", gettext("Number"), lambda line: line.row.customer_number),
        Column("customer", gettext("Customer"), lambda line: line.row.customer_name),
        Column("signal", gettext("What is watched"), lambda line: line.signal),
        Column("severity", gettext("How pressing"), lambda line: line.severity),
        Column("value", gettext("Value"), lambda line: line.row.value, "number"),
        Column("threshold", gettext("Threshold"), lambda line: line.row.threshold, "number"),
        Column("owner", gettext("For whom"), lambda line: line.row.assigned_to or line.owner),
        Column("state", gettext("State"), lambda line: line.state),
        Column("raised", gettext("Raised"), lambda line: line.row.raised_on, "date"),
        Column("closed", gettext("Closed"), lambda line: line.row.closed_on, "date"),
        Column("outcome", gettext("Outcome"), lambda line: line.outcome),
    ]


@require_safe
def one(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Show one alert: the values that raised it, what became of it, what can be done."""
    desk = requests.of(request)
    return render(request, "desk/alerts/page.html", _context(desk, alert_id))


def _context(desk: DeskRequest, alert_id: int) -> dict[str, object]:
    row = standing.alert(desk.company.id, alert_id)
    found = standing.steps(desk.company.id, alert_id)
    told = sorted({int(one) for step in found for one in step.facts.get("news", ())})
    return {
        "line": line_of(row),
        "steps": [_step(row, step) for step in found],
        "news": [_news(one, {}) for one in standing.news(desk.company.id, told)],
        "members": [
            (str(member.id), member.name) for member in people.members(desk.company.id).values()
        ],
        "outcomes": [(code, wording.outcome(code)) for code in OUTCOMES],
        "may_handle": desk.actor.may("monitoring.handle_alert") and row.state != "closed",
        "today": desk.actor.today,
    }


def _step(of: AlertRow, row: StepRow) -> StepLine:
    return StepLine(
        row=row,
        act=wording.act(row.act),
        value=wording.value(of.signal, row.value),
        threshold=wording.value(of.signal, row.threshold),
        outcome=wording.outcome(row.outcome) if row.outcome else "",
        facts=tuple(_facts(row.facts)),
    )


def _facts(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what was seen as pairs of name and value; a name without words stays unsaid."""
    names = {
        "exposure": gettext("Exposure"),
        "limit": gettext("Limit"),
        "late": gettext("Late"),
        "open": gettext("Open"),
        "promises": gettext("Promises"),
        "payments": gettext("Payments"),
        "until": gettext("Ends"),
        "usual_days": gettext("Usual days"),
        "days": gettext("Days now"),
        "before": gettext("Before"),
        "now": gettext("Now"),
    }
    return [(names[key], _said(value)) for key, value in facts.items() if key in names]


def _said(value: Any) -> str:  # noqa: ANN401 - any JSON
    match value:
        case [str() as currency, int() as minor]:
            return money_text(minor, currency)
        case list():
            return ", ".join(_said(one) for one in value)
    return str(value)


@require_POST
def assign(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Make an alert somebody's."""
    desk = requests.of(request)

    def act() -> None:
        services.assign(
            forms.acting(desk), alert_id, user_id=forms.count(request, "user_id"),
            note=forms.text(request, "note"),
        )  # fmt: skip

    return _done(request, alert_id, act, gettext("The alert has its owner"))


@require_POST
def snooze(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Put an alert off."""
    desk = requests.of(request)

    def act() -> None:
        services.snooze(
            forms.acting(desk), alert_id, until=forms.required_day(request, "until"),
            note=forms.text(request, "note"),
        )  # fmt: skip

    return _done(request, alert_id, act, gettext("The alert is put off"))


@require_POST
def close(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Close an alert with what came of it."""
    desk = requests.of(request)

    def act() -> None:
        services.close(
            forms.acting(desk), alert_id,
            outcome=forms.text(request, "outcome", is_required=True),
            note=forms.text(request, "note", is_required=True),
        )  # fmt: skip

    return _done(request, alert_id, act, gettext("The alert is closed"))


def _done(request: HttpRequest, alert_id: int, act: Any, said: str) -> HttpResponse:  # noqa: ANN401
    """Do it and show the alert again; one of another company is none."""
    standing.alert(requests.of(request).company.id, alert_id)
    return confirming.done(request, act, said, "alert", args=(str(alert_id),))


@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """Show the news of which a person has to say whom they are about."""
    desk = requests.of(request)
    rows = standing.news_waiting(desk.company.id)
    ids = {one for row in rows for one in row.proposed}
    known = customers.customers_by_id(desk.company.id, ids)
    context = {
        "lines": [_news(row, known) for row in rows],
        "may_tie": desk.actor.may("monitoring.tie_news"),
    }
    return render(request, "desk/alerts/news.html", context)


def _news(row: NewsRow, known: dict[int, CustomerRow]) -> NewsLine:
    return NewsLine(
        row=row,
        kind=wording.news(row.kind),
        matched_by=wording.matched_by(row.matched_by),
        proposed=tuple(known[one] for one in row.proposed if one in known),
    )


@require_POST
def tie(request: HttpRequest, news_id: int) -> HttpResponse:
    """Say whom news are about, or that they are about nobody."""
    desk = requests.of(request)

    def act() -> None:
        number = forms.text(request, "customer")
        if number:
            of = customers.customer(desk.company.id, number)
            services.tie(forms.acting(desk), news_id, of.id)
        else:
            services.dismiss(forms.acting(desk), news_id)

    return confirming.done(request, act, gettext("The news have their place"), "alert-news")


urlpatterns = [
    path("alerts/", page, name="alerts"),
    path("alerts/news/", news, name="alert-news"),
    path("alerts/news/<int:news_id>", tie, name="alert-news-tie"),
    path("alerts/<int:alert_id>", one, name="alert"),
    path("alerts/<int:alert_id>/assign", assign, name="alert-assign"),
    path("alerts/<int:alert_id>/snooze", snooze, name="alert-snooze"),
    path("alerts/<int:alert_id>/close", close, name="alert-close"),
]
