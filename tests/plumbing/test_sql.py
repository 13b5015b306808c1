"""Values through a PostgreSQL array come back as they were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
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


COPIED = ["", "\\N", "\\.", "a\tb", "a\nb\r", "back\\slash", "ü “x” €\u00a0", "\\t"]


def _taken() -> list[object]:
    return sql.scalars("SELECT t FROM copied ORDER BY n")


@pytest.fixture
def copied(db: None) -> None:
    sql.execute("CREATE TEMP TABLE copied (n int, t text) ON COMMIT DROP")


def test_lines_of_copy_keep_every_text(copied: None) -> None:
    lines = [f"{n}\t{sql.copy_text(text)}\n" for n, text in enumerate(COPIED)]
    sql.copy_lines("copied", ("n", "t"), lines)
    assert _taken() == COPIED


def test_lines_of_copy_keep_any_text(copied: None) -> None:
    @given(st.lists(TEXTS, max_size=5))
    def holds(values: list[str]) -> None:
        sql.execute("DELETE FROM copied")
        lines = [f"{n}\t{sql.copy_text(text)}\n" for n, text in enumerate(values)]
        sql.copy_lines("copied", ("n", "t"), lines)
        assert _taken() == values

    holds()


def test_rows_in_binary_keep_every_text_and_nothing(copied: None) -> None:
    values = [*COPIED, None]
    assert sql.copy_rows("copied", ("n", "t"), enumerate(values), types="int4 text") == len(values)
    assert _taken() == values


def test_rows_fetched_in_parts_are_all_of_them_in_order(db: None) -> None:
    wanted = sql.fetch(_Number, "SELECT n FROM generate_series(1, 25) AS n")
    for size in (1, 10, 25, 26):
        statement = "SELECT n FROM generate_series(1, %s) AS n"
        assert list(sql.fetch_in_parts(_Number, statement, [25], size=size)) == wanted


def test_rows_fetched_in_parts_are_those_of_the_first_moment(copied: None) -> None:
    sql.copy_lines("copied", ("n", "t"), [f"{n}\tx\n" for n in range(6)])
    found = []
    for row in sql.fetch_in_parts(_Number, "SELECT n FROM copied ORDER BY n", size=2):
        found.append(row.n)
        sql.execute("DELETE FROM copied")
    assert found == [0, 1, 2, 3, 4, 5]
