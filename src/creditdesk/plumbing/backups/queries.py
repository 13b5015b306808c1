"""What a backup must bring back, read from the database at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from psycopg import sql as names

from creditdesk.plumbing import sql
from creditdesk.plumbing.operation import queries as operation

_TABLES = """
    SELECT relname::text FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
     ORDER BY relname
"""
# The order of rows does not matter; each row counts with all its columns.
_CONTENT = names.SQL("""
    SELECT count(*), coalesce(sum(('x' || substr(
           encode(sha256(convert_to(this_row::text, 'UTF8')), 'hex'), 1, 15))::bit(60)::bigint
           ::numeric), 0)::text
      FROM {} AS this_row
""")
# The same value must be the same text on every server.
_PLAIN = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL timezone = 'UTC'",
)


@dataclass(frozen=True, slots=True)
class _Content:
    rows: int
    digest: str


@contextmanager
def one_moment() -> Iterator[str]:
    """Within the block every read sees the same moment; yield its name for a dump of it."""
    with transaction.atomic():
        for statement in _PLAIN:
            sql.execute(statement)
        yield str(sql.scalar("SELECT pg_export_snapshot()"))


def tables() -> dict[str, tuple[int, str]]:
    """Return rows and digest of every table."""
    found = {}
    for table in sql.scalars(_TABLES):
        statement = _CONTENT.format(names.Identifier(table)).as_string(None)
        one = sql.fetch_one(_Content, statement) or _Content(0, "0")
        found[table] = (one.rows, one.digest)
    return found


def migrations() -> tuple[tuple[str, str], ...]:
    """Return every migration the database has."""
    return tuple(sorted(operation.migrations_applied()))


def is_empty() -> bool:
    """Whether the database holds no table yet."""
    return not sql.scalars(_TABLES)


def server_version() -> int:
    """Return the version of the server, 150012 for 15.12."""
    connection.ensure_connection()
    return int(connection.connection.info.server_version)
