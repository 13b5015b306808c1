"""What becomes of what a payment leaves open: the ways, each to the cent with its tax. Pure.

Discounts belong to a whole invoice, small differences and charges of banks to an item of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from creditdesk.kernel.money import split
from creditdesk.policy.rules import Offer, ShortPaymentRules, TaxLine, earned, taxes_within

Kind = Literal["discount_earned", "discount_unearned", "tolerance", "bank_fee"]
Way = Literal["discount", "tolerance", "bank_fee", "deduction", "left_open"]
WAYS: Final[tuple[Way, ...]] = ("discount", "tolerance", "bank_fee", "deduction", "left_open")
DISCOUNTS: Final = frozenset({"discount_earned", "discount_unearned"})
PERCENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class TaxShare:
    """What an invoice charges, or a part of it holds, at one category and rate of tax."""

    category: str
    rate_percent: Decimal | None
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Part:
    """An item of an invoice: what of it is open, and what was given on it before, by kind."""

    item_id: int
    total_minor: int
    open_minor: int
    given: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An invoice as it stands for one payment: what that paid, what was paid and given before.

    `total_minor` is what it comes to less what was credited, and `taxes` what of it is charged at
    which rate. `offers` are its discounts, by the terms on which it was issued.
    """

    invoice_id: int
    number: str
    currency: str
    total_minor: int
    parts: tuple[Part, ...]
    paid_minor: int
    paid_before_minor: int
    taxes: tuple[TaxShare, ...]
    is_tax_known: bool
    offers: tuple[Offer, ...] = ()
    discount_adjusts_tax: bool = True
    after_part_payment: bool = False

    @property
    def short_minor(self) -> int:
        """What is open of the invoice."""
        return sum(part.open_minor for part in self.parts)

    @property
    def discounted_minor(self) -> int:
        """What of a discount was given before."""
        return sum(part.given.get(kind, 0) for part in self.parts for kind in DISCOUNTS)

    def earlier(self) -> Standing:
        """Return how it stands for the next payment: what this one paid was paid before."""
        return replace(
            self, paid_minor=0, paid_before_minor=self.paid_before_minor + self.paid_minor
        )

    def paying(self, allocations: Mapping[int, int]) -> Standing:
        """Return how it stands once a payment pays so much of its items."""
        paid = sum(allocations.get(part.item_id, 0) for part in self.parts)
        parts = tuple(
            replace(part, open_minor=part.open_minor - allocations.get(part.item_id, 0))
            for part in self.parts
        )
        return replace(self, parts=parts, paid_minor=self.paid_minor + paid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """A part of an item that nobody has to pay, and the tax within it."""

    item_id: int
    kind: Kind
    minor: int
    taxes: tuple[TaxShare, ...] = ()
    is_tax_known: bool = True
    percent: Decimal | None = None
    until: date | None = None

    @property
    def tax_minor(self) -> int:
        """The tax within it."""
        return sum(share.tax_minor for share in self.taxes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A way to deal with what is open; `why_not` is a code where it cannot be taken."""

    way: Way
    minor: int
    adjusted: tuple[Adjusted, ...] = ()
    is_earned: bool = False
    percent: Decimal | None = None
    until: date | None = None
    why_not: str = ""

    @property
    def tax_minor(self) -> int:
        """The tax within what is given."""
        return sum(one.tax_minor for one in self.adjusted)

    @property
    def is_tax_known(self) -> bool:
        """Whether the invoice says how much tax it charges."""
        return all(one.is_tax_known for one in self.adjusted)


def automatic(
    standing: Standing, rules: ShortPaymentRules, *, paid_on: date, items: Iterable[int]
) -> tuple[Adjusted, ...]:
    """Return what is given without a person: an earned discount, else what is within tolerance.

    `items` are those the payment pays; the small differences of others are none of its business.
    """
    offer = _earned(standing, rules, paid_on) if rules.take_earned_discounts else None
    if offer is not None:
        return _discounted(standing, rules, offer, "discount_earned")
    if rules.take_earned_discounts and rules.discount_on_part == "on_the_paid_part":
        share = _on_part(standing, rules, paid_on)
        if share:
            return share
    wanted = set(items)
    return tuple(
        _given(standing, part, "tolerance", part.open_minor, rules)
        for part in standing.parts
        if part.item_id in wanted and 0 < part.open_minor <= tolerated_minor(standing, part, rules)
    )


def steps(
    standing: Standing, item_id: int, rules: ShortPaymentRules, *, paid_on: date
) -> tuple[Step, ...]:
    """Return every way to deal with what is open of an item, in the order of the house."""
    part = next(one for one in standing.parts if one.item_id == item_id)
    short = part.open_minor
    ways: list[Step] = []
    if standing.offers:
        ways.append(_discount_step(standing, rules, paid_on))
    for way, most in (
        ("tolerance", tolerated_minor(standing, part, rules)),
        ("bank_fee", fee_minor(standing, part, rules)),
    ):
        fits = 0 < short <= most
        ways.append(
            Step(
                way=way, minor=short,  # type: ignore[arg-type]  # one of the two named above
                adjusted=(_given(standing, part, way, short, rules),) if fits else (),  # type: ignore[arg-type]
                why_not="" if fits else f"above_{way}",
            )
        )  # fmt: skip
    ways += [Step(way="deduction", minor=short), Step(way="left_open", minor=short)]
    return tuple(ways)


def tolerated_minor(standing: Standing, part: Part, rules: ShortPaymentRules) -> int:
    """Return what may still be written off of an item; what was before counts."""
    allowed = rules.tolerance(standing.currency)
    share = int(Decimal(standing.total_minor) * allowed.percent * PERCENT)
    return max(0, min(allowed.minor, share) - part.given.get("tolerance", 0))


def fee_minor(standing: Standing, part: Part, rules: ShortPaymentRules) -> int:
    """Return what may still be taken as charges of banks on an item; what was before counts."""
    allowed = rules.tolerance(standing.currency)
    return max(0, allowed.bank_fee_minor - part.given.get("bank_fee", 0))


def _rest_minor(standing: Standing, rules: ShortPaymentRules) -> int:
    """Return what may be written off beside a discount: the tolerance of the last item open."""
    last = next((part for part in reversed(standing.parts) if part.open_minor), None)
    return tolerated_minor(standing, last, rules) if last is not None else 0


def _earned(standing: Standing, rules: ShortPaymentRules, paid_on: date) -> Offer | None:
    """Return the discount the payment earns by its day; cents within tolerance may lack."""
    offer = earned(
        standing.offers,
        value_on=paid_on - timedelta(days=rules.discount_grace_days),
        paid_minor=standing.paid_minor + _rest_minor(standing, rules),
        paid_before_minor=standing.paid_before_minor,
        after_part_payment=standing.after_part_payment
        or rules.discount_on_part == "on_the_paid_part",
    )
    if offer is None or not standing.short_minor:
        return None
    return offer if _covers(standing, rules, offer) else None


def _covers(standing: Standing, rules: ShortPaymentRules, offer: Offer) -> bool:
    """Whether what is open is no more than the discount, and the cents written off beside it."""
    left = offer.split.discount_minor - standing.discounted_minor
    return left > 0 and standing.short_minor <= left + _rest_minor(standing, rules)


def _discount_step(standing: Standing, rules: ShortPaymentRules, paid_on: date) -> Step:
    """Return the discount as a way: earned; or unearned, where one that was offered covers it."""
    short = standing.short_minor
    offer = _earned(standing, rules, paid_on)
    if offer is not None:
        return _step(standing, rules, offer, "discount_earned")
    if not short:
        return Step(way="discount", minor=0, why_not="nothing_open")
    fitting = [one for one in standing.offers if _covers(standing, rules, one)]
    if not fitting:
        return Step(way="discount", minor=short, why_not="above_discount")
    smallest = min(fitting, key=lambda one: (one.split.discount_minor, one.until))
    return _step(standing, rules, smallest, "discount_unearned")


def _step(standing: Standing, rules: ShortPaymentRules, offer: Offer, kind: Kind) -> Step:
    return Step(
        way="discount", minor=standing.short_minor,
        adjusted=_discounted(standing, rules, offer, kind),
        is_earned=kind == "discount_earned", percent=offer.percent, until=offer.until,
    )  # fmt: skip


def _discounted(
    standing: Standing, rules: ShortPaymentRules, offer: Offer, kind: Kind
) -> tuple[Adjusted, ...]:
    """Give the discount on what is open, item by item; the cents beyond it are written off."""
    left = offer.split.discount_minor - standing.discounted_minor
    found = []
    for part in standing.parts:
        given = min(left, part.open_minor)
        left -= given
        if given:
            one = _given(standing, part, kind, given, rules)
            found.append(replace(one, percent=offer.percent, until=offer.until))
        if given < part.open_minor:
            found.append(_given(standing, part, "tolerance", part.open_minor - given, rules))
    return tuple(found)


def _on_part(standing: Standing, rules: ShortPaymentRules, paid_on: date) -> tuple[Adjusted, ...]:
    """Return the share of the discount that a part paid in time earns, rounded once half up."""
    day = paid_on - timedelta(days=rules.discount_grace_days)
    live = [one for one in standing.offers if day <= one.until]
    if not live or not standing.paid_minor:
        return ()
    offer = min(live, key=lambda one: one.pay_minor)
    exact = Decimal(standing.paid_minor * offer.split.discount_minor) / offer.pay_minor
    left = min(
        int(exact.to_integral_value(ROUND_HALF_UP)),
        offer.split.discount_minor - standing.discounted_minor,
    )
    found = []
    for part in standing.parts:
        given = min(left, part.open_minor)
        left -= given
        if given > 0:
            one = _given(standing, part, "discount_earned", given, rules)
            found.append(replace(one, percent=offer.percent, until=offer.until))
    return tuple(found)


def _given(
    standing: Standing, part: Part, kind: Kind, minor: int, rules: ShortPaymentRules
) -> Adjusted:
    """Return an amount given on an item, with the tax that is no longer owed because of it."""
    adjusts = {
        "tolerance": rules.write_off_adjusts_tax,
        "bank_fee": False,
    }.get(kind, standing.discount_adjusts_tax)
    return Adjusted(
        item_id=part.item_id,
        kind=kind,
        minor=minor,
        taxes=shares_within(minor, standing.taxes) if adjusts else (),
        is_tax_known=standing.is_tax_known or not adjusts,
    )


def shares_within(minor: int, taxes: Sequence[TaxShare]) -> tuple[TaxShare, ...]:
    """Share an amount out over the tax lines of an invoice, gross; lines that get nothing are out.

    The parts sum to the amount; the tax within each is rounded once, half up.
    """
    lines = [TaxLine(one.net_minor, one.tax_minor) for one in taxes]
    whole = sum(line.gross_minor for line in lines)
    if whole <= 0:
        return ()
    grosses = split(minor, [line.gross_minor for line in lines])
    within = taxes_within(minor, lines)
    return tuple(
        TaxShare(one.category, one.rate_percent, gross - tax, tax)
        for one, gross, tax in zip(taxes, grosses, within, strict=True)
        if gross
    )
