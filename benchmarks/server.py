"""The server a run measures on: embedded, thrown away after it, but as durable as a real one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from creditdesk.plumbing import embedded

DATA: Final = "CREDITDESK_BENCH_DATA"
TEMPLATE: Final = "bench_template"


@contextmanager
def running() -> Iterator[Mapping[str, str]]:
    """Run a server with a migrated template in it; give the environment of what measures on it."""
    with tempfile.TemporaryDirectory(prefix="creditdesk-bench-") as folder:
        data = Path(folder) / "postgres"
        (Path(folder) / "home" / "static").mkdir(parents=True)
        try:
            server = embedded.start(data)
            embedded.ensure_database(server, TEMPLATE)
            environment = {
                **os.environ,
                DATA: str(data),
                "CREDITDESK_HOME": str(Path(folder) / "home"),
                "CREDITDESK_SECRET_KEY": "only for measuring",
                "DJANGO_SETTINGS_MODULE": "creditdesk.config.settings",
                "DATABASE_URL": server.url(TEMPLATE, embedded.OWNER),
                "DATABASE_OWNER_URL": server.url(TEMPLATE, embedded.OWNER),
            }
            os.environ[DATA] = str(data)
            with hurried():
                subprocess.run(
                    [sys.executable, "-m", "creditdesk", "migrate"],
                    check=True, env=environment, stdout=subprocess.DEVNULL,
                )  # fmt: skip
            environment["DATABASE_URL"] = server.url(TEMPLATE, embedded.APPLICATION)
            yield environment
        finally:
            embedded.remove(data)


def url(database: str, user: str = embedded.SUPERUSER) -> str:
    """Return the address of a database of the running server."""
    server = embedded.status(Path(os.environ[DATA])).server
    if server is None:
        raise RuntimeError("the server of this run is gone")
    return server.url(database, user)


def connect(database: str) -> psycopg.Connection:
    """Return a plain connection: what a floor is measured through."""
    return psycopg.connect(url(database), prepare_threshold=None)


@contextmanager
def hurried() -> Iterator[None]:
    """Within the block nothing waits for the disk: for what is made ready and not measured.

    Afterwards everything is on the disk and every commit is as durable as it should be.
    """
    _set_fsync("off")
    try:
        yield
    finally:
        with psycopg.connect(url("postgres"), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        os.sync()
        _set_fsync("on")


def _set_fsync(value: str) -> None:
    with psycopg.connect(url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER SYSTEM SET fsync = {}").format(sql.Literal(value)))
        connection.execute("SELECT pg_reload_conf()")
    for _ in range(1000):
        with psycopg.connect(url("postgres"), autocommit=True) as connection:
            if connection.execute("SHOW fsync").fetchone() == (value,):
                return
        time.sleep(0.01)
    raise RuntimeError(f"the server did not take fsync = {value}")


def clone(template: str, name: str) -> None:
    """Make a database from another, whatever had that name before, with nothing left to write."""
    with hurried(), psycopg.connect(url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


def drop(name: str) -> None:
    """Drop a database, whoever is still connected."""
    with hurried(), psycopg.connect(url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def tidy(name: str) -> None:
    """Do what autovacuum does in time: statistics, visibility, and a checkpoint."""
    with hurried(), psycopg.connect(url(name), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
