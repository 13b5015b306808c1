"""Refunds from hand to hand: asked for, checked, approved, released; and files for the bank."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.cash import queries as cash
from creditdesk.cash.queries import returns as cash_reads
from creditdesk.controls.commands import preview
from creditdesk.faces.desk import confirming, faults, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Conflict, Invalid
from creditdesk.treasury import queries, services, wording
from creditdesk.treasury.queries import RefundRow

RIGHTS = {
    "may_ask": "treasury.ask_refund",
    "may_check": "treasury.confirm_bank_details",
    "may_approve": "treasury.approve_refund",
    "may_release": "treasury.release_refund",
    "may_fetch": "treasury.fetch_file",
}
# What a person typed that is nowhere: said above the form.
TOLD = frozenset({"payment_unknown", "credit_note_unknown", "invoice_unknown"})


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the refunds, those that wait for somebody first, and the files."""
    return _page(request)


def _page(request: HttpRequest, released: services.ReleaseResult | None = None) -> HttpResponse:
    desk = requests.of(request)
    found = queries.refunds(desk.company.id)
    context = {
        "refunds": [(row, *wording.refund_state(row.state), _checked(row)) for row in found],
        "approved": [row for row in found if row.state == "approved"],
        "files": queries.files(desk.company.id, limit=30),
        "accounts": _accounts(desk),
        "fields": _fields(request),
        "released": released,
        "ticked": request.POST.getlist("refund"),
        "account": request.POST.get("account", ""),
        **{name: desk.actor.may(right) for name, right in RIGHTS.items()},
    }
    return render(request, "desk/treasury/refunds.html", context)


def _checked(row: RefundRow) -> str:
    return wording.bank_check(row.check_kind, row.checked_by)


def _accounts(desk: DeskRequest) -> list[str]:
    return [row.identifier for row in cash.bank_freshness(desk.company.id) if row.currency == "EUR"]


def _fields(request: HttpRequest) -> list[Field]:
    """Return what is asked: of a payment, or of the credit note that the address names."""
    told = request.POST if request.method == "POST" else request.GET
    credit = told.get("credit_note", told.get("credit", ""))[:100]
    source = (
        Field("credit_note", gettext("Credit note"), credit, is_required=True)
        if credit
        else Field(
            "payment",
            gettext("Payment"),
            told.get("payment", "")[:40],
            is_required=True,
            hint=gettext("its reference, such as PAY-2026-000123"),
        )
    )
    return [
        source,
        Field("amount", gettext("Amount"), told.get("amount", "")[:20], kind="amount", unit="EUR",
              is_required=True),
        Field("iban", gettext("To which account (IBAN)"), request.POST.get("iban", "")[:60],
              is_required=True),
        Field("payee", gettext("Account holder"), request.POST.get("payee", "")[:200],
              is_required=True),
        Field("reason", gettext("Why"), request.POST.get("reason", "")[:500], is_required=True),
    ]  # fmt: skip


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a refund of unapplied money, or of unapplied credit of a note."""
    desk = requests.of(request)

    def act() -> object:
        credit_note = forms.text(request, "credit_note")
        minor = forms.amount(request, "amount", "EUR")
        iban, payee = forms.text(request, "iban"), forms.text(request, "payee")
        reason = forms.text(request, "reason")
        if credit_note:
            return services.ask_credit_refund(
                forms.acting(desk), credit_note, minor=minor, iban=iban, payee=payee, reason=reason
            )
        payment_id = cash_reads.payment_id_of(desk.company.id, forms.text(request, "payment"))
        return services.ask_refund(
            forms.acting(desk), payment_id, minor=minor, iban=iban, payee=payee, reason=reason
        )

    said = gettext("Asked for; the money is set apart")
    return confirming.done(request, act, said, "refunds", told=TOLD, kept=lambda: _page(request))


@require_POST
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    """Keep that the payer was called back."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.confirm_bank_details(
            forms.acting(desk),
            number,
            spoke_to=forms.text(request, "spoke_to"),
            note=forms.text(request, "note"),
        ),
        gettext("Kept: the bank details are checked"),
        "refunds",
        told=TOLD,
    )


@require_POST
def approve(request: HttpRequest, number: int) -> HttpResponse:
    """Approve a refund."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.approve_refund(forms.acting(desk), number),
        gettext("Approved; somebody else releases it"),
        "refunds",
        told=TOLD,
    )


@require_POST
def refuse(request: HttpRequest, number: int) -> HttpResponse:
    """Refuse a refund."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.refuse_refund(
            forms.acting(desk), number, reason=forms.text(request, "reason")
        ),
        gettext("Refused; the money may be applied again"),
        "refunds",
        told=TOLD,
    )


@require_POST
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Take a refund back."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.cancel_refund(
            forms.acting(desk), number, reason=forms.text(request, "reason")
        ),
        gettext("Taken back; the money may be applied again"),
        "refunds",
        told=TOLD,
    )


@require_POST
def fail(request: HttpRequest, number: int) -> HttpResponse:
    """Say that the bank refused a refund before paying it."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.fail_refund(
            forms.acting(desk), number, reason=forms.text(request, "reason")
        ),
        gettext("Kept: the bank refused it; the money is the customer's again"),
        "refunds",
        told=TOLD,
    )


@require_POST
def release(request: HttpRequest) -> HttpResponse:
    """Show first what one file would pay, then release the ticked refunds in it."""
    desk = requests.of(request)
    try:
        ids, account = forms.ids(request, "refund"), forms.text(request, "account")
        if "sure" not in request.POST:
            with preview():
                return _page(request, services.release_refunds(desk.actor, ids, account=account))
        done = services.release_refunds(forms.acting(desk), ids, account=account)
    except (Invalid, Conflict) as error:
        messages.error(request, faults.sentence(error))
    else:
        messages.success(
            request, gettext("%(file)s is ready for the bank") % {"file": done.filename}
        )
    return HttpResponseRedirect(reverse("refunds"), status=303)


@require_POST
def fetch(request: HttpRequest, reference: str) -> HttpResponse:
    """Give a file out, and keep who fetched it."""
    desk = requests.of(request)
    try:
        found = services.fetch_file(forms.acting(desk).keyed(None), reference)
    except Conflict as error:
        messages.error(request, faults.sentence(error))
        return HttpResponseRedirect(reverse("refunds"), status=303)
    response = HttpResponse(found.content, content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{found.filename}"'
    return response


urlpatterns = [
    path("refunds/", listing, name="refunds"),
    path("refunds/ask", ask, name="refund-ask"),
    path("refunds/release", release, name="refund-release"),
    path("refunds/<int:number>/confirm", confirm, name="refund-confirm"),
    path("refunds/<int:number>/approve", approve, name="refund-approve"),
    path("refunds/<int:number>/refuse", refuse, name="refund-refuse"),
    path("refunds/<int:number>/cancel", cancel, name="refund-cancel"),
    path("refunds/<int:number>/fail", fail, name="refund-fail"),
    path("payment-files/<str:reference>/fetch", fetch, name="payment-file-fetch"),
]
