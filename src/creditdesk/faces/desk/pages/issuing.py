"""Issuing an invoice: who, what, at which tax; seen before it has a number. And its files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.desk import forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import issued_queries
from creditdesk.invoices import services as invoice_services
from creditdesk.invoices.documents.drafts import Draft, DraftLine, Particulars
from creditdesk.invoices.documents.values import TaxCategory
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.policy import queries as policy

LINES_MAX: Final = 50
MIME: Final = {"pdf": "application/pdf", "ubl": "application/xml", "cii": "application/xml"}
_IN_LINE = re.compile(r"lines\[(\d+)\]\.(\w+)")
_COLUMN: Final = {"tax": "rate", "adjustments": "discount"}
_UNITS: Final = ("C62", "HUR", "DAY", "MON", "KGM", "MTR", "MTK", "LTR", "XPK", "XPX", "LS")


@dataclass(frozen=True, slots=True)
class LineForm:
    """A line of the form: its place from 1, and its fields."""

    position: int
    fields: list[Field]


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for an invoice; show what it comes to; issue it when that was seen."""
    desk = requests.of(request)
    if not desk.actor.may("invoices.issue"):
        raise Refused("not_permitted", "You may not issue invoices")
    posted = request.POST.dict()
    shown = _changed(posted) if request.method == "POST" else {"lines": "1", **_asked(request)}
    context: dict[str, object] = {}
    error, status = None, 200
    try:
        customer = _customer(desk, shown)
        if request.method == "POST" and not {"add", "remove"} & posted.keys():
            draft = _draft(desk, customer, shown)
            if "confirmed" in posted:
                return _issued(desk, draft)
            context["preview"] = invoice_services.outline(desk.actor, draft)
    except (Invalid, Conflict) as found:
        error = found if isinstance(found, Invalid) else None
        context["form_error"] = str(found)
        status = 409 if error is None else 422
    placed = _placed(error)
    context |= {
        "fields": forms.filled(_head_fields(desk), shown, placed),
        "more": forms.filled(_more_fields(), shown, placed),
        "lines": [
            LineForm(n, forms.filled(_line_fields(n), shown, placed))
            for n in range(1, _count(shown) + 1)
        ],
        "count": _count(shown),
        "may_add": _count(shown) < LINES_MAX,
    }
    return render(request, "desk/invoices/new.html", context, status=status)


def _asked(request: HttpRequest) -> dict[str, str]:
    return {"customer": request.GET.get("customer", "").replace("\0", "")[:64]}


def _count(shown: Mapping[str, str]) -> int:
    given = shown.get("lines", "1")
    return min(max(int(given) if given.isascii() and given.isdigit() else 1, 1), LINES_MAX)


def _changed(posted: Mapping[str, str]) -> dict[str, str]:
    """Return what was posted with a line more or less, when that was asked for."""
    shown, count = dict(posted), _count(posted)
    removed = shown.get("remove", "")
    if "add" in shown:
        count = min(count + 1, LINES_MAX)
    elif removed.isascii() and removed.isdigit() and 1 <= int(removed) <= count:
        names = [field.name.partition("-")[0] for field in _line_fields(1)]
        for n in range(int(removed), count):
            shown |= {f"{name}-{n}": posted.get(f"{name}-{n + 1}", "") for name in names}
        for name in names:
            shown.pop(f"{name}-{count}", None)
        count = max(count - 1, 1)
    shown["lines"] = str(count)
    return shown


def _placed(error: Invalid | None) -> Invalid | None:
    """Return the error at the field of the form it is about."""
    field = error.place.field if error else None
    if error is None or not field:
        return error
    name = field = field.removeprefix("invoices.0.")
    found = _IN_LINE.match(field)
    if found:
        name = f"{_COLUMN.get(found[2], found[2])}-{found[1]}"
    elif field.startswith(("customer.", "buyer.")):
        name = "customer"
    elif field == "exemptions":
        name = "exemption_reason"
    return Invalid(error.code, error.message, place=Place(field=name), mend=error.mend)


# -- its fields


def _head_fields(desk: DeskRequest) -> list[Field]:
    return [
        Field(
            "customer",
            gettext("Customer number"),
            hint=gettext("Name, address and VAT ID are taken from the customer's page"),
            is_required=True,
        ),
        Field(
            "currency",
            gettext("Currency"),
            hint=gettext("Empty: the customer's own"),
        ),
        Field("issued_on", gettext("Date"), desk.actor.today.isoformat(), "date", is_required=True),
        Field("terms", gettext("Terms"), "", "select", options=_terms(desk)),
        Field("order_reference", gettext("Order")),
        Field(
            "buyer_reference",
            gettext("Their reference"),
            hint=gettext("Such as a Leitweg-ID, or who ordered it"),
        ),
    ]


def _terms(desk: DeskRequest) -> tuple[tuple[str, str], ...]:
    own = (("", gettext("The customer's own")),)
    try:
        known = policy.in_force(desk.company.id, desk.actor.today).terms
    except NotFound:
        return own
    return own + tuple((code, code) for code in sorted(known))


