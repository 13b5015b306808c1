"""Roles and databases inside a running server."""

from __future__ import annotations

import re
from typing import LiteralString

import psycopg
from psycopg import sql

from creditdesk.plumbing.embedded.configuration import APPLICATION, OWNER, SUPERUSER
from creditdesk.plumbing.embedded.errors import EmbeddedError
from creditdesk.plumbing.embedded.server import Server

# One at a time makes roles and databases; the number means nothing but must not change.
_LOCK = 7_270_001
_DATABASE = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def ensure_database(server: Server, name: str) -> None:
    """Make sure that our roles and the database exist and that only our roles may connect to it.

    Safe to repeat and to race. What exists already is left as it is, its privileges included.
    """
    if not _DATABASE.fullmatch(name):
        message = (
            f"{name!r} is not a name for a database: lower-case letters, digits and _, 63 long"
        )
        raise EmbeddedError("embedded.bad_database_name", message)
    with psycopg.connect(server.url("postgres", SUPERUSER), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        _ensure_role(connection, OWNER, "LOGIN CREATEDB")
        _ensure_role(connection, APPLICATION, "LOGIN")
        _ensure_database(connection, name)


def _ensure_role(connection: psycopg.Connection, role: str, options: LiteralString) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if known is None:
        connection.execute(
            sql.SQL("CREATE ROLE {role} {options}").format(
                role=sql.Identifier(role), options=sql.SQL(options)
            )
        )


def _ensure_database(connection: psycopg.Connection, name: str) -> None:
    names = {
        "database": sql.Identifier(name),
        "owner": sql.Identifier(OWNER),
        "application": sql.Identifier(APPLICATION),
    }
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if known is None:
        connection.execute(
            sql.SQL(
                "CREATE DATABASE {database} OWNER {owner} TEMPLATE template0"
                " ENCODING 'UTF8' LOCALE 'C.UTF-8'"
            ).format(**names)
        )
    # Outside the branch above: a crash between the two must not leave the door open.
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names))
    connection.execute(
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {application}").format(**names)
    )
