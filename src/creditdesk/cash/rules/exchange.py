"""What paying a foreign item realises: what it was worth when issued, against what came in. Pure.

Each amount is converted once, half up, at the rate of its own day; the part that completes an item
or a payment takes what is left of the whole, so that the parts always sum to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from creditdesk.kernel.money import convert, from_minor

PERCENT = Decimal("0.01")
Source = Literal["bank_amount", "bank_rate", "policy"]


@dataclass(frozen=True, slots=True)
class Share:
    """So much of a payment for so much of an item, each in its own currency."""

    payment_minor: int
    item_minor: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What one unit of a payment's currency is worth in an item's, and who says so."""

    rate: Decimal
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A payment as the bank told of it; the last three are empty where nothing was exchanged.

    `bank_rate` is what one unit of `original_currency` was worth in the payment's.
    """

    currency: str
    total_minor: int
    original_currency: str = ""
    original_minor: int | None = None
    bank_rate: Decimal | None = None


def quotes(paid: Paid, item_currency: str, day_rate: Decimal | None) -> tuple[Quote, ...]:
    """Return the rates that are known, the best first: the bank's amounts, its rate, the day's."""
    found: list[Quote] = []
    if paid.original_currency == item_currency:
        if paid.original_minor:
            worth = from_minor(paid.original_minor, item_currency)
            paid_in = from_minor(paid.total_minor, paid.currency)
            found.append(Quote(worth / paid_in, "bank_amount"))
        if paid.bank_rate:
            found.append(Quote(1 / paid.bank_rate, "bank_rate"))
    if day_rate is not None:
        found.append(Quote(day_rate, "policy"))
    return tuple(found)


def share_out(
    free_minor: int,
    opens: Sequence[int],
    rate: Decimal,
    *,
    payment_currency: str,
    item_currency: str,
) -> list[Share]:
    """Return what of the money pays what of each item, in their order, until it runs out.

    Each share is the difference of two running totals, converted once, so that all of them
    together never take more than the whole at that rate. An item worth less than a unit of the
    payment is left out, with zeros.
    """

    def cost(minor: int) -> int:
        return convert(minor, source=item_currency, target=payment_currency, rate=1 / rate)

    shares, settled, taken = [], 0, 0
    for open_minor in opens:
        left, wanted = free_minor - taken, cost(settled + open_minor) - taken
        item_minor, payment_minor = open_minor, wanted
        if wanted > left:
            worth = convert(free_minor, source=payment_currency, target=item_currency, rate=rate)
            item_minor, payment_minor = min(open_minor, worth - settled), left
        if item_minor <= 0 or payment_minor <= 0:
            shares.append(Share(0, 0))
            continue
        shares.append(Share(payment_minor, item_minor))
        settled, taken = settled + item_minor, taken + payment_minor
    return shares


@dataclass(frozen=True, slots=True)
class Whole:
    """An item, or a payment, in its own currency, and what its parts came to before.

    `done_minor` is how much of it the parts are, `done_base_minor` what they were worth.
    """

    currency: str
    total_minor: int
    rate: Decimal
    done_minor: int = 0
    done_base_minor: int = 0

    def worth(self, minor: int, base: str) -> int:
        """Return what a further part of it is worth in the company's currency."""
        if self.done_minor + minor == self.total_minor:
            return self._converted(self.total_minor, base) - self.done_base_minor
        return self._converted(minor, base)

    def after(self, minor: int, base: str) -> Whole:
        """Return it with that part done."""
        return Whole(
            self.currency, self.total_minor, self.rate, self.done_minor + minor,
            self.done_base_minor + self.worth(minor, base),
        )  # fmt: skip

    def _converted(self, minor: int, base: str) -> int:
        if self.currency == base:
            return minor
        return convert(minor, source=self.currency, target=base, rate=self.rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An item to be settled: so much of it, by so much money; None: as the rate says."""

    item_id: int
    currency: str
    open_minor: int
    item_minor: int | None = None
    payment_minor: int | None = None


def planned(
    free_minor: int, currency: str, wanted: Sequence[Wanted], rates: Mapping[str, Decimal]
) -> dict[int, Share]:
    """Return the shares of a payment for items: what is said first, then the rest in their order.

    Items that get nothing are left out. What is said may be more than there is: that is refused
    where it is applied, with the reason.
    """
    found: dict[int, Share] = {}
    for one in wanted:
        if one.item_minor is not None or one.payment_minor is not None:
            found[one.item_id] = _said(one, currency, rates[one.currency])
    left = free_minor - sum(share.payment_minor for share in found.values())
    for code in dict.fromkeys(one.currency for one in wanted):
        rest = [one for one in wanted if one.currency == code and one.item_id not in found]
        shares = share_out(
            max(left, 0), [one.open_minor for one in rest], rates[code],
            payment_currency=currency, item_currency=code,
        )  # fmt: skip
        left -= sum(share.payment_minor for share in shares)
        found |= {
            one.item_id: share for one, share in zip(rest, shares, strict=True) if share.item_minor
        }
    return found


def _said(one: Wanted, currency: str, rate: Decimal) -> Share:
    """Return both amounts of an item of which one or both were said."""
    if one.item_minor is not None:
        cost = convert(one.item_minor, source=one.currency, target=currency, rate=1 / rate)
        return Share(one.payment_minor if one.payment_minor is not None else cost, one.item_minor)
    money = one.payment_minor or 0
    worth = convert(money, source=currency, target=one.currency, rate=rate)
    return Share(money, min(worth, one.open_minor))


def is_near(
    payment_minor: int,
    item_minor: int,
    *,
    payment_currency: str,
    item_currency: str,
    rate: Decimal,
    tolerance_percent: Decimal,
) -> bool:
    """Whether so much money may settle so much of an item, by the day's rate and its tolerance.

    `rate` is what one unit of the payment's currency is worth in the item's. One minor unit of
    either currency is rounding.
    """
    expected = convert(payment_minor, source=payment_currency, target=item_currency, rate=rate)
    if abs(item_minor - expected) <= expected * tolerance_percent * PERCENT + 1:
        return True
    cost = convert(item_minor, source=item_currency, target=payment_currency, rate=1 / rate)
    return abs(payment_minor - cost) <= 1
