"""Cash matching: payments that wait, why they do, what is proposed, and applying by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.cash.queries import PaymentPage, PaymentRow, WaitingKind, WaitingPage
from creditdesk.customers import queries as customers
from creditdesk.faces.desk import cases, faults, forms, lists, requests, shortfalls
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.look.tags.figures import money_text

VIEWS = ("proposed", "known", "unknown")
ID_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class View:
    """A saved view of the list."""

    value: str
    label: str
    count: int


# -- the list ----------------------------------------------------------------------------------


@require_safe
def exceptions(request: HttpRequest) -> HttpResponse:
    """Show what waits and the chosen payment; or give the list as a file."""
    desk = requests.of(request)
    ask = lists.asked(request, sorts=cash.WAITING_SORTS)
    view = lists.choice(request, "view", VIEWS)

    def fetch(page: int, size: int) -> WaitingPage:
        return cash.waiting_listing(
            desk.company.id,
            text=ask.text,
            kind=cast("WaitingKind", view),
            sort=ask.sort,
            page=page,
            size=size,
        )

    if ask.format:
        every = (cases.waiting_of(row) for row in lists.every(fetch))
        return lists.export(desk, _columns(), every, name="payments", form=ask.format)
    found = fetch(ask.page, lists.PER_PAGE)
    shown = [cases.waiting_of(row) for row in found.rows]
    kinds = cash.waiting_kinds(desk.company.id)
    reference = request.GET.get("at", "")
    chosen = reference or (shown[0].row.reference if shown else "")
    context = {
        "lines": shown,
        "mark": lists.mark(found),
        "ask": ask,
        "view": view,
        "views": _views(kinds),
        "case": cases.case_of(desk, chosen) if chosen else None,
        "last": _last(desk),
        "after": _after(request, chosen, [one.row.reference for one in shown]),
        "here": request.get_full_path(),
        "is_filtered": bool(view or ask.text),
        "total": sum(kinds.values()),
    }
    return render(request, "desk/cash/exceptions.html", context)


def _views(kinds: Mapping[WaitingKind, int]) -> list[View]:
    return [
        View("", gettext("All left"), sum(kinds.values())),
        View("proposed", gettext("Proposed"), kinds.get("proposed", 0)),
        View("known", gettext("Payer known"), kinds.get("known", 0)),
        View("unknown", gettext("Unknown"), kinds.get("unknown", 0)),
    ]


def _columns() -> list[Column[cases.Waiting]]:
    def currency(one: cases.Waiting) -> str:
        return one.row.currency

    return [
        Column("reference", gettext("Payment"), lambda one: one.row.reference),
        Column("received_on", gettext("Received"), lambda one: one.row.received_on, "date"),
        Column("who", gettext("From"), lambda one: one.who),
        Column("number", gettext("Customer number"), lambda one: one.row.customer_number),
        Column("iban", gettext("Their account"), lambda one: one.row.counterparty_account),
        Column("text", gettext("Text"), lambda one: one.row.text),
        Column("why", gettext("Why it waits"), lambda one: one.why),
        Column("currency", gettext("Currency"), currency),
        Column("total", gettext("Amount"), lambda one: one.row.total_minor, "money", currency),
        Column(
            "left", gettext("Unapplied"), lambda one: one.row.unapplied_minor, "money", currency
        ),
    ]


def _last(request: DeskRequest) -> PaymentPage | None:
    """Return the payment just dealt with, while it can still be undone."""
    reference = request.GET.get("last", "").replace("\0", "")[:64]
    if not reference or not request.actor.may("cash.undo"):
        return None
    found = cash.payment(request.company.id, reference)
    return found if any(one.undone_on is None for one in found.allocations) else None


def _after(request: HttpRequest, chosen: str, references: Sequence[str]) -> str:
    """Return the address to go on to when the chosen payment is dealt with."""
    query = {key: value for key, value in request.GET.items() if key in ("view", "q", "sort")}
    if chosen in references:
        place = references.index(chosen)
        rest = references[place + 1 :] or references[:place]
        if rest:
            query["at"] = rest[0]
    query["last"] = chosen
    return f"{reverse('exceptions')}?{urlencode(query)}#detail"


# -- one payment -------------------------------------------------------------------------------


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one payment: what the bank said, what it settled and why, and what may still be done."""
    desk = requests.of(request)
    context = {
        "case": cases.case_of(desk, reference),
        "after": reverse("payment", args=[reference]),
        "here": request.get_full_path(),
        "may_ask": desk.actor.may("payments.open_case"),
        "may_refund": desk.actor.may("treasury.ask_refund"),
    }
    return render(request, "desk/cash/payment.html", context)


