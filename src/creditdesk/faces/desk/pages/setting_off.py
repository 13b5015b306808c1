"""A customer's free credit set against what the customer owes: chosen, shown, done, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.cash.rules.netting import Against, netted
from creditdesk.controls.commands import require
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.desk import confirming, faults, forms, requests
from creditdesk.faces.desk.confirming import Attempt
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import credit_queries
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.credit_queries import SetOffRow
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.kernel.money import from_minor

ITEM = "item"
CREDIT = "credit"
AMOUNT_PREFIX = "amount-"
NOTE_PREFIX = "note:"
PAYMENT_PREFIX = "payment:"
ITEMS_MAX = 200
PAYMENTS_MAX = 500


@dataclass(frozen=True, slots=True)
class Credit:
    """Credit of the customer that nothing has used: a credit note's or a payment's rest."""

    key: str
    reference: str
    currency: str
    free_minor: int
    on: date
    payment_id: int | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A credit, and what of it goes against which items."""

    credit: Credit | None
    against: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Done:
    """What of the credit is left once it is set off."""

    left_minor: int


@dataclass(frozen=True, slots=True)
class Line:
    """An open item, and what the form says of it."""

    item: OpenItemRow
    is_chosen: bool
    amount: str


@dataclass(frozen=True, slots=True)
class PartLine:
    """What would be lowered of an item."""

    item: OpenItemRow
    minor: int

    @property
    def stays_minor(self) -> int:
        """What stays open of the item."""
        return self.item.open_minor - self.minor

    @property
    def amount(self) -> str:
        """The amount as a form carries it."""
        return str(from_minor(self.minor, self.item.currency))


@require_safe
def form(request: HttpRequest, number: str) -> HttpResponse:
    """Show the customer's free credit, what is open, and what was set off before."""
    desk = requests.of(request)
    return _page(desk, customers.customer(desk.company.id, number))


@require_POST
def apply(request: HttpRequest, number: str) -> HttpResponse:
    """First show what would be lowered and what is left, then do it."""
    desk = requests.of(request)
    require(desk.actor, "cash.apply")
    customer = customers.customer(desk.company.id, number)

    def choose() -> Chosen:
        credit = _chosen_credit(desk, customer)
        return Chosen(credit, netted(credit.free_minor, _against(desk, credit, customer)))

    def act(actor: Actor, chosen: Chosen, _reason: str, _expected: int | None) -> Done:
        return _set_off(actor, chosen)

    attempt = confirming.attempt(
        desk, Chosen(None, {}), choose, act, wants_reason=False, tells_refusals=True
    )
    if attempt.done is None:
        return _page(desk, customer, attempt)
    messages.success(desk, gettext("The credit is set off; it can be taken back"))
    return HttpResponseRedirect(reverse("set-off", args=[number]), status=303)


def _set_off(actor: Actor, chosen: Chosen) -> Done:
    """Set a note or a payment against the items; all of it or nothing."""
    credit = chosen.credit
    if credit is None or not chosen.against:
        raise Invalid("nothing_chosen", "Nothing was chosen", place=Place(field=ITEM))
    if credit.payment_id is None:
        return Done(cash_services.set_off(actor, credit.reference, against=chosen.against))
    done = cash_services.apply(actor, credit.payment_id, allocations=chosen.against)
    return Done(done.unapplied_minor)


def _chosen_credit(desk: DeskRequest, customer: CustomerRow) -> Credit:
    """Return the credit ticked; one used up meanwhile too, for a form that was sent twice."""
    key = forms.text(desk, CREDIT)
    found = next((one for one in _credits(desk, customer) if one.key == key), None)
    if found is None and key.startswith(NOTE_PREFIX):
        number = key.removeprefix(NOTE_PREFIX)
        used = credit_queries.set_offs(desk.company.id, customer_id=customer.id, credit_note=number)
        if number and used:
            found = Credit(key, number, used[0].currency, 0, used[0].applied_on)
    if found is None and key.startswith(PAYMENT_PREFIX):
        row = cash.payment(desk.company.id, key.removeprefix(PAYMENT_PREFIX)).payment
        if row.customer_id == customer.id:
            found = Credit(key, row.reference, row.currency, 0, row.received_on, row.id)
    if found is None:
        raise forms.nothing_chosen(CREDIT)
    return found