def _more_fields() -> list[Field]:
    return [
        Field(
            "delivered_on",
            gettext("Delivered on"),
            kind="date",
            hint=gettext("Empty: nothing is said, or the date of the invoice where one is needed"),
        ),
        Field(
            "exemption_reason",
            gettext("Why exempt from VAT"),
            hint=gettext("Only for lines that are exempt"),
        ),
        Field("note", gettext("Note on the invoice"), kind="textarea"),
    ]


def _line_fields(n: int) -> list[Field]:
    return [
        Field(f"name-{n}", gettext("What"), is_required=True),
        Field(f"quantity-{n}", gettext("Quantity"), "1", is_required=True),
        Field(f"unit-{n}", gettext("Unit"), "C62", "select", options=_units()),
        Field(f"price-{n}", gettext("Price each, net"), is_required=True),
        Field(f"discount-{n}", gettext("Discount, %")),
        Field(f"category-{n}", gettext("Tax"), "S", "select", options=_categories()),
        Field(f"rate-{n}", gettext("Rate, %"), "19"),
    ]


def _units() -> tuple[tuple[str, str], ...]:
    names = {
        "C62": gettext("pieces"),
        "HUR": gettext("hours"),
        "DAY": gettext("days"),
        "MON": gettext("months"),
        "KGM": "kg",
        "MTR": "m",
        "MTK": "m²",
        "LTR": "l",
        "XPK": gettext("packs"),
        "XPX": gettext("pallets"),
        "LS": gettext("lump sum"),
    }
    return tuple((code, names[code]) for code in _UNITS)


def _categories() -> tuple[tuple[str, str], ...]:
    return (
        ("S", gettext("Taxed")),
        ("Z", gettext("Zero rated")),
        ("E", gettext("Exempt")),
        ("AE", gettext("Reverse charge")),
        ("K", gettext("Intra-Community supply")),
        ("G", gettext("Export")),
        ("O", gettext("Outside the scope of VAT")),
    )


# -- what was posted


def _customer(desk: DeskRequest, shown: Mapping[str, str]) -> CustomerRow | None:
    number = shown.get("customer", "").strip()
    if not number:
        return None
    try:
        return customers.customer(desk.company.id, number)
    except NotFound as error:
        raise Invalid(
            "customer_unknown",
            f"There is no customer {number[:64]!r}",
            place=Place(field="customer"),
            mend="Correct the number",
        ) from error


def _draft(desk: DeskRequest, customer: CustomerRow | None, shown: Mapping[str, str]) -> Draft:
    if customer is None:
        raise Invalid(
            "value_missing", "Nothing was given", place=Place(field="customer"), mend="Fill it in"
        )
    return Draft(
        customer_id=customer.id,
        currency=forms.text(desk, "currency").upper() or customer.currency,
        lines=tuple(_line(n, shown) for n in range(1, _count(shown) + 1)),
        issued_on=forms.required_day(desk, "issued_on"),
        terms_code=forms.text(desk, "terms"),
        order_reference=forms.text(desk, "order_reference"),
        buyer_reference=forms.text(desk, "buyer_reference"),
        delivered_on=forms.day(desk, "delivered_on"),
        exemption_reason=forms.text(desk, "exemption_reason"),
        note=forms.text(desk, "note"),
    )


def _line(n: int, shown: Mapping[str, str]) -> DraftLine:
    category = shown.get(f"category-{n}", "S")
    if category not in {code for code, _ in _categories()}:
        category = "S"
    is_taxed = category == "S"
    return DraftLine(
        name=shown.get(f"name-{n}", "").strip(),
        quantity=_number(shown, f"quantity-{n}"),
        unit=shown.get(f"unit-{n}", ""),
        price=_number(shown, f"price-{n}"),
        discount_percent=_number(shown, f"discount-{n}", default="0"),
        category=TaxCategory(category),
        rate_percent=_number(shown, f"rate-{n}") if is_taxed else None,
    )


def _number(shown: Mapping[str, str], name: str, default: str = "") -> Decimal:
    """Return a figure as a person writes it, with six decimals at most."""
    value = shown.get(name, "").strip() or default
    try:
        found = Decimal(forms.decimal_text(value))
    except InvalidOperation as error:
        raise _no_number(value, name) from error
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -6 or abs(found) >= Decimal(10) ** 12:  # noqa: PLR2004 - what the table holds
        raise _no_number(value, name)
    return found


def _no_number(value: str, name: str) -> Invalid:
    return Invalid(
        "number_malformed",
        f"{value[:40]!r} is no figure",
        place=Place(field=name),
        mend="Write it as 1234.50",
    )


def _issued(desk: DeskRequest, draft: Draft) -> HttpResponse:
    [number] = invoice_services.issue(forms.acting(desk), [draft])
    messages.success(desk, gettext("%(number)s is issued") % {"number": number})
    return HttpResponseRedirect(reverse("invoice", args=[number]), status=303)


# -- its files


@require_safe
def document(request: HttpRequest, number: str) -> HttpResponse:
    """Give a file of an issued document as it was issued: the PDF, or what `form` asks for."""
    form = request.GET.get("form", "pdf")
    file = issued_queries.document_file(requests.of(request).company.id, number, form)
    response = HttpResponse(file.content, content_type=MIME[form])
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
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
            context["form_error"] = str(error)
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
