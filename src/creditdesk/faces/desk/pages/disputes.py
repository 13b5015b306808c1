"""Disputes: what is contested, why, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.controls.commands import preview
from creditdesk.disputes import queries as disputes
from creditdesk.disputes import rules
from creditdesk.disputes import services as dispute_services
from creditdesk.disputes.queries import DisputePage, DisputeRow
from creditdesk.faces.desk import faults, forms, lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices
from creditdesk.invoices import services as invoice_services
from creditdesk.invoices.queries import InvoiceRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid
from creditdesk.kernel.money import from_minor
from creditdesk.look.shapes import Tone

STATUSES = ("open", "resolved")
ALL = "all"


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A dispute in the list: its reason in words, how long it was open, and how it stands."""

    row: DisputeRow
    reason: str
    age_days: int
    state: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class View:
    """A saved view: its filter, its name, how many stand there."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class CreditPreview:
    """What crediting would do to the disputed invoice, before anything is recorded."""

    total_minor: int
    open_after_minor: int


def reason_word(reason: str) -> str:
    """Return why something is disputed, in words."""
    return {
        "short_payment": gettext("paid short"),
        "price": gettext("price"),
        "quantity": gettext("quantity"),
        "quality": gettext("quality"),
        "not_delivered": gettext("not delivered"),
        "not_ordered": gettext("not ordered"),
        "returned": gettext("goods returned"),
        "discount_taken": gettext("discount taken"),
        "already_paid": gettext("paid already"),
        "other": gettext("something else"),
    }.get(reason, reason)


def resolution_word(resolution: str) -> str:
    """Return how a dispute ended, in words."""
    return {
        "credited": gettext("Credited"),
        "rejected": gettext("Rejected"),
        "customer_pays": gettext("The customer pays"),
        "replaced": gettext("Replaced"),
        "withdrawn": gettext("Withdrawn"),
        "paid": gettext("Paid"),
    }.get(resolution, resolution)


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show what is in dispute now, or how disputes ended; or give them as a file."""
    desk = requests.of(request)
    ask = lists.asked(request, sorts=disputes.SORTS, sort="-age")
    reason = lists.choice(request, "reason", rules.REASONS)
    status = lists.choice(request, "status", (*STATUSES, ALL), "open")

    def fetch(page: int, size: int) -> DisputePage:
        return disputes.listing(
            desk.company.id,
            as_of=desk.actor.today,
            status="" if status == ALL else status,
            reason=reason,
            text=ask.text,
            sort=ask.sort,
            page=page,
            size=size,
        )

    if ask.format:
        every = (_line(desk, row) for row in lists.every(fetch))
        return lists.export(desk, _columns(), every, name="disputes", form=ask.format)
    shown = fetch(ask.page, lists.PER_PAGE)
    counts = disputes.counts(desk.company.id)
    context = {
        "lines": [_line(desk, row) for row in shown.rows],
        "mark": lists.mark(shown),
        "ask": ask,
        "reason": reason,
        "reasons": [(one, reason_word(one)) for one in rules.REASONS],
        "status": status,
        "views": _views(counts),
        "is_filtered": bool(reason or ask.text or status != "open"),
    }
    return lists.show(desk, "desk/disputes/list.html", "desk/disputes/_rows.html", context)


def _views(counts: Mapping[str, int]) -> list[View]:
    return [
        View("open", gettext("Open"), counts.get("open", 0)),
        View("resolved", gettext("Resolved"), counts.get("resolved", 0)),
        View(ALL, gettext("All"), sum(counts.values())),
    ]


def _line(request: DeskRequest, row: DisputeRow) -> DisputeLine:
    ended_on = row.resolved_on or request.actor.today
    is_open = row.status == "open"
    return DisputeLine(
        row,
        reason_word(row.reason),
        (ended_on - row.opened_on).days,
        gettext("Open") if is_open else resolution_word(row.resolution),
        "info" if is_open else "good",
    )


