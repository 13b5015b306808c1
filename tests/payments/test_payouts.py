"""What the provider pays out: fees in the books, and the bank's receipt known for what it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash import queries as cash_read
from creditdesk.cash import services as cash
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Refused
from creditdesk.payments import gateway
from creditdesk.payments import services as payments
from creditdesk.payments.models import Payout
from creditdesk.payments.queries import payouts as reads
from creditdesk.payments.rules import payouts as rules
from creditdesk.plumbing.models import Event
from tests.cash import stage
from tests.cash.stage import Paid
from tests.payments import desk as verbs
from tests.payments.desk import Debt, a_debt, proved, tell, work_off
from tests.support.stripe_server import Provider

ARRIVES = date(2026, 3, 13)


def payout(amount: int, name: str = "po_1") -> dict[str, Any]:
    arrival = int(datetime(2026, 3, 13, tzinfo=UTC).timestamp())
    return {"id": name, "object": "payout", "amount": amount, "currency": "eur",
            "arrival_date": arrival, "status": "paid"}  # fmt: skip


def movement(kind: str, amount: int, fee: int, name: str) -> dict[str, Any]:
    return {"id": name, "type": kind, "amount": amount, "fee": fee, "net": amount - fee,
            "currency": "eur", "source": f"src_{name}"}  # fmt: skip


@pytest.fixture
def debt(desk: Actor, provider: Provider, stripe_of: gateway.Stripe) -> Debt:
    found = a_debt(desk)
    verbs.paid(desk, found, provider, stripe_of)
    provider.movements["po_1"] = [
        movement("payout", -14_500, 0, "txn_0"),
        movement("charge", 15_000, 450, "txn_1"),
        movement("stripe_fee", -50, 0, "txn_2"),
    ]
    return found


def receipt(text: str = "STRIPE PAYMENTS PO_1", on: date = ARRIVES, minor: int = 14_500) -> Paid:
    return Paid(minor=minor, text=text, name="Stripe Technology Europe", on=on)


def told(desk: Actor, stripe_of: gateway.Stripe, amount: int = 14_500) -> str:
    return work_off(desk, tell(desk, "payout.paid", payout(amount)), stripe_of)


@pytest.mark.parametrize("bank_first", [True, False])
def test_a_payout_clears_what_the_provider_took_net_of_its_fees(
    desk: Actor, debt: Debt, stripe_of: gateway.Stripe, *, bank_first: bool
) -> None:
    if bank_first:
        stage.take_in(desk, receipt())
    assert told(desk, stripe_of) == ("cleared" if bank_first else "awaited")
    if not bank_first:
        assert stage.books(desk)["online"] == 14_500
        stage.take_in(desk, receipt())
    books = stage.books(desk)
    assert books == {
        "bank": 14_500, "payment_fees": 500, "revenue": -15_000,
    }  # fmt: skip
    found = Payout.objects.get()
    assert (found.minor, found.fee_minor, found.payment_id is not None) == (14_500, 500, True)
    assert found.parts.count() == 2
    assert stage.payment(found.payment_id or 0).unapplied_minor == 0
    fact = Event.objects.get(name="payments.payout_cleared").data
    assert (fact["minor"], fact["fee_minor"]) == (14_500, 500)
    matched = cash.match(desk)
    assert str(matched).count("14500") == 0
    proved(desk)


def test_the_same_payout_told_twice_is_booked_once(
    desk: Actor, debt: Debt, stripe_of: gateway.Stripe
) -> None:
    told(desk, stripe_of)
    again = work_off(desk, tell(desk, "payout.paid", payout(14_500), number="again"), stripe_of)
    assert (again, Payout.objects.count()) == ("known", 1)
    assert stage.books(desk)["payment_fees"] == 500


@pytest.mark.parametrize(
    "line",
    [receipt("Invoice 14500 of a customer"), receipt(on=date(2026, 3, 2)), receipt(minor=14_499)],
)
def test_what_is_no_payout_stays_a_receipt(
    desk: Actor, debt: Debt, stripe_of: gateway.Stripe, line: Paid
) -> None:
    told(desk, stripe_of)
    other = Paid(minor=line.minor, text=line.text, on=line.on)
    stage.take_in(desk, other)
    assert Payout.objects.get().payment_id is None
    assert stage.books(desk)["unidentified"] == -line.minor
    proved(desk)


def test_between_equals_a_person_decides(
    desk: Actor, debt: Debt, stripe_of: gateway.Stripe
) -> None:
    told(desk, stripe_of)
    stage.take_in(desk, receipt("STRIPE"), receipt("STRIPE PAYOUT"))
    assert Payout.objects.get().payment_id is None
    first, second = sorted(row.id for row in cash_read.exceptions(desk.company_id))
    payments.clear(desk, "po_1", second)
    assert Payout.objects.get().payment_id == second
    with pytest.raises(Conflict) as known:
        payments.clear(desk, "po_1", first)
    assert known.value.code == "payout_cleared"
    proved(desk)


def test_a_receipt_of_another_amount_is_no_payout(
    desk: Actor, debt: Debt, stripe_of: gateway.Stripe
) -> None:
    told(desk, stripe_of)
    payment = stage.paid(desk, 14_000, "STRIPE")
    with pytest.raises(Refused) as refused:
        payments.clear(desk, "po_1", payment)
    assert refused.value.code == "payout_differs"
    assert stage.payment(payment).unapplied_minor == 14_000


def test_parts_that_do_not_make_the_payout_are_refused(
    desk: Actor, debt: Debt, stripe_of: gateway.Stripe
) -> None:
    notice = tell(desk, "payout.paid", payout(14_501))
    with pytest.raises(Refused) as refused:
        work_off(desk, notice, stripe_of)
    assert refused.value.code == "payout_does_not_add_up"
    assert (Payout.objects.count(), stage.books(desk)["online"]) == (0, 15_000)


def test_while_the_provider_is_silent_the_job_fails_and_is_tried_again(
    desk: Actor, debt: Debt, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    notice = tell(desk, "payout.paid", payout(14_500))
    provider.faults = ["", "silent", "silent", "silent"]  # the second page does not come
    with pytest.raises(Conflict) as silent:
        work_off(desk, notice, stripe_of)
    assert (silent.value.code, Payout.objects.count()) == ("provider_silent", 0)
    assert work_off(desk, notice, stripe_of) == "awaited"


# -- the rule: which receipt is which payout -------------------------------------------------------

DAY = date(2026, 3, 13)
awaited = st.builds(
    rules.Awaited,
    id=st.integers(1, 4),
    name=st.sampled_from(["po_1", "po_2", "po_3"]),
    minor=st.sampled_from([100, 200]),
    currency=st.sampled_from(["EUR", "USD"]),
    arrives_on=st.dates(date(2026, 3, 10), date(2026, 3, 20)),
)
receipts = st.builds(
    rules.Candidate,
    id=st.integers(1, 4),
    minor=st.sampled_from([100, 200]),
    currency=st.sampled_from(["EUR", "USD"]),
    received_on=st.dates(date(2026, 3, 8), date(2026, 3, 28)),
    words=st.sampled_from(["STRIPE", "STRIPE PO_1", "PO_2", "RENT"]),
)


@given(
    st.lists(awaited, max_size=4, unique_by=lambda one: one.id),
    st.lists(receipts, max_size=4, unique_by=lambda one: one.id),
)
def test_no_payout_and_no_receipt_is_paired_twice_nor_with_what_it_cannot_be(
    left: list[rules.Awaited], right: list[rules.Candidate]
) -> None:
    pairs = rules.pairs(left, right)
    assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs)
    of, by = {one.id: one for one in left}, {one.id: one for one in right}
    for payout_id, receipt_id in pairs:
        one, other = of[payout_id], by[receipt_id]
        assert (one.minor, one.currency) == (other.minor, other.currency)
        assert -2 <= (other.received_on - one.arrives_on).days <= 7
        assert "STRIPE" in other.words or one.name.upper() in other.words
    assert sorted(rules.pairs(left[::-1], right[::-1])) == sorted(pairs)


# -- taken from our bank, asked for by hand, failed ------------------------------------------------

ASKED = int(datetime(2026, 3, 11, tzinfo=UTC).timestamp())


def pulled(desk: Actor, provider: Provider, stripe_of: gateway.Stripe, name: str = "po_9") -> str:
    """The provider takes 20.00 from our bank: a chargeback of 25.00 after sales of 5.50."""
    provider.movements[name] = [
        movement("payout", 2_000, 0, f"txn_{name}_0"),
        movement("adjustment", -2_500, 0, f"txn_{name}_1"),
        movement("charge", 550, 50, f"txn_{name}_2"),
    ]
    return work_off(desk, tell(desk, "payout.paid", payout(-2_000, name)), stripe_of)


def taken(text: str = "STRIPE DEBIT PO_9", minor: int = -2_000, on: date = ARRIVES) -> Paid:
    return Paid(minor=minor, text=text, name="Stripe Technology Europe", on=on)


@pytest.mark.parametrize("bank_first", [True, False])
def test_what_the_provider_takes_from_our_bank_is_cleared_by_the_line_it_left_on(
    desk: Actor, debt: Debt, provider: Provider, stripe_of: gateway.Stripe, *, bank_first: bool
) -> None:
    if bank_first:
        stage.take_in(desk, taken())
    assert pulled(desk, provider, stripe_of) == ("cleared" if bank_first else "awaited")
    if not bank_first:
        assert stage.books(desk)["online"] == 15_000 - 50
        stage.take_in(desk, taken())
    books = stage.books(desk)
    assert (books["online"], books["bank"], books["payment_fees"]) == (16_950, -2_000, 50)
    found = Payout.objects.get()
    assert (found.minor, found.payment_id, found.bank_line_id is None) == (-2_000, None, False)
    fact = Event.objects.get(name="payments.payout_cleared").data
    assert (fact["payment_id"], fact["minor"]) == (None, -2_000)
    stage.take_in(desk, taken(), Paid(minor=1, text="more", on=ARRIVES), name="again.csv")
    assert stage.books(desk)["online"] == 16_950
    proved(desk)


@pytest.mark.parametrize(
    "line",
    [taken("RENT"), taken(minor=-2_001), taken(on=date(2026, 3, 2)), taken("RETOURE STRIPE PO_9")],
)
def test_what_left_otherwise_is_no_payout(
    desk: Actor, debt: Debt, provider: Provider, stripe_of: gateway.Stripe, line: Paid
) -> None:
    pulled(desk, provider, stripe_of)
    other = Paid(minor=line.minor, text=line.text, on=line.on)
    stage.take_in(desk, other)
    assert Payout.objects.get().bank_line_id is None
    assert "bank" not in stage.books(desk)


def test_between_two_lines_out_a_person_decides_and_none_clears_twice(
    desk: Actor, debt: Debt, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    pulled(desk, provider, stripe_of)
    pulled(desk, provider, stripe_of, "po_8")
    stage.take_in(desk, taken("STRIPE"), taken("STRIPE AGAIN"))
    assert "bank" not in stage.books(desk)
    first, second = reads.bank_side(desk.company_id, {-2_000}, since=ARRIVES)
    payments.clear(desk, "po_9", second.id)
    with pytest.raises(Refused) as refused:
        payments.clear(desk, "po_8", second.id)
    assert refused.value.code == "payout_differs"
    payments.clear(desk, "po_8", first.id)
    assert stage.books(desk)["bank"] == -4_000
    states = [(row.payout, row.state, row.taken_on) for row in reads.payouts(desk.company_id)]
    assert sorted(states) == [("po_8", "cleared", ARRIVES), ("po_9", "cleared", ARRIVES)]
    proved(desk)


def test_a_payout_asked_for_by_hand_keeps_the_movements_until_then_and_arrives(
    desk: Actor, debt: Debt, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    del provider.movements["po_1"]
    early = {"created": ASKED - 100}
    provider.movements["any"] = [
        {**movement("charge", 15_000, 450, "txn_1"), **early},
        {**movement("stripe_fee", -50, 0, "txn_2"), **early},
        {**movement("payout", -9_000, 0, "txn_3"), **early},
        {**movement("charge", 700, 40, "txn_5"), "created": ASKED + 1},
        {**movement("charge", 800, 40, "txn_6"), "created": ASKED - 91 * 24 * 3600},
        {**movement("charge", 900, 90, "txn_4"), **early, "currency": "usd"},
    ]
    by_hand = {**payout(9_000), "automatic": False, "created": ASKED}
    assert work_off(desk, tell(desk, "payout.paid", by_hand), stripe_of) == "awaited"
    found = Payout.objects.get()
    assert (found.is_manual, found.fee_minor) == (True, 500)
    assert {one.movement for one in found.parts.all()} == {"txn_1", "txn_2"}
    stage.take_in(desk, receipt(minor=9_000))
    assert stage.books(desk) == {
        "bank": 9_000, "online": 5_500, "payment_fees": 500, "revenue": -15_000,
    }  # fmt: skip
    # The next one sums up by itself what was booked before: no fee is booked twice.
    provider.movements["po_2"] = [
        movement("charge", 15_000, 450, "txn_1"),
        movement("adjustment", -9_050, 0, "txn_7"),
    ]
    told_again = tell(desk, "payout.paid", payout(5_500, "po_2"))
    assert work_off(desk, told_again, stripe_of) == "awaited"
    assert stage.books(desk)["payment_fees"] == 500
    proved(desk)


def test_a_payout_that_failed_is_awaited_no_more(
    desk: Actor, debt: Debt, stripe_of: gateway.Stripe
) -> None:
    gone = {**payout(14_500), "status": "failed"}
    assert work_off(desk, tell(desk, "payout.failed", gone)) == "of_no_interest"
    told(desk, stripe_of)
    assert work_off(desk, tell(desk, "payout.failed", gone, number="2")) == "failed"
    stage.take_in(desk, receipt())
    assert (Payout.objects.get().payment_id, reads.payout(desk.company_id, "po_1").state) == (
        None, "failed",
    )  # fmt: skip
    [line] = reads.bank_side(desk.company_id, {14_500}, since=ARRIVES)
    with pytest.raises(Conflict) as conflict:
        payments.clear(desk, "po_1", line.id)
    assert conflict.value.code == "payout_failed"
    assert work_off(desk, tell(desk, "payout.failed", gone, number="3")) == "known"
    assert stage.books(desk)["online"] == 14_500
    proved(desk)


def test_a_payout_that_arrived_stays_cleared_whatever_is_told_later(
    desk: Actor, debt: Debt, stripe_of: gateway.Stripe
) -> None:
    stage.take_in(desk, receipt())
    told(desk, stripe_of)
    gone = {**payout(14_500), "status": "failed"}
    assert work_off(desk, tell(desk, "payout.failed", gone)) == "known"
    assert reads.payout(desk.company_id, "po_1").state == "cleared"
    proved(desk)
