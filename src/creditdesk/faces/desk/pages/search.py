"""Search: customers, documents and orders by number or name; a list for the palette, or a page."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from creditdesk.customers import queries as customers
from creditdesk.faces.desk import lists, requests
from creditdesk.faces.desk.frame import frame_of
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices
from creditdesk.look.tags.figures import money_text

CUSTOMERS_MAX = 8
DOCUMENTS_MAX = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found, and where it is."""

    icon: str
    label: str
    note: str
    href: str


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what was found; the palette is given the bare list."""
    desk = requests.of(request)
    text = lists.asked(request).text
    hits = [*_pages(desk, text), *_customers(desk, text), *_documents(desk, text)] if text else []
    context = {"text": text, "hits": hits}
    template = "desk/search/_hits.html" if desk.htmx else "desk/search/page.html"
    return render(request, template, context)


def _pages(request: DeskRequest, text: str) -> list[Hit]:
    wanted = text.casefold()
    return [
        Hit(entry.icon, entry.label, gettext("page"), entry.url)
        for group in frame_of(request).menu
        for entry in group.entries
        if entry.label.casefold().startswith(wanted)
    ]


def _customers(request: DeskRequest, text: str) -> list[Hit]:
    found = customers.search(request.company.id, text, limit=CUSTOMERS_MAX)
    return [
        Hit("people", one.name, " · ".join(filter(None, (one.number, one.city))), _customer(one))
        for one in found
    ]


def _customer(found: customers.Found) -> str:
    return reverse("customer", args=[found.number])


def _documents(request: DeskRequest, text: str) -> list[Hit]:
    page = invoices.listing(
        request.company.id, as_of=request.actor.today, text=text, size=DOCUMENTS_MAX
    )
    return [
        Hit(
            "doc",
            f"{row.number} · {row.customer_name}",
            money_text(row.total_minor, row.currency),
            reverse("invoice", args=[row.number]),
        )
        for row in page.rows
    ]


urlpatterns = [path("search", search, name="search")]
