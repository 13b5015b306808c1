"""The next chunk of a file brought to values while the one before is being written.

Writing waits for the database most of its time; reading cells needs none. One thread reads one
chunk ahead, so that both go on at once and memory holds no more than two chunks.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from creditdesk.plumbing.imports.kinds import Cells, Kind, Options
from creditdesk.plumbing.imports.parsing import Parsed, Parser
from creditdesk.plumbing.tables import Table


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of a file, brought to values and to what the kind makes of them without a database."""

    row_count: int
    parsed: Parsed
    prepared: Any


class Reader:
    """Reads chunks of a table by their first row, each time one further than asked."""

    def __init__(
        self, pool: ThreadPoolExecutor, kind: Kind, table: Table, parser: Parser, options: Options
    ) -> None:
        self._pool, self._kind, self._table = pool, kind, table
        self._parser, self._options = parser, options
        self._ahead: dict[int, Future[Chunk]] = {}

    def chunk(self, first: int, row_count: int) -> Chunk:
        """Return so many rows from the first on, and begin to read those that follow."""
        wanted = self._ahead.pop(first, None) or self._begun(first, row_count)
        found = wanted.result()
        self._ahead = {}
        follows = first + found.row_count
        if found.row_count and follows < len(self._table.rows):
            self._ahead[follows] = self._begun(follows, row_count)
        return found

    def _begun(self, first: int, row_count: int) -> Future[Chunk]:
        return self._pool.submit(self._read, first, row_count)

    def _read(self, first: int, row_count: int) -> Chunk:
        rows = self._table.rows[first : first + row_count]
        parsed = self._parser.parse(rows)
        prepared = self._kind.prepare(Cells(parsed.columns, len(parsed.positions)), self._options)
        return Chunk(len(rows), parsed, prepared)


@contextmanager
def reading(kind: Kind, table: Table, parser: Parser, options: Options) -> Iterator[Reader]:
    """Read a table chunk by chunk within the block."""
    with ThreadPoolExecutor(1, thread_name_prefix="import") as pool:
        yield Reader(pool, kind, table, parser, options)
