"""Callers that ask for order checks, each a process of its own with one connection kept open.

`python -m benchmarks.clients {service|http} ARGUMENTS`: says when it is ready, begins when told,
and prints how long each check took.
"""

from __future__ import annotations

import http.client
import json
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module

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


def run(task: Task) -> Answers:
    """Let all callers begin together and return what they found."""
    command = [sys.executable, "-m", "benchmarks.clients", json.dumps(asdict(task))]
    callers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(CLIENTS)
    ]
    for caller in callers:
        assert caller.stdout is not None
        assert caller.stdout.readline() == "ready\n", "a caller did not start"
    for caller in callers:
        assert caller.stdin is not None
        caller.stdin.write("go\n")
        caller.stdin.flush()
    told = [json.loads(caller.communicate()[0]) for caller in callers]
    assert all(caller.returncode == 0 for caller in callers)
    return Answers(
        sum(len(one) / task.seconds for one in told), [each for one in told for each in one]
    )


def main() -> None:
    """Be one caller."""
    task = Task(**json.loads(sys.argv[1]))
    check = _by_http(task) if task.kind == "http" else _by_service(task)
    name = secrets.token_hex(4)
    chance = random.Random(name)

    def ask(n: int) -> float:
        customer = chance.randint(task.first_customer, task.last_customer)
        begin = time.perf_counter()
        check(f"K{customer}", f"SO-{name}-{n}")
        return time.perf_counter() - begin

    for n in range(WARM_UP_CHECKS):
        ask(n)
    print("ready", flush=True)
    sys.stdin.readline()
    found = []
    end = time.perf_counter() + task.seconds
    while time.perf_counter() < end:
        found.append(ask(WARM_UP_CHECKS + len(found)))
    print(json.dumps(found))


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
