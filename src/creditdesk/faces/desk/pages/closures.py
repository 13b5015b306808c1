"""What the ERP said it settled, and how a mistake in it is undone."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.faces.desk import confirming, forms, lists, requests
from creditdesk.faces.desk.confirming import Attempt
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import services
from creditdesk.invoices.services import UndoneClosures
from creditdesk.kernel.actor import Actor
from creditdesk.reconciliation import queries
from creditdesk.reconciliation.queries import ClosurePage, ClosureRow

ALL = "all"


@dataclass(frozen=True, slots=True)
class ClosureLine:
    """A closure in words."""

    row: ClosureRow
    how: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """These closures, or all of an import."""

    ids: list[int]
    is_all: bool


def how_word(how: str) -> str:
    """Return how the ERP settled something in a word."""
    return {
        "paid": gettext("paid"),
        "credited": gettext("credited"),
        "written_off": gettext("written off"),
    }.get(how, how)


def _import_of(request: HttpRequest) -> str:
    given = request.POST.get("import", "") or request.GET.get("import", "")
    return given.replace("\0", "").strip()[:64]


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the closures, newest first, of one import or all; or give them as a file."""
    desk = requests.of(request)
    ask = lists.asked(request)
    if not ask.format:
        return _page(desk)

    def fetch(page: int, size: int) -> ClosurePage:
        return queries.closures(
            desk.company.id, import_reference=_import_of(request), text=ask.text,
            page=page, size=size,
        )  # fmt: skip

    rows = (ClosureLine(row, how_word(row.how)) for row in lists.every(fetch))
    return lists.export(desk, _columns(), rows, name="closures", form=ask.format)


def _page(
    desk: DeskRequest, attempt: Attempt[Chosen, UndoneClosures] | None = None
) -> HttpResponse:
    ask = lists.asked(desk)
    reference = _import_of(desk)
    page = queries.closures(
        desk.company.id, import_reference=reference, text=ask.text, page=ask.page,
        size=lists.PER_PAGE,
    )  # fmt: skip
    context = {
        "lines": [ClosureLine(row, how_word(row.how)) for row in page.rows],
        "mark": lists.mark(page),
        "ask": ask,
        "import_reference": reference,
        "is_filtered": bool(ask.text or reference),
        "attempt": attempt,
        "chosen": set(attempt.chosen.ids) if attempt else set(),
        "may_undo": desk.actor.may("invoices.undo_closures"),
    }
    status = attempt.status if attempt else 200
    return lists.show(
        desk, "desk/closures/list.html", "desk/closures/_rows.html", context, status=status
    )


def _columns() -> list[Column[ClosureLine]]:
    def currency(line: ClosureLine) -> str:
        return line.row.currency

    return [
        Column("number", gettext("Document"), lambda one: one.row.number),
        Column("customer_number", gettext("Customer number"), lambda one: one.row.customer_number),
        Column("customer", gettext("Customer"), lambda one: one.row.customer_name),
        Column("how", gettext("How"), lambda one: one.how),
        Column("closed_on", gettext("Closed on"), lambda one: one.row.closed_on, "date"),
        Column("currency", gettext("Currency"), currency),
        Column("amount", gettext("Amount"), lambda one: one.row.minor, "money", currency),
        Column("reference", gettext("Reference"), lambda one: one.row.reference),
        Column("import", gettext("Import"), lambda one: one.row.import_reference),
        Column("undone_on", gettext("Undone on"), lambda one: one.row.undone_on, "date"),
    ]


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """First show what undoing would do, then do it."""
    desk = requests.of(request)
    is_all = request.POST.get("scope") == ALL

    def choose() -> Chosen:
        if not is_all:
            return Chosen(forms.ids(request, "closure"), is_all)
        reference = _import_of(request)
        return Chosen(queries.closure_ids(desk.company.id, import_reference=reference), is_all)

    def act(actor: Actor, chosen: Chosen, reason: str, expected: int | None) -> UndoneClosures:
        return services.undo_closures(actor, chosen.ids, reason=reason, expected=expected)

    attempt = confirming.attempt(desk, Chosen([], is_all), choose, act)
    if attempt.done is None:
        return _page(desk, attempt)
    said = ngettext(
        "%(count)d closure is undone; its document is open again",
        "%(count)d closures are undone; their documents are open again",
        attempt.done.undone,
    )
    messages.success(request, said % {"count": attempt.done.undone})
    return HttpResponseRedirect(reverse("closures"), status=303)


urlpatterns = [
    path("closures/", listing, name="closures"),
    path("closures/undo", undo, name="closures-undo"),
]
