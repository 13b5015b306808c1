"""The mailbox: what was written to customers, what became of it, and what they answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, override
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from creditdesk.collections import wording as collections_wording
from creditdesk.contact import queries as contact
from creditdesk.contact import services as contact_services
from creditdesk.contact import wording
from creditdesk.contact.queries import MessageItemRow, MessageRow, VerdictRow
from creditdesk.customers import queries as customers
from creditdesk.faces.desk import forms, lists, requests, verdicts
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices
from creditdesk.look.shapes import Letter, Tone

STATUSES = ("queued", "handed_over", "sent", "withdrawn", "failed")
# The message is somebody's mail: nothing in it runs, loads or leads anywhere.
MESSAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox;"
    " frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message in the list, its state in a word."""

    row: MessageRow
    status: str
    tone: Tone
    step: str
    why: str


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An invoice a message is about, as it stood then and as it stands now."""

    number: str
    currency: str
    step: str
    then_minor: int
    now_minor: int


def status_word(status: str) -> tuple[str, Tone]:
    """Return the state of a message in a word with its tone."""
    known: dict[str, tuple[str, Tone]] = {
        "queued": (gettext("Queued"), "info"),
        "handed_over": (gettext("Uncertain"), "warn"),
        "sent": (gettext("Sent"), "good"),
        "withdrawn": (gettext("Withdrawn"), ""),
        "failed": (gettext("Failed"), "bad"),
    }
    return known.get(status, (status, ""))


def step_word(step: str) -> str:
    """Return a step of the ladder in words; a message of no step is a letter."""
    return collections_wording.step(step) if step else gettext("Letter")


def purpose_word(purpose: str) -> str:
    """Return what a message is for in words."""
    return {
        "invoice": gettext("invoice"),
        "statutory": gettext("legal notice"),
        "service": gettext("service"),
        "collection": gettext("reminder"),
        "marketing": gettext("marketing"),
        "prenotification": gettext("notice of a direct debit"),
    }.get(purpose, purpose)


def line_of(row: MessageRow) -> MessageLine:
    """Return a message with its state and step in words."""
    status, tone = status_word(row.status)
    return MessageLine(
        row, status, tone, step_word(row.step), wording.status_reason(row.status_reason)
    )


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the messages, newest first; or give them as a file."""
    desk = requests.of(request)
    ask = lists.asked(request)
    status = lists.choice(request, "status", STATUSES)
    number = request.GET.get("customer", "").replace("\0", "")[:64]
    customer = customers.customer(desk.company.id, number) if number else None

    def fetch(page: int, size: int) -> contact.Page:
        return contact.mailbox(
            desk.company.id,
            status=status,
            customer_id=customer.id if customer else None,
            text=ask.text,
            page=page,
            size=size,
        )

    if ask.format:
        rows = (line_of(row) for row in lists.every(fetch))
        return lists.export(desk, _columns(), rows, name="messages", form=ask.format)
    page = fetch(ask.page, lists.PER_PAGE)
    return lists.show(
        desk,
        "desk/mailbox/list.html",
        "desk/mailbox/_rows.html",
        {
            "lines": [line_of(row) for row in page.rows],
            "mark": lists.mark(page),
            "ask": ask,
            "status": status,
            "customer": customer,
            "views": views_of(desk, status),
            "is_filtered": any((ask.text, status, number)),
        },
    )


@dataclass(frozen=True, slots=True)
class View:
    """A saved view of the list: its filter, its name, how many stand there."""

    value: str
    label: str
    count: int
    is_current: bool


def views_of(request: DeskRequest, status: str) -> list[View]:
    """Return the saved views of the mailbox, the given one marked."""
    counts = contact.status_counts(request.company.id)
    every = View("", gettext("All"), sum(counts.values()), not status)
    return [
        every,
        *(View(one, status_word(one)[0], counts.get(one, 0), one == status) for one in STATUSES),
    ]


