"""What the database says of itself, of our rights in it, and of its migrations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.db import connections
from django.db.migrations.loader import MigrationLoader

from creditdesk.plumbing import clock, roles, sql
from creditdesk.plumbing.operation.facts import Clocks, Guard, Server

SETTINGS = (
    "fsync", "full_page_writes", "synchronous_commit", "data_checksums", "wal_level",
    "archive_mode", "log_statement", "log_min_error_statement", "log_min_duration_statement",
    "log_min_duration_sample",
)  # fmt: skip
_SERVER = """
    SELECT current_setting('server_version_num')::int,
           (SELECT pg_encoding_to_char(encoding) FROM pg_database
             WHERE datname = current_database()),
           current_setting('timezone'), session_user::text, current_user::text,
           r.rolsuper, s.rolsuper, r.rolcreaterole OR r.rolcreatedb,
           EXISTS (SELECT 1 FROM owner WHERE pg_has_role(current_user, relowner, 'MEMBER')),
           EXISTS (SELECT 1 FROM owner WHERE pg_has_role(session_user, relowner, 'MEMBER'))
      FROM pg_roles r, pg_roles s
     WHERE r.rolname = current_user AND s.rolname = session_user
"""
_OWNERS = """
    WITH owner AS (
        SELECT DISTINCT relowner FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    )
"""
_SETTINGS = "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)"
_GUARDS = """
    SELECT c.relname,
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    AND has_column_privilege(c.oid, a.attnum, 'UPDATE') ORDER BY a.attnum),
           has_table_privilege(c.oid, 'DELETE'), has_table_privilege(c.oid, 'TRUNCATE'),
           (SELECT count(*) FROM pg_trigger t
             WHERE t.tgrelid = c.oid AND t.tgenabled IN ('O', 'A')
               AND t.tgname IN ('append_only', 'append_only_whole', 'erase_only'))
      FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname = ANY(%s)
     ORDER BY c.relname
"""
_EXISTS = "SELECT to_regclass('public.django_migrations') IS NOT NULL"


@dataclass(frozen=True, slots=True)
class _Server:
    version: int
    encoding: str
    timezone: str
    session_user: str
    role: str
    role_is_superuser: bool
    session_is_superuser: bool
    role_may_create: bool
    role_is_owner: bool
    session_is_owner: bool


@dataclass(frozen=True, slots=True)
class _Setting:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class _Guard:
    table: str
    may_update: list[str]
    may_delete: bool
    may_truncate: bool
    triggers_on: int


def server() -> Server:
    """Return the server as the application's own connection meets it."""
    found = sql.fetch_one(_Server, _OWNERS + _SERVER)
    if found is None:
        raise LookupError("the database does not know the role it was connected to as")
    settings = {one.name: one.value for one in sql.fetch(_Setting, _SETTINGS, [list(SETTINGS)])}
    return Server(
        version=found.version,
        encoding=found.encoding,
        timezone=found.timezone,
        session_user=found.session_user,
        role=found.role,
        role_is_superuser=found.role_is_superuser,
        session_is_superuser=found.session_is_superuser,
        role_may_create=found.role_may_create,
        role_is_owner=found.role_is_owner,
        session_is_owner=found.session_is_owner,
        settings=settings,
    )


def guards() -> list[Guard]:
    """Return what the application's role may do to each append-only table, read from the rights."""
    tables, erasable = roles.append_only_tables(), roles.erasable_tables()
    return [
        Guard(
            one.table, tuple(one.may_update), roles.changing_columns(one.table), one.may_delete,
            one.may_truncate, one.triggers_on - (one.table in erasable),
        )
        for one in sql.fetch(_Guard, _GUARDS, [list(tables)])
    ]  # fmt: skip


@cache
def migrations_known() -> frozenset[tuple[str, str]]:
    """Return every migration of this version, by app and name, read from the code once."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(
        key for key, one in loader.disk_migrations.items() if not getattr(one, "replaces", None)
    )


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration the database has."""

    app: str
    name: str


def migrations_applied() -> set[tuple[str, str]]:
    """Return every migration the database has; none in an empty one."""
    if not sql.scalar(_EXISTS):
        return set()
    rows = sql.fetch(Applied, "SELECT app, name FROM django_migrations")
    return {(one.app, one.name) for one in rows}


def migrations_pending() -> int:
    """Return how many migrations of this version the database does not have."""
    return len(migrations_known() - migrations_applied())


def database_bytes() -> int:
    """Return the size of the database on disk."""
    return int(sql.scalar("SELECT pg_database_size(current_database())"))


def clocks() -> Clocks:
    """Return how the clocks stand to each other; half the way there and back is allowed for."""
    before = clock.machine()
    shown = clock.of_database()
    middle = before + (clock.machine() - before) / 2
    return Clocks((shown - middle).total_seconds(), clock.now() if clock.is_moved() else None)


def hang_up() -> None:
    """Close the connections of this thread, so that a later look begins anew."""
    for alias in connections:
        connections[alias].close()
