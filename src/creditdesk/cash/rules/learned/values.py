"""What is learned of a company's payers, and what it makes of one payment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from creditdesk.cash.rules.values import Allocations, OpenItem

# How an amount falls on what is open, the most telling first.
Pattern = Literal[
    "exact", "balance", "due", "month", "oldest", "sum", "discount", "rounded", "oldest_part"
]
PATTERNS: Final[tuple[Pattern, ...]] = (
    "exact", "balance", "due", "month", "oldest", "sum", "discount", "rounded", "oldest_part",
)  # fmt: skip
# How it is known who pays; amount: nobody is recognised, the amount alone points to them.
Who = Literal[
    "assigned", "account", "name", "number_in_text", "account_habit", "name_habit", "relation",
    "shared", "name_in_text", "digits_in_text", "similar", "amount",
]  # fmt: skip
BASIS_POINTS: Final = 10_000
# A habit counts once so many payments of the payer were seen.
HABIT_PAYMENTS_MIN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a customer was seen to pay, counted over confirmed payments.

    `patterns` counts the payments each way of paying explains; `discounts` how often which share
    (in basis points) was taken off; `keys` from which accounts and under which names it came.
    `delay_days` is the median between due date and receipt, `spread_days` the median distance
    from it; None where no payment settled whole items.
    """

    customer_id: int
    payments: int = 0
    patterns: Mapping[str, int] = field(default_factory=dict)
    discounts: Mapping[int, int] = field(default_factory=dict)
    keys: Mapping[str, int] = field(default_factory=dict)
    delay_days: int | None = None
    spread_days: int = 0


@dataclass(frozen=True, slots=True)
class Bin:
    """Scores from `score_from` on up to the next bin: so many held-out proposals, so many right."""

    score_from: float
    count: int
    right: int

    @property
    def confidence(self) -> float:
        """The share right, drawn a little towards one half: (right + 1) ÷ (count + 2)."""
        return (self.right + 1) / (self.count + 2)


@dataclass(frozen=True, slots=True)
class Reliability:
    """Proposals never trained on, of one band of confidence: how many, expected and truly right."""

    confidence_from: float
    count: int
    expected: float
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """How evidence is weighed: a weight for each feature, and what a score is worth.

    `payments` were trained on, `held_out` were kept apart to test; `calibration_error` is the mean
    distance between stated confidence and what came true among them.
    """

    version: int
    bias: float
    weights: Mapping[str, float]
    bins: Sequence[Bin]
    payments: int
    held_out: int
    calibration_error: float
    reliability: Sequence[Reliability] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """Somebody who may have paid: one customer, or several that one payer pays for."""

    customer_ids: tuple[int, ...]
    who: Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One way a payment may be meant, and the features it is weighed by.

    `discount_points` is the share in basis points that a payment less a discount takes off.
    """

    side: Side
    pattern: Pattern
    allocations: Allocations
    items: tuple[OpenItem, ...]
    features: tuple[str, ...] = ()
    discount_points: int | None = None

    @property
    def owner(self) -> int:
        """The customer who gets the largest part, the lowest id among equals."""
        owners = {item.item_id: item.customer_id for item in self.items}
        shares: dict[int, int] = {}
        for item_id, minor in self.allocations:
            customer_id = owners[item_id]
            shares[customer_id] = shares.get(customer_id, 0) + minor
        return min(shares, key=lambda customer_id: (-shares[customer_id], customer_id))
