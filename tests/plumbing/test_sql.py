"""Values through a PostgreSQL array come back as they were."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.plumbing import sql

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
