"""Cash matching: payments that wait, why they do, what is proposed, and applying by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.cash import wording
from creditdesk.cash.queries import MatchRow, PaymentPage, PaymentRow, ProposalRow, ReasonRow
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow, Found
from creditdesk.faces.desk import forms, lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Place, Refused
from creditdesk.kernel.money import from_minor
from creditdesk.look.tags.figures import money_text

VIEWS = ("proposed", "known", "unknown")
AMOUNT_PREFIX = "amount-"
ITEMS_MAX = 200
CANDIDATES_MAX = 8
ID_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class Waiting:
    """A payment in the list: who it seems to be from, and why it waits."""

    row: PaymentRow
    who: str
    why: str
    kind: str
    method: str


@dataclass(frozen=True, slots=True)
class View:
    """A saved view of the list."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Share:
    """What a proposal gives to one item."""

    item: OpenItemRow
    minor: int

    @property
    def stays_minor(self) -> int:
        """What stays open of the item."""
        return self.item.open_minor - self.minor

    @property
    def written(self) -> str:
        """The amount as a form carries it."""
        return str(from_minor(self.minor, self.item.currency))


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal as a person may accept it."""

    customer: CustomerRow
    method: str
    reasons: tuple[str, ...]
    shares: tuple[Share, ...]
    left_minor: int
    is_stale: bool

    @property
    def given_minor(self) -> int:
        """What it applies in all."""
        return sum(share.minor for share in self.shares)

    @property
    def closes(self) -> int:
        """How many items it closes."""
        return sum(share.stays_minor == 0 for share in self.shares)


@dataclass(frozen=True, slots=True)
class SplitLine:
    """An open item of the payer with the amount written beside it."""

    item: OpenItemRow
    value: str

    @property
    def name(self) -> str:
        """The name of its field."""
        return f"{AMOUNT_PREFIX}{self.item.item_id}"


@dataclass(frozen=True, slots=True)
class Said:
    """What matching, or a person, said of the payment at one moment, in words."""

    row: MatchRow
    method: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One payment with everything that is needed to deal with it."""

    page: PaymentPage
    waiting: Waiting
    offers: tuple[Offer, ...]
    payer: CustomerRow | None
    split: tuple[SplitLine, ...]
    split_total_minor: int
    candidates: tuple[Found, ...]
    find: str
    said: tuple[Said, ...]
    may_apply: bool
    may_undo: bool

    @property
    def payment(self) -> PaymentRow:
        """The payment itself."""
        return self.page.payment

    @property
    def is_waiting(self) -> bool:
        """Whether somebody must still deal with it."""
        return self.payment.unapplied_minor > 0 and not self.payment.on_account

    @property
    def left_minor(self) -> int:
        """What the split, as it stands, leaves unapplied."""
        return self.payment.unapplied_minor - self.split_total_minor


# -- the list ----------------------------------------------------------------------------------


@require_safe
def exceptions(request: HttpRequest) -> HttpResponse:
    """Show what waits and the chosen payment; or give the list as a file."""
    desk = requests.of(request)
    every = [_waiting(row) for row in cash.exceptions(desk.company.id)]
    columns = _columns()
    ask = lists.asked(request, sorts=lists.sorts_of(columns), sort="")
    view = lists.choice(request, "view", VIEWS)
    wanted = ask.text.casefold()
    found = [one for one in every if (not view or one.kind == view) and _holds(one, wanted)]
    lines = lists.arranged(found, columns, ask.sort) if ask.sort else _proposed_first(found)
    if ask.format:
        return lists.export(desk, columns, lines, name="payments", form=ask.format)
    shown, mark = lists.page_of(lines, ask.page)
    reference = request.GET.get("at", "")
    chosen = reference or (shown[0].row.reference if shown else "")
    context = {
        "lines": shown,
        "mark": mark,
        "ask": ask,
        "view": view,
        "views": _views(every),
        "case": case_of(desk, chosen) if chosen else None,
        "last": _last(desk),
        "after": _after(request, chosen, [one.row.reference for one in shown]),
        "here": request.get_full_path(),
        "is_filtered": bool(view or wanted),
        "total": len(every),
    }
    return render(request, "desk/cash/exceptions.html", context)


def _waiting(row: PaymentRow) -> Waiting:
    kind = "proposed" if row.proposals else "known" if row.customer_id else "unknown"
    told = [wording.sentence(one.code, one.params) for one in row.reasons]
    return Waiting(
        row,
        row.customer_name or row.counterparty or gettext("Unknown payer"),
        ". ".join(told) or gettext("Not matched yet"),
        kind,
        wording.method(row.method) if row.method else "",
    )


