"""Who releases how large a held order: as the policy's row says, by whoever may, never by one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from creditdesk.controls import queries as controls
from creditdesk.controls import services as approvals
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, NotFound, Refused
from creditdesk.orders import queries, services
from creditdesk.orders.services import Choice
from creditdesk.plumbing import sql
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.orders.test_choosing import late_customer
from tests.orders.verbs import a_customer, an_order, opened
from tests.support.fixtures import founded
from tests.treasury.people import person

__all__ = ["late_customer"]
ROW = {"subject": "order_release", "alone_minor": 100_000, "second_minor": 500_000}


def ruled(actor: Actor, *rows: dict[str, object]) -> None:
    """The policy in force from today names the rows."""
    given = {**DEFAULT, "authority": {**DEFAULT["authority"], "matrix": list(rows)}}
    policy.publish(actor, given=given, valid_from=actor.today)


def held(desk: Actor, minor: int, reference: str = "SO-1", *, currency: str = "EUR") -> str:
    """An order that no limit carries."""
    a_customer(desk, f"C-{reference}", limit=1_000)
    result = an_order(desk, reference, minor, customer=f"C-{reference}", currency=currency)
    assert result.status == "held"
    return reference


def status(of: Actor, reference: str) -> str:
    return queries.order(of.company_id, reference).status


def decisions(of: Actor) -> int:
    found: int = sql.scalar(
        "SELECT count(*) FROM orders_decision WHERE company_id = %s", [of.company_id]
    )
    return found


def test_up_to_the_amount_one_person_releases_alone(desk: Actor) -> None:
    ruled(desk, ROW)
    mo = person(desk, "mo", "manager")
    assert services.release(mo, held(desk, 100_000), "known for years").status == "released"


def test_above_it_another_person_approves_and_the_order_ships(desk: Actor) -> None:
    ruled(desk, ROW)
    mo, ida = person(desk, "mo", "manager"), person(desk, "ida", "manager")
    held(desk, 100_001)
    before = decisions(desk)
    with pytest.raises(ApprovalNeeded) as waits:
        services.release(mo, "SO-1", "known for years")
    assert (status(desk, "SO-1"), decisions(desk)) == ("held", before)
    row = controls.request(desk.company_id, waits.value.reference, desk.at)
    assert (row.approvers_needed, row.permission) == (1, "orders.release")
    assert (row.about["order"], row.about["minor"]) == ("SO-1", 100_001)
    with pytest.raises(Refused):  # the same person
        approvals.approve(mo, row.reference)
    with pytest.raises(Refused):  # who may not release
        approvals.approve(person(desk, "ann", "analyst"), row.reference)
    assert status(desk, "SO-1") == "held"
    assert approvals.approve(ida, row.reference).state == "done"
    assert status(desk, "SO-1") == "released"
    assert queries.latest_decision(queries.order(desk.company_id, "SO-1").id).reason == (
        "known for years"
    )


def test_above_the_second_amount_two_others_approve(desk: Actor) -> None:
    ruled(desk, ROW)
    mo, ida, sue = (person(desk, one, "manager") for one in ("mo", "ida", "sue"))
    held(desk, 500_001)
    with pytest.raises(ApprovalNeeded) as waits:
        services.release(mo, "SO-1", "known for years")
    decided = approvals.approve(ida, waits.value.reference)
    assert (decided.state, decided.approvals_missing, status(desk, "SO-1")) == (
        "waiting",
        1,
        "held",
    )
    again = approvals.approve(ida, waits.value.reference)  # counts once
    assert (again.approvals_missing, status(desk, "SO-1")) == (1, "held")
    assert approvals.approve(sue, waits.value.reference).state == "done"
    assert status(desk, "SO-1") == "released"


def test_somebody_of_another_company_approves_nothing(desk: Actor) -> None:
    ruled(desk, ROW)
    mo = person(desk, "mo", "manager")
    held(desk, 200_000)
    with pytest.raises(ApprovalNeeded) as waits:
        services.release(mo, "SO-1", "known for years")
    elsewhere = opened(controls.system_actor(founded("other"), "test"))
    stranger = person(elsewhere, "eve", "manager")
    with pytest.raises(NotFound):
        approvals.approve(stranger, waits.value.reference)
    assert status(desk, "SO-1") == "held"


def test_a_row_of_a_role_comes_first_and_amounts_are_in_the_companys_currency(
    desk: Actor,
) -> None:
    ruled(desk, {"subject": "order_release", "alone_minor": 0},
          {"subject": "order_release", "role": "manager", "alone_minor": 100_000})  # fmt: skip
    mo = person(desk, "mo", "manager")
    held(desk, 125_000, currency="USD")  # 1 000.00 EUR
    assert services.release(mo, "SO-1", "known").status == "released"
    held(desk, 125_002, "SO-2", currency="USD")
    with pytest.raises(ApprovalNeeded):
        services.release(mo, "SO-2", "known")


def test_the_decision_page_counts_what_ships_and_refusing_needs_nobody(desk: Actor) -> None:
    ruled(desk, ROW)
    mo, ida = person(desk, "mo", "manager"), person(desk, "ida", "manager")
    held(desk, 200_000)
    part = Choice(way="ship_part", reason="so much fits", minor=100_000)
    later = Choice(
        way="part_payment", reason="against money", minor=1_000, pay_by=desk.today + timedelta(9)
    )
    with pytest.raises(ApprovalNeeded) as waits:
        services.choose(mo, "SO-1", later)
    assert status(desk, "SO-1") == "held"
    assert approvals.approve(ida, waits.value.reference).state == "done"
    assert services.choose(mo, "SO-1", part).status == "released"
    held(desk, 900_000, "SO-2")
    refusal = Choice(way="refuse", reason="no")
    assert services.choose(mo, "SO-2", refusal).status == "refused"


def test_what_was_approved_must_still_be_the_order(desk: Actor) -> None:
    ruled(desk, ROW)
    mo, ida = person(desk, "mo", "manager"), person(desk, "ida", "manager")
    held(desk, 200_000)
    with pytest.raises(ApprovalNeeded) as waits:
        services.release(mo, "SO-1", "known")
    services.cancel(desk, "SO-1")
    decided = approvals.approve(ida, waits.value.reference)
    assert (decided.state, status(desk, "SO-1")) == ("failed", "cancelled")


def test_without_a_row_any_amount_is_released_alone(desk: Actor) -> None:
    mo = person(desk, "mo", "manager")
    assert services.release(mo, held(desk, 10**9), "known").status == "released"


def test_an_order_against_instalments_asks_the_row_for_plans_too(
    desk: Actor,
    late_customer: int,
) -> None:
    ruled(desk, ROW, {"subject": "plan", "alone_minor": 0, "second_minor": 30_000})
    mo, ida, sue = (person(desk, one, "manager") for one in ("mo", "ida", "sue"))
    plan = Choice(
        way="plan", reason="known", minor=20_000, pay_by=desk.today + timedelta(days=7), parts=2
    )
    with pytest.raises(ApprovalNeeded) as waits:
        services.choose(mo, "SO-1", plan)
    assert (status(desk, "SO-1"), decisions(desk)) == ("held", 1)
    row = controls.request(desk.company_id, waits.value.reference, desk.at)
    assert (row.approvers_needed, row.about["way"]) == (2, "plan")
    assert approvals.approve(ida, row.reference).approvals_missing == 1
    assert approvals.approve(sue, row.reference).state == "done"
    assert status(desk, "SO-1") == "released"


def test_without_instalments_the_row_for_plans_says_nothing(
    desk: Actor, late_customer: int
) -> None:
    ruled(desk, {"subject": "plan", "alone_minor": 0})
    mo = person(desk, "mo", "manager")
    assert services.release(mo, "SO-1", "known for years").status == "released"
