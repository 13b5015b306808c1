"""An investigation: its question, its steps, its finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from creditdesk.assessment.evidence import services, wording
from creditdesk.assessment.evidence.queries import inquiries
from creditdesk.assessment.evidence.queries.inquiries import StepRow
from creditdesk.assessment.evidence.rules.inquiries import FINDING, OUTCOMES, STEPS
from creditdesk.controls.commands import require
from creditdesk.customers import queries as customers
from creditdesk.faces.desk import confirming, forms, requests
from creditdesk.faces.desk.pages.evidence import inquiry_shown
from creditdesk.faces.desk.requests import DeskRequest


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step in words."""

    row: StepRow
    kind: str
    outcome: str


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show an investigation; add a step to it, or its finding."""
    desk = requests.of(request)
    inquiry = inquiries.inquiry(desk.company.id, reference)
    if request.method == "POST":
        require(desk.actor, "assessment.investigate")
        said = gettext("It is on record")
        return confirming.done(
            request, lambda: _write(desk, reference), said, "investigation", args=[reference]
        )
    of = inquiry.customer_id
    known = customers.customers_by_id(desk.company.id, {of}) if of is not None else {}
    context = {
        "inquiry": inquiry_shown(inquiry),
        "customer": known.get(of) if of is not None else None,
        "steps": _steps(inquiries.steps(desk.company.id, inquiry.id)),
        "kinds": [(one, wording.step(one)) for one in STEPS],
        "outcomes": [(one, wording.outcome(one)) for one in OUTCOMES],
        "may": desk.actor.may("assessment.investigate") and not inquiry.outcome,
    }
    return render(request, "desk/evidence/investigation.html", context)


def _write(desk: DeskRequest, reference: str) -> None:
    kind = forms.text(desk, "kind", is_required=True)
    text = forms.text(desk, "text", is_required=True)
    if kind == FINDING:
        outcome = forms.text(desk, "outcome", is_required=True)
        services.conclude(forms.acting(desk), reference, outcome=outcome, text=text)
        return
    source = forms.text(desk, "source")
    services.add_step(forms.acting(desk), reference, kind=kind, text=text, source=source)


def _steps(rows: Sequence[StepRow]) -> list[StepShown]:
    return [
        StepShown(one, wording.step(one.kind), wording.outcome(one.outcome) if one.outcome else "")
        for one in rows
    ]


urlpatterns = [path("investigations/<str:reference>/", page, name="investigation")]