def _holds(one: Waiting, wanted: str) -> bool:
    row = one.row
    words = (one.who, row.reference, row.counterparty, row.counterparty_account, row.text,
             str(from_minor(row.unapplied_minor, row.currency)))  # fmt: skip
    return wanted in " ".join(words).casefold()


def _proposed_first(found: Iterable[Waiting]) -> list[Waiting]:
    return sorted(found, key=lambda one: ("proposed", "known", "unknown").index(one.kind))


def _views(every: Sequence[Waiting]) -> list[View]:
    kinds = [one.kind for one in every]
    return [
        View("", gettext("All left"), len(every)),
        View("proposed", gettext("Proposed"), kinds.count("proposed")),
        View("known", gettext("Payer known"), kinds.count("known")),
        View("unknown", gettext("Unknown"), kinds.count("unknown")),
    ]


def _columns() -> list[Column[Waiting]]:
    def currency(one: Waiting) -> str:
        return one.row.currency

    return [
        Column("reference", gettext("Payment"), lambda one: one.row.reference),
        Column("received_on", gettext("Received"), lambda one: one.row.received_on, "date"),
        Column("who", gettext("From"), lambda one: one.who),
        Column("number", gettext("Customer number"), lambda one: one.row.customer_number),
        Column("iban", gettext("Their account"), lambda one: one.row.counterparty_account),
        Column("text", gettext("Text"), lambda one: one.row.text),
        Column("why", gettext("Why it waits"), lambda one: one.why),
        Column("currency", gettext("Currency"), currency),
        Column("total", gettext("Amount"), lambda one: one.row.total_minor, "money", currency),
        Column(
            "left", gettext("Unapplied"), lambda one: one.row.unapplied_minor, "money", currency
        ),
    ]


def _last(request: DeskRequest) -> PaymentPage | None:
    """Return the payment just dealt with, while it can still be undone."""
    reference = request.GET.get("last", "").replace("\0", "")[:64]
    if not reference or not request.actor.may("cash.undo"):
        return None
    found = cash.payment(request.company.id, reference)
    return found if any(one.undone_on is None for one in found.allocations) else None


def _after(request: HttpRequest, chosen: str, references: Sequence[str]) -> str:
    """Return the address to go on to when the chosen payment is dealt with."""
    query = {key: value for key, value in request.GET.items() if key in ("view", "q", "sort")}
    if chosen in references:
        place = references.index(chosen)
        rest = references[place + 1 :] or references[:place]
        if rest:
            query["at"] = rest[0]
    query["last"] = chosen
    return f"{reverse('exceptions')}?{urlencode(query)}#detail"


