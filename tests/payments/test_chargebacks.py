"""A card holder's bank takes a payment back: new postings, open items, a case; won, all is back."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest

from creditdesk.kernel.actor import Actor
from creditdesk.payments import gateway
from creditdesk.payments import services as payments
from creditdesk.payments.models import Case, CaseEntry, Chargeback
from creditdesk.plumbing import sql
from creditdesk.plumbing.models import Event
from tests.cash import stage
from tests.payments import desk as verbs
from tests.payments.desk import Debt, a_debt, proved, told
from tests.support.stripe_server import Provider

CREATED, UPDATED, CLOSED = (f"charge.dispute.{one}" for one in ("created", "updated", "closed"))
DUE = 1_774_224_000  # 23 March 2026


def dispute(status: str, *, amount: int = 15_000, fee: int = 2_000, **more: Any) -> dict[str, Any]:
    moves = [{"id": "txn_d", "amount": -amount, "fee": fee, "currency": "eur"}]
    return {
        "id": "dp_1",
        "object": "dispute",
        "amount": amount,
        "currency": "eur",
        "payment_intent": "pi_test_1",
        "charge": "ch_1",
        "reason": "fraudulent",
        "status": status,
        "evidence_details": {"due_by": DUE},
        "balance_transactions": moves if fee else [],
        **more,
    }


@pytest.fixture
def debt(desk: Actor, provider: Provider, stripe_of: gateway.Stripe) -> Debt:
    """Two invoices paid online in full."""
    found = a_debt(desk)
    verbs.paid(desk, found, provider, stripe_of)
    return found


def open_minors(debt: Debt) -> list[int]:
    return [stage.open_minor(debt.first), stage.open_minor(debt.second)]


def payment_id() -> int:
    return verbs.attempt().payment_id or 0


def test_a_chargeback_opens_the_items_again_and_is_a_case_with_its_evidence(
    desk: Actor, debt: Debt
) -> None:
    assert told(desk, CREATED, dispute("needs_response")) == "charged_back"
    assert open_minors(debt) == [10_000, 5_000]
    assert stage.payment(payment_id()).unapplied_minor == 0
    assert stage.exposed(desk, debt.customer) == (15_000, 0)
    assert stage.holds(desk, debt.customer) == []
    books = stage.books(desk)
    assert (books["online"], books["payment_fees"], books["receivable"]) == (-2_000, 2_000, 15_000)
    case = Case.objects.get()
    assert (case.kind, case.state, case.due_on, case.minor, case.customer_id) == (
        "chargeback", "open", date(2026, 3, 23), 15_000, debt.customer,
    )  # fmt: skip
    entry = CaseEntry.objects.get()
    assert (entry.act, entry.notice_id is not None) == ("opened", True)
    fact = Event.objects.get(name="payments.charged_back").data
    assert (fact["customer_id"], fact["minor"], fact["reason"]) == (
        debt.customer, 15_000, "fraudulent",
    )  # fmt: skip
    assert sorted(fact["item_ids"]) == [debt.first, debt.second]
    proved(desk)


def test_a_chargeback_that_is_won_settles_the_same_items_again(desk: Actor, debt: Debt) -> None:
    told(desk, CREATED, dispute("needs_response"), at=1_773_000_000)
    assert told(desk, UPDATED, dispute("under_review"), at=1_773_000_100) == "noted"
    assert Case.objects.get().state == "waiting"
    given_back = dispute("won", fee=500)  # the provider keeps less of its fee
    assert told(desk, CLOSED, given_back, at=1_773_000_200) == "won"
    assert open_minors(debt) == [0, 0]
    case = Case.objects.get()
    assert (case.state, case.ending, case.closed_on) == ("closed", "won", desk.today)
    assert stage.books(desk)["online"] == 14_500
    ended = Event.objects.get(name="payments.chargeback_ended").data
    assert (ended["outcome"], ended["customer_id"]) == ("won", debt.customer)
    proved(desk)


def test_a_chargeback_that_is_lost_leaves_the_items_open(desk: Actor, debt: Debt) -> None:
    told(desk, CREATED, dispute("needs_response"), at=1_773_000_000)
    assert told(desk, CLOSED, dispute("lost"), at=1_773_000_200) == "lost"
    assert open_minors(debt) == [10_000, 5_000]
    assert Case.objects.get().ending == "lost"
    assert Chargeback.objects.get().taken_minor == 15_000
    proved(desk)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[::2])
@pytest.mark.parametrize("ending", ["won", "lost"])
def test_in_whatever_order_it_is_told_the_end_counts(
    desk: Actor, debt: Debt, order: tuple[int, ...], ending: str
) -> None:
    events = [
        (CREATED, dispute("needs_response"), 1_773_000_000),
        (UPDATED, dispute("under_review"), 1_773_000_100),
        (CLOSED, dispute(ending), 1_773_000_200),
    ]
    for place in (*order, *order):
        kind, about, at = events[place]
        told(desk, kind, about, at=at)
    assert open_minors(debt) == ([0, 0] if ending == "won" else [10_000, 5_000])
    assert (Case.objects.get().state, Case.objects.get().ending) == ("closed", ending)
    assert stage.books(desk)["payment_fees"] == 2_000
    proved(desk)


def test_an_inquiry_takes_nothing(desk: Actor, debt: Debt) -> None:
    asked = dispute("warning_needs_response", fee=0)
    assert told(desk, CREATED, asked, at=1_773_000_000) == "noted"
    assert open_minors(debt) == [0, 0]
    closed = dispute("warning_closed", fee=0)
    assert told(desk, CLOSED, closed, at=1_773_000_100) == "withdrawn"
    assert (Case.objects.get().state, Case.objects.get().ending) == ("closed", "withdrawn")
    assert stage.books(desk)["online"] == 15_000
    proved(desk)


def test_a_part_taken_back_leaves_the_first_items_settled(desk: Actor, debt: Debt) -> None:
    told(desk, CREATED, dispute("needs_response", amount=7_000), at=1_773_000_000)
    assert open_minors(debt) == [2_000, 5_000]
    assert stage.payment(payment_id()).unapplied_minor == 0
    told(desk, CLOSED, dispute("won", amount=7_000), at=1_773_000_100)
    assert open_minors(debt) == [0, 0]
    proved(desk)


def test_what_was_paid_again_meanwhile_stays_unapplied_when_it_is_won(
    desk: Actor, debt: Debt
) -> None:
    told(desk, CREATED, dispute("needs_response"), at=1_773_000_000)
    again = stage.paid(desk, 10_000, "by bank")
    stage.cash.apply(desk, again, allocations={debt.first: 10_000})
    told(desk, CLOSED, dispute("won"), at=1_773_000_100)
    assert open_minors(debt) == [0, 0]
    assert stage.payment(payment_id()).unapplied_minor == 10_000
    proved(desk)


def test_money_that_was_not_applied_leaves_without_opening_anything(
    desk: Actor, debt: Debt
) -> None:
    stage.cash.undo(desk, payment_id())
    told(desk, CREATED, dispute("needs_response"))
    assert stage.payment(payment_id()).unapplied_minor == 0
    assert Event.objects.get(name="payments.charged_back").data["item_ids"] == []
    proved(desk)


def test_a_dispute_of_somebody_elses_payment_is_left_alone(desk: Actor, debt: Debt) -> None:
    assert told(desk, CREATED, dispute("needs_response", payment_intent="pi_x")) == "not_ours"
    assert told(desk, CREATED, dispute("needs_response", payment_intent=None)) == "not_ours"
    assert (Case.objects.count(), open_minors(debt)) == (0, [0, 0])


def test_a_case_that_a_person_closed_stays_closed(desk: Actor, debt: Debt) -> None:
    told(desk, CREATED, dispute("needs_response"), at=1_773_000_000)
    reference = Case.objects.get().reference
    payments.close(desk, reference, ending="rejected", answer="we wrote to the bank")
    told(desk, UPDATED, dispute("under_review"), at=1_773_000_100)
    assert (Case.objects.get().state, Case.objects.get().ending) == ("closed", "rejected")
    assert CaseEntry.objects.count() == 3


def charge(refunded: int) -> dict[str, Any]:
    return {
        "id": "ch_1", "object": "charge", "currency": "eur", "payment_intent": "pi_test_1",
        "amount": 15_000, "amount_refunded": refunded,
    }  # fmt: skip


def test_what_the_provider_refunds_leaves_the_payment_each_part_once(
    desk: Actor, debt: Debt
) -> None:
    assert told(desk, "charge.refunded", charge(4_000)) == "refunded"
    assert open_minors(debt) == [0, 4_000]
    assert told(desk, "charge.refunded", charge(4_000), number="again") == "known"
    assert told(desk, "charge.refunded", charge(6_000)) == "refunded"
    assert open_minors(debt) == [1_000, 5_000]
    assert stage.books(desk)["online"] == 9_000
    assert [(one.kind, one.minor) for one in Case.objects.order_by("id")] == [
        ("refunded_elsewhere", 4_000), ("refunded_elsewhere", 2_000),
    ]  # fmt: skip
    assert sql.scalars("SELECT minor FROM cash_return ORDER BY id") == [4_000, 2_000]
    proved(desk)


def test_a_chargeback_after_a_refund_takes_no_more_than_is_left(desk: Actor, debt: Debt) -> None:
    told(desk, "charge.refunded", charge(15_000))
    told(desk, CREATED, dispute("needs_response"))
    assert Chargeback.objects.get().taken_minor == 0
    assert stage.books(desk)["online"] == -2_000
    proved(desk)
