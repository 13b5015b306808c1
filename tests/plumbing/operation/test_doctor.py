"""The doctor on a real database: what it reads is so, and each fault planted there is found."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from socketserver import BaseRequestHandler, TCPServer

import pytest
from django.db import connections
from pytest_django import Settings

from creditdesk.faces.cli import doctor
from creditdesk.plumbing import clock, roles
from creditdesk.plumbing.operation import probes, queries
from creditdesk.plumbing.operation.facts import Finding


def as_owner(*statements: str) -> None:
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def found(code: str) -> list[Finding]:
    connections["default"].close()
    return [one for one in doctor.examine() if one.code == code]


def levels(code: str) -> list[str]:
    return [one.level for one in found(code)]


@pytest.mark.usefixtures("committed_db")
def test_the_rights_are_read_from_the_database() -> None:
    guards = {guard.table: guard for guard in queries.guards()}
    assert guards.keys() == roles.append_only_tables().keys()
    assert guards["ledger_posting"].may_update == ()
    # What may be erased may only be blanked: the trigger erase_only lets nothing else through.
    assert set(guards["invoices_invoice"].may_update) == {
        "unapplied_minor", "order_reference", "customer_reference", "reason", "seal_salt",
    }  # fmt: skip
    assert {guard.triggers_on for guard in guards.values()} == {2}
    assert levels("append_only") == ["ok"]


@pytest.mark.parametrize(
    ("planted", "message"),
    [
        ("GRANT UPDATE ON ledger_posting TO creditdesk_app", "update "),
        ("GRANT UPDATE (minor) ON ledger_posting TO creditdesk_app", "update minor in"),
        ("GRANT DELETE ON controls_auditentry TO creditdesk_app", "delete in controls_auditentry"),
        ("GRANT TRUNCATE ON plumbing_event TO PUBLIC", "truncate in plumbing_event"),
    ],
)
@pytest.mark.usefixtures("committed_db")
def test_a_right_too_many_is_found(planted: str, message: str) -> None:
    as_owner(planted)
    [one] = found("append_only")
    assert (one.level, message in one.message) == ("wrong", True)
    roles.apply_grants("owner")  # as its mend says
    assert levels("append_only") == ["ok"]


@pytest.mark.parametrize(
    "planted",
    [
        "ALTER TABLE ledger_posting DISABLE TRIGGER append_only",
        "ALTER TABLE ledger_posting DISABLE TRIGGER USER",
        "DROP TRIGGER append_only_whole ON ledger_posting",
        "ALTER TABLE ledger_posting ENABLE REPLICA TRIGGER append_only",
    ],
)
@pytest.mark.usefixtures("committed_db")
def test_a_trigger_switched_off_is_found(planted: str) -> None:
    as_owner(planted)
    [one] = found("append_only_trigger")
    assert (one.level, "ledger_posting" in one.message) == ("wrong", True)
    roles.apply_grants("owner")  # as its mend says
    assert found("append_only_trigger") == []


@pytest.mark.usefixtures("committed_db")
def test_a_row_that_could_be_rewritten_instead_of_blanked_is_found() -> None:
    as_owner("ALTER TABLE cash_bankline DISABLE TRIGGER erase_only")
    [one] = found("append_only_trigger")
    assert (one.level, "cash_bankline" in one.message) == ("wrong", True)
    with connections["owner"].cursor() as cursor:
        assert roles.weaknesses(cursor) == ["cash_bankline: the trigger erase_only is off"]
    roles.apply_grants("owner")
    assert found("append_only_trigger") == []


def test_settings_of_durability_are_those_of_the_server(committed_db: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync')")
        fsync = cursor.fetchone()[0]
    assert levels("fsync") == ["ok" if fsync == "on" else "wrong"]
    as_owner(f'ALTER DATABASE "{committed_db}" SET synchronous_commit = on')
    assert levels("synchronous_commit") == ["ok"]
    as_owner(f'ALTER DATABASE "{committed_db}" SET synchronous_commit = off')
    assert levels("synchronous_commit") == ["wrong"]


@pytest.mark.usefixtures("committed_db")
def test_a_migration_that_is_missing_is_counted() -> None:
    assert queries.migrations_pending() == 0
    assert levels("migrations") == ["ok"]
    as_owner("DELETE FROM django_migrations WHERE app = 'ledger'")
    [one] = found("migrations")
    assert (one.level, one.mend) == ("wrong", "run creditdesk init")
    assert found("append_only") == []


@pytest.mark.usefixtures("committed_db")
def test_an_owner_in_place_of_the_application_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert levels("role") == ["ok"]
    options = connections["default"].settings_dict
    as_role = {**options, "OPTIONS": connections["owner"].settings_dict["OPTIONS"],
               "USER": connections["owner"].settings_dict["USER"]}  # fmt: skip
    connections["default"].close()
    monkeypatch.setattr(connections["default"], "settings_dict", as_role)
    [one] = found("role")
    assert (one.level, "owns the tables" in one.message) == ("wrong", True)
    assert levels("login") == ["warning"]
    connections["default"].close()


@pytest.mark.usefixtures("committed_db")
def test_a_moved_business_clock_is_found() -> None:
    assert levels("business_clock") == ["ok"]
    assert abs(queries.clocks().skew_seconds) < 2
    clock.move(clock.machine() - timedelta(days=400))
    assert levels("business_clock") == ["warning"]


@pytest.mark.usefixtures("committed_db")
def test_a_database_out_of_reach_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = {**connections["default"].settings_dict, "NAME": "nowhere_at_all"}
    connections["default"].close()
    monkeypatch.setattr(connections["default"], "settings_dict", nowhere)
    [one] = found("reachable")
    assert one.level == "wrong"
    assert "nowhere_at_all" not in one.message
    assert found("migrations") == []
    connections["default"].close()


@pytest.mark.usefixtures("committed_db")
def test_it_prints_json_and_ends_with_a_status(
    capsys: pytest.CaptureFixture[str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = [Finding("area", "code", "ok", "fine"), Finding("area", "other", "warning", "m", "x")]
    monkeypatch.setattr(doctor, "examine", lambda _: iter(sound))
    assert doctor.doctor(as_json=True) == 0
    assert [one["code"] for one in json.loads(capsys.readouterr().out)] == ["code", "other"]
    monkeypatch.undo()
    settings.DEBUG = True
    assert doctor.doctor(as_json=False, fault="it did not start") == 1
    out = capsys.readouterr().out
    assert "it did not start" in out
    assert "WRONG" in out


def test_files_are_looked_at(tmp_path: Path) -> None:
    secret = tmp_path / "secret_key"
    assert not probes.place(secret).exists
    secret.write_text("x")
    for mode in (0o600, 0o644):
        secret.chmod(mode)
        assert probes.place(secret).mode == mode
    assert probes.disk(tmp_path / "not" / "there").total_bytes > 0


@contextmanager
def mail_server(greeting: bytes, offers: bytes) -> Iterator[str]:
    """A mail server that greets and answers EHLO; it takes nothing."""

    class Talks(BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(greeting)
            while (said := self.request.recv(1024)) and not said.startswith(b"QUIT"):
                self.request.sendall(offers)
            self.request.sendall(b"221 bye\r\n")

    with TCPServer(("127.0.0.1", 0), Talks) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"smtp://someone:word@127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_the_mail_server_is_asked_and_nothing_is_sent() -> None:
    with mail_server(b"220 here\r\n", b"250-here\r\n250 STARTTLS\r\n") as url:
        answer = probes.mail(url)
    assert (answer.fault, answer.offers_tls, answer.sends_password) == ("", True, True)
    with mail_server(b"220 here\r\n", b"250 here\r\n") as url:
        assert not probes.mail(url).offers_tls
    with mail_server(b"554 go away\r\n", b"") as url:
        assert probes.mail(url).fault == "SMTPConnectError"
    assert probes.mail(url).fault == "ConnectionRefusedError"
