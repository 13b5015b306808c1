"""Statements sent ahead: in their order, with their answers, and all or nothing."""

from __future__ import annotations

from typing import NamedTuple

import psycopg
import pytest
from django.db import (
    IntegrityError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)

from creditdesk.plumbing import sql

COUNT = "SELECT count(*) FROM sent_ahead"
# Long enough to be under way when the next statement comes.
SLOW = "INSERT INTO sent_ahead SELECT %s FROM pg_sleep(0.05)"


class _Row(NamedTuple):
    id: int


def test_rows_are_left_as_they_came_for_who_takes_them_apart(committed_db: str) -> None:
    assert sql.fetch(tuple, "SELECT 1, 'a' UNION ALL SELECT 2, 'b' ORDER BY 1") == [
        (1, "a"),
        (2, "b"),
    ]


@pytest.fixture
def table(committed_db: str) -> None:
    sql.execute("CREATE TEMPORARY TABLE sent_ahead (id bigint PRIMARY KEY CHECK (id > 0))")


def _written(ids: list[int]) -> None:
    sql.copy_columns("sent_ahead", {"id": ids}, {})


def test_statements_keep_their_order_and_answers(table: None) -> None:
    with transaction.atomic(), sql.ahead():
        _written([1, 2])
        slow = sql.send(SLOW, [3])
        _written([4])
        raised = sql.send("UPDATE sent_ahead SET id = id + 10 WHERE id < 4 RETURNING id")
        assert sql.scalars("SELECT id FROM sent_ahead ORDER BY id") == [4, 11, 12, 13]
        assert slow.count() == 1
        assert sorted(raised.rows(_Row)) == [_Row(11), _Row(12), _Row(13)]
    assert sql.scalar(COUNT) == 4


def test_nothing_waits_for_a_statement_that_is_under_way(table: None) -> None:
    with transaction.atomic(), sql.ahead():
        sql.send(SLOW, [1])
        assert connection.connection.info.transaction_status.name == "ACTIVE"
        assert sql.scalar(COUNT) == 1
        assert connection.connection.info.transaction_status.name == "INTRANS"


def test_the_end_of_the_block_waits_and_leaves_the_connection_as_it_was(table: None) -> None:
    with transaction.atomic():
        with sql.ahead():
            sql.send(SLOW, [1])
        assert connection.connection.info.transaction_status.name == "INTRANS"
        assert not sql.is_ahead()
        assert "wait" not in vars(connection.connection)


@pytest.mark.parametrize("asks", [True, False])
def test_an_error_shows_at_the_next_statement_or_at_the_end(table: None, *, asks: bool) -> None:
    sql.execute("INSERT INTO sent_ahead VALUES (1)")
    with pytest.raises(IntegrityError, match="sent_ahead_pkey"), transaction.atomic():  # noqa: PT012 - where it is raised is what is tested
        with sql.ahead():
            _written([2])
            sql.send(SLOW, [1])
            if asks:
                sql.scalar(COUNT)
                pytest.fail("the error was not raised by the statement after it")
        pytest.fail("the error was not raised by the end of the block")
    assert sql.scalars("SELECT id FROM sent_ahead") == [1]


def test_an_error_of_a_copy_is_told_as_well(table: None) -> None:
    with (
        pytest.raises(IntegrityError, match="sent_ahead_id_check"),
        transaction.atomic(),
        sql.ahead(),
    ):
        _written([1, 0])
    assert sql.scalar(COUNT) == 0


def _sent_before_an_error() -> None:
    with transaction.atomic(), sql.ahead():
        sql.send(SLOW, [1])
        raise ValueError("of the caller")


def test_an_error_between_leaves_nothing_of_what_was_under_way(table: None) -> None:
    with pytest.raises(ValueError, match="of the caller"):
        _sent_before_an_error()
    assert sql.scalar(COUNT) == 0


def test_an_error_between_hides_that_of_what_was_under_way(table: None) -> None:
    sql.execute("INSERT INTO sent_ahead VALUES (1)")
    with pytest.raises(ValueError, match="of the caller"):
        _sent_before_an_error()
    assert sql.scalars("SELECT id FROM sent_ahead") == [1]


def test_rows_that_fail_on_their_way_end_the_copy(table: None) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic(), sql.ahead():
        sql.copy_rows("sent_ahead", ["id"], [(1,), (object(),)])
    assert sql.scalar(COUNT) == 0


def test_a_server_that_goes_away_in_the_middle_leaves_nothing_half_done(committed_db: str) -> None:
    sql.scalar("SELECT 1")
    with pytest.raises(OperationalError):
        _written_while_the_server_goes_away()
    connection.close()
    assert sql.scalar("SELECT count(*) FROM plumbing_sequence WHERE company_id = -1") == 0


def _written_while_the_server_goes_away() -> None:
    mine = connection.connection.info
    with (
        psycopg.connect(mine.dsn, password=mine.password, autocommit=True) as other,
        transaction.atomic(),
        sql.ahead(),
    ):
        sql.copy_columns("plumbing_sequence", _numbers("first"), {})
        sql.send("SELECT pg_sleep(30)")
        other.execute("SELECT pg_terminate_backend(%s)", [mine.backend_pid])
        sql.copy_columns("plumbing_sequence", _numbers("second"), {})


def _numbers(name: str) -> dict[str, list[object]]:
    return {"company_id": [-1], "name": [name], "next_number": [1]}


def test_without_a_transaction_everything_is_waited_for(table: None) -> None:
    with sql.ahead():
        assert not sql.is_ahead()
        assert sql.send(SLOW, [1]).count() == 1
        assert connection.connection.info.transaction_status.name == "IDLE"


def test_bytes_go_ahead_only_where_statements_do(table: None) -> None:
    with pytest.raises(RuntimeError):
        sql.send_bytes("INSERT INTO sent_ahead VALUES (length(%b))", [b"\0\xff"])
    with transaction.atomic(), sql.ahead():
        sql.send_bytes("INSERT INTO sent_ahead VALUES (length(%b::bytea))", [b"\0\xff"])
    assert sql.scalars("SELECT id FROM sent_ahead") == [2]
