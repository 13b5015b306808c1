"""The facts disputes announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputesOpened(Event):
    """Customers contest items; reminders about them are held."""

    name: ClassVar[str] = "disputes.disputes_opened"
    references: tuple[str, ...]
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeResolved(Event):
    """A dispute ended; reminders about its item may go on."""

    name: ClassVar[str] = "disputes.dispute_resolved"
    reference: str
    item_id: int
    resolution: str
