"""Orders: the list, a held order with every rule that fired, and what a person decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.controls.commands import Shown, preview
from creditdesk.faces.desk import faults, forms, lists, requests, words
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.pages import held_orders, order_deciding
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.faces.desk.words import FiredWords
from creditdesk.kernel.errors import Conflict, Invalid
from creditdesk.look.shapes import GaugePart, Tone
from creditdesk.orders import billing_queries, listing_queries
from creditdesk.orders import queries as orders
from creditdesk.orders import services as order_services
from creditdesk.orders.listing_queries import SORTS, OrderPage
from creditdesk.orders.queries import DecisionRow, OrderRow
from creditdesk.orders.services import CheckResult

STATUSES = ("held", "accepted", "released", "refused", "billed", "cancelled")


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order in the list with the rules by which it stands."""

    row: OrderRow
    state: str
    tone: Tone
    rules: tuple[FiredWords, ...]

    @property
    def why(self) -> str:
        """The rules that hold it, in words."""
        return "; ".join(rule.sentence for rule in self.rules if rule.is_holding)


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the orders, the held ones first of all; or give them as a file."""
    desk = requests.of(request)
    ask = lists.asked(request, sorts=SORTS, sort="-placed_on")
    status = lists.choice(request, "status", ("", *STATUSES), "held")

    def fetch(page: int, size: int) -> OrderPage:
        return listing_queries.listing(
            desk.company.id, status=status, text=ask.text, sort=ask.sort, page=page, size=size
        )

    if ask.format:
        lines = _with_rules(desk.company.id, list(lists.every(fetch)))
        return lists.export(desk, _columns(), lines, name="orders", form=ask.format)
    shown = fetch(ask.page, lists.PER_PAGE)
    context = {
        "lines": _with_rules(desk.company.id, shown.rows),
        "mark": lists.mark(shown),
        "ask": ask,
        "status": status,
        "statuses": [
            ("", gettext("All")),
            *((one, words.order_status(one)[0]) for one in STATUSES),
        ],
        "today": desk.actor.today,
    }
    return lists.show(desk, "desk/orders/list.html", "desk/orders/_rows.html", context)


def _with_rules(company_id: int, rows: Sequence[OrderRow]) -> list[OrderLine]:
    """Return the orders with the decision by which each stands, in one query."""
    decisions = orders.latest_decisions(company_id, [row.id for row in rows])
    return [_line(row, decisions.get(row.id)) for row in rows]


def _line(row: OrderRow, decision: DecisionRow | None) -> OrderLine:
    state, tone = words.order_status(row.status)
    rules = words.fired(decision.fired, decision_currency(decision)) if decision else ()
    return OrderLine(row, state, tone, tuple(rules))


def decision_currency(decision: DecisionRow) -> str:
    """Return the currency in which a decision compared; an expiry compares no amounts."""
    facts = decision.inputs.get("facts")
    return str(facts["currency"]) if facts else ""


def _columns() -> list[Column[OrderLine]]:
    currency: Callable[[OrderLine], str] = lambda line: line.row.currency  # noqa: E731
    return [
        Column("reference", gettext("Order"), lambda line: line.row.reference),
        Column("number", gettext("Customer number"), lambda line: line.row.customer_number),
        Column("customer", gettext("Customer"), lambda line: line.row.customer_name),
        Column("placed_on", gettext("Placed"), lambda line: line.row.placed_on, "date"),
        Column("status", gettext("State"), lambda line: line.state),
        Column("currency", gettext("Currency"), currency),
        Column("total", gettext("Total"), lambda line: line.row.total_minor, "money", currency),
        Column("why", gettext("Held by"), lambda line: line.why),
    ]


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show an order with its decisions, newest first, and what can be decided now."""
    desk = requests.of(request)
    return render(request, "desk/orders/page.html", _page(desk, reference))


