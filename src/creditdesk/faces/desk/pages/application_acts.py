"""What is done with an application from its page: hand in, ask, keep papers, decide, answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.assessment.cases import queries, services
from creditdesk.assessment.cases.queries import ApplicationRow
from creditdesk.assessment.cases.rules import NewCondition, NewDecision
from creditdesk.assessment.cases.services import Asked, Decided
from creditdesk.assessment.notices import queries as notices
from creditdesk.assessment.notices import services as notice_services
from creditdesk.controls.commands import preview
from creditdesk.faces.desk import applying, confirming, faults, forms, requests, saving
from creditdesk.faces.desk.pages import financials
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, Conflict, Invalid, NotFound, Refused

ASKS: dict[str, Callable[[Actor, str], Asked]] = {
    "invite": services.invite,
    "references": services.ask_references,
    "missing": services.ask_for_missing,
}


def _done(desk: DeskRequest, reference: str, act: Callable[[], object], said: str) -> HttpResponse:
    return confirming.done(desk, act, said, "application", args=[reference])


@require_POST
def step(request: HttpRequest, reference: str, act: str) -> HttpResponse:
    """Hand an application in, take it into review, or take it back."""
    desk = requests.of(request)
    queries.application(desk.company.id, reference)
    actor = forms.acting(desk)
    said = {
        "submit": (services.submit, gettext("Handed in")),
        "begin": (services.begin, gettext("In review")),
        "withdraw": (services.withdraw, gettext("Withdrawn")),
    }
    service, words = said[act]
    return _done(desk, reference, lambda: service(actor, reference), words)


@require_POST
def ask(request: HttpRequest, reference: str, what: str) -> HttpResponse:
    """Ask the applicant or referees by mail: first what would be sent is shown, then it is sent."""
    desk = requests.of(request)
    found = queries.application(desk.company.id, reference)
    service = ASKS[what]
    if confirming.CONFIRMED in desk.POST:
        actor = forms.acting(desk)
        return _done(
            desk, reference, lambda: service(actor, reference),
            gettext("Asked; the mail leaves through the contact gate"),
        )  # fmt: skip
    try:
        with preview():
            shown = service(desk.actor, reference)
    except (Invalid, Conflict, Refused) as error:
        if error.code in confirming.NOT_THEIRS:
            raise
        messages.error(request, faults.sentence(error))
        return HttpResponseRedirect(reverse("application", args=[reference]), status=303)
    return _page(desk, found, asking={"address": request.path, "shown": shown})


@require_POST
def paper(request: HttpRequest, reference: str) -> HttpResponse:
    """Put a paper into the case."""
    desk = requests.of(request)
    queries.application(desk.company.id, reference)

    def keep() -> None:
        new = saving.paper_of(request, forms.text(request, "kind"))
        services.keep_paper(forms.acting(desk), reference, paper=new)

    return _done(desk, reference, keep, gettext("The paper is in the case"))


@require_safe
def file(request: HttpRequest, reference: str, file_id: int) -> HttpResponse:
    """Give a paper as it came, to be saved."""
    desk = requests.of(request)
    of = queries.application(desk.company.id, reference)
    row = applying.paper_of(desk, of, file_id)
    if row is None:
        raise NotFound("case_file_unknown", "There is no such paper")
    return saving.saved(desk, row.file_id, row.name)


@require_safe
def notice(request: HttpRequest, reference: str, notice_id: int) -> HttpResponse:
    """Give the page of a notice as it left."""
    desk = requests.of(request)
    of = queries.application(desk.company.id, reference)
    row = notices.notice(desk.company.id, notice_id)
    if row.application_id != of.id:
        raise NotFound("notice_unknown_here", "There is no such notice")
    return saving.saved(desk, row.file_id, f"{reference}-{row.kind}.pdf")


@require_http_methods(["GET", "POST"])
def statement(request: HttpRequest, reference: str) -> HttpResponse:
    """Type in a financial statement of an applicant; what does not add up is said at the line."""
    desk = requests.of(request)
    of = queries.application(desk.company.id, reference)
    back = reverse("application", args=[reference])
    fields = financials.statement_fields(of.currency)
    context: dict[str, Any] = {
        "fields": fields,
        "title": gettext("Financial statement of %(name)s") % {"name": of.name},
        "submit": gettext("Keep the statement"),
        "back": back,
        "back_label": of.reference,
    }
    status = 200
    if request.method == "POST":
        try:
            typed = financials.typed_statement(desk, of.party_id)
            services.record_figures(forms.acting(desk), reference, row=typed)
        except (Invalid, Conflict) as error:
            if isinstance(error, Invalid):
                context["fields"] = forms.filled(fields, request.POST.dict(), error)
            context["form_error"] = faults.sentence(error)
            status = 422 if isinstance(error, Invalid) else 409
        else:
            messages.success(request, gettext("The statement is kept"))
            return HttpResponseRedirect(back, status=303)
    return render(request, "desk/form.html", context, status=status)


@require_POST
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """Decide: first the notice and what follows are shown, then it is decided."""
    desk = requests.of(request)
    of = queries.application(desk.company.id, reference)
    seen = forms.text(request, "seen")
    try:
        new = _decision(desk, of)
        if confirming.CONFIRMED in desk.POST:
            done = services.decide(forms.acting(desk), reference, new=new, seen_digest=seen)
            messages.success(request, gettext("Decided; the applicant is told"))
            return HttpResponseRedirect(reverse("application", args=[done.reference]), status=303)
        with preview() as shown:
            would = services.decide(desk.actor, reference, new=new, seen_digest=seen)
    except ApprovalNeeded as waits:
        said = gettext("%(reference)s waits for somebody who approves limits")
        messages.success(request, said % {"reference": waits.reference})
        return HttpResponseRedirect(reverse("application", args=[reference]), status=303)
    except (Invalid, Conflict, Refused) as error:
        if error.code in confirming.NOT_THEIRS:
            raise
        status = 422 if isinstance(error, Invalid) else 409
        return _page(desk, of, fault=faults.sentence(error), status=status)
    waits_for = shown.need.count if shown.need else 0
    return _page(desk, of, would=would, waits_for=waits_for)


def _decision(desk: DeskRequest, of: ApplicationRow) -> NewDecision:
    answer = forms.text(desk, "answer", is_required=True)
    if answer not in ("approve", "counter", "decline"):
        raise answer_unknown()
    kind = forms.text(desk, "condition")
    conditions: tuple[NewCondition, ...] = ()
    if kind and answer != "decline":
        amount = forms.text(desk, "condition_amount")
        conditions = (
            NewCondition(
                kind=cast("Any", kind),
                text=forms.text(desk, "condition_text"),
                minor=forms.amount_of(amount, "condition_amount", of.currency) if amount else None,
            ),
        )
    is_granted = answer != "decline"
    return NewDecision(
        answer=cast("Any", answer),
        limit_minor=forms.amount(desk, "limit", of.currency) if is_granted else 0,
        terms=forms.text(desk, "terms") if is_granted else "",
        reasons=tuple(desk.POST.getlist("reasons")) if answer != "approve" else (),
        explanation=forms.text(desk, "explanation", is_required=True),
        conditions=conditions,
    )


@require_POST
def condition(request: HttpRequest, reference: str, condition_id: int) -> HttpResponse:
    """Note that a condition is met; the last one opens the account."""
    desk = requests.of(request)
    queries.application(desk.company.id, reference)
    actor, note = forms.acting(desk), forms.text(request, "note")
    return _done(
        desk, reference,
        lambda: services.meet_condition(actor, reference, condition_id, note=note),
        gettext("The condition is met"),
    )  # fmt: skip


@require_POST
def asked_after(request: HttpRequest, reference: str) -> HttpResponse:
    """Note that the applicant asked for reasons in writing, or objects."""
    desk = requests.of(request)
    queries.application(desk.company.id, reference)
    actor = forms.acting(desk)
    kind, text = forms.text(request, "kind"), forms.text(request, "text")
    return _done(
        desk, reference,
        lambda: notice_services.file_request(actor, reference, kind=kind, text=text),
        gettext("Noted; its clock runs"),
    )  # fmt: skip


@require_POST
def reasons(request: HttpRequest, reference: str) -> HttpResponse:
    """Send the reasons asked for."""
    desk = requests.of(request)
    queries.application(desk.company.id, reference)
    actor = forms.acting(desk)
    return _done(
        desk, reference, lambda: notice_services.give_reasons(actor, reference),
        gettext("The reasons are on their way"),
    )  # fmt: skip


@require_POST
def settle(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer an objection."""
    desk = requests.of(request)
    queries.application(desk.company.id, reference)
    actor = forms.acting(desk)
    outcome, note = forms.text(request, "outcome"), forms.text(request, "note")
    return _done(
        desk, reference,
        lambda: notice_services.settle_objection(actor, reference, outcome=outcome, note=note),
        gettext("The objection is answered"),
    )  # fmt: skip


