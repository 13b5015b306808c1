"""One page of a list: filtered, sorted by a name the list knows, cut, and counted in all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from creditdesk.kernel.errors import Invalid, Place
from creditdesk.plumbing import sql

Row = TypeVar("Row")
_LIKE_ESCAPES: Final = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list, and how many rows there are in all."""

    rows: tuple[Row, ...]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[Row]):
    """A list: a select of `row`, its source, filters by parameters, and the sorts it offers.

    The sorts are built by `sorts`; the statement's parameters are those of `source` and `filters`.
    """

    row: type[Row]
    select: str
    source: str
    filters: str
    sorts: Mapping[str, str]

    def page(self, params: Mapping[str, Any], *, sort: str, number: int, size: int) -> Page[Row]:
        """Return a page, one past the end being the last. An unknown sort is Invalid."""
        if sort not in self.sorts:
            raise Invalid(
                "sort_unknown",
                f"The list has no sort {sort!r}",
                place=Place(field="sort"),
                mend=f"Use one of {', '.join(self.sorts)}",
            )
        total = int(sql.scalar(f"SELECT count(*) {self.source} {self.filters}", params))
        number = min(max(number, 1), max(-(-total // size), 1))
        rows = sql.fetch(
            self.row,
            f"{self.select}{self.source} {self.filters} ORDER BY {self.sorts[sort]}"
            " LIMIT %(size)s OFFSET %(offset)s",
            {**params, "size": size, "offset": (number - 1) * size},
        )
        return Page(tuple(rows), total, number, size)


def sorts(expressions: Mapping[str, str], *, last: str) -> Mapping[str, str]:
    """Return each sort both ways (`-key` the other), empty values last, ties by `last`."""
    return {
        f"{sign}{key}": f"{expression}{way} NULLS LAST, {last}{way}"
        for key, expression in expressions.items()
        for sign, way in (("", ""), ("-", " DESC"))
    }


def like(text: str) -> str:
    """Return the pattern of ILIKE for a text anywhere; "%" for an empty one."""
    return f"%{text.strip().translate(_LIKE_ESCAPES)}%" if text.strip() else "%"


@dataclass(frozen=True, slots=True)
class _Count:
    value: str
    count: int


def counts(statement: str, params: sql.Params) -> dict[str, int]:
    """Return value → how many, of a statement that selects both."""
    return {row.value: row.count for row in sql.fetch(_Count, statement, params)}
