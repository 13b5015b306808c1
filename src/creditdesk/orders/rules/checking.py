"""May this order ship? Every rule is asked, and every one that fires says with what value. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final, Literal

from creditdesk.kernel.money import multiply
from creditdesk.policy.rules import OrderExclusion, OrderRules

Outcome = Literal["accepted", "held", "refused"]
Severity = Literal["refuse", "hold", "info", "excused"]
Unit = Literal["minor", "days", "percent", "status", "reason", "currency", "date", "terms"]
ACTIVE: Final = "active"
_RANK: Final[Mapping[str, int]] = {"refuse": 0, "hold": 1, "info": 2, "excused": 3}

# Which state of an order may follow which; a decision moves it along these lines only.
MOVES: Final[Mapping[str, frozenset[str]]] = {
    "held": frozenset({"accepted", "released", "refused", "cancelled"}),
    "accepted": frozenset({"held", "refused", "cancelled", "billed"}),
    "released": frozenset({"held", "refused", "cancelled", "billed"}),
    "refused": frozenset({"accepted", "held", "released", "cancelled"}),
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

    What follows it is known only where the policy asks for it: the order itself, the most one
    order may be, the order in the company's currency; until when the last limit counted, and the
    day judged; who orders, of which segment, which kind of order, on which terms, and the
    customer's own terms where those asked for are better; the rules a person overruled before.
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
    order_minor: int = 0
    order_max_minor: int | None = None
    order_home_minor: int | None = None
    limit_expired_on: str = ""
    judged_on: str = ""
    customer_number: str = ""
    segment: str = ""
    kind: str = ""
    terms_code: str = ""
    better_than: str = ""
    overruled: tuple[str, ...] = ()
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
    """Refuse the order when a refusing rule fires, hold it when a holding one does, or accept it.

    A rule the policy does not ask of this order, or a person overruled, is named as excused.
    """
    found = [_counted(one, facts, rules) for ask in _RULES for one in ask(facts, rules)]
    found.sort(key=lambda one: _RANK[one.severity])
    return Decision(_outcome(found), tuple(found))


def _outcome(found: Sequence[Fired]) -> Outcome:
    if not found or found[0].severity in ("info", "excused"):
        return "accepted"
    return "refused" if found[0].severity == "refuse" else "held"


def _counted(one: Fired, facts: Facts, rules: OrderRules) -> Fired:
    """Return a rule that fired with how it counts for this order under this policy."""
    if one.severity != "hold":
        return one
    if one.rule in facts.overruled or any(_excludes(e, one, facts) for e in rules.exclusions):
        return replace(one, severity="excused")
    return replace(one, severity="refuse") if one.rule in rules.refuse else one


def _excludes(exclusion: OrderExclusion, one: Fired, facts: Facts) -> bool:
    return (
        exclusion.rule == one.rule
        and (not exclusion.customers or facts.customer_number in exclusion.customers)
        and (not exclusion.segments or facts.segment in exclusion.segments)
        and (not exclusion.kinds or facts.kind in exclusion.kinds)
        and (
            exclusion.up_to_minor is None
            or (
                facts.order_home_minor is not None
                and facts.order_home_minor <= exclusion.up_to_minor
            )
        )
    )


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
    if facts.limit_expired_on and rules.expired_limit_means == "hold":
        yield Fired("limit_expired", facts.limit_expired_on, facts.judged_on, "date", "hold")
        return
    if facts.limit_minor is None:
        severity: Severity = "hold" if rules.no_limit_means == "hold" else "info"
        yield Fired("no_limit", facts.with_order_minor, 0, "minor", severity)
        return
    ceiling = ceiling_minor(facts.limit_minor, rules)
    if facts.with_order_minor > ceiling:
        yield Fired("limit_exceeded", facts.with_order_minor, ceiling, "minor", "hold")


def _use(facts: Facts, rules: OrderRules) -> Iterator[Fired]:
    used, most = percent_used(facts), rules.hold_percent
    if used is not None and most is not None and used > most:
        yield Fired("limit_utilised", str(used), str(most), "percent", "hold")


def _overdue_share(facts: Facts, rules: OrderRules) -> Iterator[Fired]:
    """Hold where too much of the limit is late; without a limit there is nothing to compare."""
    most = rules.overdue_limit_percent
    if most is None or not facts.limit_minor:
        return
    share = Decimal(100) * facts.overdue_minor / facts.limit_minor
    if share > most:
        shown = share.quantize(Decimal("0.1"), ROUND_HALF_UP)
        yield Fired("overdue_share", str(shown), str(most), "percent", "hold")


def _size(facts: Facts, _: OrderRules) -> Iterator[Fired]:
    most = facts.order_max_minor
    if most is not None and facts.order_minor > most:
        yield Fired("order_size", facts.order_minor, most, "minor", "hold")


def _terms(facts: Facts, rules: OrderRules) -> Iterator[Fired]:
    if facts.terms_code in rules.terms_held:
        yield Fired("terms_held", facts.terms_code, "", "terms", "hold")
    if facts.better_than:
        severity: Severity = "hold" if rules.better_terms_mean == "hold" else "info"
        yield Fired("better_terms", facts.terms_code, facts.better_than, "terms", severity)


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


_RULES: Final = (
    _block, _status, _rates, _further, _limit, _use, _overdue, _overdue_share, _size, _terms,
    _watch,
)  # fmt: skip


def moves_to(status: str, to: str) -> bool:
    """Whether an order in that state may become `to`."""
    return to in MOVES[status]


def expiry(expired_on: str, today: str) -> Decision:
    """Hold an order whose reservation lapsed before it was invoiced."""
    return Decision("held", (Fired("reservation_expired", expired_on, today, "date", "hold"),))
