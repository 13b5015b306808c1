"""A draft of the credit policy: written section by section or as a file, compared, asked for."""

from __future__ import annotations

import json
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.controls.commands import preview, require
from creditdesk.faces.desk import confirming, faults, forms, policy_forms, requests, words
from creditdesk.faces.desk.pages.policy import as_file
from creditdesk.faces.desk.pages.policy_telling import told_if_asked
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.insight.queries import simulated
from creditdesk.kernel.errors import ApprovalNeeded, Conflict, Invalid, NotFound, Place
from creditdesk.look.shapes import Tone
from creditdesk.policy import publishing_queries as reads
from creditdesk.policy import queries, services, wording
from creditdesk.policy.publishing_queries import DraftRow

FILE_BYTES_MAX: Final = 1_000_000


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the reader's draft: what it changes, and what can be done with it."""
    return render(request, "desk/policy/draft.html", _context(requests.of(request)))


def _context(desk: DeskRequest) -> dict[str, object]:
    row = _shown(desk)
    others = [one for one in reads.drafts(desk.company.id) if not one.is_of(desk.actor)]
    context: dict[str, object] = {
        "draft": row,
        "others": others,
        "is_own": row is None or row.is_of(desk.actor),
        "may_draft": desk.actor.may("policy.draft"),
        "may_submit": desk.actor.may("policy.submit"),
        "sections": [(code, wording.title(code)) for code in wording.SECTIONS],
        "valid_from": desk.actor.today,
    }
    if row is not None:
        context |= _compared(desk, row)
    return context


def _shown(desk: DeskRequest) -> DraftRow | None:
    """Return the draft of whom the address names, else the reader's own."""
    of = desk.GET.get("of", "")
    if not of:
        return reads.draft(desk.actor)
    found = [one for one in reads.drafts(desk.company.id) if str(one.author_id or "") == of]
    if not found:
        raise NotFound("policy_draft_missing", "There is no such draft")
    return found[0]


def _compared(desk: DeskRequest, row: DraftRow) -> dict[str, object]:
    before = queries.in_force(desk.company.id, desk.actor.today)
    newest = reads.newest(desk.company.id)
    return {
        "before": before,
        "changes": wording.compare(before, row.policy(desk.actor.today), desk.company.currency),
        "is_behind": newest is not None and newest.version != row.based_on,
    }


def _draft(desk: DeskRequest) -> DraftRow:
    row = reads.draft(desk.actor)
    if row is None:
        raise NotFound("policy_draft_missing", "There is no draft of yours")
    return row


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a draft with the rules in force, or with those of an earlier version."""
    desk = requests.of(request)

    def act() -> None:
        number = forms.count(request, "version")
        given = (
            reads.rules_in_force(desk.company.id, desk.actor.today)
            if number is None
            else reads.rules_of(desk.company.id, number)
        )
        services.keep_draft(forms.acting(desk), given)

    return confirming.done(
        request,
        act,
        gettext("Your draft is kept"),
        "policy-draft",
        told=("policy_version_unknown",),
    )


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, section: str) -> HttpResponse:
    """Change a section of the draft."""
    desk = requests.of(request)
    if request.method == "POST":
        require(desk.actor, "policy.draft")
    if section not in wording.SECTIONS:
        raise Http404
    context: dict[str, Any] = {"section": section, "title": wording.title(section)}
    status = 200
    if request.method == "POST":
        try:
            services.change_draft(forms.acting(desk), _posted(desk, section))
        except (Invalid, Conflict) as error:
            context["form_error"] = faults.sentence(error)
            status = 422
        else:
            messages.success(request, gettext("Your draft is kept"))
            return HttpResponseRedirect(reverse("policy-draft"), status=303)
    row = reads.draft(desk.actor)
    shown = (
        row.policy(desk.actor.today) if row else queries.in_force(desk.company.id, desk.actor.today)
    )
    currency = desk.company.currency
    posted = desk.POST.dict() if status != 200 else None  # noqa: PLR2004 - as HTTP counts
    fields = policy_forms.fields_of(section, shown, currency)
    context["fields"] = forms.filled(fields, posted) if posted else fields
    context["lists"] = policy_forms.lists_of(section, shown, currency, posted)
    context["clauses"] = next(
        one for one in wording.document(shown, currency) if one.code == section
    ).clauses
    return render(request, "desk/policy/edit.html", context, status=status)


def _posted(desk: DeskRequest, section: str) -> dict[str, Any]:
    row = reads.draft(desk.actor)
    before = row.given if row else reads.rules_in_force(desk.company.id, desk.actor.today)
    return policy_forms.posted(desk, section, before, desk.company.currency)


@require_safe
def simulate(request: HttpRequest) -> HttpResponse:
    """Show what the draft would have changed in the last twelve months."""
    desk = requests.of(request)
    row = _shown(desk) or _draft(desk)
    found = simulated.simulate(
        desk.company.id, row.policy(desk.actor.today), until=desk.actor.today
    )
    context = {
        "found": found,
        "ladders": [
            (gettext("Now"), found.reminders.before),
            (gettext("Then"), found.reminders.after),
        ],
        "lines": [
            (one, _verdict(one.verdict), ", ".join(words.rule_name(rule)[0] for rule in one.rules))
            for one in found.orders.changes
        ],
    }
    return render(request, "desk/policy/simulated.html", context)


def _verdict(code: str) -> tuple[str, Tone]:
    return (gettext("held"), "bad") if code == "held_now" else (gettext("accepted"), "good")


@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """Give the draft as a file."""
    return as_file(_draft(requests.of(request)).given, "policy-draft.json")


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Keep a file as the draft."""
    desk = requests.of(request)
    require(desk.actor, "policy.draft")

    def act() -> None:
        services.keep_draft(forms.acting(desk), _read(request))

    return confirming.done(request, act, gettext("Your draft is kept"), "policy-draft")


