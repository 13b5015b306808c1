"""Never a guess between equals, over every kind of noise; and rules users of others asked for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from benchmarks import noise
from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.cash.rules import Receipt, build_index, build_payers, match_all
from creditdesk.customers.rules import account_key
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.references import name_key, reference_key
from creditdesk.policy.rules import MatchingRules
from tests.cash import stage

UNNAMED = {"missing_reference", "sum_unnamed", "unrelated"}


@dataclass(frozen=True, slots=True)
class Owed:
    item_id: int
    invoice_id: int
    number: str
    number_key: str
    customer_id: int
    currency: str
    issued_on: date
    due_on: date
    open_minor: int


@pytest.mark.parametrize("seed", range(3))
def test_with_a_twin_of_every_invoice_only_what_is_named_is_applied(seed: int) -> None:
    """Each open item gets an equal of the same payer whose number nobody writes."""
    made = noise.case(600, seed=seed)
    ids = {one.number: n for n, one in enumerate(made.customers, 1)}
    items = []
    for n, one in enumerate(made.items):
        owed = Owed(
            2 * n, 2 * n, one.number, reference_key(one.number), ids[one.customer], one.currency,
            one.issued_on, one.due_on, one.minor,
        )  # fmt: skip
        twin = f"TWIN{'ABCDEFGHJK'[n % 10]}XQZ{'ABCDEFGHJK'[n // 10 % 10]}{'ABCDEFGHJK'[n // 100]}"
        items += [owed, replace(owed, item_id=2 * n + 1, invoice_id=2 * n + 1, number=twin,
                                number_key=twin)]  # fmt: skip
    names: defaultdict[str, set[int]] = defaultdict(set)
    for one in made.customers:
        names[name_key(one.name)].add(ids[one.number])
    accounts = {
        account_key(account): {ids[one.number]}
        for one in made.customers
        for account in one.bank_accounts
    }
    receipts = [
        Receipt(
            payment_id=n, minor=line.minor, currency=line.currency, received_on=line.booked_on,
            text=line.text, structured_references=line.structured_references,
            counterparty=line.counterparty, counterparty_account=line.counterparty_account,
        )
        for n, line in enumerate(made.lines)
    ]  # fmt: skip
    found = match_all(
        receipts, build_index(items), build_payers(accounts, names, {}), MatchingRules()
    )
    numbers = {one.item_id: one.number for one in items}
    certain = 0
    for one in found:
        line = made.lines[one.payment_id]
        if one.is_certain and one.allocations:
            certain += 1
            assert line.kind not in UNNAMED, line
            assert {numbers[item]: minor for item, minor in one.allocations} == dict(line.settles)
    assert certain > len(receipts) / 2


def test_a_reference_goes_before_the_older_invoice_of_that_amount(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    older = stage.invoice(desk, acorn, "INV-1", 10_000)
    newer = stage.invoice(desk, acorn, "INV-2", 10_000, issued_on=stage.ISSUED + timedelta(days=20))
    stage.paid(desk, 10_000, "for INV-2", name="Acorn Foods")
    assert cash.match(desk).applied == 1
    assert (stage.open_minor(older), stage.open_minor(newer)) == (10_000, 0)


def test_one_payment_over_many_invoices_and_many_payments_for_one(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    items = [stage.invoice(desk, acorn, f"INV-{n}", 10_000 + n) for n in range(5)]
    stage.paid(desk, sum(10_000 + n for n in range(5)), ", ".join(f"INV-{n}" for n in range(5)))
    large = stage.invoice(desk, acorn, "INV-1009", 30_000)
    for n, minor in enumerate((5_000, 10_000, 15_000)):
        stage.paid(desk, minor, f"INV-1009 part {n}")
    assert cash.match(desk).applied == 4
    assert [stage.open_minor(one) for one in (*items, large)] == [0] * 6
    stage.prove(desk)


def test_a_part_that_is_applied_by_hand_stands_and_the_rest_can_follow(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    item = stage.invoice(desk, acorn, "INV-1", 10_000)
    payment = stage.paid(desk, 9_000, "who knows")
    cash.apply(desk, payment, allocations={item: 4_000})
    assert (stage.open_minor(item), stage.payment(payment).unapplied_minor) == (6_000, 5_000)
    cash.apply(desk, payment, allocations={item: 5_000})
    assert (stage.open_minor(item), stage.payment(payment).unapplied_minor) == (1_000, 0)
    rows = queries.allocations_of_customer(desk.company_id, acorn)
    assert sorted(one.minor for one in rows) == [4_000, 5_000]
    stage.prove(desk)
