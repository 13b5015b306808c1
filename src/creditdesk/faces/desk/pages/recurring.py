"""Recurring invoices: the plans, one with what it issued and what comes, set up and changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.faces.desk import drafting, faults, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices.recurring import queries as plans
from creditdesk.invoices.recurring import services as recurring
from creditdesk.invoices.recurring.queries import PlanRow
from creditdesk.invoices.recurring.rules import PLACEHOLDERS, Rhythm, Unit
from creditdesk.kernel.errors import Conflict, Invalid, Refused
from creditdesk.look.shapes import Tone

PERMISSION = "invoices.plan_recurring"


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan in words."""

    row: PlanRow
    rhythm: str
    state: str
    tone: Tone


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the plans, those that stopped first, then the next due."""
    desk = requests.of(request)
    context = {
        "lines": [_line(row) for row in plans.plans(desk.company.id)],
        "may_plan": desk.actor.may(PERMISSION),
        "today": desk.actor.today,
    }
    return render(request, "desk/recurring/list.html", context)


def _line(row: PlanRow) -> PlanLine:
    words: dict[str, tuple[str, Tone]] = {
        "active": (gettext("Active"), "good"),
        "paused": (gettext("Paused"), "info"),
        "stopped": (gettext("Stopped"), "bad"),
        "ended": (gettext("Ended"), ""),
    }
    return PlanLine(row, _rhythm_words(row), *words[row.status])


def _rhythm_words(row: PlanRow) -> str:
    n = row.every
    said = {
        "month": ngettext("every month", "every %(n)s months", n),
        "week": ngettext("every week", "every %(n)s weeks", n),
        "day": ngettext("every day", "every %(n)s days", n),
    }[row.unit] % {"n": n}
    if row.unit != "month":
        return said
    day = row.day_of_month or row.starts_on.day
    if day > 28:  # noqa: PLR2004 - the shortest month
        return gettext("%(often)s, on the %(day)s. or the month's last day") % {
            "often": said,
            "day": day,
        }
    return gettext("%(often)s, on the %(day)s.") % {"often": said, "day": day}


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a plan: why it stopped, what comes next, what it issued."""
    desk = requests.of(request)
    row = plans.plan(desk.company.id, reference)
    may_plan = desk.actor.may(PERMISSION) and row.status != "ended"
    context = {
        "plan": row,
        "line": _line(row),
        "draft": row.draft,
        "ahead": recurring.ahead(desk.actor, row) if row.status != "ended" else [],
        "documents": plans.documents(desk.company.id, row.id),
        "may_plan": may_plan,
        "may_pause": may_plan and row.status in ("active", "stopped"),
        "may_resume": may_plan and row.status in ("paused", "stopped"),
        "missed": bool(row.next_on and row.next_on < desk.actor.today),
    }
    return render(request, "desk/recurring/page.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a plan; show its first three documents; set it up when those were seen."""
    desk = _planning(request)
    posted = request.POST.dict()
    shown = drafting.changed(posted) if posted else {"lines": "1", **_asked(request)}
    context: dict[str, object] = {}
    error, status = None, 200
    try:
        if drafting.is_asked(posted):
            title, rhythm = forms.text(desk, "title", is_required=True), _rhythm(desk)
            draft = drafting.draft(desk, shown, is_dated=False)
            if "confirmed" in posted:
                reference = recurring.set_up(
                    forms.acting(desk), title=title, draft=draft, rhythm=rhythm
                )
                messages.success(request, gettext("%(plan)s is set up") % {"plan": reference})
                return _to(reference)
            context["ahead"] = recurring.ahead_of(desk.actor, draft, rhythm)
    except (Invalid, Conflict) as found:
        error = found if isinstance(found, Invalid) else None
        context["form_error"] = faults.sentence(found)
        status = 409 if error is None else 422
    context |= _form(desk, shown, error)
    context["rhythm"] = forms.filled(_rhythm_fields(desk), dict(shown), drafting.placed(error))
    return render(request, "desk/recurring/new.html", context, status=status)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask what the documents still to come say; change it when their preview was seen."""
    desk = _planning(request)
    row = plans.plan(desk.company.id, reference)
    posted = request.POST.dict()
    said = {**drafting.shown_of(row.draft, row.customer_number), "title": row.title}
    shown = drafting.changed(posted) if posted else said
    context: dict[str, object] = {"plan": row}
    error, status = None, 200
    try:
        if drafting.is_asked(posted):
            title = forms.text(desk, "title", is_required=True)
            draft = drafting.draft(desk, shown, is_dated=False)
            if "confirmed" in posted:
                recurring.change(forms.acting(desk), reference, title=title, draft=draft)
                messages.success(request, gettext("%(plan)s is changed") % {"plan": reference})
                return _to(reference)
            context["ahead"] = recurring.ahead_changed(desk.actor, row, title, draft)
    except (Invalid, Conflict) as found:
        error = found if isinstance(found, Invalid) else None
        context["form_error"] = faults.sentence(found)
        status = 409 if error is None else 422
    context |= _form(desk, shown, error)
    return render(request, "desk/recurring/new.html", context, status=status)


def _planning(request: HttpRequest) -> DeskRequest:
    desk = requests.of(request)
    if not desk.actor.may(PERMISSION):
        raise Refused("not_permitted", "You may not plan invoices")
    return desk


def _asked(request: HttpRequest) -> dict[str, str]:
    return {"customer": request.GET.get("customer", "").replace("\0", "")[:64]}


def _form(desk: DeskRequest, shown: Mapping[str, str], error: Invalid | None) -> dict[str, object]:
    title = Field(
        "title", gettext("Name of the plan"),
        hint=gettext("For the desk; it does not stand on the invoice"), is_required=True,
    )  # fmt: skip
    return {
        **drafting.context(
            shown,
            error,
            [title, *drafting.head_fields(desk, is_dated=False)],
            drafting.more_fields(is_dated=False),
        ),
        "placeholders": [f"{{{name}}}" for name in PLACEHOLDERS],
    }


def _rhythm_fields(desk: DeskRequest) -> list[Field]:
    units = (("month", gettext("months")), ("week", gettext("weeks")), ("day", gettext("days")))
    when = (("", gettext("The period that begins")), ("on", gettext("The period that has ended")))
    return [
        Field("every", gettext("Every"), "1", is_required=True),
        Field("unit", gettext("Months, weeks or days"), "month", "select", options=units),
        Field("starts_on", gettext("From"), desk.actor.today.isoformat(), "date",
              hint=gettext("Turns before today are made up for with the next day run"),
              is_required=True),
        Field("day_of_month", gettext("Day of the month"),
              hint=gettext("With months; 31 is always the last day. Empty: the day it starts")),
        Field("in_arrears", gettext("Bills"), "", "select", options=when),
        Field("ends_on", gettext("Until"), kind="date",
              hint=gettext("The last day an invoice may fall on; empty: no end")),
        Field("count", gettext("Number of invoices"), hint=gettext("Empty: no end")),
    ]  # fmt: skip


def _rhythm(desk: DeskRequest) -> Rhythm:
    unit = forms.text(desk, "unit")
    return Rhythm(
        unit=cast("Unit", unit if unit in ("month", "week", "day") else "month"),
        every=_whole(desk, "every") or 1,
        starts_on=forms.required_day(desk, "starts_on"),
        day_of_month=_whole(desk, "day_of_month"),
        ends_on=forms.day(desk, "ends_on"),
        count=_whole(desk, "count"),
        in_arrears=bool(forms.text(desk, "in_arrears")),
    )


def _whole(desk: DeskRequest, name: str) -> int | None:
    return forms.parsed(desk, name, int) if forms.text(desk, name) else None


@require_POST
def pause(request: HttpRequest, reference: str) -> HttpResponse:
    """Issue nothing until the plan is resumed."""
    recurring.pause(forms.acting(requests.of(request)), reference)
    messages.success(request, gettext("%(plan)s is paused") % {"plan": reference})
    return _to(reference)


@require_POST
def resume(request: HttpRequest, reference: str) -> HttpResponse:
    """Go on, with what was missed or without."""
    desk = requests.of(request)
    recurring.resume(forms.acting(desk), reference, skip_missed="skip" in request.POST)
    messages.success(request, gettext("%(plan)s goes on") % {"plan": reference})
    return _to(reference)


@require_POST
def finish(request: HttpRequest, reference: str) -> HttpResponse:
    """End the plan for good."""
    recurring.finish(forms.acting(requests.of(request)), reference)
    messages.success(request, gettext("%(plan)s has ended") % {"plan": reference})
    return _to(reference)


def _to(reference: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("recurring-plan", args=[reference]), status=303)


urlpatterns = [
    path("invoices/recurring/", listing, name="recurring"),
    path("invoices/recurring/new", new, name="recurring-new"),
    path("invoices/recurring/<str:reference>/", page, name="recurring-plan"),
    path("invoices/recurring/<str:reference>/edit", edit, name="recurring-edit"),
    path("invoices/recurring/<str:reference>/pause", pause, name="recurring-pause"),
    path("invoices/recurring/<str:reference>/resume", resume, name="recurring-resume"),
    path("invoices/recurring/<str:reference>/end", finish, name="recurring-end"),
]
