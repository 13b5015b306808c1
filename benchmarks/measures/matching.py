"""A bank statement read, proved, matched and applied, beside COPY and one UPDATE … FROM."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import receivables, server, stage
from benchmarks.figures import Figure
from benchmarks.timing import Timed, children_peak_mib, timed
from creditdesk.cash import services as cash
from creditdesk.plumbing import sql

ROUNDS = 2
PLAIN = """
    CREATE TABLE plain_line (
        id bigint PRIMARY KEY, booked_on date NOT NULL, currency char(3) NOT NULL,
        minor bigint NOT NULL, text text NOT NULL);
    CREATE TABLE plain_allocation (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line_id bigint NOT NULL,
        item_id bigint NOT NULL, minor bigint NOT NULL);
    CREATE TABLE plain_item (
        id bigint PRIMARY KEY, number text NOT NULL UNIQUE, open_minor bigint NOT NULL);
    INSERT INTO plain_item
    SELECT i.id, d.number, i.open_minor
    FROM invoices_item i JOIN invoices_invoice d ON d.id = i.invoice_id;
    ANALYZE plain_item
"""
APPLY = """
    WITH hit AS (
        SELECT l.id AS line_id, i.id AS item_id, l.minor
        FROM plain_line l JOIN plain_item i ON i.number = split_part(l.text, ' ', 2)
        WHERE l.minor <= i.open_minor
    ), paid AS (
        UPDATE plain_item i SET open_minor = i.open_minor - h.minor
        FROM hit h WHERE i.id = h.item_id
        RETURNING h.line_id, i.id, h.minor
    )
    INSERT INTO plain_allocation (line_id, item_id, minor) SELECT * FROM paid
"""
ALLOCATED = """
    SELECT d.number, a.minor FROM cash_allocation a
    JOIN invoices_item i ON i.id = a.item_id JOIN invoices_invoice d ON d.id = i.invoice_id
"""


@dataclass(frozen=True, slots=True)
class _Allocated:
    number: str
    minor: int


@dataclass(frozen=True, slots=True)
class _Round:
    done: Timed[cash.MatchResult]
    take_in_seconds: float
    false: int


def measure(n: int) -> list[Figure]:
    """Return bank lines a second, file to committed allocations, and how many were right."""
    files = stage.files(n)
    contents = [path.read_bytes() for path in files.parts("bank.xml")]
    world = receivables.receivables(n)
    lines = len(world.payments)
    ours, floors = [], []
    for _ in range(stage.rounds(n, ROUNDS)):
        server.clone(files.loaded, files.scratch)
        floors.append(_floor(files.scratch, world))
        server.clone(files.loaded, files.scratch)
        ours.append(_ours(files.scratch, contents, files))
    server.drop(files.scratch)
    decidable = lines - _ambiguous(world)
    best = min(ours, key=lambda one: one.done.seconds)
    applied = best.done.result.applied
    return [
        Figure(
            name="matching",
            n=n,
            ours=lines / best.done.seconds,
            floor=lines / min(one.seconds for one in floors),
            unit="lines/s",
            better="higher",
            more={
                "lines": lines,
                "matched": applied / decidable,
                "false": max(one.false for one in ours) / lines,
                "floor_matched": floors[0].result / lines,
                "take_in_s": best.take_in_seconds,
                "match_s": best.done.seconds - best.take_in_seconds,
                "cpu_s": min(one.done.cpu_seconds for one in ours),
                "peak_mib": max(one.done.peak_mib for one in ours),
                "added_mib": max(one.done.added_mib for one in ours),
                "reader_peak_mib": children_peak_mib(),
            },
        )
    ]


def _ours(database: str, contents: Sequence[bytes], files: stage.Files) -> _Round:
    stage.enter(database)
    actor = stage.actor()
    taken: list[float] = []

    def work() -> cash.MatchResult:
        begin = time.perf_counter()
        for content in contents:
            cash.take_in(actor, filename="bank.xml", content=content)
        taken.append(time.perf_counter() - begin)
        return cash.match(actor)

    done = timed(work, backend_pid=stage.backend_pid())
    truth = Counter(map(tuple, json.loads(files.path("truth.json").read_text(encoding="utf-8"))))
    found = Counter((row.number, row.minor) for row in sql.fetch(_Allocated, ALLOCATED))
    stage.leave()
    return _Round(done, taken[0], (found - truth).total())


def _floor(database: str, world: receivables.Receivables) -> Timed[int]:
    rows = [
        (n, p.booked_on, receivables.CURRENCY, p.minor, p.text)
        for n, p in enumerate(world.payments)
    ]
    with server.connect(database) as connection:
        connection.execute(PLAIN)
        connection.commit()

        def work() -> int:
            with connection.cursor().copy("COPY plain_line FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            applied = connection.execute(APPLY).rowcount
            connection.commit()
            return applied

        return timed(work, backend_pid=connection.info.backend_pid)


def _ambiguous(world: receivables.Receivables) -> int:
    """Count payments that name only the payer, who has several open items of that amount."""
    alike = Counter((one.customer.index, one.minor) for one in world.invoices)
    return sum(
        one.kind == "name_only" and alike[one.invoice.customer.index, one.minor] > 1
        for one in world.payments
    )
