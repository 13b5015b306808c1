"""Order checks through the service and over HTTP, beside the same statements through pgbench."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from benchmarks import clients, server, stage
from benchmarks.clients import Answers, Task
from benchmarks.figures import Figure
from benchmarks.timing import percentile
from creditdesk.controls import services as controls
from creditdesk.credit import services as credit
from creditdesk.credit.rules import NewLimit
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.faces.cli import running
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.orders import services as orders
from creditdesk.plumbing import clock, embedded

ROUNDS = 4
SECONDS = 2.0
SECONDS_IF_SMALL = 0.5
# Far from every other number of the data, so that it can be found in the recorded statements.
FIRST_ID = 7_700_000_000
LIMIT_MINOR = 10**12
REFERENCE = "SO-recorded"


def measure(n: int) -> list[Figure]:
    """Return checks a second from four callers, and the times below which 50 and 99 % lie."""
    files = stage.files(n)
    count = max(1, n // 10)
    ids = _prepare(files, count)
    secret = controls.issue_key(1, name="shop", by="bench", role="sales")
    script = files.path("check.pgbench")
    script.write_text(_script(ids), encoding="utf-8")
    stage.leave()
    seconds = SECONDS if n >= stage.SMALL else SECONDS_IF_SMALL
    floors, services, https = [], [], []
    with ExitStack() as stack:
        port = stack.enter_context(_served(files.scratch))
        task = Task("service", files.scratch, ids[0], ids[-1], seconds, port, secret)
        by_service = stack.enter_context(clients.waiting(task))
        by_http = stack.enter_context(clients.waiting(replace(task, kind="http")))
        for _ in range(stage.rounds(n, ROUNDS)):
            floors.append(_pgbench(files.scratch, script, seconds))
            services.append(by_service())
            https.append(by_http())
    server.drop(files.scratch)
    floor = max(floors)
    return [
        _figure("order_check", n, services, floor),
        _figure("order_check_http", n, https, floor),
    ]


def _figure(name: str, n: int, rounds: list[Answers], floor: float) -> Figure:
    best = max(rounds, key=lambda one: one.per_second)
    return Figure(
        name=name,
        n=n,
        ours=best.per_second,
        floor=floor,
        unit="checks/s",
        better="higher",
        more={
            "p50_ms": percentile(best.seconds, 50),
            "p99_ms": percentile(best.seconds, 99),
            "callers": clients.CLIENTS,
        },
    )


def _prepare(files: stage.Files, count: int) -> list[int]:
    """Add customers who may buy, each with something owed and not due; return their ids.

    Their numbers are K and the id, so that a caller and pgbench can name any of them.
    """
    server.clone(files.loaded, files.scratch)
    with server.connect(files.scratch) as own:
        sequence = "SELECT setval(pg_get_serial_sequence('customers_customer', 'id'), %s)"
        own.execute(sequence, [FIRST_ID])
    stage.enter(files.scratch)
    actor = stage.actor()
    with server.hurried():
        ids = customers.create(
            actor,
            new=[
                NewCustomer(number=f"K{k}", name=f"Buyer {k}", currency="EUR")
                for k in range(FIRST_ID + 1, FIRST_ID + 1 + count)
            ],
        )
        credit.set_limits(
            actor,
            [
                NewLimit(
                    customer_id=of, minor=LIMIT_MINOR, currency="EUR", valid_from=stage.EARLY,
                    valid_to=None, reason="",
                )
                for of in ids
            ],
        )  # fmt: skip
        assert ids == list(range(FIRST_ID + 1, FIRST_ID + 1 + count))
        invoices.record(
            actor,
            [
                NewInvoice(
                    customer_id=of, number=f"K-{of}", issued_on=actor.today, currency="EUR",
                    net_minor=10_000, due_on=actor.today,
                )
                for of in ids
            ],
        )  # fmt: skip
        # The web server asks this clock what today is; it must not meet what is long overdue.
        clock.move(datetime.combine(stage.TODAY, time_of_day(9), tzinfo=UTC))
    server.tidy(files.scratch)
    return ids


def _script(ids: list[int]) -> str:
    """Record what one check sends to the database; return it as a script about any customer."""
    sent: list[str] = []

    def record(execute: Callable[..., Any], *given: Any) -> Any:  # noqa: ANN401 - as Django calls
        statement, params = given[:2]
        with connection.connection.cursor() as raw:
            sent.append(psycopg.ClientCursor(raw.connection).mogrify(statement, params))
        return execute(*given)

    actor = stage.actor().keyed(REFERENCE)
    with connection.execute_wrapper(record):
        answer = orders.check(
            actor, customer_number=f"K{ids[-1]}", order_reference=REFERENCE, currency="EUR",
            total_minor=clients.TOTAL_MINOR, placed_on=actor.today,
        )  # fmt: skip
    assert (answer.outcome, answer.fired) == ("accepted", ())
    text = ";\n".join(" ".join(one.replace(";", r"\;").split()) for one in sent)
    for pattern, variable in (
        (REFERENCE, "SO-:r"),
        (f":{ids[-1]}", ": :id"),  # pgbench reads two colons as a cast
        (str(ids[-1]), ":id"),
    ):
        assert re.search(pattern, text), f"{pattern} is nowhere in the statements of a check"
        text = re.sub(pattern, variable, text)
    return (
        rf"\set id random({ids[0]}, {ids[-1]})"
        "\n"
        r"\set r random(1, 9000000000000000000)"
        "\n"
        f"BEGIN;\n{text};\nCOMMIT;\n"
    )


def _pgbench(database: str, script: Path, seconds: float) -> float:
    """Return transactions a second of the script from as many connections as we use."""
    done = subprocess.run(
        [
            embedded.programs() / "pgbench", "--no-vacuum", f"--client={clients.CLIENTS}",
            "--jobs=2", f"--time={max(1, round(seconds))}", f"--file={script}",
            server.url(database, embedded.APPLICATION),
        ],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found is not None, done.stdout
    assert "number of failed transactions: 0 " in done.stdout, done.stdout
    return float(found[1])


@contextmanager
def _served(database: str) -> Iterator[int]:
    """Serve the product as `creditdesk serve` does, one web process; give the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    url = server.url(database, embedded.APPLICATION)
    web = subprocess.Popen(
        running.commands(["web"], "127.0.0.1", port)["web"],
        env={**os.environ, "DATABASE_URL": url, "DATABASE_OWNER_URL": url},
        stdout=sys.stderr,  # what it logs is no figure
    )
    try:
        _wait_for(port)
        yield port
    finally:
        web.terminate()
        web.wait(30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the web server did not start")
