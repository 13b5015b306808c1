"""The programs that dump and restore: of the server's own major version, wherever they are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from django.db import connections
from psycopg import conninfo

from creditdesk.kernel.errors import DomainError, Refused
from creditdesk.plumbing import embedded

_VERSION = re.compile(r"(\d+)(?:\.(\d+))?")
MESSAGE_LENGTH_MAX = 500


def folder_for(major: int) -> Path:
    """Return the folder with pg_dump and pg_restore of that major version."""
    for folder in _folders(major):
        if (folder / "pg_restore").exists() and version_of(folder / "pg_dump") // 10_000 == major:
            return folder
    raise Refused(
        "backup_program_missing",
        f"There is no pg_dump of PostgreSQL {major} here; install its client programs,"
        " or name their folder in CREDITDESK_POSTGRES_BIN",
    )


def _folders(major: int) -> Iterator[Path]:
    with suppress(embedded.EmbeddedError):
        yield embedded.programs()
    yield Path(f"/usr/lib/postgresql/{major}/bin")
    found = shutil.which("pg_dump")
    if found:
        yield Path(found).resolve().parent


def owner_address() -> str:
    """Return how libpq reaches the database of this process as its owner."""
    given = connections["owner"].settings_dict
    named = {
        "dbname": given["NAME"], "user": given["USER"], "password": given["PASSWORD"],
        "host": given["HOST"], "port": given["PORT"],
    }  # fmt: skip
    options = {key: value for key, value in given["OPTIONS"].items() if isinstance(value, str)}
    return conninfo.make_conninfo("", **{k: v for k, v in named.items() if v}, **options)


def version_of(program: Path) -> int:
    """Return the version of a program of PostgreSQL, 180004 for 18.4; 0 when it does not say."""
    try:
        done = subprocess.run(  # noqa: S603 - a program of PostgreSQL
            [program, "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return 0
    found = _VERSION.search(done.stdout)
    return int(found[1]) * 10_000 + int(found[2] or 0) if found else 0


def run(program: Path, arguments: Sequence[str], address: str, *, code: str) -> None:
    """Run a program on a database; DomainError of that code with its last words when it fails.

    The password travels in the environment, where other users of the machine cannot read it.
    """
    parts = conninfo.conninfo_to_dict(address)
    password = parts.pop("password", None)
    told = {**os.environ, "LC_ALL": "C", "PGTZ": "UTC"}
    if password:
        told["PGPASSWORD"] = str(password)
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL, no shell
        [program, "--dbname", conninfo.make_conninfo("", **parts), "--no-password", *arguments],
        env=told,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise DomainError(code, f"{program.name}: {done.stderr.strip()[:MESSAGE_LENGTH_MAX]}")
