"""Ageing of all customers, today and for a past date as then known, beside one SQL statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from benchmarks import receivables, server, stage
from benchmarks.figures import Figure
from benchmarks.timing import timed
from creditdesk.cash import services as cash
from creditdesk.insight import queries as insight

ROUNDS = 7
PAST = receivables.AS_OF - timedelta(days=30)
# After the invoices were loaded, before the cash came in.
KNOWN_AT = datetime.combine(stage.TODAY, time(10), tzinfo=UTC)
BUCKETS = """
    sum(open) FILTER (WHERE due_on >= %(on)s),
    sum(open) FILTER (WHERE due_on < %(on)s AND due_on >= %(on)s::date - 30),
    sum(open) FILTER (WHERE due_on < %(on)s::date - 30 AND due_on >= %(on)s::date - 60),
    sum(open) FILTER (WHERE due_on < %(on)s::date - 60 AND due_on >= %(on)s::date - 90),
    sum(open) FILTER (WHERE due_on < %(on)s::date - 90),
    sum(open)
"""
TODAY = f"""
    SELECT c.id, c.number, c.name, i.currency, {BUCKETS}
    FROM (SELECT customer_id, currency, due_on, open_minor AS open FROM invoices_item
          WHERE company_id = 1 AND open_minor > 0) AS i
    JOIN customers_customer c ON c.id = i.customer_id
    GROUP BY c.id, i.currency ORDER BY c.number, i.currency
"""
PAST_ONE = f"""
    SELECT c.id, c.number, c.name, i.currency, {BUCKETS}
    FROM (SELECT customer_id, currency, due_on, total_minor - COALESCE(paid, 0) AS open
          FROM invoices_item
          LEFT JOIN (SELECT item_id, sum(minor) AS paid FROM cash_allocation
                     WHERE applied_on <= %(on)s AND recorded_at <= %(known_at)s
                     GROUP BY item_id) AS a ON a.item_id = invoices_item.id
          WHERE company_id = 1 AND issued_on <= %(on)s) AS i
    JOIN customers_customer c ON c.id = i.customer_id
    WHERE open <> 0
    GROUP BY c.id, i.currency ORDER BY c.number, i.currency
"""


def measure(n: int) -> list[Figure]:
    """Return seconds for all customers; each answer is compared with the floor's, to the cent."""
    files = stage.files(n)
    server.clone(files.loaded, files.scratch)
    stage.enter(files.scratch)
    late = stage.actor(hour=11)
    cash.take_in(late, filename="bank.xml", content=files.path("bank-early.xml").read_bytes())
    cash.match(late)
    stage.leave()
    server.tidy(files.scratch)
    stage.enter(files.scratch)
    try:
        return [
            _figure("ageing", n, TODAY, stage.TODAY, None),
            _figure("ageing_past", n, PAST_ONE, PAST, KNOWN_AT),
        ]
    finally:
        stage.leave()
        server.drop(files.scratch)


def _figure(name: str, n: int, statement: str, on: date, known_at: datetime | None) -> Figure:
    params = {"on": on, "known_at": known_at}
    ours, floors = [], []
    with server.connect(stage.files(n).scratch) as connection:
        pids = connection.info.backend_pid, stage.backend_pid()
        for _ in range(ROUNDS):
            floors.append(timed(_floor(connection, statement, params), backend_pid=pids[0]))
            ours.append(
                timed(
                    lambda: insight.ageing(1, as_of=on, known_at=known_at), backend_pid=pids[1]
                )
            )
    found = {
        row.number: (*row.buckets.late_minor, row.buckets.total_minor)
        for row in ours[0].result.rows
        if row.buckets.total_minor
    }
    expected = {
        row[1]: tuple(int(minor or 0) for minor in row[4:]) for row in floors[0].result
    }
    assert found == expected, "the two answers differ"
    return Figure(
        name=name,
        n=n,
        ours=min(one.seconds for one in ours),
        floor=min(one.seconds for one in floors),
        unit="s",
        better="lower",
        more={"customers": len(found), "peak_mib": max(one.peak_mib for one in ours)},
    )


def _floor(
    connection: Any,  # noqa: ANN401 - a psycopg connection of any row kind
    statement: str,
    params: dict[str, object],
) -> Callable[[], list[tuple[Any, ...]]]:
    return lambda: connection.execute(statement, params).fetchall()
