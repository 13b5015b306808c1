"""The collector's morning: find, call, promise, write; by keyboard, and each thing once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import override_settings
from playwright.sync_api import Page, expect

from creditdesk.collections import queries as collections
from creditdesk.collections import services as collections_services
from creditdesk.contact import queries as contact
from creditdesk.contact import services as contact_services
from creditdesk.customers import queries as customers
from creditdesk.disputes import queries as disputes
from tests.browser.conftest import PASSWORD, Site
from tests.contact.mailbox import mailbox
from tests.faces.desk.work import a_debtor, a_fresh_bank

pytestmark = pytest.mark.needs("chromium")

Sit = Callable[..., Page]
# Each test has a debtor of its own.
DEBTORS = ("FIND", "KEYS", "CALL", "PROMISE", "LETTER", "HELP", "STALE", "DONE")


@pytest.fixture(scope="module", autouse=True)
def _owed(served: tuple[str, object, object], site: Site) -> None:
    """Everybody on the list owes one invoice; the bank is fresh and the list is written."""
    a_fresh_bank(site.actor)
    for place, number in enumerate(DEBTORS):
        a_debtor(site.actor, number, minor=50_000 + 1_000 * place)
    collections_services.refresh_worklist(site.actor, on=site.actor.today)


def _id(site: Site, number: str) -> int:
    return customers.customer(site.actor.company_id, number).id


def toast(page: Page, text: str) -> None:
    expect(page.get_by_role("status", name="Messages")).to_contain_text(text)


def test_signing_in_and_finding_a_customer_by_typing(site: Site, sit: Sit) -> None:
    page = site.visitor()
    page.goto("/customers/FIND/")
    page.get_by_label("User name").fill("carl")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("correct username and password")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Acorn FIND")
    page.goto("/")
    page.keyboard.press("/")
    box = page.get_by_role("dialog", name="Search or jump").get_by_role("searchbox")
    expect(box).to_be_focused()
    box.press_sequentially("corn fin")
    found = page.get_by_role("dialog").get_by_role("link", name="Acorn FIND").first
    expect(found).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(found).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/customers/FIND/")


def test_the_worklist_is_walked_by_keyboard(site: Site, sit: Sit) -> None:
    page = sit("carl")
    page.goto("/worklist/?view=all")
    rows = page.get_by_role("region", name="Today’s list").get_by_role("link", name="Acorn")
    names = [text.splitlines()[0] for text in rows.all_inner_texts()]
    assert sorted(names) == sorted(f"Acorn {number}" for number in DEBTORS)
    expect(page.get_by_role("article")).to_have_accessible_name(names[0])
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(2)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_have_accessible_name(names[1])
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    expect(rows.nth(2)).to_be_focused()


def test_a_call_is_logged_with_its_outcome_once(site: Site, sit: Sit) -> None:
    page = sit("carl")
    page.goto("/worklist/?at=CALL")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log a call")
    page.get_by_label("Outcome").select_option("left_message")
    page.get_by_label("Note").fill("rings back on Thursday")
    page.get_by_role("button", name="Log it").dblclick()
    toast(page, "Logged: ")
    expect(page).to_have_url(re.compile(r"/worklist/\?at=CALL"))
    expect(page.get_by_role("article")).to_contain_text("rings back on Thursday")
    [call] = collections.activities(site.actor.company_id, _id(site, "CALL"))
    assert (call.outcome, call.note) == ("left_message", "rings back on Thursday")


def test_a_promise_made_by_key_holds_the_reminder(site: Site, sit: Sit) -> None:
    page = sit("carl")
    page.goto("/customers/PROMISE/email")
    expect(page.get_by_text("INV-PROMISE")).to_be_visible()
    page.goto("/customers/PROMISE/")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", level=1)).to_have_text("Promise to pay")
    due_on = site.actor.today + timedelta(days=4)
    page.get_by_label("Promised for").fill(due_on.isoformat())
    page.get_by_role("button", name="Record the promise").dblclick()
    toast(page, "is recorded; reminders wait for it")
    holds = page.get_by_role("region", name="Disputed or on hold")
    expect(holds).to_contain_text("Promise to pay")
    [made] = collections.promises(site.actor.company_id, _id(site, "PROMISE"))
    assert (made.minor, made.due_on) == (53_000, due_on)
    expect(page.get_by_role("region", name="Timeline")).to_contain_text(made.reference)
    page.keyboard.press("e")
    expect(page.get_by_text("does not pass the gate")).to_be_visible()
    expect(page.get_by_text("The customer is on hold: promise to pay", exact=True)).to_be_visible()
    page.goto("/dunning/?q=PROMISE&view=go")
    expect(page.get_by_text("Nobody is to be written to")).to_be_visible()
    page.goto("/dunning/?q=PROMISE&view=not")
    expect(page.get_by_role("link", name="Acorn PROMISE")).to_contain_text("on hold")


def test_a_letter_is_seen_queued_sent_and_kept_with_its_verdict(site: Site, sit: Sit) -> None:
    page = sit("carl")
    page.goto("/customers/LETTER/")
    page.keyboard.press("e")
    letter = page.get_by_role("region", name="The letter")
    expect(letter).to_contain_text("INV-LETTER")
    expect(page.get_by_role("region", name="May go out")).to_be_visible()
    page.keyboard.press("s")
    toast(page, "Queued; it leaves with the next sending")
    page.goto("/mailbox/?customer=LETTER")
    line = page.get_by_role("row").filter(has_text="Acorn LETTER")
    expect(line).to_contain_text("Queued")
    with mailbox() as box, override_settings(SMTP_URL=f"smtp://127.0.0.1:{box.port}"):
        contact_services.send_queued(
            site.actor, bank=collections.bank_fact(site.actor.company_id, site.actor.today)
        )
    assert [mail["To"] for mail in box.mails] == ["Ann Archer <ann@letter.example>"]
    page.reload()
    expect(line).to_contain_text("Sent")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    gate = page.get_by_role("region", name="What the gate said")
    expect(gate.get_by_role("region", name="May go out").first).to_be_visible()
    text = page.frame_locator("iframe").get_by_text("INV-LETTER")
    expect(text.first).to_be_visible()


def test_the_keys_of_a_page_are_told(sit: Sit) -> None:
    page = sit("carl")
    page.goto("/customers/HELP/")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("Next and previous row")
    for name in ("Promise", "E-mail", "Call"):
        expect(keys.get_by_role("definition").filter(has_text=name).first).to_be_visible()
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile("/customers/HELP/$"))
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_keys_are_only_letters_while_somebody_types(sit: Sit) -> None:
    page = sit("carl")
    page.goto("/worklist/?view=all")
    page.get_by_label("Filter the list").press_sequentially("help")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=help"))
    expect(page.get_by_role("article")).to_have_accessible_name("Acorn HELP")


def test_a_second_tab_that_is_late_is_told_so(site: Site, sit: Sit) -> None:
    first, second = sit("carl"), sit("carl")
    for page in (first, second):
        page.goto("/customers/STALE/dispute")
        expect(page.get_by_label("Invoice")).to_contain_text("INV-STALE")
    first.get_by_role("button", name="Open the dispute").click()
    toast(first, "is open; reminders about it wait")
    second.get_by_role("button", name="Open the dispute").click()
    expect(second.get_by_role("alert")).to_contain_text("in dispute already")
    [opened] = disputes.disputes_of(site.actor.company_id, _id(site, "STALE"))
    assert opened.invoice_number == "INV-STALE"


def test_done_by_key_goes_on_to_the_next(site: Site, sit: Sit) -> None:
    page = sit("carl")
    page.goto("/worklist/?at=DONE")
    page.keyboard.press("f")
    toast(page, "Acorn DONE is done")
    expect(page.get_by_role("article")).not_to_have_accessible_name("Acorn DONE")
    page.goto("/worklist/?view=done")
    expect(page.get_by_role("link", name="Acorn DONE")).to_be_visible()
    assert contact.live_holds(site.actor.company_id, [_id(site, "DONE")]) == []
