"""Closing and posting at the same moment, with connections of their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Event

import pytest
from django.db import OperationalError, connection, connections, transaction

from creditdesk.insight import queries as proofs
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.ledger import queries, services
from creditdesk.ledger.rules import BANK, REVENUE, Posting
from creditdesk.plumbing import sql
from creditdesk.plumbing.services import take_numbers
from tests.support.at_once import PATIENCE, at_once, codes, until_somebody_waits_for_a_lock
from tests.support.fixtures import founded

JANUARY = date(2026, 1, 31)
TABLE_OWNER = "UPDATE ledger_book"


def sale(source_id: int, on: date = JANUARY) -> Posting:
    return Posting(
        debit=BANK, credit=REVENUE, currency="EUR", minor=100, effective_on=on,
        source_kind="test", source_id=source_id,
    )  # fmt: skip


@pytest.fixture
def desk(committed_db: str, actor_of: Callable[..., Actor]) -> Actor:
    desk = actor_of(founded().id)
    services.post(desk, [sale(0)])
    return desk


def closing(desk: Actor) -> services.ClosedPeriod:
    try:
        return services.close_period(desk, JANUARY)
    finally:
        connections.close_all()


def test_a_closing_waits_for_who_posts_and_counts_what_they_posted(desk: Actor) -> None:
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert services.hold_open(desk).earliest(JANUARY) == JANUARY
            closed = pool.submit(closing, desk)
            until_somebody_waits_for_a_lock(TABLE_OWNER)
            services.post(desk, [sale(1)])
        assert closed.result(PATIENCE).closed_through == JANUARY
    kept = sql.scalar(
        "SELECT trial_balance->0->>'closing_minor' FROM ledger_periodact"
        " WHERE trial_balance->0->>'account' = 'bank'"
    )
    assert int(kept) == 200
    with pytest.raises(Refused):
        services.post(desk, [sale(2)])


def test_who_comes_during_a_closing_waits_and_is_refused(desk: Actor) -> None:
    closed, told = Event(), Event()

    def close_slowly() -> None:
        try:
            with transaction.atomic():
                services.close_period(desk, JANUARY)
                closed.set()
                assert told.wait(PATIENCE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(close_slowly)
        assert closed.wait(PATIENCE)
        late = pool.submit(at_once, lambda: services.post(desk, [sale(1)]))
        until_somebody_waits_for_a_lock("ledger_book")
        told.set()
        slow.result(PATIENCE)
        assert codes(late.result(PATIENCE)) == ["period_closed"]
    assert sql.scalar("SELECT count(*) FROM ledger_posting") == 1


def test_an_older_snapshot_does_not_get_past_a_closing(desk: Actor) -> None:
    """Whoever looked before the closing, in one snapshot, is refused by the database."""

    def repeat() -> None:
        with transaction.atomic():
            sql.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            assert sql.scalar("SELECT count(*) FROM ledger_periodact") == 0
            with ThreadPoolExecutor(1) as pool:
                pool.submit(closing, desk).result(PATIENCE)
            sql.execute(
                "INSERT INTO ledger_posting (company_id, debit_id, credit_id, currency, minor,"
                " effective_on, recorded_at, source_kind, source_id)"
                " SELECT company_id, debit_id, credit_id, currency, 1, effective_on, recorded_at,"
                " 'planted', 1 FROM ledger_posting"
            )

    with pytest.raises(OperationalError, match="could not serialize"):
        repeat()
    assert sql.scalar("SELECT count(*) FROM ledger_posting") == 1


def test_posters_and_closers_in_a_crowd_leave_no_posting_behind_a_closing(desk: Actor) -> None:
    def posting(hand: int) -> int:
        done = 0
        for n in range(25):
            try:
                services.post(desk, [sale(1_000 * hand + n)])
            except Refused:
                continue
            done += 1
        return done

    def acting() -> None:
        for n in range(4):
            services.close_period(desk, JANUARY)
            services.reopen_period(desk, JANUARY, reason=f"again {n}")
        services.close_period(desk, JANUARY)

    results = at_once(*(lambda hand=hand: posting(hand) for hand in range(1, 6)), acting)  # type: ignore[misc]
    done = [result for result in results if isinstance(result, int)]
    assert len(done) == 5
    assert sql.scalar("SELECT count(*) FROM ledger_posting") == 1 + sum(done)
    assert queries.boundary(desk.company_id).acts == 9
    assert proofs.prove(desk.company_id) == []


def test_a_new_company_opens_its_book_once_whoever_comes_first(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = actor_of(founded().id)
    results = at_once(
        *(lambda n=n: services.post(desk, [sale(n)]) for n in range(1, 8)),  # type: ignore[misc]
        lambda: services.close_period(desk, JANUARY),
    )
    posted = sum(result == 1 for result in results)
    assert sql.scalar("SELECT count(*) FROM ledger_book") == 1
    assert sql.scalar("SELECT count(*) FROM ledger_posting") == posted
    assert set(codes(results)) <= {"period_closed"}


def test_numbers_taken_in_a_crowd_have_no_gap_though_some_give_up(desk: Actor) -> None:
    """A number taken in a transaction that is rolled back is taken again by the next one."""

    class GivenUpError(Exception):
        pass

    def give_up() -> None:
        raise GivenUpError

    def taking(hand: int) -> list[int]:
        kept: list[int] = []
        for n in range(20):
            try:
                with transaction.atomic():
                    numbers = take_numbers(desk.company_id, "INV-2026", 1 + n % 3)
                    if (n + hand) % 4 == 0:
                        give_up()
            except GivenUpError:
                continue
            kept += numbers
        return kept

    results = at_once(*(lambda hand=hand: taking(hand) for hand in range(6)))  # type: ignore[misc]
    taken = sorted(number for result in results if isinstance(result, list) for number in result)
    assert len(taken) > 100
    assert taken == list(range(1, len(taken) + 1))


def test_one_company_closing_keeps_no_other_waiting(desk: Actor) -> None:
    other = replace(desk, company_id=founded("other").id)
    services.post(other, [sale(0)])
    with transaction.atomic():
        services.close_period(desk, JANUARY)
        assert at_once(lambda: services.post(other, [sale(1)])) == [1]
    assert connection.in_atomic_block is False
