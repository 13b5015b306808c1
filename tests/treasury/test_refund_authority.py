"""How large a refund one person approves: as the policy's row says; who approved releases not."""

from __future__ import annotations

import pytest

from creditdesk.controls import queries as controls
from creditdesk.controls import services as approvals
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, NotFound, Refused
from creditdesk.treasury import services as treasury
from tests.cash import stage
from tests.orders.test_authority import ruled
from tests.support.fixtures import founded
from tests.treasury.people import person
from tests.treasury.test_refunds import asked, overpaid, states

ROW = {"subject": "refund", "alone_minor": 4_000, "second_minor": 8_000}


def test_up_to_the_amount_one_approves(desk: Actor, clerk: Actor, manager: Actor) -> None:
    ruled(desk, ROW)
    _, payment = overpaid(desk)
    refund = asked(clerk, payment)
    assert treasury.approve_refund(manager, refund.refund_id).state == "approved"


def test_above_it_another_approves_and_neither_releases(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    ruled(desk, ROW)
    ida = person(desk, "ida", "manager", "treasurer")
    _, payment = overpaid(desk)
    refund = asked(clerk, payment, minor=4_001)
    with pytest.raises(ApprovalNeeded) as waits:
        treasury.approve_refund(manager, refund.refund_id)
    assert states(desk) == ["asked"]
    row = controls.request(desk.company_id, waits.value.reference, desk.at)
    assert (row.approvers_needed, row.about["minor"]) == (1, 4_001)
    assert clerk.user_id in row.barred
    for nobody in (manager, clerk):
        with pytest.raises(Refused):
            approvals.approve(nobody, row.reference)
    assert states(desk) == ["asked"]
    assert approvals.approve(ida, row.reference).state == "done"
    assert states(desk) == ["approved"]
    with pytest.raises(Refused) as refused:
        treasury.release_refunds(ida, [refund.refund_id], account=stage.ACCOUNT)
    assert refused.value.code == "refund_same_person"
    assert states(desk) == ["approved"]
    treasury.release_refunds(treasurer, [refund.refund_id], account=stage.ACCOUNT)
    assert states(desk) == ["released"]


def test_above_the_second_amount_two_others(desk: Actor, clerk: Actor, manager: Actor) -> None:
    ruled(desk, ROW)
    _, payment = overpaid(desk)
    refund = asked(clerk, payment, minor=8_001)
    with pytest.raises(ApprovalNeeded) as waits:
        treasury.approve_refund(manager, refund.refund_id)
    decided = approvals.approve(person(desk, "ida", "manager"), waits.value.reference)
    assert (decided.approvals_missing, states(desk)) == (1, ["asked"])
    assert approvals.approve(person(desk, "sue", "manager"), waits.value.reference).state == "done"
    assert states(desk) == ["approved"]


def test_another_company_approves_nothing(desk: Actor, clerk: Actor, manager: Actor) -> None:
    ruled(desk, ROW)
    _, payment = overpaid(desk)
    refund = asked(clerk, payment, minor=5_000)
    with pytest.raises(ApprovalNeeded) as waits:
        treasury.approve_refund(manager, refund.refund_id)
    elsewhere = controls.system_actor(founded("other"), "test")
    with pytest.raises(NotFound):
        approvals.approve(person(elsewhere, "eve", "manager"), waits.value.reference)
    assert states(desk) == ["asked"]
