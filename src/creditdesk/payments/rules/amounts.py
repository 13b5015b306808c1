"""Amounts as Stripe counts them, and what of the open items is asked for. Pure.

Source: https://docs.stripe.com/currencies (zero-decimal, three-decimal and special currencies).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from creditdesk.kernel.errors import Refused
from creditdesk.kernel.money import exponent, from_minor

ZERO_DECIMAL: Final = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
THREE_DECIMAL: Final = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
# Stripe takes at most eight digits of an amount.
PROVIDER_MINOR_MAX: Final = 99_999_999
# Stripe asks for about half a dollar at least; what is smaller is not worth its fee either.
LEAST_MAJOR_TENTHS: Final = 5


def provider_exponent(currency: str) -> int:
    """Return how many decimals Stripe counts; ISK and UGX have two there, though none of worth."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def to_provider(minor: int, currency: str) -> int:
    """Return our minor units as Stripe counts them; Refused where it cannot be paid so exactly."""
    shift = provider_exponent(currency) - exponent(currency)
    factor: int = 10 ** abs(shift)
    if shift < 0 and minor % factor:
        raise _not_payable(minor, currency)
    found = minor * factor if shift >= 0 else minor // factor
    # The last digit of three decimals must be nought; the other currencies have whole cents.
    is_uneven = (currency in THREE_DECIMAL and found % 10) or found > PROVIDER_MINOR_MAX
    least = LEAST_MAJOR_TENTHS * 10 ** provider_exponent(currency) // 10
    if is_uneven or found < max(least, 1):
        raise _not_payable(minor, currency)
    return found


def is_payable(minor: int, currency: str) -> bool:
    """Whether an amount can be paid online at all: not too small, too large or uneven."""
    try:
        to_provider(minor, currency)
    except Refused:
        return False
    return True


def from_provider(given: int, currency: str) -> int:
    """Return an amount of Stripe's in our minor units; ValueError where it has parts of one."""
    shift = provider_exponent(currency) - exponent(currency)
    if shift <= 0:
        return given * int(10**-shift)
    factor: int = 10**shift
    if given % factor:
        raise ValueError(f"{given} {currency} has parts of a minor unit")
    return given // factor


def _not_payable(minor: int, currency: str) -> Refused:
    return Refused(
        "amount_not_payable_online",
        f"{from_minor(minor, currency)} {currency} cannot be paid online",
        currency=currency,
        minor=minor,
    )


@dataclass(frozen=True, slots=True)
class Share:
    """What is asked for of one item: as much of it as is open."""

    item_id: int
    minor: int


def still_payable(asked: Iterable[Share], open_now: dict[int, int]) -> bool:
    """Whether every item is still open by at least what is asked for of it."""
    return all(open_now.get(one.item_id, 0) >= one.minor for one in asked)


def applicable(
    asked: Iterable[Share], open_now: dict[int, int], available_minor: int
) -> dict[int, int]:
    """Return what of the money settles which item, in order, none by more than is open of it."""
    found: dict[int, int] = {}
    for one in asked:
        minor = min(one.minor, open_now.get(one.item_id, 0), available_minor)
        if minor > 0:
            found[one.item_id] = minor
            available_minor -= minor
    return found
