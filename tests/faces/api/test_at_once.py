"""Real HTTP, real server processes, many callers at once."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from creditdesk.controls import services as controls
from creditdesk.credit import queries as credit
from creditdesk.kernel.actor import Actor
from tests.orders.verbs import a_customer, opened
from tests.support.database import SERVER, with_database
from tests.support.fixtures import founded

START_SECONDS = 60


@contextmanager
def served(database: str) -> Iterator[int]:
    """Serve the product over HTTP on that database; give the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = with_database(os.environ[SERVER], database)
    server = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
            "--port", str(port), "--workers", "2", "--blocking-threads", "4",
            "--log-level", "warning", "creditdesk.config.wsgi:application",
        ],
        env={**os.environ, "DATABASE_URL": url, "DATABASE_OWNER_URL": url},
    )  # fmt: skip
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(START_SECONDS * 10):
        try:
            if _asked(port, "GET", "/api/v1/health")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def _asked(
    port: int, method: str, address: str, body: str | None = None, secret: str = ""
) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        connection.request(method, address, body, headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_200_orders_over_http_against_room_for_37(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    customer = a_customer(actor, limit=37 * 1_000)
    secret = controls.issue_key(actor.company_id, name="shop", by="test", role="sales")

    def ask(n: int) -> tuple[int, str]:
        body = {
            "customer_number": "C-1", "order_reference": f"SO-{n}", "currency": "EUR",
            "total": "10.00",
        }  # fmt: skip
        status, text = _asked(port, "POST", "/api/v1/orders/check", json.dumps(body), secret)
        return status, json.loads(text)["outcome"]

    with served(committed_db) as port, ThreadPoolExecutor(20) as callers:
        answers = Counter(callers.map(ask, range(200)))
    assert answers == {(200, "accepted"): 37, (200, "held"): 163}
    [row] = credit.exposure(actor.company_id, customer)
    assert row.reserved_minor == 37 * 1_000
