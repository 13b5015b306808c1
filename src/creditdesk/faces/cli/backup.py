"""`creditdesk backup`, `restore-test` and `restore`: data that is known to come back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from django.db import connections

from creditdesk.config.database import APP_ROLE, OWNER_ROLE
from creditdesk.controls import queries as controls
from creditdesk.faces.cli import install
from creditdesk.faces.cli.tongue import gettext, gettext_noop, said
from creditdesk.insight import queries as proofs
from creditdesk.kernel.errors import DomainError, Refused
from creditdesk.ledger import queries as ledger
from creditdesk.plumbing import clock, embedded
from creditdesk.plumbing.backups import manifest, programs, queries, services
from creditdesk.plumbing.backups.manifest import Content, Manifest
from creditdesk.plumbing.encoding import to_json
from creditdesk.plumbing.operation import queries as operation

DATABASE = "creditdesk"
SHOWN_MAX = 20
# What came back otherwise, by its form.
FOUND = (gettext_noop("{1}: the backup says {2}, found {3}"),)


def backup(*, file: Path) -> int:
    """Write a backup of this very moment: a dump, and a manifest beside it."""
    install.require_up_to_date()
    services.check_free(file)
    postgres = queries.server_version()
    with queries.one_moment() as snapshot:
        made = services.make(
            file,
            programs.owner_address(),
            snapshot=snapshot,
            postgres=postgres,
            product=version("creditdesk"),
            made_at=clock.machine().isoformat(),
            content=content(),
        )
    rows = sum(count for count, _ in made.content.tables.values())
    told = {"bytes": made.dump_bytes, "tables": len(made.content.tables), "rows": rows}
    print(f"{file}:", gettext("%(bytes)d bytes, %(tables)d tables, %(rows)d rows", **told))
    return 0


def content() -> Content:
    """Return what the database holds; its books only where its tables are of this version."""
    return Content(
        tables=queries.tables(),
        migrations=queries.migrations(),
        books={} if operation.migrations_pending() else _books(),
    )


def _books() -> dict[str, object]:
    """Return what every account of every company adds up to."""
    return {
        f"balance of {of.code}: {one.account} {one.currency}": one.minor
        for of in controls.companies()
        for one in ledger.balances(of.id)
    }


def facts() -> int:
    """Print what the database holds, and whether its books prove, as JSON: for `restore-test`."""
    with queries.one_moment():
        found = content()
        is_current = not operation.migrations_pending()
        unproved = [
            f"{of.code}: {one}"
            for of in (controls.companies() if is_current else [])
            for one in proofs.prove(of.id)
        ]
    print(to_json({"content": found, "unproved": unproved}))
    return 0


def restore_test(*, file: Path) -> int:
    """Restore a backup beside, compare and prove it, remove it; status 1 when it differs."""
    folder = embedded.programs()
    found = services.checked(file, programs.version_of(folder / "pg_restore"))
    told = {"file": file, "bytes": found.dump_bytes, "moment": found.made_at}
    _step(gettext("%(file)s is whole: %(bytes)d bytes, made %(moment)s", **told))
    with tempfile.TemporaryDirectory(prefix="creditdesk-restore-") as place:
        data = Path(place) / "postgres"
        try:
            server = embedded.start(data, throw_away=True)
            embedded.ensure_database(server, DATABASE)
            services.restore(file, server.url(DATABASE, OWNER_ROLE), folder)
            _step(gettext("restored beside"))
            differs = _differences(found, server)
        finally:
            embedded.remove(data)
    return _said(differs)


def _differences(expected: Manifest, server: embedded.Server) -> list[str]:
    """Return what came back otherwise, and what does not prove, also after migrating it."""
    asked = {
        "DATABASE_URL": server.url(DATABASE, APP_ROLE),
        "DATABASE_OWNER_URL": server.url(DATABASE, OWNER_ROLE),
    }
    facts = json.loads(_creditdesk("backup-facts", asked))
    found = manifest.content_of(facts["content"])
    books = expected.content.books if found.books else {}
    same = Content(expected.content.tables, expected.content.migrations, books)
    differs = [str(one) for one in manifest.differences(same, found)]
    differs += facts["unproved"]
    if set(found.migrations) < operation.migrations_known():
        _step(gettext("bringing it up to date"))
        _creditdesk("migrate", asked)
        after = json.loads(_creditdesk("backup-facts", asked))
        books_only = Content({}, (), expected.content.books)
        now = Content({}, (), after["content"]["books"])
        differs += [str(one) for one in manifest.differences(books_only, now)]
        differs += after["unproved"]
    return differs


def _creditdesk(command: str, asked: dict[str, str]) -> str:
    """Return what a command of ours prints on the restored database, in a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "creditdesk", command],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2][:300]
        raise DomainError("restore_unreadable", f"The restored database cannot be used: {last}")
    return done.stdout


def _step(told: str) -> None:
    print("·", told, flush=True)


def _said(differs: list[str]) -> int:
    for one in differs[:SHOWN_MAX]:
        print(said(one), file=sys.stderr)
    if len(differs) > SHOWN_MAX:
        more = gettext("and %(count)d more", count=len(differs) - SHOWN_MAX)
        print("…", more, file=sys.stderr)
    if not differs:
        print(gettext("The backup comes back as it was, and its books hold."))
    return int(bool(differs))


def restore(*, file: Path) -> int:
    """Bring a backup into the empty database of this installation, and compare it."""
    if not queries.is_empty():
        raise Refused(
            "restore_not_empty",
            "The database holds tables already; restore into an empty one"
            " (another CREDITDESK_HOME, or a new database in DATABASE_URL)",
        )
    folder = programs.folder_for(queries.server_version() // 10_000)
    found = services.checked(file, programs.version_of(folder / "pg_restore"))
    services.restore(file, programs.owner_address(), folder)
    with queries.one_moment():
        came = Content(queries.tables(), queries.migrations(), found.content.books)
    differs = [str(one) for one in manifest.differences(found.content, came)]
    connections["owner"].close()
    if not install.is_up_to_date():
        _step(gettext("bringing it up to date"))
    install.bring_up_to_date()
    for of in controls.companies():
        differs += [f"{of.code}: {one}" for one in proofs.prove(of.id)]
    return _said(differs)
