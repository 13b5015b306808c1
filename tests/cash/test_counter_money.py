"""Whatever is done at the counter and at the bank, in whatever order: no money comes or goes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from creditdesk.cash import services as cash
from creditdesk.cash.models import Deposit, Receipt
from creditdesk.cash.queries import receipts as reads
from creditdesk.insight.queries import prove
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.cash.stage import Paid
from tests.cash.test_receipts import TODAY, bank, cheque, notes

STEPS = 30


@dataclass
class Till:
    """What a clerk with a pencil would know: what came, left, and was credited."""

    desk: Actor
    dice: random.Random
    taken: int = 0
    cancelled: int = 0
    bounced: int = 0
    at_bank: int = 0
    number: int = 0
    items: list[int] = field(default_factory=list)

    def any_of(self, names: list[str]) -> str:
        return self.dice.choice(names or ["NONE-2026-000000"])

    def take(self) -> None:
        minor = self.dice.randrange(1, 9_000)
        self.number += 1
        new = notes(minor) if self.dice.random() < 0.4 else cheque(minor, f"70{self.number:04d}")
        item = self.dice.choice(self.items)
        part = min(minor, stage.open_minor(item))
        if part and self.dice.random() < 0.6:
            new = type(new)(
                customer_number="C1", kind=new.kind, currency="EUR", minor=minor,
                received_on=TODAY, cheque=new.cheque, allocations={item: part},
                on_account=self.dice.random() < 0.5,
            )  # fmt: skip
        cash.take_receipt(self.desk, new)
        self.taken += minor

    def deposit(self) -> None:
        held = [row.reference for row in reads.held_receipts(self.desk.company_id)]
        chosen = self.dice.sample(held, k=self.dice.randint(0, len(held)))
        if chosen:
            cash.deposit(self.desk, chosen, account=stage.ACCOUNT, brought_on=TODAY)

    def credit(self) -> None:
        """Let the bank credit a deposit, now and then of another amount."""
        row = Deposit.objects.filter(credited_at=None, voided_at=None).order_by("id").last()
        if row is not None:
            minor = row.total_minor - (self.dice.random() < 0.2)
            if minor:
                text = f"PAID IN {row.reference} {self.dice.random()}"
                stage.take_in(self.desk, Paid(minor=minor, text=text, on=TODAY))
                self.at_bank += minor
                cash.match(self.desk)

    def cancel(self) -> None:
        name = self.any_of(list(Receipt.objects.values_list("reference", flat=True)))
        cash.cancel_receipt(self.desk, name, reason="wrong")
        self.cancelled += Receipt.objects.get(reference=name).minor

    def bounce(self) -> None:
        name = self.any_of(list(Receipt.objects.values_list("reference", flat=True)))
        cash.bounce(self.desk, name, on=TODAY)
        minor = Receipt.objects.get(reference=name).minor
        self.bounced += minor

    def void(self) -> None:
        name = self.any_of(list(Deposit.objects.values_list("reference", flat=True)))
        cash.void_deposit(self.desk, name, reason="lost")

    def unsettle(self) -> None:
        name = self.any_of(list(Deposit.objects.values_list("reference", flat=True)))
        cash.unsettle_deposit(self.desk, name)

    def undo(self) -> None:
        ids = sql.scalars("SELECT DISTINCT payment_id FROM cash_allocation WHERE undone_at IS NULL")
        if ids:
            cash.undo(self.desk, self.dice.choice(ids))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_money_comes_or_goes(desk: Actor, seed: int) -> None:
    acorn = stage.customer(desk, "Acorn Foods", number="C1")
    till = Till(desk, random.Random(seed))
    till.items = [stage.invoice(desk, acorn, f"INV-{n}", 6_000 + n) for n in range(8)]
    bank(desk)
    likely: list[Callable[[], None]] = [
        till.take, till.take, till.take, till.deposit, till.deposit, till.credit, till.credit,
        till.cancel, till.bounce, till.void, till.unsettle, till.undo,
    ]  # fmt: skip
    done = 0
    for _ in range(STEPS):
        try:
            till.dice.choice(likely)()
            done += 1
        except (Refused, Conflict, NotFound):
            pass
        books = stage.books(desk)
        assert sum(books.values()) == 0
        kept = books.get("undeposited", 0) + books.get("bank", 0)
        came = till.taken - till.cancelled - till.bounced
        unknown = -books.get("unidentified", 0)
        assert kept == came + unknown
        assert (
            unknown
            + sum(
                Deposit.objects.filter(credited_at__isnull=False).values_list(
                    "total_minor", flat=True
                )
            )
            == till.at_bank
        )
    assert done > STEPS // 3
    assert [str(one) for one in prove(desk.company_id)] == []
    numbers = list(Receipt.objects.order_by("id").values_list("reference", flat=True))
    assert numbers == [f"RCP-2026-{n:06d}" for n in range(1, len(numbers) + 1)]
