"""Short payments solved in one step, on PostgreSQL: each way with its tax, to the cent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.cash.rules.shortfall import Way
from creditdesk.cash.services import Solution
from creditdesk.controls.queries import CompanyRow
from creditdesk.disputes import queries as disputes
from creditdesk.insight import queries as insight
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, Refused
from creditdesk.ledger.rules import (
    BANK,
    BANK_FEES,
    DISCOUNT,
    DISCOUNT_UNEARNED,
    RECEIVABLE,
    REVENUE,
    TOLERANCE,
    UNAPPLIED,
    VAT_OUTPUT,
)
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.cash import stage
from tests.cash.stage import Paid
from tests.cash.test_services import counts

ISSUED = stage.ISSUED
IN_TIME, LATE = date(2026, 2, 12), date(2026, 2, 13)
SKONTO = {"code": "skonto", "net_days": 30, "discounts": [{"percent": "2", "within_days": 10}]}
SHORT = {
    "tolerances": [{"currency": "EUR", "minor": 500, "percent": "1", "bank_fee_minor": 1500}],
}


def publish(
    actor: Actor, *, terms: Mapping[str, Any] = SKONTO, since: date | None = None, **sections: Any
) -> None:
    given = {**DEFAULT, "terms": [*DEFAULT["terms"], terms], "short_payments": SHORT, **sections}
    policy.publish(actor, given=given, valid_from=since or date(2020, 1, 2))


@pytest.fixture
def clerk(company: CompanyRow, actor_of: Callable[..., Actor]) -> Actor:
    """Somebody at the cash desk of a company that gives 2 % within ten days, on 16 March 2026."""
    actor = actor_of(company.id)
    policy.ensure_default(actor, valid_from=date(2020, 1, 1))
    publish(actor)
    return actor


def invoice(clerk: Actor, number: str = "INV-1001", terms: str = "skonto") -> int:
    """Record 1 190.00 of which 190.00 is tax."""
    return stage.taxed(
        clerk, stage.customer(clerk, "Acorn Foods GmbH"), number, 100_000, 19_000,
        terms_code=terms,
    )  # fmt: skip


def moved(clerk: Actor) -> dict[str, int]:
    """Return the books but what the invoice and the bank line themselves posted."""
    known = {BANK, REVENUE, RECEIVABLE, UNAPPLIED}
    found = stage.books(clerk)
    found[VAT_OUTPUT] = found.get(VAT_OUTPUT, 0) + 19_000
    return {account: minor for account, minor in found.items() if account not in known and minor}


# 1,190.00 with 190.00 tax, 2 % within ten days of 2 February, paid short; what is given with how
# much tax, where it is posted net of tax, what stays open, and the dispute it becomes.
CASES: list[tuple[str, date, int, Way, int, int, str, int, str]] = [
    ("earned", IN_TIME, 116_620, "discount", 2_380, 380, DISCOUNT, 0, ""),
    ("unearned", LATE, 116_620, "discount", 2_380, 380, DISCOUNT_UNEARNED, 0, ""),
    ("tolerance", LATE, 118_777, "tolerance", 223, 36, TOLERANCE, 0, ""),
    ("bank fee", LATE, 117_750, "bank_fee", 1_250, 0, BANK_FEES, 0, ""),
    ("deduction", LATE, 110_000, "deduction", 0, 0, "", 9_000, "quality"),
    ("left open", LATE, 110_000, "left_open", 0, 0, "", 9_000, ""),
]


@pytest.mark.parametrize("at_once", [True, False], ids=["with the money", "afterwards"])
@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_each_short_payment_is_one_step(
    clerk: Actor, case: tuple[str, date, int, Way, int, int, str, int, str], *, at_once: bool
) -> None:
    _, on, minor, way, given, tax, account, left, reason = case
    item = invoice(clerk)
    payment = stage.paid(clerk, minor, on=on)
    how = Solution(way, reason)
    if at_once:
        cash.apply(clerk, payment, allocations={item: minor}, short={item: how})
    else:
        cash.apply(clerk, payment, allocations={item: minor})
        solved = cash.solve_short(clerk, payment, item, how, expected_minor=119_000 - minor)
        assert (solved.given_minor, solved.tax_minor, solved.open_minor) == (given, tax, left)
    assert stage.open_minor(item) == left
    expected = {account: given - tax, VAT_OUTPUT: tax} if given else {}
    assert moved(clerk) == {name: amount for name, amount in expected.items() if amount}
    found = queries.adjustments_of_payment(clerk.company_id, payment)
    assert [(one.minor, one.tax_minor, one.adjusted_on) for one in found] == (
        [(given, tax, on)] if given else []
    )
    assert [(share.net_minor, share.tax_minor) for one in found for share in one.taxes] == (
        [(given - tax, tax)] if tax else []
    )
    contested = disputes.open_disputes(clerk.company_id)
    waiting = [(one.reason, one.disputed_minor) for one in contested]
    assert waiting == ([(reason, left)] if reason else [])
    stage.prove(clerk)
    assert insight.prove(clerk.company_id) == []


@pytest.mark.parametrize("whole", [True, False], ids=["the payment", "what was given"])
def test_all_of_it_is_undone_by_new_postings(clerk: Actor, *, whole: bool) -> None:
    item = invoice(clerk)
    payment = stage.paid(clerk, 116_620, on=IN_TIME)
    cash.apply(clerk, payment, allocations={item: 116_620}, short={item: Solution("discount")})
    given = [one.id for one in queries.adjustments_of_payment(clerk.company_id, payment)]
    if whole:
        cash.undo(clerk, payment)
        assert stage.open_minor(item) == 119_000
    else:
        assert cash.undo_given(clerk, payment, given) == 2_380
        assert stage.open_minor(item) == 2_380
    assert moved(clerk) == {}
    undone = queries.adjustments_of_payment(clerk.company_id, payment)
    assert [(one.undone_on, one.undone_by) for one in undone] == [(clerk.today, clerk.name)]
    before = counts()
    with pytest.raises(Conflict) as refused:
        cash.undo_given(clerk, payment, given)
    assert (refused.value.code, counts()) == ("nothing_to_undo", before)
    assert insight.prove(clerk.company_id) == []


def test_what_was_given_and_undone_is_given_again(clerk: Actor) -> None:
    item = invoice(clerk)
    payment = stage.paid(clerk, 116_620, on=IN_TIME)
    cash.apply(clerk, payment, allocations={item: 116_620}, short={item: Solution("discount")})
    cash.undo(clerk, payment)
    cash.apply(clerk, payment, allocations={item: 116_620}, short={item: Solution("discount")})
    assert stage.open_minor(item) == 0
    assert moved(clerk) == {DISCOUNT: 2_000, VAT_OUTPUT: 380}
    again = queries.adjustments_of_payment(clerk.company_id, payment)[-1]
    assert again.adjusted_on == clerk.today
    assert insight.prove(clerk.company_id) == []


REFUSALS: list[tuple[int, Solution, type[DomainError], str]] = [
    (118_400, Solution("tolerance"), Refused, "above_tolerance"),
    (117_000, Solution("bank_fee"), Refused, "above_bank_fee"),
    (116_000, Solution("discount"), Refused, "above_discount"),
    (110_000, Solution("deduction", "no reason of ours"), Invalid, "reason_unknown"),
    (119_000, Solution("tolerance"), Conflict, "nothing_open"),
]


@pytest.mark.parametrize("at_once", [True, False], ids=["with the money", "afterwards"])
@pytest.mark.parametrize("case", REFUSALS, ids=[case[3] for case in REFUSALS])
def test_what_the_policy_does_not_allow_changes_nothing(
    clerk: Actor, case: tuple[int, Solution, type[DomainError], str], *, at_once: bool
) -> None:
    minor, how, kind, code = case
    item = invoice(clerk)
    payment = stage.paid(clerk, minor, on=IN_TIME)
    if not at_once:
        cash.apply(clerk, payment, allocations={item: minor})
    before = (counts(), stage.open_minor(item))
    act = (
        (lambda: cash.apply(clerk, payment, allocations={item: minor}, short={item: how}))
        if at_once
        else (lambda: cash.solve_short(clerk, payment, item, how))
    )
    with pytest.raises(kind) as refused:
        act()
    assert refused.value.code == code
    assert (counts(), stage.open_minor(item)) == before


def test_small_differences_do_not_add_up_to_a_large_one(clerk: Actor) -> None:
    item = invoice(clerk)
    first = stage.paid(clerk, 100_000, on=LATE)
    cash.apply(clerk, first, allocations={item: 100_000})
    second = stage.paid(clerk, 18_700, on=LATE)
    cash.apply(clerk, second, allocations={item: 18_700}, short={item: Solution("tolerance")})
    given = queries.adjustments_of_payment(clerk.company_id, second)
    assert [one.minor for one in given] == [300]
    third = stage.paid(clerk, 1)
    cash.undo(clerk, first)
    assert stage.open_minor(item) == 100_000
    cash.apply(clerk, first, allocations={item: 99_700})
    with pytest.raises(Refused) as refused:
        cash.solve_short(clerk, first, item, Solution("tolerance"))
    assert refused.value.code == "above_tolerance"
    with pytest.raises(Refused) as refused:
        cash.solve_short(clerk, third, item, Solution("left_open"))
    assert refused.value.code == "payer_unknown"
    assert stage.open_minor(item) == 300


def test_an_invoice_without_discount_offers_none(clerk: Actor) -> None:
    item = invoice(clerk, terms="net30")
    payment = stage.paid(clerk, 116_620, on=IN_TIME)
    with pytest.raises(Refused) as refused:
        cash.apply(clerk, payment, allocations={item: 116_620}, short={item: Solution("discount")})
    assert refused.value.code == "no_discount_offered"


def test_what_was_shown_must_still_be_so(clerk: Actor) -> None:
    item = invoice(clerk)
    payment = stage.paid(clerk, 116_620, on=IN_TIME)
    cash.apply(clerk, payment, allocations={item: 116_620})
    before = counts()
    with pytest.raises(Conflict) as refused:
        cash.solve_short(clerk, payment, item, Solution("discount"), expected_minor=2_381)
    assert (refused.value.code, counts()) == ("item_changed", before)


def test_a_way_is_one_of_five_and_a_deduction_has_a_reason() -> None:
    with pytest.raises(Invalid) as refused:
        cash.solution("forget_it")
    assert refused.value.code == "way_unknown"
    with pytest.raises(Invalid) as refused:
        cash.solution("deduction")
    assert refused.value.code == "deduction_reason_missing"
    assert cash.solution("deduction", reason="price") == Solution("deduction", "price")


def test_a_step_taken_afterwards_ends_the_dispute_of_the_short_payment(clerk: Actor) -> None:
    item = invoice(clerk)
    payment = stage.paid(clerk, 116_620, on=LATE)
    cash.apply(clerk, payment, allocations={item: 116_620})
    [opened] = disputes.open_disputes(clerk.company_id)
    assert (opened.status, opened.reason) == ("open", "short_payment")
    cash.solve_short(clerk, payment, item, Solution("discount"))
    [ended] = disputes.disputes_of(clerk.company_id, opened.customer_id)
    assert (ended.status, ended.resolution) == ("resolved", "credited")


def test_the_ways_of_another_company_are_its_own(clerk: Actor, other: Actor) -> None:
    item = invoice(clerk)
    payment = stage.paid(clerk, 116_620, on=IN_TIME)
    cash.apply(clerk, payment, allocations={item: 116_620})
    before = counts()
    with pytest.raises(DomainError):
        cash.solve_short(other, payment, item, Solution("discount"))
    line = stage.statement([Paid(minor=100, text="ours")], account=stage.OTHER_ACCOUNT)
    cash.take_in(other, filename="other.csv", content=line)
    mine = max(row.id for row in queries.exceptions(other.company_id))
    cash.assign_payer(other, mine, stage.customer(other, "Birch"))
    with pytest.raises(Refused) as refused:
        cash.solve_short(other, mine, item, Solution("discount"))
    assert refused.value.code == "pays_nothing_of_it"
    assert counts()[2] == before[2]


def test_the_taxes_kept_are_a_list_to_read(clerk: Actor) -> None:
    item = invoice(clerk)
    payment = stage.paid(clerk, 116_620, on=IN_TIME)
    cash.apply(clerk, payment, allocations={item: 116_620}, short={item: Solution("discount")})
    [one] = queries.adjustments_of_items(clerk.company_id, [item])
    assert json.loads(one.taxes_text) == [
        {"category": "", "rate": None, "net_minor": 2_000, "tax_minor": 380}
    ]
    assert (one.kind, one.percent, one.until) == ("discount_earned", 2, IN_TIME)
