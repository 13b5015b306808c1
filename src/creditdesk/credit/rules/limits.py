"""What stacked limits of several kinds add up to on a date, every part explained. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Final, Literal

from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import MINOR_MAX, exponent

_CURRENCY = re.compile(r"[A-Z]{3}")
INTERNAL: Final = "internal"
TEMPORARY: Final = "temporary"
INSURED: Final = "insured"
GUARANTEED: Final = "guaranteed"
KINDS: Final = (INTERNAL, TEMPORARY, INSURED, GUARANTEED)
ADDED_KINDS: Final = (TEMPORARY, INSURED, GUARANTEED)
GROUP_KINDS: Final = (INTERNAL, TEMPORARY)

# What one unit of each currency is worth in the one named.
RatesInto = Callable[[str], Mapping[str, Decimal]]
# Why a part counts as it does.
Because = Literal["counts", "cut_to_backing", "not_backed", "no_rate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLimit:
    """How much a customer, or a group, may owe from a date on; `valid_to` is the last day.

    A temporary limit adds to the others and ends. An insured or guaranteed one adds as much as a
    cover or a guarantee in force backs. `only_currency`: it bounds what is owed in its currency
    and adds to nothing.
    """

    customer_id: int | None = None
    minor: int
    currency: str
    valid_from: date
    valid_to: date | None = None
    reason: str = ""
    kind: str = INTERNAL
    group_id: int | None = None
    only_currency: bool = False

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
        self._check_kind()

    def _check_kind(self) -> None:
        if (self.customer_id is None) == (self.group_id is None):
            raise Invalid(
                "limit_of_nobody",
                "A limit is that of one customer or of one group",
                place=Place(field="customer"),
                mend="Name the customer or the group.",
            )
        if self.kind not in KINDS:
            raise Invalid(
                "limit_kind_unknown",
                f"{self.kind!r} is no kind of limit",
                place=Place(field="kind"),
                mend="Give internal, temporary, insured or guaranteed.",
            )
        if self.kind == TEMPORARY and self.valid_to is None:
            raise Invalid(
                "temporary_limit_without_end",
                "A temporary limit needs a last day",
                place=Place(field="valid_to"),
                mend="Give the last day it counts.",
            )
        if self.group_id is not None and self.kind not in GROUP_KINDS:
            raise Invalid(
                "limit_kind_not_for_groups",
                "A cover or guarantee backs one customer, not a group",
                place=Place(field="kind"),
                mend="Give the group an internal or a temporary limit.",
            )
        if self.only_currency and self.kind != INTERNAL:
            raise Invalid(
                "currency_limit_not_internal",
                "A limit for one currency is an internal one",
                place=Place(field="kind"),
                mend="Set an internal limit for the currency.",
            )

    @property
    def subject_id(self) -> int:
        """The customer, or the customer at the top of the group, that the limit is of."""
        return self.customer_id if self.customer_id is not None else self.group_id or 0

    @property
    def record(self) -> LimitRecord:
        """The limit as it will be kept, later than any other."""
        return LimitRecord(
            id=MINOR_MAX,
            kind=self.kind,
            currency=self.currency,
            minor=self.minor,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            only_currency=self.only_currency,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRecord:
    """A limit as it is kept; from `withdrawn_from` on it no longer counts."""

    id: int
    kind: str
    currency: str
    minor: int
    valid_from: date
    valid_to: date | None = None
    withdrawn_from: date | None = None
    only_currency: bool = False

    def counts_on(self, on: date) -> bool:
        """Whether the record counts on a date."""
        return (
            self.valid_from <= on
            and (self.valid_to is None or on <= self.valid_to)
            and (self.withdrawn_from is None or on < self.withdrawn_from)
        )


@dataclass(frozen=True, slots=True)
class Backing:
    """What insurers and guarantors answer for on a date, as (currency, minor)."""

    insured: tuple[tuple[str, int], ...] = ()
    guaranteed: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A part of the effective limit: what was set, and what of it counts in which currency.

    `rate` is what one unit of the record's currency is worth in the effective limit's; None when
    they are the same or none is known. `backed_minor` is what a cover or guarantee answers for.
    """

    record: LimitRecord
    counted_minor: int
    because: Because
    rate: Decimal | None = None
    haircut_percent: Decimal = Decimal(0)
    backed_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """How much may be owed on a date; None where no limit of any kind is in force.

    `per_currency` bounds what is owed in one currency, beside the whole.
    """

    currency: str
    minor: int | None
    components: tuple[Component, ...] = ()
    per_currency: Mapping[str, int] = field(default_factory=dict)
    without_rate: tuple[str, ...] = ()

    @property
    def ends_on(self) -> date | None:
        """The first last day of a part that counts."""
        ends = [one.record.valid_to for one in self.components if one.counted_minor]
        return min((one for one in ends if one is not None), default=None)


