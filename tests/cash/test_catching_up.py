"""What arrives late: money replayed by date, differences realised by late rates; idle days idle."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.cash.rules.exchange import Share
from creditdesk.cash.rules.order import Debt, Money, changes, dated, fold, ranked
from creditdesk.cash.services import CaughtUp
from creditdesk.controls.queries import CompanyRow
from creditdesk.insight import queries as insight
from creditdesk.kernel.actor import Actor
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import FX_GAIN
from creditdesk.plumbing import sql
from creditdesk.policy import services as policy
from creditdesk.policy.rules import COMPONENTS, DEFAULT, TIME_CLASSES
from tests.cash import stage
from tests.cash.test_order import DAY, IBAN, ORDER, always, clerk, debts, moneys, owing, paying
from tests.cash.test_services import counts

__all__ = ["clerk"]  # the fixture: somebody whose policy lets the order pay by itself

REVERSED = tuple(reversed(ORDER))


# -- the rules ---------------------------------------------------------------------------------


def by_the_unit(
    moneys: list[Money], debts: list[Debt], order_on: Callable[[date], tuple[str, ...]]
) -> dict[int, dict[int, int]]:
    """Say the same as `fold` in the plainest way: every minor unit pays the first debt alone."""
    left = {one: one.open_minor for one in debts}
    unspent = {one.payment_id: one.minor for one in moneys}
    paid: dict[int, dict[int, int]] = {one.payment_id: {} for one in moneys}
    days = sorted({one.on for one in moneys} | {one.issued_on for one in debts})
    for day in days:
        for money in sorted(moneys, key=lambda m: (m.on, m.mark, m.minor, m.payment_id)):
            while money.on <= day and unspent[money.payment_id]:
                owed = [one for one in debts if one.issued_on <= day and left[one]]
                if not owed:
                    break
                first = ranked(owed, order_on(day), day)[0]
                left[first] -= 1
                unspent[money.payment_id] -= 1
                of = paid[money.payment_id]
                of[first.item_id] = of.get(first.item_id, 0) + 1
    return paid


small_debts = st.lists(
    st.builds(
        lambda n, of, due, minor, issued: Debt(
            item_id=n, number=f"INV-{n}", component=of, open_minor=minor,
            issued_on=DAY + timedelta(days=issued), due_on=DAY + timedelta(days=due),
        ),
        st.integers(1, 99), st.sampled_from(COMPONENTS), st.integers(-5, 5), st.integers(1, 9),
        st.integers(-8, 8),
    ),
    max_size=5, unique_by=lambda one: one.item_id,
)  # fmt: skip
small_moneys = st.lists(
    st.builds(
        lambda n, on, minor: Money(
            payment_id=n, on=DAY + timedelta(days=on), minor=minor, mark=f"line {n}"
        ),
        st.integers(1, 99), st.integers(-8, 8), st.integers(1, 15),
    ),
    max_size=5, unique_by=lambda one: one.payment_id,
)  # fmt: skip
orders = st.permutations([f"{one}:{of}" for one in TIME_CLASSES for of in COMPONENTS]).map(tuple)


@given(small_moneys, small_debts, orders, orders, st.integers(-8, 8))
def test_every_unit_pays_the_first_debt_of_its_day(
    paid: list[Money],
    owed: list[Debt],
    before: tuple[str, ...],
    after: tuple[str, ...],
    turn: int,
) -> None:
    """Whatever the order, and where another comes into force on a day."""

    def order_on(on: date) -> tuple[str, ...]:
        return before if on < DAY + timedelta(days=turn) else after

    assert fold(paid, owed, order_on) == by_the_unit(paid, owed, order_on)


@given(moneys, debts, st.randoms(use_true_random=False))
def test_replays_on_the_way_change_nothing_of_the_end(
    paid: list[Money], owed: list[Debt], random: object
) -> None:
    """Payments arrive one by one in any order, each followed by a replay of what was there."""
    arriving = list(paid)
    random.shuffle(arriving)  # type: ignore[attr-defined]
    stands: dict[int, dict[int, int]] = {}
    for count in range(1, len(arriving) + 1):
        here = arriving[:count]
        wanted = fold(here, owed, always(ORDER))
        for payment_id, item_id, was, becomes in changes(stands, wanted):
            of = stands.setdefault(payment_id, {})
            assert of.get(item_id, 0) == was
            of[item_id] = becomes
        kept = {key: {i: m for i, m in of.items() if m} for key, of in stands.items()}
        stands = {key: of for key, of in kept.items() if of}
        for one in here:
            assert sum(stands.get(one.payment_id, {}).values()) <= one.minor
        for item in owed:
            assert sum(of.get(item.item_id, 0) for of in stands.values()) <= item.open_minor
    expected = fold(paid, owed, always(ORDER))
    assert stands == {key: of for key, of in expected.items() if of}
    assert changes(stands, expected) == []


def test_a_day_has_the_order_that_was_in_force_on_it() -> None:
    known = [(date(2026, 1, 1), ORDER), (date(2026, 3, 1), REVERSED)]
    assert [dated(known, on) for on in (date(2025, 5, 5), date(2026, 2, 28), date(2026, 3, 1))] == [
        ORDER, ORDER, REVERSED,
    ]  # fmt: skip


# -- money that arrives late, on PostgreSQL ----------------------------------------------------


@pytest.mark.parametrize("arrival", list(itertools.permutations(range(3))))
def test_more_than_is_owed_pays_by_date_too(clerk: Actor, arrival: tuple[int, ...]) -> None:
    """Later money paid everything: an earlier payment takes its place all the same."""
    owing(clerk)
    received = ((date(2026, 3, 3), 31_111), (date(2026, 3, 8), 22_222), (date(2026, 3, 15), 33_333))
    for n in arrival:
        on, minor = received[n]
        stage.paid(clerk, minor, f"on account {n}", iban=IBAN, on=on)
        cash.match(clerk)
        cash.catch_up(clerk)
    assert insight.prove(clerk.company_id) == []
    assert paying(clerk) == {
        (date(2026, 3, 3), "A-0"): 10_000,
        (date(2026, 3, 3), "A-1"): 20_000,
        (date(2026, 3, 3), "A-2"): 1_111,
        (date(2026, 3, 8), "A-2"): 22_222,
        (date(2026, 3, 15), "A-2"): 6_667,
    }
    before = counts()
    assert (cash.match(clerk).applied, cash.catch_up(clerk)) == (0, CaughtUp())
    assert counts() == before


def test_money_that_came_too_early_waits_and_is_not_asked_after_twice(clerk: Actor) -> None:
    """Nothing is open and nothing was paid by order: it waits for a person, as ever."""
    stage.customer(clerk, "Acorn", iban=IBAN)
    stage.paid(clerk, 6_000, "a", iban=IBAN, on=date(2026, 3, 3))
    assert cash.match(clerk).applied == 0
    [row] = queries.exceptions(clerk.company_id)
    assert [one.code for one in row.reasons][-1] == "nothing_open"
    assert cash.catch_up(clerk) == CaughtUp()


def test_what_is_left_pays_what_is_issued_later_by_the_day(clerk: Actor) -> None:
    acorn = stage.customer(clerk, "Acorn", iban=IBAN)
    for number in ("A-0", "A-00"):
        stage.invoice(clerk, acorn, number, 1_000, issued_on=date(2026, 2, 2))
    stage.paid(clerk, 2_600, "all of it", iban=IBAN, on=date(2026, 2, 20))
    cash.match(clerk)
    later = stage.invoice(clerk, acorn, "A-1", 900, issued_on=date(2026, 3, 2))
    [moved] = cash.catch_up(clerk).moved
    assert (moved.invoice_number, moved.before_minor, moved.after_minor) == ("A-1", 0, 600)
    assert stage.open_minor(later) == 300
    assert cash.catch_up(clerk) == CaughtUp()
    assert insight.prove(clerk.company_id) == []


def test_a_policy_that_asks_a_person_first_is_not_replayed(clerk: Actor) -> None:
    acorn = stage.customer(clerk, "Acorn", iban=IBAN)
    for number in ("A-0", "A-00"):
        stage.invoice(clerk, acorn, number, 1_000, issued_on=date(2026, 2, 2))
    stage.paid(clerk, 2_600, "all of it", iban=IBAN, on=date(2026, 2, 20))
    cash.match(clerk)
    later = stage.invoice(clerk, acorn, "A-1", 900, issued_on=date(2026, 3, 2))
    policy.publish(clerk, given=DEFAULT, valid_from=clerk.today)
    assert cash.catch_up(clerk) == CaughtUp()
    assert stage.open_minor(later) == 900


def test_a_new_order_leaves_what_an_old_one_decided(clerk: Actor) -> None:
    """Each day is judged by the order of the policy in force on it."""
    _, found = owing(clerk)
    stage.paid(clerk, 6_001, "a", iban=IBAN, on=date(2026, 3, 8))
    cash.match(clerk)
    assert paying(clerk) == {(date(2026, 3, 8), "A-0"): 6_001}
    first = "in_advance:principal"
    later_first = [first, *(one for one in ORDER if one != first)]
    rules = {**DEFAULT, "allocation": {"automatic": True, "order": later_first}}
    policy.publish(clerk, given=rules, valid_from=date(2026, 3, 9))
    assert cash.replay(clerk) == ()
    stage.paid(clerk, 5_003, "b", iban=IBAN, on=date(2026, 3, 10))
    cash.match(clerk)
    assert paying(clerk) == {(date(2026, 3, 8), "A-0"): 6_001, (date(2026, 3, 10), "A-1"): 5_003}
    assert stage.open_minor(found[0]) == 3_999


# -- rates that arrive late --------------------------------------------------------------------


def dollars_paid(clerk: Actor) -> int:
    acorn = stage.customer(clerk, "Acorn Inc")
    item = stage.invoice(clerk, acorn, "INV-1", 100_000, currency="USD")
    payment = stage.paid(clerk, 100_000, currency="USD")
    cash.apply(clerk, payment, allocations={item: 100_000})
    return payment


def gain(clerk: Actor) -> int:
    return stage.books(clerk).get(FX_GAIN, 0)


def test_a_rate_loaded_later_is_realised_once_by_the_day(clerk: Actor) -> None:
    dollars_paid(clerk)
    assert cash.catch_up(clerk) == CaughtUp()
    policy.load_rates([("USD", "EUR", stage.ISSUED, Decimal("0.9"))], source="late")
    assert cash.catch_up(clerk) == CaughtUp(realised=1)
    before = counts()
    assert (cash.catch_up(clerk), counts()) == (CaughtUp(), before)
    assert insight.prove(clerk.company_id) == []


@pytest.mark.parametrize(
    "today", [date(2026, 12, 15), date(2026, 12, 3), date(2026, 4, 15), date(2029, 8, 31)]
)
@pytest.mark.parametrize("are_newer", [False, True], ids=["only old rates", "newer ones before"])
def test_an_old_rate_that_comes_late_is_used_whatever_the_day(
    clerk: Actor, today: date, *, are_newer: bool
) -> None:
    dollars_paid(clerk)
    if are_newer:
        recent = today - timedelta(days=10)
        policy.load_rates([("USD", "EUR", recent, Decimal("0.8"))], source="daily")
        assert cash.catch_up(replace(clerk, today=today)).realised == 0
    policy.load_rates([("USD", "EUR", stage.ISSUED, Decimal("0.9"))], source="late")
    assert cash.catch_up(replace(clerk, today=today)) == CaughtUp(realised=1)
    assert cash.catch_up(replace(clerk, today=today)) == CaughtUp()


@pytest.mark.parametrize(("today", "realised"), [(date(2026, 12, 15), 0), (date(2026, 12, 3), 1)])
def test_with_rates_in_order_old_money_is_looked_at_when_a_month_begins(
    clerk: Actor, today: date, realised: int
) -> None:
    rules = {**DEFAULT, "foreign_currency": {"realise": False}}
    policy.publish(clerk, given=rules, valid_from=date(2026, 3, 1))
    policy.load_rates([("USD", "EUR", stage.ISSUED, Decimal("0.9"))], source="daily")
    policy.load_rates([("USD", "EUR", date(2026, 11, 20), Decimal("0.9"))], source="daily")
    dollars_paid(clerk)
    policy.publish(clerk, given=DEFAULT, valid_from=date(2026, 4, 1))
    assert cash.catch_up(replace(clerk, today=today)) == CaughtUp(realised=realised)


def test_a_closed_month_gets_its_difference_on_the_first_open_day(clerk: Actor) -> None:
    dollars_paid(clerk)
    policy.load_rates(
        [("USD", "EUR", stage.ISSUED, Decimal("0.9")), ("USD", "EUR", stage.PAID, Decimal(1))],
        source="late",
    )
    for last_on in (date(2026, 2, 28), date(2026, 3, 12)):
        ledger.close_period(clerk, last_on)
    assert cash.catch_up(clerk).realised == 1
    posted = sql.scalars(
        "SELECT DISTINCT effective_on FROM ledger_posting WHERE company_id = %s"
        " AND source_kind = 'exchange'",
        [clerk.company_id],
    )
    assert (posted, gain(clerk)) == ([date(2026, 3, 13)], -10_000)
    assert insight.prove(clerk.company_id) == []


def test_money_exchanged_and_undone_is_free_from_that_day(clerk: Actor) -> None:
    """Applied again, it counts from its undoing: before, in the books of that time, it was used."""
    policy.load_rates([("USD", "EUR", stage.ISSUED, Decimal("0.9"))], source="test")
    acorn = stage.customer(clerk, "Acorn Inc")
    item = stage.invoice(clerk, acorn, "INV-1", 100_000, currency="USD")
    payment = stage.paid(clerk, 90_000)
    cash.assign_payer(clerk, payment, acorn)
    shares = {item: Share(90_000, 100_000)}
    cash.apply_exchanged(clerk, payment, shares=shares)
    cash.undo(clerk, payment)
    [part] = cash.apply_exchanged(clerk, payment, shares=shares).parts
    [row] = [
        one for one in queries.allocations_of_customer(clerk.company_id, acorn)
        if one.id == part.allocation_id
    ]  # fmt: skip
    assert row.applied_on == clerk.today > stage.PAID
    assert insight.prove(clerk.company_id) == []


# -- what an idle day costs --------------------------------------------------------------------


def test_with_nothing_to_do_one_question_is_asked_and_nothing_written(
    company: CompanyRow, clerk: Actor
) -> None:
    assert company.id == clerk.company_id
    policy.load_rates([("USD", "EUR", stage.ISSUED, Decimal("0.9"))], source="test")
    dollars_paid(clerk)
    _, found = owing(clerk)
    stage.paid(clerk, 6_001, "a", iban=IBAN, on=date(2026, 3, 8))
    cash.match(clerk)
    assert stage.open_minor(found[0]) == 3_999
    cash.catch_up(clerk)
    before = counts()
    with CaptureQueriesContext(connection) as asked:
        assert cash.catch_up(clerk) == CaughtUp()
    assert len(asked) == 1
    assert counts() == before
