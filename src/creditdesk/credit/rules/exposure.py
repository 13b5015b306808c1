"""What of exposure counts, and how it stands against a limit, in one currency. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from creditdesk.kernel.money import exponent
from creditdesk.policy.rules import ExposureRules


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureChange:
    """By how much what a customer owes or has unapplied in a currency goes up or down."""

    customer_id: int
    currency: str
    open_minor: int = 0
    unapplied_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserving:
    """Credit to be set aside for an order, until a last day if there is one."""

    customer_id: int
    order_reference: str
    currency: str
    minor: int
    expires_on: date | None = None


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


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed and ordered in one currency, told apart as far as the rules ask for it.

    `overdue_minor` and `returned_minor` are parts of `open_minor` that do not overlap,
    `unbilled_minor` a part of `reserved_minor`.
    """

    open_minor: int
    unapplied_minor: int
    reserved_minor: int
    overdue_minor: int = 0
    returned_minor: int = 0
    unbilled_minor: int = 0


def counted_minor(owed: Owed, rules: ExposureRules) -> int:
    """Return what counts against the limit; by the default rules everything does."""
    fresh = owed.open_minor - owed.overdue_minor - owed.returned_minor
    whole = owed.reserved_minor - owed.unbilled_minor
    parts = (
        (rules.count_open, fresh),
        (rules.count_overdue, owed.overdue_minor),
        (rules.count_returned, owed.returned_minor),
        (rules.count_reserved, whole),
        (rules.count_ordered_rest, owed.unbilled_minor),
        (rules.count_unapplied, -owed.unapplied_minor),
    )
    return sum(minor for counts, minor in parts if counts)


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