# -- one payment -------------------------------------------------------------------------------


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one payment: what the bank said, what it settled and why, and what may still be done."""
    desk = requests.of(request)
    context = {
        "case": case_of(desk, reference),
        "after": reverse("payment", args=[reference]),
        "here": request.get_full_path(),
    }
    return render(request, "desk/cash/payment.html", context)


def case_of(request: DeskRequest, reference: str) -> Case:
    """Return a payment with its proposals, and the open items of its payer or of a candidate."""
    company_id = request.company.id
    found = cash.payment(company_id, reference.replace("\0", ""))
    payment = found.payment
    offers = _offers(request, payment) if payment.unapplied_minor else ()
    payer = _payer(request, payment, offers)
    items = _items(request, payment, payer)
    suggested = _suggested(payer, offers)
    find = request.GET.get("find", "").replace("\0", "").strip()[: lists.TEXT_LENGTH_MAX]
    return Case(
        page=found,
        waiting=_waiting(payment),
        offers=offers,
        payer=payer,
        split=tuple(
            SplitLine(item, _written(suggested.get(item.item_id, 0), payment.currency))
            for item in items
        ),
        split_total_minor=sum(suggested.get(item.item_id, 0) for item in items),
        candidates=tuple(_candidates(request, payment, find)),
        find=find,
        said=tuple(_said(row) for row in reversed(found.matches)),
        may_apply=request.actor.may("cash.apply"),
        may_undo=request.actor.may("cash.undo")
        and any(one.undone_on is None for one in found.allocations),
    )


def _written(minor: int, currency: str) -> str:
    return str(from_minor(minor, currency)) if minor else ""


def _offers(request: DeskRequest, payment: PaymentRow) -> tuple[Offer, ...]:
    ids = {item_id for one in payment.proposals for item_id, _ in one.allocations}
    items = invoices.items_by_id(request.company.id, ids) if ids else {}
    owners = (
        customers.customers_by_id(
            request.company.id, {one.customer_id for one in payment.proposals}
        )
        if payment.proposals
        else {}
    )
    return tuple(
        _offer(one, payment, items, owners[one.customer_id])
        for one in payment.proposals
        if one.customer_id in owners
    )


def _offer(
    proposal: ProposalRow,
    payment: PaymentRow,
    items: dict[int, OpenItemRow],
    owner: CustomerRow,
) -> Offer:
    shares = tuple(
        Share(items[item_id], minor) for item_id, minor in proposal.allocations if item_id in items
    )
    given = sum(share.minor for share in shares)
    return Offer(
        customer=owner,
        method=wording.method(proposal.method),
        reasons=_sentences(proposal.reasons),
        shares=shares,
        left_minor=payment.unapplied_minor - given,
        is_stale=given > payment.unapplied_minor or any(share.stays_minor < 0 for share in shares),
    )


def _sentences(reasons: Sequence[ReasonRow]) -> tuple[str, ...]:
    return tuple(wording.sentence(one.code, one.params) for one in reasons)


def _payer(
    request: DeskRequest, payment: PaymentRow, offers: Sequence[Offer]
) -> CustomerRow | None:
    """Return whose open items are shown: named in the address, known, or proposed first."""
    number = request.GET.get("payer", "").replace("\0", "")[:64]
    if number:
        return customers.customer(request.company.id, number)
    if payment.customer_id is not None:
        return customers.customer_by_id(request.company.id, payment.customer_id)
    return offers[0].customer if offers else None


def _items(
    request: DeskRequest, payment: PaymentRow, payer: CustomerRow | None
) -> list[OpenItemRow]:
    if payer is None or not payment.unapplied_minor:
        return []
    found = invoices.open_items(
        request.company.id, customer_ids=[payer.id], currency=payment.currency
    )
    return found[:ITEMS_MAX]


def _suggested(payer: CustomerRow | None, offers: Sequence[Offer]) -> dict[int, int]:
    """Return the amounts the first proposal for this payer writes into the split."""
    for offer in offers:
        if payer is not None and offer.customer.id == payer.id and not offer.is_stale:
            return {share.item.item_id: share.minor for share in offer.shares}
    return {}


def _candidates(request: DeskRequest, payment: PaymentRow, find: str) -> list[Found]:
    """Return customers who may have paid: those searched for, else those named like the payer."""
    if not payment.unapplied_minor:
        return []
    text = find or ("" if payment.customer_id else payment.counterparty)
    return customers.search(request.company.id, text, limit=CANDIDATES_MAX) if text else []


def _said(row: MatchRow) -> Said:
    return Said(row, wording.method(row.method), _sentences(row.reasons))


# -- what is done ------------------------------------------------------------------------------


@require_POST
def apply(request: HttpRequest, reference: str) -> HttpResponse:
    """Settle the items written beside their amounts; what is left stays with the payer."""
    desk = requests.of(request)
    payment = cash.payment(desk.company.id, reference).payment

    def act() -> str:
        result = cash_services.apply(
            forms.acting(desk), payment.id, allocations=_amounts(desk, payment)
        )
        if not result.unapplied_minor:
            return gettext("%(reference)s is applied") % {"reference": reference}
        left = money_text(result.unapplied_minor, payment.currency)
        said = gettext("%(reference)s is applied; %(left)s of it still waits")
        return said % {"reference": reference, "left": left}

    return _dealt_with(desk, reference, act)


def _amounts(request: DeskRequest, payment: PaymentRow) -> dict[int, int]:
    """Return the amounts written beside the items; empty fields give nothing."""
    found: dict[int, int] = {}
    for name in request.POST:
        value = request.POST.get(name, "")
        item = name.removeprefix(AMOUNT_PREFIX)
        if item == name or not value.strip():
            continue
        if not (item.isascii() and item.isdecimal() and len(item) <= ID_DIGITS_MAX):
            raise NotFound("item_unknown", gettext("There is no such open item"))
        minor = forms.amount_of(value, name, payment.currency)
        if minor:
            found[int(item)] = minor
    return found


@require_POST
def remainder(request: HttpRequest, reference: str) -> HttpResponse:
    """Say what the split, as it is being written, applies and leaves; nothing is written down."""
    desk = requests.of(request)
    payment = cash.payment(desk.company.id, reference).payment
    context: dict[str, object] = {"payment": payment}
    try:
        given = sum(_amounts(desk, payment).values())
        context |= {"given_minor": given, "left_minor": payment.unapplied_minor - given}
    except Invalid as error:
        context["fault"] = error.message
    return render(request, "desk/cash/_remainder.html", context)


@require_POST
def on_account(request: HttpRequest, reference: str) -> HttpResponse:
    """Leave what is unapplied with its payer on purpose."""
    desk = requests.of(request)
    payment = cash.payment(desk.company.id, reference).payment
    number = forms.text(request, "payer")
    customer = customers.customer(desk.company.id, number) if number else None

    def act() -> str:
        cash_services.put_on_account(
            forms.acting(desk), payment.id, customer_id=customer.id if customer else None
        )
        return gettext("%(reference)s stays on account") % {"reference": reference}

    return _dealt_with(desk, reference, act)


@require_POST
def assign(request: HttpRequest, reference: str) -> HttpResponse:
    """Say whose money it is; the payer's account and name are remembered."""
    desk = requests.of(request)
    payment = cash.payment(desk.company.id, reference).payment
    customer = customers.customer(desk.company.id, forms.text(request, "payer", is_required=True))

    def act() -> str:
        actor = forms.acting(desk)
        cash_services.assign_payer(actor, payment.id, customer.id)
        if desk.actor.may("cash.match"):
            cash_services.match(_unkeyed(actor), payment_ids=[payment.id])
        said = gettext("%(reference)s is money of %(name)s")
        return said % {"reference": reference, "name": customer.name}

    return _dealt_with(desk, reference, act)


