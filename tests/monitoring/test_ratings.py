"""Ratings as the tables make them: the same as by hand, kept when they change, and replayed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from creditdesk.cash import services as cash
from creditdesk.collections import services as collections
from creditdesk.disputes import services as disputes
from creditdesk.disputes.services import NewDispute
from creditdesk.invoices import services as invoicing
from creditdesk.invoices.write_off_rules import NewWriteOff
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.monitoring.ratings import queries, services
from creditdesk.monitoring.ratings.queries import Judged
from creditdesk.monitoring.ratings.rules import Unpaid
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy import services as policy_services
from creditdesk.policy.rules import DEFAULT
from tests.monitoring.stage import billed, by_hand, paid_on, settled
from tests.orders.verbs import a_customer
from tests.support.fixtures import founded, standing_actor

RATES = {"EUR": "1", "USD": "0.8", "JPY": "0.00625"}


def judged(actor: Actor, customer_id: int) -> Judged:
    policy = policies.in_force(actor.company_id, actor.today)
    return queries.judged(actor.company_id, actor.today, policy, ids=[customer_id])[customer_id]


def kept(actor: Actor) -> list[tuple[str, Decimal | None, int | None]]:
    rows = sql.scalars("SELECT id FROM monitoring_payerrating ORDER BY id")
    last = queries.ratings(actor.company_id)
    assert len(rows) >= len(last)
    return [(one.grade, one.days, one.paydex) for one in last.values()]


def count() -> int:
    return int(sql.scalar("SELECT count(*) FROM monitoring_payerrating"))


def test_the_trap_as_it_stands_in_the_books(desk: Actor) -> None:
    customer = a_customer(desk)
    settled(desk, customer, due_ago=100, late=7, minor=14_000)
    settled(desk, customer, due_ago=120, late=55, minor=8_500)
    assert judged(desk, customer).rating.days == Decimal("25.13")
    billed(desk, customer, late=40, minor=21_400)
    found = judged(desk, customer).rating
    assert (found.days, found.grade) == (Decimal("32.38"), "D")
    tomorrow = replace(desk, today=desk.today + timedelta(days=1))
    assert judged(tomorrow, customer).rating.days == Decimal("32.87")


def test_money_counts_from_the_day_it_came_in(desk: Actor) -> None:
    customer = a_customer(desk)
    item = billed(desk, customer, late=50, minor=20_000)
    # Less than half: a short payment of more opens a dispute about the rest.
    paid_on(desk, customer, item, 8_000, desk.today - timedelta(days=48))
    found = judged(desk, customer).behaviour
    assert (found.paid_minor, found.paid_days, found.unpaid) == (
        8_000, 16_000, (Unpaid(50, 12_000),),
    )  # fmt: skip


def test_a_payment_taken_back_counts_as_unpaid_again(desk: Actor) -> None:
    customer = a_customer(desk)
    item = billed(desk, customer, late=50)
    payment = paid_on(desk, customer, item, 10_000, desk.today - timedelta(days=50))
    assert judged(desk, customer).rating.days == Decimal(0)
    cash.undo(desk, payment)
    found = judged(desk, customer)
    assert (found.rating.days, found.rating.grade) == (Decimal(50), "D")
    assert found.behaviour.paid_minor == 0


def test_what_is_contested_does_not_count_while_it_is(desk: Actor) -> None:
    customer = a_customer(desk)
    item = billed(desk, customer, late=70)
    assert judged(desk, customer).rating.grade == "E"
    [reference] = disputes.open(
        desk, [NewDispute(item_id=item, reason="price", disputed_minor=6_000)]
    )
    found = judged(desk, customer).behaviour
    assert (found.unpaid, found.disputed_minor) == ((Unpaid(70, 4_000),), 6_000)
    disputes.resolve(desk, reference, resolution="customer_pays")
    assert judged(desk, customer).behaviour.unpaid == (Unpaid(70, 10_000),)


def test_a_promise_changes_nothing(desk: Actor) -> None:
    customer = a_customer(desk)
    item = billed(desk, customer, late=70)
    before = judged(desk, customer)
    collections.promise(
        desk, customer, currency="EUR", minor=10_000, due_on=desk.today + timedelta(days=5),
        item_ids=[item],
    )  # fmt: skip
    assert judged(desk, customer) == before


def test_what_is_written_off_stays_unpaid_and_what_the_erp_closed_is_paid(desk: Actor) -> None:
    authority = {"write_off_minor": 10_000_000}
    policy_services.publish(desk, given={**DEFAULT, "authority": authority}, valid_from=desk.today)
    customer = a_customer(desk)
    billed(desk, customer, late=90)
    invoicing.write_off(desk, [NewWriteOff(invoice="R-0")], because="bad_debt", reason="gone")
    billed(desk, customer, late=30)
    invoicing.close(
        desk,
        [invoicing.NewClosure(number="R-1", how="paid", closed_on=desk.today - timedelta(days=20))],
    )
    found = judged(desk, customer)
    assert found.behaviour.unpaid == (Unpaid(90, 10_000),)
    assert found.behaviour.lost_minor == 10_000
    assert (found.behaviour.paid_minor, found.behaviour.paid_days) == (10_000, 100_000)
    assert found.rating.days == Decimal(50)


def test_the_statement_sums_what_is_summed_by_hand(desk: Actor) -> None:
    policy = policies.in_force(desk.company_id, desk.today)
    chance = random.Random(7)
    customers = [a_customer(desk, f"C-{n}", limit=None) for n in range(6)]
    for customer in customers:
        for _ in range(chance.randint(4, 9)):
            currency = chance.choice(["EUR", "EUR", "EUR", "USD", "JPY"])
            minor = chance.randint(1_000, 90_000)
            due = chance.randint(-20, 400)
            item = billed(desk, customer, late=due, minor=minor, currency=currency)
            if currency != "EUR":
                continue
            part = chance.choice([0, minor, minor, minor // 3])
            if part:
                late = chance.randint(-29 if due > 0 else -10, max(due, -5))
                day = min(desk.today - timedelta(days=due - late), desk.today)
                paid_on(desk, customer, item, part, day)
            elif due > 0 and chance.random() < 0.4:
                disputes.open(
                    desk, [NewDispute(item_id=item, reason="price", disputed_minor=minor // 2)]
                )
    everybody = queries.judged(desk.company_id, desk.today, policy)
    for customer in customers:
        behaviour, norm = by_hand(desk, customer, policy.payer_rating, RATES)
        assert everybody[customer].behaviour == behaviour
        assert everybody[customer].norm == norm
        assert judged(desk, customer) == everybody[customer]


def test_a_currency_without_a_rate_says_nothing(desk: Actor) -> None:
    customer = a_customer(desk)
    billed(desk, customer, late=300, currency="GBP")
    assert judged(desk, customer).rating.grade == ""
    billed(desk, customer, late=61, minor=100, currency="USD")
    assert judged(desk, customer).behaviour.unpaid == (Unpaid(61, 80),)


def test_ratings_are_kept_once_and_again_after_a_week(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer = a_customer(desk)
    settled(desk, customer, due_ago=100, late=2)
    settled(desk, customer, due_ago=90, late=2)
    settled(desk, customer, due_ago=80, late=2)
    assert services.rate_payers(desk) == services.Rated(judged=1, kept=1, changed=1, worse=0)
    assert kept(desk) == [("A", Decimal("2.00"), 79)]
    assert services.rate_payers(desk) == services.Rated(judged=1, kept=0, changed=0, worse=0)
    for days, rated in ((1, 0), (6, 0), (7, 1), (8, 0), (13, 0), (14, 1)):
        later = actor_of(desk.company_id, today=desk.today + timedelta(days=days))
        assert services.rate_payers(later).kept == rated, days
    assert count() == 3


def test_a_rating_that_changes_is_kept_announced_and_replays(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer = a_customer(desk)
    for n in range(3):
        settled(desk, customer, due_ago=100 + n, late=2)
    services.rate_payers(desk)
    billed(desk, customer, late=14, minor=200_000)
    done = services.rate_payers(desk)
    assert done == services.Rated(judged=1, kept=1, changed=1, worse=1)
    told = sql.scalar(
        "SELECT data::text FROM plumbing_event WHERE name = 'monitoring.ratings_changed'"
        " ORDER BY id DESC LIMIT 1"
    )
    assert f'"customer_ids": [{customer}]' in told
    assert f'"worse": [{customer}]' in told
    grades = []
    for days in range(0, 60, 7):
        later = actor_of(desk.company_id, today=desk.today + timedelta(days=days))
        services.rate_payers(later)
        grades.append(queries.ratings(desk.company_id)[customer].grade)
    assert grades == sorted(grades)
    assert (grades[0], grades[-1]) == ("B", "E")
    policy = policies.in_force(desk.company_id, desk.today)
    history = queries.rating_history(desk.company_id, customer, since=date(2020, 1, 1))
    assert len(history) == count()
    for row in history:
        again = services.replay(row, policy)
        assert (again.grade, again.days, again.paydex, again.drift.word) == (
            row.grade, row.days, row.paydex, row.drift,
        )  # fmt: skip


def test_who_leaves_the_window_is_rated_no_more(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer = a_customer(desk)
    for n in range(3):
        settled(desk, customer, due_ago=100 + n, late=2)
    services.rate_payers(desk)
    later = actor_of(desk.company_id, today=desk.today + timedelta(days=500))
    assert services.rate_payers(later) == services.Rated(judged=1, kept=1, changed=1, worse=0)
    assert kept(later) == [("", None, None)]
    assert services.rate_payers(later).kept == 0


def test_drift_is_seen_in_the_books(desk: Actor) -> None:
    customer = a_customer(desk)
    for n in range(4):
        settled(desk, customer, due_ago=200 + n, late=5)
        settled(desk, customer, due_ago=60 + n, late=30)
    found = judged(desk, customer)
    assert found.rating.drift.word == "later"
    assert (found.rating.drift.by_days, found.norm.earlier_count, found.norm.recent_count) == (
        Decimal("25.0"), 4, 4,
    )  # fmt: skip


def test_only_those_who_may_rate_do(desk: Actor, actor_of: Callable[..., Actor]) -> None:
    with pytest.raises(Refused):
        services.rate_payers(actor_of(desk.company_id, role="collector"))
    assert count() == 0


def test_companies_stand_apart(desk: Actor) -> None:
    customer = a_customer(desk)
    billed(desk, customer, late=70)
    other = standing_actor(founded("other"))
    policy_services.ensure_default(other, valid_from=date(2020, 1, 1))
    assert services.rate_payers(other).judged == 0
    assert services.rate_payers(desk).judged == 1
    assert queries.ratings(other.company_id) == {}
    assert queries.parts(other.company_id, customer, other.today) == []


def test_signals_stand_together(desk: Actor) -> None:
    customer, quiet = a_customer(desk, limit=40_000), a_customer(desk, "C-2", limit=None)
    billed(desk, customer, late=70, minor=30_000)
    services.rate_payers(desk)
    promised = replace(desk, today=desk.today - timedelta(days=30))
    collections.promise(
        promised, customer, currency="EUR", minor=9_000, due_on=desk.today - timedelta(days=20)
    )
    sql.execute(
        "UPDATE collections_promise SET status = 'broken', judged_on = %s",
        [desk.today - timedelta(days=18)],
    )
    found = queries.signals(desk.company_id, desk.today)
    one, other = found[customer], found[quiet]
    assert (one.grade, one.days, one.percent_used, one.exposure_minor, one.limit_minor) == (
        "E", Decimal("70.00"), Decimal("75.0"), 30_000, 40_000,
    )  # fmt: skip
    assert (one.broken_promises, one.broken_minor, one.returned_payments) == (1, 9_000, 0)
    assert (other.grade, other.percent_used, other.broken_promises) == ("", None, 0)
    assert set(queries.signals(desk.company_id, desk.today, [quiet])) == {quiet}
    half_a_year = desk.today + timedelta(days=180)
    assert queries.signals(desk.company_id, half_a_year)[customer].broken_promises == 0
