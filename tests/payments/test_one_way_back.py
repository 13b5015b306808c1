"""A chargeback is a return like a bank's: fee, count and block by policy; won, it is undone."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from creditdesk.cash import services as cash
from creditdesk.cash.services import Move, Returned
from creditdesk.credit import queries as credit
from creditdesk.invoices import charge_queries
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.ledger.rules import ONLINE
from creditdesk.payments import gateway
from creditdesk.payments.models import Chargeback
from creditdesk.plumbing import sql
from creditdesk.plumbing.models import Event
from creditdesk.treasury import services as treasury
from tests.cash import stage
from tests.cash.test_returns import with_returns
from tests.payments import desk as verbs
from tests.payments.desk import Debt, a_debt, proved, told
from tests.payments.test_chargebacks import CLOSED, CREATED, charge, dispute
from tests.support.stripe_server import Provider


@pytest.fixture
def debt(desk: Actor, provider: Provider, stripe_of: gateway.Stripe) -> Debt:
    """Two invoices paid online in full."""
    found = a_debt(desk)
    verbs.paid(desk, found, provider, stripe_of)
    return found


def payment_id() -> int:
    return verbs.attempt().payment_id or 0


def blocked(desk: Actor, customer: int) -> bool:
    return customer in credit.blocks(desk.company_id)


def fees(desk: Actor) -> list[int]:
    found = charge_queries.charge_listing(desk.company_id).rows
    return [one.left_minor for one in found if one.kind == "return_fee"]


def standing() -> tuple[int, int, int]:
    """What of the payment is unapplied, set apart, and went back."""
    found = sql.scalar(
        "SELECT ARRAY[unapplied_minor, earmarked_minor, returned_minor] FROM cash_payment"
        " WHERE id = %s",
        [payment_id()],
    )
    return tuple(found)


def returns() -> list[tuple[Any, ...]]:
    rows = sql.scalars(
        "SELECT json_build_array(why, minor, reason_code, state)::text FROM cash_return ORDER BY id"
    )
    return [tuple(json.loads(row)) for row in rows]


def facts(name: str) -> list[dict[str, Any]]:
    return [one.data for one in Event.objects.filter(name=name).order_by("id")]


def test_a_chargeback_costs_the_fee_counts_and_is_told_as_a_return(desk: Actor, debt: Debt) -> None:
    with_returns(desk, fee_minor=700, block_at_count=1)
    assert told(desk, CREATED, dispute("needs_response")) == "charged_back"
    assert returns() == [("charged_back", 15_000, "fraudulent", "posted")]
    assert fees(desk) == [700]
    assert blocked(desk, debt.customer)
    assert stage.exposed(desk, debt.customer) == (15_700, 0)
    [fact] = facts("cash.payments_returned")
    assert (fact["payment_ids"], fact["customer_ids"], fact["reason_codes"]) == (
        [payment_id()], [debt.customer], ["fraudulent"],
    )  # fmt: skip
    assert sorted(fact["item_ids"]) == [debt.first, debt.second]
    assert [one["customer_id"] for one in facts("credit.customer_blocked")] == [debt.customer]
    assert standing()[2] == 15_000
    assert sql.scalar("SELECT count(*) FROM cash_move") == 0
    proved(desk)


def test_won_the_fee_is_waived_and_the_return_no_longer_counts(desk: Actor, debt: Debt) -> None:
    with_returns(desk, fee_minor=700, block_at_count=2)
    told(desk, CREATED, dispute("needs_response"), at=1_773_000_000)
    assert told(desk, CLOSED, dispute("won"), at=1_773_000_200) == "won"
    assert returns() == [("given_back", 15_000, "fraudulent", "posted")]
    assert [stage.open_minor(one) for one in (debt.first, debt.second)] == [0, 0]
    assert fees(desk) == [0]
    assert stage.exposed(desk, debt.customer) == (0, 0)
    assert standing()[2] == 0
    # The next return is the first that counts.
    again = stage.paid(desk, 1_000, "by bank")
    cash.assign_payer(desk, again, debt.customer)
    cash.return_payments(desk, [Returned(payment_id=again, on=desk.today)])
    assert not blocked(desk, debt.customer)
    proved(desk)


def test_what_we_refunded_ourselves_says_nothing_of_the_payer(desk: Actor, debt: Debt) -> None:
    with_returns(desk, fee_minor=700, block_at_count=1)
    assert told(desk, "charge.refunded", charge(15_000)) == "refunded"
    assert returns() == [("refunded_elsewhere", 15_000, "", "posted")]
    assert (fees(desk), blocked(desk, debt.customer)) == ([], False)
    assert "online" not in stage.books(desk)
    proved(desk)


def test_a_refund_under_way_is_cancelled_by_a_chargeback(desk: Actor, debt: Debt) -> None:
    cash.undo(desk, payment_id())
    asked = treasury.ask_refund(
        desk, payment_id(), minor=15_000, iban="DE89370400440532013000", payee="Acorn", reason="x"
    )
    assert told(desk, CREATED, dispute("needs_response")) == "charged_back"
    state = "SELECT state FROM treasury_refund WHERE id = %s"
    assert sql.scalar(state, [asked.refund_id]) == "cancelled"
    assert standing() == (0, 0, 15_000)
    proved(desk)


def test_what_is_set_apart_stays_apart_when_a_part_is_charged_back(desk: Actor, debt: Debt) -> None:
    cash.undo(desk, payment_id())
    cash.apply(desk, payment_id(), allocations={debt.first: 10_000})
    treasury.ask_refund(
        desk, payment_id(), minor=5_000, iban="DE89370400440532013000", payee="Acorn", reason="x"
    )
    told(desk, CREATED, dispute("needs_response", amount=6_000))
    # 9,000 are left: 5,000 wait to be paid out, 4,000 settle the first invoice.
    assert standing() == (5_000, 5_000, 6_000)
    assert stage.open_minor(debt.first) == 6_000
    proved(desk)


def test_one_that_left_as_a_move_before_returns_were_the_one_way_is_won_back(
    desk: Actor, debt: Debt
) -> None:
    told(desk, CREATED, dispute("warning_needs_response", fee=0), at=1_773_000_000)
    cash.undo(desk, payment_id())
    cash.move(desk, [Move(payment_id(), 15_000, ONLINE, "charged_back", desk.today)])
    kept = [[debt.first, 10_000], [debt.second, 5_000]]
    Chargeback.objects.update(state="needs_response", taken_minor=15_000, applied=kept)
    assert told(desk, CLOSED, dispute("won", fee=0), at=1_773_000_100) == "won"
    assert [stage.open_minor(one) for one in (debt.first, debt.second)] == [0, 0]
    assert sql.scalars("SELECT minor FROM cash_move ORDER BY id") == [15_000, -15_000]
    proved(desk)


def test_a_return_told_by_hand_leaves_the_account_the_money_came_in_on(
    desk: Actor, debt: Debt
) -> None:
    cash.return_payments(desk, [Returned(payment_id=payment_id(), on=desk.today)])
    assert stage.books(desk) == {"receivable": 15_000, "revenue": -15_000}
    proved(desk)


def test_a_return_is_undone_once_and_only_if_it_took_something(desk: Actor, debt: Debt) -> None:
    done = cash.return_payments(
        desk, [Returned(payment_id=payment_id(), on=desk.today, minor=4_000, why="charged_back")]
    )
    [number] = done.return_ids
    assert cash.undo_return(desk, number, on=date(2026, 3, 1), reason="won") == 4_000
    books = stage.books(desk)
    for what, code in ((number, "return_settled"), (number + 1_000, "return_unknown")):
        with pytest.raises((Conflict, NotFound)) as caught:
            cash.undo_return(desk, what, on=desk.today, reason="won")
        assert caught.value.code == code
    assert stage.books(desk) == books
    proved(desk)


def test_no_more_returns_than_is_there_when_some_was_moved_away(desk: Actor, debt: Debt) -> None:
    cash.undo(desk, payment_id())
    cash.move(desk, [Move(payment_id(), 15_000, ONLINE, "charged_back", desk.today)])
    with pytest.raises(Refused) as refused:
        cash.return_payments(desk, [Returned(payment_id=payment_id(), on=desk.today)])
    assert refused.value.code == "return_exceeds_payment"
    assert standing()[2] == 0
    proved(desk)
