"""What a collector does about a customer: call, promise, dispute, hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from creditdesk.collections import services as collections_services
from creditdesk.collections import wording as collections_wording
from creditdesk.collections.services import NewPromise
from creditdesk.contact import services as contact_services
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.disputes import queries as disputes
from creditdesk.disputes import rules as dispute_rules
from creditdesk.disputes import services as dispute_services
from creditdesk.disputes.rules import NewDispute
from creditdesk.faces.desk import faults, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.pages.disputes import reason_word
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, Place, Refused
from creditdesk.kernel.money import from_minor

ITEM_FIELD = "item"
CALL_KINDS = ("call", "note", "visit")
OUTCOMES = (
    "reached", "promise", "left_message", "not_reached", "dispute", "refused", "wrong_contact",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """An open invoice that may be ticked in a form."""

    item: OpenItemRow
    late_days: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A form about a customer, on a page of its own or in a dialog of another."""

    name: str
    icon: str
    key: str
    title: str
    submit: str
    action: str
    fields: list[Field]
    choices: tuple[Choice, ...] = ()
    choices_label: str = ""


# -- what the forms ask ------------------------------------------------------------------------


def call_form(request: DeskRequest, customer: CustomerRow, items: Sequence[OpenItemRow]) -> Form:
    """Return the form that logs a call, and with it a promise."""
    late_minor, currency = _late(request, customer, items)
    people = customers.contacts(request.company.id, customer.id)
    fields = [
        Field(
            "outcome",
            gettext("Outcome"),
            "reached",
            "select",
            options=tuple((one, collections_wording.outcome(one)) for one in OUTCOMES),
            is_required=True,
        ),
        Field(
            "contact",
            gettext("Spoke to"),
            str(people[0].id) if people else "",
            "select",
            options=(("", "–"), *((str(one.id), one.name) for one in people if one.is_active)),
        ),
        Field("currency", "", currency, "hidden"),
        Field(
            "amount",
            gettext("Promised amount"),
            _plain(late_minor, currency),
            "amount",
            hint=gettext("Only if money was promised"),
            unit=currency,
        ),
        Field("due_on", gettext("Promised for"), kind="date"),
        Field(
            "kind",
            gettext("What"),
            "call",
            "select",
            options=tuple((one, gettext(_KINDS[one])) for one in CALL_KINDS),
        ),
        Field("follow_up_on", gettext("Follow up on"), kind="date"),
        Field("note", gettext("Note"), kind="textarea"),
    ]
    return Form(
        "call", "phone", "c", gettext("Log a call"), gettext("Log it"),
        reverse("customer-call", args=[customer.number]), fields,
    )  # fmt: skip


_KINDS = {
    "call": gettext_noop("Call"),
    "note": gettext_noop("Note"),
    "visit": gettext_noop("Visit"),
}


def promise_form(request: DeskRequest, customer: CustomerRow, items: Sequence[OpenItemRow]) -> Form:
    """Return the form that records a promise to pay."""
    late_minor, currency = _late(request, customer, items)
    fields = [
        Field("currency", "", currency, "hidden"),
        Field(
            "amount",
            gettext("Promised amount"),
            _plain(late_minor, currency),
            "amount",
            unit=currency,
            is_required=True,
        ),
        Field("due_on", gettext("Promised for"), kind="date", is_required=True),
        Field("note", gettext("Note"), hint=gettext("Who said it, and how"), kind="textarea"),
    ]
    return Form(
        "promise", "promise", "p", gettext("Promise to pay"), gettext("Record the promise"),
        reverse("customer-promise", args=[customer.number]), fields,
        _choices(request, [one for one in items if one.currency == currency]),
        gettext("For these invoices; with none chosen every reminder waits"),
    )  # fmt: skip


