"""Advices and the second look ask for what their payments mean, and for nothing of the company."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.cash.queries import learned as learned_queries
from creditdesk.cash.rules import Receipt, build_payers
from creditdesk.cash.rules.advices import Advice, AdvisedLine, announced, tie
from creditdesk.cash.rules.learned import keys_seen
from creditdesk.cash.services import matching, second_look
from creditdesk.cash.services.advising import apply_advised
from creditdesk.cash.services.second_look import look_again
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from tests.cash import stage

DAY = date(2026, 3, 10)
HABIT = {
    "payments": 5, "patterns": {"exact": 5}, "discounts": {}, "delay_days": 3, "spread_days": 1,
}  # fmt: skip


@contextmanager
def rows_read() -> Iterator[list[int]]:
    """Count what comes from the database meanwhile: a number for each statement."""
    told: list[int] = []

    def count(
        execute: Callable[..., object],
        statement: str,
        params: object,
        many: bool,  # noqa: FBT001 - the signature of a wrapper
        context: Mapping[str, Any],
    ) -> object:
        done = execute(statement, params, many, context)
        told.append(context["cursor"].rowcount if context["cursor"].description else 0)
        return done

    with connection.execute_wrapper(count):
        yield told


def crowd(actor: Actor, count: int) -> list[int]:
    """Open accounts with names of their own, a word of all names in common."""
    ids = customers.create(
        actor,
        new=[
            NewCustomer(number=f"Z{n:05d}", name=f"Zinc {n:05d}x Limited", currency="EUR")
            for n in range(count)
        ],
    )
    sql.copy_columns(
        "cash_payerhabit",
        {
            "customer_id": ids,
            "learned": [
                json.dumps({**HABIT, "customer_id": one, "keys": {f"n:ZINC {one}": 5}})
                for one in ids
            ],
        },
        {"company_id": actor.company_id, "training": 1, "recorded_at": actor.at},
    )
    for n, one in enumerate(ids[:40]):
        stage.invoice(actor, one, f"Z-{n}", 70_000 + n)
    return list(ids)


def taught(actor: Actor) -> None:
    """Have a model in force that is sure of a payer who pays an item as always."""
    sql.copy_columns(
        "cash_matchingmodel",
        {"version": [1]},
        {
            "company_id": actor.company_id, "known_at": actor.at, "payments": 60, "held_out": 12,
            "calibration_error_ppm": 10_000, "weights": json.dumps({"bias": 0.5}),
            "bins": json.dumps([[-100.0, 100, 60]]), "reliability": "[]", "digest": "0" * 64,
            "recorded_at": actor.at, "recorded_by": "test",
        },
    )  # fmt: skip


def measured(actor: Actor, work: Callable[[], object]) -> tuple[int, int]:
    """Return how many statements work needs and how many rows it reads, leaving no trace."""
    with rows_read() as told:
        work()
    return len(told), sum(told)


def test_neither_pass_reads_more_of_a_larger_company(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods GmbH")
    stage.invoice(desk, acorn, "INV-1", 10_000)
    stage.invoice(desk, acorn, "INV-2", 10_000)
    taught(desk)
    stage.paid(desk, 10_000, "our payment", name="Acorn Foods")
    stage.paid(desk, 999, "who knows", name="Nobody Known")
    matching.match(desk)
    content = b"Invoice;Paid\nINV-1;55,00\nINV-2;44,00\nTotal;99,00\n"
    cash.take_in_advice(desk, filename="a.csv", content=content)
    look_again(desk)  # what is kept of it is known from now on
    small = [measured(desk, lambda: look_again(desk)), measured(desk, lambda: apply_advised(desk))]
    crowd(desk, 400)
    # Money of others that waits, and that no advice can be about.
    for n in range(25):
        stage.paid(desk, 123_400 + n, f"of others {n}", name=f"Stranger {n}")
    [payment] = [one.id for one in queries.payments(desk.company_id) if one.total_minor == 999]
    known = [one.id for one in queries.payments(desk.company_id) if one.total_minor == 10_000]
    large = [
        measured(desk, lambda: look_again(desk, payment_ids=[payment, *known])),
        measured(desk, lambda: apply_advised(desk)),
    ]
    assert large == small
    assert sum(rows for _, rows in large) < 60


def test_batches_see_what_all_at_once_would(desk: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    acorn = stage.customer(desk, "Acorn Foods GmbH")
    for n in range(6):
        stage.invoice(desk, acorn, f"INV-{n}", 10_000 + 7 * n)
        stage.paid(desk, 20_000 + 7 * n, f"of {n}", name="Acorn Foods")
    taught(desk)
    matching.match(desk)
    look_again(desk)
    once = [(one.id, one.proposals) for one in queries.exceptions(desk.company_id)]
    assert any(proposals for _, proposals in once)
    sql.execute("DELETE FROM cash_secondlook")
    monkeypatch.setattr(second_look, "BATCH", 2)
    look_again(desk)
    assert [(one.id, one.proposals) for one in queries.exceptions(desk.company_id)] == once


def test_keys_are_found_as_all_habits_would_tell(desk: Actor, other: Actor) -> None:
    ids = crowd(desk, 12)
    crowd(other, 3)
    sql.copy_columns(  # a later training forgot the key of one, and knows it of another
        "cash_payerhabit",
        {
            "customer_id": ids[:2],
            "learned": [
                json.dumps({**HABIT, "customer_id": ids[0], "keys": {"n:OTHER NAME": 2}}),
                json.dumps({**HABIT, "customer_id": ids[1], "keys": {f"n:ZINC {ids[0]}": 3}}),
            ],
        },
        {"company_id": desk.company_id, "training": 2, "recorded_at": desk.at},
    )
    every = keys_seen(queries.habits(desk.company_id))
    for key in [*every.owners, f"n:ZINC {ids[1]}", "n:NOBODY", "a:DE1", "n:' OR 1=1 --"]:
        assert learned_queries.keys_seen(desk.company_id, {key}).of(key) == every.of(key)
    some = {f"n:ZINC {one}" for one in ids[:5]}
    found = learned_queries.keys_seen(desk.company_id, some)
    assert {key: found.of(key) for key in some} == {key: every.of(key) for key in some}
    assert learned_queries.keys_seen(desk.company_id, ()).owners == {}
    assert learned_queries.keys_seen(other.company_id, some).owners == {}
    two = queries.habits(desk.company_id, customer_ids=ids[:2])
    assert [one.customer_id for one in two] == ids[:2]
    assert two[0].keys == {"n:OTHER NAME": 2}


AMOUNTS = st.integers(1, 12).map(lambda n: n * 100)
DAYS = st.integers(-70, 70).map(lambda n: DAY + timedelta(days=n))
RECEIPTS = st.lists(
    st.tuples(st.sampled_from(["EUR", "USD"]), st.integers(1, 40).map(lambda n: n * 100), DAYS),
    max_size=12,
)
ADVICES = st.lists(
    st.tuples(st.sampled_from(["EUR", "USD"]), AMOUNTS, DAYS, st.frozensets(st.integers(1, 3))),
    max_size=8,
)


@given(paid=RECEIPTS, told=ADVICES)
def test_no_payment_an_advice_may_be_about_is_left_out(
    paid: list[tuple[str, int, date]], told: list[tuple[str, int, date, frozenset[int]]]
) -> None:
    receipts = [
        Receipt(payment_id=n, minor=minor, currency=currency, received_on=on, text="")
        for n, (currency, minor, on) in enumerate(paid)
    ]
    advices = [
        Advice(
            advice_id=n, reference=f"ADV-{n}", currency=currency, total_minor=minor, about_on=on,
            lines=(AdvisedLine("INV-1", "INV1", minor),), customer_ids=owners,
        )
        for n, (currency, minor, on, owners) in enumerate(told)
    ]  # fmt: skip
    asked = announced(advices)
    wanted = [
        one
        for one in receipts
        if asked.since <= one.received_on <= asked.until
        and any(
            each.currency == one.currency and each.least_minor <= one.minor <= each.most_minor
            for each in asked.amounts
        )
    ]
    nobody = build_payers({}, {}, {})
    assert tie(wanted, advices, nobody) == tie(receipts, advices, nobody)
