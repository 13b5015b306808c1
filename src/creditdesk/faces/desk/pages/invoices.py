"""Invoices and credit notes: the list, the document with what happened to it, and crediting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from creditdesk.cash import queries as cash
from creditdesk.contact import queries as contact
from creditdesk.contact import wording as contact_wording
from creditdesk.controls.commands import preview
from creditdesk.customers import queries as customers
from creditdesk.disputes import queries as disputes
from creditdesk.faces.desk import charges, faults, forms, issued, lists, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.pages import pay_links, sending, write_offs
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices
from creditdesk.invoices import services as invoice_services
from creditdesk.invoices.documents.drafts import CreditedLine
from creditdesk.invoices.issued_queries import IssuedLineRow
from creditdesk.invoices.queries import InvoiceRow, ListedInvoice
from creditdesk.kernel.errors import Conflict, Invalid
from creditdesk.kernel.money import from_minor
from creditdesk.look.shapes import Tone

STATES = (
    "",
    "open",
    "overdue",
    "paid",
    "credit",
    "unapplied",
    "undelivered",
    "bounced",
    "written_off",
)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A document in the list with its state in a word."""

    row: ListedInvoice
    late_days: int | None
    state: str
    tone: Tone

    @property
    def left_minor(self) -> int:
        """What is open, or of a credit note what is still free (negative)."""
        return self.row.open_minor or -self.row.unapplied_minor


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the documents, filtered and sorted; or give them as a file."""
    desk = requests.of(request)
    ask = lists.asked(request, sorts=invoices.SORTS, sort="-issued_on")
    state = lists.choice(request, "state", STATES)
    currency = request.GET.get("currency", "")[:3].upper().replace("\0", "")
    number = request.GET.get("customer", "").replace("\0", "")[:64]
    customer = customers.customer(desk.company.id, number) if number else None
    issued_from, issued_to = lists.day(request, "from"), lists.day(request, "to")

    def fetch(page: int, size: int) -> invoices.InvoicePage:
        return invoices.listing(
            desk.company.id,
            as_of=desk.actor.today,
            text=ask.text,
            state=state,
            customer_id=customer.id if customer else None,
            currency=currency,
            issued_from=issued_from,
            issued_to=issued_to,
            sort=ask.sort,
            page=page,
            size=size,
        )

    if ask.format:
        rows = (_line(desk, row) for row in lists.every(fetch))
        return lists.export(desk, _columns(), rows, name="invoices", form=ask.format)
    page = fetch(ask.page, lists.PER_PAGE)
    return lists.show(
        desk,
        "desk/invoices/list.html",
        "desk/invoices/_rows.html",
        {
            "lines": [_line(desk, row) for row in page.rows],
            "mark": lists.mark(page),
            "ask": ask,
            "state": state,
            "states": [(one, _state_name(one)) for one in STATES],
            "customer": customer,
            "issued_from": issued_from,
            "issued_to": issued_to,
            "may_issue": desk.actor.may("invoices.issue"),
            "is_filtered": any((ask.text, state, currency, number, issued_from, issued_to)),
        },
    )


def _state_name(state: str) -> str:
    return {
        "": gettext("All"),
        "open": gettext("Open"),
        "overdue": gettext("Late"),
        "paid": gettext("Settled"),
        "credit": gettext("Credit notes"),
        "unapplied": gettext("Free credit"),
        "undelivered": gettext("Not delivered"),
        "bounced": gettext("Came back"),
        "written_off": gettext("Written off"),
    }[state]


def _line(request: DeskRequest, row: ListedInvoice) -> InvoiceLine:
    late = (request.actor.today - row.due_on).days if row.due_on and row.open_minor else None
    return InvoiceLine(row, late, *_state(row, late, is_lost=row.is_lost))


def _state(
    row: InvoiceRow | ListedInvoice, late_days: int | None, *, is_lost: bool
) -> tuple[str, Tone]:
    if row.kind == "credit_note":
        is_free = bool(row.unapplied_minor)
        return (gettext("Credit, free"), "good") if is_free else (gettext("Credit, used"), "")
    if not row.open_minor:
        if is_lost:
            return gettext("Written off"), "warn"
        is_whole = row.credited_minor >= row.total_minor
        return (gettext("Credited"), "") if is_whole else (gettext("Settled"), "good")
    if late_days is not None and late_days > 0:
        return _part(row, is_lost=is_lost)[1] or gettext("Late"), "bad"
    part = _part(row, is_lost=is_lost)[0]
    return (part, "info") if part else (gettext("Not due"), "")


def _part(row: InvoiceRow | ListedInvoice, *, is_lost: bool) -> tuple[str, str]:
    """Return what lowered an open document, in words and where it is late; empty if nothing did."""
    if row.open_minor == row.total_minor:
        return "", ""
    if is_lost:
        return gettext("Part written off"), gettext("Part written off, late")
    if row.open_minor + row.credited_minor < row.total_minor:
        return gettext("Part paid"), gettext("Part paid, late")
    return gettext("Part credited"), gettext("Part credited, late")


def _columns() -> list[Column[InvoiceLine]]:
    def currency(line: InvoiceLine) -> str:
        return line.row.currency

    return [
        Column("number", gettext("Document"), lambda one: one.row.number),
        Column("customer_number", gettext("Customer number"), lambda one: one.row.customer_number),
        Column("customer", gettext("Customer"), lambda one: one.row.customer_name),
        Column("issued_on", gettext("Issued"), lambda one: one.row.issued_on, "date"),
        Column("due_on", gettext("Due"), lambda one: one.row.due_on, "date"),
        Column("late", gettext("Days late"), lambda one: one.late_days, "number"),
        Column("state", gettext("State"), lambda one: one.state),
        Column("currency", gettext("Currency"), currency),
        Column("total", gettext("Total"), lambda one: one.row.total_minor, "money", currency),
        Column("open", gettext("Open"), lambda one: one.left_minor, "money", currency),
    ]


@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    """Show a document: its instalments, what settled them, and what corrected it."""
    desk = requests.of(request)
    invoice = invoices.invoice(desk.company.id, number)
    customer = customers.customer_by_id(desk.company.id, invoice.customer_id)
    is_charge, is_invoice = invoice.kind == "charge", invoice.kind in ("invoice", "charge")
    items = invoices.items_of(desk.company.id, invoice.id)
    ids = {item.item_id for item in items}
    late = [item.due_on for item in items if item.open_minor]
    lost = write_offs.of_invoice(desk, invoice)
    late_days = (desk.actor.today - min(late)).days if late else None
    state, tone = _state(invoice, late_days, is_lost=bool(lost["lost_minor"]))
    may_credit = desk.actor.may("invoices.credit") and is_invoice and not is_charge
    context: dict[str, object] = {
        "invoice": invoice,
        "customer": customer,
        "is_invoice": is_invoice,
        "is_charge": is_charge,
        "charge": charges.of_document(desk.company.id, invoice) if is_charge else None,
        "state": state,
        "tone": tone,
        "items": items,
        "payments": cash.allocations_of_items(desk.company.id, ids) if ids else [],
        "credits": invoices.credits_applied(desk.company.id, invoice.id),
        "disputes": [
            one
            for one in disputes.open_disputes(desk.company.id, customer.id)
            if one.item_id in ids
        ],
        "holds": [
            (contact_wording.hold_kind(hold.kind), hold)
            for hold in contact.live_holds(desk.company.id, [customer.id], on=desk.actor.today)
            if hold.item_id in ids and hold.kind != "dispute"
        ],
        "may_credit": may_credit and invoice.credited_minor < invoice.total_minor,
        "may_refund": invoice.kind == "credit_note"
        and bool(invoice.unapplied_minor)
        and invoice.currency == "EUR"
        and desk.actor.may("treasury.ask_refund"),
        "may_link": bool(late) and pay_links.may_make(desk),
        "may_dispute": desk.actor.may("disputes.open") and bool(late),
        "delivery": sending.document_way(desk, number),
        "first_item": min(ids, default=None),
        "today": desk.actor.today,
        **lost,
        **issued.shown(desk, invoice),
    }
    return render(request, "desk/invoices/page.html", context)


@dataclass(frozen=True, slots=True)
class CreditPreview:
    """What crediting would do."""

    total_minor: int
    open_before_minor: int
    open_after_minor: int
    unapplied_minor: int


@require_http_methods(["GET", "POST"])
def credit_note(request: HttpRequest, number: str) -> HttpResponse:
    """Credit an invoice: first show what it would do, then do it."""
    desk = requests.of(request)
    invoice = invoices.invoice(desk.company.id, number)
    fields = _credit_fields(desk, invoice)
    context: dict[str, object] = {"invoice": invoice, "fields": fields}
    status = 200
    if request.method == "POST":
        context["fields"] = forms.filled(fields, request.POST.dict())
        try:
            if "confirmed" in request.POST:
                return _credited(desk, invoice)
            context["preview"] = _previewed(desk, invoice)
        except (Invalid, Conflict) as error:
            found = error if isinstance(error, Invalid) else None
            context["fields"] = forms.filled(fields, request.POST.dict(), found)
            context["form_error"] = faults.sentence(error)
            status = 409 if isinstance(error, Conflict) else 422
    return render(request, "desk/invoices/credit.html", context, status=status)


def _credit_fields(request: DeskRequest, invoice: InvoiceRow) -> list[Field]:
    left = invoice.total_minor - invoice.credited_minor
    return [
        Field(
            "total",
            gettext("Amount with tax"),
            str(from_minor(left, invoice.currency)),
            "amount",
            hint=gettext("Tax is taken in the invoice's own proportion"),
            unit=invoice.currency,
            is_required=True,
        ),
        Field(
            "issued_on",
            gettext("Date"),
            request.actor.today.isoformat(),
            "date",
            is_required=True,
        ),
        Field(
            "reason",
            gettext("Reason"),
            kind="textarea",
            hint=gettext("Kept with the credit note"),
            is_required=True,
        ),
        *(
            Field(
                f"quantity-{line.position}",
                gettext("Of line %(position)s, %(name)s")
                % {"position": line.position, "name": line.name},
                kind="amount",
                hint=gettext("Quantity to credit, of %(left)s left; lines go before the amount")
                % {"left": f"{(line.quantity - line.credited).normalize():f}"},
            )
            for line in _lines_of(request, invoice)
            if line.quantity != line.credited
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be credited: lines, else an amount with tax."""

    issued_on: date
    reason: str
    gross_minor: int | None
    lines: tuple[CreditedLine, ...]


