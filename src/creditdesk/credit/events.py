"""The facts credit announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationsConverted(Event):
    """Orders were invoiced in full: nothing is reserved for them any more."""

    name: ClassVar[str] = "credit.reservations_converted"
    order_references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationsExpired(Event):
    """Orders were neither invoiced nor cancelled in time: their credit is free again."""

    name: ClassVar[str] = "credit.reservations_expired"
    order_references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerBlocked(Event):
    """A customer gets no further credit."""

    name: ClassVar[str] = "credit.customer_blocked"
    customer_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerUnblocked(Event):
    """A block was lifted."""

    name: ClassVar[str] = "credit.customer_unblocked"
    customer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsSet(Event):
    """Customers may owe another amount, now or from a later date."""

    name: ClassVar[str] = "credit.limits_set"
    customer_ids: tuple[int, ...]
