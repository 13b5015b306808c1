"""The ways one payment may be meant, each with the features it is weighed by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from creditdesk.cash.rules.learned.habits import parts_of
from creditdesk.cash.rules.learned.patterns import Part, fits, share_taken
from creditdesk.cash.rules.learned.values import (
    HABIT_PAYMENTS_MIN,
    PATTERNS,
    Candidate,
    Habit,
    Pattern,
    Side,
)
from creditdesk.cash.rules.values import PAYER_STRONG, Allocations, OpenItem, Receipt
from creditdesk.kernel.money import exponent

ITEMS_MAX: Final = 400
# Ways that hit the amount to the cent; the others always find something.
WHOLE: Final = frozenset({"exact", "balance", "due", "month", "oldest", "sum", "discount"})
AMOUNT: Final = "amount"
# These are known well enough that the same amount elsewhere says nothing against them.
RECOGNISED: Final = PAYER_STRONG | {"account_habit", "name_habit", "relation"}
OFTEN_PERCENT: Final = 60
SOME_PERCENT: Final = 20
PERCENT: Final = 100
DELAY_DAYS_MIN: Final = 3
NEAR: Final = 3
ROUND_UNITS: Final = 100

Items = Mapping[int, Sequence[OpenItem]]  # by customer, in the currency of the payment


def candidates(
    receipt: Receipt,
    found: Sequence[Side],
    items: Items,
    habits: Mapping[int, Habit],
    opens: Mapping[int, int],
) -> list[Candidate]:
    """Return every way the payment may be meant, each allocation once.

    Of several sides that lead to the same allocations the strongest stays, and of several ways
    the one that is most the payer's habit.
    """
    kept: dict[Allocations, Candidate] = {}
    for side in found:
        every = [item for one in side.customer_ids for item in items.get(one, ())[:ITEMS_MAX]]
        parts = parts_of(every, opens)
        habit = habits.get(side.customer_ids[0]) if len(side.customer_ids) == 1 else None
        for pattern, allocations, settled in fits(parts, receipt.minor, receipt.received_on, habit):
            one = Candidate(
                side=side, pattern=pattern, allocations=allocations, items=settled,
                discount_points=_taken(pattern, allocations, parts, habit),
            )  # fmt: skip
            known = kept.get(allocations)
            if known is None or (known.side == side and _rank(one, habit) < _rank(known, habit)):
                kept[allocations] = one
    return _featured(receipt, list(kept.values()), habits)


def _taken(
    pattern: Pattern, allocations: Allocations, parts: Sequence[Part], habit: Habit | None
) -> int | None:
    """Return the share a payment less a discount takes off its one item, in basis points."""
    if pattern != "discount" or habit is None:
        return None
    [(item_id, paid_minor)] = allocations
    open_minor = next(minor for item, minor in parts if item.item_id == item_id)
    return share_taken(open_minor, paid_minor, habit.discounts)


def _rank(one: Candidate, habit: Habit | None) -> tuple[bool, int, int]:
    """Put what hits to the cent before what any amount does, however often that was seen."""
    times = habit.patterns.get(one.pattern, 0) if habit is not None else 0
    return one.pattern not in WHOLE, -times, PATTERNS.index(one.pattern)


def _featured(
    receipt: Receipt, every: list[Candidate], habits: Mapping[int, Habit]
) -> list[Candidate]:
    """Write the features of each; how many others fit as well is one of them.

    What merely is as much elsewhere is no rival of a payer who is recognised: training, which knows
    how often such a payer is the right one, meets none of those.
    """
    whole = sum(one.pattern in WHOLE for one in every)
    known = sum(one.pattern in WHOLE and one.side.who != AMOUNT for one in every)
    featured = []
    for one in every:
        single = one.side.customer_ids[0] if len(one.side.customer_ids) == 1 else None
        habit = habits.get(single) if single is not None else None
        usual = _habit(habit, one.pattern)
        rivals = (known if one.side.who in RECOGNISED else whole) - (one.pattern in WHOLE)
        features = (
            f"who:{one.side.who}",
            f"fit:{one.pattern}",
            f"habit:{usual}",
            f"way:{one.pattern}:{usual}",
            f"rivals:{min(rivals, 2)}",
            f"delay:{_delay(receipt, one, habit)}",
            f"amount:{_roundness(receipt)}",
        )
        featured.append(replace(one, features=features))
    return featured


def _habit(habit: Habit | None, pattern: Pattern) -> str:
    if habit is None or habit.payments < HABIT_PAYMENTS_MIN:
        return "unknown"
    share = habit.patterns.get(pattern, 0) * PERCENT
    if share >= habit.payments * OFTEN_PERCENT:
        return "often"
    return "some" if share >= habit.payments * SOME_PERCENT else "rare"


def _delay(receipt: Receipt, one: Candidate, habit: Habit | None) -> str:
    if habit is None or habit.delay_days is None or habit.payments < HABIT_PAYMENTS_MIN:
        return "unknown"
    latest = max(item.due_on for item in one.items)
    distance = abs((receipt.received_on - latest).days - habit.delay_days)
    usual = max(DELAY_DAYS_MIN, 2 * habit.spread_days)
    if distance <= usual:
        return "usual"
    return "near" if distance <= NEAR * usual else "unusual"


def _roundness(receipt: Receipt) -> str:
    """Return how round an amount is: one to the cent is met by chance far less often."""
    unit = 10 ** exponent(receipt.currency)
    if receipt.minor % unit:
        return "cents"
    return "whole" if receipt.minor % (unit * ROUND_UNITS) else "round"
