"""Changing an account: its fields, its people, its terms, its limit, its block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from creditdesk.credit import queries as credit
from creditdesk.credit import services as credit_services
from creditdesk.customers import queries as customers
from creditdesk.customers import rules as customer_rules
from creditdesk.customers import services as customer_services
from creditdesk.customers.queries import ContactRow, CustomerRow
from creditdesk.faces.desk import faults, forms, requests, words
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Conflict, Invalid, NotFound
from creditdesk.kernel.money import from_minor
from creditdesk.policy import queries as policy

Act = Callable[[DeskRequest, CustomerRow], str]
Asks = Callable[[DeskRequest, CustomerRow], list[Field]]


@dataclass(frozen=True, slots=True)
class _Form:
    """What a form is called, what it asks, and what it does (answering what to tell)."""

    title: str
    submit: str
    asks: Asks
    act: Act


def _answered(request: HttpRequest, number: str, form: _Form) -> HttpResponse:
    """Show the form; posted, do it and go back, or show what is wrong at its field."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    fields = form.asks(desk, customer)
    context: dict[str, object] = {
        "fields": fields,
        "title": form.title % {"name": customer.name},
        "submit": form.submit,
        "back": reverse("customer", args=[number]),
        "back_label": customer.name,
    }
    status = 200
    if request.method == "POST":
        try:
            told = form.act(desk, customer)
        except (Invalid, Conflict) as error:
            found = error if isinstance(error, Invalid) else None
            # What was typed survives; a second try is made on what stands there by now.
            posted = {key: one for key, one in request.POST.dict().items() if key != "version"}
            context["fields"] = forms.filled(fields, posted, found)
            context["form_error"] = faults.sentence(error)
            status = 409 if isinstance(error, Conflict) else 422
        else:
            messages.success(request, told)
            return HttpResponseRedirect(reverse("customer", args=[number]), status=303)
    return render(request, "desk/form.html", context, status=status)


# -- the account -------------------------------------------------------------------------------


def _account_fields(_: DeskRequest, customer: CustomerRow) -> list[Field]:
    return [Field("version", "", str(customer.version), "hidden"), *_own_fields(customer)]


def _own_fields(customer: CustomerRow) -> list[Field]:
    return [
        Field(
            "buys_as", words.customer_field(name), customer.buys_as, "select",
            options=words.buys_as(),
        )
        if name == "buys_as"
        else Field(
            name,
            words.customer_field(name),
            str(getattr(customer, name)),
            "textarea" if name == "note" else "text",
            is_required=name in ("name", "currency", "language"),
        )
        for name in customer_rules.EDITABLE
    ]  # fmt: skip


def _edit(request: DeskRequest, customer: CustomerRow) -> str:
    changes = {
        name: forms.text(request, name) for name in customer_rules.EDITABLE if name in request.POST
    }
    count = customer_services.edit(
        forms.acting(request), customer.id, changes=changes, version=forms.count(request, "version")
    )
    return gettext("Changed, with its history") if count else gettext("Nothing was different")


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change fields of the account."""
    form = _Form(gettext("Edit %(name)s"), gettext("Keep the changes"), _account_fields, _edit)
    return _answered(request, number, form)


# -- its people --------------------------------------------------------------------------------


def _contact_fields(contact: ContactRow | None = None) -> list[Field]:
    def of(name: str) -> str:
        return str(getattr(contact, name)) if contact else ""

    primary = "on" if contact and contact.is_primary else ""
    return [
        Field("version", "", of("version"), "hidden"),
        Field("name", gettext("Name"), of("name")),
        Field("role", gettext("Role"), of("role"), hint=gettext("Such as accounts payable")),
        Field("email", gettext("E-mail"), of("email"), "email"),
        Field("phone", gettext("Telephone"), of("phone")),
        Field("language", gettext("Language"), of("language"), hint=gettext("Such as en or de")),
        Field("is_primary", gettext("Write to this person first"), primary, "check"),
    ]


def _add_contact(request: DeskRequest, customer: CustomerRow) -> str:
    contact = customer_rules.NewContact(
        name=forms.text(request, "name"),
        role=forms.text(request, "role"),
        email=forms.text(request, "email"),
        phone=forms.text(request, "phone"),
        language=forms.text(request, "language"),
        is_primary="is_primary" in request.POST,
    )
    customer_services.add_contact(forms.acting(request), customer.id, contact=contact)
    return gettext("%(name)s is added") % {"name": contact.name or contact.email}


@require_http_methods(["GET", "POST"])
def add_contact(request: HttpRequest, number: str) -> HttpResponse:
    """Add a person to the account."""
    form = _Form(
        gettext("New contact of %(name)s"),
        gettext("Add the contact"),
        lambda _request, _customer: _contact_fields(),
        _add_contact,
    )
    return _answered(request, number, form)


def _contact_of(request: DeskRequest, customer: CustomerRow, contact_id: int) -> ContactRow:
    """Return a person of this very customer; NotFound otherwise."""
    contact = customers.contact(request.company.id, contact_id)
    if contact.customer_id != customer.id:
        raise NotFound("contact_unknown", "There is no such contact", contact_id=contact_id)
    return contact


@require_http_methods(["GET", "POST"])
def edit_contact(request: HttpRequest, number: str, contact_id: int) -> HttpResponse:
    """Change a person of the account."""

    def act(desk: DeskRequest, customer: CustomerRow) -> str:
        contact = _contact_of(desk, customer, contact_id)
        texts = ("name", "role", "email", "phone", "language")
        changes: dict[str, str | bool] = {name: forms.text(desk, name) for name in texts}
        changes["is_primary"] = "is_primary" in desk.POST
        customer_services.edit_contact(
            forms.acting(desk), contact.id, changes=changes, version=forms.count(desk, "version")
        )
        return gettext("%(name)s is changed") % {"name": changes["name"] or changes["email"]}

    form = _Form(
        gettext("Contact of %(name)s"),
        gettext("Keep the changes"),
        lambda desk, customer: _contact_fields(_contact_of(desk, customer, contact_id)),
        act,
    )
    return _answered(request, number, form)


@require_POST
def remove_contact(request: HttpRequest, number: str, contact_id: int) -> HttpResponse:
    """Set a person aside: no longer written to."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    contact = _contact_of(desk, customer, contact_id)
    customer_services.remove_contact(forms.acting(desk), contact.id)
    messages.success(request, gettext("%(name)s is no longer written to") % {"name": contact.name})
    return HttpResponseRedirect(reverse("customer", args=[number]), status=303)


