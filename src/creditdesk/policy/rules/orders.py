"""The written rules of the order check, and of how fast a held order is decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal

# What may hold an order; an exclusion names one of them, and so does what refuses.
ORDER_RULES = (
    "limit_exceeded", "no_limit", "limit_expired", "limit_utilised", "overdue", "overdue_amount",
    "overdue_share", "order_size", "terms_held", "better_terms", "blocked", "customer_not_active",
    "no_exchange_rate",
)  # fmt: skip
CHECK_POINTS = ("confirm", "ship", "invoice")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExclusion:
    """Orders of which a rule is not asked: all conditions given must fit, one left empty fits any.

    `up_to_minor` is the order's total in the company's currency.
    """

    rule: str
    customers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    up_to_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRules:
    """When an order is held instead of accepted; percents and days as whole numbers.

    What is empty is not asked. `overdue_limit_percent` compares what is late with the limit,
    `hold_percent` the use of the limit, `order_minor_max` one order in the company's currency. What
    `refuse` names refuses instead of holding. An order is asked again at each of `check_points` it
    comes to, unless it was decided within `grace_days`. A held order is to be decided within
    `goal_minutes` of the desk's hours, after that it goes to the role `late_goes_to`.
    """

    limit_tolerance_percent: Decimal = Decimal(0)
    overdue_days_max: int = 30
    overdue_minimum_minor: int = 5000
    watch_percent: Decimal = Decimal(90)
    reservation_days: int = 30
    no_limit_means: str = "hold"
    expired_limit_means: str = "no_limit"
    overdue_limit_percent: Decimal | None = None
    hold_percent: Decimal | None = None
    order_minor_max: int | None = None
    terms_held: tuple[str, ...] = ()
    better_terms_mean: str = "accept"
    refuse: tuple[str, ...] = ()
    exclusions: tuple[OrderExclusion, ...] = ()
    check_points: tuple[str, ...] = ("confirm",)
    grace_days: int = 0
    goal_minutes: int = 240
    desk_opens: time = time(8, 0)
    desk_closes: time = time(17, 0)
    late_goes_to: str = "manager"
