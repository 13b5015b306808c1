"""Documents taken over as not delivered: confirmed to have arrived, chosen ones or all."""

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
from creditdesk.golive import queries, services
from creditdesk.golive.queries import UndeliveredPage, UndeliveredRow
from creditdesk.golive.services import Delivered
from creditdesk.kernel.actor import Actor

ALL = "all"


@dataclass(frozen=True, slots=True)
class Chosen:
    """These documents, or all that wait."""

    numbers: list[str] | None

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


def _page(desk: DeskRequest, attempt: Attempt[Chosen, Delivered] | None = None) -> HttpResponse:
    ask = lists.asked(desk)
    page = queries.undelivered(desk.company.id, text=ask.text, page=ask.page, size=lists.PER_PAGE)
    context = {
        "rows": page.rows,
        "mark": lists.mark(page),
        "total": page.total,
        "ask": ask,
        "is_filtered": bool(ask.text),
        "attempt": attempt,
        "chosen": set(attempt.chosen.numbers or ()) if attempt else set(),
        "may_confirm": desk.actor.may("golive.confirm_delivery"),
    }
    status = attempt.status if attempt else 200
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

    def choose() -> Chosen:
        numbers = [one.replace("\0", "") for one in request.POST.getlist("number")]
        if not is_all and not numbers:
            raise forms.nothing_chosen("number")
        return Chosen(None if is_all else numbers)

    def act(actor: Actor, chosen: Chosen, reason: str, expected: int | None) -> Delivered:
        return services.confirm_delivery(actor, chosen.numbers, reason=reason, expected=expected)

    attempt = confirming.attempt(desk, Chosen(None if is_all else []), choose, act)
    if attempt.done is None:
        return _page(desk, attempt)
    said = ngettext(
        "%(count)d document is delivered; reminders about it may go on",
        "%(count)d documents are delivered; reminders about them may go on",
        attempt.done.released,
    )
    messages.success(request, said % {"count": attempt.done.released})
    return HttpResponseRedirect(reverse("deliveries"), status=303)


urlpatterns = [
    path("golive/deliveries/", listing, name="deliveries"),
    path("golive/deliveries/confirm", confirm, name="deliveries-confirm"),
]
