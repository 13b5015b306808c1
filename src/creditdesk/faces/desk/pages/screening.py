"""Sanctions lists, and the hits somebody has to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.assessment.evidence import services, wording
from creditdesk.assessment.evidence.queries import screening
from creditdesk.assessment.evidence.queries.screening import HitRow, ListRow
from creditdesk.controls.commands import require
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.desk import confirming, faults, forms, requests
from creditdesk.faces.desk.lists import page_number
from creditdesk.faces.desk.pages.evidence import HitShown, hit_shown
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Invalid, Place

SIZE: Final = 50
VERDICTS: Final = ("open", "cleared", "confirmed")


@dataclass(frozen=True, slots=True)
class Line:
    """A hit with the customer it is about, and the verdicts that may follow."""

    hit: HitShown
    customer: CustomerRow | None
    verdicts: tuple[tuple[str, str], ...]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the lists in force and the hits to be looked at."""
    desk = requests.of(request)
    return render(request, "desk/evidence/screening.html", _context(desk))


def _context(desk: DeskRequest) -> dict[str, object]:
    given = desk.GET.get("verdict", "open")
    verdict = given if given in VERDICTS else "open"
    number = page_number(desk.GET.get("page", "1"))
    rows = screening.queue(desk.company.id, verdict=verdict, page=number, size=SIZE)
    ids = {one.customer_id for one in rows if one.customer_id is not None}
    known = customers.customers_by_id(desk.company.id, ids)
    return {
        "lists": [_named(one) for one in screening.lists(desk.company.id)],
        "lines": [
            Line(
                hit_shown(one),
                known.get(one.customer_id) if one.customer_id is not None else None,
                _follow(desk, one),
            )
            for one in rows[:SIZE]
        ],
        "verdict": verdict,
        "tabs": [("open", gettext("To be looked at")), ("cleared", gettext("No match")),
                 ("confirmed", gettext("Confirmed"))],
        "later": number + 1 if len(rows) > SIZE else 0,
        "earlier": number - 1,
        "may_load": desk.actor.may("assessment.load_list"),
        "may_review": desk.actor.may("assessment.review_hit"),
        "today": desk.actor.today,
    }  # fmt: skip


def _named(row: ListRow) -> tuple[ListRow, str]:
    return row, wording.source(row.source)


def _follow(desk: DeskRequest, hit: HitRow) -> tuple[tuple[str, str], ...]:
    """Return the verdicts this person may give next, in words."""
    words = {
        "proposed": gettext("No match: propose to clear"),
        "cleared": gettext("No match: clear"),
        "sent_back": gettext("Not convinced: send back"),
        "confirmed": gettext("It is them: block credit"),
    }
    is_own = services.is_same(
        hit.reviewed_by_id, hit.reviewed_by, desk.actor.user_id, desk.actor.name
    )
    return tuple(
        (code, words[code]) for code in services.verdicts_after(hit.verdict, is_own=is_own)
    )


@require_POST
def load(request: HttpRequest) -> HttpResponse:
    """Take in a list; what cannot be read is said beside the form."""
    desk = requests.of(request)
    require(desk.actor, "assessment.load_list")
    file = request.FILES.get("file")
    name = (file.name or "list")[:200] if file is not None else ""
    try:
        if file is None:
            raise list_missing()
        if (file.size or 0) > settings.UPLOAD_BYTES_MAX:
            raise list_too_large()
        done = services.load_list(
            forms.acting(desk),
            filename=name,
            content=file.read(),
            listed_on=forms.required_day(request, "listed_on"),
            source=forms.text(request, "source"),
        )
    except Invalid as error:
        context = _context(desk) | {"load_error": faults.sentence(error), "filename": name}
        return render(request, "desk/evidence/screening.html", context, status=422)
    said = ngettext(
        "%(count)s entry of the list stands; %(added)s new, %(changed)s changed, %(removed)s gone",
        "%(count)s entries of the list stand; %(added)s new, %(changed)s changed, %(removed)s gone",
        done.entries,
    )
    told = {"count": done.entries, "added": done.added, "changed": done.changed,
            "removed": done.removed}  # fmt: skip
    messages.success(request, said % told)
    return HttpResponseRedirect(reverse("screening"), status=303)


@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Screen who is to be screened now, instead of with the day."""
    desk = requests.of(request)
    said = gettext("Everybody is screened")
    return confirming.done(request, lambda: services.screen(forms.acting(desk)), said, "screening")


@require_POST
def review(request: HttpRequest, hit_id: int) -> HttpResponse:
    """Say what a hit is."""
    desk = requests.of(request)
    screening.hit(desk.company.id, hit_id)

    def act() -> None:
        services.review_hit(
            forms.acting(desk),
            hit_id,
            verdict=forms.text(request, "verdict", is_required=True),
            reason=forms.text(request, "reason", is_required=True),
            after=forms.count(request, "after") or 0,
        )

    return confirming.done(request, act, gettext("The verdict is on record"), "screening")


def list_missing() -> Invalid:
    """Return the error of a form without a file."""
    return Invalid(
        "list_missing", "No list was given", place=Place(field="file"), mend="Choose its file"
    )


def list_too_large() -> Invalid:
    """Return the error of a file larger than is taken."""
    return Invalid(
        "list_too_large",
        "The list is larger than a file may be",
        place=Place(field="file"),
        mend="Ask whoever runs this installation for a higher CREDITDESK_UPLOAD_MIB",
    )


urlpatterns = [
    path("screening/", page, name="screening"),
    path("screening/load", load, name="screening-load"),
    path("screening/run", run, name="screening-run"),
    path("screening/hits/<int:hit_id>", review, name="screening-review"),
]
