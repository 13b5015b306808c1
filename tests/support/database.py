"""The test database server and its template, made once, cloned for whoever writes for good."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from creditdesk.plumbing import embedded

SERVER = "CREDITDESK_TEST_SERVER"
TEMPLATE = "CREDITDESK_TEST_TEMPLATE"
DATA = "CREDITDESK_TEST_DATA"
# Set where the server of TEST_DATABASE_URL lets our roles log in themselves.
LOGINS = "CREDITDESK_TEST_LOGINS"
# With which they log in there, where this run made them.
PASSWORD = "CREDITDESK_TEST_PASSWORD"

ROLES = (embedded.OWNER, embedded.APPLICATION)
# Roles that this run made on a server of somebody else.
_made: list[str] = []


def with_database(url: str, name: str, *, user: str | None = None) -> str:
    """Return the URL with another database, and another user if named."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if user is not None:
        password = os.environ.get(PASSWORD)
        who = f"{user}:{password}" if password else user
        netloc = f"{who}@{parts.hostname or ''}" + (f":{parts.port}" if parts.port else "")
    return urlunsplit((parts.scheme, netloc, f"/{name}", parts.query, ""))


def role_url(name: str, role: str) -> str:
    """Return the URL of a database as one of our roles: by login, or assumed after the login."""
    url = with_database(os.environ[SERVER], name)
    if are_logins():
        return with_database(url, name, user=role)
    return f"{url}{'&' if '?' in url else '?'}options={quote(f'-c role={role}')}"


def announce_to_django() -> None:
    """In the controlling process start server and template; in workers only read where."""
    if SERVER not in os.environ:
        atexit.register(dispose)
        os.environ[TEMPLATE] = f"creditdesk_test_{secrets.token_hex(4)}"
        os.environ[SERVER] = os.environ.get("TEST_DATABASE_URL") or _start()
        _ensure_roles()
        _build_template()
    worker = new_name()
    clone(worker)
    os.environ["DATABASE_OWNER_URL"] = role_url(worker, embedded.OWNER)
    os.environ["DATABASE_URL"] = role_url(worker, embedded.APPLICATION)


def _start() -> str:
    data = Path(tempfile.mkdtemp(prefix="creditdesk-test-"))
    os.environ[DATA] = str(data)
    server = embedded.start(data / "postgres", throw_away=True)
    embedded.ensure_database(server, "creditdesk")
    return server.url("postgres", embedded.SUPERUSER)


def _ensure_roles() -> None:
    """Make our two roles on a server that somebody else runs, to log in as them if it lets us.

    Roles that are there already keep the password they have; they are assumed after the login.
    """
    password = secrets.token_hex(16)
    with psycopg.connect(os.environ[SERVER], autocommit=True) as connection:
        for role in ROLES:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if known.fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(password)
                    )
                )
                _made.append(role)
    if not are_logins() and len(_made) == len(ROLES):
        os.environ[PASSWORD] = password
        try:
            for role in ROLES:
                psycopg.connect(with_database(os.environ[SERVER], "postgres", user=role)).close()
            os.environ[LOGINS] = "1"
        except psycopg.OperationalError:
            del os.environ[PASSWORD]


def are_logins() -> bool:
    """Whether tests log in as our roles; a role that is only assumed can be left again."""
    return DATA in os.environ or LOGINS in os.environ


def _build_template() -> None:
    """Migrate the template as owner, in a process of its own."""
    name = os.environ[TEMPLATE]
    _administer(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
            sql.Identifier(name), sql.Identifier(embedded.OWNER)
        )
    )
    url = role_url(name, embedded.OWNER)
    subprocess.run(
        [sys.executable, "-m", "creditdesk", "migrate"],
        check=True,
        env={**os.environ, "DATABASE_URL": url, "DATABASE_OWNER_URL": url},
        stdout=subprocess.DEVNULL,
    )


def clone(name: str, source: str | None = None) -> None:
    """Make a database from the template, or from another one to which nobody is connected."""
    _administer(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(name),
            sql.Identifier(embedded.OWNER),
            sql.Identifier(source or os.environ[TEMPLATE]),
        )
    )


def drop(name: str) -> None:
    """Drop a clone, whoever is still connected."""
    _administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _administer(statement: sql.Composed) -> None:
    with psycopg.connect(os.environ[SERVER], autocommit=True) as connection:
        connection.execute(statement)


def dispose() -> None:
    """Delete the throw-away server; on a server of somebody else drop what this run made."""
    server = os.environ.pop(SERVER, None)
    if server is None:
        return
    data = os.environ.pop(DATA, None)
    if data is None:
        _drop_all(server)
        return
    embedded.remove(Path(data) / "postgres")
    shutil.rmtree(data, ignore_errors=True)


def _drop_all(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        made = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{_run_name()}%"]
        )
        for (name,) in made.fetchall():
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
        for role in _made:
            with suppress(psycopg.errors.DependentObjectsStillExist):
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def _run_name() -> str:
    return os.environ[TEMPLATE]


def new_name() -> str:
    """Return the name of a database this run will make."""
    return f"{_run_name()}_{secrets.token_hex(6)}"
