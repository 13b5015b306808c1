"""Each cause of a difference between the ERP and our books is found and named to the document."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from creditdesk.cash import services as cash
from creditdesk.controls import services as controls
from creditdesk.day import services as days
from creditdesk.insight.queries import needs, prove
from creditdesk.invoices import queries as invoices
from creditdesk.invoices import services as invoice_services
from creditdesk.invoices.rules import NewCreditNote
from creditdesk.kernel.errors import Invalid, NotFound, Refused
from creditdesk.ledger import queries as ledger
from creditdesk.plumbing import sql
from creditdesk.plumbing.imports import services as imports
from creditdesk.reconciliation import queries, services
from creditdesk.reconciliation.queries import DifferenceRow
from tests.golive import erp
from tests.golive.erp import Company, ago

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 16), date(2026, 3, 17), date(2026, 3, 18)
HEADINGS = "Document No,Customer No,Currency,Open amount,As of\n"
ACCOUNT = "DE89370400440532013000"
# What the ERP had open at the cut-over, to be changed by what happened since.
OPEN = {
    "R-1": ("C-1", "EUR", "1190.00"),
    "R-2": ("C-1", "EUR", "120.50"),
    "R-3": ("C-2", "EUR", "2000.00"),
    "R-4": ("C-4", "USD", "750.00"),
    "R-5": ("C-1", "EUR", "99.99"),
    "R-6": ("C-3", "EUR", "300.00"),
    "G-1": ("C-2", "EUR", "-150.00"),
}


def listed(as_of: date, **changed: tuple[str, str, str] | None) -> str:
    """Write the ERP's list: as at the cut-over, with changes (`R_1=None` takes a line out)."""
    lines = OPEN | {name.replace("_", "-"): line for name, line in changed.items()}
    return HEADINGS + "".join(
        f"{number},{line[0]},{line[1]},{line[2]},{as_of}\n"
        for number, line in lines.items()
        if line is not None
    )


@pytest.fixture
def live(going: Company) -> Company:
    """A company that went live on the sixteenth, ERP and books the same."""
    going.goes_live()
    return going


def differences(live: Company, reference: str) -> list[DifferenceRow]:
    run = queries.run(live.id, reference)
    return list(queries.differences(live.id, run.id, sort="number").rows)


def compared(live: Company, text: str) -> list[tuple[str, str, str, int, int]]:
    """Load the ERP's list and compare; each difference as number, cause, customer, here, there."""
    live.knows("open_items_snapshot", text)
    found = differences(live, services.reconcile(live.loader).reference)
    return [
        (one.number, one.cause, one.customer_number, one.here_minor, one.there_minor)
        for one in found
    ]


def paid(live: Company, number: str, amount: str, on: date) -> None:
    text = (
        "Account;Booking date;Amount;Currency;Name;Text;Balance\n"
        f"{ACCOUNT};{on};{amount};EUR;Birch Ltd;{number};{float(amount) + 1000:.2f}\n"
    )
    cash.take_in(live.loader, filename=f"bank-{on}.csv", content=text.encode())
    assert cash.match(live.loader).applied == 1


def credited(live: Company, invoice: str, number: str, minor: int, on: date) -> None:
    found = invoices.invoice(live.id, invoice)
    note = NewCreditNote(
        customer_id=found.customer_id, number=number, issued_on=on, currency=found.currency,
        net_minor=minor, corrects=invoice,
    )  # fmt: skip
    assert invoice_services.record_credit_notes(live.loader, [note]).recorded == 1


def test_books_taken_over_agree_with_the_erp(live: Company) -> None:
    assert compared(live, listed(MONDAY)) == []
    run = queries.runs(live.id)[0]
    assert (run.differences_total, run.unexplained, run.as_of) == (0, 0, MONDAY)
    assert run.report["totals"]["EUR"] == {
        "receivable": 371_049, "balance": 356_049, "unapplied": 15_000, "listed": 356_049,
    }  # fmt: skip


def test_every_planted_cause_is_found_and_named_to_the_document(live: Company) -> None:
    live.it_is(TUESDAY)
    live.knows(
        "invoices",
        "Invoice No,Customer No,Invoice date,Due date,Total,Currency\n"
        "N-1,C-1,2026-03-17,2026-04-16,70.00,EUR\n"  # of the day itself: the list had closed
        f"N-2,C-2,2026-03-16,{ago(-30)},80.00,EUR\n",
    )
    paid(live, "R-1", "1190.00", MONDAY)
    credited(live, "R-6", "K-1", 4_000, MONDAY)
    text = listed(
        TUESDAY,
        R_3=("C-2", "EUR", "1750.00"),  # another amount
        R_5=("C-3", "EUR", "99.99"),  # another customer
        R_4=("C-4", "EUR", "750.00"),  # another currency
        R_2=None,  # closed there
        N_2=("C-2", "EUR", "80.00"),
        N_9=("C-2", "EUR", "61.00"),  # never came here
    )
    assert compared(live, text) == [
        ("N-1", "cut_off", "C-1", 7_000, 0),
        ("N-9", "missing_here", "C-2", 0, 6_100),
        ("R-1", "paid_here_not_there", "C-1", 0, 119_000),
        ("R-2", "missing_there", "C-1", 12_050, 0),
        ("R-3", "amount_differs", "C-2", 200_000, 175_000),
        ("R-4", "currency_differs", "C-4", 75_000, 75_000),
        ("R-5", "other_customer", "C-1", 9_999, 9_999),
        ("R-6", "credit_not_exported", "C-3", 26_000, 30_000),
    ]
    run = queries.runs(live.id)[0]
    assert run.report["causes"]["missing_here"] == 1
    [other] = [one for one in differences(live, run.reference) if one.cause == "other_customer"]
    assert other.params == {"there_customer": "C-3", "there_currency": "EUR", "line": 5}
    assert prove(live.id) == []


