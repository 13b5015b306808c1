"""Money that names nothing pays by the order of the policy; the order of arrival makes no odds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.cash.rules.order import Debt, Money, changes, components, fold, ranked, spend
from creditdesk.controls import commands
from creditdesk.controls.queries import CompanyRow
from creditdesk.customers import services as customers
from creditdesk.insight import queries as insight
from creditdesk.invoices.services.charging import ReturnFee, charge_return_fees
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.policy import services as policy
from creditdesk.policy.rules import COMPONENTS, DEFAULT, TIME_CLASSES, AllocationRules
from tests.cash import stage
from tests.cash.test_services import counts

DAY = date(2026, 3, 1)
ORDER = AllocationRules().order
IBAN = "DE89370400440532013000"


def always(order: Sequence[str]) -> Callable[[date], Sequence[str]]:
    return lambda _: order


def debt(n: int, component: str, due: int, minor: int = 100, issued: int = -60) -> Debt:
    return Debt(
        item_id=n, number=f"INV-{n}", component=component, open_minor=minor,
        issued_on=DAY + timedelta(days=issued), due_on=DAY + timedelta(days=due),
    )  # fmt: skip


EVERY = [
    debt(1, "principal", 5), debt(2, "costs", 5), debt(3, "interest", 0), debt(4, "principal", 0),
    debt(5, "principal", -9), debt(6, "interest", -2), debt(7, "costs", -1), debt(8, "costs", -3),
]  # fmt: skip
BY_COMPONENT = tuple(f"{one}:{of}" for of in COMPONENTS for one in TIME_CLASSES)
PRINCIPAL_FIRST = tuple(f"{one}:{of}" for of in reversed(COMPONENTS) for one in TIME_CLASSES)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (ORDER, [8, 7, 6, 5, 3, 4, 2, 1]),
        (BY_COMPONENT, [8, 7, 2, 6, 3, 5, 4, 1]),
        (PRINCIPAL_FIRST, [5, 4, 1, 6, 3, 8, 7, 2]),
    ],
    ids=["late first", "367 BGB throughout", "principal first"],
)
def test_debts_stand_in_the_order_of_the_policy(
    order: tuple[str, ...], expected: list[int]
) -> None:
    assert [one.item_id for one in ranked(EVERY, order, DAY)] == expected


def test_money_pays_until_it_runs_out() -> None:
    left = {one: one.open_minor for one in EVERY}
    assert spend(250, EVERY, ORDER, DAY, left) == {8: 100, 7: 100, 6: 50}
    assert {one.item_id: minor for one, minor in left.items() if minor < 100} == {8: 0, 7: 0, 6: 50}


@pytest.mark.parametrize(
    ("open_minor", "expected"),
    [
        (100, [("costs", 40), ("interest", 60)]),
        (70, [("costs", 10), ("interest", 60)]),
        (30, [("interest", 30)]),
    ],
)
def test_what_was_paid_of_a_charge_paid_its_costs_first(
    open_minor: int, expected: list[tuple[str, int]]
) -> None:
    assert components(open_minor, 100, costs_minor=40, interest_minor=60) == expected
    assert components(open_minor, 100, costs_minor=0, interest_minor=0) == [
        ("principal", open_minor)
    ]


debts = st.lists(
    st.builds(
        debt, st.integers(1, 999), st.sampled_from(COMPONENTS), st.integers(-30, 30),
        st.integers(1, 500), st.integers(-60, -31),
    ),
    max_size=6, unique_by=lambda one: one.item_id,
)  # fmt: skip
moneys = st.lists(
    st.builds(
        lambda n, on, minor: Money(
            payment_id=n, on=DAY + timedelta(days=on), minor=minor, mark=f"line {n}"
        ),
        st.integers(1, 999), st.integers(-40, 40), st.integers(1, 900),
    ),
    max_size=6, unique_by=lambda one: one.payment_id,
)  # fmt: skip


@given(moneys, debts, st.permutations(ORDER), st.randoms(use_true_random=False))
def test_the_fold_does_not_depend_on_arrival(
    paid: list[Money], owed: list[Debt], order: list[str], random: object
) -> None:
    expected = fold(paid, owed, always(order))
    again_paid, again_owed = list(paid), list(owed)
    random.shuffle(again_paid)  # type: ignore[attr-defined]
    random.shuffle(again_owed)  # type: ignore[attr-defined]
    assert fold(again_paid, again_owed, always(order)) == expected
    for one in paid:
        assert sum(expected[one.payment_id].values()) <= one.minor
    for item in owed:
        assert sum(of.get(item.item_id, 0) for of in expected.values()) <= item.open_minor
    left = sum(m.minor for m in paid) - sum(sum(of.values()) for of in expected.values())
    unpaid = sum(d.open_minor for d in owed) - sum(sum(of.values()) for of in expected.values())
    assert left == 0 or unpaid == 0


@given(moneys, debts)
def test_money_of_an_earlier_day_goes_before(paid: list[Money], owed: list[Debt]) -> None:
    """Taking the latest payment away changes nothing of the earlier ones."""
    if not paid:
        return
    latest = max(paid, key=lambda one: (one.on, one.mark, one.minor, one.payment_id))
    whole = fold(paid, owed, always(ORDER))
    rest = fold([one for one in paid if one is not latest], owed, always(ORDER))
    assert {key: value for key, value in whole.items() if key != latest.payment_id} == rest


def test_what_differs_is_named_by_pair() -> None:
    assert changes({1: {5: 10, 6: 3}, 2: {6: 1}}, {1: {5: 10, 7: 3}, 2: {6: 1}, 3: {}}) == [
        (1, 6, 3, 0),
        (1, 7, 0, 3),
    ]


# -- on PostgreSQL -----------------------------------------------------------------------------


@pytest.fixture
def clerk(company: CompanyRow, actor_of: Callable[..., Actor]) -> Actor:
    actor = actor_of(company.id)
    given_rules = {**DEFAULT, "allocation": {"automatic": True}}
    policy.publish(actor, given=given_rules, valid_from=date(2020, 1, 1))
    return actor


def owing(clerk: Actor, prefix: str = "A") -> tuple[int, list[int]]:
    """Record three invoices of a customer, due on 4, 14 and 24 March."""
    acorn = stage.customer(clerk, f"Acorn {prefix} GmbH", iban=IBAN)
    found = [
        stage.invoice(clerk, acorn, f"{prefix}-{n}", minor, issued_on=date(2026, 2, 2 + 10 * n))
        for n, minor in enumerate((10_000, 20_000, 30_000))
    ]
    return acorn, found


PAYMENTS = ((date(2026, 3, 3), 6_000), (date(2026, 3, 8), 7_700), (date(2026, 3, 15), 11_100))


def paying(clerk: Actor) -> dict[tuple[date, str], int]:
    """Return what each payment, by its day, pays of each invoice."""
    return {
        (one.received_on, one.invoice_number): one.minor
        for customer in {row.customer_id for row in queries.payments(clerk.company_id)}
        if customer is not None
        for one in queries.allocations_of_customer(clerk.company_id, customer)
        if one.undone_on is None
    }


@pytest.mark.parametrize("arrival", list(itertools.permutations(range(3))))
def test_the_order_of_arrival_makes_no_odds(clerk: Actor, arrival: tuple[int, ...]) -> None:
    owing(clerk)
    for n in arrival:
        on, minor = PAYMENTS[n]
        stage.paid(clerk, minor, f"on account {n}", iban=IBAN, on=on)
        assert cash.match(clerk).applied == 1
        assert insight.prove(clerk.company_id) == []
    assert paying(clerk) == {
        (PAYMENTS[0][0], "A-0"): 6_000,
        (PAYMENTS[1][0], "A-0"): 4_000,
        (PAYMENTS[1][0], "A-1"): 3_700,
        (PAYMENTS[2][0], "A-1"): 11_100,
    }
    before = counts()
    assert cash.replay(clerk) == ()
    assert counts() == before


def test_a_replay_says_what_it_would_change_and_leaves_nothing(clerk: Actor) -> None:
    owing(clerk)
    later = stage.paid(clerk, 10_500, "b", iban=IBAN, on=date(2026, 3, 10))
    cash.match(clerk)
    assert paying(clerk) == {(date(2026, 3, 10), "A-0"): 10_000, (date(2026, 3, 10), "A-1"): 500}
    stage.paid(clerk, 4_000, "a", iban=IBAN, on=date(2026, 3, 9))
    before = counts()
    with commands.preview():
        told = cash.match(clerk).moved
    assert [
        (m.payment_reference, m.invoice_number, m.before_minor, m.after_minor) for m in told
    ] == [
        ("PAY-2026-000001", "A-0", 10_000, 6_000),
        ("PAY-2026-000001", "A-1", 500, 4_500),
        ("PAY-2026-000002", "A-0", 0, 4_000),
    ]
    assert counts() == before
    cash.match(clerk)
    assert paying(clerk) == {
        (date(2026, 3, 9), "A-0"): 4_000,
        (date(2026, 3, 10), "A-0"): 6_000,
        (date(2026, 3, 10), "A-1"): 4_500,
    }
    page = queries.payment(clerk.company_id, "PAY-2026-000001")
    assert page.payment.id == later
    assert [one.undone_on for one in page.allocations] == [clerk.today, clerk.today, None, None]
    assert [one.code for one in page.payment.reasons] == ["replayed"]


def test_what_a_person_decided_is_never_moved(clerk: Actor) -> None:
    _, found = owing(clerk)
    by_hand = stage.paid(clerk, 9_999, "mine", iban=IBAN, on=date(2026, 3, 10))
    cash.apply(clerk, by_hand, allocations={found[0]: 9_999})
    stage.paid(clerk, 4_000, "earlier", iban=IBAN, on=date(2026, 3, 1))
    cash.match(clerk)
    assert paying(clerk) == {
        (date(2026, 3, 10), "A-0"): 9_999,
        (date(2026, 3, 1), "A-0"): 1,
        (date(2026, 3, 1), "A-1"): 3_999,
    }


def test_what_was_undone_by_hand_stays_undone(clerk: Actor) -> None:
    owing(clerk)
    first = stage.paid(clerk, 6_000, "a", iban=IBAN, on=date(2026, 3, 3))
    cash.match(clerk)
    cash.undo(clerk, first)
    stage.paid(clerk, 7_700, "b", iban=IBAN, on=date(2026, 3, 8))
    cash.match(clerk)
    assert paying(clerk) == {(date(2026, 3, 8), "A-0"): 7_700}


def test_what_is_left_pays_what_is_issued_later_once_replayed(clerk: Actor) -> None:
    acorn = stage.customer(clerk, "Acorn", iban=IBAN)
    first = stage.invoice(clerk, acorn, "A-0", 1_000, issued_on=date(2026, 2, 2))
    stage.invoice(clerk, acorn, "A-00", 1_000, issued_on=date(2026, 2, 2))
    stage.paid(clerk, 2_600, "all of it", iban=IBAN, on=date(2026, 2, 20))
    cash.match(clerk)
    second = stage.invoice(clerk, acorn, "A-1", 900, issued_on=date(2026, 3, 2))
    [moved] = cash.replay(clerk, customer_ids=[acorn])
    assert (moved.invoice_number, moved.before_minor, moved.after_minor) == ("A-1", 0, 600)
    assert (stage.open_minor(first), stage.open_minor(second)) == (0, 300)
    assert insight.prove(clerk.company_id) == []


def test_without_the_policy_nothing_is_applied_by_order(
    company: CompanyRow, actor_of: Callable[..., Actor]
) -> None:
    clerk = actor_of(company.id)
    policy.ensure_default(clerk, valid_from=date(2020, 1, 1))
    owing(clerk)
    stage.paid(clerk, 6_000, "a", iban=IBAN, on=date(2026, 3, 3))
    assert cash.match(clerk).applied == 0


def test_a_replay_needs_leave(clerk: Actor) -> None:
    reader = replace(clerk, permissions=frozenset({"read"}))
    with pytest.raises(Refused) as refused:
        cash.replay(reader)
    assert refused.value.code == "not_permitted"


def test_a_fee_for_a_return_is_a_cost_and_goes_before_what_was_owed(clerk: Actor) -> None:
    """§ 367 (1) BGB: costs before the principal, of debts that fall due on the same day."""
    acorn = stage.customer(clerk, "Acorn GmbH", iban=IBAN)
    stage.invoice(clerk, acorn, "A-1", 10_000, issued_on=date(2026, 2, 14))
    charge_return_fees(clerk, [ReturnFee(acorn, "EUR", 750, "PAY-0")], within_days=0)
    stage.paid(clerk, 1_000, "on account", iban=IBAN, on=clerk.today)
    cash.match(clerk)
    assert paying(clerk) == {(clerk.today, "RF-2026-000001"): 750, (clerk.today, "A-1"): 250}


def test_what_the_payer_designates_goes_before_the_order(clerk: Actor) -> None:
    """§ 366 (1) BGB: who names the debt pays that one, whatever is older or costs."""
    acorn, _ = owing(clerk)
    charge_return_fees(clerk, [ReturnFee(acorn, "EUR", 750, "PAY-0")], within_days=0)
    stage.paid(clerk, 30_000, "invoice A-2", iban=IBAN, on=clerk.today)
    cash.match(clerk)
    assert paying(clerk) == {(clerk.today, "A-2"): 30_000}


def test_a_policy_may_want_another_order(
    company: CompanyRow, actor_of: Callable[..., Actor]
) -> None:
    clerk = actor_of(company.id)
    order = [f"{one}:{of}" for one in TIME_CLASSES for of in ("principal", "interest", "costs")]
    rules = {**DEFAULT, "allocation": {"automatic": True, "order": order}}
    policy.publish(clerk, given=rules, valid_from=date(2020, 1, 1))
    acorn = stage.customer(clerk, "Acorn GmbH", iban=IBAN)
    stage.invoice(clerk, acorn, "A-1", 900, issued_on=date(2026, 2, 14))
    charge_return_fees(clerk, [ReturnFee(acorn, "EUR", 750, "PAY-0")], within_days=0)
    stage.paid(clerk, 1_000, "on account", iban=IBAN, on=clerk.today)
    cash.match(clerk)
    assert paying(clerk) == {(clerk.today, "A-1"): 900, (clerk.today, "RF-2026-000001"): 100}


def test_a_german_consumer_on_credit_pays_principal_before_interest(
    company: CompanyRow, actor_of: Callable[..., Actor]
) -> None:
    """§ 497 (3) BGB binds for consumer credit; the same money of a business pays the fee first."""
    clerk = actor_of(company.id)
    given_ = {"automatic": True, "consumers_on_credit": True, "order": [
        f"{one}:{of}" for one in TIME_CLASSES for of in ("interest", "principal", "costs")
    ]}  # fmt: skip
    policy.publish(clerk, given={**DEFAULT, "allocation": given_}, valid_from=date(2020, 1, 1))
    acorn = stage.customer(clerk, "Acorn GmbH", iban=IBAN)
    stage.invoice(clerk, acorn, "A-1", 900, issued_on=date(2026, 2, 14))
    charge_return_fees(clerk, [ReturnFee(acorn, "EUR", 750, "PAY-0")], within_days=0)
    stage.paid(clerk, 1_000, "on account", iban=IBAN, on=clerk.today)
    cash.match(clerk)
    assert paying(clerk) == {(clerk.today, "A-1"): 900, (clerk.today, "RF-2026-000001"): 100}
    customers.edit(clerk, acorn, changes={"country": "DE", "buys_as": "consumer"})
    assert [(one.invoice_number, one.before_minor, one.after_minor) for one in cash.replay(clerk)] \
        == [("A-1", 900, 250), ("RF-2026-000001", 100, 750)]  # fmt: skip
    assert paying(clerk) == {(clerk.today, "A-1"): 250, (clerk.today, "RF-2026-000001"): 750}
    assert cash.replay(clerk) == ()
    assert insight.prove(clerk.company_id) == []
