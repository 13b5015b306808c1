"""From a draft to a version in force: kept, compared, approved by another, withdrawn, read."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from creditdesk.controls import queries as controls
from creditdesk.controls import services as control_services
from creditdesk.controls.commands import preview
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, Conflict, Invalid, NotFound, Refused
from creditdesk.plumbing import clock
from creditdesk.plumbing.models import Event
from creditdesk.policy import publishing_queries as reads
from creditdesk.policy import queries, services
from creditdesk.policy.models import Policy, Publication
from creditdesk.policy.rules import DEFAULT
from tests.controls.people import person
from tests.support.fixtures import TODAY, founded, standing_actor

APRIL = date(2026, 4, 1)


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield


@pytest.fixture
def desk(actor: Actor) -> Actor:
    services.ensure_default(actor, valid_from=date(2026, 1, 1))
    return actor


@pytest.fixture
def ann(desk: Actor) -> Actor:
    return person(desk, "ann", "analyst")


@pytest.fixture
def mo(desk: Actor) -> Actor:
    return person(desk, "mo", "manager")


def stricter(days: int = 14) -> dict[str, Any]:
    given = copy.deepcopy(dict(DEFAULT))
    given["orders"]["overdue_days_max"] = days
    return given


def ask(actor: Actor, given: dict[str, Any] | None = None, on: date = APRIL) -> str:
    with pytest.raises(ApprovalNeeded) as needed:
        services.submit(actor, given=given or stricter(), valid_from=on, reason="too much is late")
    assert needed.value.code == "approval_needed"
    return needed.value.reference


def versions(actor: Actor) -> list[int]:
    return [one.version for one in reads.listing(actor.company_id)]


# -- drafts --------------------------------------------------------------------------------------


def test_a_draft_is_kept_per_person(ann: Actor, mo: Actor) -> None:
    services.keep_draft(ann, stricter(10))
    services.change_draft(mo, {"orders": {"overdue_days_max": 20}})
    services.keep_draft(ann, stricter(11))
    mine = reads.draft(ann)
    theirs = reads.draft(mo)
    assert mine is not None
    assert theirs is not None
    assert mine.policy(TODAY).orders.overdue_days_max == 11
    assert theirs.policy(TODAY).orders.overdue_days_max == 20
    assert (mine.author_id, mine.based_on) == (ann.user_id, 1)
    assert len(reads.drafts(ann.company_id)) == 2
    services.discard_draft(ann)
    services.discard_draft(ann)
    assert [one.author for one in reads.drafts(ann.company_id)] == ["mo"]
    assert versions(ann) == [1]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({**DEFAULT, "colour": 1}, "policy_field_unknown"),
        ({**DEFAULT, "orders": {"overdue_days_max": -1}}, "policy_field_invalid"),
        ({**DEFAULT, "authority": {"matrix": [{"subject": "plan", "role": "king"}]}},
         "policy_role_unknown"),
    ],
)  # fmt: skip
def test_a_draft_that_cannot_be_leaves_the_one_before(
    ann: Actor, given: dict[str, Any], code: str
) -> None:
    services.keep_draft(ann, stricter(10))
    with pytest.raises(Invalid) as refused:
        services.keep_draft(ann, given)
    assert refused.value.code == code
    kept = reads.draft(ann)
    assert kept is not None
    assert kept.policy(TODAY).orders.overdue_days_max == 10


@pytest.mark.parametrize("role", ["collector", "sales", "auditor", "master_data"])
def test_only_who_may_drafts_and_submits(desk: Actor, role: str) -> None:
    other = person(desk, "kim", role)
    for act in (
        lambda: services.keep_draft(other, stricter()),
        lambda: services.submit(other, given=stricter(), valid_from=APRIL, reason="x"),
        lambda: services.withdraw(other, 1, reason="x"),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "not_permitted"
    assert versions(desk) == [1]
    assert reads.drafts(desk.company_id) == []


# -- publishing ----------------------------------------------------------------------------------


def test_a_second_person_publishes(ann: Actor, mo: Actor) -> None:
    services.keep_draft(ann, stricter())
    reference = ask(ann)
    assert versions(ann) == [1]
    with pytest.raises(Refused) as own:
        control_services.approve(ann, reference)
    assert own.value.code == "own_request"
    assert control_services.approve(mo, reference).state == "done"
    before, after = (queries.in_force(ann.company_id, on) for on in (date(2026, 3, 31), APRIL))
    assert (before.version, before.orders.overdue_days_max) == (1, 30)
    assert (after.version, after.orders.overdue_days_max) == (2, 14)
    row = reads.publication(ann.company_id, 2)
    assert (row.recorded_by, row.approved_by, row.approval, row.reason) == (
        "ann", "mo", reference, "too much is late",
    )  # fmt: skip
    assert reads.drafts(ann.company_id) == []
    [told] = Event.objects.filter(name="policy.published")
    assert (told.data["version"], told.data["terms"]) == (2, [])


def test_a_manager_does_not_publish_alone(mo: Actor) -> None:
    reference = ask(mo)
    with pytest.raises(Refused) as own:
        control_services.approve(mo, reference)
    assert own.value.code == "own_request"
    with pytest.raises(ApprovalNeeded):
        services.publish(mo, given=stricter(), valid_from=APRIL)
    assert versions(mo) == [1]
    assert not Publication.objects.exists()


def test_who_decides_applications_does_not_publish(ann: Actor, desk: Actor) -> None:
    reference = ask(ann)
    other = person(desk, "ben", "analyst")
    with pytest.raises(Refused) as refused:
        control_services.approve(other, reference)
    assert refused.value.code == "not_permitted"
    assert versions(desk) == [1]


def test_what_was_published_meanwhile_makes_the_request_outdated(
    desk: Actor, ann: Actor, mo: Actor
) -> None:
    reference = ask(ann)
    services.publish(desk, given=stricter(20), valid_from=date(2026, 3, 20))
    assert control_services.approve(mo, reference).state == "failed"
    found = controls.request(ann.company_id, reference, ann.at)
    assert found.outcome is not None
    assert found.outcome["code"] == "approval_outdated"
    assert versions(ann) == [2, 1]


@pytest.mark.parametrize(
    ("given", "on", "reason", "code"),
    [
        (stricter(), date(2026, 3, 15), "x", "policy_from_the_past"),
        (stricter(), APRIL, " ", "reason_missing"),
        (dict(DEFAULT), APRIL, "x", "policy_unchanged"),
        ({**DEFAULT, "reviews": {**DEFAULT["reviews"], "ahead_days": 14}}, APRIL, "x",
         "policy_unchanged"),
        ({**DEFAULT, "default_terms": "x"}, APRIL, "x", "policy_terms_unknown"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_at_once(
    ann: Actor, given: dict[str, Any], on: date, reason: str, code: str
) -> None:
    with pytest.raises((Invalid, Conflict)) as refused:
        services.submit(ann, given=given, valid_from=on, reason=reason)
    assert refused.value.code == code
    assert controls.requests(ann.company_id, ann.at) == []


def test_a_preview_says_that_another_approves_and_keeps_nothing(ann: Actor) -> None:
    with preview() as shown:
        assert services.submit(ann, given=stricter(), valid_from=APRIL, reason="x") == 2
    assert shown.need is not None
    assert (shown.need.permission, shown.need.count) == ("policy.publish", 1)
    assert versions(ann) == [1]


def test_terms_that_say_something_else_are_named(desk: Actor) -> None:
    given = copy.deepcopy(dict(DEFAULT))
    given["terms"] = [one for one in given["terms"] if one["code"] != "net7"]
    given["terms"][2]["net_days"] = 31
    given["default_terms"] = "net14"
    services.submit(desk, given=given, valid_from=APRIL, reason="x")
    [told] = Event.objects.filter(name="policy.published")
    assert told.data["terms"] == ["net14", "net30", "net7"]


# -- withdrawing ---------------------------------------------------------------------------------


def test_a_version_is_withdrawn_before_its_day_and_another_takes_the_day(
    desk: Actor, mo: Actor
) -> None:
    assert services.submit(desk, given=stricter(), valid_from=APRIL, reason="x") == 2
    services.withdraw(mo, 2, reason="the board said no")
    assert queries.in_force(desk.company_id, APRIL).version == 1
    assert [one.version for one in queries.versions(desk.company_id)] == [1]
    assert queries.version(desk.company_id, 2).orders.overdue_days_max == 14
    assert services.submit(desk, given=stricter(15), valid_from=APRIL, reason="x") == 3
    assert queries.in_force(desk.company_id, APRIL).version == 3
    states = [one.state(1, TODAY) for one in reads.listing(desk.company_id)]
    assert states == ["planned", "withdrawn", "in_force"]


def test_what_is_in_force_stays(desk: Actor, mo: Actor) -> None:
    services.submit(desk, given=stricter(), valid_from=TODAY, reason="x")
    for version, code in ((1, "policy_in_force"), (2, "policy_in_force")):
        with pytest.raises(Conflict) as refused:
            services.withdraw(mo, version, reason="x")
        assert refused.value.code == code
    with pytest.raises(NotFound) as unknown:
        services.withdraw(mo, 3, reason="x")
    assert unknown.value.code == "policy_version_unknown"
    with pytest.raises(Invalid) as wordless:
        services.withdraw(mo, 2, reason=" ")
    assert wordless.value.code == "reason_missing"
    assert queries.in_force(desk.company_id, TODAY).version == 2


def test_the_only_version_stays_though_its_day_is_to_come(actor: Actor) -> None:
    services.publish(actor, given=DEFAULT, valid_from=APRIL)
    with pytest.raises(Conflict) as refused:
        services.withdraw(actor, 1, reason="x")
    assert refused.value.code == "policy_in_force"
    assert queries.in_force(actor.company_id, TODAY).version == 1


def test_a_withdrawn_version_stays_withdrawn_and_says_what_it_said(desk: Actor) -> None:
    services.submit(desk, given=stricter(), valid_from=APRIL, reason="x")
    services.withdraw(desk, 2, reason="x")
    with pytest.raises(Conflict) as twice:
        services.withdraw(desk, 2, reason="x")
    assert twice.value.code == "policy_withdrawn"
    with pytest.raises(DatabaseError), transaction.atomic():
        Policy.objects.filter(version=2).update(rules={})


# -- reading -------------------------------------------------------------------------------------


def test_staff_say_that_they_have_read_it(desk: Actor, ann: Actor, mo: Actor) -> None:
    person(desk, "ingrid", "auditor")
    assert reads.to_read(desk.company_id) is None
    services.submit(desk, given=stricter(), valid_from=APRIL, reason="x")
    wanted = reads.to_read(desk.company_id)
    assert wanted is not None
    assert wanted.version == 2
    assert [one.name for one in reads.readers(desk.company_id, 2)] == ["Ann", "Mo"]
    services.acknowledge(ann, 2)
    services.acknowledge(replace(ann, at=ann.at + timedelta(hours=1)), 2)
    rows = reads.readers(desk.company_id, 2)
    assert [(one.name, one.read_at) for one in rows] == [("Mo", None), ("Ann", ann.at)]
    assert reads.has_read(desk.company_id, 2, ann.user_id)
    assert not reads.has_read(desk.company_id, 2, mo.user_id)


def test_nobody_reads_what_was_not_published(desk: Actor, ann: Actor) -> None:
    for version in (1, 7):
        with pytest.raises(NotFound) as unknown:
            services.acknowledge(ann, version)
        assert unknown.value.code == "policy_version_unknown"
    services.submit(desk, given=stricter(), valid_from=APRIL, reason="x")
    with pytest.raises(Refused) as machine:
        services.acknowledge(desk, 2)
    assert machine.value.code == "acknowledgement_needs_a_person"
    with pytest.raises(Refused) as auditor:
        services.acknowledge(person(desk, "ingrid", "auditor"), 2)
    assert auditor.value.code == "not_permitted"
    assert [one.read_at for one in reads.readers(desk.company_id, 2)] == [None]


def test_each_company_keeps_its_own(desk: Actor, ann: Actor) -> None:
    other = standing_actor(founded("other"))
    services.ensure_default(other, valid_from=date(2026, 1, 1))
    services.keep_draft(ann, stricter())
    services.submit(other, given=stricter(), valid_from=APRIL, reason="x")
    assert reads.drafts(other.company_id) == []
    assert versions(desk) == [1]
    assert reads.to_read(desk.company_id) is None
    assert queries.in_force(desk.company_id, APRIL).version == 1
