"""Clients of every kind that write and remember what was acknowledged: desk, API, files, jobs."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg

from tests.crash import papers
from tests.crash.asking import Asking, multipart
from tests.crash.house import PATIENCE
from tests.crash.memory import Line

PAUSE = 0.02
NEW_JOB = """
    SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', %s, 0, NULL, NULL,
           jsonb_build_object('company_id', %s::bigint), NULL)::procrastinate_job_to_defer_v1])
"""
TO_APPLY = """
    SELECT p.reference, p.id, i.id, least(p.unapplied_minor, i.open_minor)
      FROM cash_payment p JOIN invoices_item i
        ON i.company_id = p.company_id AND i.currency = p.currency
     WHERE p.company_id = %s AND p.unapplied_minor > 0 AND i.open_minor > 0
       AND (p.customer_id IS NULL OR p.customer_id = i.customer_id)
     ORDER BY random() LIMIT 1
"""


class Clients:
    """Threads that write until they are told to stop."""

    def __init__(self, asking: Asking, *, seed: int) -> None:
        self.asking = asking
        self.house = asking.house
        self.founded = asking.founded
        self.memory = asking.memory
        self.seed = seed
        self.faults: list[BaseException] = []
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._today = date.fromisoformat(self.founded["today"])

    def start(self) -> None:
        """Let each of them begin."""
        work = [
            self._order, self._order, self._invoices, self._bank, self._promise, self._apply,
            self._drop, self._import, self._issue, self._issue,
        ]  # fmt: skip
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
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a client never got its answer"
        if self.faults:
            raise self.faults[0]

    # Systems.

    def _order(self, dice: random.Random) -> None:
        reference = f"SO-{dice.randrange(10**9):09d}"
        given = {
            "customer_number": dice.choice(self.founded["customers"]),
            "order_reference": reference,
            "currency": "EUR",
            "total": f"{dice.randrange(1_000, 9_000) / 100:.2f}",
        }
        answer = self.asking.api("/api/v1/orders/check", given, f"key-{reference}", 0)
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
        answer = self.asking.api("/api/v1/invoices", given, f"key-{batch}", 1)
        assert answer["recorded"] == 3, answer
        for place, minor in enumerate(minors):
            self.memory.invoices[f"INV-{batch}-{place}"] = minor

    def _issue(self, dice: random.Random) -> None:
        """Issue two invoices at once, of customers others issue to as well."""
        batch = f"{dice.randrange(10**9):09d}"
        line = {"name": "Bearing", "quantity": "3", "price": "12.45", "rate_percent": "19"}
        drafts = [
            {"customer_number": one, "currency": "EUR", "lines": [line], "buyer_reference": batch}
            for one in self.founded["buyers"]
        ]
        answer = self.asking.api("/api/v1/invoices/issue", {"invoices": drafts}, f"key-{batch}", 0)
        self.memory.issued.update(answer["numbers"])
        time.sleep(0.5)

    # Files: at the desk, in the drop folder for the worker, on the command line.

    def _lines(self, dice: random.Random) -> tuple[str, list[Line]]:
        """Pay an invoice in full and one short, and send some money that says nothing."""
        known = list(self.memory.invoices.items())
        batch = f"{dice.randrange(10**9):09d}"
        if len(known) < 6:
            return batch, []
        (first, full), (second, minor) = dice.sample(known, 2)
        return batch, [
            (full, f"{first} {batch}"),
            (minor - 150, f"{second} {batch}"),
            (dice.randrange(100, 900), f"nobody knows {batch}"),
        ]

    def _bank(self, dice: random.Random) -> None:
        batch, lines = self._lines(dice)
        if not lines:
            return
        content = papers.bank_file(lines, self._today)
        body, kind = multipart({"key": batch}, f"{batch}.csv", content)
        self.asking.desk("cash_applier", "/cash/statements/take-in", body, kind)
        self.memory.uploaded[batch] = lines
        self.memory.keep("cash.take_in", f"{batch}:1", batch)

    def _drop(self, dice: random.Random) -> None:
        """Drop a bank file, and give the worker the job to look."""
        batch, lines = self._lines(dice)
        if not lines:
            return
        papers.drop(
            self.house.drop / "crash" / "bank", f"{batch}.csv",
            papers.bank_file(lines, self._today),
        )  # fmt: skip
        self.memory.dropped[batch] = lines
        with suppress(psycopg.Error):
            for (numbers,) in self._asked(NEW_JOB, ["day.drop", self.founded["company_id"]]):
                self.memory.jobs.update(numbers)
        time.sleep(1.0)

    def _import(self, dice: random.Random) -> None:
        """Load a file of invoices by the command line, again until it said that it is done."""
        batch = f"{dice.randrange(10**9):09d}"
        numbers = [f"CSV-{batch}-{n}" for n in range(20)]
        customers = self.founded["customers"]
        rows = [(dice.choice(customers), number, 1_250) for number in numbers]
        file = Path(self.house.home) / f"{batch}.csv"
        file.write_bytes(papers.invoice_file(rows, self._today - timedelta(days=20)))
        while True:
            done = self.house.creditdesk("import", "invoices", str(file), "--company", "crash")
            if done.returncode == 0:
                break
            assert done.returncode != 3, f"rows came back: {done.stdout}"
            self.memory.repeated += 1
            time.sleep(0.2)
        self.memory.imported.update(numbers)
        time.sleep(1.0)

    # People at the desk.

    def _promise(self, dice: random.Random) -> None:
        note = f"promised {dice.randrange(10**9):09d}"
        given = {
            "currency": "EUR",
            "amount": "5.00",
            "due_on": (self._today + timedelta(days=5)).isoformat(),
            "note": note,
        }
        number = dice.choice(self.founded["customers"])
        key, _ = self.asking.form("manager", f"/customers/{number}/promise", given)
        self.memory.keep("collections.promise", key, note)
        time.sleep(0.2)

    def _apply(self, _: random.Random) -> None:
        """Apply by hand what nobody could match; somebody else may have been faster."""
        found: list[Any] = []
        with suppress(psycopg.Error):
            found = self._asked(TO_APPLY, [self.founded["company_id"]])
        time.sleep(0.1)
        if not found:
            return
        [[reference, payment_id, item_id, minor]] = found
        given = {f"amount-{item_id}": f"{minor / 100:.2f}"}
        address = f"/cash/payments/{reference}/apply"
        key, page = self.asking.form("cash_applier", address, given)
        if f"{reference} is applied" in page:
            self.memory.keep("cash.apply", key, (payment_id, item_id, minor))
        else:
            self.memory.refused.add(key)

    def _asked(self, statement: str, params: list[object]) -> list[Any]:
        url = self.house.database_url()
        if url is None:
            return []
        with psycopg.connect(url, connect_timeout=5) as connection:
            return connection.execute(statement.encode(), params).fetchall()
