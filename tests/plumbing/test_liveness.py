"""A connection just used and quiet is trusted; one the server ended is asked and made anew."""

from __future__ import annotations

import select
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection

from creditdesk.plumbing import liveness, sql


@pytest.fixture
def kept(committed_db: str) -> None:
    sql.scalar("SELECT 1")
    liveness._used.__dict__.clear()
    connection.health_check_enabled = True
    connection.health_check_done = False


def test_a_connection_used_just_now_is_not_asked(kept: None) -> None:
    liveness.trust_if_quiet()
    assert connection.health_check_done is False  # nothing is known of it yet
    liveness.trust_if_quiet()
    assert connection.health_check_done is True


def test_after_a_while_it_is_asked_again(kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    liveness.trust_if_quiet()
    raw, at = liveness._used.last
    liveness._used.last = (raw, at - liveness.TRUSTED_SECONDS)
    liveness.trust_if_quiet()
    assert connection.health_check_done is False


def test_one_the_server_ended_is_asked_and_made_anew(kept: None) -> None:
    liveness.trust_if_quiet()
    mine = connection.connection.info
    with psycopg.connect(mine.dsn, autocommit=True) as killer:
        killer.execute("SELECT pg_terminate_backend(%s, 30000)", [mine.backend_pid])
    ended = select.poll()
    ended.register(connection.connection.fileno(), select.POLLIN)
    assert ended.poll(30_000)
    liveness.trust_if_quiet()
    assert connection.health_check_done is False
    assert sql.scalar("SELECT 1") == 1
    assert connection.connection.info.backend_pid != mine.backend_pid


def test_without_a_connection_none_is_made() -> None:
    def trusted() -> object:
        liveness.trust_if_quiet()
        return connection.connection

    with ThreadPoolExecutor(1) as another_thread:
        assert another_thread.submit(trusted).result() is None
