"""Under which creditor identifier the company collects, and on which account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from creditdesk.cash import queries as cash
from creditdesk.faces.desk import faults, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Invalid, Refused
from creditdesk.treasury import queries, services


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """Say under which identifier the company collects; the form holds what is known."""
    desk = requests.of(request)
    if request.method != "POST":
        if not desk.actor.may("treasury.set_creditor"):
            raise Refused("not_permitted", "You may not say who collects")
        return _form(desk)
    try:
        services.set_creditor(
            forms.acting(desk),
            identifier=forms.text(request, "identifier", is_required=True),
            called=forms.text(request, "called", is_required=True),
            iban=forms.text(request, "iban", is_required=True),
            bic=forms.text(request, "bic"),
        )
    except Invalid as error:
        return _form(desk, error)
    messages.success(request, gettext("Kept; the next collection goes out under it"))
    return HttpResponseRedirect(reverse("debits"), status=303)


def _form(desk: DeskRequest, error: Invalid | None = None) -> HttpResponse:
    fields = _fields(desk)
    if error is not None:
        fields = forms.filled(fields, desk.POST.dict(), error)
    is_placed = any(one.error for one in fields)
    context = {
        "title": gettext("Who collects"),
        "back": reverse("debits"),
        "back_label": gettext("Direct debits"),
        "submit": gettext("Keep it"),
        "fields": fields,
        "form_error": faults.sentence(error) if error is not None and not is_placed else "",
    }
    return render(desk, "desk/form.html", context, status=200 if error is None else 422)


def _fields(desk: DeskRequest) -> list[Field]:
    known = queries.creditor(desk.company.id)
    accounts = [
        row.identifier for row in cash.bank_freshness(desk.company.id) if row.currency == "EUR"
    ]
    account = known.iban if known else next(iter(accounts), "")
    return [
        Field("identifier", gettext("Creditor identifier"), known.identifier if known else "",
              hint=gettext("As DE98ZZZ09999999999, from the letter of the central bank"),
              is_required=True),
        Field("called", gettext("Name on the customer's statement"),
              known.name if known else desk.company.name, is_required=True),
        Field("iban", gettext("Money arrives on (IBAN)"), account, is_required=True),
        Field("bic", "BIC", known.bic if known else "",
              hint=gettext("Only where the bank asks for it")),
    ]  # fmt: skip


urlpatterns = [path("direct-debits/creditor", edit, name="creditor")]
