"""Payments that take a discount: the amounts again, each invoice at what it costs if paid early.

A discount that is earned makes a match as certain as the full amount does; one that is taken late
is proposed. Where both the full and the discounted amounts fit something else, nobody guesses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from creditdesk.cash.rules.shortfall import Adjusted, Standing
from creditdesk.cash.rules.values import Finding, Proposal, Reason, Receipt
from creditdesk.policy.rules import ShortPaymentRules

# The amount agrees with what is open, to the cent.
EXACT: Final = frozenset(
    {
        "amount_exact",
        "sum_exact",
        "some_exact",
        "instalment_exact",
        "balance_exact",
        "combination_exact",
    }
)
# The amount did not agree with anything, so that another reading of it takes nobody's place.
FITS_NOTHING: Final = frozenset(
    {"part_paid", "documents_not_covered", "amount_fits_nothing", "paid_too_much"}
)
SEVERAL_FIT: Final = frozenset({"amount_fits_several", "combinations_several"})
Again = Callable[[Mapping[int, int]], Finding | None]


@dataclass(frozen=True, slots=True)
class Price:
    """What an item costs if paid by value date `until`, grace included; `open_minor` is in full."""

    item_id: int
    currency: str
    open_minor: int
    until: date
    minor: int


@dataclass(frozen=True, slots=True)
class Prices:
    """What may be paid less of the open items, by customer."""

    by_customer: Mapping[int, tuple[Price, ...]] = field(default_factory=dict)

    def on(
        self, customers: Collection[int], receipt: Receipt, opens: Mapping[int, int], *, late: bool
    ) -> dict[int, int]:
        """Return what the customers' items cost a payment; `late`: though it came too late."""
        day = receipt.paid_on or receipt.received_on
        found: dict[int, int] = {}
        for customer_id in customers:
            for price in self.by_customer.get(customer_id, ()):
                is_whole = opens.get(price.item_id, price.open_minor) == price.open_minor
                if not is_whole or price.currency != receipt.currency:
                    continue
                if late or day <= price.until:
                    found[price.item_id] = min(price.minor, found.get(price.item_id, price.minor))
        return found


NO_PRICES: Final = Prices()


def priced(standings: Iterable[tuple[int, Standing]], rules: ShortPaymentRules) -> Prices:
    """Return what invoices cost if paid early, by their customers; only such of one open item.

    A part paid before ends a discount unless the terms say otherwise.
    """
    found: dict[int, list[Price]] = defaultdict(list)
    for customer_id, standing in standings:
        still_open = [part for part in standing.parts if part.open_minor]
        ended = standing.paid_before_minor and not standing.after_part_payment
        if len(still_open) != 1 or ended:
            continue
        for offer in standing.offers:
            left = offer.split.discount_minor - standing.discounted_minor
            minor = still_open[0].open_minor - left
            if left > 0 and minor > 0:
                until = offer.until + timedelta(days=rules.discount_grace_days)
                found[customer_id].append(
                    Price(still_open[0].item_id, standing.currency, still_open[0].open_minor,
                          until, minor)
                )  # fmt: skip
    return Prices({customer: tuple(prices) for customer, prices in found.items()})


def reconsider(
    found: Finding, receipt: Receipt, again: Again, prices: Prices, opens: Mapping[int, int]
) -> Finding:
    """Return what a payment settles, discounts considered: as found, at a discount, or in doubt."""
    customers = {one.customer_id for one in found.proposals} | (
        {found.customer_id} if found.customer_id is not None else set()
    )
    earned = prices.on(customers, receipt, opens, late=False)
    other = again({**opens, **earned}) if earned else None
    if other is not None and _fits(other, earned):
        return _settled(found, other)
    if found.is_certain:
        return _doubted(found, other) if other is not None else found
    taken = prices.on(customers, receipt, opens, late=True)
    late = again({**opens, **taken}) if taken else None
    if late is None or not _fits(late, taken):
        return found
    proposal = _proposal(late, Reason("discount_taken_late"))
    return replace(found, proposals=(proposal, *found.proposals))


def _fits(other: Finding, cheaper: Mapping[int, int]) -> bool:
    """Whether a finding at discounted amounts is certain, exact, and takes a discount."""
    return (
        other.is_certain
        and other.reasons[-1].code in EXACT
        and any(item_id in cheaper for item_id, _ in other.allocations)
    )


def _doubted(found: Finding, other: Finding) -> Finding:
    """Return a finding by amount in doubt, where at a discount something else fits as well."""
    by_document = found.method in ("structured_reference", "document_number")
    if by_document or other.is_certain or other.reasons[-1].code not in SEVERAL_FIT:
        return found
    return replace(
        found, is_certain=False, allocations=(),
        reasons=(*found.reasons, Reason("discount_or_full")), proposals=other.proposals,
    )  # fmt: skip


def _settled(found: Finding, other: Finding) -> Finding:
    """Decide between the amounts in full and those at a discount."""
    if found.reasons[-1].code in FITS_NOTHING:
        return other
    if found.is_certain and found.reasons[-1].code not in EXACT:
        return other
    if found.method in ("structured_reference", "document_number") and found.is_certain:
        return found
    in_full = (
        (Proposal(method=found.method, customer_id=found.customer_id, allocations=found.allocations,
                  reasons=found.reasons),)
        if found.is_certain and found.customer_id is not None
        else found.proposals
    )  # fmt: skip
    return replace(
        found,
        is_certain=False,
        allocations=(),
        reasons=(*found.reasons, Reason("discount_or_full")),
        proposals=(*in_full, _proposal(other, Reason("discount_in_time"))),
    )


def _proposal(found: Finding, reason: Reason) -> Proposal:
    if found.customer_id is None:
        raise ValueError("a certain finding names its customer")
    return Proposal(
        method=found.method, customer_id=found.customer_id, allocations=found.allocations,
        reasons=(*found.reasons, reason),
    )  # fmt: skip


def explained(found: Finding, adjusted: Collection[Adjusted]) -> Finding:
    """Return the finding with what was given besides, in its reasons."""
    return replace(found, reasons=(*found.reasons, *given_for(adjusted)))


def given_for(adjusted: Collection[Adjusted]) -> tuple[Reason, ...]:
    """Return why something was given, each reason once."""
    reasons: list[Reason] = []
    for one in adjusted:
        reason = (
            Reason("small_difference")
            if one.kind == "tolerance" or one.percent is None or one.until is None
            else Reason(
                "discount_earned",
                {"percent": f"{one.percent.normalize():f}", "until": one.until.isoformat()},
            )
        )
        if reason not in reasons:
            reasons.append(reason)
    return tuple(reasons)
