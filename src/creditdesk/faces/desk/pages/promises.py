"""Promises to pay: what was said, and what the cash says about it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.collections import queries as collections
from creditdesk.collections import services as collections_services
from creditdesk.collections import wording
from creditdesk.collections.queries import PromiseRow
from creditdesk.faces.desk import forms, lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.look.shapes import Tone

STATUSES = ("open", "broken", "part_kept", "kept", "withdrawn")
TONES: dict[str, Tone] = {"open": "info", "kept": "good", "part_kept": "warn", "broken": "bad"}
ALL = "all"


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """A promise in the list; `to_come_days` is negative once its date has passed."""

    row: PromiseRow
    status: str
    tone: Tone
    to_come_days: int


@dataclass(frozen=True, slots=True)
class View:
    """A saved view: its filter, its name, how many stand there."""

    value: str
    label: str
    count: int


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the promises, those due first on top; or give them as a file."""
    desk = requests.of(request)
    columns = _columns()
    ask = lists.asked(request, sorts=lists.sorts_of(columns), sort="due_on")
    status = lists.choice(request, "status", (*STATUSES, ALL), "open")
    rows = collections.promises(desk.company.id)
    wanted = ask.text.casefold()
    lines = [
        PromiseLine(
            row,
            wording.promise_status(row.status),
            TONES.get(row.status, ""),
            (row.due_on - desk.actor.today).days,
        )
        for row in rows
        if status in (ALL, row.status)
        and wanted in f"{row.customer_name} {row.customer_number} {row.reference}".casefold()
    ]
    lines = lists.arranged(lines, columns, ask.sort)
    if ask.format:
        return lists.export(desk, columns, lines, name="promises", form=ask.format)
    shown, mark = lists.page_of(lines, ask.page)
    return lists.show(
        desk,
        "desk/promises/list.html",
        "desk/promises/_rows.html",
        {
            "lines": shown,
            "mark": mark,
            "ask": ask,
            "status": status,
            "views": _views(rows),
            "is_empty": not rows,
            "may_withdraw": desk.actor.may("collections.promise"),
        },
    )


def _views(rows: list[PromiseRow]) -> list[View]:
    found = [row.status for row in rows]
    return [
        *(View(one, wording.promise_status(one), found.count(one)) for one in STATUSES),
        View(ALL, gettext("All"), len(found)),
    ]


def _columns() -> list[Column[PromiseLine]]:
    def currency(line: PromiseLine) -> str:
        return line.row.currency

    return [
        Column("reference", gettext("Promise"), lambda one: one.row.reference),
        Column("number", gettext("Customer number"), lambda one: one.row.customer_number),
        Column("customer", gettext("Customer"), lambda one: one.row.customer_name),
        Column("promised_on", gettext("Made"), lambda one: one.row.promised_on, "date"),
        Column("due_on", gettext("Promised for"), lambda one: one.row.due_on, "date"),
        Column("currency", gettext("Currency"), currency),
        Column("minor", gettext("Promised"), lambda one: one.row.minor, "money", currency),
        Column(
            "received", gettext("Received"), lambda one: one.row.received_minor, "money", currency
        ),
        Column("status", gettext("State"), lambda one: one.status),
        Column("note", gettext("Note"), lambda one: one.row.note),
    ]


@require_POST
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a promise back, as if it had not been made."""
    collections_services.withdraw(forms.acting(requests.of(request)), reference)
    messages.success(request, gettext("%(reference)s is withdrawn") % {"reference": reference})
    return HttpResponseRedirect(forms.way_back(request, reverse("promises")), status=303)


urlpatterns = [
    path("promises/", listing, name="promises"),
    path("promises/<str:reference>/withdraw", withdraw, name="promise-withdraw"),
]
