"""Cash matching: what waits and why, proposals, splitting, on account, payer, undo."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from creditdesk.cash import queries as cash
from creditdesk.cash.queries import MatchRow, ReasonRow
from creditdesk.faces.desk import cases
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body, csv_rows, words
from tests.faces.desk.work import a_debtor, a_payment
from tests.invoices.people import an_invoice, recorded


def listed(response: Any) -> list[str]:
    return re.findall(r'<span class="who">([^<]+)</span>', body(response))


def form(response: Any, action: str) -> dict[str, str]:
    """Return the hidden fields of the first form that posts to an address."""
    page = body(response)
    _, found, rest = page.partition(f'action="{action}"')
    assert found, f"no form posts to {action}"
    fields = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)"', rest.split("</form>")[0]
    )
    return {name: value.replace("&amp;", "&") for name, value in fields}


def open_minor(actor: Actor) -> dict[str, int]:
    return {row.number: row.open_minor for row in invoices.open_items(actor.company_id)}


def unapplied(actor: Actor, reference: str) -> int:
    return cash.payment(actor.company_id, reference).payment.unapplied_minor


@pytest.fixture
def applier(signed_in: SignedIn) -> Client:
    return signed_in("cash_applier")


@pytest.fixture
def odd(desk: Actor) -> str:
    """Acorn C1 owes 500.00 and 300.00 and paid 650.00, which fits nothing."""
    customer_id = a_debtor(desk)
    recorded(desk, an_invoice(customer_id, "INV-C1b", net_minor=30_000, tax_minor=0))
    return a_payment(desk, 65_000, "October", name="Acorn C1")


def test_nothing_waiting_says_where_payments_come_from(applier: Client) -> None:
    page = words(applier.get("/cash/exceptions/"))
    assert "Nothing waits" in page
    assert "Take in a bank file" in page


def test_what_waits_says_why_and_what_is_proposed(applier: Client, odd: str) -> None:
    response = applier.get("/cash/exceptions/")
    assert listed(response) == ["Acorn C1"]
    page = words(response)
    assert "The name is the payer's. The amount fits nothing that is open" in page
    assert "oldest first" in page
    assert "Closes 1 invoice" in page
    assert 'data-key="a"' in body(response)
    assert " style=" not in body(response)


def test_the_proposal_is_accepted_once_and_the_next_one_comes(
    applier: Client, desk: Actor, odd: str
) -> None:
    a_payment(desk, 1_234, "nobody knows")
    page = applier.get(f"/cash/exceptions/?at={odd}")
    given = form(page, f"/cash/payments/{odd}/apply")
    assert applier.post(f"/cash/payments/{odd}/apply", given).status_code == 303
    response = applier.post(f"/cash/payments/{odd}/apply", given)
    assert response.status_code == 303
    assert response["Location"].startswith("/cash/exceptions/?at=PAY-")
    assert f"last={odd}" in response["Location"]
    assert open_minor(desk) == {"INV-C1b": 15_000}
    assert unapplied(desk, odd) == 0
    after = applier.get(response["Location"])
    assert listed(after) == ["Unknown payer"]
    assert f"{odd} is applied" in words(after)


def test_undo_opens_the_items_again(applier: Client, desk: Actor, odd: str) -> None:
    applier.post(
        f"/cash/payments/{odd}/apply",
        form(applier.get("/cash/exceptions/"), f"/cash/payments/{odd}/apply"),
    )
    page = applier.get(f"/cash/exceptions/?last={odd}")
    given = form(page, f"/cash/payments/{odd}/undo")
    for _ in range(2):
        assert applier.post(f"/cash/payments/{odd}/undo", given).status_code == 303
    assert open_minor(desk) == {"INV-C1": 50_000, "INV-C1b": 30_000}
    assert unapplied(desk, odd) == 65_000
    assert "undone" in words(applier.get(f"/cash/payments/{odd}/"))


def test_a_split_is_applied_as_it_is_written(applier: Client, desk: Actor, odd: str) -> None:
    items = {row.number: row.item_id for row in invoices.open_items(desk.company_id)}
    given = {
        f"amount-{items['INV-C1']}": "350,00", f"amount-{items['INV-C1b']}": "300.00",
    }  # fmt: skip
    response = applier.post(f"/cash/payments/{odd}/apply", given)
    assert response.status_code == 303
    assert open_minor(desk) == {"INV-C1": 15_000}


def test_the_remainder_runs_along_and_writes_nothing(
    applier: Client, desk: Actor, odd: str
) -> None:
    items = {row.number: row.item_id for row in invoices.open_items(desk.company_id)}
    name = f"amount-{items['INV-C1']}"
    address = f"/cash/payments/{odd}/remainder"
    assert "Left to apply 549 .50" in words(applier.post(address, {name: "100,5"}))
    assert "Left to apply −50 .00" in words(applier.post(address, {name: "700"})).replace("-", "−")
    assert "is no amount in EUR" in words(applier.post(address, {name: "abc"}))
    assert open_minor(desk) == {"INV-C1": 50_000, "INV-C1b": 30_000}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("700", "is more than the payment"),
        ("600", "Less is open on an item now"),
        ("ten", "is no amount in EUR"),
        ("", "Name at least one item"),
    ],
)
def test_what_cannot_be_applied_is_said_and_changes_nothing(
    applier: Client, desk: Actor, odd: str, written: str, said: str
) -> None:
    items = {row.number: row.item_id for row in invoices.open_items(desk.company_id)}
    response = applier.post(
        f"/cash/payments/{odd}/apply", {f"amount-{items['INV-C1']}": written}, follow=True
    )
    assert said in words(response)
    assert open_minor(desk) == {"INV-C1": 50_000, "INV-C1b": 30_000}
    assert unapplied(desk, odd) == 65_000


def test_money_is_left_on_account_on_purpose(applier: Client, desk: Actor, odd: str) -> None:
    page = applier.get("/cash/exceptions/")
    given = form(page, f"/cash/payments/{odd}/on-account")
    for _ in range(2):
        assert applier.post(f"/cash/payments/{odd}/on-account", given).status_code == 303
    assert cash.payment(desk.company_id, odd).payment.on_account
    assert listed(applier.get("/cash/exceptions/")) == []
    assert "On account" in words(applier.get(f"/cash/payments/{odd}/"))


def test_a_payer_is_found_by_name_named_and_remembered(applier: Client, desk: Actor) -> None:
    a_debtor(desk)
    iban = "DE75512108001245126199"
    reference = a_payment(desk, 1_000, "part", name="RST Holding", iban=iban)
    assert "Neither payer nor document is recognised" in words(applier.get("/cash/exceptions/"))
    found = applier.get(f"/cash/exceptions/?at={reference}&find=acorn")
    given = form(found, f"/cash/payments/{reference}/assign")
    assert given["payer"] == "C1"
    assert applier.post(f"/cash/payments/{reference}/assign", given).status_code == 303
    payment = cash.payment(desk.company_id, reference).payment
    assert payment.customer_number == "C1"
    again = a_payment(desk, 2_000, "more", name="RST Holding", iban=iban)
    assert cash.payment(desk.company_id, again).payment.customer_number == "C1"


def test_the_open_items_of_a_candidate_are_shown(applier: Client, desk: Actor) -> None:
    a_debtor(desk)
    reference = a_payment(desk, 1_000, "part", name="RST Holding")
    page = words(applier.get(f"/cash/exceptions/?at={reference}&payer=C1"))
    assert "INV-C1" in page
    assert "Split over open items" in page


def _found(day: int, method: str, *codes: str) -> MatchRow:
    at = datetime(2026, 3, day, 9, 0, tzinfo=UTC)
    reasons = tuple(ReasonRow(code, {}) for code in codes)
    return MatchRow(day, method, False, reasons, 1, at, "the day")


def test_what_is_found_again_every_day_is_shown_once() -> None:
    matches = (
        _found(1, "oldest_first", "payer_by_name"),
        _found(2, "by_amount", "amount_exact"),
        _found(3, "oldest_first", "payer_by_name"),
        _found(4, "oldest_first", "payer_by_name"),
        _found(5, "by_hand", "payer_named"),
        _found(6, "by_hand", "payer_named"),
    )
    said, before = cases.told(matches)
    assert [(one.row.id, one.times) for one in said] == [(6, 1), (5, 1), (4, 2)]
    assert [(one.row.id, one.times) for one in before] == [(2, 1), (1, 1)]


def test_an_automatic_match_is_explained(applier: Client, desk: Actor) -> None:
    a_debtor(desk)
    reference = a_payment(desk, 50_000, "INV-C1 thank you", name="Acorn C1")
    page = words(applier.get(f"/cash/payments/{reference}/"))
    assert "Applied" in page
    assert "The text names INV-C1" in page
    assert "The amount is exact" in page
    assert "rules v1" in page


def test_the_list_filters_sorts_and_exports(applier: Client, desk: Actor, odd: str) -> None:
    a_payment(desk, 999_00, "nobody knows")
    assert listed(applier.get("/cash/exceptions/?view=proposed")) == ["Acorn C1"]
    assert listed(applier.get("/cash/exceptions/?view=unknown")) == ["Unknown payer"]
    assert listed(applier.get("/cash/exceptions/?q=999.00")) == ["Unknown payer"]
    assert listed(applier.get("/cash/exceptions/?sort=-left")) == ["Unknown payer", "Acorn C1"]
    head, first, _ = csv_rows(applier.get("/cash/exceptions/?format=csv"))
    assert head[0] == "Payment"
    assert (first[0], first[-1]) == (odd, "650.00")


def test_an_auditor_reads_and_changes_nothing(auditor: Client, desk: Actor, odd: str) -> None:
    page = body(auditor.get("/cash/exceptions/"))
    assert "INV-C1" in page
    assert f"/cash/payments/{odd}/apply" not in page
    [item, _] = invoices.open_items(desk.company_id)
    for act in ("apply", "on-account", "assign", "undo"):
        given = {f"amount-{item.item_id}": "5", "payer": "C1"}
        assert auditor.post(f"/cash/payments/{odd}/{act}", given).status_code == 403
    assert auditor.post("/cash/match").status_code == 403
    assert unapplied(desk, odd) == 65_000


def test_those_of_another_company_are_not_there(
    applier: Client, desk: Actor, other: Actor, odd: str
) -> None:
    theirs = a_debtor(other, "X9")
    [item] = invoices.open_items(other.company_id, customer_ids=[theirs])
    assert applier.get("/cash/exceptions/?payer=X9").status_code == 404
    response = applier.post(
        f"/cash/payments/{odd}/apply", {f"amount-{item.item_id}": "5"}, follow=True
    )
    assert response.status_code == 404
    assert open_minor(other) == {"INV-X9": 50_000}
    assert applier.get("/cash/payments/PAY-2026-999999/").status_code == 404


@pytest.mark.parametrize("count", [1, 10])
def test_its_queries_do_not_grow_with_the_list(
    applier: Client,
    desk: Actor,
    odd: str,
    count: int,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    for number in range(count):
        a_payment(desk, 100_000 + number, f"no {number}")
    applier.get("/cash/exceptions/")
    # Figures and advices ask three, the ways of dealing with what stays open the rest.
    with django_assert_max_num_queries(26):
        assert len(listed(applier.get("/cash/exceptions/"))) == count + 1