def _page(request: DeskRequest, reference: str) -> dict[str, object]:
    order = orders.order(request.company.id, reference)
    decisions = orders.decisions(request.company.id, reference)[::-1]
    latest = decisions[0]
    line = _line(order, latest)
    return {
        "order": order,
        "line": line,
        "kept": words.kept_rules(latest.fired) if "facts" in latest.inputs else [],
        "latest": latest,
        "currency": decision_currency(latest),
        "gauge": _gauge(latest),
        "decisions": [(one, *words.order_status(one.outcome)) for one in decisions],
        "may_release": request.actor.may("orders.release"),
        "may_recheck": request.actor.may("orders.recheck"),
        "may_bill": request.actor.may("orders.bill") and order.status in ("accepted", "released"),
        "left": billing_queries.left_to_bill(request.company.id, reference),
        "billed": billing_queries.billed(request.company.id, order.customer_id, reference),
        "may_cancel": request.actor.may("orders.cancel"),
        "waiting": held_orders.waiting(request, order),
        "asked_for": order_deciding.asked_for(request, order),
        "today": request.actor.today,
    }


@dataclass(frozen=True, slots=True)
class OrderGauge:
    """What was used of the limit without the order, and what with it."""

    parts: tuple[GaugePart, ...]
    with_order_minor: int
    limit_minor: int | None


def _gauge(decision: DecisionRow) -> OrderGauge | None:
    if "facts" not in decision.inputs:
        return None
    facts = decision.facts
    return OrderGauge(
        (
            GaugePart("a0", gettext("Used before"), facts.exposure_minor),
            GaugePart("this", gettext("This order"), facts.with_order_minor - facts.exposure_minor),
        ),
        facts.with_order_minor,
        facts.limit_minor,
    )


@require_http_methods(["POST"])
def release(request: HttpRequest, reference: str) -> HttpResponse:
    """Let a held order ship with a reason: first show what that means, then do it."""
    desk = requests.of(request)
    try:
        reason = forms.text(request, "reason", is_required=True)
        if "confirmed" in request.POST:
            order_services.release(forms.acting(desk), reference, reason)
            messages.success(request, gettext("%(order)s is released") % {"order": reference})
            return _back(reference)
        with preview() as shown:
            result = order_services.release(desk.actor, reference, reason)
    except (Invalid, Conflict) as error:
        context = {**_page(desk, reference), "form_error": faults.sentence(error)}
        status = 409 if isinstance(error, Conflict) else 422
        return render(request, "desk/orders/page.html", context, status=status)
    context = {
        **_page(desk, reference),
        "preview": _previewed(desk, result, shown),
        "reason": reason,
    }
    return render(request, "desk/orders/page.html", context)


@dataclass(frozen=True, slots=True)
class ReleasePreview:
    """How the customer would stand once the order is released, and who else must approve it."""

    currency: str
    exposure_minor: int
    available_minor: int | None
    rules: tuple[FiredWords, ...]
    others: int
    approvers: tuple[str, ...]


def _previewed(desk: DeskRequest, result: CheckResult, shown: Shown) -> ReleasePreview:
    others = shown.need.count if shown.need else 0
    return ReleasePreview(
        result.currency,
        result.exposure_minor,
        result.available_minor,
        tuple(words.fired(result.fired, result.currency)),
        others,
        tuple(order_deciding.approvers(desk)) if others else (),
    )


@require_POST
def cancel(request: HttpRequest, reference: str) -> HttpResponse:
    """End an order and free its credit."""
    order_services.cancel(forms.acting(requests.of(request)), reference)
    messages.success(request, gettext("%(order)s is cancelled") % {"order": reference})
    return _back(reference)


@require_POST
def recheck(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask the rules again by what stands today."""
    result = order_services.recheck(forms.acting(requests.of(request)), reference)
    if result.status == "held":
        messages.info(request, gettext("%(order)s stays held") % {"order": reference})
    else:
        messages.success(request, gettext("%(order)s is accepted") % {"order": reference})
    return _back(reference)


def _back(reference: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("order", args=[reference]), status=303)


urlpatterns = [
    path("orders/", listing, name="orders"),
    path("orders/<path:reference>/release", release, name="order-release"),
    path("orders/<path:reference>/cancel", cancel, name="order-cancel"),
    path("orders/<path:reference>/recheck", recheck, name="order-recheck"),
    path("orders/<path:reference>/", page, name="order"),
]
