"""The command that stops the embedded database; it needs no rooms."""

from __future__ import annotations

from creditdesk.config import database
from creditdesk.faces.cli.tongue import gettext
from creditdesk.plumbing import embedded


def stop() -> int:
    """Stop the server of this installation's home, if it runs."""
    was_running = embedded.stop(database.home() / "postgres")
    stopped, idle = gettext("The database is stopped."), gettext("The database was not running.")
    print(stopped if was_running else idle)
    return 0
