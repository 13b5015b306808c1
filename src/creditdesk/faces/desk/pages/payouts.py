"""What the payment service paid out to the bank, or took from it, and the line it is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.faces.desk import confirming, forms, requests
from creditdesk.payments import services, wording
from creditdesk.payments.queries import payouts


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the payouts, those the bank has not brought yet first."""
    desk = requests.of(request)
    found = payouts.payouts(desk.company.id)
    context = {
        "payouts": [(row, *wording.payout_state(row.state, row.minor)) for row in found],
        "is_set_up": services.is_set_up_for(desk.company.code),
    }
    return render(request, "desk/payouts/list.html", context)


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Show what a payout sums up, and where it waits the lines of the bank it may be."""
    desk = requests.of(request)
    row = payouts.payout(desk.company.id, name)
    state, tone = wording.payout_state(row.state, row.minor)
    may_clear = row.state == "awaited" and desk.actor.may("payments.clear_payout")
    context = {
        "payout": row,
        "state": state,
        "tone": tone,
        "parts": [
            (one, wording.movement_kind(one.kind)) for one in payouts.parts(desk.company.id, row.id)
        ],
        "lines": services.lines_for(desk.company.id, name) if row.state == "awaited" else [],
        "may_clear": may_clear,
    }
    return render(request, "desk/payouts/page.html", context)


@require_POST
def clear(request: HttpRequest, name: str) -> HttpResponse:
    """Say which line of the bank a payout is."""
    desk = requests.of(request)

    def act() -> None:
        line = forms.count(request, "line")
        if line is None:
            raise forms.nothing_chosen("line")
        services.clear(forms.acting(desk), name, line)

    return confirming.done(request, act, gettext("The payout is cleared"), "payouts")


urlpatterns = [
    path("payouts/", listing, name="payouts"),
    path("payouts/<str:name>/", page, name="payout"),
    path("payouts/<str:name>/clear", clear, name="payout-clear"),
]
