"""Documents taken over as not delivered: confirmed to have arrived, chosen ones or all."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.controls.commands import preview
from creditdesk.faces.desk import faults, forms, lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.golive import queries, services
from creditdesk.golive.queries import UndeliveredPage, UndeliveredRow
from creditdesk.golive.services import Delivered
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid

ALL = "all"


@dataclass(frozen=True, slots=True)
class Meant:
    """What was chosen: these documents, or all that wait; and why."""

    numbers: list[str] | None
    reason: str

    @property
    def is_all(self) -> bool:
        """Whether the whole list is meant."""
        return self.numbers is None


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show what waits for its delivery to be confirmed; or give it as a file."""
    desk = requests.of(request)
    ask = lists.asked(request)

    def fetch(page: int, size: int) -> UndeliveredPage:
        return queries.undelivered(desk.company.id, text=ask.text, page=page, size=size)

    if ask.format:
        rows = lists.every(fetch)
        return lists.export(desk, _columns(), rows, name="not-delivered", form=ask.format)
    return _page(desk)


def _page(
    desk: DeskRequest,
    *,
    meant: Meant | None = None,
    shown: Delivered | None = None,
    fault: str = "",
    status: int = 200,
) -> HttpResponse:
    ask = lists.asked(desk)
    page = queries.undelivered(desk.company.id, text=ask.text, page=ask.page, size=lists.PER_PAGE)
    context = {
        "rows": page.rows,
        "mark": lists.mark(page),
        "total": page.total,
        "ask": ask,
        "is_filtered": bool(ask.text),
        "meant": meant,
        "shown": shown,
        "chosen": set(meant.numbers or ()) if meant else set(),
        "fault": fault,
        "may_confirm": desk.actor.may("golive.confirm_delivery"),
    }
    return lists.show(
        desk, "desk/golive/deliveries.html", "desk/golive/_deliveries.html", context, status=status
    )


def _columns() -> list[Column[UndeliveredRow]]:
    def currency(row: UndeliveredRow) -> str:
        return row.currency

    return [
        Column("number", gettext("Document"), lambda one: one.number),
        Column("customer_number", gettext("Customer number"), lambda one: one.customer_number),
        Column("customer", gettext("Customer"), lambda one: one.customer_name),
        Column("issued_on", gettext("Date of issue"), lambda one: one.issued_on, "date"),
        Column("due_on", gettext("Due date"), lambda one: one.due_on, "date"),
        Column("currency", gettext("Currency"), currency),
        Column("open", gettext("Open"), lambda one: one.open_minor, "money", currency),
    ]


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """First show what would be released, then release it."""
    desk = requests.of(request)
    is_all = request.POST.get("scope") == ALL
    meant = Meant(
        None if is_all else [one.replace("\0", "") for one in request.POST.getlist("number")],
        "",
    )
    try:
        if not is_all and not meant.numbers:
            raise forms.nothing_chosen("number")
        meant = Meant(meant.numbers, forms.text(request, "reason", is_required=True))
        if "confirmed" in request.POST:
            return _confirmed(forms.acting(desk), request, meant)
        with preview():
            done = services.confirm_delivery(desk.actor, meant.numbers, reason=meant.reason)
    except (Invalid, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _page(desk, meant=meant, fault=faults.sentence(error), status=status)
    return _page(desk, meant=meant, shown=done)


def _confirmed(actor: Actor, request: HttpRequest, meant: Meant) -> HttpResponse:
    done = services.confirm_delivery(
        actor, meant.numbers, reason=meant.reason, expected=forms.count(request, "expected")
    )
    said = ngettext(
        "%(count)d document is delivered; reminders about it may go on",
        "%(count)d documents are delivered; reminders about them may go on",
        done.released,
    )
    messages.success(request, said % {"count": done.released})
    return HttpResponseRedirect(reverse("deliveries"), status=303)


urlpatterns = [
    path("golive/deliveries/", listing, name="deliveries"),
    path("golive/deliveries/confirm", confirm, name="deliveries-confirm"),
]
