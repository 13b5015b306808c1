"""May this order ship? Every rule is asked, and every one that fires says with what value. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final, Literal

from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import MINOR_MAX, multiply
from creditdesk.policy.rules import OrderRules

Outcome = Literal["accepted", "held"]
Severity = Literal["hold", "info"]
Unit = Literal["minor", "days", "percent", "status", "reason", "currency", "date"]
ACTIVE: Final = "active"
REFERENCE_LENGTH_MAX: Final = 100
CURRENCY_LENGTH: Final = 3

# Which state of an order may follow which; a decision moves it along these lines only.
MOVES: Final[Mapping[str, frozenset[str]]] = {
    "held": frozenset({"accepted", "released", "cancelled"}),
    "accepted": frozenset({"held", "cancelled", "billed"}),
    "released": frozenset({"held", "cancelled", "billed"}),
    "cancelled": frozenset(),
    "billed": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Further:
    """Another limit the order is measured by: the group's, or one for what is owed in a currency.

    `name` is `group`, `currency` or `group_currency`; amounts are in the currency of the facts.
    """

    name: str
    limit_minor: int
    with_order_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules look at; amounts in minor units of `currency`, rounded up once.

    `exposure_minor` is without the order, `with_order_minor` with it. `overdue_minor` is what is
    late by more days than the policy allows; `overdue_days` is the age of the oldest open item.
    `without_rate` names currencies whose amounts could not be brought into `currency`.
    """

    currency: str
    customer_status: str
    block_reason: str | None
    limit_minor: int | None
    exposure_minor: int
    with_order_minor: int
    overdue_days: int
    overdue_minor: int
    overdue_minimum_minor: int
    without_rate: tuple[str, ...] = ()
    further: tuple[Further, ...] = ()


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fired: what it saw, what it compares with, in which unit, and how it counts."""

    rule: str
    value: int | str
    threshold: int | str
    unit: Unit
    severity: Severity


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer with every rule that fired, holding ones first."""

    outcome: Outcome
    fired: tuple[Fired, ...]


def decide(facts: Facts, rules: OrderRules) -> Decision:
    """Hold the order when any holding rule fires, otherwise accept it."""
    fired = tuple(
        sorted(
            (one for ask in _RULES for one in ask(facts, rules)),
            key=lambda one: one.severity != "hold",
        )
    )
    holds = any(one.severity == "hold" for one in fired)
    return Decision("held" if holds else "accepted", fired)


def ceiling_minor(limit_minor: int, rules: OrderRules) -> int:
    """Return the limit with the policy's tolerance, rounded down."""
    return limit_minor + multiply(
        limit_minor, rules.limit_tolerance_percent / 100, rounding=ROUND_FLOOR
    )


def percent_used(facts: Facts) -> Decimal | None:
    """Return how much of the limit is used with the order, to 0.1 %; None without a limit."""
    if not facts.limit_minor:
        return None
    exact = Decimal(100) * facts.with_order_minor / facts.limit_minor
    return exact.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _further(facts: Facts, rules: OrderRules) -> Iterator[Fired]:
    for one in facts.further:
        ceiling = ceiling_minor(one.limit_minor, rules)
        if one.with_order_minor > ceiling:
            rule = f"{one.name}_limit_exceeded"
            yield Fired(rule, one.with_order_minor, ceiling, "minor", "hold")


def _limit(facts: Facts, rules: OrderRules) -> Iterator[Fired]:
    if facts.limit_minor is None:
        severity: Severity = "hold" if rules.no_limit_means == "hold" else "info"
        yield Fired("no_limit", facts.with_order_minor, 0, "minor", severity)
        return
    ceiling = ceiling_minor(facts.limit_minor, rules)
    if facts.with_order_minor > ceiling:
        yield Fired("limit_exceeded", facts.with_order_minor, ceiling, "minor", "hold")


def _overdue(facts: Facts, rules: OrderRules) -> Iterator[Fired]:
    late = facts.overdue_days > rules.overdue_days_max
    if late and facts.overdue_minor > 0 and facts.overdue_minor >= facts.overdue_minimum_minor:
        yield Fired("overdue", facts.overdue_days, rules.overdue_days_max, "days", "hold")
        yield Fired(
            "overdue_amount", facts.overdue_minor, facts.overdue_minimum_minor, "minor", "hold"
        )


def _block(facts: Facts, _: OrderRules) -> Iterator[Fired]:
    if facts.block_reason is not None:
        yield Fired("blocked", facts.block_reason, "", "reason", "hold")


def _status(facts: Facts, _: OrderRules) -> Iterator[Fired]:
    if facts.customer_status != ACTIVE:
        yield Fired("customer_not_active", facts.customer_status, ACTIVE, "status", "hold")


def _rates(facts: Facts, _: OrderRules) -> Iterator[Fired]:
    for currency in facts.without_rate:
        yield Fired("no_exchange_rate", currency, facts.currency, "currency", "hold")


def _watch(facts: Facts, rules: OrderRules) -> Iterator[Fired]:
    used = percent_used(facts)
    if used is not None and used > rules.watch_percent:
        yield Fired("limit_nearly_used", str(used), str(rules.watch_percent), "percent", "info")


_RULES: Final = (_block, _status, _rates, _further, _limit, _overdue, _watch)


def moves_to(status: str, to: str) -> bool:
    """Whether an order in that state may become `to`."""
    return to in MOVES[status]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An order somebody asks about: who, under which reference, how much."""

    customer_number: str
    order_reference: str
    currency: str
    total_minor: int

    def __post_init__(self) -> None:
        reference = self.order_reference
        if not (0 < len(reference) <= REFERENCE_LENGTH_MAX and reference.isprintable()):
            raise Invalid(
                "order_reference_invalid",
                "The order reference is empty, too long or not printable",
                place=Place(field="order_reference"),
                mend=f"Give 1 to {REFERENCE_LENGTH_MAX} printable characters.",
            )
        letters = self.currency.isascii() and self.currency.isalpha() and self.currency.isupper()
        if len(self.currency) != CURRENCY_LENGTH or not letters:
            raise Invalid(
                "currency_unknown",
                f"{self.currency!r} is no currency",
                place=Place(field="currency"),
                mend="Give the three capital letters of ISO 4217, such as EUR.",
            )
        if not 0 < self.total_minor <= MINOR_MAX:
            raise Invalid(
                "order_total_invalid",
                "The order total is not a positive amount that can be stored",
                place=Place(field="total"),
                mend="Give the total including tax, more than zero.",
            )


def expiry(expired_on: str, today: str) -> Decision:
    """Hold an order whose reservation lapsed before it was invoiced."""
    return Decision("held", (Fired("reservation_expired", expired_on, today, "date", "hold"),))