def test_a_payment_of_the_day_after_is_a_cut_off(live: Company) -> None:
    live.it_is(WEDNESDAY)
    paid(live, "R-1", "1190.00", WEDNESDAY)
    # The list speaks of Tuesday but was drawn after Wednesday's payment was booked.
    assert compared(live, listed(TUESDAY, R_1=None)) == [("R-1", "cut_off", "C-1", 119_000, 0)]


def test_lines_of_one_document_are_added_up_and_spelling_does_not_matter(live: Company) -> None:
    text = listed(MONDAY, R_1=None, R_3=None) + (
        f"r 1,C-1,EUR,1000.00,{MONDAY}\nr 1,C-1,EUR,190.00,{MONDAY}\nR3,,EUR,2000.00,{MONDAY}\n"
    )
    assert compared(live, text) == []


def test_control_totals_are_compared_by_account_customer_and_age(live: Company) -> None:
    live.knows("control_totals", erp.TOTALS.replace("1410.49", "1400.00"))
    result = services.reconcile(live.loader)
    [found] = differences(live, result.reference)
    assert (found.cause, found.figure, found.customer_number) == (
        "total_differs", "receivable", "C-1",
    )  # fmt: skip
    assert (found.here_minor, found.there_minor, found.currency) == (141_049, 140_000, "EUR")


def test_closures_settle_what_the_erp_settled_once(live: Company) -> None:
    live.it_is(TUESDAY)
    text = (
        "Invoice No,Closed on,How,Amount,Currency,Clearing document\n"
        "R-1,2026-03-16,paid,,EUR,ZE-1\n"
        "R-3,2026-03-16,credited,500.00,EUR,ZE-2\n"
        "R-6,2026-03-16,written off,,EUR,ZE-3\n"
        "R-5,2026-03-16,paid,100.00,EUR,ZE-4\n"
        "R-99,2026-03-16,paid,,EUR,ZE-5\n"
        "R-2,2026-03-16,vanished,,EUR,ZE-6\n"
    )
    run = live.knows("closures", text)
    assert (run.rows_accepted, run.rows_rejected) == (3, 3)
    assert run.faults == {"closure_above_open": 1, "invoice_unknown": 1, "how_unknown": 1}
    assert [invoices.invoice(live.id, number).open_minor for number in ("R-1", "R-3", "R-6")] == [
        0, 150_000, 0,
    ]  # fmt: skip
    books = {b.account: b.minor for b in ledger.balances(live.id) if b.currency == "EUR"}
    assert books == {
        "receivable": 172_049, "opening": -356_049, "unapplied": -15_000, "erp_paid": 119_000,
        "erp_credited": 50_000, "erp_written_off": 30_000,
    }  # fmt: skip
    assert prove(live.id) == []
    sources = sql.scalars(
        "SELECT source_kind FROM ledger_posting WHERE source_kind LIKE 'closure%%' ORDER BY 1"
    )
    assert sources == ["closure_credited", "closure_paid", "closure_written_off"]

    again = live.knows("closures", text)
    assert (again.rows_accepted, again.rows_known) == (0, 3)
    assert compared(live, listed(TUESDAY, R_1=None, R_3=("C-2", "EUR", "1500.00"), R_6=None)) == []


def test_an_explained_difference_stays_and_a_new_amount_needs_a_new_word(live: Company) -> None:
    live.it_is(TUESDAY)
    assert len(compared(live, listed(TUESDAY, R_3=("C-2", "EUR", "1750.00")))) == 1
    [found] = differences(live, queries.runs(live.id)[0].reference)
    services.explain(live.loader, found.id, note="Credit note K-7 is on its way")

    [same] = differences(live, queries.runs(live.id)[0].reference)
    assert (same.note, same.explained_by) == ("Credit note K-7 is on its way", "Lena")
    assert queries.runs(live.id)[0].unexplained == 0
    assert [n for n in needs(live.id, TUESDAY) if n.code == "differences"] == []

    live.it_is(WEDNESDAY)
    compared(live, listed(WEDNESDAY, R_3=("C-2", "EUR", "1750.00")))
    [carried] = differences(live, queries.runs(live.id)[0].reference)
    assert carried.note == "Credit note K-7 is on its way"

    compared(live, listed(WEDNESDAY, R_3=("C-2", "EUR", "1700.00")))
    [changed] = differences(live, queries.runs(live.id)[0].reference)
    assert (changed.note, changed.there_minor) == ("", 170_000)
    assert queries.runs(live.id)[0].unexplained == 1
    assert [n.count for n in needs(live.id, WEDNESDAY) if n.code == "differences"] == [1]

    compared(live, listed(WEDNESDAY))
    run = queries.runs(live.id)[0]
    assert (run.differences_total, run.report["gone"]) == (0, ["R-3"])
    # What was found and said before is still there.
    assert len(queries.runs(live.id)) == 4
    assert sum(len(differences(live, one.reference)) for one in queries.runs(live.id)) == 3


