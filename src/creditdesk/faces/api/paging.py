"""Lists in pages: what may be asked, and how a list is cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar

from ninja import Query

Row = TypeVar("Row")
PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]
PageSize = Annotated[int, Query(ge=1, le=500)]
SIZE = 100


def cut(rows: Sequence[Row], page: int, size: int) -> Sequence[Row]:
    """Return the rows of a page; none where the list ends before it."""
    return rows[(page - 1) * size : page * size]
