"""Values through a PostgreSQL array come back as they were."""

from __future__ import annotations

from datetime import date

import pytest
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
