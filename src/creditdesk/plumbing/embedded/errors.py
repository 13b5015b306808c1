from __future__ import annotations

from creditdesk.kernel.errors import DomainError


class EmbeddedError(DomainError):
    """The embedded PostgreSQL cannot do what was asked; the message says why and what helps."""
