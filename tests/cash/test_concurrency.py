"""Many hands at once: a line once, an item never beyond what is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from creditdesk.cash import services as cash
from creditdesk.cash.services import Solution
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.cash.stage import Paid
from tests.cash.test_shortfalls import IN_TIME, publish
from tests.support.fixtures import founded


def at_once(*work: Callable[[], object]) -> list[object]:
    """Run everything in threads that start together; return results, or the errors of the house."""
    barrier = Barrier(len(work))

    def run(one: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=30)
            return one()
        except DomainError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


def a_desk(actor_of: Callable[..., Actor]) -> Actor:
    return with_policy(actor_of(founded().id))


def test_the_same_file_from_six_hands_goes_in_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = a_desk(actor_of)
    lines = [Paid(minor=100 + n // 2, text=f"line {n // 2}") for n in range(40)]
    content = stage.statement(lines)
    results = at_once(
        *(lambda: cash.take_in(desk, filename="bank.csv", content=content) for _ in range(6))
    )
    assert sorted(r.lines_new for r in results if isinstance(r, cash.TakeInResult)) == [
        0, 0, 0, 0, 0, 40,
    ]  # fmt: skip
    assert sql.scalar("SELECT count(*) FROM cash_bankline") == 40
    assert sql.scalar("SELECT count(*) FROM cash_payment") == 40
    assert sql.scalar("SELECT count(*) FROM cash_bankaccount") == 1
    stage.prove(desk)


def test_eight_hands_never_apply_more_than_is_open(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = a_desk(actor_of)
    acorn = stage.customer(desk, "Acorn Foods")
    first, second = (stage.invoice(desk, acorn, f"INV-{n}", 10_000) for n in (1, 2))
    payments = [stage.paid(desk, 5_000, on=stage.PAID) for _ in range(8)]
    results = at_once(
        *(
            lambda payment=payment, items=items: cash.apply(  # type: ignore[misc]
                desk, payment, allocations=dict.fromkeys(items, 2_500)
            )
            for payment, items in zip(payments, [(first, second), (second, first)] * 4, strict=True)
        )
    )
    assert sum(isinstance(r, cash.ApplyResult) for r in results) == 4
    assert {r.code for r in results if isinstance(r, Conflict)} == {"item_changed"}
    assert (stage.open_minor(first), stage.open_minor(second)) == (0, 0)
    stage.prove(desk)


def test_matching_clicking_and_undoing_at_once_keep_the_books(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = a_desk(actor_of)
    customers = [stage.customer(desk, f"Customer Number {n}") for n in range(3)]
    items = [stage.invoice(desk, customers[n % 3], f"INV-2026-{n:04d}", 1_000) for n in range(12)]
    stage.take_in(desk, *(Paid(minor=1_000, text=f"INV-2026-{n:04d}") for n in range(12)))
    payments = [int(each) for each in sql.scalars("SELECT id FROM cash_payment ORDER BY id")]

    def by_hand(numbers: Sequence[int]) -> None:
        for n in numbers:
            try:
                cash.apply(desk, payments[n], allocations={items[n]: 1_000})
            except Conflict:
                cash.undo(desk, payments[n])

    at_once(
        lambda: cash.match(desk),
        lambda: cash.match(desk),
        lambda: by_hand(range(12)),
        lambda: by_hand(range(11, -1, -1)),
    )
    stage.prove(desk)
    assert sql.scalar("SELECT min(open_minor) FROM invoices_item") >= 0


def test_six_hands_give_a_discount_once(committed_db: str, actor_of: Callable[..., Actor]) -> None:
    desk = a_desk(actor_of)
    publish(desk)
    item = stage.taxed(
        desk, stage.customer(desk, "Acorn Foods"), "INV-1", 100_000, 19_000, terms_code="skonto"
    )
    payment = stage.paid(desk, 116_620, on=IN_TIME)
    cash.apply(desk, payment, allocations={item: 116_620})
    results = at_once(
        *(lambda: cash.solve_short(desk, payment, item, Solution("discount")) for _ in range(6))
    )
    assert sum(isinstance(r, cash.SolvedResult) for r in results) == 1
    assert {r.code for r in results if isinstance(r, DomainError)} == {"nothing_open"}
    assert sql.scalars("SELECT minor FROM cash_adjustment") == [2_380]
    assert stage.open_minor(item) == 0
    stage.prove(desk)
