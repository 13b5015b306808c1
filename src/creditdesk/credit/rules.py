"""How exposure stands against a limit, in one currency. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import MINOR_MAX, exponent

_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureChange:
    """By how much what a customer owes or has unapplied in a currency goes up or down."""

    customer_id: int
    currency: str
    open_minor: int = 0
    unapplied_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLimit:
    """How much a customer may owe from a date on; `valid_to` is the last day it counts."""

    customer_id: int
    minor: int
    currency: str
    valid_from: date
    valid_to: date | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.minor <= MINOR_MAX:
            raise Invalid(
                "limit_out_of_range",
                f"A limit of {self.minor} minor units cannot be kept",
                place=Place(field="minor"),
                mend="Give zero or a positive amount.",
            )
        if not _CURRENCY.fullmatch(self.currency):
            raise Invalid(
                "currency_unknown",
                f"{self.currency!r} is no currency",
                place=Place(field="currency"),
                mend="Give the three capital letters of ISO 4217, such as EUR.",
            )
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise Invalid(
                "limit_ends_before_it_begins",
                f"The limit would end on {self.valid_to}, before it begins on {self.valid_from}",
                place=Place(field="valid_to"),
                mend="Give a last day at or after the first.",
            )


@dataclass(frozen=True, slots=True)
class Total:
    """An exact sum in one currency, not yet rounded, and what could not be brought into it."""

    exact: Decimal
    without_rate: tuple[str, ...]

    @property
    def minor(self) -> int:
        """The sum in whole minor units, rounded up once, so that exposure is never understated."""
        return int(self.exact.to_integral_value(ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a limit is used; without a limit nothing is available and no percent exists."""

    available_minor: int | None
    percent_used: Decimal | None


def total_in(
    currency: str, amounts: Iterable[tuple[str, int]], rates: Mapping[str, Decimal]
) -> Total:
    """Return the sum of (currency, minor) amounts in minor units of `currency`.

    `rates` says what one unit of each currency is worth in `currency`. Amounts without a rate are
    left out and named; zero amounts need none.
    """
    exact = Decimal(0)
    missing: set[str] = set()
    for source, minor in amounts:
        if minor == 0:
            continue
        if source == currency:
            exact += minor
        elif source in rates:
            exact += (minor * rates[source]).scaleb(exponent(currency) - exponent(source))
        else:
            missing.add(source)
    return Total(exact, tuple(sorted(missing)))


def use_of(limit_minor: int | None, exposure_minor: int) -> Use:
    """Return what is left of a limit (negative when exceeded) and the percent used, to 0.1 %.

    A limit of zero is used in full as soon as anything is owed, and not at all before.
    """
    if limit_minor is None:
        return Use(None, None)
    available = limit_minor - exposure_minor
    if limit_minor == 0:
        return Use(available, Decimal(100) if exposure_minor > 0 else Decimal(0))
    percent = max(Decimal(0), Decimal(100) * exposure_minor / limit_minor)
    return Use(available, percent.quantize(Decimal("0.1"), ROUND_HALF_UP))


def summed(changes: Iterable[ExposureChange]) -> list[ExposureChange]:
    """Return one change per customer and currency, in the order of locking, without empty ones."""
    sums: dict[tuple[int, str], tuple[int, int]] = {}
    for change in changes:
        key = (change.customer_id, change.currency)
        open_minor, unapplied_minor = sums.get(key, (0, 0))
        sums[key] = (open_minor + change.open_minor, unapplied_minor + change.unapplied_minor)
    return [
        ExposureChange(
            customer_id=customer_id,
            currency=currency,
            open_minor=open_minor,
            unapplied_minor=unapplied_minor,
        )
        for (customer_id, currency), (open_minor, unapplied_minor) in sorted(sums.items())
        if open_minor or unapplied_minor
    ]
