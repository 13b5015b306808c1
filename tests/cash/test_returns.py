"""Payments that came back: tied to what they undo, opened again, charged, never twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash import queries as cash_read
from creditdesk.cash import services as cash
from creditdesk.cash.rules.returns import Returnable, ReturnedLine, is_often, tie
from creditdesk.cash.services import Returned
from creditdesk.controls import services as controls
from creditdesk.credit import queries as credit
from creditdesk.credit import services as credit_writers
from creditdesk.insight import queries as insight
from creditdesk.invoices import charge_queries
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from creditdesk.ledger.rules import BANK, BANK_FEES, RECEIVABLE, RETURN_FEES, REVENUE, UNAPPLIED
from creditdesk.plumbing import sql
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.cash.stage import PAID, Paid
from tests.cash.test_concurrency import at_once
from tests.support.fixtures import founded

BACK = PAID + timedelta(days=3)
IBAN, OTHER_IBAN = "DE89370400440532013000", "FR1420041010050500013M02606"


def prove(desk: Actor) -> None:
    stage.prove(desk)
    assert insight.prove(desk.company_id) == []


def with_returns(desk: Actor, **rules: Any) -> None:
    policy.publish(
        desk, given={**DEFAULT, "returns": {**DEFAULT["returns"], **rules}}, valid_from=desk.today
    )


def back(minor: int, text: str = "", *, iban: str = IBAN, on: date = BACK) -> Paid:
    return Paid(minor=-minor, text=f"RETOURE {text}".strip(), iban=iban, on=on)


def settled(desk: Actor, minor: int = 10_000, *, number: str = "INV-1") -> tuple[int, int, int]:
    """Return customer, item and payment: an invoice paid and applied."""
    acorn = stage.customer(desk, f"Acorn Foods {number}")
    item = stage.invoice(desk, acorn, number, minor)
    payment = stage.paid(desk, minor, f"{number} thanks", iban=IBAN)
    cash.match(desk)
    assert stage.open_minor(item) == 0
    return acorn, item, payment


def returns(desk: Actor) -> list[tuple[str, str, int | None, int]]:
    rows = sql.scalars(
        "SELECT json_build_array(state, why, payment_id, charges_minor)::text FROM cash_return"
        " WHERE company_id = %s ORDER BY id",
        [desk.company_id],
    )
    return [tuple(json.loads(row)) for row in rows]


# Rules

LINE = ReturnedLine(return_id=1, minor=10_000, currency="EUR", returned_on=BACK)
ONE = Returnable(
    payment_id=7, reference="PAY-2026-000007", left_minor=10_000, currency="EUR", received_on=PAID
)
REF = "E2E-4711"


def choose(line: ReturnedLine, *found: Returnable, charges: int = 500) -> tuple[int | None, str]:
    [tied] = tie([line], {line.return_id: found}, charges_max_minor=charges)
    return tied.payment_id, tied.why


@pytest.mark.parametrize(
    ("line", "found", "expected"),
    [
        ({"references": (REF,)}, [{"references": ("e2e 4711",)}], (7, "by_reference")),
        ({"text": "RETOURE PAY-2026-000007"}, [{}], (7, "by_reference")),
        ({"account": IBAN}, [{"account": IBAN}], (7, "by_account")),
        ({"account": IBAN}, [{"account": OTHER_IBAN}], (None, "amount_only")),
        ({}, [{}], (None, "amount_only")),
        ({}, [], (None, "no_payment")),
        # A short reference tells nothing.
        ({"references": ("12",)}, [{"references": ("12",)}], (None, "amount_only")),
        # Equals are never guessed between, and a reference decides between equals.
        ({"account": IBAN}, [{"account": IBAN}, {"payment_id": 8, "account": IBAN}],
         (None, "several_payments")),
        ({"account": IBAN, "references": (REF,)},
         [{"account": IBAN}, {"payment_id": 8, "account": IBAN, "references": (REF,)}],
         (8, "by_reference")),
        # Of two that fit, the very amount goes before one that needs charges to fit.
        ({"account": IBAN}, [{"account": IBAN, "left_minor": 9_700},
                             {"payment_id": 8, "account": IBAN}], (8, "by_account")),
        ({"account": IBAN}, [{"account": IBAN, "left_minor": 9_700}], (7, "by_account")),
        # Too much for charges, too little, another currency, before it came in.
        ({"account": IBAN}, [{"account": IBAN, "left_minor": 9_499}], (None, "no_payment")),
        ({"account": IBAN}, [{"account": IBAN, "left_minor": 10_001}], (None, "no_payment")),
        ({"account": IBAN, "currency": "USD"}, [{"account": IBAN}], (None, "no_payment")),
        ({"account": IBAN, "returned_on": PAID - timedelta(days=1)}, [{"account": IBAN}],
         (None, "no_payment")),
    ],
)  # fmt: skip
def test_which_payment_a_return_undoes(
    line: dict[str, Any], found: list[dict[str, Any]], expected: tuple[int | None, str]
) -> None:
    assert choose(replace(LINE, **line), *(replace(ONE, **each) for each in found)) == expected


def test_two_returns_of_one_payment_take_it_once() -> None:
    lines = [replace(LINE, account=IBAN), replace(LINE, return_id=2, account=IBAN)]
    payment = [replace(ONE, account=IBAN)]
    found = tie(lines, {1: payment, 2: payment}, charges_max_minor=500)
    assert [(one.payment_id, one.why) for one in found] == [(7, "by_account"), (None, "no_payment")]


@given(
    amounts=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    taken=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    named=st.lists(st.booleans(), min_size=8, max_size=8),
    charges=st.integers(0, 5),
)
def test_no_payment_is_tied_twice_nor_beyond_what_is_left(
    amounts: list[int], taken: list[int], named: list[bool], charges: int
) -> None:
    found = [
        replace(ONE, payment_id=n, left_minor=minor, account=IBAN, reference=f"PAY-{n:06d}")
        for n, minor in enumerate(amounts)
    ]
    lines = [
        replace(LINE, return_id=n, minor=minor, account=IBAN,
                text=f"PAY-{n % len(amounts):06d}" if named[n] else "")
        for n, minor in enumerate(taken)
    ]  # fmt: skip
    tied = tie(lines, {line.return_id: found for line in lines}, charges_max_minor=charges)
    assert [one.return_id for one in tied] == [line.return_id for line in lines]
    ids = [one.payment_id for one in tied if one.payment_id is not None]
    assert len(set(ids)) == len(ids)
    for one, line in zip(tied, lines, strict=True):
        if one.payment_id is not None:
            assert line.minor - one.charges_minor == amounts[one.payment_id]
            assert 0 <= one.charges_minor <= charges


# The service


def test_a_returned_payment_opens_its_item_and_leaves_the_bank(desk: Actor) -> None:
    acorn, item, payment = settled(desk)
    taken = stage.take_in(desk, back(10_000, "MD06"), name="later.csv")
    assert (taken.payments, taken.returned) == (0, 1)
    assert cash.match(desk).returned == 1
    assert stage.open_minor(item) == 10_000
    assert stage.payment(payment) == stage.Row(acorn, 10_000, 0, False)
    assert stage.exposed(desk, acorn) == (10_000, 0)
    assert stage.holds(desk, acorn) == []
    assert stage.books(desk) == {RECEIVABLE: 10_000, REVENUE: -10_000}
    assert returns(desk) == [("posted", "by_account", payment, 0)]
    figures = cash_read.metrics(desk.company_id, as_of=PAID + timedelta(days=30))
    assert figures.false_match.part == 0  # the bank took it back; matching made no mistake
    assert sql.scalar("SELECT reason_code FROM cash_return") == "MD06"
    told = json.loads(
        sql.scalar("SELECT data::text FROM plumbing_event WHERE name = 'cash.payments_returned'")
    )
    assert (told["payment_ids"], told["customer_ids"], told["item_ids"]) == (
        [payment], [acorn], [item],
    )  # fmt: skip
    prove(desk)


def test_the_same_return_in_overlapping_files_counts_once(desk: Actor) -> None:
    _, item, _ = settled(desk)
    for name in ("one.csv", "two.csv", "three.csv"):
        stage.take_in(desk, back(10_000), Paid(minor=77, text=name), name=name)
        cash.match(desk)
    assert stage.open_minor(item) == 10_000
    assert len(returns(desk)) == 1
    assert stage.books(desk)[BANK] == 3 * 77
    prove(desk)


def test_a_return_in_the_file_of_its_payment(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    item = stage.invoice(desk, acorn, "INV-1", 10_000)
    stage.take_in(
        desk, back(10_000), Paid(minor=10_000, text="INV-1", iban=IBAN, on=PAID), name="both.csv"
    )
    result = cash.match(desk)
    assert (result.applied, result.returned) == (1, 1)
    assert stage.open_minor(item) == 10_000
    assert stage.exposed(desk, acorn) == (10_000, 0)
    prove(desk)


def test_returned_paid_again_and_returned_again(desk: Actor) -> None:
    acorn, item, first = settled(desk)
    stage.take_in(desk, back(10_000), name="b.csv")
    cash.match(desk)
    second = stage.paid(desk, 10_000, "INV-1 again", iban=IBAN, on=BACK + timedelta(days=1))
    cash.match(desk)
    assert stage.open_minor(item) == 0
    stage.take_in(desk, back(10_000, on=BACK + timedelta(days=2)), name="d.csv")
    cash.match(desk)
    assert stage.open_minor(item) == 10_000
    assert [row[2] for row in returns(desk)] == [first, second]
    assert stage.books(desk) == {RECEIVABLE: 10_000, REVENUE: -10_000}
    assert stage.exposed(desk, acorn) == (10_000, 0)
    prove(desk)


def test_a_payment_undone_in_part_comes_back_whole(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    one, two = (stage.invoice(desk, acorn, f"INV-{n}", 5_000) for n in (1, 2))
    payment = stage.paid(desk, 12_000, "both", iban=IBAN)
    made = cash.apply(desk, payment, allocations={one: 5_000, two: 5_000})
    cash.undo(desk, payment, allocation_ids=[made.allocation_ids[0]])
    stage.take_in(desk, back(12_000), name="b.csv")
    cash.match(desk)
    assert (stage.open_minor(one), stage.open_minor(two)) == (5_000, 5_000)
    assert stage.exposed(desk, acorn) == (10_000, 0)
    assert stage.payment(payment).unapplied_minor == 0
    prove(desk)


def test_money_of_nobody_comes_back_without_a_fee(desk: Actor) -> None:
    with_returns(desk, fee_minor=500)
    stage.paid(desk, 4_000, "who knows", iban=IBAN)
    stage.take_in(desk, back(4_000), name="b.csv")
    cash.match(desk)
    assert stage.books(desk) == {}
    assert charge_queries.charge_listing(desk.company_id).total == 0
    prove(desk)


def test_the_banks_charges_are_our_cost(desk: Actor) -> None:
    _, item, payment = settled(desk)
    stage.take_in(desk, back(10_325), name="b.csv")
    cash.match(desk)
    assert returns(desk) == [("posted", "by_account", payment, 325)]
    assert stage.open_minor(item) == 10_000
    assert stage.books(desk) == {
        RECEIVABLE: 10_000, REVENUE: -10_000, BANK: -325, BANK_FEES: 325,
    }  # fmt: skip
    prove(desk)


def test_equal_payments_are_left_to_a_person(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods", iban=IBAN)
    payments = [stage.paid(desk, 3_000, f"rent {n}", iban=IBAN) for n in (1, 2)]
    stage.take_in(desk, back(3_000), name="b.csv")
    result = cash.match(desk)
    assert (result.returned, result.returns_waiting) == (0, 1)
    assert returns(desk) == [("waiting", "several_payments", None, 0)]
    [return_id] = sql.scalars("SELECT id FROM cash_return")
    found = sql.scalars("SELECT unnest(candidates) FROM cash_return")
    assert sorted(found) == payments
    cash.tie_return(desk, return_id, payment_id=payments[1])
    assert [stage.payment(each).unapplied_minor for each in payments] == [3_000, 0]
    with pytest.raises(Conflict) as caught:
        cash.tie_return(desk, return_id, payment_id=payments[0])
    assert caught.value.code == "return_settled"
    assert stage.exposed(desk, acorn) == (0, 3_000)
    prove(desk)


def test_a_return_set_aside_moves_nothing(desk: Actor) -> None:
    stage.take_in(desk, back(3_000), name="b.csv")
    cash.match(desk)
    [return_id] = sql.scalars("SELECT id FROM cash_return")
    with pytest.raises(Invalid) as caught:
        cash.set_return_aside(desk, return_id, reason=" ")
    assert caught.value.code == "reason_missing"
    cash.set_return_aside(desk, return_id, reason="Our own payroll")
    assert returns(desk) == [("set_aside", "Our own payroll", None, 0)]
    assert stage.books(desk) == {}
    with pytest.raises(Conflict):
        cash.set_return_aside(desk, return_id, reason="again")


def test_told_by_hand_with_a_fee_that_is_waived(desk: Actor) -> None:
    with_returns(desk, fee_minor=450, fee_within_days=10)
    acorn, item, payment = settled(desk)
    result = cash.return_payments(desk, [Returned(payment_id=payment, on=BACK, reason_code="AM04")])
    [fee_item] = result.fee_item_ids
    assert (result.item_ids, result.returned_minor) == ((item,), {"EUR": 10_000})
    assert stage.open_minor(fee_item) == 450
    assert stage.exposed(desk, acorn) == (10_450, 0)
    assert stage.books(desk)[RETURN_FEES] == -450
    [charge] = charge_queries.charge_listing(desk.company_id).rows
    assert (charge.kind, charge.minor) == ("return_fee", 450)
    assert charge_queries.charged_through(desk.company_id) is None
    prove(desk)
    assert invoices.waive(desk, [charge.id], reason="Our bank's mistake") == 1
    assert stage.open_minor(fee_item) == 0
    assert stage.books(desk).get(RETURN_FEES, 0) == 0
    assert stage.exposed(desk, acorn) == (10_000, 0)
    prove(desk)


def test_a_fee_told_by_hand_goes_before_the_policy(desk: Actor) -> None:
    with_returns(desk, fee_minor=450)
    _, _, payment = settled(desk)
    result = cash.return_payments(desk, [Returned(payment_id=payment, on=BACK, fee_minor=0)])
    assert result.fee_item_ids == ()
    assert RETURN_FEES not in stage.books(desk)


def test_no_fee_where_the_erp_issues(desk: Actor) -> None:
    with_returns(desk, fee_minor=450)
    _, _, payment = settled(desk)
    controls.set_book(desk, book="erp")
    assert cash.return_payments(desk, [Returned(payment_id=payment, on=BACK)]).fee_item_ids == ()


def test_a_part_comes_back_and_the_older_item_stays_settled(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    one, two = (stage.invoice(desk, acorn, f"INV-{n}", 5_000) for n in (1, 2))
    payment = stage.paid(desk, 10_000, "both", iban=IBAN)
    cash.apply(desk, payment, allocations={one: 5_000})
    cash.apply(desk, payment, allocations={two: 5_000})
    cash.return_payments(desk, [Returned(payment_id=payment, on=BACK, minor=3_000)])
    assert (stage.open_minor(one), stage.open_minor(two)) == (0, 5_000)
    assert stage.payment(payment).unapplied_minor == 2_000
    assert stage.holds(desk, acorn) == [("unapplied_money", f"payment:{payment}")]
    cash.return_payments(desk, [Returned(payment_id=payment, on=BACK)])
    assert (stage.open_minor(one), stage.open_minor(two)) == (5_000, 5_000)
    assert stage.holds(desk, acorn) == []
    prove(desk)


def test_the_second_return_blocks_the_credit(desk: Actor) -> None:
    with_returns(desk, block_at_count=2)
    acorn = stage.customer(desk, "Acorn Foods")
    for n in (1, 2):
        assert acorn not in credit.blocks(desk.company_id)
        item = stage.invoice(desk, acorn, f"INV-{n}", 1_000)
        payment = stage.paid(desk, 1_000, f"INV-{n}")
        cash.apply(desk, payment, allocations={item: 1_000})
        cash.return_payments(desk, [Returned(payment_id=payment, on=BACK)])
    assert credit.blocks(desk.company_id)[acorn].reason == "2 payments came back"


def returned_often(desk: Actor, customer: int, count: int) -> list[int]:
    """Return the returns of so many payments, the first of them on the first day."""
    found = []
    for n in range(count):
        payment = stage.paid(desk, 1_000, f"money {n}")
        cash.assign_payer(desk, payment, customer)
        done = cash.return_payments(desk, [Returned(payment_id=payment, on=BACK)])
        found += done.return_ids
    return found


@pytest.mark.parametrize(("count", "is_blocked"), [(2, False), (3, True)])
def test_a_return_given_back_takes_the_block_with_it_that_rested_on_it(
    desk: Actor, count: int, *, is_blocked: bool
) -> None:
    with_returns(desk, block_at_count=2)
    acorn = stage.customer(desk, "Acorn Foods")
    first, *_ = returned_often(desk, acorn, count)
    assert credit.blocks(desk.company_id)[acorn].reason == "2 payments came back"
    much_later = replace(desk, today=desk.today + timedelta(days=200))
    cash.undo_return(much_later, first, on=much_later.today, reason="won")
    assert (acorn in credit.blocks(desk.company_id)) is is_blocked
    lifted = sql.scalars("SELECT data->>'customer_id' FROM plumbing_event WHERE name ~ 'unblocked'")
    assert lifted == ([] if is_blocked else [str(acorn)])
    prove(desk)


def test_a_block_for_another_reason_stays_when_a_return_is_given_back(desk: Actor) -> None:
    with_returns(desk, block_at_count=2)
    acorn = stage.customer(desk, "Acorn Foods")
    credit_writers.block(desk, acorn, reason="insolvency filing announced")
    first, _ = returned_often(desk, acorn, 2)
    cash.undo_return(desk, first, on=desk.today, reason="won")
    assert credit.blocks(desk.company_id)[acorn].reason == "insolvency filing announced"


@pytest.mark.parametrize(
    ("days", "count", "within", "often"),
    [
        ((), 1, 90, False),
        ((0,), 1, 90, True),
        ((0,), 0, 90, False),
        ((0, 90), 2, 90, True),
        ((0, 91), 2, 90, False),
        ((91, 0, 180), 2, 90, True),
        ((0, 60, 120), 3, 90, False),
    ],
)
def test_returns_are_often_within_days_of_each_other(
    days: tuple[int, ...],
    count: int,
    within: int,
    *,
    often: bool,
) -> None:
    found = is_often((BACK + timedelta(days=n) for n in days), count=count, within_days=within)
    assert found is often


@pytest.mark.parametrize(
    ("returned", "code"),
    [
        ({"minor": 10_001}, "return_exceeds_payment"),
        ({"minor": 0}, "return_exceeds_payment"),
        ({"minor": -5}, "return_exceeds_payment"),
        ({"on": PAID - timedelta(days=1)}, "returned_before_received"),
        ({"fee_minor": -1}, "fee_negative"),
        ({"payment_id": 10**9}, "payment_unknown"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    desk: Actor, returned: dict[str, Any], code: str
) -> None:
    _, item, payment = settled(desk)
    before = stage.books(desk)
    given_ = replace(Returned(payment_id=payment, on=BACK), **returned)
    with pytest.raises(DomainError) as caught:
        cash.return_payments(desk, [given_])
    assert caught.value.code == code
    assert (stage.books(desk), stage.open_minor(item), returns(desk)) == (before, 0, [])


def test_a_payment_named_twice_or_none_at_all(desk: Actor) -> None:
    _, _, payment = settled(desk)
    one = Returned(payment_id=payment, on=BACK, minor=5_000)
    for given_, code in (([one, one], "payment_named_twice"), ([], "nothing_returned")):
        with pytest.raises(Invalid) as caught:
            cash.return_payments(desk, given_)
        assert caught.value.code == code
    assert returns(desk) == []


def test_another_companys_return_and_payment_are_nobodys(desk: Actor, other: Actor) -> None:
    _, _, payment = settled(desk)
    stage.take_in(desk, back(1, iban=OTHER_IBAN), name="b.csv")
    [return_id] = sql.scalars("SELECT id FROM cash_return")
    with pytest.raises(NotFound):
        cash.return_payments(other, [Returned(payment_id=payment, on=BACK)])
    with pytest.raises(NotFound):
        cash.tie_return(other, return_id, payment_id=payment)


def test_roles_that_may_not(desk: Actor, actor_of: Callable[..., Actor]) -> None:
    _, _, payment = settled(desk)
    collector = actor_of(desk.company_id, role="collector")
    with pytest.raises(Refused) as caught:
        cash.return_payments(collector, [Returned(payment_id=payment, on=BACK)])
    assert caught.value.code == "not_permitted"
    clerk = actor_of(desk.company_id, role="cash_applier")
    assert cash.return_payments(clerk, [Returned(payment_id=payment, on=BACK)]).payment_ids


def test_six_hands_return_a_payment_once(committed_db: str, actor_of: Callable[..., Actor]) -> None:
    desk = with_policy(actor_of(founded().id))
    _, item, payment = settled(desk)
    told = [Returned(payment_id=payment, on=BACK)]
    stage.take_in(desk, back(10_000), name="b.csv")
    results = at_once(
        *(lambda: cash.return_payments(desk, told) for _ in range(4)),
        *(lambda: cash.match(desk) for _ in range(2)),
    )
    assert sum(isinstance(each, cash.ReturnResult) for each in results) + sum(
        each.returned for each in results if isinstance(each, cash.MatchResult)
    ) == 1  # fmt: skip
    assert stage.open_minor(item) == 10_000
    assert stage.books(desk) == {RECEIVABLE: 10_000, REVENUE: -10_000}
    assert UNAPPLIED not in stage.books(desk)
    prove(desk)


def test_what_was_given_beside_a_payment_that_came_back_is_owed_again(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    item = stage.invoice(desk, acorn, "INV-1", 10_000)
    payment = stage.paid(desk, 9_950, "thanks", iban=IBAN)
    takes = {"tolerances": [{"currency": "EUR", "minor": 0, "percent": "0", "bank_fee_minor": 100}]}
    given = {**DEFAULT, "short_payments": {**DEFAULT["short_payments"], **takes}}
    policy.publish(desk, given=given, valid_from=desk.today)
    fee = {item: cash.solution("bank_fee")}
    cash.apply(desk, payment, allocations={item: 9_950}, short=fee)
    assert stage.open_minor(item) == 0
    done = cash.return_payments(desk, [Returned(payment_id=payment, on=BACK)])
    assert stage.open_minor(item) == 10_000
    assert done.returned_minor == {"EUR": 9_950}
    assert stage.books(desk) == {RECEIVABLE: 10_000, REVENUE: -10_000}
    prove(desk)


def test_a_payment_for_several_customers_that_comes_back_opens_all_of_theirs(desk: Actor) -> None:
    acorn, birch = stage.customer(desk, "Acorn Foods"), stage.customer(desk, "Birch Mills")
    mine, theirs = stage.invoice(desk, acorn, "A-1", 600), stage.invoice(desk, birch, "B-1", 400)
    payment = stage.paid(desk, 1_000, "thanks", iban=IBAN)
    cash.apply_for_several(desk, payment, allocations={mine: 600, theirs: 400}, payer_id=acorn)
    cash.return_payments(desk, [Returned(payment_id=payment, on=BACK)])
    assert (stage.open_minor(mine), stage.open_minor(theirs)) == (600, 400)
    prove(desk)
