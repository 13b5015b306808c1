"""Disputes: what is contested, why, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.disputes import queries as disputes
from creditdesk.disputes import rules
from creditdesk.disputes import services as dispute_services
from creditdesk.disputes.queries import DisputeRow
from creditdesk.faces.desk import forms, lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A dispute in the list, its reason in words and its age."""

    row: DisputeRow
    reason: str
    age_days: int


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
    """Show what is in dispute now, filtered and sorted; or give it as a file."""
    desk = requests.of(request)
    columns = _columns()
    ask = lists.asked(request, sorts=lists.sorts_of(columns), sort="-age")
    reason = lists.choice(request, "reason", rules.REASONS)
    wanted = ask.text.casefold()
    lines = [
        line
        for row in disputes.open_disputes(desk.company.id)
        for line in [_line(desk, row)]
        if (not reason or row.reason == reason) and _holds(row, wanted)
    ]
    lines = lists.arranged(lines, columns, ask.sort)
    if ask.format:
        return lists.export(desk, columns, lines, name="disputes", form=ask.format)
    shown, mark = lists.page_of(lines, ask.page)
    return lists.show(
        desk,
        "desk/disputes/list.html",
        "desk/disputes/_rows.html",
        {
            "lines": shown,
            "mark": mark,
            "ask": ask,
            "reason": reason,
            "reasons": [(one, reason_word(one)) for one in rules.REASONS],
            "is_filtered": bool(reason or wanted),
        },
    )


def _holds(row: DisputeRow, wanted: str) -> bool:
    words = f"{row.customer_name} {row.customer_number} {row.reference} {row.invoice_number}"
    return wanted in words.casefold()


def _line(request: DeskRequest, row: DisputeRow) -> DisputeLine:
    return DisputeLine(row, reason_word(row.reason), (request.actor.today - row.opened_on).days)


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
    ]


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a dispute, and how it may end."""
    desk = requests.of(request)
    found = disputes.dispute(desk.company.id, reference)
    is_open = found.status == "open"
    context = {
        "dispute": found,
        "reason": reason_word(found.reason),
        "resolution": resolution_word(found.resolution),
        "is_open": is_open,
        "age_days": ((found.resolved_on or desk.actor.today) - found.opened_on).days,
        "invoice": invoices.invoice(desk.company.id, found.invoice_number),
        "resolutions": [(one, resolution_word(one)) for one in rules.RESOLUTIONS],
        "may_resolve": is_open and desk.actor.may("disputes.resolve"),
        "may_credit": is_open and found.open_minor > 0 and desk.actor.may("invoices.credit"),
    }
    return render(request, "desk/disputes/page.html", context)


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


urlpatterns = [
    path("disputes/", listing, name="disputes"),
    path("disputes/<str:reference>/", page, name="dispute"),
    path("disputes/<str:reference>/resolve", resolve, name="dispute-resolve"),
]
