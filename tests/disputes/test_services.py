from __future__ import annotations

from decimal import Decimal

import pytest

from creditdesk.cash.events import ShortPaid
from creditdesk.contact import queries as contact_queries
from creditdesk.disputes import queries
from creditdesk.disputes import services as disputes
from creditdesk.disputes.rules import NewDispute, speaks_for_itself
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from tests.collections.stage import a_debtor


def holds(actor: Actor) -> list[tuple[int | None, str]]:
    return [(hold.item_id, hold.source) for hold in contact_queries.live_holds(actor.company_id)]


@pytest.mark.parametrize(
    ("short", "total", "percent", "is_dispute"),
    [(0, 100, 50, False), (1, 100, 50, True), (49, 100, 50, True), (50, 100, 50, False),
     (99, 100, 50, False), (1, 3, 33, False), (1, 4, 33, True)],
)  # fmt: skip
def test_when_a_short_payment_speaks_for_itself(
    short: int, total: int, percent: int, *, is_dispute: bool
) -> None:
    assert speaks_for_itself(short, total, Decimal(percent)) is is_dispute


def test_a_dispute_holds_its_item_until_resolved(actor: Actor) -> None:
    customer_id, item_id = a_debtor(actor, late=10)
    [reference] = disputes.open(actor, [NewDispute(item_id, "price", 2_500, "rebate missing")])
    assert holds(actor) == [(item_id, f"dispute:{reference}")]
    [row] = queries.open_disputes(actor.company_id, customer_id)
    assert (row.reference, row.disputed_minor, row.currency, row.status, row.opened_on) == (
        "DSP-2026-000001", 2_500, "EUR", "open", actor.today,
    )  # fmt: skip
    assert queries.open_item_ids(actor.company_id) == {item_id}
    disputes.resolve(actor, reference, resolution="credited", note="agreed")
    assert holds(actor) == []
    assert queries.open_disputes(actor.company_id) == []
    [row] = queries.disputes_of(actor.company_id, customer_id)
    assert (row.resolution, row.note) == ("credited", "rebate missing\nagreed")
    with pytest.raises(Conflict) as conflict:
        disputes.resolve(actor, reference, resolution="rejected")
    assert conflict.value.code == "dispute_not_open"
    assert disputes.open(actor, [NewDispute(item_id, "price")]) == ["DSP-2026-000002"]


def test_an_item_is_disputed_once_and_a_refused_batch_opens_none(actor: Actor) -> None:
    _, item_id = a_debtor(actor, late=10)
    _, other = a_debtor(actor, "C2", late=10)
    disputes.open(actor, [NewDispute(item_id, "price")])
    with pytest.raises(Conflict) as conflict:
        disputes.open(actor, [NewDispute(other, "price"), NewDispute(item_id, "quality")])
    assert conflict.value.code == "already_disputed"
    assert queries.open_item_ids(actor.company_id) == {item_id}
    assert len(holds(actor)) == 1


@pytest.mark.parametrize(
    ("reason", "minor", "code"),
    [("price", 0, "disputed_amount"), ("price", 10_001, "disputed_amount"),
     ("mood", None, "reason_unknown")],
)  # fmt: skip
def test_a_dispute_that_cannot_be_is_refused(
    actor: Actor, reason: str, minor: int | None, code: str
) -> None:
    _, item_id = a_debtor(actor, late=10)
    with pytest.raises((Refused, Invalid)) as refused:
        disputes.open(actor, [NewDispute(item_id, reason, minor)])
    assert refused.value.code == code
    with pytest.raises(NotFound) as unknown:
        disputes.open(actor, [NewDispute(item_id + 1, "price")])
    assert unknown.value.code == "item_unknown"
    assert (queries.open_item_ids(actor.company_id), holds(actor)) == (frozenset(), [])


def short(item_id: int, minor: int, customer_id: int = 1) -> ShortPaid:
    return ShortPaid(
        item_id=item_id, payment_id=1, customer_id=customer_id, short_minor=minor,
        open_minor=10_000,
    )  # fmt: skip


def test_short_payments_open_disputes_below_the_policys_percent(actor: Actor) -> None:
    _, little = a_debtor(actor, "C1", late=10)
    _, much = a_debtor(actor, "C2", late=10)
    _, known = a_debtor(actor, "C3", late=10)
    disputes.open(actor, [NewDispute(known, "price")])
    disputes.open_for_short_payments(
        actor, [short(little, 300), short(much, 5_000), short(known, 300), short(999_999, 1)]
    )
    row = queries.dispute(actor.company_id, "DSP-2026-000002")
    assert (row.item_id, row.reason, row.disputed_minor) == (little, "short_payment", 300)
    disputes.open_for_short_payments(actor, [short(little, 300)])
    assert queries.open_item_ids(actor.company_id) == {little, known}
