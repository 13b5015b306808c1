"""Deciding a held order with what speaks for and against it in money; and checking one by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast, get_args

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from creditdesk.assessment import queries as assessment
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import require
from creditdesk.controls.queries import WaitingRequest
from creditdesk.credit import wording as credit_words
from creditdesk.faces.desk import faults, forms, requests, words
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.faces.desk.words import FiredWords
from creditdesk.kernel.errors import Conflict, Invalid, NotFound
from creditdesk.kernel.money import from_minor
from creditdesk.orders import queries, services
from creditdesk.orders.queries import OrderRow
from creditdesk.orders.rules import PARTS, PARTS_MAX, Option, Way
from creditdesk.orders.services import Choice, Outlook
from creditdesk.policy import queries as policy

DAYS_TO_PAY = 7


@dataclass(frozen=True, slots=True)
class OptionLine:
    """A way to decide, in words."""

    row: Option
    word: str
    note: str
    is_chosen: bool
    others: int = 0


def way_words(way: str) -> tuple[str, str]:
    """Return what a way to decide is called, and what it means."""
    return {
        "release": (gettext("Release it"), gettext("all of it ships now")),
        "part_payment": (
            gettext("Ship against part payment"),
            gettext("it stays held until that much came in, then it is released by itself"),
        ),
        "plan": (
            gettext("Ship against an instalment plan"),
            gettext("all of it ships now; if an instalment is missed, what is not billed is held"),
        ),
        "ship_part": (
            gettext("Ship a part"),
            gettext("as much as still fits the limit; ask about the rest anew"),
        ),
        "refuse": (gettext("Refuse it"), gettext("nothing ships")),
    }.get(way, (way, ""))


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what can be done with a held order and what each way comes to; do what is chosen."""
    desk = requests.of(request)
    require(desk.actor, "orders.release")
    order = queries.order(desk.company.id, reference)
    if order.status != "held" and request.method != "POST":
        return _back(reference)
    fault, status = "", 200
    if request.method == "POST":
        try:
            services.choose(forms.acting(desk), reference, _choice(desk, order))
        except (Invalid, Conflict) as error:
            fault = faults.sentence(error)
            status = 409 if isinstance(error, Conflict) else 422
            if isinstance(error, Conflict):
                messages.warning(request, f"{fault}. {_how_decided(order)}")
                return _back(reference)
        else:
            messages.success(request, gettext("%(order)s is decided") % {"order": reference})
            return _back(reference)
    return render(request, "desk/orders/decide.html", _context(desk, order, fault), status=status)


def _how_decided(order: OrderRow) -> str:
    """Return in words by which decision an order stands, for somebody who came second."""
    latest = queries.latest_decision(order.id)
    way = (latest.inputs.get("chosen") or {}).get("way", "")
    word = way_words(way)[0] if way else words.order_status(latest.outcome)[0]
    said = gettext("It stands as: %(state)s, by %(who)s.") % {
        "state": word, "who": latest.decided_by,
    }  # fmt: skip
    return f"{said} {latest.reason}".strip()


def _choice(desk: DeskRequest, order: OrderRow) -> Choice:
    way = forms.text(desk, "way")
    minor, pay_by, parts = None, None, PARTS
    if way in ("part_payment", "plan"):
        currency = queries.latest_decision(order.id).facts.currency
        fields = ("plan", "plan_from") if way == "plan" else ("pay", "pay_by")
        minor, pay_by = forms.amount(desk, fields[0], currency), forms.day(desk, fields[1])
        parts = (forms.count(desk, "parts") or 0) if way == "plan" else PARTS
    elif way == "ship_part":
        minor = forms.amount(desk, "ship", order.currency)
    return Choice(
        way=cast("Way", way if way in get_args(Way) else ""),
        reason=forms.text(desk, "reason"),
        minor=minor,
        pay_by=pay_by,
        parts=parts,
        seen_decision_id=forms.count(desk, "seen"),
    )


def _context(desk: DeskRequest, order: OrderRow, fault: str) -> dict[str, object]:
    with transaction.atomic():
        found = services.outlook(desk.actor, order.reference)
    facts = found.judged.facts
    chosen = desk.POST.get("way", "")
    by_way = {one.way: one for one in found.options}
    pay, ship = by_way.get("part_payment"), by_way.get("ship_part")
    return {
        "order": order,
        "facts": facts,
        "currency": facts.currency,
        "margin_minor": found.weighed.margin_minor,
        "rules": _rules(found),
        "options": [
            OptionLine(
                one, *way_words(one.way), one.way == chosen, found.others.get(one.way, 0)
            )
            for one in found.options
        ],
        "others": max(found.others.values(), default=0),
        "approvers": approvers(desk) if any(found.others.values()) else [],
        "history": _history(desk, order),
        "cover": found.cover,
        "cover_gap": _gap(found),
        "asked_for": asked_for(desk, order),
        "seen": found.decision.id,
        **_plan(desk, found),
        "pay": desk.POST.get("pay") or (str(from_minor(pay.pay_minor, facts.currency)) if pay
                                        else ""),
        "ship": desk.POST.get("ship") or (str(from_minor(ship.ship_minor, order.currency)) if ship
                                          else ""),
        "pay_by": desk.POST.get("pay_by")
        or (desk.actor.today + timedelta(days=DAYS_TO_PAY)).isoformat(),
        "reason": desk.POST.get("reason", ""),
        "form_error": fault,
    }  # fmt: skip


