"""The embedded PostgreSQL: a server of our own, started when no DATABASE_URL is given."""

from creditdesk.plumbing.embedded.binaries import programs
from creditdesk.plumbing.embedded.configuration import APPLICATION, OWNER, SUPERUSER
from creditdesk.plumbing.embedded.databases import ensure_database
from creditdesk.plumbing.embedded.errors import EmbeddedError
from creditdesk.plumbing.embedded.server import (
    Server,
    State,
    Status,
    remove,
    start,
    status,
    stop,
)

__all__ = [
    "APPLICATION",
    "OWNER",
    "SUPERUSER",
    "EmbeddedError",
    "Server",
    "State",
    "Status",
    "ensure_database",
    "programs",
    "remove",
    "start",
    "status",
    "stop",
]
