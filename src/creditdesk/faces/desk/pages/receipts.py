"""Cheques and cash over the counter: the list, taking one, its page, cancelling and bouncing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.cash import services, wording
from creditdesk.cash.queries import receipts as reads
from creditdesk.cash.queries.receipts import ReceiptPage, ReceiptRow
from creditdesk.cash.rules.receipts import CASH, CHEQUE, Cheque, Kind
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.desk import confirming, faults, forms, lists, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Place, Refused
from creditdesk.look.shapes import Tone
from creditdesk.plumbing.queries import kept_file

TONES: Final[dict[str, Tone]] = {
    "postdated": "warn", "held": "warn", "credited": "good", "bounced": "bad",
}  # fmt: skip
ITEM: Final = "amount-"
ITEMS_SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A receipt in the list, in words."""

    row: ReceiptRow
    kind: str
    state: str
    tone: Tone


def line_of(row: ReceiptRow) -> ReceiptLine:
    """Return a receipt in words."""
    stands = row.state
    return ReceiptLine(
        row, wording.receipt_kind(row.kind), wording.receipt_state(stands), TONES.get(stands, "")
    )


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the receipts, the latest first; or give them as a file."""
    desk = requests.of(request)
    ask = lists.asked(request, sorts=reads.RECEIPT_SORTS, sort="-reference")
    stands = lists.choice(request, "state", reads.STATES)

    def fetch(page: int, size: int) -> ReceiptPage:
        return reads.receipt_listing(
            desk.company.id, text=ask.text, stands=stands, sort=ask.sort, page=page, size=size
        )

    if ask.format:
        every = (line_of(row) for row in lists.every(fetch))
        return lists.export(desk, _columns(), every, name="receipts", form=ask.format)
    shown = fetch(ask.page, lists.PER_PAGE)
    context = {
        "lines": [line_of(row) for row in shown.rows],
        "mark": lists.mark(shown),
        "ask": ask,
        "chosen": stands,
        "states": [(code, wording.receipt_state(code)) for code in reads.STATES],
        "may_take": desk.actor.may("cash.receive_cheques"),
        "is_filtered": bool(ask.text or stands),
    }
    return lists.show(desk, "desk/counter/receipts.html", "desk/counter/_receipts.html", context)


def _columns() -> list[Column[ReceiptLine]]:
    def currency(line: ReceiptLine) -> str:
        return line.row.currency

    return [
        Column("reference", gettext("Receipt"), lambda one: one.row.reference),
        Column("received_on", gettext("Received"), lambda one: one.row.received_on, "date"),
        Column("kind", gettext("What"), lambda one: one.kind),
        Column("customer", gettext("Customer"), lambda one: one.row.customer_name),
        Column("number", gettext("Customer number"), lambda one: one.row.customer_number),
        Column("cheque", gettext("Cheque number"), lambda one: one.row.cheque_number),
        Column("counts_on", gettext("Counts from"), lambda one: one.row.counts_on, "date"),
        Column("currency", gettext("Currency"), currency),
        Column("minor", gettext("Amount"), lambda one: one.row.minor, "money", currency),
        Column("state", gettext("State"), lambda one: one.state),
        Column("deposit", gettext("Deposit"), lambda one: one.row.deposit_reference),
        Column("payment", gettext("Payment"), lambda one: one.row.payment_reference),
    ]


# -- taking one --------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def take(request: HttpRequest) -> HttpResponse:
    """Ask whose money it is, then for what; take it and show the receipt."""
    desk = requests.of(request)
    if not desk.actor.may("cash.receive_cheques"):
        raise Refused("not_permitted", "You may not take cheques or cash")
    number = request.POST.get("customer", "") or request.GET.get("customer", "")
    context: dict[str, object] = {"number": number[:64]}
    status = 200
    try:
        customer = _customer(desk, number)
    except Invalid as error:
        context["form_error"] = faults.sentence(error) if number else ""
        return render(request, "desk/counter/take.html", context, status=422 if number else 200)
    found, items = _fields(desk, customer), _items(desk, customer)
    context |= {"customer": customer, "fields": found, "items": _shown(items, request)}
    if request.method == "POST":
        try:
            taken = services.take_receipt(forms.acting(desk), _given(desk, customer, items))
        except (Invalid, Conflict, Refused) as error:
            status = _not_taken(context, found, request, error)
        else:
            said = gettext("%(number)s is taken") % {"number": taken.reference}
            messages.success(request, said)
            return HttpResponseRedirect(reverse("receipt", args=[taken.reference]), status=303)
    return render(request, "desk/counter/take.html", context, status=status)


def _not_taken(
    context: dict[str, object], found: Sequence[Field], request: HttpRequest, error: DomainError
) -> int:
    if error.code in confirming.NOT_THEIRS:
        raise error
    at_field = error if isinstance(error, Invalid) else None
    context["fields"] = forms.filled(found, request.POST.dict(), at_field)
    context["form_error"] = faults.sentence(error)
    return 409 if isinstance(error, Conflict) else 422


def _customer(desk: DeskRequest, number: str) -> CustomerRow:
    try:
        return customers.customer(desk.company.id, number.strip().replace("\0", "")[:64])
    except NotFound as error:
        raise Invalid(
            error.code, error.message, place=Place(field="customer"), mend="Give its number."
        ) from error


def _items(desk: DeskRequest, customer: CustomerRow) -> list[OpenItemRow]:
    found = invoices.open_items(desk.company.id, customer_ids=[customer.id])
    return sorted(found, key=lambda one: (one.due_on, one.item_id))[:ITEMS_SHOWN]


def _shown(items: Sequence[OpenItemRow], request: HttpRequest) -> list[tuple[OpenItemRow, str]]:
    return [(one, request.POST.get(f"{ITEM}{one.item_id}", "")) for one in items]


def _fields(desk: DeskRequest, customer: CustomerRow) -> list[Field]:
    kinds = tuple((one, wording.receipt_kind(one)) for one in (CHEQUE, CASH))
    today = desk.actor.today.isoformat()
    return [
        Field("kind", gettext("What is it?"), CHEQUE, "select", options=kinds),
        Field("amount", gettext("Amount"), kind="amount", is_required=True),
        Field("currency", gettext("Currency"), customer.currency, is_required=True),
        Field("received_on", gettext("Received on"), today, "date", is_required=True),
        Field("cheque_number", gettext("Cheque number"), hint=gettext("These four: of a cheque")),
        Field("drawer", gettext("Drawer"), customer.name, hint=gettext("who signed it")),
        Field("drawer_bank", gettext("Drawer's bank")),
        Field("dated_on", gettext("Date on the cheque"), today, "date",
              hint=gettext("one dated ahead counts from then")),
        Field("note", gettext("Note"), hint=gettext("printed on the receipt")),
        Field("on_account", gettext("What is not for an invoice below stays on account"),
              kind="check", hint=gettext("otherwise matching looks what it is for")),
    ]  # fmt: skip


def _given(
    desk: DeskRequest, customer: CustomerRow, items: Sequence[OpenItemRow]
) -> services.NewReceipt:
    currency = forms.text(desk, "currency", is_required=True).upper()
    kind: Kind = CASH if _kind(desk) == CASH else CHEQUE
    paid = {
        one.item_id: forms.amount(desk, f"{ITEM}{one.item_id}", one.currency)
        for one in items
        if _pays(desk, one)
    }
    return services.NewReceipt(
        customer_number=customer.number,
        kind=kind,
        currency=currency,
        minor=forms.amount(desk, "amount", currency),
        received_on=forms.required_day(desk, "received_on"),
        cheque=_cheque(desk) if kind == CHEQUE else None,
        allocations=paid,
        on_account="on_account" in desk.POST,
        note=forms.text(desk, "note"),
    )


def _kind(desk: DeskRequest) -> str:
    """Return what the form says was taken."""
    return forms.text(desk, "kind", is_required=True)


def _pays(desk: DeskRequest, item: OpenItemRow) -> bool:
    """Whether the form gives something to an item."""
    return bool(forms.text(desk, f"{ITEM}{item.item_id}"))


def _cheque(desk: DeskRequest) -> Cheque:
    return Cheque(
        number=forms.text(desk, "cheque_number", is_required=True),
        drawer=forms.text(desk, "drawer", is_required=True),
        bank=forms.text(desk, "drawer_bank", is_required=True),
        dated_on=forms.required_day(desk, "dated_on"),
    )


# -- one of them -------------------------------------------------------------------------------


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a receipt, what became of it, and what may be done with it."""
    desk = requests.of(request)
    row = reads.receipt(desk.company.id, reference)
    stands = row.state
    may_bounce = row.kind == CHEQUE and stands in ("deposited", "credited")
    context = {
        "line": line_of(row),
        "may_cancel": desk.actor.may("cash.cancel_receipt") and stands in ("postdated", "held"),
        "may_bounce": desk.actor.may("cash.return_payments") and may_bounce,
        "may_deposit": desk.actor.may("cash.deposit") and stands == "held",
    }
    return render(request, "desk/counter/receipt.html", context)


