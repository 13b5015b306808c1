"""An address at which a customer may pay, for whoever writes to them by hand."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST

from creditdesk.faces.desk import forms, requests
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.payments import services as payments


def may_make(desk: DeskRequest) -> bool:
    """Whether who looks may give out addresses, and the company takes payments online."""
    return desk.actor.may("payments.link") and payments.is_set_up_for(desk.company.code)


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Show the address at which an invoice can be paid; asked again, the same one."""
    desk = requests.of(request)
    number = forms.text(request, "invoice", is_required=True)
    asked = payments.of_invoice(desk.company.id, number)
    [address] = payments.links_for(forms.acting(desk), [asked])
    return render(request, "desk/payment_cases/link.html", {"number": number, "address": address})


urlpatterns = [path("pay-links/", make, name="pay-link")]
