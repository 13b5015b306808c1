"""Who is told of a version of the credit policy, and who has read it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.controls.commands import require
from creditdesk.day.telling import queries as telling
from creditdesk.faces.desk import confirming, forms, requests
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import NotFound
from creditdesk.look.shapes import Tone
from creditdesk.policy import publishing_queries as reads
from creditdesk.policy import queries, rules, services, telling_queries
from creditdesk.policy.telling_queries import ReadingRow, UndeliveredRow
from creditdesk.policy.wording.telling import sections_said


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """Somebody of the staff and a version, in words."""

    row: ReadingRow
    state: str
    tone: Tone
    mail: str


@require_safe
def readers(request: HttpRequest, number: int) -> HttpResponse:
    """Show who was told of a version, who has read it or is late, and what customers were told."""
    desk = requests.of(request)
    row = reads.publication(desk.company.id, number)
    lines = [_line(desk, one) for one in telling_queries.reading(desk.company.id, number)]
    context = {
        "row": row,
        "lines": lines,
        "read_count": sum(one.row.read_at is not None for one in lines),
        "late_count": sum(one.row.state(desk.actor.today) == "overdue" for one in lines),
        "may_remind": desk.actor.may("policy.remind") and row.withdrawn_at is None,
        "letters": _letters(desk, number),
        "undelivered": undelivered_count(desk),
        "is_being_told": number in telling.pending(desk.company.id),
    }
    return render(request, "desk/policy/readers.html", context)


def _line(desk: DeskRequest, row: ReadingRow) -> ReaderLine:
    said: dict[str, tuple[str, Tone]] = {
        "read": (gettext("Read"), "good"),
        "overdue": (gettext("Overdue"), "bad"),
        "waiting": (gettext("Not yet"), "info"),
        "not_told": (gettext("Not about their work"), ""),
    }
    word, tone = said[row.state(desk.actor.today)]
    return ReaderLine(row, word, tone, _mail(row.status))


def _mail(status: str) -> str:
    return {
        "": "",
        "queued": gettext("waits to be sent"),
        "handed_over": gettext("given to the mail server, no answer yet"),
        "sent": gettext("sent"),
        "failed": gettext("refused by the mail server"),
        "no_address": gettext("no address"),
        "withdrawn": gettext("withdrawn"),
    }.get(status, status)


def _letters(desk: DeskRequest, number: int) -> list[tuple[str, int]]:
    found = telling.letters(desk.company.id, number)
    said = {
        "queued": gettext("Letters written"),
        "refused": gettext("Stopped by the gate"),
        "no_address": gettext("Without an address"),
    }
    return [(word, found[code]) for code, word in said.items() if code in found]


@require_safe
def mail(request: HttpRequest, number: int, notice: int) -> HttpResponse:
    """Show a mail to somebody of the staff as it was written; the own one, or for who reminds."""
    desk = requests.of(request)
    row = telling_queries.notice(desk.company.id, notice)
    if row.version != number:
        raise NotFound("policy_notice_unknown", "There is no such mail")
    if row.user_id != desk.actor.user_id:
        require(desk.actor, "policy.remind")
    return render(request, "desk/policy/mail.html", {"row": row, "status": _mail(row.status)})


@require_POST
def remind(request: HttpRequest, number: int) -> HttpResponse:
    """Remind whoever has not read a version, or one of them."""
    desk = requests.of(request)
    require(desk.actor, "policy.remind")
    reads.publication(desk.company.id, number)
    one = forms.count(request, "user")
    only = () if one is None else (one,)
    said = gettext("Whoever has not read it and was not written to today is reminded")
    return confirming.done(
        request,
        lambda: services.remind(forms.acting(desk), number, user_ids=only),
        said,
        "policy-readers",
        args=[str(number)],
    )


@dataclass(frozen=True, slots=True)
class MailLine:
    """A mail to somebody of the staff that a person decides about, in words."""

    row: UndeliveredRow
    state: str
    tone: Tone


@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """Show the mails to the staff that the mail server refused, or never answered for."""
    desk = requests.of(request)
    require(desk.actor, "policy.settle_mail")
    said: dict[str, tuple[str, Tone]] = {
        "handed_over": (gettext("Uncertain"), "warn"),
        "failed": (gettext("Refused"), "bad"),
    }
    found = telling_queries.undelivered(desk.company.id, desk.actor.at)
    lines = [MailLine(one, *said[one.status]) for one in found]
    return render(request, "desk/policy/mails.html", {"lines": lines})


@require_POST
def settle(request: HttpRequest, notice: int) -> HttpResponse:
    """Send a mail to the staff once more, or say what became of it."""
    desk = requests.of(request)
    verdict = forms.text(request, "verdict")

    def act() -> None:
        services.settle_mail(forms.acting(desk), notice, verdict=cast("services.Verdict", verdict))

    said = (
        gettext("The mail waits to be sent again")
        if verdict == "again"
        else gettext("What became of the mail is kept")
    )
    return confirming.done(request, act, said, "policy-mails")


def undelivered_count(desk: DeskRequest) -> int:
    """Return of how many mails to the staff this person has to say what becomes."""
    if not desk.actor.may("policy.settle_mail"):
        return 0
    return len(telling_queries.undelivered(desk.company.id, desk.actor.at))


@dataclass(frozen=True, slots=True)
class ToBeTold:
    """Whom a version would be told to, and one mail and one letter as they would read."""

    staff: str
    names: tuple[str, ...]
    mail_subject: str
    mail_text: str
    customers: str
    without_address: int
    by_section: tuple[tuple[str, int], ...]
    letter_to: str
    letter_subject: str
    letter_text: str


def to_be_told(desk: DeskRequest, before: rules.Policy, after: rules.Policy) -> ToBeTold:
    """Return whom a version would be told to, before it is published."""
    newest = reads.newest(desk.company.id)
    after = replace(after, version=newest.version + 1 if newest else 1)
    people, sample = services.to_be_told(desk.actor, before, after)
    seen = telling.outlook(desk.actor, before, after)
    letter = seen.sample.draft if seen.sample else None
    return ToBeTold(
        staff=ngettext(
            "%(count)d person of the staff", "%(count)d people of the staff", len(people)
        ) % {"count": len(people)},
        names=tuple(one.name for one in people),
        mail_subject=sample.subject if sample else "",
        mail_text=sample.text if sample else "",
        customers=ngettext("%(count)d customer", "%(count)d customers", seen.count)
        % {"count": seen.count},
        without_address=seen.without_address,
        by_section=tuple((sections_said([one]), n) for one, n in seen.by_section.items()),
        letter_to=letter.customer_name if letter else "",
        letter_subject=letter.subject if letter else "",
        letter_text=letter.body if letter else "",
    )  # fmt: skip


def told_if_asked(desk: DeskRequest, after: rules.Policy) -> ToBeTold | None:
    """Return whom rules would be told to from their day; nothing without rules before them."""
    try:
        before = queries.in_force(desk.company.id, after.valid_from)
    except NotFound:
        return None
    return to_be_told(desk, before, after)


urlpatterns = [
    path("policy/versions/<int:number>/readers/", readers, name="policy-readers"),
    path("policy/versions/<int:number>/remind", remind, name="policy-remind"),
    path("policy/mails/", mails, name="policy-mails"),
    path("policy/mails/<int:notice>", settle, name="policy-mail-settle"),
    path("policy/versions/<int:number>/mails/<int:notice>/", mail, name="policy-mail"),
]
