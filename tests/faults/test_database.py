"""Every use case with the database failing at every place: whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from pytest_django.plugin import DjangoDbBlocker

from creditdesk import wiring
from creditdesk.cash import services as cash
from creditdesk.cash.services import matching
from creditdesk.collections import services as collections
from creditdesk.day import services as days
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.ledger import services as ledger
from creditdesk.plumbing import sql
from creditdesk.plumbing.imports import services as imports
from tests.day import desk as small
from tests.faults.harness import fails_in_steps, fails_whole, prepared
from tests.orders import verbs
from tests.support.fixtures import founded

NUMBER = "INV-000-+45"


@pytest.fixture
def desk(committed_db: str, actor_of: Callable[..., Actor]) -> small.Desk:
    """A company of three customers, where commits last."""
    wiring.connect()
    return small.opened(actor_of(founded().id), customer_count=3)


@pytest.fixture
def actor(desk: small.Desk) -> Actor:
    return desk.actor


def received(actor: Actor, text: str, minor: int = 11_900) -> int:
    """Take in one receipt; return its payment."""
    arrival = small.bank_file((text, minor))
    cash.take_in(actor, filename=arrival.filename, content=arrival.content)
    return int(sql.scalar("SELECT max(id) FROM cash_payment"))


def first_item(desk: small.Desk) -> int:
    [first, *_] = invoices.open_items(desk.actor.company_id, customer_ids=desk.customer_ids[:1])
    return first.item_id


def test_taking_a_statement_in(actor: Actor) -> None:
    arrival = small.bank_file(("one", 100), ("two", 200), ("three", 300))

    def act() -> object:
        return cash.take_in(actor, filename=arrival.filename, content=arrival.content)

    assert fails_whole(act) > 10
    assert sql.scalar("SELECT count(*) FROM cash_payment") == 3
    again = cash.take_in(actor, filename=arrival.filename, content=arrival.content)
    assert again.lines_new == 0


def test_matching(actor: Actor) -> None:
    """The pass of the rules; the round of all three is repeated with the day, below."""
    received(actor, f"invoice {NUMBER}")
    assert fails_whole(lambda: matching.match(actor)) > 15
    assert sql.scalar("SELECT count(*) FROM cash_allocation WHERE undone_at IS NULL") == 1


def test_applying_and_undoing_by_hand(desk: small.Desk) -> None:
    payment, item_id = received(desk.actor, "nothing to be known by"), first_item(desk)
    applying = fails_whole(lambda: cash.apply(desk.actor, payment, allocations={item_id: 5_000}))
    undoing = fails_whole(lambda: cash.undo(desk.actor, payment))
    assert min(applying, undoing) > 15
    assert sql.scalar("SELECT count(*) FROM cash_allocation") == 1
    with pytest.raises(Conflict):
        cash.undo(desk.actor, payment)


def test_checking_an_order(actor: Actor) -> None:
    verbs.opened(actor)
    verbs.a_customer(actor)
    keyed = actor.keyed("order-1")
    assert fails_whole(lambda: verbs.an_order(keyed)) > 6
    assert verbs.an_order(keyed).outcome == "accepted"
    assert sql.scalar("SELECT count(*) FROM credit_reservation") == 1
    assert sql.scalar("SELECT count(*) FROM orders_decision") == 1


def test_recording_and_crediting_an_invoice(desk: small.Desk) -> None:
    new = small.NewInvoice(
        customer_id=desk.customer_ids[0], number="LATE-1", issued_on=small.TODAY, currency="EUR",
        net_minor=5_000, tax_minor=950,
    )  # fmt: skip
    assert fails_whole(lambda: small.invoices.record(desk.actor, [new])) > 10
    credited = fails_whole(
        lambda: small.invoices.credit(
            desk.actor, "LATE-1", number="CN-1", issued_on=small.TODAY, net_minor=100, reason="x"
        )
    )
    assert credited > 10


def test_closing_a_period(actor: Actor) -> None:
    def close(last_on: date) -> Callable[[], object]:
        return lambda: ledger.close_period(actor, last_on)

    for last_on in (date(2025, 12, 31), date(2026, 1, 31)):
        places = fails_whole(close(last_on))
    assert places > 15
    assert fails_whole(lambda: ledger.reopen_period(actor, date(2026, 1, 31), reason="late")) > 8
    assert sql.scalar("SELECT count(*) FROM ledger_periodact") == 3


# Use cases of several transactions, each run on a copy of a prepared database.


@pytest.fixture
def blocker(django_db_blocker: DjangoDbBlocker) -> Iterator[DjangoDbBlocker]:
    wiring.connect()
    with django_db_blocker.unblock():
        yield django_db_blocker


def test_loading_a_file_of_invoices(
    blocker: DjangoDbBlocker, actor_of: Callable[..., Actor]
) -> None:
    made: list[Actor] = []
    day = small.TODAY - timedelta(days=5)

    def prepare() -> None:
        made.append(small.opened(actor_of(founded().id), customer_count=2).actor)
        rows = [f"C{n % 2};CSV-{n};{day};{day};EUR;10.00" for n in range(40)]
        head = "Customer number;Invoice number;Invoice date;Due date;Currency;Net amount"
        imports.open_run(
            made[0], kind="invoices", filename="i.csv", content="\n".join([head, *rows]).encode()
        )

    def load() -> object:
        reference = sql.scalar("SELECT reference FROM plumbing_importrun")
        return imports.load(made[0], reference, chunk_rows=15)

    with prepared(blocker, prepare) as start:
        assert fails_in_steps(start, load) > 30


def test_the_dunning_run(blocker: DjangoDbBlocker, actor_of: Callable[..., Actor]) -> None:
    made: list[Actor] = []

    def prepare() -> None:
        made.append(small.opened(actor_of(founded().id), customer_count=3).actor)
        received(made[0], "a fresh bank")

    with prepared(blocker, prepare) as start:
        run = lambda: collections.run(made[0], run_on=small.TODAY)  # noqa: E731 - one line
        assert fails_in_steps(start, run) > 15


def test_the_day(blocker: DjangoDbBlocker, actor_of: Callable[..., Actor]) -> None:
    """However often it is disturbed, the day that is repeated is the day that was not disturbed."""
    made: list[small.Desk] = []
    arrival = small.bank_file((f"invoice {NUMBER}", 11_900), ("a riddle", 777))

    def prepare() -> None:
        made.append(small.opened(actor_of(founded().id), customer_count=3))
        small.promise_of(made[0], 1, minor=1_000, due_on=small.TODAY + timedelta(days=2))

    def day() -> object:
        return days.run(made[0].actor, arrivals=[arrival])

    with prepared(blocker, prepare) as start:
        assert fails_in_steps(start, day) > 100
