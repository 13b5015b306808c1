"""A payment for items in another currency: at the bank's rate or the day's, shown, then done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.cash.queries import PaymentRow
from creditdesk.cash.rules.exchange import Quote, Share, Wanted
from creditdesk.cash.services import Exchanged, ExchangedPart
from creditdesk.controls.commands import require
from creditdesk.faces.desk import confirming, exchanges, forms, requests
from creditdesk.faces.desk.confirming import Attempt
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.kernel.money import convert, from_minor
from creditdesk.look.tags.figures import money_text

ITEM = "item"
AMOUNT_PREFIX = "amount-"
MONEY_PREFIX = "money-"
ITEMS_MAX = 200

Done = Exchanged
Chosen = Mapping[int, Share]


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in words: what one unit of the payment is worth, and who says so."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Line:
    """An open item in another currency: what it costs at the rate, and what the form says of it."""

    item: OpenItemRow
    cost_minor: int | None
    rate: Rate | None
    is_chosen: bool
    amount: str = ""
    money: str = ""


@dataclass(frozen=True, slots=True)
class PartLine:
    """What would be settled of an item, by how much money, and what the house makes of it."""

    item: OpenItemRow
    part: ExchangedPart
    rate: str
    money: str

    @property
    def stays_minor(self) -> int:
        """What stays open of the item."""
        return self.item.open_minor - self.part.item_minor

    @property
    def amount(self) -> str:
        """What it settles, as a form carries it."""
        return str(from_minor(self.part.item_minor, self.part.item_currency))


@require_safe
def form(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the payer's open items in other currencies, each with what it costs in the payment's."""
    desk = requests.of(request)
    return _page(desk, _payment(desk, reference))


@require_POST
def apply(request: HttpRequest, reference: str) -> HttpResponse:
    """First show what both amounts and the difference would be, then apply it."""
    desk = requests.of(request)
    require(desk.actor, "cash.apply")
    payment = _payment(desk, reference)
    nothing: Chosen = {}

    def choose() -> Chosen:
        return cash.planned_shares(payment, _wanted(desk, payment))

    def act(actor: Actor, chosen: Chosen, _reason: str, _expected: int | None) -> Done:
        return cash_services.apply_exchanged(actor, payment.id, shares=chosen)

    attempt = confirming.attempt(
        desk, nothing, choose, act, wants_reason=False, tells_refusals=True
    )
    if attempt.done is None:
        return _page(desk, payment, attempt)
    left = attempt.done.unapplied_minor
    said = gettext("%(reference)s is applied") % {"reference": reference}
    if left:
        told = gettext("%(reference)s is applied; %(left)s of it still waits")
        said = told % {"reference": reference, "left": money_text(left, payment.currency)}
    messages.success(desk, said)
    return HttpResponseRedirect(reverse("payment", args=[reference]), status=303)


def _payment(desk: DeskRequest, reference: str) -> PaymentRow:
    return cash.payment(desk.company.id, reference.replace("\0", "")).payment


def _items(desk: DeskRequest, payment: PaymentRow) -> list[OpenItemRow]:
    """Return the payer's open items in other currencies, the oldest first."""
    if payment.customer_id is None:
        return []
    found = invoices.open_items(desk.company.id, customer_ids=[payment.customer_id])
    return [item for item in found if item.currency != payment.currency][:ITEMS_MAX]


def _wanted(desk: DeskRequest, payment: PaymentRow) -> list[Wanted]:
    """Return what the form chose: the items ticked, with what is written beside them.

    One settled meanwhile still counts: a form sent twice has the answer of the first time.
    """
    wanted = []
    ids = list(dict.fromkeys(forms.ids(desk, ITEM)))
    items = invoices.items_by_id(desk.company.id, ids)
    for item_id in ids:
        item = items.get(item_id)
        if item is None or item.customer_id != payment.customer_id:
            raise NotFound("item_unknown", gettext("There is no such open item"))
        wanted.append(
            Wanted(
                item_id=item_id, currency=item.currency, open_minor=item.open_minor,
                item_minor=_written(desk, f"{AMOUNT_PREFIX}{item_id}", item.currency),
                payment_minor=_written(desk, f"{MONEY_PREFIX}{item_id}", payment.currency),
            )
        )  # fmt: skip
    return wanted


