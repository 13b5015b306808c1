"""Values through a PostgreSQL array come back as they were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from psycopg import _queries

from creditdesk.orders.queries import CIRCUMSTANCES
from creditdesk.plumbing import sql
from creditdesk.plumbing.sql import cursors


@dataclass(frozen=True, slots=True)
class _Number:
    n: int


@dataclass(frozen=True, slots=True)
class _Three:
    a: object
    b: str | None
    at: datetime


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], "text"),
        ([""], "text"),
        (["NULL", "a,b", "{}", ' "x" ', "back\\slash", "it's", "ü\n"], "text"),
        (["a", None, "b"], "text"),
        ([1, -2, None], "bigint"),
        ([1, 2], "bigint"),
        ([date(2026, 3, 31), None], "date"),
    ],
)
def test_arrays(db: None, values: list[object], kind: str) -> None:
    assert sql.scalars(f"SELECT * FROM unnest(%s::{kind}[])", [sql.array(values)]) == values


def test_any_texts(db: None) -> None:
    @given(st.lists(TEXTS, max_size=5))
    def holds(values: list[str]) -> None:
        assert sql.scalars("SELECT * FROM unnest(%s::text[])", [sql.array(values)]) == values

    holds()


COLUMNS = """
    CREATE TEMPORARY TABLE copied (
        n bigint, maybe bigint, said text, day date, at timestamptz, sure boolean, many text[],
        exact numeric, data jsonb) ON COMMIT DROP