def in_force(records: Iterable[LimitRecord], on: date) -> list[LimitRecord]:
    """Return the records that count on a date, by kind and age.

    Of an internal, insured or guaranteed limit, and of that for a currency, the latest record
    counts, and when that one is expired none does: an older limit does not come back by itself.
    Temporary ones count side by side.
    """
    found: list[LimitRecord] = []
    latest: dict[tuple[str, str], LimitRecord] = {}
    for record in sorted(records, key=lambda one: (one.valid_from, one.id)):
        if record.valid_from > on:
            continue
        if record.kind == TEMPORARY:
            found.append(record)
        else:
            latest[(record.kind, record.currency if record.only_currency else "")] = record
    found.extend(latest.values())
    return sorted(
        (one for one in found if one.counts_on(on)),
        key=lambda one: (KINDS.index(one.kind), one.valid_from, one.id),
    )


def effective(
    records: Iterable[LimitRecord],
    *,
    on: date,
    currency: str,
    rates_into: RatesInto,
    backing: Backing | None = None,
    haircut_percent: Decimal = Decimal(0),
) -> Effective:
    """Return what the limits add up to, in the internal limit's currency, else in `currency`.

    `rates_into` says what one unit of others is worth in a currency, asked only when one differs.
    What is converted loses the haircut and is rounded down once; what has no rate counts nothing
    and is named. Without `backing` insured and guaranteed limits count as they were set.
    """
    counting = in_force(records, on)
    whole = [one for one in counting if not one.only_currency]
    own = next((one.currency for one in whole if one.kind == INTERNAL), currency)
    into = _Into(own, rates_into, haircut_percent)
    components = tuple(_component(one, into, backing) for one in whole)
    return Effective(
        currency=own,
        minor=sum(one.counted_minor for one in components) if whole else None,
        components=components,
        per_currency={one.currency: one.minor for one in counting if one.only_currency},
        without_rate=tuple(sorted(into.missing)),
    )


@dataclass(slots=True)
class _Into:
    """Converting into one currency, and what could not be."""

    currency: str
    rates_into: RatesInto
    haircut_percent: Decimal
    missing: set[str] = field(default_factory=set)

    def exact(self, minor: int, source: str) -> Decimal | None:
        """Return the amount less the haircut, not rounded; None without a rate."""
        if source == self.currency or minor == 0:
            return Decimal(minor)
        rate = self.rate(source)
        if rate is None:
            self.missing.add(source)
            return None
        exact = (minor * rate).scaleb(exponent(self.currency) - exponent(source))
        return exact * (1 - self.haircut_percent / 100)

    def rate(self, source: str) -> Decimal | None:
        """Return what one unit of another currency is worth."""
        return self.rates_into(self.currency).get(source)


def _component(record: LimitRecord, into: _Into, backing: Backing | None) -> Component:
    stated = into.exact(record.minor, record.currency)
    is_foreign = record.currency != into.currency
    rate = into.rate(record.currency) if is_foreign else None
    haircut = into.haircut_percent if is_foreign else Decimal(0)
    if stated is None:
        return Component(record=record, counted_minor=0, because="no_rate")
    minor = int(stated.to_integral_value(ROUND_FLOOR))
    backed = _backed(record.kind, into, backing)
    if backed is None:
        because: Because = "counts"
    elif backed == 0 < minor:
        because = "not_backed"
    else:
        because = "cut_to_backing" if backed < minor else "counts"
    return Component(
        record=record,
        counted_minor=minor if backed is None else min(minor, backed),
        because=because,
        rate=rate,
        haircut_percent=haircut,
        backed_minor=backed,
    )


def _backed(kind: str, into: _Into, backing: Backing | None) -> int | None:
    """Return what backs a kind of limit, rounded down once; None for a kind that needs nothing."""
    if backing is None or kind not in (INSURED, GUARANTEED):
        return None
    amounts = backing.insured if kind == INSURED else backing.guaranteed
    exact = sum((into.exact(minor, of) or Decimal(0) for of, minor in amounts), Decimal(0))
    return int(exact.to_integral_value(ROUND_FLOOR))