# -- what is done ------------------------------------------------------------------------------


@require_POST
def apply(request: HttpRequest, reference: str) -> HttpResponse:
    """Settle the items written beside their amounts; what is left stays with the payer."""
    desk = requests.of(request)
    payment = cash.payment(desk.company.id, reference).payment

    def act() -> str:
        result = _applied(desk, payment)
        if not result.unapplied_minor:
            return gettext("%(reference)s is applied") % {"reference": reference}
        left = money_text(result.unapplied_minor, payment.currency)
        said = gettext("%(reference)s is applied; %(left)s of it still waits")
        return said % {"reference": reference, "left": left}

    return _dealt_with(desk, reference, act)


def _applied(request: DeskRequest, payment: PaymentRow) -> cash_services.ApplyResult:
    """Apply as written: to one customer's items, or to those of several the payer pays for."""
    allocations = _amounts(request, payment)
    owners = {
        item.customer_id for item in invoices.items_by_id(request.company.id, allocations).values()
    }
    if len(owners) > 1:
        return cash_services.apply_for_several(
            forms.acting(request), payment.id, allocations=allocations
        )
    return cash_services.apply(
        forms.acting(request), payment.id, allocations=allocations,
        short=shortfalls.chosen(request),
    )  # fmt: skip


def _amounts(request: DeskRequest, payment: PaymentRow) -> dict[int, int]:
    """Return the amounts written beside the items; empty fields give nothing."""
    found: dict[int, int] = {}
    for name in request.POST:
        value = request.POST.get(name, "")
        item = name.removeprefix(cases.AMOUNT_PREFIX)
        if item == name or not value.strip():
            continue
        if not (item.isascii() and item.isdecimal() and len(item) <= ID_DIGITS_MAX):
            raise NotFound("item_unknown", gettext("There is no such open item"))
        minor = forms.amount_of(value, name, payment.currency)
        if minor:
            found[int(item)] = minor
    return found


@require_POST
def short(request: HttpRequest, reference: str) -> HttpResponse:
    """Deal with what the payment left open of an item: given with its tax, disputed, or kept."""
    desk = requests.of(request)
    payment = cash.payment(desk.company.id, reference).payment
    ways = shortfalls.chosen(desk)
    if len(ways) != 1:
        raise forms.nothing_chosen("way")
    [(item_id, how)] = ways.items()

    def act() -> str:
        result = cash_services.solve_short(forms.acting(desk), payment.id, item_id, how)
        if result.given_minor:
            given = money_text(result.given_minor, payment.currency)
            return gettext("%(given)s given; it can be undone") % {"given": given}
        if how.way == "deduction":
            return gettext("The deduction is in dispute")
        return gettext("It stays open")

    return _dealt_with(desk, reference, act)


@require_POST
def remainder(request: HttpRequest, reference: str) -> HttpResponse:
    """Say what the split, as it is being written, applies and leaves; nothing is written down."""
    desk = requests.of(request)
    payment = cash.payment(desk.company.id, reference).payment
    context: dict[str, object] = {"payment": payment}
    try:
        given = sum(_amounts(desk, payment).values())
        context |= {"given_minor": given, "left_minor": payment.unapplied_minor - given}
    except Invalid as error:
        context["fault"] = faults.said(error.message)
    return render(request, "desk/cash/_remainder.html", context)


