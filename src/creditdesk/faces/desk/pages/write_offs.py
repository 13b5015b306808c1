"""Write-offs: proposed from an invoice, listed with what came of them, their tax taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.controls.commands import preview
from creditdesk.faces.desk import faults, forms, lists, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices
from creditdesk.invoices import services, wording
from creditdesk.invoices import write_off_queries as reads
from creditdesk.invoices import write_off_rules as rules
from creditdesk.invoices.queries import InvoiceRow
from creditdesk.invoices.services import OwedAgain, Relieved, WrittenOff
from creditdesk.invoices.write_off_queries import TotalRow, WriteOffRow
from creditdesk.invoices.write_off_rules import NewWriteOff
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound
from creditdesk.kernel.money import from_minor
from creditdesk.look.shapes import Tone
from creditdesk.policy import queries as policies

Done = TypeVar("Done")
CHOICES = ("", *rules.REASONS)


@dataclass(frozen=True, slots=True)
class WriteOffLine:
    """A write-off in words."""

    row: WriteOffRow
    because: str
    state: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class TotalLine:
    """What stands written off for a reason."""

    row: TotalRow
    because: str


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show what was written off, the last first, with its sums; or give it as a file."""
    desk = requests.of(request)
    ask = lists.asked(request, sorts=(), sort="")
    because = lists.choice(request, "because", CHOICES)
    if ask.format:
        every = lists.every(
            lambda page, size: reads.listing(desk.company.id, because=because, page=page, size=size)
        )
        return lists.export(
            desk, _columns(), [line_of(row) for row in every], name="write-offs", form=ask.format
        )
    return render(request, "desk/write_offs/list.html", _context(desk, ask.page, because))


@require_POST
def relieve(request: HttpRequest) -> HttpResponse:
    """Take the tax back that policy lets be taken back; first show how much that would be."""
    desk = requests.of(request)
    through = forms.required_day(request, "through")
    if forms.text(request, "confirmed") != "yes":
        with preview():
            shown = services.relieve_tax(desk.actor, through=through)
        return render(request, "desk/write_offs/list.html", _context(desk, 1, "", shown))
    services.relieve_tax(forms.acting(desk), through=through)
    messages.success(
        request, gettext("Tax taken back through %(day)s") % {"day": date_format(through)}
    )
    return HttpResponseRedirect(reverse("write-offs"), status=303)


def _context(
    desk: DeskRequest, page: int, because: str, shown: Relieved | None = None
) -> dict[str, object]:
    found = reads.listing(desk.company.id, because=because, page=page)
    has_relief = _has_relief(desk)
    waiting = shown.waiting.items() if shown else ()
    return {
        "lines": [line_of(row) for row in found.rows],
        "mark": lists.mark(found),
        "totals": [
            TotalLine(row, wording.because(row.because)) for row in reads.totals(desk.company.id)
        ],
        "because": because,
        "choices": [
            (one, wording.because(one) if one else gettext("All reasons")) for one in CHOICES
        ],
        "has_relief": has_relief,
        "may_relieve": has_relief and desk.actor.may("invoices.relieve_tax"),
        "through": shown.through if shown else desk.actor.today,
        "shown": shown,
        "sums": sorted(shown.minor.items()) if shown else (),
        "waiting": [wording.relief_waits(*one) for one in waiting],
    }


def _has_relief(desk: DeskRequest) -> bool:
    try:
        return bool(policies.in_force(desk.company.id, desk.actor.today).write_offs.tax_relief)
    except NotFound:
        return False


def line_of(row: WriteOffRow) -> WriteOffLine:
    """Return a write-off in words."""
    state, tone = _state(row)
    return WriteOffLine(row, wording.because(row.because), state, tone)


def _state(row: WriteOffRow) -> tuple[str, Tone]:
    if row.left_minor == row.minor:
        return gettext("written off"), "warn"
    if row.left_minor:
        return gettext("owed again in part"), "info"
    return (gettext("recovered"), "good") if row.recovered_minor else (gettext("corrected"), "")


@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, number: str) -> HttpResponse:
    """Propose to write off what is open of an invoice; first show what it would do."""
    desk = requests.of(request)
    invoice = invoices.invoice(desk.company.id, number)

    def act(actor: Actor) -> WrittenOff:
        minor = forms.amount(desk, "amount", invoice.currency)
        whole = NewWriteOff(invoice=number, minor=None if minor == invoice.open_minor else minor)
        return services.write_off(
            actor, [whole], because=forms.text(desk, "because", is_required=True),
            reason=forms.text(desk, "reason", is_required=True),
        )  # fmt: skip

    def said(done: WrittenOff) -> str:
        return gettext("%(number)s is written off: %(reference)s") % {
            "number": number, "reference": done.reference,
        }  # fmt: skip

    return _in_two_steps(desk, invoice, "propose", _proposal(invoice), act, said)


def _proposal(invoice: InvoiceRow) -> list[Field]:
    return [
        Field(
            "amount",
            gettext("Amount"),
            str(from_minor(invoice.open_minor, invoice.currency)),
            "amount",
            hint=gettext("All that is open, or a part; the last instalment is written off first"),
            unit=invoice.currency,
            is_required=True,
        ),
        Field(
            "because",
            gettext("Why"),
            rules.REASONS[0],
            "select",
            options=tuple((one, wording.because(one)) for one in rules.REASONS),
            is_required=True,
        ),
        Field(
            "reason",
            gettext("Reason in words"),
            kind="textarea",
            hint=gettext("What whoever approves it must know; kept for good"),
            is_required=True,
        ),
    ]


