"""Two how-tos walked at the desk step by step, with the buttons, keys and files they name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from creditdesk.assessment.cases import queries as cases
from creditdesk.assessment.cases import tokens
from creditdesk.contact import queries as contact
from creditdesk.controls import services as controls
from creditdesk.faces.cli import policy as policy_commands
from creditdesk.policy import queries as policies
from tests.browser.conftest import PASSWORD, Site
from tests.docs.pages import ROOT
from tests.support.fixtures import TODAY

pytestmark = pytest.mark.needs("chromium")

Sit = Callable[..., Page]
PATIENCE_MS = 30_000
# Who else sits in the house: an analyst, a second manager, and who writes applications down.
MORE = (
    ("edward", "Edward", "Stone", "analyst"),
    ("mona", "Mona", "Vogt", "manager"),
    ("petra", "Petra", "Kern", "master_data"),
)


@pytest.fixture(scope="module", autouse=True)
def _people(served: tuple[str, object, object], site: Site) -> None:
    for username, forename, surname, role in MORE:
        controls.add_user(username, password=PASSWORD, first_name=forename, last_name=surname)
        controls.grant(username, company_id=site.actor.company_id, role=role, by="test")


@pytest.fixture
def sit(sit: Sit) -> Sit:
    """Sit down with patience: some steps work for a while."""

    def patient(username: str, **context: Any) -> Page:
        page = sit(username, **context)
        page.set_default_timeout(PATIENCE_MS)
        return page

    return patient


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    cache.clear()
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=5_000)
    cache.clear()


def told(name: str) -> str:
    """The text of a how-to, in one line."""
    text = (ROOT / "docs" / "how-to" / f"{name}.md").read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", text)


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


def link(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()


def heading(page: Page, name: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", name=name).first).to_be_visible()


def amount(written: str) -> re.Pattern[str]:
    """An amount as a page writes it, whatever space parts its thousands."""
    return re.compile(re.escape(written).replace(r"\ ", r"\s"))


def says(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.get_by_text(words).first).to_be_visible()


def test_your_first_credit_policy(site: Site, sit: Sit, tmp_path: Path) -> None:
    words = told("first-credit-policy")
    page = sit("helena")
    page.goto("/")
    link(page, "Credit policy")
    heading(page, "Credit policy")
    for section in re.findall(r"\| ([A-Z][a-z, ]+[a-z]) \| [a-z]", words):
        heading(page, section)

    # Draft: a section by hand, then the file with the authority as the page writes it.
    button(page, "Draft a change")
    heading(page, "Change a section")
    page.locator("#main").get_by_role("link", name="Orders", exact=True).click()
    page.get_by_label("Days an item may be late").fill("many")
    button(page, "Keep in the draft")
    expect(page.locator("[aria-invalid=true], [role=alert]").first).to_be_visible()
    page.get_by_label("Days an item may be late").fill("14")
    button(page, "Keep in the draft")
    heading(page, re.compile("What it changes against version 1"))
    draft = downloaded(page, tmp_path)
    block = re.search(r"```json (\"authority\": .*?) ```", words)
    assert block is not None
    given = {**json.loads(draft.read_text()), **json.loads(f"{{{block[1]}}}")}
    draft.write_text(json.dumps({**given, "orders": {**given["orders"], "overdue_days_max": -1}}))
    brought_back(page, draft)
    says(page, re.compile("overdue_days_max"))
    draft.write_text(json.dumps(given))
    brought_back(page, draft)

    # Compare and simulate, at the desk and as commands.
    says(page, amount("50 000.00"))
    link(page, "Simulate")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert policy_commands.show(version=0, as_json=False, company="acme") == 0
    assert policy_commands.compare(file=str(draft), company="acme") == 0
    assert policy_commands.simulate(file=str(draft), days=365, company="acme") == 0

    published(page, sit("mona"))
    assert policies.in_force(site.actor.company_id, TODAY).orders.overdue_days_max == 14


def published(page: Page, second: Page) -> None:
    """Ask for a draft to be published; somebody else approves it, and says that it was read."""
    page.goto("/policy/draft/")
    page.get_by_label("In force from").fill(TODAY.isoformat())
    page.get_by_label("Why").fill("Orders wait sooner.")
    button(page, "Preview")
    says(page, "A second person must approve it; you cannot.")
    button(page, "Ask for it")
    second.goto("/")
    link(second, "Approvals")
    second.locator("[data-rows] a").first.click()
    button(second, "Preview the approval")
    expect(second.get_by_role("button", name="Approve").first).to_be_visible()
    second.keyboard.press("a")
    says(second, "is approved and done")

    # Let it be read: by the key, and counted on the version's page.
    second.goto("/policy/")
    expect(second.get_by_role("button", name="I have read it")).to_be_visible()
    second.keyboard.press("a")
    expect(second.get_by_role("button", name="I have read it")).to_have_count(0)
    second.goto("/policy/versions/2/")
    heading(second, "Who has read it")
    second.goto("/policy/versions/2/readers/")
    heading(second, "What customers were told")
    expect(second.get_by_role("row", name=re.compile("Mona"))).to_contain_text("Read")


def downloaded(page: Page, folder: Path) -> Path:
    """Take the file of the draft."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name="File", exact=True).click()
    place = folder / "draft.json"
    waiting.value.save_as(place)
    return place