@require_POST
def on_account(request: HttpRequest, reference: str) -> HttpResponse:
    """Leave what is unapplied with its payer on purpose."""
    desk = requests.of(request)
    payment = cash.payment(desk.company.id, reference).payment
    number = forms.text(request, "payer")
    customer = customers.customer(desk.company.id, number) if number else None

    def act() -> str:
        cash_services.put_on_account(
            forms.acting(desk), payment.id, customer_id=customer.id if customer else None
        )
        return gettext("%(reference)s stays on account") % {"reference": reference}

    return _dealt_with(desk, reference, act)


@require_POST
def assign(request: HttpRequest, reference: str) -> HttpResponse:
    """Say whose money it is; the payer's account and name are remembered."""
    desk = requests.of(request)
    payment = cash.payment(desk.company.id, reference).payment
    customer = customers.customer(desk.company.id, forms.text(request, "payer", is_required=True))

    def act() -> str:
        actor = forms.acting(desk)
        cash_services.assign_payer(actor, payment.id, customer.id)
        if desk.actor.may("cash.match"):
            cash_services.match(_unkeyed(actor), payment_ids=[payment.id])
        said = gettext("%(reference)s is money of %(name)s")
        return said % {"reference": reference, "name": customer.name}

    return _dealt_with(desk, reference, act)


def _unkeyed(actor: Actor) -> Actor:
    return actor.keyed(None)


@require_POST
def undo(request: HttpRequest, reference: str) -> HttpResponse:
    """Take back what the payment settled, all of it or one part; the items are open again."""
    desk = requests.of(request)
    payment = cash.payment(desk.company.id, reference).payment
    given = forms.text(request, "allocation")
    if given and not (given.isascii() and given.isdecimal() and len(given) <= ID_DIGITS_MAX):
        raise Invalid(
            "allocation_unknown", gettext("There is no such part"), place=Place(field="allocation")
        )

    back = forms.text(request, "adjustment")
    if back and not (back.isascii() and back.isdecimal() and len(back) <= ID_DIGITS_MAX):
        raise Invalid(
            "allocation_unknown", gettext("There is no such part"), place=Place(field="adjustment")
        )

    def act() -> str:
        if back:
            cash_services.undo_given(forms.acting(desk), payment.id, [int(back)])
            return gettext("What was given is open again")
        cash_services.undo(
            forms.acting(desk), payment.id, allocation_ids=[int(given)] if given else None
        )
        return gettext("%(reference)s is undone; its money waits") % {"reference": reference}

    return _dealt_with(desk, reference, act)


@require_POST
def match(request: HttpRequest) -> HttpResponse:
    """Match everything that waits and was not dealt with by a person."""
    desk = requests.of(request)
    result = cash_services.match(forms.acting(desk))
    said = gettext("%(applied)d applied, %(left)d left")
    messages.success(request, said % {"applied": result.applied, "left": result.left})
    return HttpResponseRedirect(reverse("exceptions"), status=303)


def _dealt_with(request: DeskRequest, reference: str, act: Callable[[], str]) -> HttpResponse:
    """Do it and go on; when somebody was faster or a rule says no, say so at the payment."""
    back = forms.way_back(request, reverse("payment", args=[reference]))
    try:
        messages.success(request, act())
    except (Conflict, Refused, Invalid) as error:
        if error.code == "not_permitted":
            raise
        messages.error(request, faults.sentence(error))
        back = _here(request, reference)
    return HttpResponseRedirect(back, status=303)


def _here(request: DeskRequest, reference: str) -> str:
    """Return the page the form stood on, if it is ours, else the payment's own."""
    wanted = request.POST.get("here", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if wanted and is_ours else reverse("payment", args=[reference])


urlpatterns = [
    path("cash/exceptions/", exceptions, name="exceptions"),
    path("cash/match", match, name="cash-match"),
    path("cash/payments/<str:reference>/", page, name="payment"),
    path("cash/payments/<str:reference>/apply", apply, name="payment-apply"),
    path("cash/payments/<str:reference>/short", short, name="payment-short"),
    path("cash/payments/<str:reference>/remainder", remainder, name="payment-remainder"),
    path("cash/payments/<str:reference>/on-account", on_account, name="payment-on-account"),
    path("cash/payments/<str:reference>/assign", assign, name="payment-assign"),
    path("cash/payments/<str:reference>/undo", undo, name="payment-undo"),
]
