"""What the application's database role may do: everything but rewrite what was recorded."""

from __future__ import annotations

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
    guarded = sql.SQL("BEFORE DELETE") if columns else sql.SQL("BEFORE UPDATE OR DELETE")
    with connections[alias].cursor() as cursor:
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
