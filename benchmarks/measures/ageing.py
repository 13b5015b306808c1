"""Ageing of all customers, today and for a past date as then known, beside one SQL statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    sum(open) FILTER (WHERE due_on >= %(on)s)::bigint,
    sum(open) FILTER (WHERE due_on < %(on)s AND due_on >= %(on)s::date - 30)::bigint,
    sum(open) FILTER (WHERE due_on < %(on)s::date - 30 AND due_on >= %(on)s::date - 60)::bigint,
    sum(open) FILTER (WHERE due_on < %(on)s::date - 60 AND due_on >= %(on)s::date - 90)::bigint,
    sum(open) FILTER (WHERE due_on < %(on)s::date - 90)::bigint,
    sum(open)::bigint
"""
BY_CUSTOMER = """
    SELECT c.id, c.number, c.name, s.*
    FROM summed s JOIN customers_customer c ON c.id = s.customer_id
    ORDER BY c.number, s.currency
"""
NOW = f"""
    WITH summed AS (
        SELECT customer_id, currency, {BUCKETS}
        FROM (SELECT customer_id, currency, due_on, open_minor AS open FROM invoices_item
              WHERE company_id = 1 AND open_minor > 0) AS item
        GROUP BY customer_id, currency
    ) {BY_CUSTOMER}
"""
THEN = f"""
    WITH paid AS (
        SELECT item_id, sum(minor)::bigint AS minor FROM cash_allocation
        WHERE applied_on <= %(on)s AND recorded_at <= %(known_at)s GROUP BY item_id
    ), summed AS (
        SELECT customer_id, currency, {BUCKETS}
        FROM (SELECT customer_id, currency, due_on, total_minor - COALESCE(minor, 0) AS open
              FROM invoices_item LEFT JOIN paid ON paid.item_id = invoices_item.id
              WHERE company_id = 1 AND issued_on <= %(on)s) AS item
        WHERE open > 0
        GROUP BY customer_id, currency
    ) {BY_CUSTOMER}
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
            _figure("ageing", n, NOW, stage.TODAY, None),
            _figure("ageing_past", n, THEN, PAST, KNOWN_AT),
        ]
    finally:
        stage.leave()
        server.drop(files.scratch)


def _figure(name: str, n: int, statement: str, on: date, known_at: datetime | None) -> Figure:
    params = {"on": on, "known_at": known_at}
    ours, floors = [], []
    with server.connect(stage.files(n).scratch) as connection:
        pids = connection.info.backend_pid, stage.backend_pid()
        for _ in range(stage.rounds(n, ROUNDS)):
            floors.append(timed(_floor(connection, statement, params), backend_pid=pids[0]))
            ours.append(
                timed(lambda: insight.ageing(1, as_of=on, known_at=known_at), backend_pid=pids[1])
            )
    found = {
        row.number: (*row.buckets.late_minor, row.buckets.total_minor)
        for row in ours[0].result.rows
        if row.buckets.total_minor
    }
    expected = {row[1]: tuple(int(minor or 0) for minor in row[5:]) for row in floors[0].result}
    assert found == expected, "the two answers differ"
    return Figure(
        name=name,
        n=n,
        ours=min(one.seconds for one in ours),
        floor=min(one.seconds for one in floors),
        unit="s",
        better="lower",
        more={
            "customers": len(found),
            "peak_mib": max(one.peak_mib for one in ours),
            "added_mib": max(one.added_mib for one in ours),
        },
    )


def _floor(
    connection: Any,  # noqa: ANN401 - a psycopg connection of any row kind
    statement: str,
    params: Mapping[str, object],
) -> Callable[[], list[tuple[Any, ...]]]:
    return lambda: connection.execute(statement, params).fetchall()
