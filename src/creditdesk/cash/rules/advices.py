"""Which payment a remittance advice announces, and what it says the payment settles. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from creditdesk.cash.rules.payers import Payers, recognise
from creditdesk.cash.rules.sums import combination
from creditdesk.cash.rules.values import Allocations, Finding, OpenItem, Proposal, Reason, Receipt
from creditdesk.kernel.money import from_minor
from creditdesk.kernel.references import name_key, reference_key

# An advice may come some days after the money, and the money long after the advice.
BEFORE: Final = timedelta(days=10)
AFTER: Final = timedelta(days=45)
REFERENCE_LENGTH_MIN: Final = 5
TOGETHER_MAX: Final = 4

Opens = Mapping[int, int]
DocumentItems = Mapping[str, Sequence[OpenItem]]  # number key → open items, in due order


@dataclass(frozen=True, slots=True)
class AdvisedLine:
    """One line of an advice; `number_key` is the document's, as far as it is known here."""

    number: str
    number_key: str
    paid_minor: int
    deduction_minor: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """An advice that waits for its payment; `customer_ids` are those it may be from or about."""

    advice_id: int
    reference: str
    currency: str
    total_minor: int
    about_on: date
    lines: tuple[AdvisedLine, ...]
    customer_ids: frozenset[int] = frozenset()
    payer_name: str = ""
    told_reference: str = ""


