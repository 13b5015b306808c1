"""The cash applier's morning: files in, what matched by itself and why, the rest by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from creditdesk.cash import queries as cash
from creditdesk.customers import queries as customers
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from tests.browser.conftest import Site
from tests.browser.test_collector import toast
from tests.cash import stage
from tests.faces.desk.work import FRIDAY, a_debtor, a_payment
from tests.invoices.people import an_invoice, recorded

pytestmark = pytest.mark.needs("chromium")

Sit = Callable[..., Page]


def a_file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


def give(page: Page, *files: FilePayload) -> None:
    page.goto("/cash/statements/")
    page.get_by_label("Bank files").set_input_files(list(files))
    page.get_by_role("button", name="Take them in").click()


def an_odd_payment(actor: Actor, number: str) -> str:
    """A debtor of 500.00 and 300.00 paid 650.00, which fits nothing; return the payment."""
    customer_id = a_debtor(actor, number)
    recorded(actor, an_invoice(customer_id, f"INV-{number}b", net_minor=30_000, tax_minor=0))
    return a_payment(actor, 65_000, f"October of {number}", name=f"Acorn {number}")


def open_of(actor: Actor, number: str) -> dict[str, int]:
    customer_id = customers.customer(actor.company_id, number).id
    items = invoices.open_items(actor.company_id, customer_ids=[customer_id])
    return {row.number: row.open_minor for row in items}


def unapplied(actor: Actor, reference: str) -> int:
    return cash.payment(actor.company_id, reference).payment.unapplied_minor


def test_a_bank_file_is_taken_in_matched_and_explained_and_counted_once(
    site: Site, sit: Sit
) -> None:
    a_debtor(site.actor, "FILE")
    content = stage.statement(
        [
            stage.Paid(minor=50_000, text="thank you INV-FILE", name="Acorn FILE", on=FRIDAY),
            stage.Paid(minor=7_700, text="who is this", on=FRIDAY),
            stage.Paid(minor=-300, text="charges", on=FRIDAY),
        ]
    )
    page = sit("cara")
    give(page, a_file("friday.csv", content))
    toast(page, "3 new lines, 2 payments")
    page.get_by_role("row").filter(has_text="577").get_by_role("link", name="DE0212").click()
    lines = page.get_by_role("row")
    expect(lines.filter(has_text="who is this")).to_contain_text("waiting")
    expect(lines.filter(has_text="charges")).to_contain_text("outgoing")
    matched = lines.filter(has_text="thank you INV-FILE")
    expect(matched).to_contain_text("applied")
    matched.get_by_role("link").first.click()
    why = page.get_by_role("region", name="Why")
    expect(why).to_contain_text("The text names INV-FILE")
    expect(why).to_contain_text("The amount is exact")
    expect(why).to_contain_text("rules v1")
    assert open_of(site.actor, "FILE") == {}
    before = len(cash.payments(site.actor.company_id))
    give(page, a_file("friday again.csv", content))
    toast(page, "Nothing new: every line was known already")
    assert len(cash.payments(site.actor.company_id)) == before


def test_a_faulty_file_names_file_line_field_and_mend(site: Site, sit: Sit) -> None:
    page = sit("cara")
    before = len(cash.statements(site.actor.company_id))
    content = (
        b"Account;Booking date;Amount;Currency;Payer;Payer IBAN;Text\n"
        b"DE02120300000000202051;13.03.2026;ten;EUR;A;;B\n"
    )
    give(page, a_file("march.csv", content))
    said = page.get_by_role("alert")
    expect(said).to_contain_text("march.csv, line 2")
    expect(said).to_contain_text("amount", ignore_case=True)
    expect(said).to_contain_text("Nothing of this file went in")
    assert len(cash.statements(site.actor.company_id)) == before


def test_a_proposal_is_accepted_and_undone_by_key(site: Site, sit: Sit) -> None:
    reference = an_odd_payment(site.actor, "KEY")
    other = a_payment(site.actor, 1_234, "nobody knows key")
    page = sit("cara")
    page.goto("/cash/exceptions/?q=key")
    expect(page.get_by_role("article")).to_have_accessible_name(reference)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_have_accessible_name(other)
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_have_accessible_name(reference)
    expect(page.get_by_role("region", name="Proposal")).to_contain_text("Closes 1 invoice")
    page.keyboard.press("a")
    toast(page, f"{reference} is applied")
    expect(page.get_by_role("article")).to_have_accessible_name(other)
    assert open_of(site.actor, "KEY") == {"INV-KEYb": 15_000}
    page.keyboard.press("u")
    toast(page, f"{reference} is undone; its money waits")
    assert open_of(site.actor, "KEY") == {"INV-KEY": 50_000, "INV-KEYb": 30_000}
    assert unapplied(site.actor, reference) == 65_000


def test_a_payment_is_split_over_two_invoices(site: Site, sit: Sit) -> None:
    reference = an_odd_payment(site.actor, "SPLIT")
    page = sit("cara")
    page.goto(f"/cash/exceptions/?at={reference}")
    page.keyboard.press("s")
    split = page.get_by_role("region", name="Split over open items").first
    split.get_by_label("Apply to INV-SPLIT", exact=True).fill("350")
    split.get_by_label("Apply to INV-SPLITb").fill("300,50")
    left = split.get_by_role("row").filter(has_text="Left to apply")
    expect(left).to_contain_text(re.compile("[-−]0.50"))
    split.get_by_label("Apply to INV-SPLITb").fill("300,00")
    expect(left).to_contain_text("650")
    page.get_by_role("button", name="Apply as written").dblclick()
    toast(page, f"{reference} is applied")
    assert open_of(site.actor, "SPLIT") == {"INV-SPLIT": 15_000}
    assert unapplied(site.actor, reference) == 0


def test_money_is_put_on_account_by_key(site: Site, sit: Sit) -> None:
    reference = an_odd_payment(site.actor, "ACCOUNT")
    page = sit("cara")
    page.goto(f"/cash/exceptions/?at={reference}")
    page.keyboard.press("o")
    toast(page, f"{reference} stays on account")
    assert cash.payment(site.actor.company_id, reference).payment.on_account
    page.goto(f"/cash/payments/{reference}/")
    expect(page.get_by_text("On account", exact=True).first).to_be_visible()


def test_an_unknown_payer_is_found_and_remembered(site: Site, sit: Sit) -> None:
    a_debtor(site.actor, "PAYER")
    iban = "DE75512108001245126199"
    reference = a_payment(site.actor, 1_000, "part of it", name="RST Holding", iban=iban)
    page = sit("cara")
    page.goto(f"/cash/exceptions/?at={reference}")
    page.keyboard.press("w")
    page.get_by_label("Find the payer").fill("acorn payer")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Theirs").click()
    toast(page, f"{reference} is money of Acorn PAYER")
    again = a_payment(site.actor, 2_000, "more of it", name="RST Holding", iban=iban)
    assert cash.payment(site.actor.company_id, again).payment.customer_number == "PAYER"


def test_a_second_tab_that_is_late_is_told_so(site: Site, sit: Sit) -> None:
    reference = an_odd_payment(site.actor, "STALE")
    first, second = sit("cara"), sit("cara")
    for page in (first, second):
        page.goto(f"/cash/exceptions/?at={reference}")
    first.keyboard.press("a")
    toast(first, f"{reference} is applied")
    second.keyboard.press("a")
    toast(second, f"Less of {reference} is unapplied now; look again")
    assert open_of(site.actor, "STALE") == {"INV-STALEb": 15_000}
