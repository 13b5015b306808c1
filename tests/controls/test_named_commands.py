"""A second person on any command the policy names: asked of people, never of oneself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from creditdesk.controls import queries, services
from creditdesk.controls.commands import preview
from creditdesk.credit import queries as credit_queries
from creditdesk.credit import services as credit
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, Invalid, Refused
from creditdesk.plumbing import clock
from creditdesk.policy import rules as policy_rules
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.controls.people import now, person
from tests.orders.verbs import a_customer, opened
from tests.support.fixtures import TODAY


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield


@pytest.fixture
def desk(actor: Actor) -> Actor:
    return opened(actor)


def naming(actor: Actor, *names: str) -> None:
    """Publish a policy from today that names commands."""
    policy.publish(
        actor, given={**DEFAULT, "duties": {"second_person": list(names)}}, valid_from=TODAY
    )


def test_a_named_command_waits_for_somebody_else_who_may_do_it(desk: Actor) -> None:
    customer = a_customer(desk)
    naming(desk, "credit.block")
    ann, ben = person(desk, "ann", "analyst"), person(desk, "ben", "analyst")
    with pytest.raises(ApprovalNeeded) as needed:
        credit.block(ann, customer, reason="insolvent")
    assert credit_queries.blocks(desk.company_id) == {}
    reference = str(needed.value.context["reference"])
    assert queries.request(desk.company_id, reference, desk.at).permission == "credit.block"
    assert (queries.waiting_for(ann), queries.waiting_for(ben)) == (0, 1)
    with pytest.raises(Refused) as own:
        services.approve(ann, reference)
    assert own.value.code == "own_request"
    outsider = person(desk, "tom", "collector")
    assert queries.waiting_for(outsider) == 0
    with pytest.raises(Refused) as not_theirs:
        services.approve(outsider, reference)
    assert not_theirs.value.code == "not_permitted"
    assert services.approve(ben, reference).state == "done"
    assert credit_queries.blocks(desk.company_id)[customer].placed_by == "ann"


def test_what_is_not_named_and_machines_wait_for_nobody(desk: Actor) -> None:
    customer = a_customer(desk)
    naming(desk, "credit.block")
    credit.block(desk, customer, reason="by a job")
    ann = person(desk, "ann", "analyst")
    credit.unblock(ann, customer)
    assert credit_queries.blocks(desk.company_id) == {}


def test_a_named_command_with_approvers_of_its_own_asks_those_once(desk: Actor) -> None:
    customer = a_customer(desk)
    naming(desk, "credit.set_limit")
    ann, ben, mia = (
        person(desk, "ann", "analyst"), person(desk, "ben", "analyst"),
        person(desk, "mia", "manager"),
    )  # fmt: skip
    with pytest.raises(ApprovalNeeded) as needed:
        credit.set_limit(ann, customer, minor=1_000, currency="EUR", valid_from=TODAY)
    reference = str(needed.value.context["reference"])
    with pytest.raises(Refused):
        services.approve(ben, reference)
    assert services.approve(now(desk, "mia"), reference).state == "done"
    assert credit_queries.limits(desk.company_id, TODAY)[customer].minor == 1_000
    assert mia.user_id is not None


def test_a_preview_says_what_it_would_wait_for(desk: Actor) -> None:
    customer = a_customer(desk)
    naming(desk, "credit.block")
    ann = person(desk, "ann", "analyst")
    with preview() as shown:
        credit.block(ann, customer, reason="x")
    assert shown.need is not None
    assert shown.need.permission == "credit.block"
    assert credit_queries.blocks(desk.company_id) == {}


@pytest.mark.parametrize("name", ["block", "credit.*", "Credit.block", "credit.block; drop"])
def test_what_is_no_command_is_not_named(name: str) -> None:
    rules = {**DEFAULT, "duties": {"second_person": [name]}}
    with pytest.raises(Invalid) as refused:
        policy_rules.parse(rules, version=1, valid_from=TODAY)
    assert refused.value.code == "policy_command_malformed"


def test_the_policy_of_the_day_decides(desk: Actor) -> None:
    customer = a_customer(desk)
    ann = person(desk, "ann", "analyst")
    credit.block(ann, customer, reason="not named yet")
    naming(desk, "credit.unblock")
    with pytest.raises(ApprovalNeeded):
        credit.unblock(ann, customer)
    before = replace(ann, today=TODAY.replace(month=1))
    credit.unblock(before, customer)
    assert credit_queries.blocks(desk.company_id) == {}