def _wanted(request: DeskRequest, invoice: InvoiceRow) -> _Wanted:
    lines = tuple(_lines_named(request, invoice))
    return _Wanted(
        issued_on=forms.required_day(request, "issued_on"),
        reason=forms.text(request, "reason", is_required=True),
        gross_minor=None if lines else forms.amount(request, "total", invoice.currency),
        lines=lines,
    )


def _credit(request: DeskRequest, invoice: InvoiceRow, *, is_real: bool) -> None:
    """Credit what was posted; the taxes of an amount are those of the invoice."""
    actor = forms.acting(request) if is_real else request.actor
    wanted = _wanted(request, invoice)
    if wanted.gross_minor is None:
        invoice_services.credit_issued(
            actor, invoice.number, issued_on=wanted.issued_on, reason=wanted.reason,
            lines=wanted.lines,
        )  # fmt: skip
    else:
        invoice_services.credit_amount(
            actor, invoice.number, issued_on=wanted.issued_on, reason=wanted.reason,
            gross_minor=wanted.gross_minor,
        )  # fmt: skip


def _total(request: DeskRequest, invoice: InvoiceRow) -> int:
    """Return what the credit note would come to: a document decides its own taxes."""
    wanted = _wanted(request, invoice)
    if wanted.gross_minor is not None and not _lines_of(request, invoice):
        return wanted.gross_minor
    paper = invoice_services.credit_outline(
        request.actor, invoice.number, issued_on=wanted.issued_on, reason=wanted.reason,
        gross_minor=wanted.gross_minor, lines=wanted.lines,
    )  # fmt: skip
    return paper.totals.gross_minor


