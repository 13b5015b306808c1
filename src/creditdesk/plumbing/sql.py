"""Set-based SQL in one place: typed fetches and COPY into tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from types import NoneType
from typing import Any, Final, TypeVar, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.utils import CursorWrapper

Row = TypeVar("Row")
Params = Mapping[str, Any] | Sequence[Any]

_COPIED_AT_ONCE: Final = 2000
# Of these few different values stand in a column of a batch.
_REPEATED: Final = frozenset({NoneType, bool, date, datetime, Decimal})
_COPY_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
_COPY_SPECIAL = re.compile(r"[\\\n\r\t]")


class _Planned(psycopg.Cursor[Any]):
    """A cursor whose statements the server parses and plans once per connection."""

    def execute(self, query: Any, params: Any = None, **_: Any) -> _Planned:  # noqa: ANN401 - as the base
        return super().execute(query, params, prepare=True)


# More than the driver's hundred, so that none is forgotten for another.
_KEPT_PLANS: Final = 1000
_all_planned: ContextVar[bool] = ContextVar("all_planned", default=False)


@contextmanager
def all_planned() -> Iterator[None]:
    """Within the block every statement is planned once per connection, `planned` or not.

    For a connection that asks the same of small tables a thousand times over.
    """
    token = _all_planned.set(True)
    try:
        yield
    finally:
        _all_planned.reset(token)


def _cursor(*, planned: bool) -> CursorWrapper:
    mine = connections[DEFAULT_DB_ALIAS]
    are_all = _all_planned.get()
    if not (planned or are_all):
        return mine.cursor()
    mine.close_if_health_check_failed()
    mine.ensure_connection()
    raw = mine.connection
    if raw.prepare_threshold is None:
        raw.prepare_threshold = 5
    if are_all:
        raw.prepared_max = _KEPT_PLANS
    return CursorWrapper(_Planned(raw), mine)


def fetch(row: type[Row], sql: str, params: Params = (), *, planned: bool = False) -> list[Row]:
    """Return every row as a `row` dataclass, its fields in the order of the select list.

    `planned` statements, here and below, are parsed and planned once per connection: for what is
    asked many times a second and whose best plan is the same whatever its parameters.
    """
    with _cursor(planned=planned) as cursor:
        cursor.execute(sql, params)
        return [row(*values) for values in cursor.fetchall()]


def fetch_in_parts(
    row: type[Row], sql: str, params: Params = (), *, size: int = 10_000
) -> Iterator[Row]:
    """Yield every row of a statement, held by the server and fetched so many at a time.

    Within a transaction; the statement sees what stood when the first row was asked for, and is
    planned for all of its rows.
    """
    execute("SET LOCAL cursor_tuple_fraction = 1")
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while found := cursor.fetchmany(size):
            for values in found:
                yield row(*values)


def fetch_one(
    row: type[Row], sql: str, params: Params = (), *, planned: bool = False
) -> Row | None:
    """Return the first row, or `None`."""
    rows = fetch(row, sql, params, planned=planned)
    return rows[0] if rows else None


def fetch_each(rows: Sequence[type[Any]], sql: str, params: Params = ()) -> list[list[Any]]:
    """Return the rows of each of several statements, sent in one round trip.

    The statements are divided by semicolons and run one after the other; within a transaction
    each sees what was committed before it began, also while an earlier one waited for a lock.
    """
    found: list[list[Any]] = []
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for row in rows:
            found.append([row(*values) for values in cursor.fetchall()])
            cursor.nextset()
    return found


def scalars(sql: str, params: Params = (), *, planned: bool = False) -> list[Any]:
    """Return the first column of every row."""
    with _cursor(planned=planned) as cursor:
        cursor.execute(sql, params)
        return [values[0] for values in cursor.fetchall()]


def scalar(sql: str, params: Params = (), *, planned: bool = False) -> Any:  # noqa: ANN401 - the caller knows its column
    """Return the first column of the first row, or `None`."""
    found = scalars(sql, params, planned=planned)
    return found[0] if found else None


def scalar_of_bytes(sql: str, params: Sequence[Any]) -> Any:  # noqa: ANN401 - the caller knows
    """Return the first column of the first row of a statement whose `%b` parameters are bytes.

    They go over the wire as they are; a quoted statement would carry each byte as two digits.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        found = cursor.execute(sql, params).fetchone()
    return found[0] if found else None