@dataclass(frozen=True, slots=True)
class Tie:
    """A payment and the advices that announce it."""

    receipt: Receipt
    advices: tuple[Advice, ...]


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts of a currency, both ends included."""

    currency: str
    least_minor: int
    most_minor: int


@dataclass(frozen=True, slots=True)
class Announced:
    """Which payments advices may be about: days, both included, and amounts."""

    since: date = date.max
    until: date = date.min
    amounts: tuple[Amounts, ...] = ()


def announced(advices: Sequence[Advice]) -> Announced:
    """Return which payments any of the advices may be tied to, alone or several together."""
    if not advices:
        return Announced()
    alone = {(one.currency, one.total_minor) for one in advices}
    groups: dict[tuple[int, str], list[int]] = {}
    for one in advices:
        if len(one.customer_ids) == 1 and one.total_minor > 0:
            key = next(iter(one.customer_ids)), one.currency
            groups.setdefault(key, []).append(one.total_minor)
    amounts = [Amounts(currency, minor, minor) for currency, minor in sorted(alone)]
    for (_, currency), totals in sorted(groups.items()):
        if len(totals) > 1:
            ranked = sorted(totals)
            amounts.append(Amounts(currency, sum(ranked[:2]), sum(ranked[-TOGETHER_MAX:])))
    days = [one.about_on for one in advices]
    return Announced(min(days) - BEFORE, max(days) + AFTER, tuple(amounts))


def tie(receipts: Sequence[Receipt], advices: Sequence[Advice], payers: Payers) -> tuple[Tie, ...]:
    """Return which advices go with which payments, where there is no doubt.

    An advice whose own reference the payment names goes first; then one advice and one payment of
    the same amount that fit nobody else; then several advices of one customer that make up one
    payment. Between equals nothing is tied.
    """
    fits = _fitting(receipts, advices, payers)
    found: dict[int, Tie] = {}
    free = {advice.advice_id for advice in advices}
    for is_wanted in (_named, _anything):
        pairs = [
            (receipt, advice)
            for receipt, advice in fits
            if receipt.payment_id not in found
            and advice.advice_id in free
            and is_wanted(receipt, advice)
        ]
        for receipt, advice in _alone(pairs):
            found[receipt.payment_id] = Tie(receipt, (advice,))
            free.discard(advice.advice_id)
    left = [one for one in receipts if one.payment_id not in found]
    waiting = [one for one in advices if one.advice_id in free]
    for one in _together(left, waiting, payers):
        found[one.receipt.payment_id] = one
    return tuple(found[receipt.payment_id] for receipt in receipts if receipt.payment_id in found)


def _fitting(
    receipts: Sequence[Receipt], advices: Sequence[Advice], payers: Payers
) -> list[tuple[Receipt, Advice]]:
    by_amount: dict[tuple[str, int], list[Advice]] = {}
    for advice in advices:
        by_amount.setdefault((advice.currency, advice.total_minor), []).append(advice)
    return [
        (receipt, advice)
        for receipt in receipts
        for advice in by_amount.get((receipt.currency, receipt.minor), ())
        if _may_be(receipt, advice, payers)
    ]


def _may_be(receipt: Receipt, advice: Advice, payers: Payers) -> bool:
    """Whether days and payer allow that the payment is the one the advice announces."""
    if not -BEFORE <= receipt.received_on - advice.about_on <= AFTER:
        return False
    if name_key(receipt.counterparty) and name_key(receipt.counterparty) == name_key(
        advice.payer_name
    ):
        return True
    payer, possible = recognise(receipt, payers)
    known = set(possible) | (
        {payer.customer_id} if payer is not None and payer.is_strong else set()
    )
    return not known or not advice.customer_ids or bool(known & advice.customer_ids)


def _named(receipt: Receipt, advice: Advice) -> bool:
    told = reference_key(advice.told_reference)
    text = reference_key(" ".join((receipt.text, *receipt.structured_references)))
    return len(told) >= REFERENCE_LENGTH_MIN and told in text


def _anything(_: Receipt, __: Advice) -> bool:
    return True


def _alone(pairs: Sequence[tuple[Receipt, Advice]]) -> list[tuple[Receipt, Advice]]:
    """Return the pairs of which neither has another partner."""
    receipts: dict[int, int] = {}
    advices: dict[int, int] = {}
    for receipt, advice in pairs:
        receipts[receipt.payment_id] = receipts.get(receipt.payment_id, 0) + 1
        advices[advice.advice_id] = advices.get(advice.advice_id, 0) + 1
    return [
        (receipt, advice)
        for receipt, advice in pairs
        if receipts[receipt.payment_id] == 1 and advices[advice.advice_id] == 1
    ]


def _together(receipts: Sequence[Receipt], advices: Sequence[Advice], payers: Payers) -> list[Tie]:
    """Return payments that several advices of one customer make up, in one way only."""
    by_customer: dict[tuple[int, str], list[Advice]] = {}
    for advice in advices:
        if len(advice.customer_ids) == 1:
            key = next(iter(advice.customer_ids)), advice.currency
            by_customer.setdefault(key, []).append(advice)
    found: list[Tie] = []
    used: set[int] = set()
    for receipt in receipts:
        ways = [
            way
            for (_, currency), mine in sorted(by_customer.items())
            if currency == receipt.currency
            and (way := _sum(receipt, [a for a in mine if _may_be(receipt, a, payers)]))
        ]
        if len(ways) == 1 and not used & {one.advice_id for one in ways[0]}:
            used |= {one.advice_id for one in ways[0]}
            found.append(Tie(receipt, ways[0]))
    return found


def _sum(receipt: Receipt, advices: Sequence[Advice]) -> tuple[Advice, ...]:
    way = combination([one.total_minor for one in advices], receipt.minor, TOGETHER_MAX)
    if way is None or not way.is_unique:
        return ()
    return tuple(advices[place] for place in way.positions)


def advised(
    one: Tie, documents: DocumentItems, opens: Opens, *, is_known: Callable[[str], bool]
) -> Finding:
    """Return what the advices say of their payment: certain if every line falls on what is open.

    Less paid than is open is no doubt: the payer said so. `is_known` tells whether a number key
    is a document of the company at all.
    """
    receipt = one.receipt
    lines = [line for advice in one.advices for line in advice.lines]
    named = ", ".join(advice.reference for advice in one.advices)
    reasons = [Reason("advice_lines", {"advice": named, "count": len(lines)})]
    left = dict(opens)
    allocations: dict[int, int] = {}
    owners: dict[int, int] = {}
    is_clear = True
    for line in lines:
        rest = _fill(line, documents.get(line.number_key, ()), left, allocations, owners)
        if line.deduction_minor:
            reasons.append(_deducted(line, receipt.currency))
        if rest:
            is_clear = False
            reasons.append(_unfilled(line, is_known(line.number_key)))
    total = sum(allocations.values())
    certain = is_clear and total == receipt.minor and bool(allocations)
    found: Allocations = tuple(sorted(allocations.items()))
    owner = _owner(allocations, owners)
    usable = owner is not None and total <= receipt.minor
    proposals = (
        (Proposal(method="advice", customer_id=owner, allocations=found, reasons=tuple(reasons)),)
        if owner is not None and usable and not certain
        else ()
    )
    return Finding(
        payment_id=receipt.payment_id, method="advice", is_certain=certain,
        customer_id=(receipt.customer_id or owner) if certain else receipt.customer_id,
        allocations=found if certain else (), reasons=tuple(reasons), proposals=proposals,
    )  # fmt: skip


def _fill(
    line: AdvisedLine,
    items: Sequence[OpenItem],
    left: dict[int, int],
    allocations: dict[int, int],
    owners: dict[int, int],
) -> int:
    """Give what the line pays to the document's items in due order; return what finds no place."""
    rest = line.paid_minor
    for item in items:
        still_open = left.get(item.item_id, item.open_minor)
        given = min(rest, still_open)
        if given > 0:
            allocations[item.item_id] = allocations.get(item.item_id, 0) + given
            owners[item.item_id] = item.customer_id
            left[item.item_id] = still_open - given
            rest -= given
    return rest


def _deducted(line: AdvisedLine, currency: str) -> Reason:
    return Reason(
        "advice_deduction",
        {
            "number": line.number,
            "amount": f"{from_minor(line.deduction_minor, currency)} {currency}",
            "text": line.reason or "–",
        },
    )


def _unfilled(line: AdvisedLine, is_known: bool) -> Reason:  # noqa: FBT001 - what it is about
    code = "advice_line_beyond" if is_known else "advice_number_unknown"
    return Reason(code, {"number": line.number})


def _owner(allocations: Mapping[int, int], owners: Mapping[int, int]) -> int | None:
    """Return the customer who gets the largest part, the lowest id among equals."""
    shares: dict[int, int] = {}
    for item_id, minor in allocations.items():
        shares[owners[item_id]] = shares.get(owners[item_id], 0) + minor
    return min(shares, key=lambda one: (-shares[one], one)) if shares else None
