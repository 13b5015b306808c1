"""Issuing an invoice: who, what, at which tax; seen before it has a number. And its files."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from creditdesk.faces.desk import drafting, faults, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import charge_paper_queries, issued_queries
from creditdesk.invoices import services as invoice_services
from creditdesk.invoices.documents.drafts import Draft, Particulars
from creditdesk.invoices.services.papers import Paper
from creditdesk.kernel.errors import Conflict, Invalid, Refused

# Within so long an equal invoice is more likely the same one, filled in twice, than another.
EQUAL_MINUTES: Final = 30
EQUAL: Final = "equal_issued"
MIME: Final = {"pdf": "application/pdf", "ubl": "application/xml", "cii": "application/xml"}


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for an invoice; show what it comes to; issue it when that was seen."""
    desk = requests.of(request)
    if not desk.actor.may("invoices.issue"):
        raise Refused("not_permitted", "You may not issue invoices")
    posted = request.POST.dict()
    is_posted = request.method == "POST"
    shown = drafting.changed(posted) if is_posted else {"lines": "1", **_asked(request)}
    context: dict[str, object] = {}
    error, status = None, 200
    try:
        drafting.customer_of(desk, shown)
        if is_posted and drafting.is_asked(posted):
            draft = drafting.draft(desk, shown)
            if "confirmed" in posted:
                return _issued(desk, draft)
            context["preview"] = shown_paper = invoice_services.outline(desk.actor, draft)
            context["equal"] = _equal(desk, shown_paper)
    except (Invalid, Conflict) as found:
        error = found if isinstance(found, Invalid) else None
        status = 409 if error is None else 422
        if found.code == EQUAL:
            draft = drafting.draft(desk, shown)
            context |= {"preview": invoice_services.outline(desk.actor, draft),
                        "equal": found.context["number"]}  # fmt: skip
        else:
            context["form_error"] = faults.sentence(found)
    head, more = drafting.head_fields(desk), drafting.more_fields()
    context |= drafting.context(shown, error, head, more)
    return render(request, "desk/invoices/new.html", context, status=status)


def _equal(desk: DeskRequest, paper: Paper) -> str:
    """Return the number of an equal invoice issued a moment ago, from another tab or by another."""
    return issued_queries.equal_issued(
        desk.company.id, paper.draft.customer_id, issued_on=paper.issued_on,
        currency=paper.draft.currency, total_minor=paper.totals.gross_minor,
        since=desk.actor.at - timedelta(minutes=EQUAL_MINUTES),
    )  # fmt: skip


def _asked(request: HttpRequest) -> dict[str, str]:
    return {"customer": request.GET.get("customer", "").replace("\0", "")[:64]}


def _issued(desk: DeskRequest, draft: Draft) -> HttpResponse:
    minutes = 0 if desk.POST.get("another") == "yes" else EQUAL_MINUTES
    [number] = invoice_services.issue(forms.acting(desk), [draft], equal_minutes=minutes)
    messages.success(desk, gettext("%(number)s is issued") % {"number": number})
    return HttpResponseRedirect(reverse("invoice", args=[number]), status=303)


# -- its files


@require_safe
def document(request: HttpRequest, number: str) -> HttpResponse:
    """Give a file of an issued document as it was issued: the PDF, or what `form` asks for.

    Of a document of charges it is the page that was kept, or before that the one it would be.
    """
    form = request.GET.get("form", "pdf")
    company_id = requests.of(request).company.id
    if form == "pdf" and charge_paper_queries.heads(company_id, [number]):
        name, content = f"{number}.pdf", invoice_services.page_of_charge(company_id, number)
    else:
        file = issued_queries.document_file(company_id, number, form)
        name, content = file.name, file.content
    response = HttpResponse(content, content_type=MIME[form])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


# -- who sells


@require_http_methods(["GET", "POST"])
def seller(request: HttpRequest) -> HttpResponse:
    """Show who the seller on invoices is; write down a new record from a date."""
    desk = requests.of(request)
    records = issued_queries.sellers(desk.company.id)
    fields = _seller_fields(desk, records[0].particulars if records else None)
    context: dict[str, object] = {
        "fields": fields,
        "records": records,
        "may_set": desk.actor.may("invoices.set_seller"),
    }
    status = 200
    if request.method == "POST":
        try:
            given = {
                field.name: forms.text(desk, field.name)
                for field in fields
                if field.name != "valid_from"
            }
            since = forms.required_day(desk, "valid_from")
            particulars = Particulars(valid_from=since, **given)
            invoice_services.set_seller(forms.acting(desk), particulars)
        except Invalid as error:
            context["fields"] = forms.filled(fields, request.POST.dict(), error)
            context["form_error"] = faults.sentence(error)
            status = 422
        else:
            messages.success(request, gettext("Invoices name the seller so from that day on"))
            return HttpResponseRedirect(reverse("seller"), status=303)
    return render(request, "desk/invoices/seller.html", context, status=status)


def _seller_fields(desk: DeskRequest, last: Particulars | None) -> list[Field]:
    def field(name: str, label: str, hint: str = "", default: str = "") -> Field:
        value = str(getattr(last, name)) if last else default
        return Field(name, label, value, hint=hint, is_required=name in _NEEDED)

    company = desk.company
    return [
        Field("valid_from", gettext("From"), desk.actor.today.isoformat(), "date",
              hint=gettext("Earlier invoices keep what they said"), is_required=True),
        field("name", gettext("Name"), default=company.name),
        field("street", gettext("Street")),
        field("postal_code", gettext("Postal code")),
        field("city", gettext("Town")),
        field("country", gettext("Country"), gettext("Two letters, such as DE"), company.country),
        field("vat_number", gettext("VAT ID"), gettext("Such as DE123456788")),
        field("tax_number", gettext("Tax number"), gettext("Where there is no VAT ID")),
        field("registration", gettext("Register and number"), gettext("Such as HRB 4711")),
        field("legal_text", gettext("Legal notice"), gettext("Such as who manages the company")),
        field("account", gettext("IBAN, or account number"), gettext("The account to pay to")),
        field("account_holder", gettext("Account holder"), gettext("Empty: the seller")),
        field("bic", "BIC"),
        field("electronic_address", gettext("Electronic address"),
              gettext("Where e-invoices to you arrive"), company.sender_email),
        field("electronic_scheme", gettext("Scheme of that address"),
              gettext("EM for e-mail, 9930 for a German VAT ID; empty: EM")),
        field("contact_name", gettext("Whom to ask")),
        field("contact_phone", gettext("Telephone"), default=company.phone),
        field("contact_email", gettext("E-mail"), default=company.sender_email),
    ]  # fmt: skip


_NEEDED: Final = frozenset({"name", "street", "city", "country", "account"})
urlpatterns = [
    path("invoices/new", new, name="invoice-new"),
    path("invoices/seller", seller, name="seller"),
    path("invoices/<path:number>/document", document, name="invoice-document"),
]
