"""A double click and two tabs: whatever a hurried hand does, an act has one effect."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect

from creditdesk.cash import queries as cash
from creditdesk.controls import queries as controls
from creditdesk.controls import services as control_services
from creditdesk.controls.models import User
from creditdesk.credit import queries as credit
from creditdesk.credit import services as credit_services
from creditdesk.kernel.errors import ApprovalNeeded
from tests.browser.conftest import NINE, PASSWORD, Site
from tests.browser.test_cash_applier import an_odd_payment, open_of, unapplied
from tests.browser.test_collector import toast
from tests.faces.desk.work import a_debtor

pytestmark = pytest.mark.needs("chromium")

Sit = Callable[..., Page]
ABOVE = 20_000_000


def asked(site: Site, number: str) -> tuple[str, int]:
    """An analyst asked for a limit that somebody else must approve; the request, the customer."""
    customer = a_debtor(site.actor, number)
    if not User.objects.filter(username="ann").exists():
        control_services.add_user("ann", password=PASSWORD, first_name="Ann")
        control_services.grant("ann", company_id=site.actor.company_id, role="analyst", by="test")
    user = User.objects.get(username="ann")
    company = controls.company(site.actor.company_id)
    with suppress(ApprovalNeeded):
        credit_services.set_limit(
            controls.user_actor(user.id, "Ann", company), customer, minor=ABOVE, currency="EUR",
            valid_from=site.actor.today, reason=f"grows {number}",
        )  # fmt: skip
    [row] = [one for one in controls.requests(company.id, NINE) if one.about["customer"] == number]
    return row.reference, customer


def limits(site: Site, customer: int) -> list[int]:
    return [one.minor for one in credit.limit_history(site.actor.company_id, customer)]


def test_a_limit_above_ones_authority_is_asked_for_and_approved(site: Site, sit: Sit) -> None:
    customer = a_debtor(site.actor, "ASK")
    asked(site, "OTHER")  # makes the analyst
    page = sit("ann")
    page.goto("/customers/ASK/limit")
    page.get_by_label("Limit", exact=True).fill("200000")
    page.get_by_label("Reason").fill("framework order")
    page.get_by_role("button", name="Set the limit").dblclick()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Credit limit of Acorn ASK")
    expect(page.get_by_text("You asked for it, so somebody else decides.")).to_be_visible()
    assert limits(site, customer) == []
    manager = sit("helena")
    manager.goto("/approvals/")
    manager.get_by_role("link", name="Acorn ASK").click()
    expect(manager.get_by_role("button", name="Preview the approval")).to_be_visible()
    manager.keyboard.press("a")
    expect(manager.get_by_text("It is done at once, in the name of who asked")).to_be_visible()
    manager.keyboard.press("a")
    toast(manager, "is approved and done")
    assert limits(site, customer) == [ABOVE]


def test_a_double_click_approves_once(site: Site, sit: Sit) -> None:
    reference, customer = asked(site, "DBL")
    page = sit("helena")
    page.goto(f"/approvals/{reference}/")
    page.get_by_role("button", name="Preview the approval").click()
    page.get_by_role("button", name="Approve", exact=False).first.dblclick()
    toast(page, "is approved and done")
    assert limits(site, customer) == [ABOVE]


def test_two_tabs_approve_once_and_both_are_told(site: Site, sit: Sit) -> None:
    reference, customer = asked(site, "TAB")
    tabs = [sit("helena"), sit("helena")]
    for page in tabs:
        page.goto(f"/approvals/{reference}/")
        page.get_by_role("button", name="Preview the approval").click()
        expect(page.get_by_text("If you approve")).to_be_visible()
    for page in tabs:
        page.get_by_role("button", name="Approve", exact=False).first.click()
        toast(page, "is approved and done")
    assert limits(site, customer) == [ABOVE]


def test_two_tabs_apply_a_payment_once(site: Site, sit: Sit) -> None:
    reference = an_odd_payment(site.actor, "TWO")
    tabs = [sit("cara"), sit("cara")]
    for page in tabs:
        page.goto(f"/cash/exceptions/?at={reference}")
        page.keyboard.press("s")
        split = page.get_by_role("region", name="Split over open items").first
        split.get_by_label("Apply to INV-TWO", exact=True).fill("350")
        split.get_by_label("Apply to INV-TWOb").fill("300")
    for page, said in zip(tabs, (f"{reference} is applied", f"Less of {reference}"), strict=True):
        page.get_by_role("button", name="Apply as written").click()
        toast(page, said)
    assert open_of(site.actor, "TWO") == {"INV-TWO": 15_000}
    assert unapplied(site.actor, reference) == 0
    page = cash.payment(site.actor.company_id, reference)
    assert sorted(one.minor for one in page.allocations) == [30_000, 35_000]
