"""Who acts, in which company, when: the first argument of every service."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person or a job at work in one company at one business moment.

    `at` is the business moment (aware, UTC) and becomes `recorded_at`; `today` is the business
    date in the company's own time zone. `key` is the caller's idempotency key, if any. `denied` is
    what may not be done although a role gives it, because two of the actor's duties must not meet.
    `proved_at` is the machine time at which the person of a session last showed who they are;
    `None` where no session stands behind the actor: jobs, the command line, keys.
    """

    company_id: int
    name: str
    at: datetime
    today: date
    user_id: int | None = None
    permissions: frozenset[str] = field(default=frozenset())
    denied: frozenset[str] = field(default=frozenset())
    key: str | None = None
    reason: str = ""
    proved_at: datetime | None = None

    def may(self, permission: str) -> bool:
        """Whether the permission, or its whole room (`cash.*`), or everything (`*`) was granted."""
        if permission in self.denied:
            return False
        room = permission.partition(".")[0]
        return not self.permissions.isdisjoint((permission, f"{room}.*", "*"))

    @property
    def is_machine(self) -> bool:
        """Whether this is a job, the command line or a connected system, and nobody's duties."""
        return self.user_id is None and "*" in self.permissions

    def keyed(self, key: str | None) -> Actor:
        """Return the same actor with an idempotency key for one command."""
        return replace(self, key=key)