def _columns() -> list[Column[MessageLine]]:
    return [
        Column("reference", gettext("Message"), lambda one: one.row.reference),
        Column("number", gettext("Customer number"), lambda one: one.row.customer_number),
        Column("customer", gettext("Customer"), lambda one: one.row.customer_name),
        Column("step", gettext("Step"), lambda one: one.step),
        Column("recipient", gettext("To"), lambda one: one.row.recipient),
        Column("subject", gettext("Subject"), lambda one: one.row.subject),
        Column("status", gettext("State"), lambda one: one.status),
        Column("why", gettext("Why"), lambda one: one.why),
        Column("queued_at", gettext("Written"), lambda one: one.row.queued_at, "date"),
        Column("sent_at", gettext("Sent"), lambda one: one.row.sent_at, "date"),
    ]


@require_safe
def message(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a message as it left, what it is about, and what the gate said of it."""
    desk = requests.of(request)
    found = contact.message(desk.company.id, reference)
    context = {
        "message": found,
        "line": line_of(found.row),
        "purpose": purpose_word(found.row.purpose),
        "items": _items(desk, found.items),
        "cards": _cards(found.verdicts),
        "may_decide": found.row.status == "handed_over" and desk.actor.may("contact.resend"),
    }
    return render(request, "desk/mailbox/message.html", context)


def _cards(rows: Sequence[VerdictRow]) -> list[tuple[verdicts.Card, bool]]:
    """Return the verdicts, each with whether it only repeats the one before."""
    before = (None, *rows)
    return [
        (verdicts.stored(row), last is not None and verdicts.agree(last, row))
        for last, row in zip(before, rows, strict=False)
    ]


def _items(request: DeskRequest, rows: tuple[MessageItemRow, ...]) -> list[ItemLine]:
    known = invoices.items_by_id(request.company.id, [row.item_id for row in rows])
    return [
        ItemLine(
            known[row.item_id].number,
            known[row.item_id].currency,
            step_word(row.step) if row.step else "",
            row.open_minor,
            known[row.item_id].open_minor,
        )
        for row in rows
        if row.item_id in known
    ]


@require_safe
@xframe_options_sameorigin
def message_html(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the message's HTML alone, for the frame that shows it, under its own strict policy."""
    desk = requests.of(request)
    found = contact.message(desk.company.id, reference)
    response = HttpResponse(found.body_html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = MESSAGE_POLICY
    return response


@require_safe
def message_paper(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the message as a letter to be printed: the same text, the address in its window."""
    desk = requests.of(request)
    found = contact.message(desk.company.id, reference)
    row = found.row
    customer = customers.customers_by_id(desk.company.id, [row.customer_id]).get(row.customer_id)
    addressed: tuple[str, ...] = (row.customer_name, row.recipient_name)
    if customer is not None:
        town = f"{customer.postal_code} {customer.city}".strip()
        addressed = (*addressed, customer.street, town, customer.country)
    sheet = Letter(
        language=row.language,
        sender_name=desk.company.sender_name,
        sender_lines=tuple(filter(None, desk.company.address.splitlines())),
        reach=tuple(filter(None, (desk.company.phone, desk.company.sender_email))),
        recipient_lines=tuple(filter(None, addressed)),
        written_on=row.queued_at.date(),
        customer_number=row.customer_number,
        reference=row.reference,
        subject=row.subject,
        text=found.body_text,
    )
    with override(row.language):
        return render(request, "look/letter.html", {"letter": sheet})


@require_POST
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """Settle an uncertain message after somebody looked: send again, sent, or failed."""
    desk = requests.of(request)
    actor = forms.acting(desk)
    choice = request.POST.get("decision", "")
    if choice == "again":
        contact_services.queue_again(actor, reference)
        said = gettext("%(message)s is queued once more")
    else:
        contact_services.give_up(actor, reference, was_sent=choice == "sent")
        said = gettext("%(message)s is settled")
    messages.success(request, said % {"message": reference})
    return HttpResponseRedirect(reverse("message", args=[reference]), status=303)


urlpatterns = [
    path("mailbox/", listing, name="mailbox"),
    path("mailbox/<str:reference>/", message, name="message"),
    path("mailbox/<str:reference>/html", message_html, name="message-html"),
    path("mailbox/<str:reference>/paper", message_paper, name="message-paper"),
    path("mailbox/<str:reference>/decide", decide, name="message-decide"),
]