@require_http_methods(["GET", "POST"])
def recover(request: HttpRequest, number: str) -> HttpResponse:
    """Make an invoice owed again that was written off; first show what it would do."""
    desk = requests.of(request)
    invoice = invoices.invoice(desk.company.id, number)
    left = _left(desk, invoice)

    def act(actor: Actor) -> OwedAgain:
        return services.recover_write_off(
            actor, number, minor=forms.amount(desk, "amount", invoice.currency),
            act=forms.text(desk, "act", is_required=True),
            reason=forms.text(desk, "reason", is_required=True),
        )  # fmt: skip

    def said(_: OwedAgain) -> str:
        return gettext("%(number)s is owed again") % {"number": number}

    return _in_two_steps(desk, invoice, "recover", _recovery(invoice, left), act, said)


def _recovery(invoice: InvoiceRow, left_minor: int) -> list[Field]:
    return [
        Field(
            "amount",
            gettext("Amount"),
            str(from_minor(left_minor, invoice.currency)),
            "amount",
            hint=gettext("As much as came in, or all that stands written off"),
            unit=invoice.currency,
            is_required=True,
        ),
        Field(
            "act",
            gettext("Why"),
            rules.RECOVERY,
            "select",
            options=(
                (rules.RECOVERY, gettext("Money came in after all")),
                (rules.CORRECTION, gettext("It should not have been written off")),
            ),
            is_required=True,
        ),
        Field("reason", gettext("Reason in words"), kind="textarea", is_required=True),
    ]


def _left(desk: DeskRequest, invoice: InvoiceRow) -> int:
    """Return what stands written off of an invoice."""
    standing = reads.standings(desk.company.id, invoice_ids=[invoice.id])
    return sum(row.standing.left_minor for row in standing)


def _in_two_steps(
    desk: DeskRequest,
    invoice: InvoiceRow,
    step: str,
    fields: list[Field],
    act: Callable[[Actor], Done],
    said: Callable[[Done], str],
) -> HttpResponse:
    """Show the form, then what it would do, then do it and go back to the invoice."""
    context: dict[str, object] = {"invoice": invoice, "fields": fields, "step": step}
    status = 200
    if desk.method == "POST":
        context["fields"] = forms.filled(fields, desk.POST.dict())
        try:
            if "confirmed" in desk.POST:
                messages.success(desk, said(act(forms.acting(desk))))
                return HttpResponseRedirect(reverse("invoice", args=[invoice.number]), status=303)
            with preview() as shown:
                context["done"] = act(desk.actor)
            context["asks"] = shown.need
            context["minor"] = forms.amount(desk, "amount", invoice.currency)
            sign = -1 if step == "propose" else 1
            context["open_after_minor"] = invoice.open_minor + sign * forms.amount(
                desk, "amount", invoice.currency
            )
        except (Invalid, Conflict) as error:
            found = error if isinstance(error, Invalid) else None
            context["fields"] = forms.filled(fields, desk.POST.dict(), found)
            context["form_error"] = faults.sentence(error)
            status = 409 if isinstance(error, Conflict) else 422
    return render(desk, "desk/write_offs/form.html", context, status=status)


def of_invoice(desk: DeskRequest, invoice: InvoiceRow) -> dict[str, object]:
    """Return what the page of an invoice shows of its write-offs, and what may be done."""
    rows = reads.listing(desk.company.id, invoice=invoice.number).rows
    left = sum(row.left_minor for row in rows)
    is_owed = invoice.kind in ("invoice", "charge") and bool(invoice.open_minor)
    return {
        "write_offs": [line_of(row) for row in rows],
        "lost_minor": left,
        "may_write_off": is_owed and desk.actor.may("invoices.write_off"),
        "may_recover": bool(left) and desk.actor.may("invoices.recover_write_off"),
    }


def _columns() -> list[Column[WriteOffLine]]:
    def currency(line: WriteOffLine) -> str:
        return line.row.currency

    return [
        Column("reference", gettext("Reference"), lambda one: one.row.reference),
        Column("on", gettext("On"), lambda one: one.row.effective_on, "date"),
        Column("number", gettext("Customer number"), lambda one: one.row.customer_number),
        Column("customer", gettext("Customer"), lambda one: one.row.customer_name),
        Column("invoice", gettext("Invoice"), lambda one: one.row.invoice_number),
        Column("instalment", gettext("Instalment"), lambda one: one.row.instalment, "number"),
        Column("because", gettext("Why"), lambda one: one.because),
        Column("currency", gettext("Currency"), currency),
        Column("minor", gettext("Written off"), lambda one: one.row.minor, "money", currency),
        Column("left", gettext("Stands"), lambda one: one.row.left_minor, "money", currency),
        Column(
            "recovered", gettext("Recovered"), lambda one: one.row.recovered_minor, "money",
            currency,
        ),
        Column(
            "relieved", gettext("Tax taken back"), lambda one: one.row.relieved_minor, "money",
            currency,
        ),
        Column("state", gettext("State"), lambda one: one.state),
        Column("approval", gettext("Approval"), lambda one: one.row.approval),
        Column("approved_by", gettext("Approved by"), lambda one: one.row.approved_by),
        Column("by", gettext("Proposed by"), lambda one: one.row.recorded_by),
        Column("reason", gettext("Reason"), lambda one: one.row.reason),
    ]  # fmt: skip


urlpatterns = [
    path("write-offs/", listing, name="write-offs"),
    path("write-offs/relieve", relieve, name="write-offs-relieve"),
    path("invoices/<path:number>/write-off", propose, name="invoice-write-off"),
    path("invoices/<path:number>/owed-again", recover, name="invoice-owed-again"),
]
