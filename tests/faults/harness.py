"""Let the n-th thing a use case asks of the database fail, for every n until it runs clean.

What fails in turn: each statement, each COPY, each commit before it took place, and each commit
whose answer is lost. Every second failure takes the connection along, as a killed server does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import psycopg
from django.db import Error as DatabaseError
from django.db import connection, connections
from pytest_django.plugin import DjangoDbBlocker

from creditdesk.insight import queries as proofs
from creditdesk.plumbing import sql
from tests.crash.judge import HALF_DONE
from tests.support import database, live

# Without it a suite fails at a sample of the places, with it (`make faults`) at each of them.
IS_DEEP = bool(os.environ.get("CREDITDESK_DEEP"))
# What may differ between a run that was disturbed and repeated, and one that was not.
SET_ASIDE = {
    "controls_auditentry", "controls_idempotencykey", "day_daystep", "django_migrations",
    "procrastinate_events", "procrastinate_jobs", "procrastinate_periodic_defers",
    "procrastinate_workers", "controls_seal", "controls_sealhead",
}  # fmt: skip
# A statement that is taken in again is told again, with nothing new. Of a message that was handed
# over when the fault came nobody can know whether it went: it waits for a person, untold.
FACTS = """
    SELECT (SELECT count(*) FROM plumbing_event WHERE data->>'lines_new' IS DISTINCT FROM '0')
         + (SELECT count(*) FROM contact_message WHERE status = 'handed_over')
"""
Act = Callable[[], object]


COMMIT = -1


@dataclass
class Counted:
    """How many places there were, and whether the chosen one was reached.

    `chosen` is counted from 1; `COMMIT` is the first commit, wherever it comes; 0 only counts.
    """

    chosen: int
    places: int = 0
    has_struck: bool = False

    def is_due(self, *, is_commit: bool = False) -> bool:
        """Count a place, and say whether it is the one to fail; what follows is not counted."""
        if self.has_struck:
            return False
        self.places += 1
        self.has_struck = self.places == self.chosen or (is_commit and self.chosen == COMMIT)
        return self.has_struck

    def statement(self, execute: Any, statement: str, params: Any, many: Any, context: Any) -> Any:
        """Run a statement of Django's, or fail at it: refused, or with the connection gone."""
        if self.is_due():
            if self.chosen % 2 == 0:
                return execute("SELECT 1/0", None, many, context)
            _hang_up()
        return execute(statement, params, many, context)


@contextmanager
def failing(at: int) -> Iterator[Counted]:
    """Within the block let the chosen place fail, and count the places up to there."""
    counted = Counted(at)
    copy, commit = psycopg.Cursor.copy, psycopg.Connection.commit

    def on_copy(cursor: Any, *args: Any, **kwargs: Any) -> Any:
        if counted.is_due():
            _hang_up()
        return copy(cursor, *args, **kwargs)

    def on_commit(self: Any) -> None:
        if counted.is_due(is_commit=True):
            _hang_up()
        commit(self)
        if counted.is_due():
            self.close()
            raise psycopg.OperationalError("the answer to the commit was lost")

    with (
        connection.execute_wrapper(counted.statement),
        patch.object(psycopg.Cursor, "copy", on_copy),
        patch.object(psycopg.Connection, "commit", on_commit),
    ):
        yield counted


def _hang_up() -> None:
    """End the server's side of the connection, as the end of the server does."""
    pid = connection.connection.info.backend_pid
    with psycopg.connect(os.environ[database.SERVER], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def disturbed(act: Act, at: int) -> Counted:
    """Run the use case with that place failing; what it raises is the database's own error."""
    with failing(at) as counted:
        try:
            act()
        except DatabaseError:
            assert counted.has_struck
        except Exception as error:
            # A service may report the failure in words of its own, but not hide that it failed.
            if not counted.has_struck or not isinstance(error.__context__, DatabaseError):
                raise
    if connection.connection is not None and connection.connection.closed:
        connection.close()
    return counted


def fails_whole(act: Act, *, samples: int = 5) -> int:
    """Disturb a use case of one transaction: it happens whole or not at all.

    Once at its commit, at every place before it (a sample, unless deep), and at last with the
    answer to the commit lost, after which it has happened. Return how many places there were.
    """
    before = content()
    at_commit = disturbed(act, COMMIT)
    assert at_commit.has_struck
    assert content() == before, "half done, though the commit failed"
    for at in _chosen(at_commit.places - 1, samples):
        assert disturbed(act, at).has_struck
        assert content() == before, f"half done at place {at} of {at_commit.places}"
    assert disturbed(act, at_commit.places + 1).has_struck
    assert content() != before, "the use case did nothing"
    assert_consistent()
    return at_commit.places


def _chosen(places: int, samples: int) -> Sequence[int]:
    """Return the places to fail at: all of them, or a sample spread evenly, first and last too."""
    if IS_DEEP or places <= samples:
        return range(1, places + 1)
    return sorted({1 + n * (places - 1) // (samples - 1) for n in range(samples)})


def content() -> dict[str, Any]:
    """Return a digest of every table."""
    return _asked("md5(string_agg(t::text, '|' ORDER BY t::text))", set())


def summary() -> dict[str, Any]:
    """Return how many rows every table holds, but for what may differ after a repetition."""
    return _asked("count(*)::text", SET_ASIDE) | {"plumbing_event": sql.scalar(FACTS)}


def _asked(what: str, but: set[str]) -> dict[str, Any]:
    tables = sql.scalars("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    parts = [f"SELECT '{one}', {what} FROM {one} t" for one in tables if one not in but]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def assert_consistent() -> None:
    """Nothing is half done, and the books of every company prove."""
    for what, statement in HALF_DONE.items():
        assert sql.scalars(statement.replace("%", "%%")) == [], what
    for company_id in sql.scalars("SELECT id FROM controls_company"):
        assert proofs.prove(company_id) == []


@dataclass(frozen=True)
class Prepared:
    """A database from which every disturbed run starts anew."""

    name: str
    blocker: DjangoDbBlocker

    @contextmanager
    def copy(self) -> Iterator[None]:
        """Within the block work on a copy of it."""
        with live.own_database(self.blocker, source=self.name):
            yield


@contextmanager
def prepared(blocker: DjangoDbBlocker, prepare: Callable[[], object]) -> Iterator[Prepared]:
    """Prepare a database once; it is dropped after the block."""
    with live.own_database(blocker) as name:
        prepare()
        connections.close_all()
        yield Prepared(name, blocker)


def fails_in_steps(start: Prepared, act: Act, *, samples: int = 3) -> int:
    """Disturb a use case of several transactions, and repeat it: it ends as if undisturbed.

    Return how many places there were.
    """
    with start.copy():
        places = disturbed(act, 0).places
        wanted = summary()
        assert_consistent()
    for at in _chosen(places, samples):
        with start.copy():
            assert disturbed(act, at).has_struck
            assert_consistent()
            act()
            assert_consistent()
            different = {k: (v, wanted[k]) for k, v in summary().items() if v != wanted[k]}
            assert different == {}, f"{different} after a fault at place {at} of {places}"
    return places