@pytest.mark.parametrize(("note", "code"), [("  ", "note_missing"), ("x" * 2001, "note_too_long")])
def test_an_explanation_is_a_note(live: Company, note: str, code: str) -> None:
    compared(live, listed(MONDAY, R_6=None))
    [found] = differences(live, queries.runs(live.id)[0].reference)
    with pytest.raises(Invalid) as refused:
        services.explain(live.loader, found.id, note=note)
    assert refused.value.code == code
    with pytest.raises(NotFound):
        services.explain(live.loader, found.id + 1000, note="There is none")
    assert queries.runs(live.id)[0].unexplained == 1


def test_the_day_compares_what_came_and_nothing_twice(live: Company) -> None:
    with pytest.raises(Refused) as refused:
        services.reconcile(live.loader, as_of=TUESDAY)
    assert refused.value.code == "nothing_to_reconcile"
    live.knows("open_items_snapshot", listed(MONDAY, R_6=None))
    first = {step.step: step.report for step in days.run(live.loader).steps}["reconcile"]
    assert (first["differences"], first["by_cause"]) == (1, {"missing_there": 1})
    second = {step.step: step.report for step in days.run(live.loader).steps}["reconcile"]
    assert second == {"differences": None}
    assert len(queries.runs(live.id)) == 1
    assert services.reconcile(live.loader).is_repeat
    assert not services.reconcile(live.loader, again=True).is_repeat
    assert len(queries.runs(live.id)) == 2


def test_a_list_loaded_in_part_only_is_not_compared(live: Company) -> None:
    imports.open_run(
        live.loader, kind="open_items_snapshot", filename="x.csv", content=listed(MONDAY).encode()
    )
    assert services.reconcile(live.loader).as_of == erp.CUT_OVER  # the totals of going live
    assert queries.latest_as_of(live.id) is None


def test_where_the_erp_is_the_book_nothing_is_issued_here(live: Company) -> None:
    before = ledger.balances(live.id)
    with pytest.raises(Refused) as refused:
        invoice_services.credit(
            live.loader, "R-1", issued_on=MONDAY, net_minor=1_000, reason="Kindness"
        )
    assert refused.value.code == "book_is_erp"
    assert ledger.balances(live.id) == before
    controls.set_book(live.loader, book="own")
    invoice_services.credit(
        live.loader, "R-1", issued_on=MONDAY, net_minor=1_000, reason="Kindness"
    )
    assert invoices.invoice(live.id, "R-1").open_minor == 118_000


def test_where_the_books_are_ours_invoices_come_from_files_only_before_the_first_day(
    live: Company,
) -> None:
    controls.set_book(live.loader, book="own")
    text = f"Invoice No,Customer No,Invoice date,Total\nN-1,C-1,{ago(1)},70.00\n"
    with pytest.raises(Refused) as refused:
        live.knows("invoices", text)
    assert refused.value.code == "book_is_own"
    assert [row.number for row in invoices.open_items(live.id)].count("N-1") == 0
    controls.set_book(live.loader, book="erp")
    assert live.knows("invoices", text).rows_accepted == 1


def test_an_invoice_taken_over_and_sent_again_with_its_tax_is_known(live: Company) -> None:
    text = (
        "Invoice No,Customer No,Invoice date,Due date,Net,VAT,Currency\n"
        f"R-1,C-1,{ago(60)},{ago(30)},1000.00,190.00,EUR\n"
    )
    run = live.knows("invoices", text)
    assert (run.rows_known, run.rows_rejected) == (1, 0)
    assert invoices.invoice(live.id, "R-1").open_minor == 119_000


def test_old_lists_are_dropped_and_what_was_found_stays(live: Company) -> None:
    compared(live, listed(MONDAY, R_6=None))
    later = MONDAY + timedelta(days=9)
    live.it_is(later)
    compared(live, listed(later))
    assert sql.scalars(
        "SELECT DISTINCT f.as_of FROM reconciliation_erpitem i"
        " JOIN reconciliation_erpfile f ON f.import_run_id = i.import_run_id"
    ) == [later]
    assert [run.differences_total for run in queries.runs(live.id)] == [0, 1]
