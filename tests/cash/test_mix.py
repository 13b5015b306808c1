"""The published mix of payments, end to end: share matched, none falsely."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, replace

import pytest

from benchmarks import receivables as mix
from creditdesk.cash import services as cash
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.invoices import queries as invoice_queries
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from tests.cash import stage

COUNT = int(os.environ.get("CREDITDESK_MIX", "1000"))


@dataclass(frozen=True, slots=True)
class Found:
    item_id: int
    minor: int


def loaded(actor: Actor, world: mix.Receivables) -> None:
    ids = customers.create(
        actor,
        new=[NewCustomer(number=c.number, name=c.name, currency="EUR") for c in world.customers],
    )
    invoices.record(
        actor,
        [
            NewInvoice(
                customer_id=ids[i.customer.index],
                number=i.number,
                issued_on=i.issued_on,
                due_on=i.due_on,
                currency="EUR",
                net_minor=i.minor,
            )
            for i in world.invoices
        ],
    )


@pytest.mark.parametrize("form", ["csv", "camt"])
def test_the_mix_is_applied_whole_and_never_falsely(desk: Actor, form: str) -> None:
    actor = replace(desk, today=mix.AS_OF)
    world = mix.receivables(COUNT)
    loaded(actor, world)
    content = mix.as_csv(world.payments) if form == "csv" else mix.as_camt(world.payments)
    numbers = {row.item_id: row.number for row in invoice_queries.open_items(actor.company_id)}
    start = time.perf_counter()
    taken = cash.take_in(actor, filename=f"mix.{form}", content=content)
    middle = time.perf_counter()
    matched = cash.match(actor)
    end = time.perf_counter()
    lines = len(world.payments)
    sys.stdout.write(
        f"\n{COUNT} {form}: {lines / (end - start):.0f} lines/s;"
        f" in {middle - start:.2f} match {end - middle:.2f}; {matched}\n"
    )
    assert taken.lines_new == taken.payments == lines
    assert matched.overtaken == 0
    assert matched.applied + matched.left == lines
    assert matched.applied >= lines * 98 // 100
    found = sql.fetch(Found, "SELECT item_id, minor FROM cash_allocation")
    true = {(p.invoice.number, p.minor) for p in world.payments}
    false = {(numbers[row.item_id], row.minor) for row in found} - true
    assert len(found) == matched.applied
    assert not false
    stage.prove(actor)
    again = cash.take_in(actor, filename="again", content=content)
    assert (again.lines_new, again.payments) == (0, 0)
    assert cash.match(actor).applied == 0