def dispute_form(request: DeskRequest, customer: CustomerRow, items: Sequence[OpenItemRow]) -> Form:
    """Return the form that opens a dispute about one open item."""
    known = disputes.open_item_ids(request.company.id, [one.item_id for one in items])
    free = [one for one in items if one.item_id not in known]
    fields = [
        Field(
            ITEM_FIELD,
            gettext("Invoice"),
            request.GET.get(ITEM_FIELD, ""),
            "select",
            options=tuple(
                (str(one.item_id), f"{one.number} · {_plain(one.open_minor, one.currency)}")
                for one in free
            ),
            is_required=True,
        ),
        Field(
            "reason",
            gettext("Reason"),
            kind="select",
            options=tuple((one, reason_word(one)) for one in dispute_rules.REASONS),
            is_required=True,
        ),
        Field(
            "amount",
            gettext("Disputed amount"),
            kind="amount",
            hint=gettext("Empty means all that is open"),
        ),
        Field("note", gettext("What the customer says"), kind="textarea"),
    ]
    return Form(
        "dispute", "dispute", "d", gettext("Open a dispute"), gettext("Open the dispute"),
        reverse("customer-dispute", args=[customer.number]), fields,
    )  # fmt: skip


def hold_form(customer: CustomerRow) -> Form:
    """Return the form that holds every reminder to a customer."""
    fields = [
        Field("note", gettext("Why"), kind="textarea", is_required=True),
        Field(
            "until", gettext("Until"), kind="date", hint=gettext("Empty means until it is released")
        ),
    ]
    return Form(
        "hold", "hold", "h", gettext("Hold reminders"), gettext("Hold them"),
        reverse("customer-hold", args=[customer.number]), fields,
    )  # fmt: skip


def _late(
    request: DeskRequest, customer: CustomerRow, items: Sequence[OpenItemRow]
) -> tuple[int, str]:
    """Return what is late in the currency in which most documents are late, else in their own."""
    late = [one for one in items if one.due_on < request.actor.today]
    counts = [one.currency for one in late or items]
    currency = max(counts, key=counts.count) if counts else customer.currency
    return sum(one.open_minor for one in late if one.currency == currency), currency


def _plain(minor: int, currency: str) -> str:
    return str(from_minor(minor, currency)) if minor else ""


def _choices(request: DeskRequest, items: Sequence[OpenItemRow]) -> tuple[Choice, ...]:
    chosen = set(request.POST.getlist(ITEM_FIELD))
    return tuple(
        Choice(one, (request.actor.today - one.due_on).days, str(one.item_id) in chosen)
        for one in items
    )


# -- what is done ------------------------------------------------------------------------------


def _call(request: DeskRequest, customer: CustomerRow) -> str:
    outcome = forms.text(request, "outcome", is_required=True)
    promised = None
    if outcome == "promise":
        currency = forms.text(request, "currency", is_required=True)
        promised = NewPromise(
            currency=currency,
            minor=forms.amount(request, "amount", currency),
            due_on=forms.required_day(request, "due_on"),
        )
    contact_id = forms.text(request, "contact")
    collections_services.log_activity(
        forms.acting(request),
        customer.id,
        kind=forms.text(request, "kind") or "call",
        outcome=outcome,
        note=forms.text(request, "note"),
        follow_up_on=forms.day(request, "follow_up_on"),
        contact_id=_contact_id(request, customer, contact_id),
        promise=promised,
    )
    return gettext("Logged: %(outcome)s") % {"outcome": collections_wording.outcome(outcome)}


def _contact_id(request: DeskRequest, customer: CustomerRow, value: str) -> int | None:
    """Return the person spoken to, who must be one of this customer's."""
    if not value:
        return None
    people = {str(one.id): one.id for one in customers.contacts(request.company.id, customer.id)}
    if value not in people:
        raise Invalid(
            "contact_unknown",
            gettext("This person does not belong to the customer"),
            place=Place(field="contact"),
            mend=gettext("Choose one of the list"),
        )
    return people[value]


def _promise(request: DeskRequest, customer: CustomerRow) -> str:
    currency = forms.text(request, "currency", is_required=True)
    reference = collections_services.promise(
        forms.acting(request),
        customer.id,
        currency=currency,
        minor=forms.amount(request, "amount", currency),
        due_on=forms.required_day(request, "due_on"),
        item_ids=tuple(_item_id(one) for one in request.POST.getlist(ITEM_FIELD)),
        note=forms.text(request, "note"),
    )
    return gettext("%(reference)s is recorded; reminders wait for it") % {"reference": reference}


