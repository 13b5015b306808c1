"""One customer: the page that tells the story, and the history of the account."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from creditdesk.cash import queries as cash
from creditdesk.collections import queries as collections
from creditdesk.contact import queries as contact
from creditdesk.contact import wording as contact_wording
from creditdesk.contact.queries import HoldRow
from creditdesk.credit import queries as credit
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.disputes import queries as disputes
from creditdesk.faces.desk import account, requests, timeline, words
from creditdesk.faces.desk.pages import alerts as alert_pages
from creditdesk.faces.desk.pages import customer_forms
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.insight.rules import Exchange
from creditdesk.invoices import charge_queries as charges
from creditdesk.invoices import delivery_queries, delivery_wording
from creditdesk.invoices import queries as invoices
from creditdesk.invoices import wording as invoice_wording
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.monitoring.alerts.queries import standing as alert_queries
from creditdesk.orders import queries as orders
from creditdesk.policy import queries as policy

SHOWN = 30
KNOWN = 60
SETTLED_SHOWN = 60


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A live hold in words."""

    hold: HoldRow
    kind: str
    invoice_number: str
    is_by_hand: bool


@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    """Show how a customer stands, what is open, what happened, and how it pays."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    most = KNOWN if request.GET.get("timeline") == "all" else SHOWN
    context = {
        "customer": customer,
        "today": desk.actor.today,
        "contacts": [
            one for one in customers.contacts(desk.company.id, customer.id) if one.is_active
        ],
        "may": _may(desk),
        "invoices_go": _invoices_go(desk, customer),
        **_standing(desk, customer),
    }
    facts = _facts(desk, customer)
    context["timeline"] = timeline.entries(
        facts, today=desk.actor.today, zone=desk.company.timezone, most=most
    )
    context["has_more"] = timeline.count(facts) > most
    context["broken"] = sum(one.status == "broken" for one in facts.promises)
    context["alerts"] = [
        alert_pages.line_of(one) for one in alert_queries.standing_of(desk.company.id, customer.id)
    ]
    context["analyst"] = customers.analysts_of(
        desk.company.id, [customer.id], desk.actor.today
    ).get(customer.id)
    context["held_orders"] = [one for one in facts.orders if one.status == "held"]
    return render(request, "desk/customer/page.html", context)


def _invoices_go(request: DeskRequest, customer: CustomerRow) -> str:
    """Return by which way, and where, the customer gets documents."""
    route = delivery_queries.routes(request.company.id, [customer.id])[customer.id]
    told = [delivery_wording.channel(route.channel), route.email]
    return ", ".join(part for part in told if part)


def _may(request: DeskRequest) -> dict[str, bool]:
    """Return which buttons the reader can use."""
    verbs = {
        "call": "collections.log_activity",
        "promise": "collections.promise",
        "send": "contact.send",
        "hold": "contact.hold",
        "dispute": "disputes.open",
        "edit": "customers.edit",
        "terms": "customers.set_terms",
        "limit": "credit.set_limit",
        "block": "credit.block",
        "issue": "invoices.issue",
    }
    return {name: request.actor.may(permission) for name, permission in verbs.items()}


def _standing(request: DeskRequest, customer: CustomerRow) -> dict[str, object]:
    """Return what is owed, how it ages, what uses the limit, and how the customer pays."""
    company_id, today = request.company.id, request.actor.today
    standing = credit.standing(company_id, customer.id, today)
    exposures = credit.exposure(company_id, customer.id)
    items = invoices.open_items(company_id, customer_ids=[customer.id])
    holds = contact.live_holds(company_id, [customer.id], on=today)
    disputed = disputes.open_disputes(company_id, customer.id)
    notes = invoices.unapplied_credit_notes(company_id, customer.id)
    noted: dict[str, int] = defaultdict(int)
    for note in notes:
        noted[note.currency] += note.unapplied_minor
    # What is unapplied besides credit notes is money.
    money = {one.currency: one.unapplied_minor - noted[one.currency] for one in exposures}
    totals = account.totals(items, notes, money, number=customer.number, today=today)
    exchange = Exchange(standing.currency, policy.rates_into(standing.currency, today))
    reserved = {one.currency: one.reserved_minor for one in exposures}
    word, tone = words.standing_badge(standing)
    behaviour = account.pay_behaviour(
        invoices.settled_items(company_id, customer.id, limit=SETTLED_SHOWN), items, today
    )
    late = [one for one in items if one.due_on < today]
    disputed_ids = {one.item_id for one in disputed}
    undisputed = [one for one in late if one.item_id not in disputed_ids]
    return {
        "standing": standing,
        "standing_word": word,
        "standing_tone": tone,
        "totals": totals,
        "parts": account.gauge_parts(totals, reserved, exchange, customer.number),
        "lines": account.item_lines(
            items,
            today=today,
            disputed=disputed_ids,
            promised={one.item_id for one in holds if one.kind == "promise" and one.item_id},
            steps=collections.last_steps(company_id, [one.item_id for one in late]),
        ),
        "notes": notes,
        "may_set_off": bool(items)
        and any(total.free_minor > 0 for total in totals)
        and request.actor.may("cash.apply"),
        "memos": [
            (invoice_wording.charge_kind(one.kind), one)
            for one in charges.memos(company_id, [customer.id])
        ],
        "disputed": disputed,
        "holds": _hold_lines(holds, items),
        "behaviour": behaviour,
        "oldest_days": max(((today - one.due_on).days for one in undisputed), default=None),
        "terms": _terms(request, customer),
    }


def _terms(request: DeskRequest, customer: CustomerRow) -> str:
    """Return the terms in force in words; a code the rules no longer know as it stands."""
    company_id, today = request.company.id, request.actor.today
    code = customers.terms_codes(company_id, today, [customer.id]).get(customer.id, "")
    known = policy.in_force(company_id, today).terms.get(code) if code else None
    return words.terms(known) if known else code


def _hold_lines(holds: list[HoldRow], items: list[OpenItemRow]) -> list[HoldLine]:
    numbers = {item.item_id: item.number for item in items}
    return [
        HoldLine(
            hold,
            contact_wording.hold_kind(hold.kind),
            numbers.get(hold.item_id, "") if hold.item_id else "",
            hold.kind == "manual",
        )
        for hold in holds
    ]


def _facts(request: DeskRequest, customer: CustomerRow) -> timeline.Facts:
    company_id = request.company.id
    return timeline.Facts(
        messages=contact.mailbox(company_id, customer_id=customer.id, size=KNOWN).rows,
        verdicts=contact.verdicts(company_id, customer.id, limit=KNOWN),
        replies=contact.replies_of(company_id, customer.id),
        activities=collections.activities(company_id, customer.id, limit=KNOWN),
        promises=collections.promises(company_id, customer.id),
        payments=cash.payments(company_id, customer_id=customer.id, limit=KNOWN),
        disputes=disputes.disputes_of(company_id, customer.id),
        orders=orders.orders(company_id, customer_id=customer.id, limit=KNOWN),
        changes=customers.history(company_id, customer.id)[:KNOWN],
        limits=credit.limit_history(company_id, customer.id),
    )


@require_safe
def history(request: HttpRequest, number: str) -> HttpResponse:
    """Show what was changed on the account: fields, people, terms and limits by date."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    changes = customers.history(desk.company.id, customer.id)
    context = {
        "customer": customer,
        "changes": [(one, words.customer_field(one.field)) for one in changes],
        "terms": customers.terms_history(desk.company.id, customer.id),
        "limits": credit.limit_history(desk.company.id, customer.id),
        "accounts": customers.bank_details(desk.company.id, customer.id),
        "aliases": customers.aliases(desk.company.id, customer.id),
        "today": desk.actor.today,
    }
    return render(request, "desk/customer/history.html", context)


urlpatterns = [
    *customer_forms.urlpatterns,
    path("customers/<path:number>/history", history, name="customer-history"),
    path("customers/<path:number>/", page, name="customer"),
]
