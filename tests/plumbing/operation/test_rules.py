"""Every judgement bites: a sound installation has nothing wrong, each planted fault is found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from creditdesk.plumbing.operation import rules
from creditdesk.plumbing.operation.facts import (
    Clocks,
    Configuration,
    Disk,
    Finding,
    Guard,
    Jobs,
    Mail,
    Place,
    Server,
)

GIB = 1024**3
CONFIGURATION = Configuration(
    secret_is_given=True,
    debug=False,
    hosts=("credit.example.com",),
    origins=("https://credit.example.com",),
    is_behind_tls=True,
    smtp_scheme="smtps",
    smtp_host="mail.example.com",
)
SETTINGS = {
    "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "data_checksums": "on",
    "wal_level": "replica", "archive_mode": "on", "log_statement": "none",
    "log_min_error_statement": "panic", "log_min_duration_statement": "-1",
}  # fmt: skip
SERVER = Server(
    version=150_012,
    encoding="UTF8",
    timezone="UTC",
    session_user="creditdesk_app",
    role="creditdesk_app",
    role_is_superuser=False,
    session_is_superuser=False,
    role_may_create=False,
    role_is_owner=False,
    session_is_owner=False,
    settings=SETTINGS,
)
GUARD = Guard("ledger_posting", (), (), may_delete=False, may_truncate=False, triggers_on=2)
PART = Guard("invoices_invoice", ("unapplied_minor",), ("unapplied_minor",), may_delete=False,
             may_truncate=False, triggers_on=2)  # fmt: skip
JOBS = Jobs(3, 1, 0, 0, 0, 12.0, 2, 4.0)
MAIL = Mail("", offers_tls=True, sends_password=True, is_encrypted=False)


def told(findings: Iterable[Finding]) -> dict[str, str]:
    """Each code with its level; every finding that is not ok says what mends it."""
    found = list(findings)
    assert [one for one in found if one.level != "ok" and not one.mend] == []
    return {one.code: one.level for one in found if one.level != "ok"}


def test_a_sound_installation_has_nothing_wrong() -> None:
    found = [
        *rules.judge_configuration(CONFIGURATION),
        *rules.judge_server(SERVER),
        rules.judge_migrations(0),
        *rules.judge_guards([GUARD, PART]),
        *rules.judge_durability(SERVER),
        rules.judge_statement_log(SERVER),
        *rules.judge_jobs(JOBS, is_demo=False),
        *rules.judge_clocks(Clocks(0.3, None)),
        rules.judge_mail(MAIL),
        rules.judge_place(Place("home", exists=True, mode=0o700), is_secret=False),
        rules.judge_place(Place("secret_key", exists=True, mode=0o600), is_secret=True),
        rules.judge_disk(Disk(50 * GIB, 100 * GIB)),
    ]
    assert told(found) == {}
    assert len(found) > 25


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"debug": True}, {"debug": "wrong"}),
        ({"secret_is_given": False}, {"secret_key": "warning"}),
        ({"hosts": ("*",)}, {"hosts": "wrong"}),
        ({"is_behind_tls": False}, {"tls": "wrong"}),
        ({"origins": ()}, {"origins": "warning"}),
        ({"smtp_scheme": "", "smtp_host": ""}, {"smtp_url": "warning"}),
        ({"smtp_scheme": "http"}, {"smtp_url": "wrong"}),
        ({"smtp_host": ""}, {"smtp_url": "wrong"}),
        # A trial on one's own machine needs neither TLS nor a shared secret.
        ({"hosts": ("127.0.0.1", "localhost"), "is_behind_tls": False, "origins": (),
          "secret_is_given": False}, {}),
    ],
)  # fmt: skip
def test_faults_of_the_configuration(fault: dict[str, Any], expected: dict[str, str]) -> None:
    assert told(rules.judge_configuration(replace(CONFIGURATION, **fault))) == expected


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"version": 140_019}, {"version": "wrong"}),
        ({"version": 149_999}, {"version": "wrong"}),
        ({"version": 150_000}, {}),
        ({"encoding": "SQL_ASCII"}, {"encoding": "wrong"}),
        ({"timezone": "Europe/Berlin"}, {"timezone": "wrong"}),
        ({"role_is_superuser": True}, {"role": "wrong"}),
        ({"role_is_owner": True}, {"role": "wrong"}),
        ({"role_may_create": True}, {"role": "wrong"}),
        ({"session_is_superuser": True}, {"login": "warning"}),
        ({"session_is_owner": True}, {"login": "warning"}),
    ],
)
def test_faults_of_the_server(fault: dict[str, Any], expected: dict[str, str]) -> None:
    assert told(rules.judge_server(replace(SERVER, **fault))) == expected


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("fsync", "off", {"fsync": "wrong"}),
        ("full_page_writes", "off", {"full_page_writes": "wrong"}),
        ("synchronous_commit", "off", {"synchronous_commit": "wrong"}),
        ("synchronous_commit", "local", {"synchronous_commit": "wrong"}),
        ("synchronous_commit", "remote_apply", {}),
        ("data_checksums", "off", {"data_checksums": "warning"}),
    ],
)
def test_faults_of_durability(setting: str, value: str, expected: dict[str, str]) -> None:
    server = replace(SERVER, settings={**SETTINGS, setting: value})
    assert told(rules.judge_durability(server)) == expected


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_setting_that_cannot_be_read_is_not_taken_for_good(setting: str) -> None:
    settings = {name: value for name, value in SETTINGS.items() if name != setting}
    found = told(rules.judge_durability(replace(SERVER, settings=settings)))
    assert found == {setting: "wrong"}


@pytest.mark.parametrize(
    ("setting", "value"),
    [("log_statement", "all"), ("log_statement", "mod"), ("log_min_duration_statement", "0"),
     ("log_min_error_statement", "error")],
)  # fmt: skip
def test_a_server_that_writes_peoples_data_into_its_log(setting: str, value: str) -> None:
    server = replace(SERVER, settings={**SETTINGS, setting: value})
    assert told([rules.judge_statement_log(server)]) == {"statement_log": "warning"}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"may_update": ("minor",)}, {"append_only": "wrong"}),
        ({"may_delete": True}, {"append_only": "wrong"}),
        ({"may_truncate": True}, {"append_only": "wrong"}),
        ({"triggers_on": 1}, {"append_only_trigger": "wrong"}),
        ({"triggers_on": 0, "may_delete": True},
         {"append_only_trigger": "wrong", "append_only": "wrong"}),
    ],
)  # fmt: skip
def test_tables_that_could_be_rewritten(fault: dict[str, Any], expected: dict[str, str]) -> None:
    assert told(rules.judge_guards([PART, replace(GUARD, **fault)])) == expected


def test_a_column_beyond_the_granted_one_is_named() -> None:
    [found] = rules.judge_guards([replace(PART, may_update=("total_minor", "unapplied_minor"))])
    assert found.message == "the application may update total_minor in invoices_invoice"


@pytest.mark.parametrize(
    ("fault", "is_demo", "expected"),
    [
        ({"workers": 0, "heartbeat_age_seconds": None}, False, {"workers": "warning"}),
        ({"workers": 0, "heartbeat_age_seconds": None}, True, {}),
        ({"stalled": 1}, False, {"stalled": "warning"}),
        ({"dead": 2}, False, {"dead": "warning"}),
        ({"oldest_waiting_seconds": 901.0}, False, {"waiting": "wrong"}),
        ({"oldest_waiting_seconds": 900.0}, False, {}),
        ({"oldest_waiting_seconds": None}, False, {}),
    ],
)
def test_faults_of_the_queue(
    fault: dict[str, Any],
    is_demo: bool,  # noqa: FBT001 - a row of a table
    expected: dict[str, str],
) -> None:
    assert told(rules.judge_jobs(replace(JOBS, **fault), is_demo=is_demo)) == expected


@pytest.mark.parametrize(
    ("clocks", "expected"),
    [
        (Clocks(2.0, None), {}),
        (Clocks(-2.5, None), {"skew": "warning"}),
        (Clocks(61.0, None), {"skew": "wrong"}),
        (Clocks(0.0, datetime(2026, 3, 1, tzinfo=UTC)), {"business_clock": "warning"}),
    ],
)
def test_faults_of_the_clocks(clocks: Clocks, expected: dict[str, str]) -> None:
    assert told(rules.judge_clocks(clocks)) == expected


@pytest.mark.parametrize(
    ("fault", "level"),
    [
        ({"fault": "ConnectionRefusedError"}, "wrong"),
        ({"offers_tls": False}, "wrong"),
        ({"offers_tls": False, "sends_password": False}, "warning"),
        ({"offers_tls": False, "is_encrypted": True}, "ok"),
    ],
)
def test_faults_of_the_mail_server(fault: dict[str, Any], level: str) -> None:
    assert rules.judge_mail(replace(MAIL, **fault)).level == level


@pytest.mark.parametrize(
    ("mode", "is_secret", "level"),
    [
        (0o640, True, "wrong"), (0o604, True, "wrong"), (0o600, True, "ok"),
        (0o755, False, "ok"), (0o775, False, "wrong"), (0o707, False, "wrong"),
    ],
)  # fmt: skip
def test_files_open_to_others(
    mode: int,
    is_secret: bool,  # noqa: FBT001 - a row of a table
    level: str,
) -> None:
    place = Place("x", exists=True, mode=mode)
    assert rules.judge_place(place, is_secret=is_secret).level == level


@pytest.mark.parametrize(
    ("free", "total", "level"),
    [
        (GIB // 4, 10 * GIB, "wrong"), (10 * GIB, 1000 * GIB, "wrong"), (GIB, 20 * GIB, "warning"),
        (30 * GIB, 500 * GIB, "ok"), (5 * GIB, 10 * GIB, "ok"), (0, 0, "wrong"),
    ],
)  # fmt: skip
def test_the_room_on_the_disk(free: int, total: int, level: str) -> None:
    assert rules.judge_disk(Disk(free, total)).level == level