def _lines_named(request: DeskRequest, invoice: InvoiceRow) -> list[CreditedLine]:
    """Return the lines whose quantity to credit was filled in."""
    found = []
    for line in _lines_of(request, invoice):
        name = f"quantity-{line.position}"
        given = forms.text(request, name)
        if given:
            quantity = forms.parsed(request, name, _quantity)
            found.append(CreditedLine(line.position, quantity))
    return found


def _quantity(text: str) -> Decimal:
    try:
        return Decimal(forms.decimal_text(text))
    except InvalidOperation as error:
        raise ValueError(text) from error


def _lines_of(request: DeskRequest, invoice: InvoiceRow) -> list[IssuedLineRow]:
    return found.lines if (found := issued.of(request, invoice.number)) else []


def _previewed(request: DeskRequest, invoice: InvoiceRow) -> CreditPreview:
    """Run the credit for real and roll it back, so that what would be refused is refused now."""
    total = _total(request, invoice)
    with preview():
        _credit(request, invoice, is_real=False)
    lowers = min(total, invoice.open_minor)
    return CreditPreview(
        total_minor=total,
        open_before_minor=invoice.open_minor,
        open_after_minor=invoice.open_minor - lowers,
        unapplied_minor=total - lowers,
    )


def _credited(request: DeskRequest, invoice: InvoiceRow) -> HttpResponse:
    _credit(request, invoice, is_real=True)
    messages.success(request, gettext("%(number)s is credited") % {"number": invoice.number})
    return HttpResponseRedirect(reverse("invoice", args=[invoice.number]), status=303)


urlpatterns = [
    path("invoices/", listing, name="invoices"),
    path("invoices/<path:number>/credit", credit_note, name="invoice-credit"),
    path("invoices/<path:number>/", page, name="invoice"),
]
