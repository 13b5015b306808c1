"""Callers that ask for order checks, each a process of its own with one connection kept open.

`python -m benchmarks.clients TASK`: says when it is ready, and whenever it is told to go asks for
a while and prints how long each check took.
"""

from __future__ import annotations

import http.client
import json
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from itertools import count

import django

CLIENTS = 4
WARM_UP_CHECKS = 30
TOTAL_MINOR = 12_345
TOTAL = "123.45"
Check = Callable[[str, str], None]


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
    connection = http.client.HTTPConnection("127.0.0.1", task.port, timeout=60)
    headers = {"Authorization": f"Bearer {task.secret}", "Content-Type": "application/json"}

    def check(customer: str, reference: str) -> None:
        body = {
            "customer_number": customer, "order_reference": reference, "currency": "EUR",
            "total": TOTAL,
        }  # fmt: skip
        connection.request(
            "POST", "/api/v1/orders/check", json.dumps(body),
            {**headers, "Idempotency-Key": reference},
        )  # fmt: skip
        response = connection.getresponse()
        answer = json.loads(response.read())
        assert answer.get("outcome") == "accepted", answer

    return check


if __name__ == "__main__":
    main()
