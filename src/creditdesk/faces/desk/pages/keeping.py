"""Keeping an account: what stands in the way of closing it, its group, what it became."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from creditdesk.customers import queries as customers
from creditdesk.customers import services as customer_services
from creditdesk.customers.queries import CustomerRow
from creditdesk.customers.rules import Obstacle
from creditdesk.faces.desk import confirming, forms, requests, words
from creditdesk.faces.desk.pages.bank_changes import change_line
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Refused

_MAY = {
    "close": "customers.close",
    "reopen": "customers.reopen",
    "wake": "customers.wake",
    "merge": "customers.merge",
    "parent": "customers.put_in_group",
    "bank": "customers.change_bank_details",
    "analyst": "customers.name_analyst",
}


@dataclass(frozen=True, slots=True)
class ObstacleLine:
    """What stands in the way of closing, in words, with where to settle it."""

    one: Obstacle
    name: str
    href: str


def _obstacle(one: Obstacle, customer: CustomerRow) -> ObstacleLine:
    settled_at = _SETTLED_AT.get(one.code)
    if settled_at is None:
        return ObstacleLine(one, one.code, "")
    name, href = settled_at
    return ObstacleLine(one, gettext(name), href(one, customer))


def _page(name: str) -> Callable[[Obstacle, CustomerRow], str]:
    return lambda _one, _customer: reverse(name)


def _page_of_customer(name: str) -> Callable[[Obstacle, CustomerRow], str]:
    return lambda _one, customer: reverse(name, args=[customer.number])


def _orders(_one: Obstacle, customer: CustomerRow) -> str:
    return f"{reverse('orders')}?status=&q={quote(customer.number)}"


def _bank_change(one: Obstacle, _customer: CustomerRow) -> str:
    return reverse("bank-change", args=[one.reference]) if one.reference else ""


# Where each is settled is asked only for what stands in the way: references are of many kinds.
_SETTLED_AT: Final[dict[str, tuple[str, Callable[[Obstacle, CustomerRow], str]]]] = {
    "open_items": (gettext_noop("Open items"), _page_of_customer("ageing-customer")),
    "unapplied": (gettext_noop("Unapplied money and credit notes"), _page_of_customer("set-off")),
    "on_order": (gettext_noop("Credit set aside for orders"), _orders),
    "order": (gettext_noop("Orders"), _orders),
    "mandate": (gettext_noop("Mandates"), _page("debits")),
    "refund": (gettext_noop("Refunds"), _page("refunds")),
    "dispute": (gettext_noop("Disputes"), _page("disputes")),
    "promise": (gettext_noop("Promises"), _page("promises")),
    "recurring": (gettext_noop("Recurring invoices"), _page("recurring")),
    "bank_change_waits": (
        gettext_noop("Bank details that wait for a call-back"),
        _bank_change,
    ),
}


@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    """Show how an account is kept: its state, its group, its bank details, its merges."""
    desk = requests.of(request)
    company_id, today = desk.company.id, desk.actor.today
    customer = customers.customer(company_id, number)
    found = customer_services.obstacles(company_id, [customer.id]).get(customer.id, [])
    merged_into = (
        customers.customer_by_id(company_id, customer.merged_into_id)
        if customer.merged_into_id
        else None
    )
    context = {
        "customer": customer,
        "status": words.customer_status(customer.status),
        "obstacles": [_obstacle(one, customer) for one in found],
        "tree": customers.tree(company_id, customer.id, today),
        "parents": customers.parent_history(company_id, customer.id),
        "in_force": customers.paid_on(company_id, customer.id),
        "bank_changes": [
            change_line(one)
            for one in customers.bank_changes(company_id, customer_id=customer.id, limit=20)
        ],
        "analysts": customers.analyst_history(company_id, customer.id),
        "analyst": customers.analysts_of(company_id, [customer.id], today).get(customer.id),
        "candidates": customers.may_be_analysts(company_id),
        "merges": customers.merges(company_id, customer_id=customer.id),
        "merged_into": merged_into,
        "today": today,
        "may": {name: desk.actor.may(one) for name, one in _MAY.items()},
    }
    return render(request, "desk/customer/keeping.html", context)


def _act(
    request: HttpRequest, number: str, act: Callable[[DeskRequest, CustomerRow], object], said: str
) -> HttpResponse:
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    return confirming.done(
        request,
        lambda: act(desk, customer),
        said % {"name": customer.name},
        "customer-keep",
        told=("customer_unknown", "merge_unknown"),
        args=[number],
    )


@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Close the account, if nothing stands in the way."""
    return _act(
        request,
        number,
        lambda desk, one: customer_services.close(
            forms.acting(desk), one.id, reason=forms.text(desk, "reason")
        ),
        gettext("%(name)s is closed; nothing new is booked on it"),
    )


