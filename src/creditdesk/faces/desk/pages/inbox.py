"""What came in: answers, which hold reminders, and mails of which nobody knows yet whose."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.contact import inbox, queries, services, wording
from creditdesk.contact.queries import MailRow, ReplyRow
from creditdesk.customers import queries as customers
from creditdesk.faces.desk import faults, forms, lists, requests
from creditdesk.faces.desk.pages.mailbox import views_of
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Conflict, DomainError, Invalid

DOOR = "desk"
# Whatever a stranger attached is only ever saved, never opened in the browser.
SAVED = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class MailLine:
    """A mail in words: what it is, what to know of it, whose it may be."""

    row: MailRow
    kind: str
    notes: list[str]
    proposed: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """An answer, and the mail it came by, if it did."""

    row: ReplyRow
    mail: MailRow | None
    tied: str
    notes: list[str]


@require_safe
def replies(request: HttpRequest) -> HttpResponse:
    """Show the answers nobody has handled, and the mails nobody could be tied to."""
    return _page(requests.of(request))


def _page(desk: DeskRequest, *, fault: str = "", status: int = 200) -> HttpResponse:
    waiting = queries.mails_waiting(desk.company.id, page=lists.asked(desk).page)
    context = {
        "lines": _replies(desk),
        "mails": _mails(desk, waiting.rows),
        "mark": lists.mark(waiting),
        "fault": fault,
        "may_handle": desk.actor.may("contact.reply"),
        "may_take_in": desk.actor.may("contact.take_in_mail"),
        "views": views_of(desk, "-"),
    }
    return render(desk, "desk/mailbox/replies.html", context, status=status)


def _replies(desk: DeskRequest) -> list[ReplyLine]:
    rows = queries.replies_open(desk.company.id)
    mails = queries.mails_of_replies(desk.company.id, [row.id for row in rows])
    found = []
    for row in rows:
        mail = mails.get(row.id)
        tied = wording.tied_by(mail.tied_by) if mail else ""
        notes = [wording.mail_note(one) for one in mail.notes] if mail else []
        found.append(ReplyLine(row, mail, tied, notes))
    return found


def _mails(desk: DeskRequest, rows: tuple[MailRow, ...]) -> list[MailLine]:
    ids = sorted({one for row in rows for one in row.proposed})
    known = customers.customers_by_id(desk.company.id, ids) if ids else {}
    return [
        MailLine(
            row,
            wording.mail_kind(row.status, row.kind),
            [wording.mail_note(one) for one in row.notes],
            [(known[one].number, known[one].name) for one in row.proposed if one in known],
        )
        for row in rows
    ]


@require_POST
def handle(request: HttpRequest, reply_id: int) -> HttpResponse:
    """Mark an answer as handled: its hold is lifted."""
    services.handle_reply(forms.acting(requests.of(request)), reply_id)
    messages.success(request, gettext("Handled; reminders may go on"))
    return HttpResponseRedirect(forms.way_back(request, reverse("replies")), status=303)


@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    """Take in a mail saved as a file."""
    desk = requests.of(request)
    given = request.FILES.get("file")
    try:
        if given is None:
            raise forms.nothing_chosen("file")
        taken = services.take_in_mail(
            forms.acting(desk), filename=given.name or "", content=given.read(), door=DOOR
        )
    except Invalid as error:
        return _page(desk, fault=_named(error), status=422)
    said = {
        "tied": gettext("Taken in; it is a customer's answer"),
        "automatic": gettext("Taken in; a machine wrote it"),
    }.get(taken.status, gettext("Taken in; say whose it is"))
    messages.success(request, gettext("This mail is here already") if taken.is_known else said)
    return HttpResponseRedirect(reverse("replies"), status=303)


def _named(error: Invalid) -> str:
    file = f"{error.place.file}: " if error.place.file else ""
    return f"{file}{faults.sentence(error)}"


@require_POST
def assign(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Say whose mail it is."""
    desk = requests.of(request)
    try:
        number = forms.text(request, "customer", is_required=True)
        services.assign_mail(forms.acting(desk), mail_id, customer_number=number)
    except (Invalid, Conflict) as error:
        return _refused(desk, error)
    messages.success(request, gettext("Assigned; reminders wait until it is handled"))
    return HttpResponseRedirect(reverse("replies"), status=303)


@require_POST
def set_aside(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Say that a mail is no customer's answer."""
    desk = requests.of(request)
    try:
        reason = forms.text(request, "reason", is_required=True)
        services.set_mail_aside(forms.acting(desk), mail_id, reason=reason)
    except (Invalid, Conflict) as error:
        return _refused(desk, error)
    messages.success(request, gettext("Set aside; it stays kept"))
    return HttpResponseRedirect(reverse("replies"), status=303)


def _refused(desk: DeskRequest, error: DomainError) -> HttpResponse:
    status = 409 if isinstance(error, Conflict) else 422
    return _page(desk, fault=faults.sentence(error), status=status)


@require_safe
def original(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Give a mail as it came, to be saved."""
    found = queries.original(requests.of(request).company.id, mail_id)
    return _saved(found.content, f"mail-{mail_id}.eml")


@require_safe
def attachment(request: HttpRequest, mail_id: int, place: int) -> HttpResponse:
    """Give an attachment as it came, to be saved; NotFound where there is none."""
    desk = requests.of(request)
    row = queries.mail(desk.company.id, mail_id)
    named = next((one for one in row.attachments if one["place"] == place), None)
    found = queries.original(desk.company.id, mail_id if named else 0)
    content = inbox.attachment(found.content, found.filename, place)
    return _saved(content, str(named["name"]) if named else "")


def _saved(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=SAVED)
    plain = name.encode("ascii", "ignore").decode().replace('"', "") or "file"
    response.headers["Content-Disposition"] = f'attachment; filename="{plain}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


urlpatterns = [
    path("mailbox/replies/", replies, name="replies"),
    path("mailbox/replies/<int:reply_id>/handle", handle, name="reply-handle"),
    path("mailbox/mails/take-in", take_in, name="mail-take-in"),
    path("mailbox/mails/<int:mail_id>/original", original, name="mail-original"),
    path("mailbox/mails/<int:mail_id>/files/<int:place>", attachment, name="mail-file"),
    path("mailbox/mails/<int:mail_id>/assign", assign, name="mail-assign"),
    path("mailbox/mails/<int:mail_id>/set-aside", set_aside, name="mail-set-aside"),
]
