"""The manager's morning: what moved, down to the document; what is decided; what is taken along."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from creditdesk.collections import queries as collections
from creditdesk.contact import queries as contact
from creditdesk.insight import queries as insight
from creditdesk.insight import services as insight_services
from creditdesk.kernel.actor import Actor
from creditdesk.orders import queries as orders
from tests.browser.conftest import Site
from tests.browser.test_collector import toast
from tests.faces.desk.work import a_debtor, a_fresh_bank, a_payment
from tests.orders import verbs

pytestmark = pytest.mark.needs("chromium")

Sit = Callable[..., Page]
LATE_DAYS = {"OLD": 70, "NEW": 10}


@pytest.fixture(scope="module", autouse=True)
def _worked(served: tuple[str, object, object], site: Site) -> None:
    """Two debtors late, one paid in part, one order held; Friday's morning is kept."""
    actor = site.actor
    a_fresh_bank(actor)
    for number, late_days in LATE_DAYS.items():
        a_debtor(actor, number, minor=100_000, late_days=late_days)
    _friday(actor)
    a_debtor(actor, "PART", minor=80_000, late_days=2)
    a_payment(actor, 80_000, "INV-PART", name="Acorn PART")
    a_payment(actor, 4_200, "nobody knows")
    a_debtor(site.other, "NORTH", minor=30_000)
    verbs.a_customer(actor, "BUYER", limit=100_000)
    for reference in ("SO-1", "SO-2"):
        assert verbs.an_order(actor, reference, 150_000, customer="BUYER").outcome == "held"


def _friday(actor: Actor) -> None:
    back = timedelta(days=3)
    friday = replace(actor, at=actor.at - back, today=actor.today - back)
    insight_services.write_morning(friday, as_of=friday.today)


def test_the_morning_says_what_moved_and_every_figure_leads_to_documents(
    site: Site, sit: Sit
) -> None:
    page = sit("helena")
    page.goto("/")
    found = insight.morning(site.actor.company_id, site.actor.today)
    late = found.figure("overdue").figure.value
    assert late == 200_000
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("Overdue|overdue"))
    # Another test of this module may have released one of the two meanwhile.
    held = next(
        need.count
        for need in insight.needs(site.actor.company_id, site.actor.today)
        if need.code == "held_orders"
    )
    told = f"{held} orders are held" if held > 1 else "1 order is held"
    expect(page.get_by_text("Good morning, Helena: ")).to_contain_text(told)
    figures = page.get_by_role("region", name="Key figures").get_by_role("link")
    hrefs = [link.get_attribute("href") or "" for link in figures.all()]
    assert len(hrefs) >= 5
    for href in hrefs:
        page.goto(href)
        expect(page.get_by_role("heading", level=1).first).to_be_attached()
        expect(page.get_by_role("main").get_by_role("link").first).to_be_visible()
    page.goto(next(href for href in hrefs if "overdue" in href))
    numbers = page.get_by_role("row").filter(has_text="INV-").get_by_role("link")
    assert {"INV-OLD", "INV-NEW"} <= set(numbers.all_inner_texts())


def test_what_waits_leads_to_where_it_is_done(site: Site, sit: Sit) -> None:
    page = sit("helena")
    page.goto("/")
    needs = page.get_by_role("region", name="Needs you")
    needs.get_by_role("link", name=re.compile("payment")).click()
    expect(page).to_have_url(f"{site.url}/cash/exceptions/")
    expect(page.get_by_role("article")).to_contain_text("nobody knows")


def test_the_ageing_of_a_past_date_leads_to_the_document(site: Site, sit: Sit) -> None:
    page = sit("helena")
    page.goto("/ageing/")
    past = site.actor.today - timedelta(days=20)
    page.get_by_label("as of").fill(past.isoformat())
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ageing of 24 Feb 2026")
    aged = insight.ageing(site.actor.company_id, as_of=past)
    assert aged.in_company_currency.overdue_minor == 100_000
    row = page.get_by_role("row").filter(has_text="Acorn OLD")
    expect(row).to_contain_text(re.compile(r"1\s000\.00"))
    row.get_by_role("link", name="Acorn OLD").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Acorn OLD: open on 24 Feb 2026")
    item = page.get_by_role("row").filter(has_text="INV-OLD")
    expect(item).to_contain_text(str(LATE_DAYS["OLD"] - 20))
    item.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("INV-OLD")
    page.get_by_role("link", name="Acorn OLD").first.click()
    expect(page).to_have_url(f"{site.url}/customers/OLD/")


