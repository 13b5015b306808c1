"""Who is told of alerts, and how: one's own subscriptions, what they would say, what they said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.customers import queries as customers
from creditdesk.faces.desk import confirming, faults, forms, requests
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Invalid, NotFound, Place
from creditdesk.monitoring.alerts import letters, services, wording
from creditdesk.monitoring.alerts.queries import people, subscriptions
from creditdesk.monitoring.alerts.queries.subscriptions import DeliveryRow, SubscriptionRow
from creditdesk.policy.rules.alerts import SEVERITIES, SIGNALS

SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class SubscriptionLine:
    """A subscription in words."""

    row: SubscriptionRow
    channel: str
    signals: str
    severity: str
    customers: str
    ended: str


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show one's own subscriptions, and begin one."""
    desk = requests.of(request)
    if request.method != "POST":
        return render(request, "desk/alerts/subscriptions.html", _context(desk))
    try:
        begun = services.subscribe(
            forms.acting(desk),
            channel=forms.text(request, "channel", is_required=True),
            severity=forms.text(request, "severity", is_required=True),
            signals=request.POST.getlist("signal"),
            customer_ids=_customers(desk),
            url=forms.text(request, "url"),
        )
    except (Invalid, NotFound) as error:
        context = _context(desk) | {"fault": faults.sentence(error)}
        return render(request, "desk/alerts/subscriptions.html", context, status=422)
    messages.success(request, gettext("You are told from now on"))
    key = services.key_of(desk.actor, begun.id)
    return render(request, "desk/alerts/subscriptions.html", _context(desk) | {"key": key})


def _customers(desk: DeskRequest) -> list[int]:
    numbers = [one.strip() for one in forms.text(desk, "customers").split(",") if one.strip()]
    known = customers.by_number(desk.company.id, numbers) if numbers else {}
    for one in numbers:
        if one not in known:
            raise subscribed_unknown(one)
    return sorted(known.values())


def subscribed_unknown(number: str) -> Invalid:
    """Return the error of a number that is no customer's."""
    return Invalid(
        "subscribed_unknown",
        "One of the numbers is no customer's",
        place=Place(field="customers"),
        mend=f"Correct {number[:40]}, or leave the field empty for every customer",
    )


def _context(desk: DeskRequest) -> dict[str, object]:
    rows = subscriptions.subscriptions(desk.company.id, user_id=desk.actor.user_id)
    member = people.members(desk.company.id).get(desk.actor.user_id or 0)
    return {
        "lines": [_line(desk, one) for one in rows],
        "severities": [(one, wording.severity(one)) for one in SEVERITIES],
        "signals": [(one, wording.signal(one)) for one in SIGNALS],
        "email": member.email if member else "",
        "may_subscribe": desk.actor.may("monitoring.subscribe"),
    }


def _line(desk: DeskRequest, row: SubscriptionRow) -> SubscriptionLine:
    known = customers.customers_by_id(desk.company.id, set(row.customer_ids))
    return SubscriptionLine(
        row=row,
        channel=gettext("By mail") if row.channel == "mail" else row.url,
        signals=", ".join(wording.signal(one) for one in row.signals) or gettext("everything"),
        severity=wording.severity(row.severity),
        customers=", ".join(one.number for one in known.values()) or gettext("every customer"),
        ended=wording.fault(row.ended_why) if row.ended_at else "",
    )


@require_safe
def one(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """Show what a subscription would say of the last alerts, and what it said."""
    desk = requests.of(request)
    row = _own(desk, subscription_id)
    shown = subscriptions.latest(desk.company.id, limit=SHOWN)
    subject, text = letters.mail_of(shown, desk.company) if shown else ("", "")
    preview = f"{subject}\n\n{text}" if row.channel == "mail" else ""
    if row.channel == "hook" and shown:
        preview = letters.body_of(shown[0], desk.company)
    context = {
        "line": _line(desk, row),
        "preview": preview if shown else "",
        "deliveries": [
            (each, _state(each), wording.fault(each.fault) if each.fault else "")
            for each in subscriptions.deliveries(desk.company.id, row.id)
        ],
        "may_subscribe": desk.actor.may("monitoring.subscribe"),
    }
    return render(request, "desk/alerts/subscription.html", context)


def _own(desk: DeskRequest, subscription_id: int) -> SubscriptionRow:
    row = subscriptions.subscription(desk.company.id, subscription_id)
    if row.user_id != desk.actor.user_id:
        raise NotFound("subscription_unknown", "There is no such subscription")
    return row


def _state(row: DeliveryRow) -> str:
    return {
        "waiting": gettext("waits"),
        "sent": gettext("sent"),
        "given_up": gettext("not sent"),
    }.get(row.state, row.state)


@require_POST
def end(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """End one of one's own subscriptions."""
    desk = requests.of(request)

    def act() -> None:
        services.unsubscribe(forms.acting(desk), subscription_id)

    said = gettext("You are told no more")
    return confirming.done(request, act, said, "alert-subscriptions")


urlpatterns = [
    path("alerts/subscriptions/", page, name="alert-subscriptions"),
    path("alerts/subscriptions/<int:subscription_id>", one, name="alert-subscription"),
    path("alerts/subscriptions/<int:subscription_id>/end", end, name="alert-subscription-end"),
]
