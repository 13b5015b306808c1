"""Set-based SQL in one place: typed fetches and COPY into tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from django.db import connection

Row = TypeVar("Row")
Params = Mapping[str, Any] | Sequence[Any]


def fetch(row: type[Row], sql: str, params: Params = ()) -> list[Row]:
    """Return every row as a `row` dataclass, its fields in the order of the select list."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row(*values) for values in cursor.fetchall()]


def fetch_one(row: type[Row], sql: str, params: Params = ()) -> Row | None:
    """Return the first row, or `None`."""
    rows = fetch(row, sql, params)
    return rows[0] if rows else None


def scalars(sql: str, params: Params = ()) -> list[Any]:
    """Return the first column of every row."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [values[0] for values in cursor.fetchall()]


def scalar(sql: str, params: Params = ()) -> Any:  # noqa: ANN401 - the caller knows its column
    """Return the first column of the first row, or `None`."""
    found = scalars(sql, params)
    return found[0] if found else None


def execute(sql: str, params: Params = ()) -> int:
    """Run one statement; return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write the rows by COPY, the fastest way in; return how many."""
    count = 0
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for values in rows:
            copy.write_row(values)
            count += 1
    return count


def column_names(row: type[Any]) -> tuple[str, ...]:
    """Return the field names of a dataclass, for a COPY of its values."""
    return tuple(field.name for field in fields(row))