def _page(
    desk: DeskRequest,
    of: ApplicationRow,
    *,
    would: Decided | None = None,
    waits_for: int = 0,
    asking: dict[str, Any] | None = None,
    fault: str = "",
    status: int = 200,
) -> HttpResponse:
    waits = ngettext(
        "%(n)d other person must approve it", "%(n)d other people must approve it", waits_for
    ) % {"n": waits_for}  # fmt: skip
    context = {
        **applying.case(desk, of),
        "would": would,
        "waits": waits if waits_for else "",
        "asking": asking,
        "fault": fault,
    }
    return render(desk, "desk/applications/page.html", context, status=status)


def answer_unknown() -> Invalid:
    """Return the fault of a decision that is none."""
    return Invalid("answer_unknown", "Approve, make a counter-offer, or decline", mend="Choose one")


urlpatterns = [
    *(
        path(f"applications/<str:reference>/{act}", step, {"act": act}, name=f"application-{act}")
        for act in ("submit", "begin", "withdraw")
    ),
    *(
        path(f"applications/<str:reference>/{what}", ask, {"what": what},
             name=f"application-{what}")
        for what in ASKS
    ),
    path("applications/<str:reference>/papers", paper, name="application-paper"),
    path("applications/<str:reference>/papers/<int:file_id>", file, name="application-file"),
    path("applications/<str:reference>/notices/<int:notice_id>", notice, name="application-notice"),
    path("applications/<str:reference>/statement", statement, name="application-statement"),
    path("applications/<str:reference>/decide", decide, name="application-decide"),
    path(
        "applications/<str:reference>/conditions/<int:condition_id>", condition,
        name="application-condition",
    ),
    path("applications/<str:reference>/requests", asked_after, name="application-request"),
    path("applications/<str:reference>/reasons", reasons, name="application-reasons"),
    path("applications/<str:reference>/objection", settle, name="application-objection"),
]  # fmt: skip
