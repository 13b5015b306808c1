"""Questions about payments themselves: who asks what, what is known, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.cash import queries as cash
from creditdesk.contact import queries as contact
from creditdesk.contact.queries import MailRow
from creditdesk.customers import queries as customers
from creditdesk.faces.desk import faults, forms, lists, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.errors import Conflict, Invalid, NotFound
from creditdesk.look.shapes import Tone
from creditdesk.payments import services, wording
from creditdesk.payments.queries import cases
from creditdesk.payments.queries.cases import CaseListing, CaseRow, EntryRow
from creditdesk.payments.rules import cases as rules
from creditdesk.payments.rules.cases import NewCase

LIVE, ALL = "live", "all"
# Whatever somebody attached is only ever saved, never opened in the browser.
SAVED = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in the list: in words, and how urgent it is."""

    row: CaseRow
    kind: str
    state: str
    tone: Tone
    is_late: bool


@dataclass(frozen=True, slots=True)
class View:
    """A saved view: its filter, its name, how many stand there."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class EntryLine:
    """What happened in a case, in words."""

    row: EntryRow
    title: str


@dataclass(frozen=True, slots=True)
class About:
    """What a new case is about, as its page was asked for."""

    payment: str = ""
    invoice: str = ""
    customer: str = ""


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the questions that wait for an answer, or all; or give them as a file."""
    desk = requests.of(request)
    ask = lists.asked(request, sorts=cases.SORTS, sort="due_on")
    kind = lists.choice(request, "kind", rules.KINDS)
    state = lists.choice(request, "state", (LIVE, *rules.STATES, ALL), LIVE)

    def fetch(page: int, size: int) -> CaseListing:
        return cases.listing(
            desk.company.id,
            state="" if state == ALL else state,
            kind=kind,
            text=ask.text,
            sort=ask.sort,
            page=page,
            size=size,
        )

    if ask.format:
        every = (_line(desk, row) for row in lists.every(fetch))
        return lists.export(desk, _columns(), every, name="payment-cases", form=ask.format)
    shown = fetch(ask.page, lists.PER_PAGE)
    context = {
        "lines": [_line(desk, row) for row in shown.rows],
        "mark": lists.mark(shown),
        "ask": ask,
        "kind": kind,
        "kinds": [(one, wording.case_kind(one)) for one in rules.KINDS],
        "state": state,
        "views": _views(cases.counts(desk.company.id)),
        "is_filtered": bool(kind or ask.text or state != LIVE),
        "may_open": desk.actor.may("payments.open_case"),
    }
    return lists.show(
        desk, "desk/payment_cases/list.html", "desk/payment_cases/_rows.html", context
    )


def _views(counts: Mapping[str, int]) -> list[View]:
    live = sum(count for state, count in counts.items() if state != rules.CLOSED)
    return [
        View(LIVE, gettext("Not closed"), live),
        *(View(one, wording.case_state(one), counts.get(one, 0)) for one in rules.STATES),
        View(ALL, gettext("All"), sum(counts.values())),
    ]


def _line(request: DeskRequest, row: CaseRow) -> CaseLine:
    is_live = row.state != rules.CLOSED
    state = wording.case_state(row.state) if is_live else wording.case_ending(row.ending)
    return CaseLine(
        row,
        wording.case_kind(row.kind),
        state,
        _tone(row),
        is_late=is_live and row.due_on is not None and row.due_on < request.actor.today,
    )


def _tone(row: CaseRow) -> Tone:
    if row.state == rules.CLOSED:
        return "bad" if row.ending == "lost" else "good"
    return "warn" if row.state == rules.WAITING else "info"


