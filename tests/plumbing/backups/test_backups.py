"""Backups of a real database: what comes back is what went in, and damage is found."""

from __future__ import annotations

import json
import os
import random
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections
from psycopg import sql as names

from creditdesk.controls.queries import CompanyRow
from creditdesk.faces.cli import backup
from creditdesk.insight import queries as proofs
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError
from creditdesk.plumbing import clock, embedded, sql
from creditdesk.plumbing.backups import manifest, programs, queries, services
from creditdesk.plumbing.backups.manifest import Content, Manifest
from tests.faces.desk.conftest import in_force
from tests.invoices.people import a_customer, an_invoice, recorded
from tests.support import database, live
from tests.support.fixtures import founded

NEWEST = 990_000


@pytest.fixture
def book(committed_db: str, actor_of: Callable[..., Actor]) -> CompanyRow:
    """A company with an invoice on its books."""
    of = founded()
    actor = in_force(actor_of(of.id))
    recorded(actor, an_invoice(a_customer(actor)))
    return of


@pytest.fixture
def file(tmp_path: Path, book: CompanyRow) -> Path:
    """A backup of that company."""
    made = tmp_path / "creditdesk.dump"
    assert backup.backup(file=made) == 0
    return made


@contextmanager
def empty_database() -> Iterator[str]:
    name = database.new_name()
    with psycopg.connect(os.environ[database.SERVER], autocommit=True) as connection:
        connection.execute(
            names.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                names.Identifier(name), names.Identifier(embedded.OWNER)
            )
        )
    before = connections["default"].settings_dict["NAME"]
    live._turn_to(name)
    try:
        yield name
    finally:
        live._turn_to(before)
        database.drop(name)


def refused(file: Path) -> str:
    with pytest.raises(DomainError) as error:
        services.checked(file, NEWEST)
    return error.value.code


def signed_anew(file: Path, change: Callable[[Manifest], Manifest]) -> None:
    place = services.manifest_of(file)
    place.write_bytes(manifest.written(change(manifest.read(place.read_bytes()))))


def test_it_comes_back_as_it_went_in(
    file: Path, book: CompanyRow, capsys: pytest.CaptureFixture[str]
) -> None:
    with queries.one_moment():
        before = backup.content()
    assert before.tables["ledger_posting"][0] > 0
    assert any(key.startswith("balance of acme: receivable") for key in before.books)
    with empty_database():
        assert backup.restore(file=file) == 0
        assert "its books hold" in capsys.readouterr().out
        with queries.one_moment():
            assert backup.content() == before
        assert proofs.prove(book.id) == []
        # The application works on it, and still cannot rewrite what was recorded.
        assert sql.execute("UPDATE controls_company SET phone = '1'") == 1
        with pytest.raises(Exception, match="permission denied"):
            sql.execute("UPDATE ledger_posting SET minor = 1")
        with pytest.raises(DomainError) as again:
            backup.restore(file=file)
        assert again.value.code == "restore_not_empty"


