"""What paying a foreign item realises: what it was worth when issued, against what came in. Pure.

Each amount is converted once, half up, at the rate of its own day; the part that completes an item
or a payment takes what is left of the whole, so that the parts always sum to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from creditdesk.kernel.money import convert

PERCENT = Decimal("0.01")


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

    `rate` is what one unit of the payment's currency is worth in the item's.
    """
    expected = convert(payment_minor, source=payment_currency, target=item_currency, rate=rate)
    return abs(item_minor - expected) <= expected * tolerance_percent * PERCENT + 1
