"""How a document reached its customer: sent again, confirmed or come back; and by which way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from creditdesk.controls.commands import preview
from creditdesk.customers import queries as customers
from creditdesk.faces.desk import faults, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import (
    charge_paper_queries,
    delivery_queries,
    delivery_wording,
    issued_queries,
)
from creditdesk.invoices import services as invoice_services
from creditdesk.invoices.delivery_queries import Deliveries, DeliveryRow, EvidenceRow
from creditdesk.invoices.delivery_rules import CHANNELS, DEFAULT_ROUTE, FORMS, Route
from creditdesk.invoices.rules import CHARGE
from creditdesk.invoices.services import Sent
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.look import words as look_words
from creditdesk.look.shapes import TimelineEntry, Tone

_ICONS = {
    "queued": "clock", "printed": "print", "accepted": "send", "posted": "send",
    "arrived": "inbox", "opened": "check", "seen": "check", "confirmed": "check",
    "delayed": "clock", "bounced": "alert", "returned": "undo", "failed": "alert",
    "withdrawn": "x", "refused": "alert",
}  # fmt: skip
_TONES: dict[str, Tone] = {
    "delivered": "good", "under_way": "info", "came_back": "bad", "undelivered": "bad",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of a document's way, as pages show it: a word, its tone, what happened."""

    word: str
    tone: Tone
    entries: list[TimelineEntry]
    rows: Sequence[DeliveryRow]


def shown(desk: DeskRequest, number: str) -> Shown:
    """Return how a document reached its customer, newest first; nothing where it never left."""
    found = delivery_queries.deliveries(desk.company.id, number)
    return Shown(
        delivery_wording.standing(found.standing),
        _TONES.get(found.standing, ""),
        [_entry(desk, found, one) for one in reversed(found.evidence)],
        found.rows,
    )


def _entry(desk: DeskRequest, found: Deliveries, one: EvidenceRow) -> TimelineEntry:
    row = next(row for row in found.rows if row.id == one.delivery_id)
    title = f"{delivery_wording.evidence(one.kind)} · {delivery_wording.channel(one.channel)}"
    return TimelineEntry(
        when=_when(desk, one),
        icon=_ICONS.get(one.kind, "info"),
        title=title,
        text=" · ".join(part for part in _told(one, row) if part),
        href=_href(one, row),
    )


def _when(desk: DeskRequest, one: EvidenceRow) -> str:
    local = one.recorded_at.astimezone(ZoneInfo(desk.company.timezone))
    if local.date() != one.happened_on:
        return look_words.day(one.happened_on)
    clock = format_skeleton("Hm", local, locale=look_words.locale())
    return f"{look_words.day(one.happened_on)} {clock}"


def _told(one: EvidenceRow, row: DeliveryRow) -> list[str]:
    """Return the particulars of a piece of evidence: to whom, what a server said, why, by whom."""
    if one.kind == "queued":
        forms_sent = " + ".join(delivery_wording.form(form) for form in row.forms)
        return [row.recipient, forms_sent, one.note, one.recorded_by]
    if one.kind == "accepted":
        return [row.answer, row.message_name]
    if one.kind == "failed":
        return [row.status_reason]
    return [delivery_wording.why(one.code), one.note, one.recorded_by]


def _href(one: EvidenceRow, row: DeliveryRow) -> str:
    if one.mail_id is not None:
        return reverse("mail-original", args=[one.mail_id])
    if one.kind in ("posted", "printed"):
        return reverse("print-batches")
    return reverse("message", args=[row.message_reference]) if row.message_reference else ""


# -- one document