@require_POST
def reopen(request: HttpRequest, number: str) -> HttpResponse:
    """Open the account again; it sleeps until its credit was reviewed."""
    return _act(
        request,
        number,
        lambda desk, one: customer_services.reopen(
            forms.acting(desk), one.id, reason=forms.text(desk, "reason")
        ),
        gettext("%(name)s is open again, and sleeps until its credit is reviewed"),
    )


@require_POST
def wake(request: HttpRequest, number: str) -> HttpResponse:
    """Let a dormant account buy on credit again."""
    return _act(
        request,
        number,
        lambda desk, one: customer_services.wake(
            forms.acting(desk), one.id, review=forms.text(desk, "reason")
        ),
        gettext("%(name)s may buy on credit again"),
    )


def _other(desk: DeskRequest) -> CustomerRow:
    """Return the customer whose number was typed; told in the form when there is none."""
    return customers.customer(desk.company.id, forms.text(desk, "other", is_required=True))


@require_POST
def merge(request: HttpRequest, number: str) -> HttpResponse:
    """Let the account become another one."""
    return _act(
        request,
        number,
        lambda desk, one: customer_services.merge(
            forms.acting(desk), one.id, survivor_id=_other(desk).id,
            reason=forms.text(desk, "reason"),
        ),
        gettext("%(name)s became the other account; what is open on it runs off there"),
    )  # fmt: skip


@require_POST
def undo_merge(request: HttpRequest, number: str) -> HttpResponse:
    """Let a merged account stand by itself again."""
    return _act(
        request,
        number,
        lambda desk, one: customer_services.undo_merge(
            forms.acting(desk), one.id, reason=forms.text(desk, "reason")
        ),
        gettext("%(name)s stands by itself again, and sleeps until its credit is reviewed"),
    )


@require_POST
def parent(request: HttpRequest, number: str) -> HttpResponse:
    """Let the account belong to another from a date, or to nobody."""

    def act(desk: DeskRequest, customer: CustomerRow) -> None:
        valid_from = forms.required_day(desk, "valid_from")
        above = _other(desk).id if forms.text(desk, "other") else None
        customer_services.set_parent(
            forms.acting(desk), customer.id, parent_id=above, valid_from=valid_from
        )

    return _act(request, number, act, gettext("The group of %(name)s is set"))


@require_POST
def analyst(request: HttpRequest, number: str) -> HttpResponse:
    """Give the account to a person of credit from a date, or to nobody."""

    def act(desk: DeskRequest, customer: CustomerRow) -> None:
        customer_services.name_analyst(
            forms.acting(desk), customer.id, user_id=forms.count(desk, "user_id"),
            valid_from=forms.required_day(desk, "valid_from"),
        )  # fmt: skip

    return _act(request, number, act, gettext("The analyst of %(name)s is set"))


@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    """Show every group of today as a tree."""
    desk = requests.of(request)
    company_id, today = desk.company.id, desk.actor.today
    heads = customers.tops(company_id, today)[:200]
    context = {
        "trees": [customers.tree(company_id, one.id, today) for one in heads],
        "today": today,
    }
    return render(request, "desk/customers/groups.html", context)


@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """Show pairs of accounts that may be one."""
    desk = requests.of(request)
    by = {
        "vat_number": gettext("the same VAT number"),
        "lei": gettext("the same LEI"),
        "duns": gettext("the same D-U-N-S number"),
        "bank_account": gettext("the same bank account"),
        "name": gettext("the same name and place"),
    }
    pairs = customers.likely_duplicates(desk.company.id)
    context = {
        "pairs": [(one, by.get(one.by, one.by)) for one in pairs],
        "merges": customers.merges(desk.company.id),
    }
    return render(request, "desk/customers/duplicates.html", context)


@require_safe
def looks(request: HttpRequest) -> HttpResponse:
    """Show who looked at which customer, to whoever reads the trail."""
    desk = requests.of(request)
    if desk.roles.isdisjoint(("auditor", "administrator", "manager")):
        raise Refused("not_permitted", gettext("Who looked at whom is not shown to this role"))
    number, viewer = request.GET.get("customer", "").strip(), request.GET.get("viewer", "").strip()
    context = {
        "views": customers.views(desk.company.id, customer_number=number, viewer=viewer),
        "number": number,
        "viewer": viewer,
    }
    return render(request, "desk/customers/looks.html", context)


urlpatterns = [
    path("groups/", groups, name="groups"),
    path("duplicates/", duplicates, name="duplicates"),
    path("looks/", looks, name="looks"),
    path("customers/<path:number>/keep", page, name="customer-keep"),
    path("customers/<path:number>/close", close, name="customer-close"),
    path("customers/<path:number>/reopen", reopen, name="customer-reopen"),
    path("customers/<path:number>/wake", wake, name="customer-wake"),
    path("customers/<path:number>/merge", merge, name="customer-merge"),
    path("customers/<path:number>/unmerge", undo_merge, name="customer-unmerge"),
    path("customers/<path:number>/parent", parent, name="customer-parent"),
    path("customers/<path:number>/analyst", analyst, name="customer-analyst"),
]
