"""How a statement reaches the server: by the framework, or planned once by the driver itself."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, Final, Protocol, Self, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper


class _Planned(psycopg.Cursor[Any]):
    """A cursor whose statements the server parses and plans once per connection."""

    def execute(self, query: Any, params: Any = None, **_: Any) -> _Planned:  # noqa: ANN401 - as the base
        return super().execute(query, params, prepare=True)


class Counting:
    """A wrapper of statements that only counts and times them: need not stand between."""

    __slots__ = ("count", "seconds")

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def __call__(self, execute: Any, *given: Any) -> Any:  # noqa: ANN401 - as the framework calls it
        """Run the statement and add what it took."""
        started = time.perf_counter()
        try:
            return execute(*given)
        finally:
            self.add(time.perf_counter() - started)

    def add(self, seconds: float) -> None:
        """Count a statement that took so long."""
        self.count += 1
        self.seconds += seconds


class _Kept(threading.local):
    """The cursors of this thread's connection, each with the one statement it is asked for.

    A cursor that runs the same statement again knows already how its values are written and read:
    that is half of what asking costs the client.
    """

    def __init__(self) -> None:
        self.of: Any = None
        self.holds_all = False
        self.cursors: dict[str, tuple[str, _Planned]] = {}

    def begin(self, raw: Any, *, all_of_them: bool) -> None:  # noqa: ANN401 - the driver's
        """Let a connection keep plans, once; with `all_of_them` as many as there are cursors."""
        if self.of is not raw:
            self.of, self.cursors, self.holds_all = raw, {}, False
            if raw.prepare_threshold is None:
                raw.prepare_threshold = 5
        if all_of_them:
            raw.prepared_max, self.holds_all = _KEPT_PLANS, True

    def cursor(self, raw: Any, query: str) -> tuple[str, _Planned]:  # noqa: ANN401 - the driver's
        """Return the cursor of a statement, with its text as the cursor was given it before."""
        if self.of is not raw:
            self.begin(raw, all_of_them=False)
        if len(self.cursors) > _KEPT_PLANS:
            self.cursors = {}
        found = self.cursors.get(query)
        if found is None:
            found = self.cursors[query] = (query, _Planned(raw))
        return found

    def forget(self, query: str) -> None:
        """Let go of a cursor, and of the rows it holds."""
        self.cursors.pop(query, None)


class _Translating:
    """A planned cursor whose errors are the framework's, as every caller expects them."""

    __slots__ = ("_counting", "_cursor", "_errors", "_query", "_raw")

    def __init__(self, raw: Any, mine: Any, counting: Counting | None) -> None:  # noqa: ANN401 - the framework's wrapper
        self._raw, self._errors, self._counting = raw, mine.wrap_database_errors, counting
        self._query = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._query and self._cursor.rowcount > _ROWS_HELD:
            _kept.forget(self._query)

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    def execute(self, query: Any, params: Any = None) -> None:  # noqa: ANN401 - as the driver
        self._query, self._cursor = _kept.cursor(self._raw, query)
        if self._counting is None:
            try:
                self._cursor.execute(self._query, params)
            except psycopg.Error:
                with self._errors:
                    raise
            return
        started = time.perf_counter()
        try:
            with self._errors:
                self._cursor.execute(self._query, params)
        finally:
            self._counting.add(time.perf_counter() - started)

    def fetchall(self) -> list[Any]:
        try:
            return self._cursor.fetchall()
        except psycopg.Error:
            with self._errors:
                raise


# More than the driver's hundred, so that none is forgotten for another.
_KEPT_PLANS: Final = 1000
# A cursor holds its rows until it is asked again; one with more than these is not kept.
_ROWS_HELD: Final = 100
_kept = _Kept()
_all_planned: ContextVar[bool] = ContextVar("all_planned", default=False)


@contextmanager
def all_planned() -> Iterator[None]:
    """Within the block each statement is planned once per connection, unless `planned=False`.

    For a connection that asks the same of small tables a thousand times over.
    """
    token = _all_planned.set(True)
    try:
        yield
    finally:
        _all_planned.reset(token)


class _Executing(AbstractContextManager["_Executing"], Protocol):
    """What is asked of a cursor here, be it the framework's or the driver's own."""

    @property
    def rowcount(self) -> int: ...
    def execute(self, query: Any, params: Any = None) -> object: ...  # noqa: ANN401 - as the driver
    def fetchall(self) -> list[Any]: ...


def open_cursor(*, planned: bool | None) -> _Executing:
    """Return a cursor; of the driver itself where a plan is kept and nobody listens in.

    Of a statement that is planned already, most of what the client does is passing through the
    wrappers of the framework and finding out again how its values are written.
    """
    mine = connections[DEFAULT_DB_ALIAS]
    are_all = _all_planned.get()
    if planned is False or not (planned or are_all):
        return cast(_Executing, mine.cursor())
    if mine.health_check_enabled and not mine.health_check_done:  # type: ignore[attr-defined]
        mine.close_if_health_check_failed()
    if mine.connection is None:
        mine.ensure_connection()
    raw = mine.connection
    if _kept.of is not raw or (are_all and not _kept.holds_all):
        _kept.begin(raw, all_of_them=are_all)
    listeners = mine.execute_wrappers
    counting = listeners[0] if len(listeners) == 1 and type(listeners[0]) is Counting else None
    if (listeners and counting is None) or mine.needs_rollback:
        return cast(_Executing, CursorWrapper(_Planned(raw), mine))
    return _Translating(raw, mine, counting)


_AROUND_SIGNS = re.compile(r"\s*([(),=<>])\s*")
# A statement longer than this the driver takes apart anew each time it is asked.
DRIVER_KEEPS: Final = 4096


def compact(statement: str) -> str:
    """Return a statement without the blanks it does not need: for one asked many times a second.

    Without comments and without blanks in its literals.
    """
    return _AROUND_SIGNS.sub(r"\1", " ".join(statement.split()))
