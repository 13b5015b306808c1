"""What every measure stands on: a company with customers, the files that arrive, an actor."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from django.db import connections

from benchmarks import receivables, server
from creditdesk.controls import rules as controls_rules
from creditdesk.controls import services as controls
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact, NewCustomer
from creditdesk.kernel.actor import Actor
from creditdesk.policy import services as policy

TODAY: Final = receivables.AS_OF + timedelta(days=2)  # the Monday after the bank closed
EARLY: Final = date(2020, 1, 1)
VAT_PERCENT: Final = 19
SMALL: Final = 5_000
LARGE: Final = 500_000
# What one file holds at most: banks and other systems send no larger ones in a day.
FILE_INVOICES: Final = 100_000
FILE_PAYMENTS: Final = 50_000


def enter(database: str) -> None:
    """Let Django work on a database from now on."""
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = database
        connections.databases[alias]["NAME"] = database


def rounds(n: int, usual: int) -> int:
    """Return how often to measure: small sizes only show that all runs, large ones take long."""
    return usual if SMALL <= n < LARGE else 1


def backend_pid() -> int:
    """Return the process of the server that works for Django's connection."""
    connections["default"].ensure_connection()
    return int(connections["default"].connection.info.backend_pid)


def leave() -> None:
    """Close the connections, so that the database can be cloned or dropped."""
    connections.close_all()


def actor(*, today: date = TODAY, hour: int = 9) -> Actor:
    """Return somebody who may do everything in the one company."""
    return Actor(
        company_id=1,
        name="bench",
        at=datetime.combine(today, time(hour), tzinfo=UTC),
        today=today,
        permissions=controls_rules.permissions_of({"system"}),
    )


@dataclass(frozen=True, slots=True)
class Files:
    """What was made for a size: the databases by name, the files by path."""

    n: int
    folder: Path

    @property
    def customers(self) -> str:
        """The database with customers and no invoices."""
        return f"customers_{self.n}"

    @property
    def loaded(self) -> str:
        """The database with all invoices open."""
        return f"loaded_{self.n}"

    @property
    def scratch(self) -> str:
        """The database of the round that is measured."""
        return f"scratch_{self.n}"

    def path(self, name: str) -> Path:
        """Return the path of a file of this size."""
        return self.folder / f"{self.n}-{name}"

    def part(self, name: str, number: int) -> Path:
        """Return the path of one of several files that together are what arrives."""
        return self.folder / f"{self.n}-{number:03d}-{name}"

    def parts(self, name: str) -> list[Path]:
        """Return the paths of all of them, in order."""
        return sorted(self.folder.glob(f"{self.n}-???-{name}"))


def files(n: int) -> Files:
    """Return what is made for a size, made or not."""
    return Files(n, Path(os.environ["CREDITDESK_HOME"]))


def prepare(n: int) -> None:
    """Make the database with customers, and the files; nothing of it is timed."""
    made = files(n)
    world = receivables.receivables(n)
    for number, first in enumerate(range(0, n, FILE_INVOICES)):
        part = world.invoices[first : first + FILE_INVOICES]
        made.part("invoices.csv", number).write_bytes(invoices_csv(part))
    for number, first in enumerate(range(0, len(world.payments), FILE_PAYMENTS)):
        paid = world.payments[first : first + FILE_PAYMENTS]
        made.part("bank.xml", number).write_bytes(
            receivables.as_camt(paid, name=f"MIX-{number}-{len(paid)}")
        )
    made.path("bank-early.xml").write_bytes(receivables.as_camt(world.payments[: n // 20]))
    made.path("bank-empty.xml").write_bytes(receivables.as_camt(()))
    made.path("truth.json").write_text(
        json.dumps([(p.invoice.number, p.minor) for p in world.payments]), encoding="utf-8"
    )
    server.clone(server.TEMPLATE, made.customers)
    enter(made.customers)
    with server.hurried():
        _open_accounts(world)
    leave()
    server.tidy(made.customers)


def _open_accounts(world: receivables.Receivables) -> None:
    company_id = controls.found_company(
        "bench", name="Bench Supply", currency=receivables.CURRENCY, country="DE",
        timezone="Europe/Berlin", sender_email="credit@example.com",
    )  # fmt: skip
    assert company_id == actor().company_id
    policy.ensure_default(actor(), valid_from=EARLY)
    customers.create(actor(), new=[_account(one) for one in world.customers])


def _account(one: receivables.Customer) -> NewCustomer:
    return NewCustomer(
        number=one.number,
        name=one.name,
        currency=receivables.CURRENCY,
        country="DE",
        contacts=(NewContact(name="Accounts", email=f"{one.number}@example.com", is_primary=True),),
    )


def invoices_csv(invoices: Sequence[receivables.Invoice]) -> bytes:
    """Return the invoices as the file another system would write."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(
        ("Invoice number", "Customer number", "Invoice date", "Due date", "Currency", "Net", "VAT")
    )
    for one in invoices:
        net = one.minor * 100 // (100 + VAT_PERCENT)
        tax = one.minor - net
        writer.writerow(
            (one.number, one.customer.number, one.issued_on, one.due_on, receivables.CURRENCY,
             f"{net // 100}.{net % 100:02d}", f"{tax // 100}.{tax % 100:02d}")
        )  # fmt: skip
    return text.getvalue().encode()
