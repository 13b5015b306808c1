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
# Rows of erasable columns bear a salt of their own: what is sealed is a salted digest of the value.
SALT = "seal_salt"
# Values that say that something was erased, by which a row may be blanked, whole or not at all.
ERASE_ONLY = """
    CREATE OR REPLACE FUNCTION plumbing_erase_only_v1() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        told jsonb := to_jsonb(NEW);
        name text;
    BEGIN
        IF OLD.seal_salt IS NULL AND NEW.seal_salt IS NOT NULL
           AND told - 'seal_salt' = to_jsonb(OLD) - 'seal_salt' THEN
            RETURN NEW; -- a row from before rows had salts is given one before it is sealed
        END IF;
        FOREACH name IN ARRAY TG_ARGV LOOP
            IF told->name NOT IN ('null', '"erased"', '{"erased": true}', '[]', '"\\\\x"') THEN
                RAISE EXCEPTION '%.% may be erased but not changed', TG_TABLE_NAME, name
                      USING ERRCODE = 'restrict_violation';
            END IF;
        END LOOP;
        IF told->'seal_salt' <> 'null' THEN
            RAISE EXCEPTION '% keeps its salt unless erased', TG_TABLE_NAME
                  USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
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


def erasable_tables() -> dict[str, tuple[str, ...]]:
    """Return every append-only table whose rows may be blanked by rule, with the columns."""
    found: dict[str, tuple[str, ...]] = {}
    for config in apps.get_app_configs():
        found.update(getattr(config, "erasable", {}))
    return found


def changing_columns(table: str) -> tuple[str, ...]:
    """Return what the application may update in an append-only table, as far as triggers let it."""
    columns = append_only_tables()[table]
    erasable = erasable_tables().get(table, ())
    return (*columns, *erasable, SALT) if erasable else columns


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
        cursor.execute(ERASE_ONLY)
        for table, columns in sorted(erasable_tables().items()):
            _let_be_erased(alias, table, columns)
        for table in sorted(append_only_tables()):
            _protect(alias, table, changing_columns(table))


def _let_be_erased(alias: str, table: str, columns: tuple[str, ...]) -> None:
    """Give every new row a salt, and let rows be blanked whole but not changed.

    The column is the house's, as the triggers are: rooms neither read nor write it. Rows from
    before have none.
    """
    name, salt = sql.Identifier(table), sql.Identifier(SALT)
    listed = sql.SQL(", ").join(map(sql.Identifier, (*columns, SALT)))
    given = sql.SQL(", ").join(map(sql.Literal, columns))
    add, default = "ADD COLUMN IF NOT EXISTS {} uuid", "ALTER COLUMN {} SET DEFAULT"
    with connections[alias].cursor() as cursor:
        cursor.execute(sql.SQL(f"ALTER TABLE {{}} {add}").format(name, salt))
        cursor.execute(sql.SQL(f"ALTER TABLE {{}} {default} gen_random_uuid()").format(name, salt))
        cursor.execute(
            sql.SQL(
                "CREATE OR REPLACE TRIGGER erase_only BEFORE UPDATE OF {} ON {} FOR EACH ROW"
                " EXECUTE FUNCTION plumbing_erase_only_v1({})"
            ).format(listed, name, given)
        )


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
    found: dict[str, tuple[str, ...]] = dict.fromkeys(erasable_tables(), ("erase_only",))
    for config in apps.get_app_configs():
        for table, triggers in getattr(config, "guards", {}).items():
            found[table] = (*found.get(table, ()), *triggers)
    return found


def weaknesses(cursor: Cursor) -> list[str]:
    """Return what no longer protects a table: triggers off or gone, rights too many.

    The owner of the tables can take the protection away; they cannot do so unseen.
    """
    found: list[str] = []
    append_only, guarded = set(append_only_tables()), guards()
    for table in sorted(append_only | guarded.keys()):
        cursor.execute(_STANDING, [table])
        standing = {name for (name,) in cursor.fetchall()}
        own = ("append_only", "append_only_whole") if table in append_only else ()
        wanted = (*own, *guarded.get(table, ()))
        found += [f"{table}: the trigger {one} is off" for one in wanted if one not in standing]
    for table in sorted(append_only):
        free = list(changing_columns(table))
        cursor.execute(_RIGHTS, {"role": ROLE, "table": table, "free": free})
        found += [f"{table}: the application has {right}" for (right,) in cursor.fetchall()]
    return found
