"""Run the tests on a throw-away PostgreSQL 15 of the system: `make test-postgres15`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from creditdesk.plumbing import embedded
from tests.support import database, machine

# What needs no database, or a server of its own, or proves another thing than the rooms.
ELSEWHERE = frozenset(
    {"benchmarks", "browser", "crash", "docs", "kernel", "look", "scenarios", "support", "upgrades"}
)


def rooms() -> list[str]:
    """Return the tests of every room, also of one that came today."""
    here = Path("tests")
    return sorted(
        str(place)
        for place in here.iterdir()
        if (place / "__init__.py").exists() and place.name not in ELSEWHERE
    )


def main(words: list[str]) -> int:
    """Start the server, run pytest on it with the words given or on every room, remove it."""
    programs = machine.postgres15()
    if programs is None:
        sys.exit("There is no PostgreSQL 15 here; on Debian: apt-get install postgresql-15")
    os.environ["CREDITDESK_POSTGRES_BIN"] = str(programs)
    with tempfile.TemporaryDirectory(prefix="creditdesk-postgres15-") as place:
        data = Path(place) / "postgres"
        try:
            server = embedded.start(data, throw_away=True)
            embedded.ensure_database(server, "creditdesk")
            told = {**os.environ, database.LOGINS: "1"}
            told["TEST_DATABASE_URL"] = server.url("postgres", embedded.SUPERUSER)
            del told["CREDITDESK_POSTGRES_BIN"]
            is_named = any(word.startswith("tests") for word in words)
            given = words if is_named else [*words, *rooms()]
            return subprocess.run(
                [sys.executable, "-m", "pytest", "-q", *given], env=told, check=False
            ).returncode
        finally:
            embedded.remove(data)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
