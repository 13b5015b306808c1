"""The sealer: nothing settled is skipped, nothing unsettled is taken, whoever else is at work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier, Event

import psycopg
import pytest
from django.db import connection, connections

from creditdesk.audit_verifier import GENESIS, Head, Line, chain_findings, head_of, row_findings
from creditdesk.controls.audit import queries
from creditdesk.controls.audit import services as audit
from creditdesk.controls.audit.tables import sealed_tables
from creditdesk.controls.audit.verifying import verify
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import BANK, UNAPPLIED, Posting
from creditdesk.plumbing.roles import SALT, append_only_tables, erasable_tables
from tests.audit.conftest import HOUSE_TABLES
from tests.audit.vault import MADE, Vault
from tests.support import database
from tests.support.fixtures import TODAY, founded

ADD = (
    "INSERT INTO plumbing_event (company_id, name, data, recorded_at)"
    " VALUES (%s, 'trial', '{}', '2026-03-16 09:00Z') RETURNING id"
)


@pytest.fixture
def vault(committed_db: str) -> Iterator[Vault]:
    with closing(Vault(committed_db)) as vault:
        yield vault


def writer(name: str) -> psycopg.Connection[tuple[int]]:
    return psycopg.connect(database.role_url(name, "creditdesk_app"))


def sealed_events(company_id: int) -> list[int]:
    return [
        int.from_bytes(seal.entries[at : at + 8], "big")
        for seal in queries.seals(company_id)
        for at in range(0, len(seal.entries), 40)
        if seal.table == "plumbing_event"
    ]


def test_every_append_only_table_is_sealed_and_can_be(vault: Vault) -> None:
    """A new one is sealed by being named append-only; it needs company, id and known types."""
    sealed = {one.table: one.columns for one in sealed_tables()}
    assert append_only_tables().keys() - sealed.keys() == {"controls_seal"}  # the chain itself
    assert erasable_tables().keys() <= sealed.keys()
    for table, changing in append_only_tables().items():
        columns = vault.columns(table)
        assert "id" in columns
        assert table in HOUSE_TABLES or "company_id" in columns
        if table in sealed:
            assert {column.kind for column in columns.values()} <= MADE.keys()
            digested = {f"~{name}" for name in erasable_tables().get(table, ())}
            assert digested == {name for name in sealed[table] if name.startswith("~")}
            names = {name.removeprefix("~") for name in sealed[table]} | set(changing)
            assert names == columns.keys() - {SALT}
            assert bool(digested) == (SALT in columns)


def test_a_lower_number_that_commits_late_is_never_skipped(committed_db: str) -> None:
    company_id = founded().id
    with closing(writer(committed_db)) as slow, closing(writer(committed_db)) as quick:
        (early,) = slow.execute(ADD, [company_id]).fetchone() or (0,)
        (late,) = quick.execute(ADD, [company_id]).fetchone() or (0,)
        quick.commit()
        assert early < late
        assert audit.seal(patience_seconds=0) == audit.Sealing(0, ("plumbing_event",))
        report = verify(company_id)
        assert (report.findings, report.unsealed) == ((), 1)
        slow.commit()
    assert audit.seal().rows == 2
    assert sealed_events(company_id) == [early, late]
    assert verify(company_id).findings == ()


def test_a_number_taken_and_given_back_is_no_damage(committed_db: str) -> None:
    company_id = founded().id
    with closing(writer(committed_db)) as one:
        first = one.execute(ADD, [company_id]).fetchone()
        one.commit()
        one.execute(ADD, [company_id])
        one.rollback()
        third = one.execute(ADD, [company_id]).fetchone()
        one.commit()
    assert first is not None
    assert third == (first[0] + 2,)
    assert audit.seal().rows == 2
    assert verify(company_id).findings == ()


def test_a_number_taken_before_anything_is_written_is_waited_for(committed_db: str) -> None:
    """Bulk work takes its ids first and writes the rows much later, in one transaction."""
    company_id = founded().id
    with closing(writer(committed_db)) as bulk, closing(writer(committed_db)) as quick:
        bulk.execute("SELECT nextval(pg_get_serial_sequence('plumbing_event', 'id'))")
        quick.execute(ADD, [company_id])
        quick.commit()
        assert audit.seal(patience_seconds=0).waiting == ("plumbing_event",)
        bulk.rollback()
    assert audit.seal().rows == 1


def test_a_table_at_rest_is_sealed_while_another_is_written_to(committed_db: str) -> None:
    company_id = founded().id
    with closing(writer(committed_db)) as slow, closing(writer(committed_db)) as quick:
        slow.execute(ADD, [company_id])
        quick.execute(
            "INSERT INTO ledger_account (company_id, code) VALUES (%s, 'a')", [company_id]
        )
        quick.commit()
        assert audit.seal(patience_seconds=0) == audit.Sealing(1, ("plumbing_event",))


def test_large_work_is_sealed_in_chunks(
    committed_db: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    company_id, other = founded().id, founded("other").id
    monkeypatch.setattr(audit, "CHUNK_ROWS", 10)
    for _ in range(12):
        vault.run(ADD, company_id)
        vault.run(ADD, other)
    assert audit.seal().rows == 24
    assert [seal.rows for seal in queries.seals(company_id)] == [5, 5, 2]
    assert [seal.rows for seal in queries.seals(other)] == [5, 5, 2]
    assert verify(company_id).findings == verify(other).findings == ()
    assert audit.seal().rows == 0


def test_python_alone_comes_to_the_same_chain(committed_db: str, vault: Vault) -> None:
    """Hard texts and values: the digests SQL made are those the verifier makes from the texts."""
    company_id = founded().id
    hard = [
        "",
        "\\",
        '"',
        "a,b",
        "{}",
        "NULL",
        "\t\n\r\x01\x7f",
        "Ünïcødé 漢字 🙂",
        "\\N",
        "'",
        "\u2028",
    ]
    for text in hard:
        vault.run(
            "INSERT INTO orders_decision (company_id, order_id, outcome, fired, inputs,"
            " policy_version, decided_by, reason, recorded_at)"
            " VALUES (%s, 1, %s, '[]', %s, 1, '', %s, '2026-03-16 09:00:00.123456+02')",
            company_id, text, '{"b": 1.50, "a": [1e3, null, "\\u00fc \\" \\\\"]}', text,
        )  # fmt: skip
    assert audit.seal().rows == len(hard)
    (seal,) = queries.seals(company_id)
    lines = queries.lines(seal)
    assert (seal.previous, head_of(seal)) == (GENESIS.hex(), seal.head)
    assert list(chain_findings([seal])) == row_findings(seal, lines) == []
    broken = [Line(lines[0].id, lines[0].text.replace("1.50", "1.5")), *lines[1:]]
    assert [str(one) for one in row_findings(seal, broken)] == [
        f"changed: orders_decision {lines[0].id}, column inputs (seal 1)"
    ]


def test_two_sealers_at_once_make_one_chain(committed_db: str, vault: Vault) -> None:
    company_id = founded().id
    for _ in range(300):
        vault.run(ADD, company_id)
    barrier = Barrier(4)

    def one() -> int:
        barrier.wait()
        try:
            return audit.seal().rows
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: one(), range(4))) == 300
    assert len(sealed_events(company_id)) == len(set(sealed_events(company_id))) == 300
    assert verify(company_id).findings == ()


def test_writers_sealers_and_verifiers_do_not_disturb_each_other(
    committed_db: str, vault: Vault
) -> None:
    company_id, stopped = founded().id, Event()

    def write() -> int:
        written = 0
        with closing(writer(committed_db)) as at_work:
            while not stopped.is_set():
                at_work.execute(ADD, [company_id])
                if written % 7 == 3:
                    at_work.rollback()
                else:
                    at_work.commit()
                written += 1
        return written

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write) for _ in range(3)]
        try:
            for _ in range(15):
                audit.seal(patience_seconds=5)
                assert verify(company_id).findings == ()
        finally:
            stopped.set()
        assert all(one.result() for one in writers)
    audit.seal()
    report = verify(company_id)
    assert (report.findings, report.unsealed) == ((), 0)
    assert report.rows == vault.value("SELECT count(*) FROM plumbing_event")


def test_a_killed_sealer_leaves_a_whole_chain(committed_db: str, vault: Vault) -> None:
    """Its transaction is gone with it: what was sealed is sealed whole, the rest comes after."""
    company_id = founded().id
    for _ in range(50):
        vault.run(ADD, company_id)
    audit.seal()
    for _ in range(50):
        vault.run(ADD, company_id)
    vault.run("BEGIN")
    vault.run("LOCK TABLE controls_sealhead IN SHARE MODE")  # the sealer stops before its end
    environment = {
        **os.environ,
        "DATABASE_URL": database.role_url(committed_db, "creditdesk_app"),
        "DJANGO_SETTINGS_MODULE": "creditdesk.config.settings",
    }
    program = (
        "import django; django.setup(); from creditdesk.controls.audit import services as audit;"
        " print('go', flush=True); audit.seal()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"go\n"
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation ="
        with closing(Vault(committed_db)) as watch:
            while not watch.value(f"{waiting} 'controls_sealhead'::regclass"):
                assert process.poll() is None
                time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    vault.run("COMMIT")
    report = verify(company_id)
    assert (report.findings, report.seals) == ((), 1)
    with closing(Vault(committed_db)) as watch:
        while watch.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"):
            time.sleep(0.02)
    assert audit.seal().rows == 50
    report = verify(company_id)
    assert (report.findings, report.rows, report.unsealed) == ((), 100, 0)


def test_young_rows_are_told_as_not_yet_sealed_and_are_no_fault(
    committed_db: str, vault: Vault
) -> None:
    company_id = founded().id
    vault.run(ADD, company_id)
    audit.seal()
    vault.run(ADD, company_id)
    report = verify(company_id)
    assert (report.findings, report.rows, report.unsealed) == ((), 1, 1)


def test_a_column_added_later_leaves_older_seals_as_they_are(
    committed_db: str, vault: Vault
) -> None:
    company_id = founded().id
    vault.run(ADD, company_id)
    audit.seal()
    vault.run("ALTER TABLE plumbing_event ADD COLUMN added text NOT NULL DEFAULT 'new'")
    assert verify(company_id).findings == ()
    vault.run("ALTER TABLE plumbing_event RENAME COLUMN name TO title")
    assert [str(one) for one in verify(company_id).findings] == [
        "missing: plumbing_event 0, column name"
    ]


def test_the_application_may_not_touch_the_chain(committed_db: str, vault: Vault) -> None:
    company_id = founded().id
    vault.run(ADD, company_id)
    audit.seal()
    before = queries.head(company_id)
    for attack in (
        "UPDATE controls_seal SET rows = 0", "DELETE FROM controls_seal", "TRUNCATE controls_seal",
        "UPDATE controls_personalvalue SET digest = ''", "DELETE FROM controls_erasure",
        "DELETE FROM controls_personalvalue", "UPDATE controls_publishedhead SET head = ''",
    ):  # fmt: skip
        with (
            closing(writer(committed_db)) as at_work,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            at_work.execute(attack)
    assert queries.head(company_id) == before
    assert verify(company_id).findings == ()


def test_sealing_works_with_what_the_services_write(company: object, actor: object) -> None:
    """Within one transaction too: what it wrote itself is settled as far as it can tell."""
    posting = Posting(
        debit=BANK, credit=UNAPPLIED, currency="EUR", minor=500, effective_on=TODAY,
        source_kind="trial", source_id=1, customer_id=7,
    )  # fmt: skip
    ledger.post(actor, [posting])  # type: ignore[arg-type]
    assert audit.seal().rows == 3  # two accounts, one posting
    company_id = actor.company_id  # type: ignore[attr-defined]
    assert verify(company_id).findings == ()
    head = queries.head(company_id)
    assert isinstance(head, Head)
    assert head.sequence == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('timezone', 'Asia/Tokyo', false)")
    try:
        assert verify(company_id).findings == ()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('timezone', 'UTC', false)")
