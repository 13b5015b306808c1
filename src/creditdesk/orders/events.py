"""The facts orders announce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDecided(Event):
    """An order was accepted, held, refused or released."""

    name: ClassVar[str] = "orders.decided"
    order_id: int
    order_reference: str
    customer_id: int
    outcome: str
    fired: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Event):
    """An order will not ship; its credit is free again."""

    name: ClassVar[str] = "orders.cancelled"
    order_id: int
    order_reference: str
    customer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersLate(Event):
    """Held orders waited longer than the goal and are the business of a higher role now."""

    name: ClassVar[str] = "orders.late"
    order_references: tuple[str, ...]
    role: str
