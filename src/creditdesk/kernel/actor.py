"""Who acts, in which company, when: the first argument of every service."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person or a job at work in one company at one business moment.

    `at` is the business moment (aware, UTC) and becomes `recorded_at`; `today` is the business
    date in the company's own time zone. `key` is the caller's idempotency key, if any.
    """

    company_id: int
    name: str
    at: datetime
    today: date
    user_id: int | None = None
    permissions: frozenset[str] = field(default=frozenset())
    key: str | None = None
    reason: str = ""

    def may(self, permission: str) -> bool:
        """Whether the permission, or its whole room (`cash.*`), or everything (`*`) was granted."""
        room = permission.partition(".")[0]
        return not self.permissions.isdisjoint((permission, f"{room}.*", "*"))

    def keyed(self, key: str | None) -> Actor:
        """Return the same actor with an idempotency key for one command."""
        return replace(self, key=key)
