"""A dunning run, decided, gated and queued, beside one INSERT … SELECT of plain messages."""

from __future__ import annotations

from benchmarks import server, stage
from benchmarks.figures import Figure
from benchmarks.timing import Timed, timed
from creditdesk.cash import services as cash
from creditdesk.collections import services as collections

ROUNDS = 3
PLAIN = """
    CREATE TABLE plain_message (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL,
        recipient text NOT NULL, subject text NOT NULL, body text NOT NULL,
        queued_at timestamptz NOT NULL DEFAULT now())
"""
WRITE = """
    INSERT INTO plain_message (customer_id, recipient, subject, body)
    SELECT c.id, min(p.email), 'Overdue invoices of ' || c.name,
           string_agg(d.number || '  ' || i.due_on || '  ' || i.open_minor / 100.0, E'\n'
                      ORDER BY i.due_on)
    FROM invoices_item i
    JOIN invoices_invoice d ON d.id = i.invoice_id
    JOIN customers_customer c ON c.id = i.customer_id
    JOIN customers_contact p ON p.customer_id = c.id AND p.is_primary
    WHERE i.company_id = 1 AND i.open_minor > 0 AND i.due_on < %(today)s
    GROUP BY c.id
"""


def measure(n: int) -> list[Figure]:
    """Return overdue lines a second, open items to queued messages."""
    files = stage.files(n)
    ours, floors = [], []
    for _ in range(stage.rounds(n, ROUNDS)):
        server.clone(files.loaded, files.scratch)
        floors.append(_floor(files.scratch))
        ours.append(_ours(files.scratch, files.path("bank-empty.xml").read_bytes()))
    server.drop(files.scratch)
    result = ours[0].result
    return [
        Figure(
            name="dunning",
            n=n,
            ours=result.lines_total / min(one.seconds for one in ours),
            floor=result.lines_total / min(one.seconds for one in floors),
            unit="lines/s",
            better="higher",
            more={
                "lines": result.lines_total,
                "messages": result.messages_queued,
                "cpu_s": min(one.cpu_seconds for one in ours),
                "peak_mib": max(one.peak_mib for one in ours),
                "added_mib": max(one.added_mib for one in ours),
            },
        )
    ]


def _ours(database: str, bank: bytes) -> Timed[collections.RunResult]:
    stage.enter(database)
    actor = stage.actor()
    cash.take_in(actor, filename="bank.xml", content=bank)
    done = timed(
        lambda: collections.run(actor, run_on=actor.today), backend_pid=stage.backend_pid()
    )
    stage.leave()
    assert not done.result.held_reason, done.result.held_reason
    assert done.result.messages_queued
    return done


def _floor(database: str) -> Timed[None]:
    with server.connect(database) as connection:
        connection.execute(PLAIN)
        connection.commit()

        def work() -> None:
            connection.execute(WRITE, {"today": stage.TODAY})
            connection.commit()

        done = timed(work, backend_pid=connection.info.backend_pid)
        connection.execute("DROP TABLE plain_message")
    return done