def _columns() -> list[Column[CaseLine]]:
    def currency(line: CaseLine) -> str:
        return line.row.currency or "EUR"

    return [
        Column("reference", gettext("Case"), lambda one: one.row.reference),
        Column("kind", gettext("Question"), lambda one: one.kind),
        Column("state", gettext("State"), lambda one: one.state),
        Column("number", gettext("Customer number"), lambda one: one.row.customer_number),
        Column("customer", gettext("Customer"), lambda one: one.row.customer_name),
        Column("payment", gettext("Payment"), lambda one: one.row.payment_reference),
        Column("invoice", gettext("Invoice"), lambda one: one.row.invoice_number),
        Column("opened_on", gettext("Opened"), lambda one: one.row.opened_on, "date"),
        Column("due_on", gettext("Due"), lambda one: one.row.due_on, "date"),
        Column("owner", gettext("Worked on by"), lambda one: one.row.owner),
        Column("currency", gettext("Currency"), lambda one: one.row.currency),
        Column("amount", gettext("Amount"), lambda one: one.row.minor, "money", currency),
    ]


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a case with everything that happened in it."""
    return _page(requests.of(request), reference)


def _page(
    request: DeskRequest, reference: str, *, fault: str = "", status: int = 200
) -> HttpResponse:
    found = cases.case(request.company.id, reference)
    is_live = found.state != rules.CLOSED
    may_work = is_live and request.actor.may("payments.work_case")
    context = {
        "line": _line(request, found),
        "case": found,
        "ending": wording.case_ending(found.ending),
        "is_live": is_live,
        "entries": [
            EntryLine(row, wording.case_act(row.act))
            for row in cases.entries(request.company.id, found.id)
        ],
        "chargeback": cases.chargeback(request.company.id, found.id),
        "may_work": may_work,
        "may_close": is_live and request.actor.may("payments.close_case"),
        "states": [
            (one, wording.case_move(one))
            for one in rules.STATES
            if one != rules.CLOSED and rules.may_become(found.state, one)
        ],
        "endings": [(one, wording.case_ending(one)) for one in rules.ENDINGS],
        "fault": fault,
        "note": request.POST.get("note", ""),
        "mails": _mails(request, found) if may_work else [],
    }
    return render(request, "desk/payment_cases/page.html", context, status=status)


def _mails(request: DeskRequest, row: CaseRow) -> list[MailRow]:
    """Return the last mails of the case's customer that are not with it yet."""
    if not row.customer_number:
        return []
    kept = {one.mail_id for one in cases.entries(request.company.id, row.id)}
    found = contact.mails_of_customer(request.company.id, row.customer_number)
    return [one for one in found if one.id not in kept]


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Open a case about a payment, an invoice or a customer: the form, and what it says."""
    desk = requests.of(request)
    desk_asks = request.POST if request.method == "POST" else request.GET
    about = About(
        *(desk_asks.get(name, "").strip()[:200] for name in ("payment", "invoice", "customer"))
    )
    if request.method != "POST":
        return _form(desk, about)
    try:
        asked = _new_case(desk, about)
        reference = services.open_cases(forms.acting(desk), [asked])[0]
    except (Invalid, NotFound) as error:
        return _form(desk, about, error)
    messages.success(request, gettext("%(reference)s is open") % {"reference": reference})
    return HttpResponseRedirect(reverse("payment-case", args=[reference]), status=303)


def _new_case(request: DeskRequest, about: About) -> NewCase:
    """Return what was asked; what is named must be there."""
    of = request.company.id
    payment = cash.payment(of, about.payment).payment if about.payment else None
    item = invoices.items_of(of, invoices.invoice(of, about.invoice).id) if about.invoice else []
    account = customers.customer(of, about.customer) if about.customer else None
    currency = (
        payment.currency if payment else item[0].currency if item else request.company.currency
    )
    has_amount = bool(request.POST.get("amount", "").strip())
    return NewCase(
        kind=forms.text(request, "kind", is_required=True),
        payment_id=payment.id if payment else None,
        item_id=item[0].item_id if item else None,
        customer_id=account.id if account else None,
        currency=currency if has_amount else "",
        minor=forms.amount(request, "amount", currency) if has_amount else None,
        due_on=forms.day(request, "due_on"),
        note=forms.text(request, "note"),
    )


def _form(
    request: DeskRequest, about: About, error: Invalid | NotFound | None = None
) -> HttpResponse:
    invalid = error if isinstance(error, Invalid) else None
    fields = _fields(about, request.company.currency)
    if error is not None:
        fields = forms.filled(fields, request.POST.dict(), invalid)
    is_placed = any(one.error for one in fields)
    context = {
        "title": gettext("Open a case about a payment"),
        "back": reverse("payment-cases"),
        "back_label": gettext("Payment questions"),
        "submit": gettext("Open the case"),
        "fields": fields,
        "form_error": faults.sentence(error) if error is not None and not is_placed else "",
    }
    return render(request, "desk/form.html", context, status=200 if error is None else 422)


def _fields(about: About, currency: str) -> list[Field]:
    kinds = tuple((one, wording.case_kind(one)) for one in rules.BY_HAND)
    return [
        Field("kind", gettext("Question"), kind="select", options=kinds, is_required=True),
        Field("payment", gettext("Payment"), about.payment, hint=gettext("As PAY-2026-000123")),
        Field("invoice", gettext("Invoice"), about.invoice, hint=gettext("Its number")),
        Field(
            "customer", gettext("Customer"), about.customer, hint=gettext("The account's number")
        ),
        Field("amount", gettext("Amount"), kind="amount", unit=currency),
        Field("due_on", gettext("To be answered by"), kind="date"),
        Field("note", gettext("What is asked"), kind="textarea"),
    ]


@require_POST
def work(request: HttpRequest, reference: str) -> HttpResponse:
    """Note something, attach a file, take the case, or let it go on to another state."""
    desk = requests.of(request)
    try:
        _worked(desk, reference)
    except (Invalid, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _page(desk, reference, fault=faults.sentence(error), status=status)
    return HttpResponseRedirect(reverse("payment-case", args=[reference]), status=303)


def _worked(request: DeskRequest, reference: str) -> None:
    actor, act = forms.acting(request), forms.text(request, "act", is_required=True)
    file = request.FILES.get("file")
    if act == "mail":
        mail_id = forms.count(request, "mail")
        if mail_id is None:
            raise forms.nothing_chosen("mail")
        services.attach_mail(actor, reference, mail_id)
    elif file is not None:
        services.attach(actor, reference, filename=file.name or "", content=file.read())
    elif act == "note":
        services.note(actor, reference, forms.text(request, "note", is_required=True))
    elif act == "take":
        services.take(actor, reference, due_on=forms.day(request, "due_on"))
    else:
        services.move_on(actor, reference, state=act, note=forms.text(request, "note"))


@require_POST
def close(request: HttpRequest, reference: str) -> HttpResponse:
    """End a case with its answer."""
    desk = requests.of(request)
    try:
        services.close(
            forms.acting(desk),
            reference,
            ending=forms.text(request, "ending", is_required=True),
            answer=forms.text(request, "answer"),
        )
    except (Invalid, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _page(desk, reference, fault=faults.sentence(error), status=status)
    messages.success(request, gettext("%(reference)s is closed") % {"reference": reference})
    return HttpResponseRedirect(reverse("payment-cases"), status=303)


@require_safe
def evidence(request: HttpRequest, reference: str, entry_id: int) -> HttpResponse:
    """Give a piece of evidence as it was kept, to be saved."""
    found = cases.evidence(requests.of(request).company.id, reference, entry_id)
    response = HttpResponse(found.content, content_type=SAVED)
    plain = found.name.encode("ascii", "ignore").decode().replace('"', "") or "evidence"
    name = "".join(one for one in plain if one.isprintable())
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


urlpatterns = [
    path("payment-cases/", listing, name="payment-cases"),
    path("payment-cases/new", new, name="payment-case-new"),
    path("payment-cases/<str:reference>/", page, name="payment-case"),
    path("payment-cases/<str:reference>/work", work, name="payment-case-work"),
    path("payment-cases/<str:reference>/close", close, name="payment-case-close"),
    path(
        "payment-cases/<str:reference>/evidence/<int:entry_id>", evidence,
        name="payment-case-evidence",
    ),
]  # fmt: skip