def execute(sql: str, params: Params = (), *, planned: bool = False) -> int:
    """Run one statement; return how many rows it touched."""
    with _cursor(planned=planned) as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def copy_rows(
    table: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, types: str = ""
) -> int:
    """Write the rows by COPY, the fastest way in; return how many.

    With `types`, the names of the columns' types, rows go over in binary: half the work for long
    texts, which are then neither quoted nor searched for what was.
    """
    count = 0
    with _copying(table, columns, " (FORMAT binary)" if types else "") as copy:
        if types:
            copy.set_types(types.split())
            for count, values in enumerate(rows, start=1):  # noqa: B007 - how many there were
                copy.write_row(values)
            return count
        given = iter(rows)
        while part := list(islice(given, _COPIED_AT_ONCE)):
            count += len(part)
            _write_part(copy, part, list(zip(*part, strict=True)))
    return count


def copy_columns(
    table: str, columns: Mapping[str, Sequence[object]], same: Mapping[str, object]
) -> int:
    """Write rows given as columns of one length, `same` for every row; return how many."""
    count = len(next(iter(columns.values())))
    if any(len(column) != count for column in columns.values()):
        raise ValueError("the columns are not of one length")
    with _copying(table, (*columns, *same)) as copy:
        for first in range(0, count, _COPIED_AT_ONCE):
            part = [column[first : first + _COPIED_AT_ONCE] for column in columns.values()]
            part += [[value] * len(part[0]) for value in same.values()]
            _write_part(copy, None, part)
    return count


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Write rows that are lines of COPY's text form, each ended: for many short rows of numbers.

    Texts in them went through `copy_text`.
    """
    with _copying(table, columns) as copy:
        copy.write("".join(lines).encode())


@contextmanager
def _copying(table: str, columns: Iterable[str], form: str = "") -> Iterator[psycopg.Copy]:
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN{form}"
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        yield copy


def _write_part(
    copy: psycopg.Copy,
    rows: Sequence[Sequence[object]] | None,
    columns: Sequence[Sequence[object]],
) -> None:
    """Write rows column by column, twice as fast as value by value, where their types are plain."""
    texts = [_copied(column) for column in columns]
    plain = [text for text in texts if text is not None]
    if len(plain) == len(texts):
        copy.write("\n".join(map("\t".join, zip(*plain, strict=True))) + "\n")
        return
    for row in zip(*columns, strict=True) if rows is None else rows:
        copy.write_row(row)


def _copied(column: Sequence[object]) -> Iterable[str] | None:
    """Return a column as texts of COPY; None where the driver must say how a value is written."""
    kinds = set(map(type, column))
    if kinds == {int}:
        return map(str, column)
    if kinds == {str}:
        return _copied_texts(cast(Sequence[str], column))
    if kinds <= _REPEATED:
        told = {value: r"\N" if value is None else str(value) for value in set(column)}
        return map(told.__getitem__, column)
    if kinds == {list}:
        arrays = cast(Sequence[list[object]], column)
        if all(type(value) is str for values in arrays for value in values):
            return _copied_texts([array(values) if values else "{}" for values in arrays])
    if kinds == {int, NoneType}:
        return [r"\N" if value is None else str(value) for value in column]
    return None


def _copied_texts(texts: Sequence[str]) -> Sequence[str]:
    joined = "".join(texts)
    if any(sign in joined for sign in "\\\n\r\t"):
        return [text.translate(_COPY_ESCAPES) for text in texts]
    return texts


def copy_text(text: str) -> str:
    """Return a text as it stands in a line of COPY."""
    return text.translate(_COPY_ESCAPES) if _COPY_SPECIAL.search(text) else text


_NEXT_IDS = """
    WITH of AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS ids)
    SELECT nextval(of.ids) FROM of, generate_series(1, %s)
"""


def next_ids(table: str, count: int) -> list[int]:
    """Return so many fresh ids of a table, in ascending order, for rows written by COPY."""
    return [int(row_id) for row_id in scalars(_NEXT_IDS, [table, count], planned=True)]


_ARRAY_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\""})


def array(values: Iterable[object]) -> str:
    """Return the values as the text of a PostgreSQL array, for a parameter cast to its type.

    Passing thousands of values so costs a fifth of passing a list, which is quoted one by one.
    """
    given = list(values)
    kinds = set(map(type, given))
    if kinds == {str}:
        joined = "\0".join(cast(list[str], given))
        if '"' not in joined and "\\" not in joined:
            return '{"' + joined.replace("\0", '","') + '"}'
    elif str not in kinds and NoneType not in kinds:
        return "{" + ",".join(map(str, given)) + "}"
    told = ("NULL" if v is None else _quoted(v) if isinstance(v, str) else str(v) for v in given)
    return "{" + ",".join(told) + "}"


def _quoted(text: str) -> str:
    return f'"{text.translate(_ARRAY_ESCAPES)}"' if '"' in text or "\\" in text else f'"{text}"'


def column_names(row: type[Any]) -> tuple[str, ...]:
    """Return the field names of a dataclass, for a COPY of its values."""
    return tuple(field.name for field in fields(row))
