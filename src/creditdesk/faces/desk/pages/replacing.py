"""Replacing an issued invoice: the form filled with what it said, seen before anything is done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from creditdesk.controls.commands import preview
from creditdesk.customers import queries as customers
from creditdesk.faces.desk import drafting, faults, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices
from creditdesk.invoices import services as invoice_services
from creditdesk.invoices.documents.drafts import Draft
from creditdesk.invoices.queries import InvoiceRow
from creditdesk.invoices.services.papers import Paper
from creditdesk.kernel.errors import Conflict, Invalid, Refused


@require_http_methods(["GET", "POST"])
def replace(request: HttpRequest, number: str) -> HttpResponse:
    """Ask what the corrected invoice says; show what it comes to; replace when that was seen."""
    desk = requests.of(request)
    invoice = invoices.invoice(desk.company.id, number)
    if not desk.actor.may("invoices.replace"):
        raise Refused("not_permitted", "You may not replace invoices")
    posted = request.POST.dict()
    shown = drafting.changed(posted) if posted else _as_issued(desk, invoice)
    context: dict[str, object] = {"invoice": invoice}
    error, status = None, 200
    try:
        if drafting.is_asked(posted):
            draft, reason = drafting.draft(desk, shown), forms.text(desk, "reason")
            if "confirmed" in posted:
                return _replaced(desk, invoice, draft, reason)
            context["preview"] = _previewed(desk, invoice, draft, reason)
    except (Invalid, Conflict) as found:
        error = found if isinstance(found, Invalid) else None
        context["form_error"] = faults.sentence(found)
        status = 409 if error is None else 422
    head = [*drafting.head_fields(desk), _reason()]
    context |= drafting.context(shown, error, head, drafting.more_fields())
    context["effect"] = gettext(
        "Both documents are proved valid first. Credit above what you grant alone waits for"
        " somebody else."
    )
    return render(request, "desk/invoices/replace.html", context, status=status)


def _reason() -> Field:
    return Field(
        "reason",
        gettext("Reason"),
        hint=gettext("Kept with both documents; the credit note says it"),
        is_required=True,
    )


def _as_issued(desk: DeskRequest, invoice: InvoiceRow) -> dict[str, str]:
    """Return what the invoice said, as the form shows it."""
    draft = invoice_services.draft_as_issued(desk.actor, invoice.number)
    customer = customers.customer_by_id(desk.company.id, invoice.customer_id)
    return drafting.shown_of(draft, customer.number)


def _previewed(desk: DeskRequest, invoice: InvoiceRow, draft: Draft, reason: str) -> Paper:
    """Replace for real and roll it back, so that what would be refused is refused now."""
    paper = invoice_services.replacement_outline(desk.actor, invoice.number, draft)
    with preview():
        invoice_services.replace_invoice(desk.actor, invoice.number, draft, reason=reason)
    return paper


def _replaced(desk: DeskRequest, invoice: InvoiceRow, draft: Draft, reason: str) -> HttpResponse:
    done = invoice_services.replace_invoice(
        forms.acting(desk), invoice.number, draft, reason=reason
    )
    messages.success(
        desk,
        gettext("%(number)s is replaced by %(corrected)s")
        % {"number": invoice.number, "corrected": done.number},
    )
    return HttpResponseRedirect(reverse("invoice", args=[done.number]), status=303)


urlpatterns = [path("invoices/<path:number>/replace", replace, name="invoice-replace")]
