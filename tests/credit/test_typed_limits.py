"""Limits of several kinds on real tables: stacked, withdrawn, asked for, shared by a group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from creditdesk.controls.commands import preview
from creditdesk.credit import queries, services
from creditdesk.credit.models import Limit, LimitRequest
from creditdesk.credit.rules import ExposureChange, NewLimit
from creditdesk.credit.services import NewCover, NewGuarantee, NewPolicy
from creditdesk.customers import services as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import (
    ApprovalNeeded,
    Conflict,
    DomainError,
    Invalid,
    NotFound,
    Refused,
)
from creditdesk.orders import queries as orders
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.controls.people import person
from tests.orders.test_concurrency import at_once
from tests.orders.verbs import EARLY, a_customer, an_invoice, an_order, opened
from tests.support.fixtures import TODAY, founded

WEEK = timedelta(days=7)
ABOVE = 10_000_001


def limit_of(desk: Actor, customer: int, on: date = TODAY) -> int | None:
    return queries.standing(desk.company_id, customer, on).limit_minor


def fired(
    desk: Actor, reference: str, minor: int, **given: str
) -> list[tuple[str, object, object]]:
    """Return the rules that fired about an order, with value and threshold."""
    found = an_order(desk, reference, minor, **given).fired
    return [(one.rule, one.value, one.threshold) for one in found if one.severity == "hold"]


def insured_by(desk: Actor, customer: int, minor: int, **changes: object) -> NewCover:
    given = {
        "policy_number": "P-1", "customer_id": customer, "minor": minor, "currency": "EUR",
        "valid_from": EARLY, **changes,
    }  # fmt: skip
    return NewCover(**given)  # type: ignore[arg-type]


@pytest.fixture
def insured(desk: Actor) -> Actor:
    """The company has a policy with a retention of a tenth."""
    services.add_policy(
        desk,
        NewPolicy(
            insurer="Fidelity", number="P-1", currency="EUR", valid_from=EARLY,
            valid_to=date(2030, 12, 31), maximum_liability_minor=10**9,
            retention_percent=Decimal(10),
        ),
    )  # fmt: skip
    return desk


# -- stacked ------------------------------------------------------------------------------------


def test_a_temporary_limit_adds_from_its_first_to_its_last_day(desk: Actor) -> None:
    customer = a_customer(desk, limit=10_000)
    services.set_limit(
        desk, customer, minor=5_000, currency="EUR", valid_from=TODAY, valid_to=TODAY + WEEK,
        kind="temporary",
    )  # fmt: skip
    days = (TODAY - timedelta(days=1), TODAY, TODAY + WEEK, TODAY + WEEK + timedelta(days=1))
    assert [limit_of(desk, customer, on) for on in days] == [10_000, 15_000, 15_000, 10_000]
    assert queries.standing(desk.company_id, customer, TODAY).limit_valid_to == TODAY + WEEK
    assert an_order(desk, "SO-1", 15_000).outcome == "accepted"
    assert fired(desk, "SO-2", 1) == [("limit_exceeded", 15_001, 15_000)]
    # The internal record alone is what imports, forms and going live speak of.
    assert queries.limits(desk.company_id, TODAY)[customer].minor == 10_000


def test_an_insured_limit_counts_as_far_as_the_cover_of_the_day_backs_it(insured: Actor) -> None:
    customer = a_customer(insured, limit=1_000)
    services.set_limit(
        insured, customer, minor=50_000, currency="EUR", valid_from=EARLY, kind="insured"
    )
    assert limit_of(insured, customer) == 1_000
    services.record_covers(insured, [insured_by(insured, customer, 20_000)])
    assert limit_of(insured, customer) == 1_000 + 18_000
    assert fired(insured, "SO-1", 19_001) == [("limit_exceeded", 19_001, 19_000)]
    services.record_covers(insured, [insured_by(insured, customer, 0, valid_from=TODAY)])
    assert limit_of(insured, customer) == 1_000
    assert limit_of(insured, customer, TODAY - timedelta(days=1)) == 19_000
    assert fired(insured, "SO-2", 19_000) == [("limit_exceeded", 19_000, 1_000)]


def test_a_guarantee_backs_until_it_is_given_back(desk: Actor) -> None:
    customer = a_customer(desk, limit=1_000)
    reference = services.add_guarantee(
        desk,
        NewGuarantee(
            customer_id=customer, kind="bank", guarantor="Town Bank", minor=3_000, currency="EUR",
            valid_from=EARLY, valid_to=TODAY + WEEK,
        ),
        filename="bond.pdf", content=b"%PDF-1.7 bond",
    )  # fmt: skip
    services.set_limit(
        desk, customer, minor=9_000, currency="EUR", valid_from=EARLY, kind="guaranteed"
    )
    assert limit_of(desk, customer) == 4_000
    assert limit_of(desk, customer, TODAY + WEEK + timedelta(days=1)) == 1_000
    assert queries.guarantee(desk.company_id, reference).document_id is not None
    services.end_guarantee(desk, reference, on=TODAY, reason="given back")
    assert limit_of(desk, customer) == 1_000
    with pytest.raises(Conflict) as refused:
        services.end_guarantee(desk, reference, on=TODAY, reason="again")
    assert refused.value.code == "guarantee_ended"


def test_a_limit_of_a_currency_bounds_what_is_owed_in_it(desk: Actor) -> None:
    customer = a_customer(desk, limit=1_000_000)
    services.set_limit(
        desk, customer, minor=12_500, currency="USD", valid_from=EARLY, only_currency=True
    )
    assert limit_of(desk, customer) == 1_000_000
    assert an_order(desk, "SO-1", 12_500, currency="USD").outcome == "accepted"
    assert fired(desk, "SO-2", 125, currency="USD") == [("currency_limit_exceeded", 10_100, 10_000)]
    assert an_order(desk, "SO-3", 12_500).outcome == "accepted"


def test_a_withdrawn_limit_counts_no_more_and_stays_in_the_history(desk: Actor) -> None:
    customer = a_customer(desk, limit=10_000)
    services.set_limit(
        desk, customer, minor=5_000, currency="EUR", valid_from=EARLY, valid_to=TODAY + WEEK,
        kind="temporary",
    )  # fmt: skip
    [temporary, _] = queries.limit_history(desk.company_id, customer)
    services.withdraw_limit(desk, temporary.id, on=TODAY, reason="the season is over")
    assert limit_of(desk, customer) == 10_000
    assert limit_of(desk, customer, TODAY - timedelta(days=1)) == 15_000
    kept = queries.limit_history(desk.company_id, customer)[0]
    assert (kept.minor, kept.withdrawn_from) == (5_000, TODAY)
    assert kept.withdrawn_by == f"{desk.name}: the season is over"
    with pytest.raises(Conflict) as again:
        services.withdraw_limit(desk, temporary.id, on=TODAY, reason="again")
    assert again.value.code == "limit_ended"
    with pytest.raises(Invalid):
        services.withdraw_limit(desk, temporary.id, on=TODAY, reason=" ")


def test_the_limit_of_another_company_is_out_of_reach(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer = a_customer(desk, limit=10_000)
    [limit] = queries.limit_history(desk.company_id, customer)
    stranger = opened(actor_of(founded("other").id))
    for attempt in (
        lambda: services.withdraw_limit(stranger, limit.id, on=TODAY, reason="mine"),
        lambda: services.ask_limit(
            stranger,
            NewLimit(customer_id=customer, minor=1, currency="EUR", valid_from=TODAY, reason="x"),
        ),
        lambda: services.add_guarantee(
            stranger,
            NewGuarantee(customer_id=customer, kind="bank", guarantor="B", minor=1,
                         currency="EUR", valid_from=TODAY),
        ),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            attempt()
    assert limit_of(desk, customer) == 10_000
    assert not LimitRequest.objects.exists()


# -- who may ------------------------------------------------------------------------------------


def test_parts_add_up_for_authority(desk: Actor) -> None:
    """Two limits that one person may set do not make one that needs two."""
    ann = person(desk, "ann", "analyst")
    customer = a_customer(desk, limit=ABOVE - 5)
    with pytest.raises(ApprovalNeeded):
        services.set_limit(
            ann, customer, minor=5, currency="EUR", valid_from=TODAY, valid_to=TODAY + WEEK,
            kind="temporary",
        )  # fmt: skip
    services.set_limit(
        ann, customer, minor=4, currency="EUR", valid_from=TODAY, valid_to=TODAY + WEEK,
        kind="temporary",
    )  # fmt: skip
    assert limit_of(desk, customer) == ABOVE - 1


def test_taking_away_a_limit_that_bounds_needs_somebody_else(desk: Actor) -> None:
    ann = person(desk, "ann", "analyst")
    customer = a_customer(desk)
    services.set_limit(
        desk, customer, minor=5, currency="USD", valid_from=EARLY, only_currency=True
    )
    [bound] = [one for one in queries.limit_history(desk.company_id, customer) if one.only_currency]
    with pytest.raises(ApprovalNeeded):
        services.withdraw_limit(ann, bound.id, on=TODAY, reason="not needed")
    assert Limit.objects.filter(withdrawn_from__isnull=False).count() == 0


def test_what_is_asked_for_is_granted_by_another(desk: Actor) -> None:
    sally = person(desk, "sally", "sales")
    ann = person(desk, "ann", "analyst")
    customer = a_customer(desk, limit=10_000)
    new = NewLimit(
        customer_id=customer, minor=5_000, currency="EUR", valid_from=TODAY,
        valid_to=TODAY + WEEK, kind="temporary", reason="spring fair",
    )  # fmt: skip
    reference = services.ask_limit(sally, new)
    assert limit_of(desk, customer) == 10_000
    with pytest.raises(Refused):
        services.grant_limit(sally, reference, minor=5_000, valid_from=TODAY, valid_to=TODAY + WEEK)
    with preview():
        services.grant_limit(ann, reference, minor=4_000, valid_from=TODAY, valid_to=TODAY + WEEK)
    assert queries.limit_request(desk.company_id, reference).state == "open"
    services.grant_limit(
        ann, reference, minor=4_000, valid_from=TODAY, valid_to=TODAY + WEEK, answer="less will do"
    )
    assert limit_of(desk, customer) == 14_000
    found = queries.limit_request(desk.company_id, reference)
    assert (found.state, found.decided_by, found.answer) == ("granted", "ann", "less will do")
    kept = queries.limit_history(desk.company_id, customer)[0]
    assert (kept.kind, kept.reason) == ("temporary", f"{reference}: less will do")
    attempts: tuple[Callable[[], object], ...] = (
        lambda: services.refuse_limit(ann, reference, answer="late"),
        lambda: services.grant_limit(ann, reference, minor=1, valid_from=TODAY, valid_to=TODAY),
        lambda: services.take_back_request(sally, reference),
    )
    for decide in attempts:
        with pytest.raises(Conflict) as refused:
            decide()
        assert refused.value.code == "limit_request_decided"
    assert limit_of(desk, customer) == 14_000


def test_nobody_grants_what_they_asked_for(desk: Actor) -> None:
    ann = person(desk, "ann", "analyst")
    customer = a_customer(desk, limit=10)
    new = NewLimit(customer_id=customer, minor=50, currency="EUR", valid_from=TODAY, reason="more")
    reference = services.ask_limit(ann, new)
    with pytest.raises(Refused) as refused:
        services.grant_limit(ann, reference, minor=50, valid_from=TODAY)
    assert refused.value.code == "limit_own_request"
    assert (limit_of(desk, customer), queries.limit_request(desk.company_id, reference).state) == (
        10, "open",
    )  # fmt: skip
    bob = person(desk, "bob", "collector")
    with pytest.raises(Refused) as another:
        services.take_back_request(bob, reference)
    assert another.value.code == "limit_request_of_another"
    services.take_back_request(ann, reference)
    assert queries.limit_requests(desk.company_id, state="taken_back")[0].reference == reference


def test_a_grant_above_ones_authority_waits_and_changes_nothing(desk: Actor) -> None:
    sally = person(desk, "sally", "sales")
    ann = person(desk, "ann", "analyst")
    customer = a_customer(desk, limit=10)
    new = NewLimit(customer_id=customer, minor=ABOVE, currency="EUR", valid_from=TODAY, reason="x")
    reference = services.ask_limit(sally, new)
    with pytest.raises(ApprovalNeeded):
        services.grant_limit(ann, reference, minor=ABOVE, valid_from=TODAY)
    assert limit_of(desk, customer) == 10
    assert queries.limit_request(desk.company_id, reference).state == "open"


# -- groups -------------------------------------------------------------------------------------


def a_group(desk: Actor, children: int, shared: int | None, **given: object) -> list[int]:
    """A parent and its children, who share a limit; each has room enough of its own."""
    ids = [a_customer(desk, f"G-{n}", limit=10**7) for n in range(children + 1)]
    for child in ids[1:]:
        customers.set_parent(desk, child, parent_id=ids[0], valid_from=EARLY)
    if shared is not None:
        limit = NewLimit(group_id=ids[0], minor=shared, currency="EUR", valid_from=EARLY, **given)  # type: ignore[arg-type]
        services.set_limits(desk, [limit])
    return ids


def test_a_shared_limit_is_tested_first(desk: Actor) -> None:
    ids = a_group(desk, 2, 10_000)
    services.set_limit(desk, ids[1], minor=100, currency="EUR", valid_from=EARLY)
    assert an_order(desk, "SO-1", 6_000, customer="G-2").outcome == "accepted"
    assert an_order(desk, "SO-2", 3_950, customer="G-0").outcome == "accepted"
    assert fired(desk, "SO-3", 101, customer="G-1") == [
        ("group_limit_exceeded", 10_051, 10_000), ("limit_exceeded", 101, 100),
    ]  # fmt: skip
    assert an_order(desk, "SO-4", 50, customer="G-1").outcome == "accepted"
    # Who stands alone is bounded by nobody else.
    a_customer(desk, "ALONE", limit=10**7)
    assert an_order(desk, "SO-5", 10**6, customer="ALONE").outcome == "accepted"


def test_who_leaves_the_group_leaves_its_limit(desk: Actor) -> None:
    ids = a_group(desk, 1, 1_000)
    assert fired(desk, "SO-1", 1_001, customer="G-1") == [("group_limit_exceeded", 1_001, 1_000)]
    customers.set_parent(desk, ids[1], parent_id=None, valid_from=TODAY)
    assert an_order(desk, "SO-2", 1_001, customer="G-1").outcome == "accepted"


def test_a_shared_limit_in_another_currency_counts_all_members(desk: Actor) -> None:
    ids = a_group(desk, 2, None)
    services.set_limits(
        desk, [NewLimit(group_id=ids[0], minor=12_500, currency="USD", valid_from=EARLY)]
    )
    services.change_exposure(
        desk, [ExposureChange(customer_id=ids[1], currency="USD", open_minor=10_000)]
    )
    assert an_order(desk, "SO-1", 2_000, customer="G-2").outcome == "accepted"
    assert fired(desk, "SO-2", 1, customer="G-0") == [("group_limit_exceeded", 10_001, 10_000)]


def test_a_decision_by_a_groups_limit_replays(desk: Actor) -> None:
    a_group(desk, 1, 1_000)
    an_order(desk, "SO-1", 1_001, customer="G-1")
    [decision] = orders.decisions(desk.company_id, "SO-1")
    assert orders.replay(desk.company_id, decision).fired == decision.fired
    assert [one.name for one in decision.facts.further] == ["group"]


def test_200_orders_of_several_children_against_shared_room_for_37(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    ids = a_group(actor, 4, 37 * 1_000 + 999)
    answers = at_once(
        [
            lambda n=n: an_order(actor, f"SO-{n}", 1_000, customer=f"G-{n % 5}").outcome  # type: ignore[misc]
            for n in range(200)
        ]
    )
    assert Counter(answers) == {"accepted": 37, "held": 163}
    rows = queries.exposures(actor.company_id, ids)
    assert sum(row.reserved_minor for row in rows) == 37 * 1_000
    assert len(queries.reservations(actor.company_id)) == 37
    assert sum(row.reserved_minor > 0 for row in rows) > 1


def test_orders_and_moves_between_groups_never_wait_in_a_circle(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = opened(actor_of(founded().id))
    ids = a_group(actor, 3, 10**6)

    def move(child: int, parent: int | None) -> str:
        customers.set_parent(actor, child, parent_id=parent, valid_from=TODAY)
        return "moved"

    calls: list[Callable[[], str]] = []
    for n in range(20):
        calls.append(lambda n=n: an_order(actor, f"SO-{n}", 10, customer=f"G-{n % 4}").outcome)  # type: ignore[misc]
        calls.append(lambda n=n: move(ids[1 + n % 3], None if n % 2 else ids[0]))  # type: ignore[misc]
    answers = at_once(calls, clerks=8)
    assert set(answers) == {"accepted", "moved"}


# -- what counts --------------------------------------------------------------------------------


def with_exposure(desk: Actor, **switches: object) -> None:
    given = {**DEFAULT, "exposure": {**DEFAULT["exposure"], **switches}}
    policy.publish(desk, given=given, valid_from=TODAY)


@pytest.mark.parametrize(
    ("switches", "exposure"),
    [
        ({}, 1_700),
        ({"count_overdue": False}, 1_200),
        ({"count_open": False}, 700),
        ({"count_open": False, "count_overdue": False, "count_returned": False}, 200),
        ({"count_reserved": False}, 1_500),
        ({"count_ordered_rest": False}, 1_700),
    ],
)
def test_the_policy_says_what_counts_for_standing_and_orders_alike(
    desk: Actor, switches: dict[str, object], exposure: int
) -> None:
    customer = a_customer(desk, limit=10_000)
    an_invoice(desk, customer, 1_000, number="INV-1", due_on=TODAY + WEEK)
    an_invoice(desk, customer, 500, number="INV-2", due_on=TODAY - WEEK)
    an_order(desk, "SO-1", 200)
    if switches:
        with_exposure(desk, **switches)
    assert queries.standing(desk.company_id, customer, TODAY).exposure_minor == exposure
    assert an_order(desk, "SO-2", 10_000 - exposure).outcome == "accepted"
    services.release(desk, ["SO-2"])
    assert fired(desk, "SO-3", 10_001 - exposure) == [("limit_exceeded", 10_001, 10_000)]


def test_the_haircut_of_the_policy_is_taken_from_what_is_converted(desk: Actor) -> None:
    customer = a_customer(desk, limit=10_000)
    services.set_limit(
        desk, customer, minor=1_250, currency="USD", valid_from=EARLY, valid_to=TODAY,
        kind="temporary",
    )  # fmt: skip
    assert limit_of(desk, customer) == 11_000
    with_exposure(desk, haircut_percent="5")
    assert limit_of(desk, customer) == 10_950
    assert fired(desk, "SO-1", 10_951) == [("limit_exceeded", 10_951, 10_950)]


# -- insurers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempt", "code"),
    [
        (lambda d, c: services.record_covers(d, [insured_by(d, c, -1)]), "cover_out_of_range"),
        (lambda d, c: services.record_covers(d, [insured_by(d, c, 1, kind="vague")]),
         "cover_kind_unknown"),
        (lambda d, c: services.record_covers(d, [insured_by(d, c, 1, policy_number="P-9")]),
         "insurance_policy_unknown"),
        (lambda d, c: services.record_covers(d, [insured_by(d, c, 1), insured_by(
            d, c, 1, valid_to=EARLY - WEEK)]), "cover_ends_before_it_begins"),
        (lambda d, _: services.record_covers(d, [insured_by(d, 10**12, 1)]), "customer_unknown"),
        (lambda d, _: services.add_policy(d, NewPolicy(
            insurer="X", number="P-1", currency="EUR", valid_from=EARLY, valid_to=TODAY,
            maximum_liability_minor=1, retention_percent=Decimal(1))),
         "insurance_policy_known"),
        (lambda d, _: services.add_policy(d, NewPolicy(
            insurer="X", number="P-2", currency="EUR", valid_from=EARLY, valid_to=TODAY,
            maximum_liability_minor=1, retention_percent=Decimal(101))),
         "retention_out_of_range"),
        (lambda d, _: services.note_reported(d, "P-1", [1], on=TODAY + WEEK),
         "reported_in_the_future"),
    ],
)  # fmt: skip
def test_what_cannot_be_insured_changes_nothing(
    insured: Actor, attempt: Callable[[Actor, int], object], code: str
) -> None:
    customer = a_customer(insured)
    with pytest.raises(DomainError) as refused:
        attempt(insured, customer)
    assert refused.value.code == code
    assert queries.cover_rows(insured.company_id) == []
    assert [one.number for one in queries.policies(insured.company_id).values()] == ["P-1"]
    assert queries.overdue_reports(insured.company_id) == []


def test_reporting_again_keeps_the_first_day(insured: Actor) -> None:
    assert services.note_reported(insured, "P-1", [7, 8], on=TODAY - WEEK) == 2
    assert services.note_reported(replace(insured, key=None), "P-1", [8, 9], on=TODAY) == 1
    told = queries.overdue_reports(insured.company_id)
    assert [(one.item_id, one.reported_on) for one in told] == [
        (7, TODAY - WEEK), (8, TODAY - WEEK), (9, TODAY),
    ]  # fmt: skip


def test_a_limit_keeps_the_version_of_the_policy_it_was_granted_by(desk: Actor) -> None:
    customer = a_customer(desk, limit=100_000)
    policy.publish(desk, given={**DEFAULT, "promises": {"grace_days": 3}}, valid_from=TODAY)
    services.set_limit(
        desk, customer, minor=200_000, currency="EUR", valid_from=TODAY, reason="more"
    )
    services.take_over_limits(
        desk, [NewLimit(customer_id=customer, minor=1, currency="EUR", valid_from=EARLY)]
    )

    kept = {
        one.minor: one.policy_version for one in queries.limit_history(desk.company_id, customer)
    }
    assert kept == {100_000: 1, 200_000: 2, 1: None}
