"""Invoices from a CSV file into the ledger, beside COPY of the same rows into one plain table."""

from __future__ import annotations

import csv
import io
from datetime import date

from benchmarks import server, stage
from benchmarks.figures import Figure
from benchmarks.timing import timed
from creditdesk.plumbing import imports  # noqa: F401 - the package of the services below
from creditdesk.plumbing.imports import services

ROUNDS = 3
PLAIN = """
    CREATE TABLE plain_invoice (
        number text NOT NULL, customer_number text NOT NULL, issued_on date NOT NULL,
        due_on date NOT NULL, currency char(3) NOT NULL, net_minor bigint NOT NULL,
        tax_minor bigint NOT NULL)
"""
PLAIN_TEXT = """
    CREATE TABLE plain_text (
        number text, customer_number text, issued_on date, due_on date, currency char(3),
        net numeric, tax numeric)
"""
Row = tuple[str, str, date, date, str, int, int]


def measure(n: int) -> list[Figure]:
    """Return rows a second, file to committed ledger; leave the loaded database behind."""
    files = stage.files(n)
    content = files.path("invoices.csv").read_bytes()
    rows = _parsed(content)
    ours, floors, raws = [], [], []
    server.clone(files.customers, files.scratch)
    for _ in range(ROUNDS):
        floors.append(_floor(files.scratch, rows))
        raws.append(_raw(files.scratch, content))
        server.clone(files.customers, files.loaded)
        ours.append(_ours(files.loaded, content, n))
    server.tidy(files.loaded)
    server.drop(files.scratch)
    return [
        Figure(
            name="import",
            n=n,
            ours=n / min(seconds for seconds, _ in ours),
            floor=n / min(floors),
            unit="rows/s",
            better="higher",
            more={"floor_csv": n / min(raws), "peak_mib": max(mib for _, mib in ours)},
        )
    ]


def _ours(database: str, content: bytes, n: int) -> tuple[float, int]:
    stage.enter(database)
    actor = stage.actor(hour=9)

    def load() -> services.RunRow:
        reference = services.open_run(
            actor, kind="invoices", filename="invoices.csv", content=content
        )
        services.set_mapping(actor, reference)
        return services.load(actor, reference)

    done = timed(load)
    stage.leave()
    assert (done.result.rows_accepted, done.result.rows_rejected) == (n, 0)
    return done.seconds, done.peak_mib


def _floor(database: str, rows: list[Row]) -> float:
    """COPY the parsed rows, as a program would that keeps no books."""
    with server.connect(database) as connection:
        connection.execute(PLAIN)
        connection.commit()

        def load() -> None:
            with connection.cursor().copy("COPY plain_invoice FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            connection.commit()

        seconds = timed(load).seconds
        connection.execute("DROP TABLE plain_invoice")
    return seconds


def _raw(database: str, content: bytes) -> float:
    """COPY the file as it is; PostgreSQL reads it itself."""
    with server.connect(database) as connection:
        connection.execute(PLAIN_TEXT)
        connection.commit()

        def load() -> None:
            statement = "COPY plain_text FROM STDIN (FORMAT csv, HEADER)"
            with connection.cursor().copy(statement) as copy:
                copy.write(content)
            connection.commit()

        seconds = timed(load).seconds
        connection.execute("DROP TABLE plain_text")
    return seconds


def _parsed(content: bytes) -> list[Row]:
    lines = csv.reader(io.StringIO(content.decode()))
    next(lines)
    return [
        (number, customer, date.fromisoformat(issued), date.fromisoformat(due), currency,
         int(net.replace(".", "")), int(tax.replace(".", "")))
        for number, customer, issued, due, currency, net, tax in lines
    ]  # fmt: skip
