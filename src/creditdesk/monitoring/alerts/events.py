"""What alerts announce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsChanged(Event):
    """A look at customers changed alerts: how many, by what was done with them.

    `critical` are the customers of whom something critical is new, or is so again.
    """

    name: ClassVar[str] = "monitoring.alerts_changed"
    acts: dict[str, int]
    critical: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertClosed(Event):
    """A person closed an alert."""

    name: ClassVar[str] = "monitoring.alert_closed"
    alert_id: int
    customer_id: int
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsTied(Event):
    """News were found to be about these customers."""

    name: ClassVar[str] = "monitoring.news_tied"
    customer_ids: tuple[int, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionEnded(Event):
    """A subscription tells nobody any more: ended by a person, or after too many failures."""

    name: ClassVar[str] = "monitoring.subscription_ended"
    subscription_id: int
    why: str
