"""Ageing of any date pair: against hand-made cases, a model, and the control account."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditdesk.cash import services as cash
from creditdesk.insight import queries
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError
from creditdesk.ledger import queries as ledger
from creditdesk.ledger.rules import RECEIVABLE, UNAPPLIED
from tests.insight.books import START, Books, opened
from tests.insight.histories import STEPS, History


def day(offset: int) -> date:
    return START + timedelta(days=offset)


def buckets(books: Books, as_of: date, known_at: datetime | None = None) -> dict[str, object]:
    found = queries.ageing(books.actor.company_id, as_of=as_of, known_at=known_at)
    return {
        f"{row.number} {row.buckets.currency}": (
            *row.buckets.late_minor,
            row.buckets.unapplied_minor,
        )
        for row in found.rows
    }


def test_each_bucket_edge_on_its_day(actor: Actor) -> None:
    books = opened(actor, "Acorn")
    books.invoice(books.customers[0], 100, issued=day(0), due=day(10))
    for late, place in [
        (-3, 0),
        (0, 0),
        (1, 1),
        (30, 1),
        (31, 2),
        (60, 2),
        (61, 3),
        (90, 3),
        (91, 4),
    ]:
        expected = [0] * 6
        expected[place] = 100
        assert buckets(books, day(10 + late)) == {"C1 EUR": tuple(expected)}
    assert buckets(books, day(-1)) == {}


def test_a_later_payment_is_added_back_for_the_past(actor: Actor) -> None:
    books = opened(actor, "Acorn")
    item = books.invoice(books.customers[0], 100, issued=day(0), due=day(5))
    books.on(day(20)).pay(item, 60, on=day(18))
    morning_of_19 = datetime.combine(day(19), time(9), tzinfo=UTC)
    assert buckets(books, day(17)) == {"C1 EUR": (0, 100, 0, 0, 0, 0)}
    assert buckets(books, day(18)) == {"C1 EUR": (0, 40, 0, 0, 0, 0)}
    assert buckets(books, day(18), morning_of_19) == {"C1 EUR": (0, 100, 0, 0, 0, 0)}
    assert buckets(books, day(25), books.actor.at) == {"C1 EUR": (0, 40, 0, 0, 0, 0)}


def test_unapplied_money_stands_in_its_own_column(actor: Actor) -> None:
    books = opened(actor, "Acorn")
    books.invoice(books.customers[0], 100, issued=day(0), due=day(5))
    payment = books.on(day(10)).receive(70, on=day(8))
    assert buckets(books, day(10)) == {"C1 EUR": (0, 100, 0, 0, 0, 0)}
    cash.assign_payer(books.actor, payment, books.customers[0])
    assert buckets(books, day(10)) == {"C1 EUR": (0, 100, 0, 0, 0, 70)}
    assert buckets(books, day(7)) == {"C1 EUR": (0, 100, 0, 0, 0, 0)}


def test_totals_stand_by_currency_and_in_the_companys_own(actor: Actor) -> None:
    books = opened(actor, "Acorn", "Birch")
    acorn, birch = books.customers
    books.invoice(acorn, 1000, issued=day(0), due=day(30))
    books.invoice(birch, 1001, issued=day(0), due=day(0), currency="USD")
    books.invoice(birch, 77, issued=day(0), due=day(0), currency="KWD")
    found = queries.ageing(actor.company_id, as_of=day(10))
    assert [(t.currency, t.late_minor, t.total_minor) for t in found.totals] == [
        ("EUR", (1000, 0, 0, 0, 0), 1000),
        ("KWD", (0, 77, 0, 0, 0), 77),
        ("USD", (0, 1001, 0, 0, 0), 1001),
    ]
    own = found.in_company_currency
    assert (own.currency, own.late_minor, own.total_minor) == ("EUR", (1000, 901, 0, 0, 0), 1901)
    assert own.overdue_minor == 901
    assert found.without_rate == ("KWD",)
    only = queries.ageing(actor.company_id, as_of=day(10), currency="USD", customer_ids=[birch])
    assert [(row.name, row.buckets.total_minor) for row in only.rows] == [("Birch", 1001)]


def test_a_bucket_opens_down_to_its_documents(actor: Actor) -> None:
    books = opened(actor, "Acorn", "Birch")
    acorn, birch = books.customers
    early = books.invoice(acorn, 100, issued=day(0), due=day(5))
    books.invoice(acorn, 200, issued=day(1), due=day(40))
    books.invoice(birch, 300, issued=day(1), due=day(2))
    books.on(day(20)).pay(early, 30, on=day(15))
    found = queries.aged_items(actor.company_id, acorn, as_of=day(10))
    assert [(i.number, i.late_days, i.total_minor, i.open_minor) for i in found] == [
        ("INV-1", 5, 100, 100),
        ("INV-2", -30, 200, 200),
    ]
    assert [i.open_minor for i in queries.aged_items(actor.company_id, acorn, as_of=day(15))] == [
        70,
        200,
    ]


def test_another_company_is_not_seen(actor: Actor) -> None:
    books = opened(actor, "Acorn")
    books.invoice(books.customers[0], 100, issued=day(0), due=day(5))
    assert queries.customer_rows(actor.company_id + 1, as_of=day(10)) == []
    assert queries.aged_items(actor.company_id + 1, books.customers[0], as_of=day(10)) == []


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=STEPS, pairs=st.lists(st.tuples(st.integers(-60, 150), st.integers(0, 150)), max_size=6)
)
def test_any_history_at_any_date_pair(
    actor: Actor, steps: list[tuple[str, int, int, int]], pairs: list[tuple[int, int]]
) -> None:
    with transaction.atomic():
        history = History(opened(actor, "Acorn", "Birch"))
        for step in steps:
            history.act(*step)
        end = (history.books.actor.today - START).days
        for as_of, known in [*pairs, (end, end), (end // 2, end), (end, end // 2)]:
            check(history, day(as_of), None)
            check(history, day(as_of), datetime.combine(day(known), time(12), tzinfo=UTC))
        assert [str(d) for d in queries.prove(actor.company_id)] == []
        transaction.set_rollback(True)


def check(history: History, as_of: date, known_at: datetime | None) -> None:
    company_id = history.books.actor.company_id
    rows = queries.customer_rows(company_id, as_of=as_of, known_at=known_at)
    owed = {
        (row.customer_id, row.buckets.currency): list(row.buckets.late_minor)
        for row in rows
        if row.buckets.total_minor
    }
    assert owed == history.expected(as_of, known_at)
    if known_at is None:
        assert all(minor >= 0 for minors in owed.values() for minor in minors)
    control = ledger.customer_balances(company_id, RECEIVABLE, as_of=as_of, known_at=known_at)
    assert {key: sum(minors) for key, minors in owed.items()} == {
        (c.customer_id, c.currency): c.minor for c in control
    }
    held = ledger.customer_balances(company_id, UNAPPLIED, as_of=as_of, known_at=known_at)
    assert {
        (row.customer_id, row.buckets.currency): row.buckets.unapplied_minor
        for row in rows
        if row.buckets.unapplied_minor
    } == {(h.customer_id, h.currency): -h.minor for h in held}
    items = [
        item.open_minor
        for customer in history.books.customers
        for item in queries.aged_items(company_id, customer, as_of=as_of, known_at=known_at)
    ]
    assert all(items)
    assert sum(items) == sum(sum(minors) for minors in owed.values())


def test_a_refused_act_leaves_the_ageing_alone(actor: Actor) -> None:
    books = opened(actor, "Acorn")
    item = books.invoice(books.customers[0], 100, issued=day(0), due=day(5))
    payment = books.receive(300, on=day(1))
    before = buckets(books, day(10))
    with pytest.raises(DomainError):
        cash.apply(books.actor, payment, allocations={item: 101})
    assert buckets(books, day(10)) == before
