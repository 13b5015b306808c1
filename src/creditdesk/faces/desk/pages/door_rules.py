"""Sign-in rules of the company: who needs a second factor, and what is asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from creditdesk.controls import queries as controls
from creditdesk.controls import rules as control_rules
from creditdesk.controls import services as control_services
from creditdesk.controls import wording
from creditdesk.controls.commands import preview
from creditdesk.controls.identity import rules
from creditdesk.controls.identity.rules import Asks
from creditdesk.controls.queries import FactorRow, SecurityRow
from creditdesk.faces.desk import faults, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.frame import ROLE_NAMES
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Invalid, Refused
from creditdesk.look import words as look_words
from creditdesk.look.shapes import Tone

READERS = ("manager", "auditor", "administrator")
GRACE_DAYS = 14
ASKED = "ask."


@dataclass(frozen=True, slots=True)
class Given:
    """What was filled in."""

    second_factor: str
    since: date
    grace_days: int
    asked_again: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person, and what the rules mean to them."""

    row: FactorRow
    name: str
    roles: str
    said: str
    tone: Tone
    is_reader: bool


@dataclass(frozen=True, slots=True)
class RuleLine:
    """Rules of one time, in words."""

    row: SecurityRow
    who: str
    acts: tuple[str, ...]
    is_to_come: bool


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show the rules and whom they concern; on POST show what new ones mean, then set them."""
    desk = requests.of(request)
    if desk.roles.isdisjoint(READERS):
        raise Refused(
            "not_permitted", gettext("The rules of signing in are not shown to this role")
        )
    if request.method != "POST":
        return render(request, "desk/door_rules.html", _context(desk))
    try:
        given = _given(request)
        if "confirmed" in request.POST:
            return _set(desk, given)
        with preview():
            _command(desk, given)
    except Invalid as error:
        context = _context(desk)
        context["fields"] = forms.filled(_fields(desk), request.POST.dict(), error)
        context["acts"] = forms.filled(_acts(desk), request.POST.dict())
        return render(
            request,
            "desk/door_rules.html",
            {**context, "form_error": faults.sentence(error)},
            status=422,
        )
    return render(request, "desk/door_rules_preview.html", _shown(desk, given))


def _given(request: HttpRequest) -> Given:
    return Given(
        second_factor=forms.text(request, "second_factor", is_required=True),
        since=forms.required_day(request, "since"),
        grace_days=forms.parsed(request, "grace_days", int),
        asked_again=tuple(
            name for name in control_rules.MAY_BE_ASKED if request.POST.get(f"{ASKED}{name}")
        ),
        reason=forms.text(request, "reason", is_required=True),
    )


def _command(desk: DeskRequest, given: Given) -> int:
    return control_services.set_security(
        forms.acting(desk),
        second_factor=given.second_factor,
        since=given.since,
        grace_days=given.grace_days,
        asked_again=given.asked_again,
        reason=given.reason,
    )


def _set(desk: DeskRequest, given: Given) -> HttpResponse:
    _command(desk, given)
    said = gettext("The rules hold from %(day)s") % {"day": look_words.day(given.since)}
    messages.success(desk, said)
    return HttpResponseRedirect(reverse("sign-in-rules"), status=303)


def _context(desk: DeskRequest) -> dict[str, object]:
    today = controls.machine_today()
    company = desk.company.id
    now = controls.security_of(company)
    recorded = controls.security_recorded(company)
    people = controls.factors_of_members(company, today)
    return {
        "now": _rule(now, today),
        "to_come": [_rule(one, today) for one in recorded if one.since and one.since > today][:1],
        "recorded": [_rule(one, today) for one in recorded],
        "installation": wording.second_factor(settings.SECOND_FACTOR),
        "always": sorted(map(wording.act, control_rules.ASKED_AGAIN)),
        "people": [_person(desk, one, now.asks, today) for one in people],
        "may_set": desk.actor.may("controls.set_security"),
        "fields": _fields(desk),
        "acts": _acts(desk),
    }


def _rule(row: SecurityRow, today: date) -> RuleLine:
    acts = tuple(map(wording.act, row.asked_again))
    to_come = row.since is not None and row.since > today
    return RuleLine(row, wording.second_factor(row.second_factor), acts, to_come)


def _shown(desk: DeskRequest, given: Given) -> dict[str, object]:
    """Return what the rules would mean on the day they begin, person by person."""
    asks = Asks(given.second_factor, given.since, given.grace_days)
    people = controls.factors_of_members(desk.company.id, given.since)
    lines = [_person(desk, one, asks, given.since) for one in people]
    return {
        "given": given,
        "who": wording.second_factor(given.second_factor),
        "acts": [wording.act(one) for one in given.asked_again],
        "names": [f"{ASKED}{one}" for one in given.asked_again],
        "must": [one for one in lines if one.tone == "warn"],
        "others": [one for one in lines if one.tone != "warn"],
        "is_reader": any(one.is_reader and one.tone == "warn" for one in lines),
    }


def _person(desk: DeskRequest, row: FactorRow, asks: Asks, on: date) -> PersonLine:
    installation = Asks(settings.SECOND_FACTOR, date.min, 0)
    due = rules.factor_due((*row.asks, asks, installation), row.roles, on)
    said, tone = _said(row, due, on)
    roles = ", ".join(gettext(ROLE_NAMES.get(role, role)) for role in row.roles_here)
    is_reader = row.user_id == desk.actor.user_id
    return PersonLine(row, row.name or row.username, roles, said, tone, is_reader)


def _said(row: FactorRow, due: rules.Due | None, on: date) -> tuple[str, Tone]:
    if row.has_factor:
        return gettext("has one"), "good"
    if due is None:
        return gettext("has none, and needs none"), ""
    if due.is_overdue(on):
        return gettext("must set one up at the next page"), "warn"
    return gettext("must set one up by %(day)s") % {"day": look_words.day(due.until)}, "warn"


def _fields(desk: DeskRequest) -> list[Field]:
    now = controls.security_of(desk.company.id)
    return [
        Field(
            "second_factor",
            gettext("Who needs a second factor"),
            now.second_factor,
            "select",
            options=tuple((mode, wording.second_factor(mode)) for mode in rules.MODES),
            is_required=True,
        ),
        Field(
            "since",
            gettext("From"),
            controls.machine_today().isoformat(),
            "date",
            hint=gettext("Whoever has one shows it from this day on."),
            is_required=True,
        ),
        Field(
            "grace_days",
            gettext("Days of grace"),
            str(now.grace_days if now.since else GRACE_DAYS),
            hint=gettext("So long whoever has none is still let in. 0 to %(most)d.")
            % {"most": rules.GRACE_DAYS_MAX},
            is_required=True,
        ),
        Field("reason", gettext("Reason"), kind="textarea", is_required=True),
    ]


def _acts(desk: DeskRequest) -> list[Field]:
    chosen = controls.security_of(desk.company.id).asked_again
    return [
        Field(f"{ASKED}{name}", wording.act(name), "1" if name in chosen else "", "check")
        for name in control_rules.MAY_BE_ASKED
    ]


urlpatterns = [path("sign-in-rules/", page, name="sign-in-rules")]