def _against(desk: DeskRequest, credit: Credit, customer: CustomerRow) -> list[Against]:
    """Return the items ticked with the amounts beside them; empty means as much as there is."""
    found = []
    ids = list(dict.fromkeys(forms.ids(desk, ITEM)))
    items = invoices.items_by_id(desk.company.id, ids)
    for item_id in ids:
        item = items.get(item_id)
        if item is None or item.customer_id != customer.id:
            raise NotFound("item_unknown", gettext("There is no such open item"))
        name = f"{AMOUNT_PREFIX}{item_id}"
        value = desk.POST.get(name, "").strip()
        minor = forms.amount_of(value, name, credit.currency) if value else None
        found.append(Against(item_id, item.open_minor, minor))
    return found


@require_POST
def undo(request: HttpRequest, number: str) -> HttpResponse:
    """Take one set-off of a credit note back: the item is open again, the credit free."""
    desk = requests.of(request)
    require(desk.actor, "cash.undo")
    customer = customers.customer(desk.company.id, number)
    try:
        row = _part(desk, customer)
        cash_services.undo_set_off(
            forms.acting(desk), row.credit_note_number, application_ids=[row.id]
        )
    except (Conflict, Refused) as error:
        if error.code in confirming.NOT_THEIRS:
            raise
        messages.error(desk, faults.sentence(error))
    else:
        messages.success(desk, gettext("It is taken back: the item is open, the credit free"))
    return HttpResponseRedirect(reverse("set-off", args=[number]), status=303)


def _part(desk: DeskRequest, customer: CustomerRow) -> SetOffRow:
    """Return the set-off the form means; Conflict where it no longer stands."""
    part_id = forms.count(desk, "part")
    for row in credit_queries.set_offs(desk.company.id, customer_id=customer.id):
        if row.id == part_id:
            return row
    raise Conflict("nothing_to_undo", "This was undone meanwhile")


def _items(desk: DeskRequest, customer: CustomerRow) -> list[OpenItemRow]:
    return invoices.open_items(desk.company.id, customer_ids=[customer.id])[:ITEMS_MAX]


def _credits(desk: DeskRequest, customer: CustomerRow) -> list[Credit]:
    """Return the free credit of a customer: credit notes, then payments, the oldest first."""
    notes = [
        Credit(f"{NOTE_PREFIX}{one.number}", one.number, one.currency, one.unapplied_minor,
               one.issued_on)
        for one in invoices.unapplied_credit_notes(desk.company.id, customer.id)
    ]  # fmt: skip
    rows = cash.payments(desk.company.id, customer_id=customer.id, limit=PAYMENTS_MAX)
    paid = [
        Credit(f"{PAYMENT_PREFIX}{row.reference}", row.reference, row.currency,
               row.unapplied_minor, row.received_on, row.id)
        for row in reversed(rows) if row.unapplied_minor
    ]  # fmt: skip
    return notes + paid


def _page(
    desk: DeskRequest, customer: CustomerRow, attempt: Attempt[Chosen, Done] | None = None
) -> HttpResponse:
    items = _items(desk, customer)
    credits_ = _credits(desk, customer)
    wanted = desk.POST.get(CREDIT, "") or desk.GET.get(CREDIT, "")
    first = credits_[0].key if credits_ else ""
    chosen = next((one.key for one in credits_ if one.key == wanted), first)
    context = {
        "customer": customer,
        "credits": credits_,
        "chosen": chosen,
        "lines": _lines(desk, items, {one.currency for one in credits_}),
        "attempt": attempt,
        "parts": _parts(items, attempt.chosen) if attempt and attempt.shown else (),
        "done_before": credit_queries.set_offs(desk.company.id, customer_id=customer.id),
        "may_apply": desk.actor.may("cash.apply"),
        "may_undo": desk.actor.may("cash.undo"),
    }
    status = attempt.status if attempt else 200
    return render(desk, "desk/cash/set_off.html", context, status=status)


def _lines(desk: DeskRequest, items: Sequence[OpenItemRow], currencies: set[str]) -> list[Line]:
    ticked = set(desk.POST.getlist(ITEM))
    return [
        Line(
            item, str(item.item_id) in ticked,
            desk.POST.get(f"{AMOUNT_PREFIX}{item.item_id}", "")[:40],
        )
        for item in items
        if item.currency in currencies
    ]  # fmt: skip


def _parts(items: Sequence[OpenItemRow], chosen: Chosen) -> tuple[PartLine, ...]:
    known = {item.item_id: item for item in items}
    return tuple(PartLine(known[item_id], minor) for item_id, minor in chosen.against.items())


urlpatterns = [
    path("customers/<path:number>/set-off", form, name="set-off"),
    path("customers/<path:number>/set-off/apply", apply, name="set-off-apply"),
    path("customers/<path:number>/set-off/undo", undo, name="set-off-undo"),
]