def _unkeyed(actor: Actor) -> Actor:
    return actor.keyed(None)


@require_POST
def undo(request: HttpRequest, reference: str) -> HttpResponse:
    """Take back what the payment settled, all of it or one part; the items are open again."""
    desk = requests.of(request)
    payment = cash.payment(desk.company.id, reference).payment
    given = forms.text(request, "allocation")
    if given and not (given.isascii() and given.isdecimal() and len(given) <= ID_DIGITS_MAX):
        raise Invalid(
            "allocation_unknown", gettext("There is no such part"), place=Place(field="allocation")
        )

    def act() -> str:
        cash_services.undo(
            forms.acting(desk), payment.id, allocation_ids=[int(given)] if given else None
        )
        return gettext("%(reference)s is undone; its money waits") % {"reference": reference}

    return _dealt_with(desk, reference, act)


@require_POST
def match(request: HttpRequest) -> HttpResponse:
    """Match everything that waits and was not dealt with by a person."""
    desk = requests.of(request)
    result = cash_services.match(forms.acting(desk))
    said = gettext("%(applied)d applied, %(left)d left")
    messages.success(request, said % {"applied": result.applied, "left": result.left})
    return HttpResponseRedirect(reverse("exceptions"), status=303)


def _dealt_with(request: DeskRequest, reference: str, act: Callable[[], str]) -> HttpResponse:
    """Do it and go on; when somebody was faster or a rule says no, say so at the payment."""
    back = forms.way_back(request, reverse("payment", args=[reference]))
    try:
        messages.success(request, act())
    except (Conflict, Refused, Invalid) as error:
        if error.code == "not_permitted":
            raise
        messages.error(request, _told(error))
        back = _here(request, reference)
    return HttpResponseRedirect(back, status=303)


def _here(request: DeskRequest, reference: str) -> str:
    """Return the page the form stood on, if it is ours, else the payment's own."""
    wanted = request.POST.get("here", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if wanted and is_ours else reverse("payment", args=[reference])


def _told(error: DomainError) -> str:
    mend = error.mend if isinstance(error, Invalid) else ""
    return f"{error.message}. {mend}" if mend else error.message


urlpatterns = [
    path("cash/exceptions/", exceptions, name="exceptions"),
    path("cash/match", match, name="cash-match"),
    path("cash/payments/<str:reference>/", page, name="payment"),
    path("cash/payments/<str:reference>/apply", apply, name="payment-apply"),
    path("cash/payments/<str:reference>/remainder", remainder, name="payment-remainder"),
    path("cash/payments/<str:reference>/on-account", on_account, name="payment-on-account"),
    path("cash/payments/<str:reference>/assign", assign, name="payment-assign"),
    path("cash/payments/<str:reference>/undo", undo, name="payment-undo"),
]
