"""Remittance advices: what payers said they paid, which payment each serves, what was refused."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.cash.queries import AdviceRow
from creditdesk.faces.desk import faults, forms, lists, requests
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Place
from creditdesk.look.shapes import Tone

FILES_MAX = 20
STATUSES = ("read", "tied", "refused", "set_aside")


@dataclass(frozen=True, slots=True)
class AdviceShown:
    """An advice with its state in words."""

    row: AdviceRow
    status: str
    tone: Tone
    who: str


@dataclass(frozen=True, slots=True)
class View:
    """A saved view of the list."""

    value: str
    label: str
    count: int


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the advices, the newest first."""
    return _listed(requests.of(request), None)


def _listed(desk: DeskRequest, error: DomainError | None) -> HttpResponse:
    view = lists.choice(desk, "view", STATUSES)
    ask = lists.asked(desk)
    found = cash.advices(desk.company.id, status=view, page=ask.page, size=lists.PER_PAGE)
    counts = cash.advice_counts(desk.company.id)
    context = {
        "lines": [_shown(row) for row in found.rows],
        "mark": lists.mark(found),
        "view": view,
        "views": [
            View("", gettext("All"), sum(counts.values())),
            *(View(code, _status(code)[0], counts.get(code, 0)) for code in STATUSES),
        ],
        "error": error,
        "may_take_in": desk.actor.may("cash.take_in_advice"),
    }
    status = 200 if error is None else 422
    return render(desk, "desk/cash/advices.html", context, status=status)


def _shown(row: AdviceRow) -> AdviceShown:
    status, tone = _status(row.status)
    who = row.customer_name or row.payer_name or row.filename
    return AdviceShown(row, status, tone, who)


def _status(code: str) -> tuple[str, Tone]:
    shown: dict[str, tuple[str, Tone]] = {
        "read": (gettext("waits for its payment"), "warn"),
        "tied": (gettext("serves a payment"), "good"),
        "refused": (gettext("not read"), "bad"),
        "set_aside": (gettext("set aside"), ""),
    }
    return shown[code]


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one advice line by line."""
    return _page(requests.of(request), reference, "")


def _page(desk: DeskRequest, reference: str, fault: str) -> HttpResponse:
    row = cash.advice(desk.company.id, reference.replace("\0", ""))
    context = {
        "one": _shown(row),
        "lines": cash.advice_lines(desk.company.id, row.id),
        "fault": fault,
        "may_tie": desk.actor.may("cash.apply"),
        "may_set_aside": desk.actor.may("cash.set_aside_advice"),
    }
    return render(desk, "desk/cash/advice.html", context, status=422 if fault else 200)


@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    """Take in the advices given; one that cannot be read is kept with why, and says where."""
    desk = requests.of(request)
    try:
        taken = [_taken(desk, one.name or "", one.read()) for one in _given(request)]
    except Invalid as error:
        return _listed(desk, error)
    if desk.actor.may("cash.match"):
        cash_services.match(forms.acting(desk).keyed(None))
    known = sum(one.is_known for one in taken)
    said = gettext("%(new)d taken in, %(known)d were here already")
    messages.success(request, said % {"new": len(taken) - known, "known": known})
    return HttpResponseRedirect(reverse("advices"), status=303)


def _given(request: HttpRequest) -> list[UploadedFile[bytes]]:
    given = request.FILES.getlist("file")
    if not given:
        raise forms.nothing_chosen("file")
    if len(given) > FILES_MAX:
        raise Invalid(
            "too_many_files", gettext("These are too many files at once"),
            place=Place(field="file"), mend=gettext("Choose fewer"),
        )  # fmt: skip
    return given


def _taken(desk: DeskRequest, name: str, content: bytes) -> cash_services.TakenAdvice:
    actor = forms.acting(desk).keyed(None)
    try:
        return cash_services.take_in_advice(actor, filename=name, content=content)
    except Invalid as error:
        why = cash_services.refusal_of(error)
        cash_services.keep_refused_advice(actor, filename=name, content=content, why=why)
        raise


@require_POST
def tie(request: HttpRequest, reference: str) -> HttpResponse:
    """Say which payment an advice goes with, and match that payment by it."""
    desk = requests.of(request)
    try:
        payment = forms.text(request, "payment", is_required=True)
        cash_services.tie_advice(forms.acting(desk), reference, payment_reference=payment)
    except (Invalid, Conflict, NotFound) as error:
        if isinstance(error, NotFound) and error.code != "payment_unknown":
            raise
        return _page(desk, reference, faults.sentence(error))
    if desk.actor.may("cash.match"):
        row = cash.payment(desk.company.id, payment).payment
        cash_services.match(forms.acting(desk).keyed(None), payment_ids=[row.id])
    said = gettext("%(advice)s goes with %(payment)s")
    messages.success(request, said % {"advice": reference, "payment": payment})
    return HttpResponseRedirect(reverse("advice", args=[reference]), status=303)


@require_POST
def set_aside(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that an advice serves no payment."""
    desk = requests.of(request)
    try:
        reason = forms.text(request, "reason", is_required=True)
        cash_services.set_aside_advice(forms.acting(desk), reference, reason=reason)
    except Invalid as error:
        return _page(desk, reference, faults.sentence(error))
    messages.success(request, gettext("Set aside; it stays kept"))
    return HttpResponseRedirect(reverse("advices"), status=303)


urlpatterns = [
    path("cash/advices/", listing, name="advices"),
    path("cash/advices/take-in", take_in, name="advices-take-in"),
    path("cash/advices/<str:reference>/", page, name="advice"),
    path("cash/advices/<str:reference>/tie", tie, name="advice-tie"),
    path("cash/advices/<str:reference>/set-aside", set_aside, name="advice-set-aside"),
]
