"""Values through a PostgreSQL array come back as they were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class _Number:
    n: int


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
