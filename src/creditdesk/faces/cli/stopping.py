"""The command that stops the embedded database; it needs no rooms."""

from __future__ import annotations

from creditdesk.config import database
from creditdesk.plumbing import embedded


def stop() -> int:
    """Stop the server of this installation's home, if it runs."""
    was_running = embedded.stop(database.home() / "postgres")
    print("The database is stopped." if was_running else "The database was not running.")
    return 0
