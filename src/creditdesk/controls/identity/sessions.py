"""Sessions kept in the database; one that cannot be kept for a moment is no session that ended."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError


class SessionStore(db.SessionStore):
    """As Django's, but a database that went away is told as such, so that the page is tried again.

    Django tells any fault of an update as a session deleted meanwhile, which is the reader's fault.
    """

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - as the base
        """Keep the session; raises UpdateError only where it is gone."""
        try:
            super().save(must_create)
        except UpdateError as error:
            fault = error.__context__
            if isinstance(fault, OperationalError | InterfaceError):
                raise fault from None
            raise