"""
NAMES = ("n", "maybe", "said", "day", "at", "sure", "many", "exact")
AT = datetime(2026, 3, 31, 23, 59, 59, 999999, tzinfo=UTC)
ROWS = [
    (1, None, "plain", date(2026, 3, 31), AT, True, [], Decimal("1.50")),
    (-2, 7, "back\\slash \\N \\n", None, None, None, ["a", ""], Decimal("1.5")),
    (2**62, 0, "tab\tline\nreturn\r", date(1, 1, 1), AT, False, ['q"', "b\\"], None),
    (0, None, "", date(9999, 12, 31), None, None, ["NULL", "{}", "a,b", "ü\t\n"], Decimal(0)),
]


def copied() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(NAMES)} FROM copied")
        return cursor.fetchall()


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], [], ROWS * 1500])
def test_rows_are_copied_as_they_are(db: None, rows: list[tuple[object, ...]]) -> None:
    sql.execute(COLUMNS)
    assert sql.copy_rows("copied", NAMES, iter(rows)) == len(rows)
    assert copied() == rows


@pytest.mark.parametrize("count", [1, 4, 6000])
def test_columns_are_copied_as_they_are(db: None, count: int) -> None:
    sql.execute(COLUMNS)
    rows = (ROWS * count)[:count]
    columns = dict(zip(NAMES[:-1], zip(*rows, strict=True), strict=False))
    assert (
        sql.copy_columns("copied", columns, {"exact": Decimal("2.5"), "data": '{"a": 1}'}) == count
    )
    assert copied() == [(*row[:-1], Decimal("2.5")) for row in rows]
    assert sql.scalars("SELECT DISTINCT data ->> 'a' FROM copied") == ["1"]


def test_columns_of_different_length_are_no_rows(db: None) -> None:
    sql.execute(COLUMNS)
    with pytest.raises(ValueError, match="one length"):
        sql.copy_columns("copied", {"n": [1, 2], "maybe": [1]}, {})
    assert copied() == []


def test_any_texts_are_copied(db: None) -> None:
    sql.execute(COLUMNS)

    @given(st.lists(TEXTS, min_size=1, max_size=5), st.lists(TEXTS, max_size=3))
    def holds(values: list[str], many: list[str]) -> None:
        sql.execute("DELETE FROM copied")
        sql.copy_columns("copied", {"said": values, "many": [many] * len(values)}, {"n": 1})
        assert sql.scalars("SELECT said FROM copied") == values
        assert sql.scalars("SELECT many FROM copied") == [many] * len(values)

    holds()


COPIED = ["", "\\N", "\\.", "a\tb", "a\nb\r", "back\\slash", "ü “x” €\u00a0", "\\t"]


def _taken() -> list[object]:
    return sql.scalars("SELECT t FROM texts ORDER BY n")


@pytest.fixture
def texts(db: None) -> None:
    sql.execute("CREATE TEMP TABLE texts (n int, t text) ON COMMIT DROP")


def test_lines_of_copy_keep_every_text(texts: None) -> None:
    lines = [f"{n}\t{sql.copy_text(text)}\n" for n, text in enumerate(COPIED)]
    sql.copy_lines("texts", ("n", "t"), lines)
    assert _taken() == COPIED


def test_lines_of_copy_keep_any_text(texts: None) -> None:
    @given(st.lists(TEXTS, max_size=5))
    def holds(values: list[str]) -> None:
        sql.execute("DELETE FROM texts")
        lines = [f"{n}\t{sql.copy_text(text)}\n" for n, text in enumerate(values)]
        sql.copy_lines("texts", ("n", "t"), lines)
        assert _taken() == values

    holds()


def test_rows_in_binary_keep_every_text_and_nothing(texts: None) -> None:
    values = [*COPIED, None]
    assert sql.copy_rows("texts", ("n", "t"), enumerate(values), types="int4 text") == len(values)
    assert _taken() == values


@dataclass(frozen=True, slots=True)
class _Base:
    n: int
    said: str


@dataclass(frozen=True, slots=True)
class _More(_Base):
    more: int | None = None


@dataclass(frozen=True, slots=True)
class _Checked:
    n: int
    said: str
    more: int | None

    def __post_init__(self) -> None:
        if self.n == 99:
            raise ValueError("not this one")


class _Named(NamedTuple):
    n: int
    said: str
    more: int | None = None


@pytest.mark.parametrize("row", [_More, _Named])
@pytest.mark.parametrize("count", [0, 1, 19, 20, 500])
def test_many_rows_are_made_as_few_are(db: None, row: type[_More | _Named], count: int) -> None:
    three = "SELECT n, 'said ' || n, nullif(n, 3) FROM generate_series(1, %s) AS n"
    wanted = [(n, f"said {n}", None if n == 3 else n) for n in range(1, count + 1)]
    assert sql.fetch(row, three, [count]) == [row(*values) for values in wanted]
    two = "SELECT n, 'said ' || n FROM generate_series(1, %s) AS n"
    assert sql.fetch(row, two, [count]) == [row(n, said) for n, said, _ in wanted]


def test_rows_that_check_themselves_do_so_in_any_number(db: None) -> None:
    statement = "SELECT n, '', 0 FROM generate_series(1, %s) AS n"
    assert len(sql.fetch(_Checked, statement, [98])) == 98
    with pytest.raises(ValueError, match="not this one"):
        sql.fetch(_Checked, statement, [99])


def test_rows_fetched_in_parts_are_all_of_them_in_order(db: None) -> None:
    wanted = sql.fetch(_Number, "SELECT n FROM generate_series(1, 25) AS n")
    for size in (1, 10, 25, 26):
        statement = "SELECT n FROM generate_series(1, %s) AS n"
        assert list(sql.fetch_in_parts(_Number, statement, [25], size=size)) == wanted


def test_rows_fetched_in_parts_are_those_of_the_first_moment(texts: None) -> None:
    sql.copy_lines("texts", ("n", "t"), [f"{n}\tx\n" for n in range(6)])
    found = []
    for row in sql.fetch_in_parts(_Number, "SELECT n FROM texts ORDER BY n", size=2):
        found.append(row.n)
        sql.execute("DELETE FROM texts")
    assert found == [0, 1, 2, 3, 4, 5]


def test_within_the_block_every_statement_is_planned_and_after_it_none(db: None) -> None:
    kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"

    def ask(word: str) -> int:
        assert [sql.scalar(f"SELECT %s::int + 1 AS {word}", [n]) for n in range(3)] == [1, 2, 3]
        return int(sql.scalar(kept, [f"%AS {word}"]))

    assert ask("before_it") == 0
    with sql.all_planned():
        assert ask("within_it") == 1
    assert ask("after_it") == 0


@pytest.mark.django_db
def test_an_error_of_a_planned_statement_is_the_frameworks() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        sql.scalar("SELECT 1 / %s", [0], planned=True)
    with transaction.atomic():
        with pytest.raises(DatabaseError), transaction.atomic():
            sql.execute("SELECT no_such_column", planned=True)
        assert sql.scalar("SELECT 1", planned=True) == 1
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            sql.scalar("SELECT 1", planned=True)


@pytest.mark.django_db
def test_a_statement_may_be_planned_anew_where_all_others_are_kept() -> None:
    text = "SELECT name FROM pg_prepared_statements WHERE statement LIKE %s"
    with sql.all_planned():
        sql.scalar("SELECT 'kept', %s::int", [1])
        sql.scalar("SELECT 'anew', %s::int", [1], planned=False)
    assert sql.scalars(text, ["SELECT 'kept'%"])
    assert not sql.scalars(text, ["SELECT 'anew'%"])


def test_a_compact_statement_keeps_its_literals() -> None:
    text = "SELECT  a ,\n  'x-y' ,'{a,b}'\n FROM t  WHERE b  <=  %(on)s  AND ( c <> 'd e' )"
    assert sql.compact(text) == "SELECT a,'x-y','{a,b}' FROM t WHERE b<=%(on)s AND(c<>'d e')"


def test_what_an_order_check_asks_is_short_enough_to_be_kept_by_the_driver() -> None:
    assert len(CIRCUMSTANCES) <= sql.DRIVER_KEEPS == _queries.MAX_CACHED_STATEMENT_LENGTH


@pytest.mark.django_db
def test_a_kept_cursor_writes_and_reads_each_value_by_its_own_type() -> None:
    statement = "SELECT %(a)s, %(b)s::text, %(on)s::timestamptz"
    at = datetime(2026, 3, 31, 12, tzinfo=UTC)
    for a, b in [(1, "x"), (2**40, None), ("t", "y"), (None, ""), (Decimal("1.50"), "z"), (1, "x")]:
        named: dict[str, object] = {"a": a, "b": b, "on": at}
        [found] = sql.fetch(_Three, statement, named, planned=True)
        assert (found.a, found.b, found.at) == (a, b, at)


@pytest.mark.django_db
def test_a_kept_cursor_goes_on_after_an_error_and_after_a_rollback() -> None:
    for n in range(3):
        with pytest.raises(DatabaseError, match="division by zero"), transaction.atomic():
            sql.scalar("SELECT 4 / %s::int", [0], planned=True)
        assert sql.scalar("SELECT 4 / %s::int", [n + 1], planned=True) == 4 // (n + 1)


def test_a_violated_constraint_is_the_frameworks_error_and_leaves_nothing(texts: None) -> None:
    sql.execute("CREATE UNIQUE INDEX ON texts (n)")
    add = "INSERT INTO texts (n, t) VALUES (%s, %s)"

    def twice() -> None:
        with transaction.atomic():
            assert sql.execute(add, [1, "a"], planned=True) == 1
            sql.execute(add, [1, "b"], planned=True)

    for _ in range(2):
        with pytest.raises(IntegrityError):
            twice()
    assert sql.scalars("SELECT t FROM texts", planned=True) == []


def test_a_kept_cursor_belongs_to_its_connection(committed_db: str) -> None:
    ask = "SELECT pg_backend_pid() + %s::int"
    first = sql.scalar(ask, [0], planned=True)
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as killer:
        killer.execute("SELECT pg_terminate_backend(%s)", [first])
    with pytest.raises(OperationalError):
        sql.scalar(ask, [0], planned=True)
    connection.close()
    assert sql.scalar(ask, [0], planned=True) != first


@pytest.mark.django_db
def test_many_rows_are_not_held_until_the_statement_is_asked_again() -> None:
    few, many = "SELECT generate_series(1, %s) AS few", "SELECT generate_series(1, %s) AS many"
    assert len(sql.scalars(few, [100], planned=True)) == 100
    assert len(sql.scalars(many, [101], planned=True)) == 101
    assert few in cursors._kept.cursors
    assert many not in cursors._kept.cursors


@pytest.mark.django_db
def test_what_only_counts_sees_planned_and_other_statements_and_those_that_fail() -> None:
    counting = sql.Counting()
    with connection.execute_wrapper(counting):
        sql.scalar("SELECT 1", planned=True)
        sql.scalar("SELECT 1")
        with pytest.raises(DatabaseError):
            sql.scalar("SELECT 1 / %s", [0], planned=True)
    assert counting.count == 3
    assert counting.seconds > 0


@pytest.mark.django_db
def test_whoever_listens_hears_planned_statements_also_beside_a_counter() -> None:
    heard: list[str] = []

    def listen(execute: Any, statement: str, *given: Any) -> Any:
        heard.append(statement)
        return execute(statement, *given)

    counting = sql.Counting()
    with connection.execute_wrapper(counting), connection.execute_wrapper(listen):
        sql.scalar("SELECT 'heard'", planned=True)
    assert (heard, counting.count) == (["SELECT 'heard'"], 1)


def test_in_a_transaction_there_is_neither_another_nor_a_savepoint(committed_db: str) -> None:
    heard: list[str] = []

    def listen(execute: Any, statement: str, *given: Any) -> Any:
        heard.append(statement)
        return execute(statement, *given)

    sql.execute("CREATE TEMPORARY TABLE kept (n bigint)")
    insert = sql.in_transaction()(lambda n: sql.execute("INSERT INTO kept VALUES (%s)", [n]))
    with connection.execute_wrapper(listen), transaction.atomic():
        insert(1)
        insert(2)
    assert not [each for each in heard if "SAVEPOINT" in each]
    failing = sql.in_transaction()(lambda: insert(3) and sql.scalar("SELECT 1 / 0"))
    with pytest.raises(DatabaseError):
        failing()
    assert sql.scalars("SELECT n FROM kept ORDER BY n") == [1, 2]
    assert not connection.in_atomic_block
