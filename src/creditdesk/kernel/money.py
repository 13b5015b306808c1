"""Money as a whole number of minor units, so that no amount can hold half a cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

# ISO 4217 minor-unit exponents that differ from 2. Source: ISO 4217 list one (2024).
EXPONENTS: dict[str, int] = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
MINOR_MAX = 2**63 - 1


def exponent(currency: str) -> int:
    """How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD."""
    return EXPONENTS.get(currency, 2)


def to_minor(amount: str | Decimal, currency: str) -> int:
    """Return the amount in minor units; raise ValueError when it is no number or too fine."""
    try:
        exact = Decimal(amount).scaleb(exponent(currency))
        whole = int(exact)
    except (InvalidOperation, OverflowError, ValueError) as error:
        raise ValueError(f"{amount!r} is not an amount") from error
    if exact != whole:
        raise ValueError(f"{amount} {currency} has a fraction of a minor unit")
    if abs(whole) > MINOR_MAX:
        raise ValueError(f"{amount} {currency} is too large to be stored")
    return whole


def from_minor(minor: int, currency: str) -> Decimal:
    """Return the exact decimal amount, with the currency's own number of decimals."""
    return Decimal(minor).scaleb(-exponent(currency))


def multiply(minor: int, rate: Decimal, rounding: str = ROUND_HALF_UP) -> int:
    """Multiply by a plain rate (0.015 is 1.5 %), rounding once, to the minor unit."""
    return int((Decimal(minor) * rate).to_integral_value(rounding))


def convert(
    minor: int, *, source: str, target: str, rate: Decimal, rounding: str = ROUND_HALF_UP
) -> int:
    """Return `minor` of `source` in minor units of `target`; `rate` is target per one source."""
    scale = exponent(target) - exponent(source)
    return int((Decimal(minor) * rate).scaleb(scale).to_integral_value(rounding))


def split(minor: int, weights: Sequence[int]) -> list[int]:
    """Share out by weight; the parts always sum to the whole (largest remainder)."""
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights must be positive or zero, and not all zero")
    parts = [minor * weight // total for weight in weights]
    left_over = minor - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: -(minor * weights[i] % total))
    for i in by_remainder[:left_over]:
        parts[i] += 1
    return parts


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount: `minor` is in the smallest unit of `currency` (cents, yen, fils)."""

    currency: str
    minor: int

    @classmethod
    def of(cls, amount: str | Decimal, currency: str) -> Money:
        """Parse a decimal amount; raises ValueError if it has more digits than the currency."""
        return cls(currency, to_minor(amount, currency))

    def __add__(self, other: Money) -> Money:
        return Money(self.currency, self.minor + self._same(other).minor)

    def __sub__(self, other: Money) -> Money:
        return Money(self.currency, self.minor - self._same(other).minor)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
        return other
