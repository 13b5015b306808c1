"""What a simulation of a draft policy found, as values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditdesk.insight.replay_rules import Verdict


@dataclass(frozen=True, slots=True)
class OrderChange:
    """An order that would have been decided otherwise."""

    reference: str
    customer_number: str
    customer_name: str
    placed_on: date
    currency: str
    total_minor: int
    verdict: Verdict
    rules: tuple[str, ...]
    late_minor: int


@dataclass(frozen=True, slots=True)
class OrdersSimulated:
    """How many orders were asked again, and what would have come out otherwise.

    `held_minor` and `accepted_minor` are the totals of orders held or accepted other than then;
    `late_minor` is what of the held ones' invoices is past due by now: what holding them was worth.
    """

    asked: int
    held: int
    held_minor: int
    accepted: int
    accepted_minor: int
    other_reasons: int
    late_minor: int
    changes: tuple[OrderChange, ...]


@dataclass(frozen=True, slots=True)
class LimitChange:
    """A limit in force that stands above what its class may have, by one of the two versions."""

    customer_number: str
    customer_name: str
    grade: str
    currency: str
    minor: int
    before_minor: int | None
    after_minor: int | None


@dataclass(frozen=True, slots=True)
class LimitsSimulated:
    """How many limits stand above what their class may have, and by how much, by both versions."""

    limits: int
    before: int
    before_minor: int
    after: int
    after_minor: int
    changes: tuple[LimitChange, ...]


@dataclass(frozen=True, slots=True)
class StepSimulated:
    """A step of a ladder over the year: how many items take it, and what of them was owed."""

    step: str
    days_late: int
    count: int
    minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class RemindersSimulated:
    """The steps of both ladders along the lives of the same items."""

    before: tuple[StepSimulated, ...]
    after: tuple[StepSimulated, ...]

    @property
    def more(self) -> int:
        """How many more reminders the draft writes; fewer where it is negative."""
        return sum(one.count for one in self.after) - sum(one.count for one in self.before)

    @property
    def fee_minor(self) -> int:
        """How much more the draft charges in fees for reminders."""
        return sum(one.fee_minor for one in self.after) - sum(one.fee_minor for one in self.before)


@dataclass(frozen=True, slots=True)
class Simulation:
    """A draft against the version in force, over the year that ended on a day."""

    since: date
    until: date
    currency: str
    before_version: int
    orders: OrdersSimulated
    limits: LimitsSimulated
    reminders: RemindersSimulated
    without_rate: tuple[str, ...]