def test_the_run_is_previewed_asked_about_and_made_once(site: Site, sit: Sit) -> None:
    company_id = site.actor.company_id
    page = sit("helena")
    page.goto("/dunning/?q=old")
    expect(page.get_by_role("region", name="The letter")).to_contain_text("INV-OLD")
    expect(page.get_by_role("region", name="May go out")).to_be_visible()
    assert contact.mailbox(company_id).rows == ()
    run = page.get_by_role("button", name=re.compile("Queue [0-9]+ reminder"))
    run.click()
    asked = page.get_by_role("dialog", name="Please confirm")
    expect(asked).to_contain_text("now?")
    asked.get_by_role("button", name="Cancel").click()
    expect(asked).to_be_hidden()
    assert contact.mailbox(company_id).rows == ()
    run.click()
    asked.get_by_role("button", name="Go ahead").dblclick()
    toast(page, "are queued")
    expect(page.get_by_text("The run of today was made")).to_be_visible()
    assert len(collections.runs(company_id, limit=9)) == 1
    assert {row.customer_number for row in contact.mailbox(company_id).rows} == set(LATE_DAYS)


def test_a_held_order_is_released_with_its_reason_after_a_preview(site: Site, sit: Sit) -> None:
    page = sit("helena")
    page.goto("/orders/")
    row = page.get_by_role("row").filter(has_text="SO-1")
    expect(row).to_contain_text(re.compile(r"1\s500\.00"))
    expect(row).to_contain_text(re.compile(r"at most 1\s000\.00"))
    row.get_by_role("link", name="SO-1").click()
    page.get_by_label("Reason, kept with the decision").fill("prepaid tomorrow")
    page.keyboard.press("Tab")
    page.keyboard.press("d")
    expect(page.get_by_text("nothing has changed yet")).to_be_visible()
    assert orders.order(site.actor.company_id, "SO-1").status == "held"
    page.get_by_role("button", name="Release it").dblclick()
    expect(page.get_by_role("heading", name="Released by a person")).to_be_visible()
    expect(page.get_by_role("region", name="Decisions")).to_contain_text("prepaid tomorrow")
    decisions = orders.decisions(site.actor.company_id, "SO-1")
    assert [one.outcome for one in decisions].count("released") == 1


def test_the_other_company_shows_only_its_own(site: Site, sit: Sit) -> None:
    page = sit("helena")
    page.goto("/customers/")
    expect(page.get_by_role("link", name="Acorn OLD")).to_be_visible()
    page.get_by_role("button", name=re.compile("Acme Supply")).click()
    page.get_by_role("button", name="North Supply").click()
    expect(page).to_have_url(f"{site.url}/customers/")
    expect(page.get_by_role("link", name="Acorn NORTH")).to_be_visible()
    expect(page.get_by_role("link", name="Acorn OLD")).to_have_count(0)
    answer = page.goto("/customers/OLD/")
    assert answer is not None
    assert answer.status == 404
    site.complaints.clear()  # Chromium says the 404, which is meant


def test_a_list_is_taken_along_as_xlsx_and_csv(site: Site, sit: Sit) -> None:
    page = sit("helena")
    page.goto("/ageing/")
    with page.expect_download() as xlsx:
        page.get_by_role("link", name="XLSX").click()
    book = openpyxl.load_workbook(io.BytesIO(xlsx.value.path().read_bytes()))
    table = book.worksheets[0]
    head, *rows = [[cell.value for cell in row] for row in table.iter_rows()]
    total = head.index("Total")
    assert {row[0]: row[total] for row in rows} == {"OLD": 1000, "NEW": 1000}
    with page.expect_download() as text:
        page.get_by_role("link", name="CSV").click()
    with text.value.path().open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == head
    assert {line[0]: line[total] for line in lines[1:]} == {"OLD": "1000.00", "NEW": "1000.00"}
    assert text.value.suggested_filename.endswith(".csv")