def test_it_is_restored_beside_compared_and_removed(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backup.restore_test(file=file) == 0
    assert "its books hold" in capsys.readouterr().out


def test_what_comes_back_otherwise_or_does_not_prove_is_found(
    tmp_path: Path, book: CompanyRow, capsys: pytest.CaptureFixture[str]
) -> None:
    def lie(made: Manifest) -> Manifest:
        rows, sums = made.content.tables["ledger_posting"]
        tables = {**made.content.tables, "ledger_posting": (rows + 1, sums), "gone": (4, "1")}
        books = {key: value + 1 for key, value in made.content.books.items()}
        return replace(made, content=replace(made.content, tables=tables, books=books))

    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE credit_exposure SET open_minor = open_minor + 1")
    file = tmp_path / "wrong.dump"
    backup.backup(file=file)
    signed_anew(file, lie)
    assert backup.restore_test(file=file) == 1
    said = capsys.readouterr().err
    assert "rows of ledger_posting" in said
    assert "rows of gone: the backup says 4, found 0" in said
    assert "balance of acme: receivable EUR" in said
    assert "acme: exposure_open: " in said


def test_the_backup_is_of_one_moment(tmp_path: Path, book: CompanyRow) -> None:
    file, postgres = tmp_path / "moment.dump", queries.server_version()
    with queries.one_moment() as snapshot:
        with connections["owner"].cursor() as cursor:
            cursor.execute("UPDATE controls_company SET phone = 'changed meanwhile'")
        held = backup.content()
        services.make(
            file, programs.owner_address(), snapshot=snapshot, postgres=postgres, product="x",
            made_at=clock.machine().isoformat(), content=held,
        )  # fmt: skip
    assert sql.scalar("SELECT phone FROM controls_company") == "changed meanwhile"
    with empty_database():
        assert backup.restore(file=file) == 0
        assert sql.scalar("SELECT phone FROM controls_company") == ""


def test_nobody_else_may_read_it_and_nothing_unfinished_is_left(file: Path) -> None:
    both = [file, services.manifest_of(file)]
    assert sorted(file.parent.iterdir()) == sorted(both)
    assert {stat.S_IMODE(path.stat().st_mode) for path in both} == {0o600}


def test_a_backup_is_never_written_over(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(DomainError) as error:
        backup.backup(file=file)
    assert error.value.code == "backup_exists"
    assert file.read_bytes() == before


def test_a_dump_that_fails_leaves_nothing(
    tmp_path: Path, book: CompanyRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = psycopg.conninfo.make_conninfo(programs.owner_address(), dbname="nowhere_at_all")
    monkeypatch.setattr(programs, "owner_address", lambda: nowhere)
    with pytest.raises(DomainError) as error:
        backup.backup(file=tmp_path / "failed.dump")
    assert error.value.code == "backup_failed"
    assert list(tmp_path.iterdir()) == []


def test_a_cut_or_changed_dump_is_found_wherever(file: Path) -> None:
    whole = file.read_bytes()
    assert services.checked(file, NEWEST).dump_bytes == len(whole)
    places = random.Random(7)
    for cut in (0, 1, 5, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:cut])
        assert refused(file) == "backup_cut"
    for place in (0, 4, 5, len(whole) - 1, *(places.randrange(len(whole)) for _ in range(40))):
        changed = bytearray(whole)
        changed[place] ^= 1 << places.randrange(8)
        file.write_bytes(changed)
        assert refused(file) == "backup_damaged"
    file.write_bytes(whole + b"\0")
    assert refused(file) == "backup_damaged"


def test_half_a_backup_is_none(file: Path) -> None:
    services.manifest_of(file).unlink()
    assert refused(file) == "backup_missing"
    with pytest.raises(DomainError):
        backup.restore_test(file=file)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda made: replace(made, postgres=NEWEST + 10_000), "backup_of_newer_postgres"),
        (lambda made: replace(made, content=replace(
            made.content, migrations=(*made.content.migrations, ("risk", "0001_initial")))),
         "backup_of_newer_version"),
    ],
)  # fmt: skip
def test_a_backup_from_the_future_is_refused(
    file: Path, change: Callable[[Manifest], Manifest], expected: str
) -> None:
    signed_anew(file, change)
    assert refused(file) == expected


def test_a_dump_that_is_none_is_told_so(file: Path) -> None:
    file.write_bytes(b"PGDMP this is no dump")
    signed_anew(
        file,
        lambda made: replace(
            made,
            dump_bytes=services.measured(file)[0],
            dump_sha256=services.measured(file)[1],
        ),
    )
    with empty_database(), pytest.raises(DomainError) as error:
        backup.restore(file=file)
    assert error.value.code == "restore_failed"


@pytest.mark.parametrize(
    "change",
    ["UPDATE controls_company SET phone = ' '", "UPDATE controls_company SET name = upper(name)",
     "INSERT INTO plumbing_sequence (company_id, name, next_number) VALUES (1, 'x', 1)",
     "DELETE FROM django_session"],
)  # fmt: skip
@pytest.mark.django_db
def test_a_digest_tells_contents_apart(change: str, company: CompanyRow) -> None:
    sql.execute(
        "INSERT INTO django_session VALUES ('k', 'd', %s) ON CONFLICT DO NOTHING", [clock.machine()]
    )
    before = queries.tables()
    assert queries.tables() == before
    sql.execute(change)
    after = queries.tables()
    assert [name for name in before if before[name] != after[name]] == [
        change.replace("INTO ", "").replace("FROM ", "").split()[1]
    ]


def test_the_content_survives_json() -> None:
    held = Content({"a": (1, "2")}, (("x", "y"),), {"z": 3})
    given: dict[str, Any] = json.loads(json.dumps(
        {"tables": held.tables, "migrations": held.migrations, "books": held.books}
    ))  # fmt: skip
    assert manifest.content_of(given) == held


def test_the_programs_are_of_the_servers_major_version() -> None:
    with pytest.raises(DomainError) as error:
        programs.folder_for(12)
    assert error.value.code == "backup_program_missing"
    major = queries_version() // 10_000
    found = programs.folder_for(major)
    assert programs.version_of(found / "pg_dump") // 10_000 == major
    assert programs.version_of(Path("/nowhere/pg_dump")) == 0


def queries_version() -> int:
    with psycopg.connect(os.environ[database.SERVER]) as connection:
        return connection.info.server_version
