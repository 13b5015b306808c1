"""A payment with everything that is needed to deal with it: why it waits, and what is proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext

from creditdesk.cash import queries as cash
from creditdesk.cash import wording
from creditdesk.cash.queries import (
    AdviceRow,
    MatchRow,
    PaymentPage,
    PaymentRow,
    ProposalRow,
    ReasonRow,
)
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow, Found
from creditdesk.faces.desk import exchanges, lists, shortfalls
from creditdesk.faces.desk.exchanges import Foreign
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.faces.desk.shortfalls import Given, ShortLine
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.money import from_minor

AMOUNT_PREFIX = "amount-"
ITEMS_MAX = 200
CANDIDATES_MAX = 8
BY_HAND = "by_hand"
ALSO_MAX = 20
ID_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Waiting:
    """A payment in the list: who it seems to be from, and why it waits."""

    row: PaymentRow
    who: str
    why: str
    kind: str
    method: str


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
    short: tuple[ShortLine, ...] = ()
    confidence: str = ""

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
    owner: str = ""

    @property
    def name(self) -> str:
        """The name of its field."""
        return f"{AMOUNT_PREFIX}{self.item.item_id}"


@dataclass(frozen=True, slots=True)
class ItemFound:
    """An open item found by its number or amount, whoever owes it; `also` adds it to the split."""

    item: OpenItemRow
    owner: CustomerRow
    also: str


@dataclass(frozen=True, slots=True)
class Said:
    """What matching, or a person, said of the payment at one moment, in words."""

    row: MatchRow
    method: str
    reasons: tuple[str, ...]
    times: int = 1

    @property
    def is_by_hand(self) -> bool:
        """Whether a person said it."""
        return self.row.method == BY_HAND

    def repeats(self, later: Said) -> bool:
        """Whether the same had been found as is found again by `later`."""
        return not self.is_by_hand and (self.row.is_certain, self.method, self.reasons) == (
            later.row.is_certain,
            later.method,
            later.reasons,
        )


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
    found: tuple[ItemFound, ...]
    advices: tuple[AdviceRow, ...]
    find: str
    said: tuple[Said, ...]
    said_before: tuple[Said, ...]
    may_apply: bool
    may_undo: bool
    short: tuple[ShortLine, ...] = ()
    given: tuple[Given, ...] = ()
    foreign: Foreign | None = None

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


def waiting_of(row: PaymentRow) -> Waiting:
    """Return a payment that waits with who it seems to be from and why, in words."""
    kind = "proposed" if row.proposals else "known" if row.customer_id else "unknown"
    told = [wording.sentence(one.code, one.params) for one in row.reasons]
    return Waiting(
        row,
        row.customer_name or row.counterparty or gettext("Unknown payer"),
        ". ".join(told) or gettext("Not matched yet"),
        kind,
        wording.method(row.method) if row.method else "",
    )


def case_of(request: DeskRequest, reference: str) -> Case:
    """Return a payment with its proposals, and the open items of its payer or of a candidate."""
    company_id = request.company.id
    found = cash.payment(company_id, reference.replace("\0", ""))
    payment = found.payment
    offers = _offers(request, payment) if payment.unapplied_minor else ()
    may_apply = request.actor.may("cash.apply")
    if offers and may_apply:
        offers = (_with_ways(request, found, offers[0]), *offers[1:])
    settles = bool(found.allocations)
    rows = cash.adjustments_of_payment(company_id, payment.id) if settles else []
    payer = _payer(request, payment, offers)
    also = _also(request, payment)
    everything = _items(request, payment, payer)
    mine = [item for item in everything if item.currency == payment.currency][:ITEMS_MAX]
    items = mine + [item for item in also if item not in mine]
    suggested = _suggested(payer, offers)
    owners = _owners(request, also, payer)
    said, said_before = told(found.matches)
    find = request.GET.get("find", "").replace("\0", "").strip()[: lists.TEXT_LENGTH_MAX]
    return Case(
        page=found,
        waiting=waiting_of(payment),
        offers=offers,
        payer=payer,
        split=tuple(
            SplitLine(
                item,
                _written(suggested.get(item.item_id, 0), payment.currency),
                owners.get(item.customer_id, ""),
            )
            for item in items
        ),
        split_total_minor=sum(suggested.get(item.item_id, 0) for item in items),
        candidates=tuple(_candidates(request, payment, find)),
        found=_found(request, payment, find, also),
        advices=tuple(cash.advices_of_payment(company_id, payment.id)),
        find=find,
        said=said,
        said_before=said_before,
        may_apply=may_apply,
        may_undo=request.actor.may("cash.undo")
        and any(one.undone_on is None for one in found.allocations),
        short=shortfalls.after(request, found) if may_apply else (),
        given=shortfalls.given(rows),
        foreign=exchanges.foreign(request, found, everything),
    )


def _with_ways(request: DeskRequest, page: PaymentPage, offer: Offer) -> Offer:
    """Return a proposal with what may become of the one item it would leave open in part."""
    short = [share for share in offer.shares if share.stays_minor > 0]
    if offer.is_stale or len(short) != 1:
        return offer
    paying = [(share.item, share.minor) for share in offer.shares]
    lines = shortfalls.before(request, page, paying)
    return replace(offer, short=lines)


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
    # Two rules may come to the same: the first says why.
    different: dict[tuple[int, tuple[tuple[int, int], ...]], ProposalRow] = {}
    for one in payment.proposals:
        different.setdefault((one.customer_id, tuple(sorted(one.allocations))), one)
    return tuple(
        _offer(one, payment, items, owners[one.customer_id])
        for one in different.values()
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
        confidence=_confidence(proposal.confidence_bp),
    )


def _confidence(points: int | None) -> str:
    """Return basis points as per cent with one decimal, rounded down."""
    return "" if points is None else f"{points // 10 // 10}.{points // 10 % 10}"


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
    return invoices.open_items(request.company.id, customer_ids=[payer.id])


def _also(request: DeskRequest, payment: PaymentRow) -> list[OpenItemRow]:
    """Return the items of anybody that the address adds to the split."""
    given = request.GET.get("also", "").split(",")[:ALSO_MAX]
    ids = {int(one) for one in given if one.isascii() and one.isdecimal() and len(one) <= ID_DIGITS}
    if not ids or not payment.unapplied_minor:
        return []
    rows = invoices.items_by_id(request.company.id, ids).values()
    return [row for row in rows if row.open_minor and row.currency == payment.currency]


def _owners(
    request: DeskRequest, also: Sequence[OpenItemRow], payer: CustomerRow | None
) -> dict[int, str]:
    """Return the names of the others whose items stand in the split."""
    ids = {item.customer_id for item in also} - ({payer.id} if payer is not None else set())
    rows = customers.customers_by_id(request.company.id, ids) if ids else {}
    return {row.id: row.name for row in rows.values()}


def _found(
    request: DeskRequest, payment: PaymentRow, find: str, also: Sequence[OpenItemRow]
) -> tuple[ItemFound, ...]:
    """Return open items whose number or amount was searched for."""
    if not find or not payment.unapplied_minor:
        return ()
    company_id = request.company.id
    ids = cash.find_items(company_id, currency=payment.currency, text=find)
    if not ids:
        return ()
    items = invoices.items_by_id(company_id, ids)
    rows = [items[one] for one in ids if one in items]
    owners = customers.customers_by_id(company_id, {row.customer_id for row in rows})
    known = [str(item.item_id) for item in also]
    return tuple(
        ItemFound(row, owners[row.customer_id], ",".join([*known, str(row.item_id)]))
        for row in rows
        if row.customer_id in owners
    )


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


def told(matches: Sequence[MatchRow]) -> tuple[tuple[Said, ...], tuple[Said, ...]]:
    """Return what was said, newest first, up to the latest automatic finding; then what before.

    A finding that only repeats the one before it is folded into it.
    """
    folded: list[Said] = []
    for row in reversed(matches):
        one = _said(row)
        if folded and one.repeats(folded[-1]):
            folded[-1] = replace(folded[-1], times=folded[-1].times + 1)
        else:
            folded.append(one)
    automatic = (place for place, one in enumerate(folded) if not one.is_by_hand)
    most = next(automatic, len(folded)) + 1
    return tuple(folded[:most]), tuple(folded[most:])


def _said(row: MatchRow) -> Said:
    return Said(row, wording.method(row.method), _sentences(row.reasons))
