"""Rows written by COPY, the fastest way in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from types import NoneType
from typing import Final, cast

import psycopg
from django.db import connection

from creditdesk.plumbing.sql.sending import is_under_way, writer_of
from creditdesk.plumbing.sql.texts import array

_COPIED_AT_ONCE: Final = 2000
# Of these few different values stand in a column of a batch.
_REPEATED: Final = frozenset({NoneType, bool, date, datetime, Decimal})
_COPY_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
_COPY_SPECIAL = re.compile(r"[\\\n\r\t]")


def copy_rows(
    table: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, types: str = ""
) -> int:
    """Write the rows by COPY, the fastest way in; return how many.

    With `types`, the names of the columns' types, rows go over in binary: half the work for long
    texts, which are then neither quoted nor searched for what was.
    """
    count = 0
    with _copying(table, columns, " (FORMAT binary)" if types else "") as copy:
        if types:
            copy.set_types(types.split())
            for count, values in enumerate(rows, start=1):  # noqa: B007 - how many there were
                copy.write_row(values)
            return count
        given = iter(rows)
        while part := list(islice(given, _COPIED_AT_ONCE)):
            count += len(part)
            text = _part_text(list(zip(*part, strict=True)))
            if text is not None:
                copy.write(text)
            else:
                for row in part:
                    copy.write_row(row)
    return count


def copy_columns(
    table: str, columns: Mapping[str, Sequence[object]], same: Mapping[str, object]
) -> int:
    """Write rows given as columns of one length, `same` for every row; return how many."""
    count = len(next(iter(columns.values())))
    if any(len(column) != count for column in columns.values()):
        raise ValueError("the columns are not of one length")
    parts = _parts(columns, same, count)
    if is_under_way():
        parts = iter(list(parts))  # worked out while the server does what was sent before
    with _copying(table, (*columns, *same)) as copy:
        for part in parts:
            if isinstance(part, str):
                copy.write(part)
            else:
                for row in part:
                    copy.write_row(row)
    return count


def _parts(
    columns: Mapping[str, Sequence[object]], same: Mapping[str, object], count: int
) -> Iterator[str | Iterable[Sequence[object]]]:
    """Yield the rows part by part, as text of COPY or as they are."""
    told = _copied_once(same)
    for first in range(0, count, _COPIED_AT_ONCE):
        part = [column[first : first + _COPIED_AT_ONCE] for column in columns.values()]
        if told is None:
            part += [[value] * len(part[0]) for value in same.values()]
        text = _part_text(part, end=told or "\n")
        last = () if told is None else tuple(same.values())
        yield text if text is not None else [(*row, *last) for row in zip(*part, strict=True)]


def _copied_once(same: Mapping[str, object]) -> str | None:
    """Return how a row ends whose last values are always these; None where the driver must say."""
    texts = [_copied([value]) for value in same.values()]
    told = [next(iter(text)) for text in texts if text is not None]
    return "".join(["\t" + one for one in told]) + "\n" if len(told) == len(texts) else None


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Write rows that are lines of COPY's text form, each ended: for many short rows of numbers.

    Texts in them went through `copy_text`.
    """
    with _copying(table, columns) as copy:
        copy.write("".join(lines).encode())


@contextmanager
def _copying(table: str, columns: Iterable[str], form: str = "") -> Iterator[psycopg.Copy]:
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN{form}"
    with connection.wrap_database_errors, connection.cursor() as cursor:
        writer = writer_of(cursor)
        # What counts statements in a test takes no writer: then the driver's own cursor copies.
        copying = (
            cursor.copy(statement)
            if writer is None
            else cursor.cursor.copy(statement, writer=writer)
        )
        with copying as copy:
            yield copy


def _part_text(columns: Sequence[Sequence[object]], *, end: str = "\n") -> str | None:
    """Return rows as text of COPY, made column by column, twice as fast as value by value.

    None where a column is of no plain type. `end` is how every row ends.
    """
    texts = [_copied(column) for column in columns]
    plain = [text for text in texts if text is not None]
    if len(plain) < len(texts):
        return None
    return end.join(map("\t".join, zip(*plain, strict=True))) + end


def _copied(column: Sequence[object]) -> Iterable[str] | None:
    """Return a column as texts of COPY; None where the driver must say how a value is written."""
    kinds = set(map(type, column))
    if kinds == {int}:
        return map(str, column)
    if kinds == {str}:
        return _copied_texts(cast(Sequence[str], column))
    if kinds <= _REPEATED:
        told = {value: r"\N" if value is None else str(value) for value in set(column)}
        return map(told.__getitem__, column)
    if kinds == {list}:
        arrays = cast(Sequence[list[object]], column)
        if all(type(value) is str for values in arrays for value in values):
            return _copied_texts([array(values) if values else "{}" for values in arrays])
    if kinds == {int, NoneType}:
        return [r"\N" if value is None else str(value) for value in column]
    return None


def _copied_texts(texts: Sequence[str]) -> Sequence[str]:
    joined = "".join(texts)
    if any(sign in joined for sign in "\\\n\r\t"):
        return [text.translate(_COPY_ESCAPES) for text in texts]
    return texts


def copy_text(text: str) -> str:
    """Return a text as it stands in a line of COPY."""
    return text.translate(_COPY_ESCAPES) if _COPY_SPECIAL.search(text) else text
