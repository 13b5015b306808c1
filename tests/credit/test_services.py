"""Limits by date, exposure, reservations and blocks, on real tables."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditdesk.credit import queries, services
from creditdesk.credit.rules import ExposureChange, NewLimit
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from tests.orders.verbs import EARLY, a_customer, opened
from tests.support.fixtures import TODAY, founded


def change(
    customer: int, open_minor: int = 0, *, unapplied: int = 0, currency: str = "EUR"
) -> ExposureChange:
    return ExposureChange(
        customer_id=customer, currency=currency, open_minor=open_minor, unapplied_minor=unapplied
    )


def owed(actor: Actor, customer: int) -> dict[str, tuple[int, int, int]]:
    return {
        row.currency: (row.open_minor, row.unapplied_minor, row.reserved_minor)
        for row in queries.exposure(actor.company_id, customer)
    }


def reserve(actor: Actor, customer: int, reference: str, minor: int, currency: str = "EUR") -> None:
    services.reserve(
        actor, customer_id=customer, order_reference=reference, currency=currency, minor=minor,
        expires_on=TODAY + timedelta(days=30),
    )  # fmt: skip


def test_the_latest_record_counts_and_an_expired_one_leaves_no_limit(desk: Actor) -> None:
    customer = a_customer(desk, limit=None)
    for minor, first, last in (
        (10_000, date(2026, 1, 1), None),
        (50_000, date(2026, 2, 1), date(2026, 2, 28)),
        (20_000, date(2026, 4, 1), None),
        (25_000, date(2026, 4, 1), None),
    ):
        services.set_limit(
            desk, customer, minor=minor, currency="EUR", valid_from=first, valid_to=last
        )
    seen = {
        on: limit.minor if (limit := queries.limits(desk.company_id, on).get(customer)) else None
        for on in (
            date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 28), date(2026, 3, 1),
            date(2026, 4, 1),
        )
    }  # fmt: skip
    assert list(seen.values()) == [None, 10_000, 50_000, None, 25_000]
    assert len(queries.limit_history(desk.company_id, customer)) == 4


def test_limits_in_bulk_are_all_or_none(desk: Actor) -> None:
    ids = [a_customer(desk, f"B-{n}", limit=None) for n in range(3)]
    rows = [NewLimit(customer_id=i, minor=i, currency="EUR", valid_from=EARLY) for i in ids]
    assert services.set_limits(desk, rows) == 3
    stranger = NewLimit(customer_id=10**12, minor=1, currency="EUR", valid_from=TODAY)
    with pytest.raises(NotFound) as refused:
        services.set_limits(desk, [*rows, stranger])
    assert refused.value.code == "customer_unknown"
    assert [len(queries.limit_history(desk.company_id, i)) for i in ids] == [1, 1, 1]


def test_exposure_goes_up_and_down_in_one_go(desk: Actor) -> None:
    one, two = a_customer(desk, "C-1"), a_customer(desk, "C-2")
    services.change_exposure(
        desk, [change(two, 500), change(one, 100), change(one, 50), change(one, 7, currency="USD")]
    )
    services.change_exposure(
        desk, [change(one, -120), change(two, unapplied=30), change(two, 1, currency="JPY")]
    )
    assert owed(desk, one) == {"EUR": (30, 0, 0), "USD": (7, 0, 0)}
    assert owed(desk, two) == {"EUR": (500, 30, 0), "JPY": (1, 0, 0)}


def test_what_was_never_owed_cannot_be_lowered(desk: Actor) -> None:
    customer = a_customer(desk)
    services.change_exposure(desk, [change(customer, 100)])
    for lowered in (change(customer, -101), change(customer, -1, currency="USD")):
        with pytest.raises(IntegrityError, match="exposure_not_negative"), transaction.atomic():
            services.change_exposure(desk, [lowered])
    assert owed(desk, customer) == {"EUR": (100, 0, 0)}


def test_exposure_of_another_company_is_out_of_reach(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer = a_customer(desk)
    services.change_exposure(desk, [change(customer, 100)])
    stranger = actor_of(founded("other").id)
    for changed in (change(customer, 5), change(customer, -5)):
        with pytest.raises(NotFound), transaction.atomic():
            services.change_exposure(stranger, [changed])
    with pytest.raises(NotFound):
        services.set_limit(stranger, customer, minor=1, currency="EUR", valid_from=TODAY)
    with pytest.raises(NotFound):
        services.block(stranger, customer, reason="mine")
    assert owed(desk, customer) == {"EUR": (100, 0, 0)}
    assert queries.blocks(desk.company_id) == {}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["EUR", "USD"]), st.integers(-50, 80)),
        max_size=12,
    )
)
def test_exposure_is_the_sum_of_its_changes(desk: Actor, steps: list[tuple[int, str, int]]) -> None:
    with transaction.atomic():
        company_customers = [a_customer(desk, f"H-{n}", limit=None) for n in range(3)]
        model: dict[tuple[int, str], int] = {}
        for who, currency, minor in steps:
            key = (company_customers[who], currency)
            minor = max(minor, -model.get(key, 0))  # noqa: PLW2901 - never below what is owed
            model[key] = model.get(key, 0) + minor
            services.change_exposure(desk, [change(key[0], minor, currency=currency)])
        found = {
            (row.customer_id, row.currency): row.open_minor
            for row in queries.exposures(desk.company_id, company_customers)
        }
        transaction.set_rollback(True)
    assert {key: minor for key, minor in found.items() if minor} == {
        key: minor for key, minor in model.items() if minor
    }


def test_changes_in_opposite_order_at_once_do_not_wait_for_each_other(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    ids = [a_customer(actor, f"X-{n}") for n in range(12)]

    def work(turned: bool) -> None:  # noqa: FBT001 - one flag of a test
        try:
            for _ in range(15):
                batch = [change(i, 3, currency=c) for i in ids for c in ("EUR", "USD")]
                with transaction.atomic():
                    services.change_exposure(actor, batch[::-1] if turned else batch)
                    services.change_exposure(actor, [change(ids[-1 if turned else 0], -1)])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(work, bool(n % 2)) for n in range(6)]:
            done.result()
    total = sum(row.open_minor for row in queries.exposures(actor.company_id))
    assert total == 6 * 15 * (12 * 2 * 3 - 1)


def test_a_reservation_is_made_once_converted_in_parts_and_released(desk: Actor) -> None:
    customer = a_customer(desk)
    reserve(desk, customer, "SO-1", 1_000)
    reserve(desk, customer, "SO-2", 200)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        reserve(desk, customer, "SO-1", 1_000)
    assert refused.value.code == "order_already_reserved"
    assert owed(desk, customer) == {"EUR": (0, 0, 1_200)}
    assert services.convert(desk, {(customer, "SO-1"): 400, (customer, "none"): 9}) == ()
    assert owed(desk, customer) == {"EUR": (0, 0, 800)}
    assert services.convert(desk, {(customer, "SO-1"): 999}) == ("SO-1",)
    assert owed(desk, customer) == {"EUR": (0, 0, 200)}
    assert services.release(desk, ["SO-1", "SO-2", "none"]) == ("SO-2",)
    assert services.release(desk, ["SO-2"]) == ()
    assert owed(desk, customer) == {"EUR": (0, 0, 0)}
    with pytest.raises(Conflict), transaction.atomic():
        reserve(desk, customer, "SO-1", 5)
    reserve(desk, customer, "SO-2", 70)
    assert owed(desk, customer) == {"EUR": (0, 0, 70)}


def test_a_reservation_belongs_to_its_customer(desk: Actor) -> None:
    one, two = a_customer(desk, "C-1"), a_customer(desk, "C-2")
    reserve(desk, one, "SO-1", 1_000)
    assert services.convert(desk, {(two, "SO-1"): 1_000}) == ()
    assert owed(desk, one) == {"EUR": (0, 0, 1_000)}


def test_reservations_lapse_after_their_last_day(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer = a_customer(desk)
    reserve(desk, customer, "SO-1", 1_000)
    last_day = TODAY + timedelta(days=30)
    assert services.expire(actor_of(desk.company_id, today=last_day)) == ()
    later = actor_of(desk.company_id, today=last_day + timedelta(days=1))
    with pytest.raises(NotFound):  # a reservation of no order cannot be held again
        services.expire(later)


def test_block_and_unblock_keep_history_and_want_a_reason(desk: Actor) -> None:
    customer = a_customer(desk)
    with pytest.raises(Invalid) as refused:
        services.block(desk, customer, reason=" ")
    assert refused.value.code == "reason_missing"
    services.block(desk, customer, reason="cheque returned")
    services.block(desk, customer, reason="a second time")
    assert queries.blocks(desk.company_id)[customer].reason == "cheque returned"
    services.unblock(desk, customer)
    services.unblock(desk, customer)
    assert queries.blocks(desk.company_id) == {}
    services.block(desk, customer, reason="again")
    assert queries.blocks(desk.company_id)[customer].reason == "again"


def test_a_collector_sets_no_limits(desk: Actor, actor_of: Callable[..., Actor]) -> None:
    customer = a_customer(desk, limit=None)
    collector = actor_of(desk.company_id, role="collector")
    with pytest.raises(Refused) as refused:
        services.set_limit(collector, customer, minor=1, currency="EUR", valid_from=TODAY)
    assert refused.value.code == "not_permitted"
    assert queries.limit_history(desk.company_id, customer) == []


def test_standing_brings_every_currency_into_the_limits(desk: Actor) -> None:
    customer = a_customer(desk, limit=100_000)
    services.change_exposure(
        desk,
        [
            change(customer, 30_000, unapplied=5_000),
            change(customer, 12_500, currency="USD"),
            change(customer, 100, currency="CHF"),
        ],
    )
    reserve(desk, customer, "SO-1", 1_600, "JPY")
    found = queries.standing(desk.company_id, customer, TODAY)
    assert (found.currency, found.limit_minor, found.exposure_minor) == ("EUR", 100_000, 36_000)
    assert (found.available_minor, found.percent_used) == (64_000, Decimal("36.0"))
    assert (found.without_rate, found.block_reason) == (("CHF",), None)


def test_standing_without_a_limit_is_in_the_customers_currency(desk: Actor) -> None:
    customer = a_customer(desk, limit=None, currency="USD")
    services.change_exposure(desk, [change(customer, 800)])
    found = queries.standing(desk.company_id, customer, TODAY)
    assert (found.currency, found.exposure_minor) == ("USD", 1_000)
    assert (found.limit_minor, found.available_minor, found.percent_used) == (None, None, None)
    with pytest.raises(NotFound):
        queries.standing(desk.company_id, 10**12, TODAY)