def _dispute(request: DeskRequest, customer: CustomerRow) -> str:
    item_id = _item_id(forms.text(request, ITEM_FIELD, is_required=True))
    item = invoices.items_by_id(request.company.id, [item_id]).get(item_id)
    if item is None or item.customer_id != customer.id:
        raise Invalid(
            "item_unknown",
            gettext("The customer has no such open invoice"),
            place=Place(field=ITEM_FIELD),
            mend=gettext("Choose one of the list"),
        )
    given = forms.text(request, "amount")
    [reference] = dispute_services.open(
        forms.acting(request),
        [
            NewDispute(
                item_id,
                forms.text(request, "reason", is_required=True),
                forms.amount_of(given, "amount", item.currency) if given else None,
                forms.text(request, "note"),
            )
        ],
    )
    return gettext("%(reference)s is open; reminders about it wait") % {"reference": reference}


def _hold(request: DeskRequest, customer: CustomerRow) -> str:
    contact_services.hold(
        forms.acting(request),
        customer.id,
        note=forms.text(request, "note", is_required=True),
        until=forms.day(request, "until"),
    )
    return gettext("Reminders to %(name)s are held") % {"name": customer.name}


def _item_id(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) < 19):  # noqa: PLR2004 - a bigint
        raise Invalid(
            "item_unknown", gettext("There is no such invoice"), place=Place(field=ITEM_FIELD)
        )
    return int(value)


# -- the pages ---------------------------------------------------------------------------------

Act = Callable[[DeskRequest, CustomerRow], str]
Asks = Callable[[DeskRequest, CustomerRow, Sequence[OpenItemRow]], Form]


def _acted(request: HttpRequest, number: str, asks: Asks, act: Act) -> HttpResponse:
    """Show the form; on POST do it, or show the form again with what is wrong at its field."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            messages.success(request, act(desk, customer))
            back = forms.way_back(request, reverse("customer", args=[number]))
            return HttpResponseRedirect(back, status=303)
        except (Invalid, Conflict) as refusal:
            error = refusal
        except Refused as refusal:
            if refusal.code == "not_permitted":
                raise
            error = refusal
    items = invoices.open_items(desk.company.id, customer_ids=[customer.id])
    form = asks(desk, customer, items)
    if error is not None:
        found = error if isinstance(error, Invalid) else None
        form = replace(form, fields=forms.filled(form.fields, request.POST.dict(), found))
    context = {
        "customer": customer,
        "form": form,
        "form_error": faults.sentence(error) if error else "",
        "next": forms.way_back(request, reverse("customer", args=[number])),
        "items": items,
        "people": customers.contacts(desk.company.id, customer.id),
        "today": desk.actor.today,
    }
    status = 200 if error is None else 409 if isinstance(error, Conflict) else 422
    return render(request, "desk/collecting/page.html", context, status=status)


@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, number: str) -> HttpResponse:
    """Log a call, note or visit; the outcome "promised to pay" also makes the promise."""
    return _acted(request, number, call_form, _call)


@require_http_methods(["GET", "POST"])
def promise(request: HttpRequest, number: str) -> HttpResponse:
    """Record a promise to pay."""
    return _acted(request, number, promise_form, _promise)


@require_http_methods(["GET", "POST"])
def dispute(request: HttpRequest, number: str) -> HttpResponse:
    """Open a dispute about one of the customer's open invoices."""
    return _acted(request, number, dispute_form, _dispute)


@require_http_methods(["GET", "POST"])
def hold(request: HttpRequest, number: str) -> HttpResponse:
    """Hold every reminder to the customer by hand."""
    return _acted(request, number, lambda _, customer, __: hold_form(customer), _hold)


@require_POST
def release(request: HttpRequest, number: str) -> HttpResponse:
    """Release a hold that was placed by hand."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    contact_services.release(forms.acting(desk), f"manual:{customer.id}")
    messages.success(request, gettext("Reminders may go on"))
    back = forms.way_back(request, reverse("customer", args=[number]))
    return HttpResponseRedirect(back, status=303)


urlpatterns = [
    path("customers/<path:number>/call", call, name="customer-call"),
    path("customers/<path:number>/promise", promise, name="customer-promise"),
    path("customers/<path:number>/dispute", dispute, name="customer-dispute"),
    path("customers/<path:number>/hold", hold, name="customer-hold"),
    path("customers/<path:number>/release", release, name="customer-release"),
]