# -- terms, limit and block --------------------------------------------------------------------


def _terms_fields(request: DeskRequest, customer: CustomerRow) -> list[Field]:
    today = request.actor.today
    known = policy.in_force(request.company.id, today).terms
    now = customers.terms_codes(request.company.id, today, [customer.id]).get(customer.id, "")
    options = tuple((code, code) for code in sorted(known))
    hint = gettext("Invoices issued before keep theirs")
    return [
        Field("terms_code", gettext("Terms"), now, "select", options=options, is_required=True),
        Field(
            "valid_from",
            gettext("From"),
            today.isoformat(),
            "date",
            hint=hint,
            is_required=True,
        ),
    ]


def _set_terms(request: DeskRequest, customer: CustomerRow) -> str:
    code = forms.text(request, "terms_code", is_required=True)
    valid_from = forms.required_day(request, "valid_from")
    customer_services.set_terms(
        forms.acting(request), customer.id, terms_code=code, valid_from=valid_from
    )
    return gettext("Terms are %(code)s from %(day)s") % {"code": code, "day": valid_from}


@require_http_methods(["GET", "POST"])
def terms(request: HttpRequest, number: str) -> HttpResponse:
    """Put terms in force from a date."""
    form = _Form(
        gettext("Terms of %(name)s"), gettext("Put them in force"), _terms_fields, _set_terms
    )
    return _answered(request, number, form)


def _limit_fields(request: DeskRequest, customer: CustomerRow) -> Sequence[Field]:
    today = request.actor.today
    limit = credit.limits(request.company.id, today, [customer.id]).get(customer.id)
    currency = limit.currency if limit else customer.currency
    value = str(from_minor(limit.minor, currency)) if limit else ""
    return [
        Field("amount", gettext("Limit"), value, "amount", unit=currency, is_required=True),
        Field("currency", "", currency, "hidden"),
        Field("valid_from", gettext("From"), today.isoformat(), "date", is_required=True),
        Field("valid_to", gettext("Until"), kind="date", hint=gettext("Empty: until the next one")),
        Field("reason", gettext("Reason"), kind="textarea", is_required=True),
    ]


def _set_limit(request: DeskRequest, customer: CustomerRow) -> str:
    currency = forms.text(request, "currency", is_required=True)
    credit_services.set_limit(
        forms.acting(request),
        customer.id,
        minor=forms.amount(request, "amount", currency),
        currency=currency,
        valid_from=forms.required_day(request, "valid_from"),
        valid_to=forms.day(request, "valid_to"),
        reason=forms.text(request, "reason", is_required=True),
    )
    return gettext("The limit is set; the earlier one stays in the history")


@require_http_methods(["GET", "POST"])
def limit(request: HttpRequest, number: str) -> HttpResponse:
    """Set the credit limit from a date."""
    form = _Form(
        gettext("Credit limit of %(name)s"),
        gettext("Set the limit"),
        lambda desk, customer: list(_limit_fields(desk, customer)),
        _set_limit,
    )
    return _answered(request, number, form)


def _block(request: DeskRequest, customer: CustomerRow) -> str:
    reason = forms.text(request, "reason", is_required=True)
    credit_services.block(forms.acting(request), customer.id, reason=reason)
    return gettext("%(name)s gets no further credit") % {"name": customer.name}


@require_http_methods(["GET", "POST"])
def block(request: HttpRequest, number: str) -> HttpResponse:
    """Give the customer no further credit."""
    form = _Form(
        gettext("Block %(name)s"),
        gettext("Block"),
        lambda _request, _customer: [
            Field("reason", gettext("Reason"), kind="textarea", is_required=True)
        ],
        _block,
    )
    return _answered(request, number, form)


@require_POST
def unblock(request: HttpRequest, number: str) -> HttpResponse:
    """Lift the block."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    credit_services.unblock(forms.acting(desk), customer.id)
    messages.success(request, gettext("The block is lifted"))
    return HttpResponseRedirect(reverse("customer", args=[number]), status=303)


urlpatterns = [
    path("customers/<path:number>/edit", edit, name="customer-edit"),
    path("customers/<path:number>/contacts/new", add_contact, name="contact-new"),
    path("customers/<path:number>/contacts/<int:contact_id>", edit_contact, name="contact-edit"),
    path(
        "customers/<path:number>/contacts/<int:contact_id>/remove",
        remove_contact,
        name="contact-remove",
    ),
    path("customers/<path:number>/terms", terms, name="customer-terms"),
    path("customers/<path:number>/limit", limit, name="customer-limit"),
    path("customers/<path:number>/block", block, name="customer-block"),
    path("customers/<path:number>/unblock", unblock, name="customer-unblock"),
]
