"""Rows put aside until all are known: one batch in memory, more of them in a nameless file."""

from __future__ import annotations

import marshal
import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import IO, Any, Final, Self

IN_MEMORY: Final = 16 << 20  # bytes
_LENGTH: Final = 8


class Spool:
    """Batches of rows of plain values, given back in the order they came, as plain tuples."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed at exit
        self._only: Sequence[tuple[Any, ...]] | None = None
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Put a batch aside; an empty one is nothing."""
        if not rows:
            return
        self._count += 1
        if self._count == 1:
            self._only = rows
            return
        if self._only is not None:
            self._put(self._only)
            self._only = None
        self._put(rows)

    def _put(self, rows: Sequence[tuple[Any, ...]]) -> None:
        told = marshal.dumps([tuple(row) for row in rows])
        self._file.write(len(told).to_bytes(_LENGTH, "big"))
        self._file.write(told)

    def batches(self, size: int) -> Iterator[Sequence[tuple[Any, ...]]]:
        """Give back the rows, so many at a time, and never part of a batch that was put aside."""
        rows: list[tuple[Any, ...]] = []
        for part in self:
            if rows and len(rows) + len(part) > size:
                yield rows
                rows = []
            rows += part
        if rows:
            yield rows

    def __iter__(self) -> Iterator[Sequence[tuple[Any, ...]]]:
        if self._only is not None:
            yield self._only
            return
        self._file.seek(0)
        while length := self._file.read(_LENGTH):
            yield marshal.loads(self._file.read(int.from_bytes(length, "big")))  # noqa: S302 - what this process wrote itself