def _written(desk: DeskRequest, name: str, currency: str) -> int | None:
    value = desk.POST.get(name, "").strip()
    return forms.amount_of(value, name, currency) if value else None


def _page(
    desk: DeskRequest, payment: PaymentRow, attempt: Attempt[Chosen, Done] | None = None
) -> HttpResponse:
    items = _items(desk, payment)
    rates = cash.best_rates(payment, {item.currency for item in items})
    shown = attempt.shown if attempt else None
    context = {
        "payment": payment,
        "lines": [_line(desk, payment, item, rates.get(item.currency), attempt) for item in items],
        "bank": exchanges.bank_words(payment),
        "attempt": attempt,
        "parts": _parts(payment, items, shown.parts) if shown else (),
        "shown": shown,
        "realised_minor": _realised(shown.parts) if shown else None,
        "may_apply": desk.actor.may("cash.apply") and payment.unapplied_minor > 0,
        "base": desk.company.currency,
    }
    status = attempt.status if attempt else 200
    return render(desk, "desk/cash/exchange.html", context, status=status)


def _line(
    desk: DeskRequest,
    payment: PaymentRow,
    item: OpenItemRow,
    quote: Quote | None,
    attempt: Attempt[Chosen, Done] | None,
) -> Line:
    cost = None
    if quote is not None:
        cost = convert(
            item.open_minor, source=item.currency, target=payment.currency, rate=1 / quote.rate
        )
    is_meant = _is_meant(payment, item)
    if attempt is None:
        return Line(item, cost, _rate(payment, item, quote), is_meant)
    return Line(
        item, cost, _rate(payment, item, quote),
        str(item.item_id) in desk.POST.getlist(ITEM),
        desk.POST.get(f"{AMOUNT_PREFIX}{item.item_id}", "")[:40],
        desk.POST.get(f"{MONEY_PREFIX}{item.item_id}", "")[:40],
    )  # fmt: skip


def _is_meant(payment: PaymentRow, item: OpenItemRow) -> bool:
    """Whether the bank says that this is paid: its number in the text, or its amount instructed."""
    told = (payment.original_currency, payment.original_minor)
    return item.number in payment.text or told == (item.currency, item.open_minor)


def _rate(payment: PaymentRow, item: OpenItemRow, quote: Quote | None) -> Rate | None:
    if quote is None:
        return None
    source = {
        "bank_amount": gettext("by what the bank says was paid"),
        "bank_rate": gettext("the bank's rate"),
        "policy": gettext("rate of the day"),
    }[quote.source]
    return Rate(exchanges.rate_text(quote.rate, payment.currency, item.currency), source)


def _parts(
    payment: PaymentRow, items: Sequence[OpenItemRow], parts: Sequence[ExchangedPart]
) -> tuple[PartLine, ...]:
    known = {item.item_id: item for item in items}
    return tuple(
        PartLine(
            known[part.item_id], part,
            exchanges.rate_text(_used(payment, part), payment.currency, part.item_currency),
            str(from_minor(part.payment_minor, payment.currency)),
        )
        for part in parts
    )  # fmt: skip


def _used(payment: PaymentRow, part: ExchangedPart) -> Decimal:
    """Return the rate that both amounts come to."""
    worth = from_minor(part.item_minor, part.item_currency)
    return worth / from_minor(part.payment_minor, payment.currency)


def _realised(parts: Sequence[ExchangedPart]) -> int | None:
    """Return what the house makes of all of it; None where some rate is not known yet."""
    known = [part.realised_minor for part in parts if part.realised_minor is not None]
    return sum(known) if len(known) == len(parts) else None


urlpatterns = [
    path("cash/payments/<str:reference>/exchange", form, name="payment-exchange"),
    path("cash/payments/<str:reference>/exchange/apply", apply, name="payment-exchange-apply"),
]