@require_http_methods(["GET", "POST"])
def send(request: HttpRequest, number: str) -> HttpResponse:
    """Show what is known of a document's way; send it: first what that would do, then do it."""
    desk = requests.of(request)
    [found] = _deliverable(desk, number)
    route = delivery_queries.routes(desk.company.id, [found.customer_id])[found.customer_id]
    fields = _send_fields(route, is_charge=found.kind == CHARGE)
    context: dict[str, object] = {
        "number": number,
        "customer": customers.customer_by_id(desk.company.id, found.customer_id),
        "known_fields": _known_fields(desk),
        "may_send": desk.actor.may("invoices.deliver"),
        "may_know": desk.actor.may("invoices.confirm_delivery"),
    }
    status = 200
    if request.method == "POST":
        fields = forms.filled(fields, request.POST.dict())
        try:
            if "confirmed" in request.POST:
                return _sent(desk, number)
            with preview():
                context["preview"] = _deliver(desk, number, is_real=False)
            context["to"] = _recipient(desk, route, found.email, found.address)
        except (Invalid, Conflict, Refused) as error:
            if isinstance(error, Refused) and error.code == "not_permitted":
                raise
            context["form_error"] = faults.sentence(error)
            status = 422 if isinstance(error, Invalid) else 409
    context |= {"fields": fields, "delivery": shown(desk, number)}
    return render(request, "desk/invoices/delivery.html", context, status=status)


def _deliverable(desk: DeskRequest, number: str) -> list[delivery_queries.Deliverable]:
    found = charge_paper_queries.to_send(desk.company.id, [number])
    if not found:
        raise NotFound("document_unknown", f"There is no such file of {number!r}", number=number)
    return found


def _send_fields(route: Route, *, is_charge: bool) -> list[Field]:
    chosen = route.channel if route.channel in CHANNELS else "email"
    return [
        Field("channel", gettext("Sent by"), chosen, "select", options=_channels()),
        *(() if is_charge else _form_fields(route.forms)),
        Field(
            "reason",
            gettext("Why again"),
            kind="textarea",
            hint=gettext("Needed where it was sent this way before; kept for good"),
        ),
    ]


def _channels() -> tuple[tuple[str, str], ...]:
    return tuple((code, delivery_wording.channel(code)) for code in CHANNELS)


def _form_fields(chosen: Sequence[str]) -> list[Field]:
    return [
        Field(
            f"form-{code}",
            gettext("Attach %(form)s") % {"form": delivery_wording.form(code)},
            "on" if code in chosen else "",
            "check",
        )
        for code in FORMS
    ]


def _forms_named(desk: DeskRequest) -> list[str]:
    return [code for code in FORMS if f"form-{code}" in desk.POST]


def _deliver(desk: DeskRequest, number: str, *, is_real: bool) -> Sent:
    return invoice_services.deliver(
        forms.acting(desk) if is_real else desk.actor,
        [number],
        channel=forms.text(desk, "channel"),
        forms=_forms_named(desk),
        reason=forms.text(desk, "reason"),
    )


def _recipient(desk: DeskRequest, route: Route, email: str, address: str) -> str:
    return address if desk.POST.get("channel") == "post" else route.email or email


def _sent(desk: DeskRequest, number: str) -> HttpResponse:
    done = _deliver(desk, number, is_real=True)
    if done.queued:
        messages.success(desk, gettext("%(number)s is on its way") % {"number": number})
    elif done.known:
        messages.info(desk, gettext("%(number)s was sent this way before") % {"number": number})
    else:
        messages.warning(desk, gettext("%(number)s was not sent") % {"number": number})
    return HttpResponseRedirect(reverse("invoice-send", args=[number]), status=303)


def _known_fields(desk: DeskRequest) -> list[Field]:
    return [
        Field(
            "what",
            gettext("What is known"),
            "arrived",
            "select",
            options=(
                ("arrived", gettext("It arrived")),
                ("returned", gettext("It came back, or never arrived")),
            ),
        ),
        Field("on", gettext("On"), desk.actor.today.isoformat(), "date"),
        Field("known_by", gettext("How it is known"), kind="textarea", is_required=True),
    ]


@require_POST
def known(request: HttpRequest, number: str) -> HttpResponse:
    """Note what somebody knows of a document: that it arrived, or came back."""
    desk = requests.of(request)
    _deliverable(desk, number)
    is_back = request.POST.get("what") == "returned"
    act = invoice_services.note_returned if is_back else invoice_services.confirm
    try:
        act(
            forms.acting(desk),
            number,
            reason=forms.text(desk, "known_by", is_required=True),
            on=forms.day(desk, "on"),
        )
    except Invalid as error:
        messages.error(desk, faults.sentence(error))
    else:
        messages.success(desk, gettext("It is noted with %(number)s") % {"number": number})
    return HttpResponseRedirect(reverse("invoice-send", args=[number]), status=303)


