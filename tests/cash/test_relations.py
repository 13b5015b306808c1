"""One payer for several customers: said, observed, applied, undone, and guarded."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from creditdesk.ledger.rules import UNIDENTIFIED
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.cash.test_concurrency import at_once
from tests.support.fixtures import founded

HOLDING = "Northern Holding"


def two(desk: Actor) -> tuple[int, int, int, int]:
    acorn = stage.customer(desk, "Acorn Foods", number="C1")
    birch = stage.customer(desk, "Birch Farms", number="C2")
    first = stage.invoice(desk, acorn, "INV-1001", 4_000)
    return acorn, birch, first, stage.invoice(desk, birch, "INV-2002", 6_000)


def related(desk: Actor) -> set[tuple[str, int, bool]]:
    return {
        (one.payer_key, one.customer_id, one.is_explicit)
        for one in queries.relation_rows(desk.company_id)
    }


def test_one_payment_is_split_over_two_customers_by_hand_and_undone(desk: Actor) -> None:
    acorn, birch, first, second = two(desk)
    payment = stage.paid(desk, 11_000, name=HOLDING)
    result = cash.apply_for_several(desk, payment, allocations={first: 4_000, second: 6_000})
    assert (result.customer_id, result.applied_minor, result.unapplied_minor) == (
        birch, 10_000, 1_000,
    )  # fmt: skip
    assert (stage.open_minor(first), stage.open_minor(second)) == (0, 0)
    assert (stage.exposed(desk, acorn), stage.exposed(desk, birch)) == ((0, 0), (0, 1_000))
    assert stage.books(desk).get(UNIDENTIFIED, 0) == 0
    stage.prove(desk)
    page = queries.payment(desk.company_id, result.reference)
    one = next(part for part in page.allocations if part.item_id == first)
    cash.undo(desk, payment, allocation_ids=[one.id])
    assert (stage.open_minor(first), stage.open_minor(second)) == (4_000, 0)
    assert (stage.exposed(desk, acorn), stage.exposed(desk, birch)) == ((4_000, 0), (0, 5_000))
    stage.prove(desk)
    cash.undo(desk, payment)
    assert stage.exposed(desk, birch) == (6_000, 11_000)
    stage.prove(desk)
    # The holding's name is nobody's: no payment of theirs is taken for a customer's own.
    assert sql.scalar("SELECT count(*) FROM customers_alias") == 0


def test_what_cannot_be_split_changes_nothing(desk: Actor, other: Actor) -> None:
    acorn, _, first, second = two(desk)
    payment = stage.paid(desk, 5_000, name=HOLDING)
    dollars = stage.invoice(desk, acorn, "USD-1", 100, currency="USD")
    for allocations, kind, code in (
        ({}, Invalid, "allocation_not_positive"),
        ({first: 0}, Invalid, "allocation_not_positive"),
        ({first: 4_000, second: 6_000}, Conflict, "payment_changed"),
        ({first: 4_001, second: 1}, Conflict, "item_changed"),
        ({dollars: 100}, Refused, "currency_differs"),
        ({first: 1, 10**9: 1}, NotFound, "item_unknown"),
    ):
        with pytest.raises(kind) as refused:
            cash.apply_for_several(desk, payment, allocations=allocations)
        assert isinstance(refused.value, DomainError)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        cash.apply_for_several(other, payment, allocations={first: 1})
    with pytest.raises(NotFound):
        cash.apply_for_several(desk, payment, allocations={first: 1}, payer_id=10**9)
    assert stage.payment(payment) == stage.Row(None, 5_000, 5_000, on_account=False)
    assert [stage.open_minor(one) for one in (first, second, dollars)] == [4_000, 6_000, 100]
    assert sql.scalar("SELECT count(*) FROM cash_match") == 0


def test_a_relation_settles_documents_of_others_and_of_several(desk: Actor) -> None:
    _, birch, first, second = two(desk)
    stage.paid(desk, 10_000, "INV-1001 and INV-2002", name=HOLDING)
    assert cash.match(desk).applied == 0
    relation = cash.relate_payer(desk, payer_name=HOLDING, customer_number="C1", kind="parent")
    assert cash.match(desk).applied == 0  # it does not pay for Birch
    cash.relate_payer(desk, payer_name="NORTHERN HOLDING", customer_number="C2", kind="parent")
    assert (
        cash.relate_payer(desk, payer_name=HOLDING, customer_number="C1", kind="group") == relation
    )
    assert cash.match(desk).applied == 1
    assert (stage.open_minor(first), stage.open_minor(second)) == (0, 0)
    [row] = queries.payments(desk.company_id)
    assert (row.customer_id, row.method) == (birch, "document_number")
    assert row.reasons[-1].code == "payer_by_relation"
    stage.prove(desk)
    cash.end_relation(desk, relation)
    assert {one[1] for one in related(desk)} == {birch}
    with pytest.raises(NotFound):
        cash.end_relation(desk, relation)


def test_a_customer_who_pays_for_a_sister_needs_a_relation(desk: Actor) -> None:
    _, _, first, second = two(desk)
    payment = stage.paid(desk, 4_000, "INV-1001", name="Birch Farms")
    assert cash.match(desk).applied == 0
    cash.relate_payer(desk, payer_name="Birch Farms", customer_number="C1")
    assert cash.match(desk).applied == 1
    assert stage.open_minor(first) == 0
    own = stage.paid(desk, 6_000, "thanks", name="Birch Farms")
    assert cash.match(desk).applied == 1  # and still pays its own
    assert stage.open_minor(second) == 0
    assert stage.payment(payment).unapplied_minor == stage.payment(own).unapplied_minor == 0
    stage.prove(desk)


def test_a_relation_is_observed_from_the_second_time_on_and_ends_with_undoing(desk: Actor) -> None:
    acorn, birch, first, second = two(desk)
    payments = []
    for n in range(2):
        a, b = (stage.invoice(desk, c, f"X{c}-{n}", 100 + n) for c in (acorn, birch))
        payment = stage.paid(desk, 200 + 2 * n, f"run {n}", name=HOLDING)
        cash.apply_for_several(desk, payment, allocations={a: 100 + n, b: 100 + n})
        payments.append(payment)
        cash.train(desk)
        rows = queries.relation_rows(desk.company_id)
        assert [(one.confirmed, one.counts, one.is_explicit) for one in rows] == [
            (n + 1, n == 1, False)
        ] * 2
    stage.paid(desk, 10_000, "INV-1001 INV-2002", name=HOLDING)
    assert cash.match(desk).applied == 1
    assert (stage.open_minor(first), stage.open_minor(second)) == (0, 0)
    for payment in payments:
        cash.undo(desk, payment)
    for row in queries.payments(desk.company_id):
        if row.unapplied_minor == 0:
            cash.undo(desk, row.id)
    cash.train(desk)
    assert related(desk) == set()
    stage.prove(desk)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"payer_name": "", "customer_number": "C1"}, "payer_key_missing"),
        ({"payer_name": "X", "customer_number": "C9"}, "customer_unknown"),
        ({"payer_name": "X", "customer_number": "C1", "kind": "uncle"}, "relation_kind_unknown"),
    ],
)
def test_a_relation_that_says_nothing_is_refused(
    desk: Actor, given: dict[str, str], code: str
) -> None:
    two(desk)
    with pytest.raises(DomainError) as refused:
        cash.relate_payer(desk, **given)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert related(desk) == set()


def test_two_clerks_split_one_payment_and_it_is_split_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = with_policy(actor_of(founded().id))
    _, _, first, second = two(desk)
    payment = stage.paid(desk, 10_000, name=HOLDING)
    results = at_once(
        *(
            lambda: cash.apply_for_several(desk, payment, allocations={first: 4_000, second: 6_000})
            for _ in range(2)
        ),
        *(lambda: cash.match(desk) for _ in range(2)),
    )
    assert sum(isinstance(one, cash.ApplyResult) for one in results) == 1
    refused = [one for one in results if isinstance(one, DomainError)]
    assert [one.code for one in refused] == ["payment_changed"]
    assert (stage.open_minor(first), stage.open_minor(second)) == (0, 0)
    stage.prove(desk)
