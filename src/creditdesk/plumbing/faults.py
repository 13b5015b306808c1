"""What went wrong as a code, for logs and lists: never the words of an error, which hold values."""

from __future__ import annotations

import re

from django.db import Error as DatabaseError

from creditdesk.kernel.errors import DomainError

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def code_of(error: BaseException) -> str:
    """Return the code of an error: its own, the database's SQLSTATE, or the name of its kind."""
    if isinstance(error, DomainError):
        return error.code
    state = _sqlstate(error)
    if state:
        return f"database_{state.lower()}"
    return _HUMP.sub("_", type(error).__name__).lower()


def _sqlstate(error: BaseException) -> str:
    cause = error.__cause__ if isinstance(error, DatabaseError) else error
    return str(getattr(cause, "sqlstate", None) or "")
