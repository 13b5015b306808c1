"""An imported invoice falls due by its terms or its instalments; ageing and dunning go by each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from creditdesk.collections import services as collections
from creditdesk.insight import queries as insight
from creditdesk.invoices import queries as invoices
from creditdesk.invoices import services as invoicing
from creditdesk.invoices.services.imports import INVOICES
from creditdesk.kernel.actor import Actor
from creditdesk.ledger import queries as ledger
from creditdesk.plumbing.imports import kinds, queries, services
from creditdesk.policy import services as policies
from creditdesk.policy.rules import DEFAULT
from tests.collections.stage import bank_closed
from tests.contact.stage import a_customer

HEAD = "Invoice No,Customer No,Invoice date,Due date,Terms,Total,VAT,Instalments\n"


@pytest.fixture(autouse=True)
def known_kind() -> Iterator[None]:
    before = dict(kinds.KINDS)
    kinds.register(INVOICES)
    yield
    kinds.KINDS.clear()
    kinds.KINDS.update(before)


@pytest.fixture
def customer_id(actor: Actor) -> int:
    rules: dict[str, Any] = {
        **DEFAULT,
        "terms": [
            *DEFAULT["terms"],
            {"code": "deposit", "net_days": 30, "roll": "following",
             "parts": [{"minor": 5_000, "currency": "EUR", "net_days": 0}, {}]},
        ],
    }  # fmt: skip
    policies.publish(actor, given=rules, valid_from=date(2026, 1, 1))
    return a_customer(actor, "K1")


def loaded(actor: Actor, *rows: str) -> queries.ImportRunRow:
    content = (HEAD + "".join(f"{row}\n" for row in rows)).encode()
    return services.load(
        actor, services.open_run(actor, kind="invoices", filename="i.csv", content=content)
    )


def fallen_due(actor: Actor) -> list[tuple[str, int, str, int]]:
    return [
        (row.number, row.instalment, row.due_on.isoformat(), row.open_minor)
        for row in sorted(
            invoices.open_items(actor.company_id), key=lambda row: (row.number, row.instalment)
        )
    ]


ROWS = (
    "A,K1,2026-01-05,,,119.00,19.00,",
    "B,K1,2026-01-05,,2/10 net 30,119.00,19.00,",
    'C,K1,2026-01-05,,"14 Tage 2 %, 30 netto",119.00,19.00,',
    "D,K1,2026-01-05,,30/60/90 days,100.00,0,",
    "E,K1,2026-01-05,,halves,100.01,0,",
    "F,K1,2026-01-03,,deposit,119.00,19.00,",
    "G,K1,2026-01-05,,,119.00,19.00,2026-02-05 59.50; 2026-03-05 59.50",
    "H,K1,2026-01-05,2026-03-31,,100.00,0,2026-03-31 66.67%|2026-02-28 33.33%",
    "I,K1,2026-01-05,,45 jours fin de mois,100.00,0,",
)
DUE = [
    ("A", 1, "2026-02-04", 11_900),
    ("B", 1, "2026-02-04", 11_900),
    ("C", 1, "2026-02-04", 11_900),
    ("D", 1, "2026-02-04", 3_334), ("D", 2, "2026-03-06", 3_333), ("D", 3, "2026-04-05", 3_333),
    ("E", 1, "2026-02-04", 5_001), ("E", 2, "2026-03-04", 5_000),
    ("F", 1, "2026-01-05", 5_000), ("F", 2, "2026-02-02", 6_900),
    ("G", 1, "2026-02-05", 5_950), ("G", 2, "2026-03-05", 5_950),
    ("H", 1, "2026-02-28", 3_333), ("H", 2, "2026-03-31", 6_667),
    ("I", 1, "2026-02-28", 10_000),
]  # fmt: skip


def test_the_engine_dates_what_has_no_due_date_and_instalments_stand_apart(
    actor: Actor, customer_id: int
) -> None:
    run = loaded(actor, *ROWS)
    assert (run.rows_accepted, run.faults) == (9, {})
    assert fallen_due(actor) == DUE
    receivable = ledger.customer_balances(actor.company_id, "receivable")
    assert [(row.customer_id, row.minor) for row in receivable] == [
        (customer_id, sum(minor for *_, minor in DUE))
    ]
    assert insight.prove(actor.company_id) == []


def test_the_same_file_again_changes_nothing_and_a_changed_instalment_is_told(
    actor: Actor, customer_id: int
) -> None:
    loaded(actor, *ROWS)
    again = loaded(actor, *ROWS)
    assert (again.rows_accepted, again.rows_known, again.faults) == (0, 9, {})
    changed = loaded(actor, "G,K1,2026-01-05,,,119.00,19.00,2026-02-05 59.49; 2026-03-05 59.51")
    assert (changed.rows_known, changed.faults) == (0, {"invoice_differs": 1})
    policies.publish(
        actor, given={**DEFAULT, "default_terms": "net60"}, valid_from=date(2026, 2, 1)
    )
    later = loaded(actor, *ROWS)
    assert (later.rows_accepted, later.rows_known, later.faults) == (0, 9, {})
    assert fallen_due(actor) == DUE


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("X,K1,2026-01-05,,as agreed,100.00,0,", "terms_unknown"),
        ("X,K1,2026-01-05,,2/10,100.00,0,", "terms_unknown"),
        ("X,K1,2026-01-05,,,100.00,0,2026-02-05", "instalments_malformed"),
        ("X,K1,2026-01-05,,,100.00,0,2026-02-31 50.00; 2026-03-31 50.00", "instalments_malformed"),
        ("X,K1,2026-01-05,,,100.00,0,2026-02-05 50.001; 2026-03-05 49.999",
         "instalments_malformed"),
        ("X,K1,2026-01-05,,,100.00,0,2026-02-05 50%; 2026-03-05 49%", "instalments_malformed"),
        ("X,K1,2026-01-05,,,100.00,0,2026-02-05 50%; 2026-03-05 50.00", "instalments_malformed"),
        ("X,K1,2026-01-05,,,100.00,0,2026-02-05 100.00; 2026-03-05 0.00", "instalments_malformed"),
        ("X,K1,2026-01-05,,,100.00,0,2026-02-05 50.00; 2026-03-05 49.99",
         "instalments_sum_differs"),
        ("X,K1,2026-01-05,2026-04-01,,100.00,0,2026-02-05 50.00; 2026-03-05 50.00",
         "instalments_due_differs"),
        ("X,K1,2026-01-05,,,100.00,0,2025-01-05 50.00; 2026-03-05 50.00", "due_before_issued"),
        ("X,K1,2026-01-05,,,-100.00,0,2026-02-05 50.00; 2026-03-05 50.00", "instalments_of_credit"),
        ("X,K2,2026-01-05,,deposit,100.00,0,", "customer_unknown"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_dated_say_why(
    actor: Actor, customer_id: int, row: str, code: str
) -> None:
    run = loaded(actor, row)
    assert (run.rows_accepted, run.faults) == (0, {code: 1})
    assert fallen_due(actor) == []


def test_fixed_amounts_of_another_currency_are_refused(actor: Actor, customer_id: int) -> None:
    content = (
        b"Invoice No,Customer No,Invoice date,Terms,Total,Currency\nX,K1,2026-01-05,deposit,9,USD\n"
    )
    run = services.load(
        actor, services.open_run(actor, kind="invoices", filename="i.csv", content=content)
    )
    assert run.faults == {"terms_of_other_currency": 1}


def test_ageing_goes_by_the_due_date_of_each_instalment(actor: Actor, customer_id: int) -> None:
    loaded(actor, ROWS[3], ROWS[6])
    [buckets] = insight.ageing(actor.company_id, as_of=date(2026, 3, 10)).totals
    assert buckets.late_minor == (3_333, 3_333 + 5_950, 3_334 + 5_950, 0, 0)


def test_dunning_asks_for_the_late_instalments_alone(actor: Actor, customer_id: int) -> None:
    loaded(actor, ROWS[3], ROWS[6])
    bank_closed(actor)
    plan = collections.preview_run(actor)
    [message] = [one for one in plan.messages if one.will_be_queued]
    assert message.total_minor == 3_334 + 3_333 + 5_950 + 5_950
    late = {(item.number, item.due_on.isoformat()) for item in message.items}
    assert late == {("D", "2026-02-04"), ("D", "2026-03-06"), ("G", "2026-02-05"),
                    ("G", "2026-03-05")}  # fmt: skip


def test_a_paid_instalment_is_settled_by_itself(actor: Actor, customer_id: int) -> None:
    loaded(actor, ROWS[6])
    first, second = invoices.open_items(actor.company_id)
    invoicing.settle(actor, {first.item_id: 5_950}, on=date(2026, 2, 5))
    assert [row.item_id for row in invoices.open_items(actor.company_id)] == [second.item_id]
    assert invoices.overdue_by_customer(actor.company_id, date(2026, 3, 6))[customer_id][
        0
    ].oldest_due_on == date(2026, 3, 5)
