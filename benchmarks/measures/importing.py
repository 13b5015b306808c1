"""Invoices from a CSV file into the ledger, beside COPY of the same rows into one plain table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

from benchmarks import server, stage
from benchmarks.figures import Figure
from benchmarks.timing import Timed, children_peak_mib, timed
from creditdesk.plumbing.imports import services
from creditdesk.plumbing.imports.queries import RunRow

ROUNDS = 3
PLAIN = """
    CREATE TABLE plain_invoice (
        number text NOT NULL, customer_number text NOT NULL, issued_on date NOT NULL,
        due_on date NOT NULL, currency char(3) NOT NULL, net_minor bigint NOT NULL,
        tax_minor bigint NOT NULL)
"""
Row = tuple[str, str, date, date, str, int, int]


def measure(n: int) -> list[Figure]:
    """Return rows a second, file to committed ledger; leave the loaded database behind."""
    files = stage.files(n)
    contents = [path.read_bytes() for path in files.parts("invoices.csv")]
    rows = [row for content in contents for row in _parsed(content)]
    ours, floors = [], []
    server.clone(files.customers, files.scratch)
    for _ in range(stage.rounds(n, ROUNDS)):
        floors.append(_floor(files.scratch, rows))
        server.clone(files.customers, files.loaded)
        ours.append(_ours(files.loaded, contents, n))
    server.tidy(files.loaded)
    server.drop(files.scratch)
    best = min(ours, key=lambda one: one.seconds)
    return [
        Figure(
            name="import",
            n=n,
            ours=n / best.seconds,
            floor=n / min(one.seconds for one in floors),
            unit="rows/s",
            better="higher",
            more={
                "cpu_s": min(one.cpu_seconds for one in ours),
                "peak_mib": max(one.peak_mib for one in ours),
                "added_mib": max(one.added_mib for one in ours),
                "reader_peak_mib": children_peak_mib(),
            },
        )
    ]


def _ours(database: str, contents: Sequence[bytes], n: int) -> Timed[list[RunRow]]:
    stage.enter(database)
    actor = stage.actor(hour=9)

    def load(content: bytes) -> RunRow:
        reference = services.open_run(
            actor, kind="invoices", filename="invoices.csv", content=content
        )
        services.set_mapping(actor, reference)
        return services.load(actor, reference)

    done = timed(lambda: [load(one) for one in contents], backend_pid=stage.backend_pid())
    stage.leave()
    assert sum(run.rows_accepted for run in done.result) == n
    assert not any(run.rows_rejected for run in done.result)
    return done


def _floor(database: str, rows: list[Row]) -> Timed[None]:
    """COPY the parsed rows, as a program would that keeps no books."""
    with server.connect(database) as connection:
        connection.execute(PLAIN)
        connection.commit()

        def load() -> None:
            with connection.cursor().copy("COPY plain_invoice FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            connection.commit()

        done = timed(load, backend_pid=connection.info.backend_pid)
        connection.execute("DROP TABLE plain_invoice")
    return done


def _parsed(content: bytes) -> list[Row]:
    lines = csv.reader(io.StringIO(content.decode()))
    next(lines)
    return [
        (number, customer, date.fromisoformat(issued), date.fromisoformat(due), currency,
         int(net.replace(".", "")), int(tax.replace(".", "")))
        for number, customer, issued, due, currency, net, tax in lines
    ]  # fmt: skip
