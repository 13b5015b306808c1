"""Facts the treasury announces, one per batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundsReleased(Event):
    """Money was handed to the bank to be paid back."""

    name: ClassVar[str] = "treasury.refunds_released"
    refund_ids: tuple[int, ...]
    customer_ids: tuple[int, ...]
    file_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundsFinished(Event):
    """Refunds were paid by the bank, or failed: their money is on account again."""

    name: ClassVar[str] = "treasury.refunds_finished"
    paid_ids: tuple[int, ...]
    failed_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateChanged(Event):
    """A mandate was given, amended, revoked or stopped."""

    name: ClassVar[str] = "treasury.mandate_changed"
    mandate_id: int
    customer_id: int
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitsCollected(Event):
    """The bank credited a collection; its items are settled."""

    name: ClassVar[str] = "treasury.debits_collected"
    run_id: int
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitsReturned(Event):
    """Debits of collections came back; what is done next goes by their reasons."""

    name: ClassVar[str] = "treasury.debits_returned"
    line_ids: tuple[int, ...]
    stopped_mandate_ids: tuple[int, ...]
