"""What is given for paying early: until when, how much, and what becomes of the tax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

from creditdesk.kernel.calendars import BusinessCalendar, add_months, month_end
from creditdesk.kernel.money import multiply, split
from creditdesk.policy.rules.terms.dates import (
    counted_from,
    day_of_month_at_or_after,
    instalments,
)
from creditdesk.policy.rules.terms.values import Discount, Terms

PERCENT = Decimal("0.01")
YEAR_DAYS = 365
PRECISION = 40


@dataclass(frozen=True, slots=True)
class TaxLine:
    """What an invoice charges at one tax rate, as issued; freight may earn no discount."""

    net_minor: int
    tax_minor: int
    is_freight: bool = False

    @property
    def gross_minor(self) -> int:
        """Net and tax together."""
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class DiscountSplit:
    """A discount to the minor unit: what is paid less, and how much of it is tax, line by line."""

    discount_minor: int
    tax_minors: tuple[int, ...]

    @property
    def tax_minor(self) -> int:
        """The tax no longer owed because of the discount."""
        return sum(self.tax_minors)

    @property
    def revenue_minor(self) -> int:
        """What the discount takes off revenue."""
        return self.discount_minor - self.tax_minor


@dataclass(frozen=True, slots=True)
class Offer:
    """A discount an invoice earns when `pay_minor` is paid by value date `until`."""

    percent: Decimal
    until: date
    pay_minor: int
    split: DiscountSplit


@dataclass(frozen=True, slots=True)
class Cost:
    """What passing a discount by costs a year, in percent rounded to two decimals."""

    simple_percent: Decimal
    compound_percent: Decimal


def offers(
    terms: Terms, issued_on: date, lines: Sequence[TaxLine], calendar: BusinessCalendar
) -> list[Offer]:
    """Return the discounts of an invoice, earliest first; none runs past its first due date.

    A discount is no instalment: it never splits what is owed.
    """
    total_minor = sum(line.gross_minor for line in lines)
    if total_minor <= 0:
        return []
    first_due = instalments(terms, issued_on, total_minor, calendar)[0].due_on
    found = []
    for step in terms.discounts:
        until = calendar.roll(_until(terms, step, issued_on), terms.discount_roll)
        given = split_discount(terms, step.percent, lines)
        if given.discount_minor > 0:
            pay_minor = total_minor - given.discount_minor
            found.append(Offer(step.percent, min(until, first_due), pay_minor, given))
    return sorted(found, key=lambda offer: (offer.until, -offer.percent))


def _until(terms: Terms, step: Discount, issued_on: date) -> date:
    start = counted_from(terms, issued_on)
    if step.day_of_month is None:
        return start + timedelta(days=step.within_days or 0)
    if step.months_later == 0:
        return day_of_month_at_or_after(start, step.day_of_month)
    moved = add_months(start.replace(day=1), step.months_later)
    return moved.replace(day=min(step.day_of_month, month_end(moved).day))


def split_discount(terms: Terms, percent: Decimal, lines: Sequence[TaxLine]) -> DiscountSplit:
    """Return a discount and its tax, rounded once half up, shared out over the lines.

    `adjust_at_payment`: every line's share of the discount holds tax as the line does.
    `discounted_from_start`: the tax was worked out on the discounted net, so only net is paid less.
    `no_adjustment`: the tax stays as issued, all of the discount is revenue.
    """
    counted = [line for line in lines if terms.discount_on_freight or not line.is_freight]
    from_net = terms.discount_tax == "discounted_from_start" or terms.discount_base == "without_tax"
    base_minor = sum(line.net_minor if from_net else line.gross_minor for line in counted)
    discount_minor = multiply(base_minor, percent * PERCENT)
    if terms.discount_tax != "adjust_at_payment" or not base_minor:
        return DiscountSplit(discount_minor, (0,) * len(lines))
    weights = [line.gross_minor if line in counted else 0 for line in lines]
    return DiscountSplit(discount_minor, _taxes_within(discount_minor, lines, weights))


def taxes_within(minor: int, lines: Sequence[TaxLine]) -> tuple[int, ...]:
    """Return the tax within a part of an invoice, line by line, each line by its gross share."""
    weights = [line.gross_minor for line in lines]
    return _taxes_within(minor, lines, weights) if sum(weights) else (0,) * len(lines)


def _taxes_within(minor: int, lines: Sequence[TaxLine], weights: Sequence[int]) -> tuple[int, ...]:
    shares = split(minor, weights)
    return tuple(
        _tax_within(share, line) if share else 0 for share, line in zip(shares, lines, strict=True)
    )


def _tax_within(share_minor: int, line: TaxLine) -> int:
    """Return the tax within a line's share of the discount, rounded half up."""
    exact = Decimal(share_minor * line.tax_minor) / line.gross_minor
    return int(exact.to_integral_value(ROUND_HALF_UP))


def tax_from_start(net_minor: int, tax_percent: Decimal, discount_percent: Decimal) -> int:
    """Return the tax of a line whose tax is worked out on the discounted net, rounded once."""
    factor = (1 - discount_percent * PERCENT) * tax_percent * PERCENT
    return multiply(net_minor, factor)


def earned(
    found: Sequence[Offer],
    *,
    value_on: date,
    paid_minor: int,
    paid_before_minor: int = 0,
    after_part_payment: bool = False,
) -> Offer | None:
    """Return the discount a payment earns by its value date, however late it is processed.

    Parts paid before, in time or not, end the discount unless `after_part_payment` is policy.
    """
    if paid_before_minor and not after_part_payment:
        return None
    fitting = [
        offer
        for offer in found
        if value_on <= offer.until and paid_minor + paid_before_minor >= offer.pay_minor
    ]
    return min(fitting, key=lambda offer: offer.pay_minor, default=None)


def expected_minor(found: Sequence[Offer], total_minor: int, *, on: date) -> int:
    """Return what a payment of that value date is expected to be: the total less any discount."""
    return min([total_minor, *(offer.pay_minor for offer in found if on <= offer.until)])


def annual_cost(percent: Decimal, *, discount_days: int, net_days: int) -> Cost:
    """Return what it costs a year to pay on the due date and let the discount pass.

    Raises ValueError where no day lies between, or the discount is no part of the amount.
    """
    if net_days <= discount_days or not 0 < percent < 1 / PERCENT:
        raise ValueError("a discount needs days to run before the due date, and a percent of 1–99")
    with localcontext(prec=PRECISION):
        ratio = percent / (1 / PERCENT - percent)
        periods = Decimal(YEAR_DAYS) / (net_days - discount_days)
        simple, compound = ratio * periods, (1 + ratio) ** periods - 1
    return Cost(_as_percent(simple), _as_percent(compound))


def _as_percent(ratio: Decimal) -> Decimal:
    return (ratio / PERCENT).quantize(PERCENT, ROUND_HALF_UP)
