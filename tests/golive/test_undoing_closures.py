"""Closures imported by mistake are taken back by new postings, once, and stay as they were."""

from __future__ import annotations

from datetime import date

import pytest

from creditdesk.credit import queries as credit
from creditdesk.customers import queries as customers
from creditdesk.insight import queries as insight
from creditdesk.invoices import queries as invoices
from creditdesk.invoices import services
from creditdesk.kernel.errors import Invalid, NotFound
from creditdesk.ledger import queries as ledger
from creditdesk.ledger import services as ledger_services
from creditdesk.plumbing import sql
from creditdesk.reconciliation import queries
from tests.golive.erp import Company, ago

CLOSURES = (
    "Invoice No,Closed on,How,Amount,Reference\n"
    f"R-1,{ago(-1)},paid,,PAY-1\n"
    f"R-3,{ago(-1)},written_off,500.00,W-1\n"
    f"R-4,{ago(-1)},credited,750.00,G-9\n"
)
LATER = date(2026, 3, 20)


@pytest.fixture
def live(going: Company) -> Company:
    going.goes_live()
    going.it_is(date(2026, 3, 17))
    return going


@pytest.fixture
def closed(live: Company) -> str:
    run = live.knows("closures", CLOSURES)
    assert (run.rows_accepted, run.faults) == (3, {})
    live.it_is(LATER)
    return run.reference


def opened(company: Company, number: str) -> int:
    return invoices.invoice(company.id, number).open_minor


def accounts(company: Company) -> dict[tuple[str, str], int]:
    found = ledger.balances(company.id)
    return {(one.account, one.currency): one.minor for one in found if "erp" in one.account}


def postings() -> int:
    return int(sql.scalar("SELECT count(*) FROM ledger_posting"))


def test_undone_items_are_open_again_and_the_books_keep_both(live: Company, closed: str) -> None:
    before = postings()
    rows = sql.scalar("SELECT count(*) FROM invoices_closure")
    ids = queries.closure_ids(live.id, import_reference=closed)
    done = services.undo_closures(live.signer, ids, reason="the file was of the test system")

    assert (done.undone, done.known) == (3, 0)
    assert [opened(live, n) for n in ("R-1", "R-3", "R-4")] == [119_000, 200_000, 75_000]
    assert set(accounts(live).values()) <= {0}
    assert postings() == before + 3
    assert sql.scalar("SELECT count(*) FROM invoices_closure") == rows
    assert insight.prove(live.id) == []
    page = queries.closures(live.id, import_reference=closed)
    assert {(one.number, one.undone_on) for one in page.rows} == {
        ("R-1", LATER), ("R-3", LATER), ("R-4", LATER),
    }  # fmt: skip
    owner = customers.by_number(live.id)["C-1"]
    [exposure] = credit.exposure(live.id, owner)
    assert exposure.open_minor == 119_000 + 12_050 + 9_999


def test_undone_twice_has_one_effect(live: Company, closed: str) -> None:
    ids = queries.closure_ids(live.id, import_reference=closed)
    services.undo_closures(live.signer, ids[:1], reason="x")
    before = postings()
    again = services.undo_closures(live.signer, [*ids, ids[0]], reason="x")
    assert (again.undone, again.known) == (2, 1)
    assert postings() == before + 2
    assert services.undo_closures(live.signer, ids, reason="x").known == 3
    assert postings() == before + 2
    with pytest.raises(NotFound):
        queries.closure_ids(live.id, import_reference=closed)


def test_the_same_line_does_not_come_back_unseen(live: Company, closed: str) -> None:
    ids = queries.closure_ids(live.id, numbers=["R-1"])
    services.undo_closures(live.signer, ids, reason="wrong file")
    run = live.knows("closures", CLOSURES)
    assert (run.rows_known, run.rows_accepted, run.faults) == (2, 0, {"closure_undone": 1})
    assert opened(live, "R-1") == 119_000
    right = live.knows("closures", CLOSURES.replace("PAY-1", "PAY-1 again"))
    assert right.rows_accepted == 1
    assert opened(live, "R-1") == 0
    assert insight.prove(live.id) == []


@pytest.mark.parametrize("reason", ["", "   "])
def test_no_reason_no_undoing(live: Company, closed: str, reason: str) -> None:
    ids = queries.closure_ids(live.id, import_reference=closed)
    before = postings()
    with pytest.raises(Invalid) as refused:
        services.undo_closures(live.signer, ids, reason=reason)
    assert refused.value.code == "reason_missing"
    assert postings() == before


def test_nothing_is_undone_if_one_is_unknown(live: Company, closed: str) -> None:
    ids = queries.closure_ids(live.id, import_reference=closed)
    before = postings()
    with pytest.raises(NotFound) as refused:
        services.undo_closures(live.signer, [*ids, 10**12], reason="x")
    assert refused.value.code == "closure_unknown"
    assert postings() == before
    assert opened(live, "R-1") == 0


def test_of_all_closures_none_is_meant(live: Company, closed: str) -> None:
    with pytest.raises(NotFound):
        queries.closure_ids(live.id)


def test_a_closed_period_stays_closed(live: Company, closed: str) -> None:
    """What is undone late is posted on the first open day; the closed days keep their balance."""
    live.it_is(date(2026, 4, 2))
    ids = queries.closure_ids(live.id, numbers=["R-1"])
    ledger_services.close_period(live.signer, date(2026, 3, 31))
    closed_march = ledger.balances(live.id, as_of=date(2026, 3, 31))
    services.undo_closures(live.signer, ids, reason="x")
    assert ledger.balances(live.id, as_of=date(2026, 3, 31)) == closed_march
    assert queries.closures(live.id, text="R-1").rows[0].undone_on == date(2026, 4, 2)
