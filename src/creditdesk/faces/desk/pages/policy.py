"""The credit policy: read as one document, its versions, who has read it, what is asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.controls import queries as controls
from creditdesk.controls.commands import require
from creditdesk.customers import queries as customers
from creditdesk.faces.desk import confirming, forms, requests
from creditdesk.faces.desk.pages.policy_telling import to_be_told
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import NotFound
from creditdesk.look.shapes import Tone
from creditdesk.policy import publishing_queries as reads
from creditdesk.policy import queries, rules, services, wording
from creditdesk.policy.publishing_queries import VersionRow
from creditdesk.policy.rules import term_law

ASKED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in words."""

    row: VersionRow
    state: str
    tone: Tone
    may_withdraw: bool


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the rules in force as one document."""
    desk = requests.of(request)
    policy = _in_force(desk)
    if policy is None:
        return render(request, "desk/policy/none.html", status=404)
    return render(request, "desk/policy/read.html", _context(desk, policy, policy))


@require_safe
def version(request: HttpRequest, number: int) -> HttpResponse:
    """Show one version as a document, with what it changes against the one before it."""
    desk = requests.of(request)
    shown, now = queries.version(desk.company.id, number), _in_force(desk)
    context = _context(desk, shown, now or shown)
    earlier = [
        one
        for one in queries.versions(desk.company.id)
        if one.valid_from < shown.valid_from and one.version != number
    ]
    if earlier:
        context["before"] = earlier[-1]
        context["changes"] = wording.compare(earlier[-1], shown, desk.company.currency)
    return render(request, "desk/policy/read.html", context)


def _in_force(desk: DeskRequest) -> rules.Policy | None:
    try:
        return queries.in_force(desk.company.id, desk.actor.today)
    except NotFound:
        return None


def _context(desk: DeskRequest, shown: rules.Policy, now: rules.Policy) -> dict[str, object]:
    rows = reads.listing(desk.company.id)
    row = next(one for one in rows if one.version == shown.version)
    wanted = reads.to_read(desk.company.id) if reads.to_read_by(desk.actor) else None
    readers = reads.readers(desk.company.id, shown.version) if row.approval or row.reason else []
    return {
        "sections": wording.document(shown, desk.company.currency),
        "policy": shown,
        "long_terms": term_law.too_long(
            shown.terms.values(),
            frozenset(one.country for one in customers.countries(desk.company.id)),
            desk.actor.today,
        ),
        "line": _line(desk, row, now.version),
        "lines": [_line(desk, one, now.version) for one in rows],
        "readers": readers,
        "read_count": sum(one.read_at is not None for one in readers),
        "to_read": wanted,
        "waiting": [
            one
            for one in controls.requests(desk.company.id, desk.actor.at)
            if one.command == "policy.submit" and one.state == "waiting"
        ][:ASKED_SHOWN],
        "drafts": [
            one
            for one in reads.drafts(desk.company.id)
            if one.author_id is not None and not one.is_of(desk.actor)
        ],
        "may_draft": desk.actor.may("policy.draft"),
        "has_draft": reads.draft(desk.actor) is not None,
    }


def _line(desk: DeskRequest, row: VersionRow, in_force: int) -> VersionLine:
    state = row.state(in_force, desk.actor.today)
    said: dict[str, tuple[str, Tone]] = {
        "withdrawn": (gettext("Withdrawn"), "bad"),
        "in_force": (gettext("In force"), "good"),
        "planned": (gettext("Published"), "info"),
        "past": (gettext("Past"), ""),
    }
    word, tone = said[state]
    return VersionLine(row, word, tone, state == "planned" and desk.actor.may("policy.withdraw"))


@require_safe
def file(request: HttpRequest, number: int) -> HttpResponse:
    """Give a version as a file, as it was written."""
    desk = requests.of(request)
    return as_file(reads.rules_of(desk.company.id, number), f"policy-{number}.json")


def as_file(given: object, name: str) -> HttpResponse:
    """Return rules as a JSON file to keep."""
    text = json.dumps(given, ensure_ascii=False, indent=2) + "\n"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/json", headers=headers)


@require_POST
def acknowledge(request: HttpRequest, number: int) -> HttpResponse:
    """Note that the reader has read a version."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.acknowledge(forms.acting(desk), number),
        gettext("Noted that you have read version %(version)d") % {"version": number},
        "policy",
    )


@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take a published version back before its day."""
    desk = requests.of(request)
    require(desk.actor, "policy.withdraw")
    reads.rules_of(desk.company.id, number)

    def act() -> None:
        reason = forms.text(request, "reason", is_required=True)
        services.withdraw(forms.acting(desk), number, reason=reason)

    said = gettext("Version %(version)d is withdrawn") % {"version": number}
    return confirming.done(request, act, said, "policy")


@require_safe
def asked(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what a request to publish would change, in words."""
    desk = requests.of(request)
    row = controls.request(desk.company.id, reference, desk.actor.at)
    if row.command != "policy.submit":
        raise NotFound("approval_unknown", f"There is no such request {reference!r}")
    on = date.fromisoformat(str(row.arguments["valid_from"]))
    after = rules.parse(row.arguments["given"], version=0, valid_from=on)
    before = queries.in_force(desk.company.id, on)
    context = {
        "row": row,
        "valid_from": on,
        "before": before,
        "changes": wording.compare(before, after, desk.company.currency),
        "told": to_be_told(desk, before, after) if row.state == "waiting" else None,
    }
    return render(request, "desk/policy/asked.html", context)


urlpatterns = [
    path("policy/", page, name="policy"),
    path("policy/versions/<int:number>/", version, name="policy-version"),
    path("policy/versions/<int:number>/file", file, name="policy-file"),
    path("policy/versions/<int:number>/read", acknowledge, name="policy-read"),
    path("policy/versions/<int:number>/withdraw", withdraw, name="policy-withdraw"),
    path("policy/asked/<str:reference>/", asked, name="policy-asked"),
]
