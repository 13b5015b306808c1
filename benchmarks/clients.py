"""Callers that ask for order checks, each a process of its own with one connection kept open.

`python -m benchmarks.clients TASK`: says when it is ready, and whenever it is told to go asks for
a while and prints how long each check took.
"""

from __future__ import annotations

import json
import random
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from importlib import import_module
from itertools import count

import django

CLIENTS = 4
WARM_UP_CHECKS = 30
TOTAL_MINOR = 12_345
TOTAL = "123.45"
Check = Callable[[str, str], None]
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Task:
    """What every caller is told; `port` and `secret` only for HTTP."""

    kind: str
    database: str
    first_customer: int
    last_customer: int
    seconds: float
    port: int = 0
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """How many checks a second all callers got together, and how long each check took."""

    per_second: float
    seconds: list[float]


@contextmanager
def waiting(task: Task) -> Iterator[Callable[[], Answers]]:
    """Let callers wait, connected and warm; give what lets all of them ask at once for a while."""
    command = [sys.executable, "-m", "benchmarks.clients", json.dumps(asdict(task))]
    with ExitStack() as stack:
        callers = [
            stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(CLIENTS)
        ]
        for caller in callers:
            assert _line(caller) == "ready", "a caller did not start"
        yield lambda: _asked(task, callers)


def _asked(task: Task, callers: Sequence[subprocess.Popen[str]]) -> Answers:
    for caller in callers:
        assert caller.stdin is not None
        caller.stdin.write("go\n")
        caller.stdin.flush()
    told = [json.loads(_line(caller)) for caller in callers]
    return Answers(
        sum(len(one) / task.seconds for one in told), [each for one in told for each in one]
    )


def _line(caller: subprocess.Popen[str]) -> str:
    assert caller.stdout is not None
    return caller.stdout.readline().strip()


def main() -> None:
    """Be one caller until nobody listens any more."""
    task = Task(**json.loads(sys.argv[1]))
    check = _by_http(task) if task.kind == "http" else _by_service(task)
    name = secrets.token_hex(4)
    chance = random.Random(name)
    numbers = count()

    def ask() -> float:
        customer = chance.randint(task.first_customer, task.last_customer)
        begin = time.perf_counter()
        check(f"K{customer}", f"SO-{name}-{next(numbers)}")
        return time.perf_counter() - begin

    for _ in range(WARM_UP_CHECKS):
        ask()
    print("ready", flush=True)
    while sys.stdin.readline():
        found = []
        end = time.perf_counter() + task.seconds
        while time.perf_counter() < end:
            found.append(ask())
        print(json.dumps(found), flush=True)


def _by_service(task: Task) -> Check:
    django.setup()
    stage = import_module("benchmarks.stage")
    orders = import_module("creditdesk.orders.services")
    stage.enter(task.database)
    actor = stage.actor()

    def check(customer: str, reference: str) -> None:
        answer = orders.check(
            actor.keyed(reference), customer_number=customer, order_reference=reference,
            currency="EUR", total_minor=TOTAL_MINOR, placed_on=actor.today,
        )  # fmt: skip
        assert answer.outcome == "accepted"

    return check


def _by_http(task: Task) -> Check:
    """Return a caller over one connection; it shares the cores, so it does no more than it must.

    Each request is whole and sent at once, as any client's; of the answer the status, the length
    and the outcome are read.
    """
    line = socket.create_connection(("127.0.0.1", task.port), timeout=60)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head = (
        f"POST /api/v1/orders/check HTTP/1.1\r\nHost: 127.0.0.1:{task.port}\r\n"
        f"Authorization: Bearer {task.secret}\r\nContent-Type: application/json\r\n"
    )

    def check(customer: str, reference: str) -> None:
        body = json.dumps(
            {
                "customer_number": customer, "order_reference": reference, "currency": "EUR",
                "total": TOTAL,
            }
        )  # fmt: skip
        told = f"Idempotency-Key: {reference}\r\nContent-Length: {len(body)}\r\n\r\n"
        line.sendall(f"{head}{told}{body}".encode())
        status, said = _answer(line)
        assert status == HTTPStatus.OK, said
        assert json.loads(said)["outcome"] == "accepted", said

    return check


def _answer(line: socket.socket) -> tuple[int, bytes]:
    """Return status and body of one answer that says how long it is."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(line)
    head, _, body = got.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    assert length is not None, head
    while len(body) < int(length[1]):
        body += _more(line)
    return int(head.split(None, 2)[1]), body


def _more(line: socket.socket) -> bytes:
    got = line.recv(65_536)
    assert got, "the server ended the connection"
    return got


if __name__ == "__main__":
    main()
