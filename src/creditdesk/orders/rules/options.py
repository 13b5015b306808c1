"""What can be done with a held order, each way with what it comes to in money. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from creditdesk.orders.rules.checking import Facts, ceiling_minor
from creditdesk.policy.rules import OrderRules

Way = Literal["release", "part_payment", "plan", "ship_part", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What is weighed, in minor units of one currency.

    `left_minor` is what of the order is not shipped yet, `margin_minor` what is earned on that
    much, `covered_minor` what an insurer or a guarantor would pay of all the customer then owes,
    `covered_order_minor` how much of that is for the order; unknown is empty.
    """

    facts: Facts
    left_minor: int
    margin_minor: int | None = None
    covered_minor: int | None = None
    covered_order_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to decide, with its consequences in minor units of the facts' currency.

    `pay_minor` must come in before anything ships; `plan_minor` comes in afterwards, by
    instalments. `exposure_minor` is what the customer then owes
    and has on order, `over_minor` how much of it is above the limit, `uncovered_minor` what nobody
    else would pay, `margin_minor` what is earned.
    """

    way: Way
    ship_minor: int
    pay_minor: int
    plan_minor: int
    exposure_minor: int
    over_minor: int | None
    uncovered_minor: int
    margin_minor: int | None


def options(weighed: Weighed, rules: OrderRules) -> tuple[Option, ...]:
    """Return the ways that are open, the most generous first; refusing is always one."""
    return tuple(_options(weighed, rules))


def _options(weighed: Weighed, rules: OrderRules) -> Iterator[Option]:
    left = weighed.left_minor
    yield _option(weighed, "release", ship=left, pay=0)
    pay = needed_minor(weighed, rules)
    if pay > 0:
        yield _option(weighed, "part_payment", ship=left, pay=pay)
        yield _option(weighed, "plan", ship=left, pay=0, plan=pay)
    fits = fitting_minor(weighed, rules)
    if 0 < fits < left:
        yield _option(weighed, "ship_part", ship=fits, pay=0)
    yield _option(weighed, "refuse", ship=0, pay=0)


def needed_minor(weighed: Weighed, rules: OrderRules) -> int:
    """Return what must be paid so that the order fits the limit and nothing is too late.

    Without a limit the whole order is paid beforehand.
    """
    facts = weighed.facts
    if facts.limit_minor is None:
        over = weighed.left_minor
    else:
        over = facts.exposure_minor + weighed.left_minor - ceiling_minor(facts.limit_minor, rules)
    late = facts.overdue_minor if facts.overdue_days > rules.overdue_days_max else 0
    return max(over, late, 0)


def fitting_minor(weighed: Weighed, rules: OrderRules) -> int:
    """Return how much of the order fits into what is left of the limit."""
    facts = weighed.facts
    if facts.limit_minor is None:
        return 0
    room = ceiling_minor(facts.limit_minor, rules) - facts.exposure_minor
    return min(max(room, 0), weighed.left_minor)


def share_minor(whole_minor: int, part: int, of: int) -> int:
    """Return the part's share of an amount, rounded half up."""
    if not of:
        return 0
    return int((Decimal(whole_minor) * part / of).to_integral_value(ROUND_HALF_UP))


def covered_minor(weighed: Weighed, ship_minor: int) -> int:
    """Return what an insurer or a guarantor would pay if so much of the order ships."""
    whole = weighed.covered_minor or 0
    of_order = weighed.covered_order_minor
    return whole - of_order + share_minor(of_order, ship_minor, weighed.left_minor)


def _option(weighed: Weighed, way: Way, *, ship: int, pay: int, plan: int = 0) -> Option:
    facts = weighed.facts
    exposure = facts.exposure_minor + ship - pay
    margin = weighed.margin_minor
    return Option(
        way=way,
        ship_minor=ship,
        pay_minor=pay,
        plan_minor=plan,
        exposure_minor=exposure,
        over_minor=None if facts.limit_minor is None else max(exposure - facts.limit_minor, 0),
        uncovered_minor=max(exposure - covered_minor(weighed, ship), 0),
        margin_minor=None if margin is None else share_minor(margin, ship, weighed.left_minor),
    )