def brought_back(page: Page, file: Path) -> None:
    page.get_by_label("File of a policy").set_input_files(file)
    button(page, "Keep it as my draft")


def test_decide_an_application(site: Site, sit: Sit) -> None:
    company_id = site.actor.company_id
    clerk = sit("petra")
    clerk.goto("/")
    link(clerk, "Applications")
    expect(clerk).to_have_url(re.compile("/applications/"))
    clerk.keyboard.press("n")
    heading(clerk, "New application")
    clerk.get_by_label("Legal name").fill("Brightwater Tools Ltd")
    clerk.get_by_label("Limit asked for").fill("10000")
    clerk.get_by_label(re.compile("e-mail", re.IGNORECASE)).first.fill("ap@brightwater.example")
    clerk.get_by_role("button", name=re.compile("Save|Begin|Keep|Write")).first.click()
    heading(clerk, "Brightwater Tools Ltd")
    reference = re.search(r"APP-\d+-\d+", clerk.content())
    assert reference is not None

    # The form is shown before it leaves; the applicant fills it in without signing in.
    button(clerk, "Send the form")
    heading(clerk, "This would be sent")
    clerk.get_by_role("button", name="Send", exact=True).click()
    says(clerk, "asked")
    of = cases.application(company_id, reference[0])
    key = next(one.key for one in cases.asks(company_id, of.id) if one.kind == "form")
    applicant = site.visitor()
    applicant.goto(f"/apply/{tokens.token_of(key)}/")
    fill(applicant)
    button(applicant, "Hand in")
    expect(applicant.get_by_role("heading", level=1)).to_have_text("Thank you, it has arrived")

    # What is missing is listed, and the referees are asked.
    clerk.goto(f"/applications/{reference[0]}/")
    heading(clerk, "What is missing")
    button(clerk, "Ask the references")
    heading(clerk, "This would be sent")
    clerk.get_by_role("button", name="Send", exact=True).click()
    heading(clerk, "Who was asked")

    # The analyst decides by what is recommended, sees the letter, and tells the applicant.
    analyst = sit("edward")
    analyst.goto(f"/applications/{reference[0]}/")
    heading(analyst, "What the policy recommends")
    says(analyst, amount("120 000.00"))  # the revenue they gave, as an amount
    analyst.get_by_label("Our answer").select_option("approve")
    analyst.get_by_label("Limit", exact=True).fill("10000")
    analyst.get_by_label("Why, for us").fill("Small, and the references are known to us.")
    analyst.locator("h1").click()
    analyst.keyboard.press("k")
    says(analyst, "Nothing has been decided yet")
    button(analyst, "Decide and tell the applicant")
    says(analyst, "replays to the same result")
    opened = cases.application(company_id, reference[0])
    assert (opened.state, bool(opened.customer_number)) == ("accepted", True)
    letters = [one.recipient for one in contact.mailbox(company_id).rows]
    assert "ap@brightwater.example" in letters
    analyst.goto(f"/customers/{opened.customer_number}/exposure")
    says(analyst, amount("10 000.00"))


def fill(page: Page) -> None:
    """Give what a small company is asked for."""
    given = {
        "street": "Quay 7", "postal_code": "20457", "city": "Hamburg", "country": "DE",
        "legal_form": "Ltd", "register_number": "HRB 4711", "contact_name": "Ann Brook",
        "founded_in": "1998", "industry": "tools", "annual_revenue": "120000",
        "monthly_purchases": "4000", "reference_1_name": "Elm Ltd",
        "reference_1_email": "credit@elm.example",
    }  # fmt: skip
    for name, value in given.items():
        field = page.locator(f"[name={name}]")
        if field.count():
            field.first.fill(value)
