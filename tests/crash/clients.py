"""Clients that write and remember what was acknowledged; what was not is asked again.

Each sends the same request with the same key until it is answered, as a careful client does.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

from tests.crash.house import House

CSRF = "c" * 32
PAUSE = 0.02


@dataclass
class Memory:
    """What was acknowledged, by kind and name; and how often a request had to be repeated."""

    orders: dict[str, Any] = field(default_factory=dict)
    invoices: dict[str, int] = field(default_factory=dict)
    bank_lines: dict[str, int] = field(default_factory=dict)
    promises: set[str] = field(default_factory=set)
    applied: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    repeated: int = 0


class Clients:
    """Threads that write until they are told to stop."""

    def __init__(
        self, house: House, founded: Mapping[str, Any], *, seed: int, memory: Memory
    ) -> None:
        self.house = house
        self.founded = founded
        self.seed = seed
        self.memory = memory
        self.faults: list[BaseException] = []
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._today = date.fromisoformat(founded["today"])

    def start(self, *, with_command_line: bool) -> None:
        work: list[Callable[[random.Random], None]] = [
            self._order, self._order, self._invoices, self._bank, self._promise, self._apply,
        ]  # fmt: skip
        if with_command_line:
            work.append(self._import)
        for place, one in enumerate(work):
            dice = random.Random(f"{self.seed}-{place}")
            thread = threading.Thread(target=self._loop, args=(one, dice), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _loop(self, one: Callable[[random.Random], None], dice: random.Random) -> None:
        try:
            while not self._stop.is_set():
                one(dice)
                time.sleep(PAUSE)
        except BaseException as fault:  # noqa: BLE001 - the judge shows it
            self.faults.append(fault)

    def stop(self) -> None:
        """Let every client finish what it began, and say what went wrong."""
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "a client never got its answer"
        if self.faults:
            raise self.faults[0]

    # One request, until it is answered.

    def _asked(
        self, method: str, address: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """Return status and body of the first answer that is one; the request stays the same."""
        tries = 0
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=60)
            try:
                connection.request(method, address, body, headers)
                answer = connection.getresponse()
                content = answer.read()
                if answer.status < 500 and answer.status != 429:
                    self.memory.repeated += tries
                    return answer.status, content
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            tries += 1
            time.sleep(0.1)

    def _api(self, address: str, given: object, key: str, which: int) -> tuple[int, Any]:
        headers = {
            "Authorization": f"Bearer {self.founded['keys'][which]}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        status, content = self._asked("POST", address, json.dumps(given).encode(), headers)
        return status, json.loads(content)

    def _desk(self, address: str, body: bytes, kind: str) -> int:
        role = "cash_applier" if address.startswith("/cash/") else "manager"
        cookies = f"sessionid={self.founded['sessions'][role]}; csrftoken={CSRF}"
        headers = {"Cookie": cookies, "X-CSRFToken": CSRF, "Content-Type": kind}
        status, content = self._asked("POST", address, body, headers)
        assert status != 302, "signed out"
        if status != 303:
            self.memory.refused.append(f"{address}: {status}")
            assert status in (403, 409, 422), content[-500:]
        return status

    def _form(self, address: str, given: Mapping[str, str]) -> int:
        body = urlencode({"key": str(uuid.uuid4()), **given}).encode()
        return self._desk(address, body, "application/x-www-form-urlencoded")

    # What each of them does.

    def _order(self, dice: random.Random) -> None:
        reference = f"SO-{dice.randrange(10**9):09d}"
        given = {
            "customer_number": dice.choice(self.founded["customers"]),
            "order_reference": reference,
            "currency": "EUR",
            "total": f"{dice.randrange(1_000, 9_000) / 100:.2f}",
        }
        status, answer = self._api("/api/v1/orders/check", given, f"key-{reference}", 0)
        assert status == 200, answer
        self.memory.orders[reference] = answer

    def _invoices(self, dice: random.Random) -> None:
        batch = f"{dice.randrange(10**9):09d}"
        minors = [dice.randrange(500, 4_000) for _ in range(3)]
        given = {
            "invoices": [
                {
                    "customer_number": dice.choice(self.founded["customers"]),
                    "number": f"INV-{batch}-{place}",
                    "issued_on": (self._today - timedelta(days=40)).isoformat(),
                    "due_on": (self._today - timedelta(days=10)).isoformat(),
                    "currency": "EUR",
                    "net": f"{minor / 100:.2f}",
                }
                for place, minor in enumerate(minors)
            ]
        }
        status, answer = self._api("/api/v1/invoices", given, f"key-{batch}", 1)
        assert status == 200, answer
        assert answer["recorded"] == 3, answer
        for place, minor in enumerate(minors):
            self.memory.invoices[f"INV-{batch}-{place}"] = minor

    def _bank(self, dice: random.Random) -> None:
        """Pay two invoices by number, and send some money that says nothing."""
        known = list(self.memory.invoices.items())
        if len(known) < 6:
            return
        batch = f"{dice.randrange(10**9):09d}"
        paid = [(minor, number) for number, minor in dice.sample(known, 2)]
        lines = [*paid, (dice.randrange(100, 900), f"nobody knows {batch}")]
        booked = f"{self._today:%d.%m.%Y}"
        rows = [
            f"DE02;{booked};{minor / 100:.2f};EUR;Somebody;{text} {batch}" for minor, text in lines
        ]
        head = "Account;Booking date;Amount;Currency;Counterparty;Text"
        content = "\n".join([head, *rows, ""])
        boundary = f"b{batch}"
        parts = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="key"\r\n\r\n{batch}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{batch}.csv"'
            f"\r\nContent-Type: text/csv\r\n\r\n{content}\r\n--{boundary}--\r\n"
        )
        kind = f"multipart/form-data; boundary={boundary}"
        if self._desk("/cash/statements/take-in", parts.encode(), kind) == 303:
            self.memory.bank_lines[batch] = len(lines)

    def _promise(self, dice: random.Random) -> None:
        note = f"promised {dice.randrange(10**9):09d}"
        given = {
            "currency": "EUR",
            "amount": "5.00",
            "due_on": (self._today + timedelta(days=5)).isoformat(),
            "note": note,
        }
        number = dice.choice(self.founded["customers"])
        if self._form(f"/customers/{number}/promise", given) == 303:
            self.memory.promises.add(note)
        time.sleep(0.2)

    def _apply(self, _: random.Random) -> None:
        """Apply by hand what nobody could match, as a person at the desk does."""
        with suppress(psycopg.Error):
            url = self.house.database_url()
            if url is None:
                return
            with psycopg.connect(url, connect_timeout=5) as connection:
                found = connection.execute(
                    "SELECT p.reference, i.id, least(p.unapplied_minor, i.open_minor)"
                    " FROM cash_payment p, invoices_item i WHERE p.unapplied_minor > 0"
                    " AND i.open_minor > 0 AND (p.customer_id IS NULL"
                    " OR p.customer_id = i.customer_id) ORDER BY random() LIMIT 1"
                ).fetchone()
            if found is None:
                time.sleep(0.2)
                return
            reference, item_id, minor = found
            address = f"/cash/payments/{reference}/apply"
            if self._form(address, {f"amount-{item_id}": f"{minor / 100:.2f}"}) == 303:
                self.memory.applied.add(reference)
        time.sleep(0.1)

    def _import(self, dice: random.Random) -> None:
        """Load a file of invoices by the command line, again until it said that it is done."""
        batch = f"{dice.randrange(10**9):09d}"
        numbers = [f"CSV-{batch}-{n}" for n in range(20)]
        day = (self._today - timedelta(days=20)).isoformat()
        rows = [
            f"{dice.choice(self.founded['customers'])};{number};{day};{day};EUR;12.50"
            for number in numbers
        ]
        head = "Customer number;Invoice number;Invoice date;Due date;Currency;Net amount"
        file = Path(self.house.home) / f"{batch}.csv"
        file.write_text("\n".join([head, *rows, ""]))
        while True:
            done = self.house.creditdesk("import", "invoices", str(file))
            if done.returncode == 0:
                break
            self.memory.repeated += 1
            time.sleep(0.2)
        self.memory.imported.update(numbers)
