"""Applications for credit: the list, a new one, its fields, and the whole case on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from creditdesk.assessment.cases import queries, rules, services, wording
from creditdesk.assessment.cases.queries import ApplicationPage, ApplicationRow
from creditdesk.assessment.cases.services import NewApplication
from creditdesk.assessment.notices import queries as notices
from creditdesk.assessment.notices.rules import Deadline
from creditdesk.faces.desk import applying, faults, forms, lists, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Conflict, Invalid
from creditdesk.look.shapes import Tone

VIEWS: Final[Mapping[str, tuple[str, ...]]] = {
    "work": ("submitted", "in_review"),
    "waiting": ("draft", "decided", "counter_offer"),
    "accepted": ("accepted",),
    "ended": ("declined", "expired", "withdrawn"),
    "all": (),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An application in the list: how it stands, how old it is, and the clock nearest its end."""

    row: ApplicationRow
    state: str
    tone: Tone
    customer_class: str
    age_days: int
    clock: Deadline | None
    clock_tone: Tone


@dataclass(frozen=True, slots=True)
class View:
    """A saved view: its filter, its name, how many stand there."""

    value: str
    label: str
    count: int


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show applications by how they stand; or give them as a file."""
    desk = requests.of(request)
    ask = lists.asked(request, sorts=queries.SORTS, sort="-age")
    view = lists.choice(request, "view", tuple(VIEWS), "work")

    def fetch(page: int, size: int) -> ApplicationPage:
        return queries.listing(
            desk.company.id, states=VIEWS[view], text=ask.text, sort=ask.sort, page=page, size=size
        )

    if ask.format:
        every = (_line(row, desk.actor.today) for row in lists.every(fetch))
        return lists.export(desk, _columns(), every, name="applications", form=ask.format)
    shown = fetch(ask.page, lists.PER_PAGE)
    context = {
        "lines": [_line(row, desk.actor.today) for row in shown.rows],
        "mark": lists.mark(shown),
        "ask": ask,
        "view": view,
        "views": _views(queries.counts(desk.company.id)),
        "may_apply": desk.actor.may("assessment.apply"),
        "is_filtered": bool(ask.text),
    }
    return lists.show(desk, "desk/applications/list.html", "desk/applications/_rows.html", context)


def _views(counts: Mapping[str, int]) -> list[View]:
    names = {
        "work": gettext("To decide"),
        "waiting": gettext("Waiting for others"),
        "accepted": gettext("Accounts opened"),
        "ended": gettext("Ended otherwise"),
        "all": gettext("All"),
    }
    return [
        View(value, names[value], sum(counts.get(one, 0) for one in states or rules.STATES))
        for value, states in VIEWS.items()
    ]


def _line(row: ApplicationRow, today: date) -> Line:
    nearest = None
    if row.is_open:
        running = [one for one in notices.deadlines(row, today) if one.state != "met"]
        nearest = min(running, key=lambda one: one.due_on, default=None)
    return Line(
        row,
        wording.state(row.state),
        applying.STATE_TONES[row.state],
        wording.customer_class(row.customer_class),
        ((row.ended_on or today) - row.recorded_on).days,
        nearest,
        applying.CLOCK_TONES[nearest.state] if nearest else "",
    )


def _columns() -> list[Column[Line]]:
    def currency(line: Line) -> str:
        return line.row.currency

    return [
        Column("reference", gettext("Application"), lambda one: one.row.reference),
        Column("name", gettext("Applicant"), lambda one: one.row.name),
        Column("class", gettext("Class"), lambda one: one.customer_class),
        Column("currency", gettext("Currency"), currency),
        Column(
            "requested", gettext("Asked for"), lambda one: one.row.requested_minor, "money",
            currency,
        ),
        Column("state", gettext("State"), lambda one: one.state),
        Column("recorded_on", gettext("Begun"), lambda one: one.row.recorded_on, "date"),
        Column("decided_on", gettext("Decided"), lambda one: one.row.decided_on, "date"),
    ]  # fmt: skip


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the whole case: what is known, what is missing, what the policy says, what was done."""
    desk = requests.of(request)
    found = queries.application(desk.company.id, reference)
    return render(request, "desk/applications/page.html", applying.case(desk, found))


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write an application down, by telephone or from paper, as a draft."""
    desk = requests.of(request)
    fields = _new_fields(desk)
    status, error = 200, None
    if request.method == "POST":
        try:
            reference = services.start(forms.acting(desk), new=_typed(desk))
        except (Invalid, Conflict) as fault:
            error, status = fault, 422 if isinstance(fault, Invalid) else 409
        else:
            messages.success(request, gettext("%(reference)s is begun") % {"reference": reference})
            return HttpResponseRedirect(reverse("application", args=[reference]), status=303)
    return _form(desk, fields, error, status, gettext("New application"), reverse("applications"))


def _new_fields(desk: DeskRequest) -> list[Field]:
    classes = tuple((one, wording.customer_class(one)) for one in rules.CLASSES)
    languages = (("en", "English"), ("de", "Deutsch"))
    return [
        Field("customer_number", gettext("Customer number, if there is an account"),
              desk.GET.get("customer", "")),
        Field("legal_name", wording.field("legal_name"),
              hint=gettext("May be left empty for a customer we know")),
        Field("customer_class", gettext("Class of applicant"), "small", "select", options=classes,
              hint=gettext("It says what must be given")),
        Field("requested", gettext("Limit asked for"), "", "amount", is_required=True),
        Field("currency", gettext("Currency"), desk.company.currency, is_required=True),
        Field("language", gettext("Language of letters"), desk.company.language, "select",
              options=languages),
        Field("contact_name", wording.field("contact_name")),
        Field("contact_email", wording.field("contact_email"), "", "email"),
    ]  # fmt: skip


def _typed(desk: DeskRequest) -> NewApplication:
    currency = forms.parsed(desk, "currency", applying.currency)
    data = {
        name: forms.text(desk, name) for name in ("legal_name", "contact_name", "contact_email")
    }
    return NewApplication(
        customer_class=forms.text(desk, "customer_class", is_required=True),
        requested_minor=forms.amount(desk, "requested", currency),
        currency=currency,
        data=data,
        customer_number=forms.text(desk, "customer_number"),
        language=forms.text(desk, "language") or desk.company.language,
    )


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, reference: str) -> HttpResponse:
    """Fill in what the applicant gave."""
    desk = requests.of(request)
    found = queries.application(desk.company.id, reference)
    back = reverse("application", args=[reference])
    fields = applying.fields(found)
    status, error = 200, None
    if request.method == "POST":
        try:
            data = applying.posted(desk, found)
            services.fill(forms.acting(desk), reference, data=data)
        except (Invalid, Conflict) as fault:
            error, status = fault, 422 if isinstance(fault, Invalid) else 409
        else:
            messages.success(request, gettext("Saved"))
            return HttpResponseRedirect(back, status=303)
    title = gettext("What %(name)s gave") % {"name": found.name}
    return _form(desk, fields, error, status, title, back)


def _form(
    desk: DeskRequest,
    fields: Sequence[Field],
    error: Invalid | Conflict | None,
    status: int,
    title: str,
    back: str,
) -> HttpResponse:
    shown = list(fields)
    if error is not None:
        invalid = error if isinstance(error, Invalid) else None
        shown = forms.filled(fields, desk.POST.dict(), invalid)
    context = {
        "title": title,
        "fields": shown,
        "form_error": faults.sentence(error) if error is not None else "",
        "submit": gettext("Save"),
        "back": back,
        "back_label": gettext("Back"),
    }
    return render(desk, "desk/form.html", context, status=status)


urlpatterns = [
    path("applications/", listing, name="applications"),
    path("applications/new", new, name="application-new"),
    path("applications/<str:reference>/", page, name="application"),
    path("applications/<str:reference>/edit", edit, name="application-edit"),
]
