"""The facts ratings announce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingsChanged(Event):
    """Customers pay better or worse than before: their grade, PAYDEX or drift changed.

    `worse` are those of `customer_ids` whose grade fell or who began to drift.
    """

    name: ClassVar[str] = "monitoring.ratings_changed"
    as_of: str
    customer_ids: tuple[int, ...]
    worse: tuple[int, ...]