def _read(request: HttpRequest) -> dict[str, Any]:
    given = request.FILES.get("file")
    if given is None or (given.size or 0) > FILE_BYTES_MAX:
        raise Invalid(
            "policy_file_missing", "There is no file, or one that is too large",
            place=Place(field="file"), mend="Choose a file of the policy.",
        )  # fmt: skip
    try:
        found = json.loads(given.read().decode())
    except (ValueError, RecursionError) as error:
        raise _unreadable() from error
    if not isinstance(found, dict):
        raise _unreadable()
    return found


def _unreadable() -> Invalid:
    return Invalid(
        "policy_file_unreadable", "The file is no JSON with the sections of a policy",
        place=Place(field="file"), mend="Take the file of a version and change that.",
    )  # fmt: skip


@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Throw the draft away."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.discard_draft(forms.acting(desk)),
        gettext("Your draft is thrown away"),
        "policy",
    )


@require_POST
def submit(request: HttpRequest) -> HttpResponse:
    """Ask a second person to publish the draft; first show that one is needed."""
    desk = requests.of(request)
    require(desk.actor, "policy.submit")
    row = _draft(desk)
    context = _context(desk)
    try:
        on = forms.required_day(request, "valid_from")
        reason = forms.text(request, "reason", is_required=True)
        context |= {"valid_from": on, "reason": reason}
        if confirming.CONFIRMED in request.POST:
            version = services.submit(
                forms.acting(desk), given=row.given, valid_from=on, reason=reason
            )
            messages.success(
                request, gettext("Version %(version)d is published") % {"version": version}
            )
            return HttpResponseRedirect(reverse("policy"), status=303)
        with preview() as shown:
            services.submit(desk.actor, given=row.given, valid_from=on, reason=reason)
        context["asks"] = shown.need
        context["is_previewed"] = True
        context["told"] = told_if_asked(desk, row.policy(on))
    except ApprovalNeeded as waits:
        messages.success(
            request,
            gettext("%(reference)s waits for a second person") % {"reference": waits.reference},
        )
        return HttpResponseRedirect(reverse("policy-asked", args=[waits.reference]), status=303)
    except (Invalid, Conflict) as error:
        context["form_error"] = faults.sentence(error)
        status = 422 if isinstance(error, Invalid) else 409
        return render(request, "desk/policy/draft.html", context, status=status)
    return render(request, "desk/policy/draft.html", context)


urlpatterns = [
    path("policy/draft/", page, name="policy-draft"),
    path("policy/draft/begin", begin, name="policy-draft-begin"),
    path("policy/draft/simulate", simulate, name="policy-draft-simulate"),
    path("policy/draft/file", download, name="policy-draft-file"),
    path("policy/draft/upload", upload, name="policy-draft-upload"),
    path("policy/draft/discard", discard, name="policy-draft-discard"),
    path("policy/draft/submit", submit, name="policy-draft-submit"),
    path("policy/draft/<str:section>/", edit, name="policy-draft-edit"),
]
