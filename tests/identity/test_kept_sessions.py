"""A session that cannot be kept because the database went away is no session that ended."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from creditdesk.controls.identity.sessions import SessionStore


def test_it_is_the_engine() -> None:
    assert f"{settings.SESSION_ENGINE}.SessionStore" == (
        f"{SessionStore.__module__}.{SessionStore.__qualname__}"
    )


def test_a_database_that_went_away_is_told_as_such(committed_db: str) -> None:
    session = SessionStore()
    session["a"] = 1
    session.create()
    with connection.cursor() as cursor, suppress(OperationalError):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(DatabaseError) as fault:
        session.save()
    connection.close()
    assert isinstance(fault.value, OperationalError | InterfaceError)
    session["a"] = 2
    session.save()
    assert SessionStore(session.session_key).load() == {"a": 2}


def test_a_session_deleted_meanwhile_has_ended(committed_db: str) -> None:
    session = SessionStore()
    session.create()
    SessionStore(session.session_key).delete()
    session["a"] = 1
    with pytest.raises(UpdateError):
        session.save()
