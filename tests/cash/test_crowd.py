"""Crowds with connections of their own: one item, overlapping files, one import, everything."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import date

import pytest

from creditdesk import wiring
from creditdesk.cash import services as cash
from creditdesk.insight import queries as proofs
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError
from creditdesk.ledger import services as ledger
from creditdesk.plumbing import sql
from creditdesk.plumbing.imports import services as imports
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.cash.stage import Paid
from tests.orders import verbs
from tests.support.at_once import at_once, codes
from tests.support.fixtures import founded

HANDS = 8
# How often each hand does something in the crowd; `make faults` lets it go on for half a minute.
TURNS = 250 if os.environ.get("CREDITDESK_DEEP") else 12


@pytest.fixture
def desk(committed_db: str, actor_of: Callable[..., Actor]) -> Actor:
    wiring.connect()
    return with_policy(actor_of(founded().id))


def test_one_item_and_twenty_four_hands(desk: Actor) -> None:
    item = stage.invoice(desk, stage.customer(desk, "Acorn Foods"), "INV-1", 5_500)
    stage.take_in(desk, *(Paid(minor=1_000, text=f"riddle {n}") for n in range(24)))
    payments = [int(each) for each in sql.scalars("SELECT id FROM cash_payment ORDER BY id")]
    results = at_once(
        *(
            lambda one=one: cash.apply(desk, one, allocations={item: 1_000})  # type: ignore[misc]
            for one in payments
        )
    )
    assert sum(isinstance(result, cash.ApplyResult) for result in results) == 5
    assert codes(results) == ["item_changed"] * 19
    assert stage.open_minor(item) == 500
    stage.prove(desk)


def test_overlapping_statements_from_six_hands_bring_every_line_once(desk: Actor) -> None:
    lines = [Paid(minor=100 + n, text=f"line {n}") for n in range(40)]
    results = at_once(
        *(
            lambda start=start: cash.take_in(  # type: ignore[misc]
                desk, filename=f"{start}.csv", content=stage.statement(lines[start : start + 15])
            )
            for start in (0, 5, 10, 15, 20, 25)
        )
    )
    brought = [result.lines_new for result in results if isinstance(result, cash.TakeInResult)]
    assert (len(brought), sum(brought)) == (6, 40)
    assert sql.scalar("SELECT count(DISTINCT text) FROM cash_bankline") == 40
    assert sql.scalar("SELECT count(*) FROM cash_payment") == 40
    numbers = sorted(sql.scalars("SELECT right(reference, 6)::int FROM cash_payment"))
    assert numbers == list(range(1, 41))
    stage.prove(desk)


@pytest.mark.parametrize("is_one_run", [True, False], ids=["one run", "four runs"])
def test_the_same_file_of_invoices_loaded_by_four_hands(desk: Actor, *, is_one_run: bool) -> None:
    stage.customer(desk, "Acorn Foods", number="C1")
    rows = [f"C1;CSV-{n};2026-03-02;2026-03-12;EUR;10.00" for n in range(60)]
    head = "Customer number;Invoice number;Invoice date;Due date;Currency;Net amount"
    content = "\n".join([head, *rows]).encode()

    def opened() -> str:
        return imports.open_run(desk, kind="invoices", filename="i.csv", content=content)

    references = [opened()] * 4 if is_one_run else [opened() for _ in range(4)]
    results = at_once(
        *(
            lambda one=one: imports.load(desk, one, chunk_rows=7)  # type: ignore[misc]
            for one in references
        )
    )
    assert set(codes(results)) <= {"import_running", "import_done"}
    assert sql.scalar("SELECT count(*) FROM invoices_invoice") == 60
    assert sql.scalar("SELECT sum(minor) FROM ledger_posting") == 60_000
    accepted = sql.scalar("SELECT sum(rows_accepted) FROM plumbing_importrun")
    assert accepted == 60
    stage.prove(desk)


def test_everything_at_once_ends_without_a_deadlock_and_proves(desk: Actor) -> None:
    """Orders, invoices, receipts, applying, undoing, crediting, matching, closing and reopening.

    A circle of waiting would end as an error of the database, which is none of the house.
    """
    verbs.opened(desk)
    customers = [verbs.a_customer(desk, f"K{n}", limit=300_000) for n in range(4)]
    for place, customer in enumerate(customers):
        stage.invoice(desk, customer, f"FIRST-{place}", 2_000, issued_on=date(2026, 1, 12))

    def hand(number: int) -> list[str]:
        dice = random.Random(number)
        said = []
        for turn in range(TURNS):
            try:
                _one_act(desk, dice, customers, f"{number}-{turn}")
            except DomainError as error:
                said.append(error.code)
        return said

    results = at_once(*(lambda number=number: hand(number) for number in range(HANDS)))  # type: ignore[misc]
    said = {code for result in results if isinstance(result, list) for code in result}
    assert said <= {
        "item_changed", "payment_changed", "payer_differs", "nothing_to_undo", "item_of_another",
        "credit_above_invoice", "period_closed_already", "period_open_already", "several_customers",
        "later_period_closed", "earlier_period_open", "period_unknown", "more_than_received",
    }  # fmt: skip
    assert proofs.prove(desk.company_id) == []


def _one_act(desk: Actor, dice: random.Random, customers: list[int], name: str) -> None:
    act = dice.choice(
        (_order, _invoices, _receipt, _match, _apply, _apply, _undo, _credit, _period)
    )
    act(desk, dice, customers, name)


def _order(desk: Actor, dice: random.Random, customers: list[int], name: str) -> None:
    who = dice.randrange(len(customers))
    verbs.an_order(desk, f"SO-{name}", dice.randrange(1_000, 9_000), customer=f"K{who}")


def _invoices(desk: Actor, dice: random.Random, customers: list[int], name: str) -> None:
    new = [
        NewInvoice(
            customer_id=who, number=f"INV-{name}-{place}", issued_on=date(2026, 1, 20),
            due_on=date(2026, 2, 20), currency="EUR", net_minor=1_000,
        )
        for place, who in enumerate(dice.sample(customers, 3))
    ]  # fmt: skip
    invoices.record(desk, new)


def _receipt(desk: Actor, dice: random.Random, customers: list[int], name: str) -> None:
    about = f"FIRST-{dice.randrange(len(customers))}" if dice.random() < 0.5 else "riddle"
    stage.take_in(desk, Paid(minor=500, text=f"{about} {name}"), name=f"{name}.csv")


def _match(desk: Actor, *_: object) -> None:
    cash.match(desk)


def _apply(desk: Actor, dice: random.Random, *_: object) -> None:
    payment, items = _any_payment(dice), _any_items(dice)
    if payment and items:
        cash.apply(desk, payment, allocations=dict.fromkeys(items, 100))


def _undo(desk: Actor, dice: random.Random, *_: object) -> None:
    payment = _any_payment(dice)
    if payment:
        cash.undo(desk, payment)


def _credit(desk: Actor, dice: random.Random, customers: list[int], name: str) -> None:
    number = f"FIRST-{dice.randrange(len(customers))}"
    invoices.credit(
        desk, number, number=f"CN-{name}", issued_on=date(2026, 2, 3), net_minor=10, reason="x"
    )


def _period(desk: Actor, dice: random.Random, *_: object) -> None:
    january = date(2026, 1, 31)
    if dice.random() < 0.5:
        ledger.close_period(desk, january)
    else:
        ledger.reopen_period(desk, january, reason="crowd")


def _any_payment(dice: random.Random) -> int:
    found = sql.scalars("SELECT id FROM cash_payment ORDER BY id")
    return int(dice.choice(found)) if found else 0


def _any_items(dice: random.Random) -> list[int]:
    """Return two open items of one customer, in any order."""
    rows = sql.scalars(
        "SELECT array_agg(id) FROM invoices_item WHERE open_minor > 100 GROUP BY customer_id"
    )
    one = dice.choice(rows) if rows else []
    return dice.sample(one, min(2, len(one)))