def approvers(desk: DeskRequest) -> list[str]:
    """Return who else may approve that an order ships."""
    return controls.may_approve(desk.company.id, services.RELEASES, besides=desk.actor.user_id)


def asked_for(desk: DeskRequest, order: OrderRow) -> list[WaitingRequest]:
    """Return what somebody asked to let of a held order ship, and waits for others."""
    if order.status != "held":
        return []
    return controls.waiting_about(
        desk.company.id, services.RELEASES, {"order": order.reference}, desk.actor.at
    )


def _plan(desk: DeskRequest, found: Outlook) -> dict[str, object]:
    """Return the plan proposed, and what of one was typed."""
    first = desk.actor.today + timedelta(days=DAYS_TO_PAY)
    currency = found.judged.facts.currency
    way = next((one for one in found.options if one.way == "plan"), None)
    if way is None:
        return {"plan": (), "plan_minor": ""}
    choice = Choice(way="plan", reason="", minor=way.plan_minor, pay_by=first)
    return {
        "plan": services.proposed_plan(desk.actor, choice, found.judged.rules),
        "plan_minor": desk.POST.get("plan") or str(from_minor(way.plan_minor, currency)),
        "plan_from": desk.POST.get("plan_from") or first.isoformat(),
        "parts": desk.POST.get("parts") or PARTS,
        "parts_max": PARTS_MAX,
    }


def _gap(found: Outlook) -> str:
    """Return in words why an insurer does not answer for all of the order, if one is asked."""
    if found.cover is None or not found.cover.because:
        return ""
    return gettext("Not all of the order is insured: %(why)s.") % {
        "why": credit_words.uncovered(found.cover.because)
    }


def _rules(found: Outlook) -> Sequence[FiredWords]:
    return words.fired(found.judged.decision.fired, found.judged.facts.currency)


def _history(desk: DeskRequest, order: OrderRow) -> list[tuple[str, str]]:
    """Return how the customer paid, as (what, how much); what is not known is left out."""
    known = assessment.points(desk.company.id, order.customer_id, on=desk.actor.today, years=())
    shown = (
        (gettext("Pays after the due date by"), "own.days_late", gettext("%(value)s days")),
        (gettext("Late share of what is open"), "own.overdue_percent", "%(value)s %%"),
        (gettext("Months as a customer"), "own.months_known", "%(value)s"),
    )
    return [
        (what, pattern % {"value": known[name]})
        for what, name, pattern in shown
        if known.get(name) is not None
    ]


def _back(reference: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("order", args=[reference]), status=303)


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Ask whether an order may ship, as a shop or an ERP asks through the API."""
    desk = requests.of(request)
    require(desk.actor, "orders.check")
    fields, fault, status = _fields(desk), "", 200
    if request.method == "POST":
        try:
            return _checked(desk)
        except (Invalid, Conflict, NotFound) as error:
            named = error if isinstance(error, Invalid) else None
            fields = forms.filled(fields, request.POST.dict(), named)
            fault = faults.sentence(error)
            status = 422 if isinstance(error, Invalid) else 409
    context = {"fields": fields, "form_error": fault}
    return render(request, "desk/orders/check.html", context, status=status)


def _fields(desk: DeskRequest) -> list[Field]:
    terms = policy.in_force(desk.company.id, desk.actor.today).terms
    own = ("", gettext("the customer’s own"))
    return [
        Field("customer_number", gettext("Customer number"), desk.GET.get("customer", ""),
              is_required=True),
        Field("order_reference", gettext("Order"), is_required=True),
        Field("total", gettext("Total with tax"), kind="amount", is_required=True),
        Field("currency", gettext("Currency"), desk.company.currency, is_required=True),
        Field("terms", gettext("Terms asked for"), "", "select",
              options=(own, *((code, words.terms(one)) for code, one in terms.items()))),
        Field("kind", gettext("Kind of order"),
              hint=gettext("Your own word, if the policy treats some orders differently")),
        Field("margin", gettext("Margin"), kind="amount",
              hint=gettext("What is earned on it; weighed if a person decides")),
    ]  # fmt: skip


def _checked(desk: DeskRequest) -> HttpResponse:
    currency = forms.text(desk, "currency", is_required=True)
    reference = forms.text(desk, "order_reference", is_required=True)
    margin = forms.text(desk, "margin")
    result = services.check(
        forms.acting(desk),
        customer_number=forms.text(desk, "customer_number", is_required=True),
        order_reference=reference,
        currency=currency,
        total_minor=forms.amount(desk, "total", currency),
        placed_on=desk.actor.today,
        kind=forms.text(desk, "kind"),
        terms_code=forms.text(desk, "terms"),
        margin_minor=forms.amount(desk, "margin", currency) if margin else None,
    )
    word = words.order_status(result.status)[0]
    said = gettext("%(order)s: %(state)s") % {"order": reference, "state": word}
    (messages.success if result.status == "accepted" else messages.warning)(desk, said)
    return _back(reference)


urlpatterns = [
    path("order-check/", check, name="order-check"),
    path("orders/<path:reference>/decide", decide, name="order-decide"),
]