def _columns() -> list[Column[DisputeLine]]:
    def currency(line: DisputeLine) -> str:
        return line.row.currency

    return [
        Column("reference", gettext("Dispute"), lambda one: one.row.reference),
        Column("number", gettext("Customer number"), lambda one: one.row.customer_number),
        Column("customer", gettext("Customer"), lambda one: one.row.customer_name),
        Column("invoice", gettext("Invoice"), lambda one: one.row.invoice_number),
        Column("reason", gettext("Reason"), lambda one: one.reason),
        Column("opened_on", gettext("Opened"), lambda one: one.row.opened_on, "date"),
        Column("age", gettext("Days open"), lambda one: one.age_days, "number"),
        Column("currency", gettext("Currency"), currency),
        Column(
            "disputed", gettext("Disputed"), lambda one: one.row.disputed_minor, "money", currency
        ),
        Column("open", gettext("Open"), lambda one: one.row.open_minor, "money", currency),
        Column("status", gettext("State"), lambda one: one.state),
        Column("resolved_on", gettext("Resolved"), lambda one: one.row.resolved_on, "date"),
    ]


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a dispute, and how it may end."""
    desk = requests.of(request)
    return _page(desk, disputes.dispute(desk.company.id, reference))


def _page(
    request: DeskRequest,
    found: DisputeRow,
    *,
    shown: CreditPreview | None = None,
    fault: str = "",
    status: int = 200,
) -> HttpResponse:
    is_open = found.status == "open"
    may_resolve = is_open and request.actor.may("disputes.resolve")
    context = {
        "dispute": found,
        "reason": reason_word(found.reason),
        "resolution": resolution_word(found.resolution),
        "is_open": is_open,
        "age_days": ((found.resolved_on or request.actor.today) - found.opened_on).days,
        "invoice": invoices.invoice(request.company.id, found.invoice_number),
        "resolutions": [(one, resolution_word(one)) for one in rules.RESOLUTIONS],
        "may_resolve": may_resolve,
        "may_credit": may_resolve and found.open_minor > 0 and request.actor.may("invoices.credit"),
        "preview": shown,
        "fault": fault,
        "credit_total": request.POST.get("total")
        or from_minor(min(found.disputed_minor, found.open_minor), found.currency),
        "credit_reason": request.POST.get("reason", found.note),
    }
    return render(request, "desk/disputes/page.html", context, status=status)


@require_POST
def resolve(request: HttpRequest, reference: str) -> HttpResponse:
    """End a dispute; "credited" leads on to the credit note's preview."""
    desk = requests.of(request)
    resolution = forms.text(request, "resolution", is_required=True)
    dispute_services.resolve(
        forms.acting(desk), reference, resolution=resolution, note=forms.text(request, "note")
    )
    messages.success(
        request,
        gettext("%(reference)s is resolved; reminders may go on") % {"reference": reference},
    )
    return HttpResponseRedirect(
        forms.way_back(request, reverse("dispute", args=[reference])), status=303
    )


@require_POST
def credit(request: HttpRequest, reference: str) -> HttpResponse:
    """Credit what is disputed and end the dispute: first show what it would do, then do it."""
    desk = requests.of(request)
    found = disputes.dispute(desk.company.id, reference)
    invoice = invoices.invoice(desk.company.id, found.invoice_number)
    try:
        total = forms.amount(request, "total", found.currency)
        if "confirmed" in request.POST:
            return _credited(desk, found, invoice, total)
        with preview():
            _credit(desk.actor, desk, invoice, total)
    except (Invalid, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _page(desk, found, fault=faults.sentence(error), status=status)
    shown = CreditPreview(total, max(invoice.open_minor - total, 0))
    return _page(desk, found, shown=shown)


def _credited(
    request: DeskRequest, found: DisputeRow, invoice: InvoiceRow, total: int
) -> HttpResponse:
    """Record the credit note, then end the dispute; repeated with the same key both stand once."""
    actor = forms.acting(request)
    _credit(actor, request, invoice, total)
    dispute_services.resolve(
        actor.keyed(f"{actor.key}:resolve" if actor.key else None),
        found.reference,
        resolution="credited",
        note=forms.text(request, "reason"),
    )
    said = gettext("%(number)s is credited and the dispute resolved")
    messages.success(request, said % {"number": invoice.number})
    return HttpResponseRedirect(reverse("dispute", args=[found.reference]), status=303)


def _credit(actor: Actor, request: DeskRequest, invoice: InvoiceRow, total: int) -> None:
    """Credit an amount, its tax in the invoice's own proportion."""
    invoice_services.credit_amount(
        actor,
        invoice.number,
        issued_on=actor.today,
        gross_minor=total,
        reason=forms.text(request, "reason", is_required=True),
    )


urlpatterns = [
    path("disputes/", listing, name="disputes"),
    path("disputes/<str:reference>/", page, name="dispute"),
    path("disputes/<str:reference>/resolve", resolve, name="dispute-resolve"),
    path("disputes/<str:reference>/credit", credit, name="dispute-credit"),
]
