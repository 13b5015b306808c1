"""Billing an order: at which tax, how much of what is left; seen before it is issued."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from creditdesk.faces.desk import drafting, faults, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices.documents.values import TaxCategory
from creditdesk.kernel.errors import Conflict, Invalid, Refused
from creditdesk.kernel.money import from_minor
from creditdesk.orders import billing_queries
from creditdesk.orders import queries as orders
from creditdesk.orders import services as order_services
from creditdesk.orders.queries import OrderRow
from creditdesk.orders.services import Billing


@require_http_methods(["GET", "POST"])
def bill(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask how the order is billed; show what it comes to; issue the invoice when that was seen."""
    desk = requests.of(request)
    order = orders.order(desk.company.id, reference)
    if not desk.actor.may("orders.bill"):
        raise Refused("not_permitted", "You may not bill orders")
    left = billing_queries.left_to_bill(desk.company.id, reference)
    fields = _fields(desk, order, left)
    context: dict[str, object] = {"order": order, "left": left, "fields": fields}
    status = 200
    if request.method == "POST":
        context["fields"] = forms.filled(fields, request.POST.dict())
        try:
            billing = _billing(desk, order, left)
            if "confirmed" in request.POST:
                return _billed(desk, order, billing)
            context["preview"] = order_services.bill_outline(desk.actor, reference, billing)
        except (Invalid, Conflict) as error:
            found = drafting.placed(error) if isinstance(error, Invalid) else None
            context["fields"] = forms.filled(fields, request.POST.dict(), found)
            context["form_error"] = faults.sentence(error)
            status = 409 if isinstance(error, Conflict) else 422
    return render(request, "desk/orders/bill.html", context, status=status)


def _fields(desk: DeskRequest, order: OrderRow, left: int) -> list[Field]:
    amount = str(from_minor(left, order.currency))
    return [
        Field("total", gettext("Amount with tax"), amount, "amount", unit=order.currency,
              hint=gettext("Up to what is left of the order; a part leaves the rest set aside"),
              is_required=True),
        Field("category", gettext("Tax"), "S", "select", options=drafting.categories()),
        Field("rate", gettext("Rate, %"), "19"),
        Field("text", gettext("What"), order.reference, is_required=True),
        Field("issued_on", gettext("Date"), desk.actor.today.isoformat(), "date",
              is_required=True),
        Field("terms", gettext("Terms"), "", "select", options=drafting.terms(desk)),
        Field("buyer_reference", gettext("Their reference")),
        Field("delivered_on", gettext("Delivered on"), kind="date"),
        Field("exemption_reason", gettext("Why exempt from VAT"),
              hint=gettext("Only for lines that are exempt")),
        Field("note", gettext("Note on the invoice"), kind="textarea"),
    ]  # fmt: skip


def _billing(desk: DeskRequest, order: OrderRow, left: int) -> Billing:
    """Return what was posted; all that is left ends the order, whatever a cent's rounding does."""
    category = forms.text(desk, "category") or "S"
    if category not in {code for code, _ in drafting.categories()}:
        category = "S"
    gross = forms.amount(desk, "total", order.currency)
    shown = desk.POST.dict()
    return Billing(
        category=TaxCategory(category),
        rate_percent=drafting.number(shown, "rate") if category == "S" else None,
        gross_minor=None if gross == left else gross,
        text=forms.text(desk, "text", is_required=True),
        issued_on=forms.required_day(desk, "issued_on"),
        terms_code=forms.text(desk, "terms"),
        buyer_reference=forms.text(desk, "buyer_reference"),
        delivered_on=forms.day(desk, "delivered_on"),
        exemption_reason=forms.text(desk, "exemption_reason"),
        note=forms.text(desk, "note"),
    )


def _billed(desk: DeskRequest, order: OrderRow, billing: Billing) -> HttpResponse:
    number = order_services.bill(forms.acting(desk), order.reference, billing)
    messages.success(desk, gettext("%(number)s is issued") % {"number": number})
    return HttpResponseRedirect(reverse("invoice", args=[number]), status=303)


urlpatterns = [path("orders/<path:reference>/bill", bill, name="order-bill")]
