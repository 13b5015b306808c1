"""The written rules of watching customers: what raises an alert, how pressing, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# What may be watched; the threshold is a percent, a count, days or grades, as the signal has it.
SIGNALS: Final = (
    "utilisation", "over_limit", "broken_promises", "returned_payments", "oldest_overdue",
    "overdue_share", "slower_than_usual", "rating_fell", "bureau_change", "insolvency",
    "cover_expiring",
)  # fmt: skip
# The more pressing the later.
SEVERITIES: Final = ("info", "warning", "critical")
ROLES_THAT_OWN: Final = ("analyst", "collector", "cash_applier", "sales", "manager")
# Who is named as the analyst of the customer; without one it is the role's.
CUSTOMERS_ANALYST: Final = "customer_analyst"
OWNERS: Final = (*ROLES_THAT_OWN, CUSTOMERS_ANALYST)
# Where less is worse: days that are left.
FALLING: Final = frozenset({"cover_expiring"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """From which value of a signal on an alert of a severity is raised, and who owns it.

    Several rows of a signal make steps: the most pressing that is reached counts. What happened is
    counted within `look_back_days`. The owner is a role, or the analyst of the customer. After an
    alert was closed the same cause raises no other for `quiet_days`, unless it is worse than it
    was.
    """

    signal: str
    threshold: int = 1
    severity: str = "warning"
    owner: str = "analyst"
    look_back_days: int = 90
    quiet_days: int = 14


SHIPPED: Final = (
    AlertRule(signal="utilisation", threshold=90, severity="info"),
    AlertRule(signal="over_limit", threshold=1, severity="warning"),
    AlertRule(signal="over_limit", threshold=20, severity="critical", owner="manager"),
    AlertRule(signal="broken_promises", threshold=2, owner="collector"),
    AlertRule(signal="returned_payments", threshold=1, look_back_days=30),
    AlertRule(signal="oldest_overdue", threshold=60, owner="collector"),
    AlertRule(signal="oldest_overdue", threshold=90, severity="critical"),
    AlertRule(signal="overdue_share", threshold=60, owner="collector"),
    AlertRule(signal="slower_than_usual", threshold=10),
    AlertRule(signal="rating_fell", threshold=1),
    AlertRule(signal="rating_fell", threshold=2, severity="critical"),
    AlertRule(signal="bureau_change", threshold=1, look_back_days=60),
    AlertRule(signal="insolvency", threshold=1, severity="critical", look_back_days=1825),
    AlertRule(signal="cover_expiring", threshold=30, severity="info"),
    AlertRule(signal="cover_expiring", threshold=7, severity="warning"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRules:
    """What is watched, and what news of an insolvency does by itself.

    Of the bureaus named in `lower_is_better` a score that rises is worse.
    """

    watch: tuple[AlertRule, ...] = SHIPPED
    insolvency_blocks: bool = True
    insolvency_stops_contact: bool = True
    lower_is_better: tuple[str, ...] = ()


def looking_differently(rows: Sequence[AlertRule]) -> list[int]:
    """Return the places of rows that look back over other days than the first of their signal."""
    first: dict[str, int] = {}
    return [
        place
        for place, row in enumerate(rows)
        if first.setdefault(row.signal, row.look_back_days) != row.look_back_days
    ]


def unordered(rows: Sequence[AlertRule]) -> list[int]:
    """Return the places of rows that are more pressing than another and reached no later."""
    found = []
    for place, row in enumerate(rows):
        for other in rows:
            is_higher = SEVERITIES.index(row.severity) > SEVERITIES.index(other.severity)
            sooner = (
                row.threshold >= other.threshold
                if row.signal in FALLING
                else row.threshold <= other.threshold
            )
            if row.signal == other.signal and is_higher and sooner:
                found.append(place)
                break
    return found
