"""What the application's database role may do: everything but rewrite what was recorded."""

from __future__ import annotations

from typing import Any, Protocol

from django.apps import apps
from django.db import connections
from psycopg import sql

ROLE = "creditdesk_app"
REFUSE = """
    CREATE OR REPLACE FUNCTION plumbing_refuse_v1() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
"""
# What no owner updates either, where some columns may change.
OTHER_COLUMNS = """
    SELECT attname FROM pg_attribute
     WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND NOT attname = ANY(%s)
     ORDER BY attnum
"""


def append_only_tables() -> dict[str, tuple[str, ...]]:
    """Return every append-only table of the house with the columns that may still change."""
    found: dict[str, tuple[str, ...]] = {}
    for config in apps.get_app_configs():
        found.update(getattr(config, "append_only", {}))
    return found


def apply_grants(alias: str = "owner") -> None:
    """Give the application role its rights; run as owner after every migration, repeatable."""
    role = sql.Identifier(ROLE)
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
            cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}",
        ):
            cursor.execute(sql.SQL(statement).format(role))
        cursor.execute(REFUSE)
        for table, columns in sorted(append_only_tables().items()):
            _protect(alias, table, columns)


def _protect(alias: str, table: str, columns: tuple[str, ...]) -> None:
    """Leave the role INSERT, SELECT and the named columns; refuse rewriting even to the owner."""
    name, role = sql.Identifier(table), sql.Identifier(ROLE)
    with connections[alias].cursor() as cursor:
        guarded: sql.Composable = sql.SQL("BEFORE UPDATE OR DELETE")
        if columns:
            cursor.execute(OTHER_COLUMNS, [table, list(columns)])
            others = sql.SQL(", ").join(sql.Identifier(one) for (one,) in cursor.fetchall())
            guarded = sql.SQL("BEFORE UPDATE OF {} OR DELETE").format(others)
        cursor.execute(
            sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}, PUBLIC").format(name, role)
        )
        if columns:
            listed = sql.SQL(", ").join(map(sql.Identifier, columns))
            cursor.execute(sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(listed, name, role))
        cursor.execute(
            sql.SQL(
                "CREATE OR REPLACE TRIGGER append_only {} ON {} FOR EACH ROW"
                " EXECUTE FUNCTION plumbing_refuse_v1()"
            ).format(guarded, name)
        )
        cursor.execute(
            sql.SQL(
                "CREATE OR REPLACE TRIGGER append_only_whole BEFORE TRUNCATE ON {}"
                " FOR EACH STATEMENT EXECUTE FUNCTION plumbing_refuse_v1()"
            ).format(name)
        )


class Cursor(Protocol):
    """What is needed of a cursor, of Django's or of the driver's."""

    def execute(self, query: Any, params: Any = None, /) -> Any:  # noqa: ANN401 - as the driver has it
        """Run a statement."""

    def fetchall(self) -> list[Any]:
        """Return the rows."""


_STANDING = """
    SELECT tgname FROM pg_trigger
     WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled IN ('O', 'A')
"""
_RIGHTS = """
    SELECT privilege FROM unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER']) AS privilege
     WHERE has_table_privilege(%(role)s, %(table)s, privilege)
    UNION ALL
    SELECT 'UPDATE of ' || attname FROM pg_attribute
     WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped
       AND NOT attname = ANY(%(free)s)
       AND has_column_privilege(%(role)s, attrelid, attnum, 'UPDATE')
"""


def guards() -> dict[str, tuple[str, ...]]:
    """Return the triggers rooms declare for tables, beside those of `_protect`."""
    found: dict[str, tuple[str, ...]] = {}
    for config in apps.get_app_configs():
        found.update(getattr(config, "guards", {}))
    return found


def weaknesses(cursor: Cursor) -> list[str]:
    """Return what no longer protects a table: triggers off or gone, rights too many.

    The owner of the tables can take the protection away; they cannot do so unseen.
    """
    found: list[str] = []
    append_only, guarded = append_only_tables(), guards()
    for table in sorted(append_only.keys() | guarded.keys()):
        cursor.execute(_STANDING, [table])
        standing = {name for (name,) in cursor.fetchall()}
        own = ("append_only", "append_only_whole") if table in append_only else ()
        wanted = (*own, *guarded.get(table, ()))
        found += [f"{table}: the trigger {one} is off" for one in wanted if one not in standing]
    for table, columns in sorted(append_only.items()):
        cursor.execute(_RIGHTS, {"role": ROLE, "table": table, "free": list(columns)})
        found += [f"{table}: the application has {right}" for (right,) in cursor.fetchall()]
    return found
