"""Direct debits: mandates, and collections drawn up, approved and handed to the bank."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.customers import queries as customers
from creditdesk.faces.desk import confirming, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.treasury import queries, services, wording

RIGHTS = {
    "may_draw_up": "treasury.draw_up_run",
    "may_approve": "treasury.approve_run",
    "may_hand_over": "treasury.hand_over_run",
    "may_fetch": "treasury.fetch_file",
    "may_change": "treasury.change_mandate",
    "may_confirm": "treasury.confirm_mandate_change",
    "may_set": "treasury.set_creditor",
}
# What a person typed that is nowhere: said above the form.
TOLD = frozenset({"customer_unknown"})


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the collections, and the form to draw one up."""
    desk = requests.of(request)
    context = {
        "creditor": queries.creditor(desk.company.id),
        "runs": [(row, *wording.run_state(row.state)) for row in queries.runs(desk.company.id)],
        "fields": [
            Field("collect_on", gettext("Collect on"), kind="date", is_required=True),
            Field("scheme", gettext("Scheme"), "CORE", kind="select",
                  options=(("CORE", "CORE"), ("B2B", "B2B"))),
        ],
        **{name: desk.actor.may(right) for name, right in RIGHTS.items()},
    }  # fmt: skip
    return render(request, "desk/treasury/debits.html", context)


@require_safe
def mandates(request: HttpRequest) -> HttpResponse:
    """Show the mandates, changes that wait first, and the form to keep a new one."""
    desk = requests.of(request)
    context = {
        "mandates": [
            (row, *wording.mandate_state(row.state)) for row in queries.mandates(desk.company.id)
        ],
        "fields": [
            Field("customer", gettext("Customer number"), is_required=True),
            Field("iban", "IBAN", is_required=True),
            Field("holder", gettext("Account holder"), is_required=True),
            Field("signed_on", gettext("Signed on"), kind="date", is_required=True),
            Field("scheme", gettext("Scheme"), "CORE", kind="select",
                  options=(("CORE", "CORE"), ("B2B", "B2B"))),
            Field("one_off", gettext("For one collection only"), kind="check"),
        ],
        **{name: desk.actor.may(right) for name, right in RIGHTS.items()},
    }  # fmt: skip
    return render(request, "desk/treasury/mandates.html", context)


@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """Keep a signed mandate."""
    desk = requests.of(request)

    def act() -> object:
        number = forms.text(request, "customer", is_required=True)
        found = customers.by_number(desk.company.id, [number])
        return services.give_mandate(
            forms.acting(desk),
            found.get(number, 0),
            iban=forms.text(request, "iban"),
            holder=forms.text(request, "holder"),
            signed_on=forms.required_day(request, "signed_on"),
            scheme=forms.text(request, "scheme") or "CORE",
            is_recurrent="one_off" not in request.POST,
        )

    return confirming.done(request, act, gettext("The mandate is kept"), "mandates", told=TOLD)


@require_POST
def change(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask to collect from another account, or confirm what somebody else asked for, or revoke."""
    desk = requests.of(request)
    acting = forms.acting(desk)
    said = request.POST.get("note", "")
    acts: dict[str, Callable[[], object]] = {
        "account": lambda: services.ask_account_change(
            acting, reference, iban=request.POST.get("iban", "")
        ),
        "confirm": lambda: services.confirm_account_change(acting, reference, note=said),
        "revoke": lambda: services.revoke_mandate(acting, reference, why=said),
    }
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        raise forms.nothing_chosen("act")
    return confirming.done(request, act, gettext("The mandate is changed"), "mandates", told=TOLD)


@require_POST
def draw_up(request: HttpRequest) -> HttpResponse:
    """Draw a collection up and tell the customers."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.draw_up_run(
            forms.acting(desk),
            collect_on=forms.required_day(request, "collect_on"),
            scheme=forms.text(request, "scheme") or "CORE",
        ),
        gettext("Drawn up; the notices wait in the mailbox"),
        "debits",
        told=TOLD,
    )


@require_POST
def approve(request: HttpRequest, reference: str) -> HttpResponse:
    """Approve a collection; its file is written."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.approve_run(forms.acting(desk), reference),
        gettext("Approved; the file is ready for the bank"),
        "debits",
        told=TOLD,
    )


@require_POST
def hand_over(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that the bank has the file."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.hand_over_run(forms.acting(desk), reference),
        gettext("Kept: the bank has it"),
        "debits",
        told=TOLD,
    )


@require_POST
def cancel(request: HttpRequest, reference: str) -> HttpResponse:
    """Cancel a collection the bank does not have yet."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.cancel_run(forms.acting(desk), reference, why=request.POST.get("why", "")),
        gettext("Cancelled"),
        "debits",
        told=TOLD,
    )


urlpatterns = [
    path("direct-debits/", listing, name="debits"),
    path("direct-debits/draw-up", draw_up, name="debits-draw-up"),
    path("direct-debits/<str:reference>/approve", approve, name="debits-approve"),
    path("direct-debits/<str:reference>/hand-over", hand_over, name="debits-hand-over"),
    path("direct-debits/<str:reference>/cancel", cancel, name="debits-cancel"),
    path("mandates/", mandates, name="mandates"),
    path("mandates/give", give, name="mandate-give"),
    path("mandates/<str:reference>/change", change, name="mandate-change"),
]
