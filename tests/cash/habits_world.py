"""Payers with habits, made from a seed: what they owe, what they pay, and what they meant."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from creditdesk.cash.rules import OpenItem, Receipt, build_payers
from creditdesk.cash.rules.learned import Confirmed
from creditdesk.kernel.references import name_key

BEGIN = date(2025, 1, 1)
HABITS = ("exact", "month", "oldest", "balance", "discount", "anyhow")


@dataclass(frozen=True, slots=True)
class Owed:
    """An open item as matching wants it."""

    item_id: int
    customer_id: int
    issued_on: date
    due_on: date
    open_minor: int
    currency: str = "EUR"

    @property
    def invoice_id(self) -> int:
        return self.item_id

    @property
    def number(self) -> str:
        return f"INV-{self.item_id:06d}"

    @property
    def number_key(self) -> str:
        return f"INV{self.item_id:06d}"


@dataclass(slots=True)
class World:
    """Customers who get invoices and pay each month by their habit; some names are not theirs."""

    chance: random.Random
    customers: int
    owed: dict[int, list[Owed]] = field(default_factory=dict)
    made: int = 0

    def habit(self, customer_id: int) -> str:
        return HABITS[customer_id % len(HABITS)]

    def months(self, count: int) -> Iterator[Confirmed]:
        """Yield the payments of so many months, each with what was open before it."""
        payment_id = 0
        for month in range(count):
            first = date(BEGIN.year + month // 12, month % 12 + 1, 1)
            for customer_id in range(1, self.customers + 1):
                self._invoice(customer_id, first)
            for customer_id in range(1, self.customers + 1):
                payment_id += 1
                yield self._pays(payment_id, customer_id, first + timedelta(days=38))

    def _invoice(self, customer_id: int, first: date) -> None:
        for _ in range(self.chance.randint(2, 4)):
            self.made += 1
            day = first + timedelta(days=self.chance.randint(0, 26))
            self.owed.setdefault(customer_id, []).append(
                Owed(
                    self.made, customer_id, day, day + timedelta(days=30),
                    self.chance.randint(20, 400) * 25 * self.chance.choice((1, 1, 20)),
                )
            )  # fmt: skip

    def _pays(self, payment_id: int, customer_id: int, on: date) -> Confirmed:
        before = sorted(self.owed[customer_id], key=lambda one: (one.due_on, one.item_id))
        parts = self._parts(self.habit(customer_id), before)
        paid = dict(parts)
        self.owed[customer_id] = [one for one in before if one.item_id not in paid]
        name = f"Payer Number {customer_id}"
        known = {name_key(name): {customer_id}} if customer_id % 3 else {}
        return Confirmed(
            receipt=Receipt(
                payment_id=payment_id, minor=sum(paid.values()), currency="EUR", received_on=on,
                text="monthly run", counterparty=name,
            ),
            allocations=tuple(sorted(paid.items())),
            items=tuple(before),
            payers=build_payers({}, known, {}),
        )  # fmt: skip

    def _parts(self, habit: str, before: list[Owed]) -> list[tuple[int, int]]:
        oldest = before[0]
        if habit == "month":
            month = (oldest.issued_on.year, oldest.issued_on.month)
            chosen = [o for o in before if (o.issued_on.year, o.issued_on.month) == month]
        elif habit == "oldest":
            chosen = before[: self.chance.randint(2, min(3, len(before)))]
        elif habit == "balance":
            chosen = before
        elif habit == "discount":
            return [(oldest.item_id, oldest.open_minor * 98 // 100)]
        elif habit == "anyhow":
            chosen = self.chance.sample(before, self.chance.randint(1, len(before)))
        else:
            chosen = [self.chance.choice(before)]
        return [(one.item_id, one.open_minor) for one in chosen]


def world(*, seed: int, customers: int = 24) -> World:
    return World(random.Random(seed), customers)


def items_of(one: Confirmed) -> dict[int, list[OpenItem]]:
    found: dict[int, list[OpenItem]] = {}
    for item in one.items:
        found.setdefault(item.customer_id, []).append(item)
    return found