@require_safe
def paper(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the receipt as it was printed."""
    desk = requests.of(request)
    return given_out(desk, reads.receipt(desk.company.id, reference).file_id)


def given_out(desk: DeskRequest, file_id: int) -> HttpResponse:
    """Return a kept PDF as it was printed."""
    file = kept_file(desk.company.id, file_id)
    response = HttpResponse(file.content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{file.name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
def cancel(request: HttpRequest, reference: str) -> HttpResponse:
    """Cancel a receipt."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.cancel_receipt(
            forms.acting(desk), reference, reason=forms.text(request, "reason")
        ),
        gettext("Cancelled; its number stays used"),
        "receipt",
        args=[reference],
    )


@require_POST
def bounce(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that a cheque bounced."""
    desk = requests.of(request)
    row = reads.receipt(desk.company.id, reference)

    def act() -> object:
        charges = forms.text(request, "charges")
        return services.bounce(
            forms.acting(desk),
            reference,
            on=forms.day(request, "on") or desk.actor.today,
            reason_code=forms.text(request, "reason_code")[:10],
            charges_minor=forms.amount_of(charges, "charges", row.currency) if charges else 0,
        )

    said = gettext("The cheque is back; what it had settled is open again")
    return confirming.done(request, act, said, "receipt", args=[reference])


urlpatterns = [
    path("cash/receipts/", listing, name="receipts"),
    path("cash/receipts/take", take, name="receipt-take"),
    path("cash/receipts/<str:reference>/", page, name="receipt"),
    path("cash/receipts/<str:reference>/paper", paper, name="receipt-paper"),
    path("cash/receipts/<str:reference>/cancel", cancel, name="receipt-cancel"),
    path("cash/receipts/<str:reference>/bounce", bounce, name="receipt-bounce"),
]
