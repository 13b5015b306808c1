"""Bank details a customer is to be paid on: asked for here, called back about by somebody else."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.customers import queries as customers
from creditdesk.customers import services as customer_services
from creditdesk.customers.queries import BankChangeRow
from creditdesk.faces.desk import confirming, faults, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.kernel.errors import Conflict, Invalid
from creditdesk.look.shapes import Tone


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change of bank details, in words."""

    row: BankChangeRow
    state: str
    tone: Tone
    signals: tuple[str, ...]


def change_line(row: BankChangeRow) -> ChangeLine:
    """Return a change of bank details in words."""
    states: dict[str, tuple[str, Tone]] = {
        "asked": (gettext("Waits for a call-back"), "warn"),
        "confirmed": (gettext("Confirmed"), "good"),
        "denied": (gettext("Denied in the call"), "bad"),
        "withdrawn": (gettext("Taken back"), ""),
    }
    state, tone = states.get(row.state, (row.state, ""))
    return ChangeLine(row, state, tone, tuple(_signal(code) for code in row.signals))


def _signal(code: str) -> str:
    return {
        "account_denied_before": gettext("This account was denied in a call before"),
        "account_of_another": gettext("Another customer has this account"),
        "holder_differs": gettext("The holder is not called like the customer"),
        "country_differs": gettext("The account is in another country than the customer"),
        "asked_by_mail": gettext("It was asked for by mail"),
        "phone_changed_lately": gettext("A telephone number changed in the last thirty days"),
        "mail_changed_lately": gettext("An e-mail address changed in the last thirty days"),
    }.get(code, code)


def _channels() -> tuple[tuple[str, str], ...]:
    return (
        ("mail", gettext("E-mail")),
        ("letter", gettext("Letter")),
        ("phone", gettext("Telephone")),
        ("in_person", gettext("In person")),
        ("import", gettext("File")),
    )


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show changes of bank details, those that wait first."""
    desk = requests.of(request)
    rows = customers.bank_changes(desk.company.id)
    lines = [change_line(row) for row in sorted(rows, key=lambda row: row.state != "asked")]
    return render(request, "desk/customers/bank_changes.html", {"lines": lines})


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Ask that the customer be paid on other bank details."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    fields = _fields(customer.name)
    context: dict[str, object] = {
        "fields": fields,
        "title": gettext("Bank details of %(name)s") % {"name": customer.name},
        "submit": gettext("Ask for the change"),
        "back": reverse("customer-keep", args=[number]),
        "back_label": customer.name,
    }
    status = 200
    if request.method == "POST":
        try:
            found = customer_services.ask_bank_change(
                forms.acting(desk),
                customer.id,
                account=forms.text(desk, "account", is_required=True),
                bank_code=forms.text(desk, "bank_code"),
                holder=forms.text(desk, "holder", is_required=True),
                channel=forms.text(desk, "channel", is_required=True),
                reason=forms.text(desk, "reason"),
            )
        except (Invalid, Conflict) as error:
            fault = error if isinstance(error, Invalid) else None
            context["fields"] = forms.filled(fields, request.POST.dict(), fault)
            context["form_error"] = faults.sentence(error)
            status = 409 if isinstance(error, Conflict) else 422
        else:
            messages.success(request, gettext("Asked; somebody else calls the customer back"))
            return HttpResponseRedirect(reverse("bank-change", args=[found.change_id]), status=303)
    return render(request, "desk/form.html", context, status=status)


def _fields(holder: str) -> list[Field]:
    return [
        Field("account", gettext("IBAN or account number"), is_required=True),
        Field(
            "bank_code",
            gettext("BIC or routing number"),
            hint=gettext("Not needed with an IBAN"),
        ),
        Field("holder", gettext("Holder of the account"), holder, is_required=True),
        Field(
            "channel",
            gettext("How it was asked"),
            "mail",
            "select",
            options=_channels(),
            is_required=True,
        ),
        Field("reason", gettext("Note"), kind="textarea"),
    ]


@require_safe
def page(request: HttpRequest, change_id: int) -> HttpResponse:
    """Show one change: what speaks against it, whom to call, and what was said."""
    desk = requests.of(request)
    row = customers.bank_change(desk.company.id, change_id)
    is_own = row.asked_by_id is not None and row.asked_by_id == desk.actor.user_id
    results = {
        "confirmed": gettext("Confirmed it"),
        "denied": gettext("Knows nothing of it"),
        "not_reached": gettext("Not reached"),
    }
    context = {
        "line": change_line(row),
        "channel": dict(_channels()).get(row.channel, row.channel),
        "numbers": customers.known_numbers(desk.company.id, row.customer_id, row.asked_at),
        "calls": [
            (one, results.get(one.result, one.result))
            for one in customers.calls(desk.company.id, row.id)
        ],
        "results": results.items(),
        "is_own": is_own,
        "may_call": desk.actor.may("customers.confirm_bank_details") and not is_own,
        "may_withdraw": desk.actor.may("customers.change_bank_details"),
    }
    return render(request, "desk/customers/bank_change.html", context)


@require_POST
def call(request: HttpRequest, change_id: int) -> HttpResponse:
    """Keep whom one called, on which number, and what they said."""
    desk = requests.of(request)
    customers.bank_change(desk.company.id, change_id)
    return confirming.done(
        request,
        lambda: customer_services.call_back(
            forms.acting(desk),
            change_id,
            person=forms.text(desk, "person"),
            phone=forms.text(desk, "phone"),
            result=forms.text(desk, "result"),
            note=forms.text(desk, "note"),
        ),
        gettext("The call is kept"),
        "bank-change",
        args=[str(change_id)],
    )


@require_POST
def withdraw(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take a change back that waits."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: customer_services.withdraw_bank_change(
            forms.acting(desk), change_id, reason=forms.text(desk, "reason")
        ),
        gettext("Taken back"),
        "bank-change",
        args=[str(change_id)],
    )


urlpatterns = [
    path("bank-changes/", listing, name="bank-changes"),
    path("bank-changes/<int:change_id>/", page, name="bank-change"),
    path("bank-changes/<int:change_id>/call", call, name="bank-change-call"),
    path("bank-changes/<int:change_id>/withdraw", withdraw, name="bank-change-withdraw"),
    path("customers/<path:number>/bank", ask, name="customer-bank"),
]
