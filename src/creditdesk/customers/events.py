"""Facts the customers room announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersOpened(Event):
    """Accounts were opened."""

    name: ClassVar[str] = "customers.opened"
    customer_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEdited(Event):
    """Fields of an account were changed."""

    name: ClassVar[str] = "customers.edited"
    customer_id: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsStated(Event):
    """An import stated credit limits: (customer id, minor, currency) each; credit records them."""

    name: ClassVar[str] = "customers.limits_stated"
    limits: tuple[tuple[int, int, str], ...]
    valid_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentsSet(Event):
    """Customers belong to another group from a date, and whoever stands below them with them."""

    name: ClassVar[str] = "customers.parents_set"
    customer_ids: tuple[int, ...]
    valid_from: str
