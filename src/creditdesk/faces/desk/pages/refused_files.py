"""A bank file that was refused: why, what its columns mean, taken in after all or set aside."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from creditdesk.cash import queries as cash
from creditdesk.cash import services
from creditdesk.cash.queries import Outline, RefusedRow
from creditdesk.faces.desk import forms, requests
from creditdesk.kernel.errors import Conflict, DomainError, Invalid

ROLE_NAMES = {
    "date": gettext_lazy("Booking date"),
    "value_date": gettext_lazy("Value date"),
    "amount": gettext_lazy("Amount"),
    "debit": gettext_lazy("Money out"),
    "credit": gettext_lazy("Money in"),
    "direction": gettext_lazy("Debit or credit"),
    "currency": gettext_lazy("Currency"),
    "balance": gettext_lazy("Running balance"),
    "reference": gettext_lazy("Reference of the bank"),
    "counterparty": gettext_lazy("Counterparty"),
    "counterparty_account": gettext_lazy("Their account"),
    "text": gettext_lazy("Text"),
    "code": gettext_lazy("Kind of movement"),
    "account": gettext_lazy("Own account"),
    "original_amount": gettext_lazy("Amount before exchange"),
    "original_currency": gettext_lazy("Currency before exchange"),
    "exchange_rate": gettext_lazy("Exchange rate"),
    "status": gettext_lazy("State"),
}
DATE_FORMATS = (
    ("%d/%m/%Y", "31/12/2026"), ("%m/%d/%Y", "12/31/2026"), ("%d.%m.%Y", "31.12.2026"),
    ("%Y-%m-%d", "2026-12-31"), ("%d-%m-%Y", "31-12-2026"), ("%m-%d-%Y", "12-31-2026"),
    ("%d/%m/%y", "31/12/26"), ("%m/%d/%y", "12/31/26"), ("%d.%m.%y", "31.12.26"),
)  # fmt: skip
DECIMAL_MARKS = ((".", "1,234.50"), (",", "1.234,50"))


@dataclass(frozen=True, slots=True)
class Role:
    """A role a column can have, with the heading that has it now."""

    name: str
    label: str
    heading: str


@require_safe
def page(request: HttpRequest, number: int) -> HttpResponse:
    """Show a refused file: why, and for a table what its columns are taken for."""
    desk = requests.of(request)
    row = cash.refused_file(desk.company.id, number)
    return _page(request, row, cash.outline(desk.company.id, row), None)


def _page(
    request: HttpRequest, row: RefusedRow, outline: Outline | None, error: DomainError | None
) -> HttpResponse:
    desk = requests.of(request)
    meaning = outline.meaning if outline else {}
    context = {
        "row": row,
        "outline": outline,
        "roles": [
            Role(name, str(ROLE_NAMES[name]), _chosen(request, name) or meaning.get(name, ""))
            for name in cash.ROLES
        ],
        "values": {name: _value(request, meaning, name) for name in cash.CONSTANTS},
        "date_formats": DATE_FORMATS,
        "decimal_marks": DECIMAL_MARKS,
        "error": error,
        "may_take_in": desk.actor.may("cash.take_in_refused") and not row.settled,
    }
    status = 200 if error is None else 409 if isinstance(error, Conflict) else 422
    return render(request, "desk/cash/refused.html", context, status=status)


def _chosen(request: HttpRequest, role: str) -> str:
    return request.POST.get(f"column-{role}", "").strip()


def _value(request: HttpRequest, meaning: dict[str, str], name: str) -> str:
    told = meaning.get(name, "")
    return request.POST.get(name, "").strip() or (told[1:] if told.startswith("=") else "")


@require_POST
def take_in(request: HttpRequest, number: int) -> HttpResponse:
    """Take the file in with the columns as chosen, and match what it brought."""
    desk = requests.of(request)
    row = cash.refused_file(desk.company.id, number)
    columns = {role: heading for role in cash.ROLES if (heading := _chosen(request, role))}
    values = {
        name: value
        for name in cash.CONSTANTS
        if name not in columns and (value := request.POST.get(name, "").strip())
    }
    try:
        taken = services.take_in_refused(forms.acting(desk), number, columns=columns, values=values)
    except (Invalid, Conflict) as error:
        return _page(request, row, cash.outline(desk.company.id, row), error)
    if taken.payments and desk.actor.may("cash.match"):
        services.match(desk.actor)
    messages.success(
        request,
        gettext("%(file)s went in; files with these headings are read like this from now on")
        % {"file": row.filename},
    )
    return HttpResponseRedirect(reverse("statements"), status=303)


@require_POST
def set_aside(request: HttpRequest, number: int) -> HttpResponse:
    """Set the file aside: it stays kept and no longer waits."""
    desk = requests.of(request)
    row = cash.refused_file(desk.company.id, number)
    try:
        services.set_aside_refused(forms.acting(desk), number)
    except Conflict as error:
        return _page(request, row, cash.outline(desk.company.id, row), error)
    messages.success(request, gettext("%(file)s is set aside") % {"file": row.filename})
    return HttpResponseRedirect(reverse("statements"), status=303)


urlpatterns = [
    path("cash/statements/refused/<int:number>/", page, name="refused-file"),
    path("cash/statements/refused/<int:number>/take-in", take_in, name="refused-file-take-in"),
    path(
        "cash/statements/refused/<int:number>/set-aside", set_aside, name="refused-file-set-aside"
    ),
]