# -- by which way


@require_http_methods(["GET", "POST"])
def usual(request: HttpRequest) -> HttpResponse:
    """Show and set how documents are sent where a customer wants nothing else."""
    return _way(requests.of(request), None)


@require_http_methods(["GET", "POST"])
def of_customer(request: HttpRequest, number: str) -> HttpResponse:
    """Show and set how one customer is sent documents."""
    desk = requests.of(request)
    return _way(desk, customers.customer(desk.company.id, number))


def _way(desk: DeskRequest, customer: customers.CustomerRow | None) -> HttpResponse:
    own = delivery_queries.own_route(desk.company.id, customer.id if customer else None)
    if customer is None:
        title, back, label = gettext("How documents are sent"), "invoices", gettext("Invoices")
    else:
        title = gettext("How %(name)s is sent documents") % {"name": customer.name}
        back, label = "customer", customer.name
    fields = _way_fields(own, is_of_customer=customer is not None)
    context: dict[str, object] = {
        "fields": fields,
        "title": title,
        "back": reverse(back, args=[customer.number] if customer else []),
        "back_label": label,
        "submit": gettext("Keep"),
        "may": desk.actor.may("invoices.set_route"),
    }
    status = 200
    if desk.method == "POST":
        try:
            _set_way(desk, customer)
        except Invalid as error:
            context["fields"] = forms.filled(fields, desk.POST.dict(), error)
            context["form_error"] = faults.sentence(error)
            status = 422
        else:
            messages.success(desk, gettext("Documents are sent so from now on"))
            return HttpResponseRedirect(str(context["back"]), status=303)
    return render(desk, "desk/invoices/way.html", context, status=status)


def _set_way(desk: DeskRequest, customer: customers.CustomerRow | None) -> None:
    channel = forms.text(desk, "channel")
    if customer is None and not channel:
        raise Invalid(
            "value_missing", "Nothing was given", place=Place(field="channel"), mend="Choose one"
        )
    invoice_services.set_route(
        forms.acting(desk),
        customer.id if customer else None,
        channel=channel,
        forms=_forms_named(desk),
        email=forms.text(desk, "email"),
        recipient_name=forms.text(desk, "recipient_name"),
        asks_receipt="asks_receipt" in desk.POST,
    )


def _way_fields(own: Route | None, *, is_of_customer: bool) -> list[Field]:
    now = own or DEFAULT_ROUTE
    ways = (*_channels(), ("own", delivery_wording.channel("own")))
    usual_way = (("", gettext("As the company sends to all")),) if is_of_customer else ()
    channel = now.channel if own or not is_of_customer else ""
    address = [
        Field(
            "email", gettext("E-mail for invoices"), now.email, "email",
            hint=gettext("Empty: the primary contact's"),
        ),
        Field("recipient_name", gettext("Name to it"), now.name),
    ]  # fmt: skip
    return [
        Field("channel", gettext("Sent by"), channel, "select", options=(*usual_way, *ways)),
        *_form_fields(now.forms),
        *(address if is_of_customer else ()),
        Field(
            "asks_receipt", gettext("Ask the reader for a receipt"),
            "on" if now.asks_receipt else "", "check",
            hint=gettext("Their mail program asks them whether to send one; we never track"),
        ),
    ]  # fmt: skip


def document_way(desk: DeskRequest, number: str) -> Shown | None:
    """Return what the page of a document shows of its way; nothing where it came from elsewhere."""
    company_id = desk.company.id
    is_ours = issued_queries.issued(company_id, number) is not None
    if is_ours or charge_paper_queries.heads(company_id, [number]):
        return shown(desk, number)
    return None


urlpatterns = [
    path("invoices/sending", usual, name="sending"),
    path("customers/<path:number>/sending", of_customer, name="customer-sending"),
    path("invoices/<path:number>/send", send, name="invoice-send"),
    path("invoices/<path:number>/known", known, name="invoice-known"),
]
