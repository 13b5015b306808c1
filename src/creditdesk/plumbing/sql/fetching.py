"""Statements whose rows become dataclasses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import psycopg
from django.db import connection

from creditdesk.plumbing.sql.cursors import open_cursor
from creditdesk.plumbing.sql.sending import rows_of

Row = TypeVar("Row")
Params = Mapping[str, Any] | Sequence[Any]


def fetch(
    row: type[Row], sql: str, params: Params = (), *, planned: bool | None = None
) -> list[Row]:
    """Return every row as a `row` dataclass, its fields in the order of the select list.

    `planned` statements, here and below, are parsed and planned once per connection: for what is
    asked many times a second and whose best plan is the same whatever its parameters.
    """
    with open_cursor(planned=planned) as cursor:
        cursor.execute(sql, params)
        return rows_of(row, cursor.fetchall())


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
            yield from rows_of(row, found)


def fetch_one(
    row: type[Row], sql: str, params: Params = (), *, planned: bool | None = None
) -> Row | None:
    """Return the first row, or `None`."""
    rows = fetch(row, sql, params, planned=planned)
    return rows[0] if rows else None


def scalars(sql: str, params: Params = (), *, planned: bool | None = None) -> list[Any]:
    """Return the first column of every row."""
    with open_cursor(planned=planned) as cursor:
        cursor.execute(sql, params)
        return [values[0] for values in cursor.fetchall()]


def scalar(sql: str, params: Params = (), *, planned: bool | None = None) -> Any:  # noqa: ANN401 - the caller knows its column
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


def execute(sql: str, params: Params = (), *, planned: bool | None = None) -> int:
    """Run one statement; return how many rows it touched."""
    with open_cursor(planned=planned) as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


_NEXT_IDS = """
    WITH of AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS ids)
    SELECT nextval(of.ids) FROM of, generate_series(1, %s)
"""


def next_ids(table: str, count: int) -> list[int]:
    """Return so many fresh ids of a table, in ascending order, for rows written by COPY."""
    return [int(row_id) for row_id in scalars(_NEXT_IDS, [table, count], planned=True)]
