"""Duties: who holds what, where duties meet, what is excepted, what one person exercised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.controls import queries as controls
from creditdesk.controls import rules as control_rules
from creditdesk.controls import services as control_services
from creditdesk.controls import wording
from creditdesk.controls.queries import ExceptionRow, ExercisedRow, HeldRow
from creditdesk.faces.desk import faults, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.frame import ROLE_NAMES
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Conflict, Invalid, Refused

READERS = ("manager", "auditor", "administrator")
EXCEPTION_DAYS = 30


@dataclass(frozen=True, slots=True)
class HeldLine:
    """What one person holds, in words."""

    row: HeldRow
    roles: str
    open: tuple[str, ...]
    excepted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExceptionLine:
    """An exception, in words."""

    row: ExceptionRow
    pair: str
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class ExercisedLine:
    """A pair of which one person did both sides, on different documents."""

    row: ExercisedRow
    pair: str


def _require_reader(request: DeskRequest) -> None:
    if request.roles.isdisjoint(READERS):
        raise Refused("not_permitted", gettext("The duties of others are not shown to this role"))


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """Show the report of the last quarter."""
    desk = requests.of(request)
    _require_reader(desk)
    found = controls.duty_report(desk.actor)
    context = {
        "report": found,
        "held": [
            HeldLine(
                one,
                ", ".join(gettext(ROLE_NAMES.get(role, role)) for role in one.roles),
                tuple(map(wording.pair, one.open)),
                tuple(map(wording.pair, one.excepted)),
            )
            for one in found.held
        ],
        "exceptions": [
            ExceptionLine(one, wording.pair(one.pair), one.is_in_force(found.on))
            for one in found.exceptions
        ],
        "exercised": [ExercisedLine(one, wording.pair(one.pair)) for one in found.exercised],
        "pairs": [(pair.number, wording.pair(pair.number)) for pair in control_rules.PAIRS],
        "may_ask": desk.actor.may("controls.ask_exception"),
        "may_end": desk.actor.may("controls.end_exception"),
    }
    return render(request, "desk/duties/page.html", context)


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask that somebody may hold both sides of a pair for a while."""
    desk = requests.of(request)
    _require_reader(desk)
    fields = _fields(desk)
    context: dict[str, object] = {
        "fields": fields,
        "title": gettext("Ask for an exception from a pair of duties"),
        "submit": gettext("Ask for approval"),
        "back": reverse("duties"),
        "back_label": gettext("Duties"),
    }
    status = 200
    if request.method == "POST":
        try:
            control_services.except_duty(
                forms.acting(desk),
                forms.text(request, "user", is_required=True),
                pair=forms.parsed(request, "pair", int),
                reason=forms.text(request, "reason", is_required=True),
                valid_from=forms.required_day(request, "valid_from"),
                valid_until=forms.required_day(request, "valid_until"),
            )
        except Invalid as error:
            context["fields"] = forms.filled(fields, request.POST.dict(), error)
            context["form_error"] = faults.sentence(error)
            status = 422
    return render(request, "desk/form.html", context, status=status)


def _fields(request: DeskRequest) -> list[Field]:
    today = request.actor.today
    held = controls.duty_report(request.actor).held
    return [
        Field(
            "user",
            gettext("For whom"),
            kind="select",
            options=tuple((one.username, one.name or one.username) for one in held),
            is_required=True,
        ),
        Field(
            "pair",
            gettext("Pair of duties"),
            kind="select",
            options=tuple(
                (str(one.number), f"{one.number} · {wording.pair(one.number)}")
                for one in control_rules.PAIRS
            ),
            is_required=True,
        ),
        Field("valid_from", gettext("From"), today.isoformat(), "date", is_required=True),
        Field(
            "valid_until",
            gettext("Until"),
            (today + timedelta(days=EXCEPTION_DAYS)).isoformat(),
            "date",
            hint=gettext("Three months at most"),
            is_required=True,
        ),
        Field("reason", gettext("Reason"), kind="textarea", is_required=True),
    ]


@require_POST
def end(request: HttpRequest, exception_id: int) -> HttpResponse:
    """End an exception today."""
    desk = requests.of(request)
    try:
        control_services.end_exception(forms.acting(desk), exception_id)
    except Conflict as error:
        messages.warning(request, faults.sentence(error))
    else:
        messages.success(request, gettext("The exception ends today"))
    return HttpResponseRedirect(reverse("duties"), status=303)


urlpatterns = [
    path("duties/", report, name="duties"),
    path("duties/ask", ask, name="duties-ask"),
    path("duties/exceptions/<int:exception_id>/end", end, name="duties-end"),
]
