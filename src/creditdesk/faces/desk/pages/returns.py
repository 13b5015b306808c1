"""Payments the bank took back: those that name no payment beyond doubt wait here."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.cash import services, wording
from creditdesk.cash.queries import returns as reads
from creditdesk.cash.services import Returned
from creditdesk.faces.desk import faults, forms, requests
from creditdesk.kernel.errors import Conflict, Invalid


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the returns that wait, then those dealt with."""
    desk = requests.of(request)
    context = {
        "waiting": [
            (row, wording.return_why(row.why))
            for row in reads.returns(desk.company.id, waiting=True)
        ],
        "done": [
            (row, wording.return_why(row.why))
            for row in reads.returns(desk.company.id, waiting=False)
        ],
        "may_return": desk.actor.may("cash.return_payments"),
    }
    return render(request, "desk/treasury/returns.html", context)


@require_POST
def tell(request: HttpRequest) -> HttpResponse:
    """Take a payment back as the bank's letter says."""
    desk = requests.of(request)
    try:
        told = Returned(
            payment_id=reads.payment_id_of(desk.company.id, forms.text(request, "payment")),
            on=forms.day(request, "on") or desk.actor.today,
            reason_code=forms.text(request, "reason_code")[:10],
        )
        services.return_payments(forms.acting(desk), [told])
    except (Invalid, Conflict) as error:
        messages.error(request, faults.sentence(error))
    else:
        messages.success(request, gettext("The payment is back; what it had settled is open again"))
    return HttpResponseRedirect(reverse("returns"), status=303)


@require_POST
def tie(request: HttpRequest, number: int) -> HttpResponse:
    """Say which payment a return undoes."""
    desk = requests.of(request)
    payment_id = reads.payment_id_of(desk.company.id, request.POST.get("payment", ""))
    try:
        services.tie_return(forms.acting(desk), number, payment_id=payment_id)
    except (Invalid, Conflict) as error:
        messages.error(request, faults.sentence(error))
    else:
        messages.success(request, gettext("The payment is back; what it had settled is open again"))
    return HttpResponseRedirect(reverse("returns"), status=303)


@require_POST
def set_aside(request: HttpRequest, number: int) -> HttpResponse:
    """Say that a return undoes no payment here."""
    desk = requests.of(request)
    try:
        services.set_return_aside(forms.acting(desk), number, reason=request.POST.get("reason", ""))
    except (Invalid, Conflict) as error:
        messages.error(request, faults.sentence(error))
    else:
        messages.success(request, gettext("It no longer waits"))
    return HttpResponseRedirect(reverse("returns"), status=303)


urlpatterns = [
    path("cash/returns/", listing, name="returns"),
    path("cash/returns/tell", tell, name="return-tell"),
    path("cash/returns/<int:number>/tie", tie, name="return-tie"),
    path("cash/returns/<int:number>/set-aside", set_aside, name="return-set-aside"),
]
