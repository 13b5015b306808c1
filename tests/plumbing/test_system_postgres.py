"""The whole house on the system's PostgreSQL 15: migrate, live some days, prove the books."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from creditdesk.plumbing import embedded
from tests.support import machine

ROOT = Path(__file__).resolve().parents[2]
# What tells this run of its server: the runs begun here have servers of their own.
OURS = ("DATABASE", "TEST_DATABASE", "CREDITDESK", "PYTEST", "DJANGO")


@pytest.mark.needs("postgres15")
def test_the_house_stands_on_postgresql_15(tmp_path: Path) -> None:
    programs = machine.postgres15()
    assert programs is not None
    told = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    told |= {"CREDITDESK_POSTGRES_BIN": str(programs), "CREDITDESK_HOME": str(tmp_path / "home")}

    def creditdesk(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "creditdesk", *words],
            cwd=ROOT, env=told, capture_output=True, text=True, check=True, timeout=300,
        )  # fmt: skip

    home = tmp_path / "home" / "postgres"
    try:
        creditdesk("init")
        server = embedded.status(home).server
        assert server is not None
        with psycopg.connect(server.url("creditdesk", embedded.APPLICATION)) as connection:
            version = connection.info.server_version
        assert version // 10_000 == 15
        lived = creditdesk("simulate", "--days", "21", "--customers", "8", "--seed", "3")
        assert lived.stdout.count("the books hold") == 2
        assert creditdesk("verify").stdout.count("the books hold") == 2
    finally:
        embedded.remove(home)


@pytest.mark.needs("postgres15")
def test_what_is_append_only_withstands_on_postgresql_15_too() -> None:
    told = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    told |= {"CREDITDESK_POSTGRES_BIN": str(machine.postgres15())}
    attacked = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/ledger/test_attacks.py",
         "tests/ledger/test_at_once.py"],
        cwd=ROOT, env=told, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert attacked.returncode == 0, attacked.stdout[-3000:]
    assert " passed" in attacked.stdout
