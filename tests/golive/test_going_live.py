"""From an ERP's export to the signed opening of the books."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.db import transaction

from creditdesk.collections import queries as collections
from creditdesk.contact import queries as contact
from creditdesk.controls import queries as controls
from creditdesk.credit import queries as credit
from creditdesk.customers import queries as customers
from creditdesk.disputes import queries as disputes
from creditdesk.golive import queries, services
from creditdesk.insight.queries import ageing, prove
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.services import OpeningDocument, take_over
from creditdesk.kernel.errors import Conflict, Invalid, Refused
from creditdesk.ledger import queries as ledger
from creditdesk.plumbing import sql
from tests.golive import erp
from tests.golive.erp import CUT_OVER, Company, ago


def test_everything_is_taken_over_as_of_the_cut_over_date(going: Company) -> None:
    services.begin(going.loader, cut_over_on=CUT_OVER)
    going.brings_everything()
    report = going.report()
    assert [(one.code, one.count) for one in report.errors] == []
    assert [one.is_equal for one in report.checks] == [True] * 9
    [euro, dollar] = report.totals
    assert (euro.documents, euro.owed_minor, euro.credits, euro.credit_minor) == (
        5, 371_049, 1, 15_000,
    )  # fmt: skip
    assert euro.buckets == (12_050, 128_999, 30_000, 0, 200_000)
    assert euro.balance_minor == 356_049
    assert (dollar.owed_minor, dollar.buckets) == (75_000, (0, 0, 75_000, 0, 0))
    assert {one.code: one.named for one in report.warnings} == {
        "overdue_without_level": ("R-3", "R-5", "R-6"),
        "contact_missing": ("C-3",),
        "in_credit": ("G-1",),
        "undelivered": ("R-5",),
        "limit_missing": ("C-2", "C-3"),
    }
    assert prove(going.id) == []
    assert ledger.balances(going.id) == []

    signed = going.signs()

    assert (signed.cut_over_on, signed.documents) == (CUT_OVER, 7)
    assert prove(going.id) == []
    books = ledger.balances(going.id, as_of=CUT_OVER)
    assert {(b.account, b.currency): b.minor for b in books} == {
        ("opening", "EUR"): -356_049, ("opening", "USD"): -75_000,
        ("receivable", "EUR"): 371_049, ("receivable", "USD"): 75_000,
        ("unapplied", "EUR"): -15_000,
    }  # fmt: skip
    assert ledger.balances(going.id, as_of=date(2026, 3, 14)) == []
    aged = {row.currency: row for row in ageing(going.id, as_of=CUT_OVER).totals}
    assert aged["EUR"].late_minor == euro.buckets
    assert aged["EUR"].unapplied_minor == 15_000
    assert ageing(going.id, as_of=date(2026, 3, 14)).totals == ()

    part = invoices.invoice(going.id, "R-2")
    assert (part.total_minor, part.open_minor, part.issued_on) == (50_000, 12_050, date(2026, 3, 5))
    ids = customers.by_number(going.id)
    assert credit.limits(going.id, going.signer.today)[ids["C-1"]].minor == 500_000
    [dispute] = disputes.open_disputes(going.id)
    assert (dispute.invoice_number, dispute.disputed_minor, dispute.reason) == (
        "R-2", 5_000, "quality",
    )  # fmt: skip
    assert dispute.opened_on.isoformat() == ago(5)
    promised = collections.promises(going.id)
    assert [(one.minor, one.due_on.isoformat(), one.status) for one in promised] == [
        (25_000, ago(-40), "open"), (50_000, ago(-70), "open"),
    ]  # fmt: skip
    assert contact.last_contacted(going.id) == {
        ids["C-1"]: date(2026, 3, 12), ids["C-4"]: date(2026, 3, 14),
    }  # fmt: skip
    [opted] = contact.consents(going.id, [ids["C-3"]])
    assert (opted.purpose, opted.allowed) == ("collection", False)
    assert controls.company(going.id).live_since == CUT_OVER
    row = queries.going_live(going.id)
    assert row is not None
    assert (row.signed_by, row.report_sha256) == ("Marta", signed.report_sha256)
    assert row.report["totals"][0]["owed_minor"] == 371_049


def staged(going: Company) -> list[tuple[str, int, int]]:
    return [(row.number, row.open_minor, row.dunning_level) for row in queries.items(going.id)]


def test_a_corrected_file_changes_only_what_differs(going: Company) -> None:
    services.begin(going.loader, cut_over_on=CUT_OVER)
    going.knows("customers", erp.CUSTOMERS)
    rows = erp.item_rows()
    first = going.knows("opening_items", erp.items(rows))
    again = going.knows("opening_items", erp.items(rows))
    assert [(run.rows_accepted, run.rows_known) for run in (first, again)] == [(6, 0), (0, 6)]

    rows[1] = rows[1].replace("120.50", "100.50")
    corrected = going.knows("opening_items", erp.items(rows[:5]))
    assert (corrected.rows_accepted, corrected.rows_known) == (1, 4)
    assert ("R-2", 10_050, 0) in staged(going)
    [outdated] = [one for one in going.report().warnings if one.code == "not_in_latest_file"]
    assert outdated.named == ("R-6",)
    assert services.remove_outdated(going.loader) == 1
    assert [number for number, _, _ in staged(going)] == ["R-1", "R-2", "R-3", "R-4", "R-5"]
    assert services.remove_outdated(going.loader) == 0
    assert ledger.balances(going.id) == []


def test_a_file_through_the_usual_door_comes_back_with_its_faults(going: Company) -> None:
    services.begin(going.loader, cut_over_on=CUT_OVER)
    rows = [
        *erp.item_rows(),
        f"R-7,C-1,{ago(5)},,EUR,10.00,10.00,delivered,,,",
        f"R-8,C-1,{ago(5)},{ago(-5)},EUR,10.00,20.00,delivered,,,",
        f"R-9,C-1,{ago(5)},{ago(-5)},EUR,10.00,10.00,perhaps,,,",
        f"R-10,C-1,{ago(5)},{ago(-5)},EUR,10.001,10.001,delivered,,,",
        f"R-11,C-1,{ago(5)},{ago(-5)},EUR,0.00,0.00,delivered,,,",
        f"R-12,C-1,{ago(5)},{ago(-5)},EUR,10.00,10.00,delivered,1,{ago(-9)},",
        f"R-13,C-1,{ago(5)},{ago(-5)},EUR,-10.00,10.00,delivered,,,",
        f"R-1,C-1,{ago(60)},{ago(30)},EUR,1.00,1.00,delivered,,,",
        f"R-14,C-1,{ago(5)},{ago(-5)},EUR,-30.00,-12.00,delivered,,,",
    ]
    run = going.brings("opening_items", erp.items(rows))
    assert run.faults == {
        "due_missing": 1, "open_above_total": 1, "delivery_unknown": 1, "amount_too_fine": 1,
        "amount_zero": 1, "dunned_in_future": 1, "signs_mixed": 1, "number_twice": 1,
    }  # fmt: skip
    assert run.rows_accepted == 7
    [credit_row] = [row for row in queries.items(going.id) if row.number == "R-14"]
    assert (credit_row.kind, credit_row.total_minor, credit_row.open_minor) == (
        "credit_note", 3_000, 1_200,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "row", "code"),
    [
        ("opening_limits", "C-1,0,EUR,", "amount_malformed"),
        ("opening_disputes", "R-1,C-1,5.00,EUR,moon,,", "reason_unknown"),
        ("opening_disputes", f"R-1,C-1,5.00,EUR,price,{ago(-9)},", "on_in_future"),
        ("opening_promises", "C-1,-5,EUR,2026-04-01,,,", "amount_malformed"),
        ("opening_contacts", f"C-1,{ago(3)},pigeon,,", "kind_unknown"),
        ("opening_contacts", f"C-1,{ago(3)},phone,laughed,", "outcome_unknown"),
        ("opening_contacts", f"C-1,{ago(-9)},phone,,", "on_in_future"),
        ("opening_holds", "C-1,sing,,Because", "hold_unknown"),
        ("opening_holds", "C-1,hold,,", "note_missing"),
    ],
)
def test_a_row_that_means_nothing_is_not_brought_over(
    going: Company, kind: str, row: str, code: str
) -> None:
    services.begin(going.loader, cut_over_on=CUT_OVER)
    text = dict(erp.EVERYTHING)[kind].partition("\n")[0] + f"\n{row}\n"
    run = going.knows(kind, text)
    assert (run.faults, run.rows_accepted) == ({code: 1}, 0)
    assert queries.facts(going.id, kind) == []


def errors(going: Company) -> dict[str, tuple[str, ...]]:
    return {one.code: one.named for one in going.report().errors}


def test_what_cannot_become_the_books_stops_signing_and_is_named(going: Company) -> None:
    services.begin(going.loader, cut_over_on=CUT_OVER)
    assert set(errors(going)) == {"nothing_loaded"}
    going.brings_everything()
    going.knows(
        "opening_items",
        erp.items(
            [
                *erp.item_rows(),
                f"R-20,C-77,{ago(5)},{ago(-5)},EUR,10.00,10.00,delivered,,,",
                f"R-21,C-1,{ago(-1)},{ago(-5)},EUR,10.00,10.00,delivered,,,",
            ]
        ),
    )
    going.knows(
        "opening_disputes",
        "Invoice No,Customer No,Amount,Currency,Reason,Opened,Note\n"
        "R-3,C-2,9000.00,EUR,quality,,\nR-99,C-2,1.00,EUR,price,,\n",
    )
    going.knows(
        "opening_promises",
        "Customer No,Amount,Currency,Promised for,Promised on,Invoice No,Note\n"
        f"C-1,5.00,EUR,{ago(3)},,R-1,\nC-1,5.00,EUR,{ago(-9)},,R-98,\n",
    )
    assert errors(going) == {
        "customer_unknown": ("C-77",),
        "issued_after_cut_over": ("R-21",),
        "dispute_without_item": ("R-99",),
        "dispute_above_open": ("R-3",),
        "promise_without_item": (f"C-1 R-98 {ago(-9)} EUR",),
        "promise_past": (f"C-1 R-1 {ago(3)} EUR",),
    }
    with pytest.raises(Refused) as refused:
        going.signs()
    assert refused.value.code == "report_has_errors"
    assert ledger.balances(going.id) == []
    assert invoices.open_items(going.id) == []
    assert disputes.open_disputes(going.id) == []


def test_books_that_hold_documents_already_are_not_opened(going: Company) -> None:
    services.begin(going.loader, cut_over_on=CUT_OVER)
    going.brings_everything()
    going.knows("invoices", f"Invoice No,Customer No,Invoice date,Total\nR-1,C-1,{ago(9)},5.00\n")
    assert errors(going) == {"number_taken": ("R-1",), "books_not_empty": ("R-1",)}


def test_only_a_second_person_who_read_the_very_report_signs(going: Company) -> None:
    services.begin(going.loader, cut_over_on=CUT_OVER)
    going.brings_everything()
    _, read = queries.as_kept(going.report())

    def refused(signer: object, sha256: str) -> str:
        with pytest.raises(Refused) as error:
            services.sign(signer, report_sha256=sha256)  # type: ignore[arg-type]
        return error.value.code

    assert refused(going.loader, read) == "signer_is_loader"
    assert refused(replace(going.signer, user_id=None), read) == "signer_not_a_person"
    collector = replace(going.signer, permissions=frozenset({"collections.run"}))
    assert refused(collector, read) == "not_permitted"
    going.knows("opening_items", erp.items([erp.item_rows()[0].replace("1190", "1191")]))
    assert refused(going.signer, read) == "report_changed"
    assert ledger.balances(going.id) == []


def test_totals_that_differ_or_are_missing_need_a_note(going: Company) -> None:
    services.begin(going.loader, cut_over_on=CUT_OVER)
    for kind, text in erp.EVERYTHING[:-1]:
        going.knows(kind, text)
    assert "no_control_totals" in {one.code for one in going.report().warnings}
    going.knows("control_totals", erp.TOTALS.replace("3710.49", "3700.00"))
    assert [(one.figure, one.here_minor, one.there_minor) for one in going.report().differing] == [
        ("receivable", 371_049, 370_000)
    ]
    with pytest.raises(Invalid) as missing:
        going.signs()
    assert (missing.value.code, missing.value.place.field) == ("note_missing", "note")
    assert ledger.balances(going.id) == []
    going.signs(note="R-6 was posted in the ERP after its totals were drawn")
    row = queries.going_live(going.id)
    assert row is not None
    assert row.note.startswith("R-6 was posted")


def test_what_is_signed_changes_no_more(going: Company) -> None:
    going.goes_live()
    before = ledger.balances(going.id)
    kept = queries.going_live(going.id)
    for act in (
        lambda: going.knows("opening_items", erp.items(erp.item_rows()[:1])),
        lambda: going.knows("opening_limits", erp.LIMITS),
        lambda: services.begin(going.loader, cut_over_on=CUT_OVER),
        lambda: services.remove_outdated(going.loader),
        lambda: services.sign(going.signer, report_sha256="0" * 64),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "golive_signed"
    assert ledger.balances(going.id) == before
    assert queries.going_live(going.id) == kept
    assert kept is not None
    assert queries.as_kept(queries.as_report(kept.report))[1] == kept.report_sha256


@pytest.mark.parametrize("on", [date(2026, 3, 17), date(2025, 12, 1)])
def test_the_cut_over_is_a_day_just_past(going: Company, on: date) -> None:
    with pytest.raises(Invalid) as refused:
        services.begin(going.loader, cut_over_on=on)
    assert refused.value.code == "cut_over_out_of_range"
    assert queries.going_live(going.id) is None


def test_nothing_is_brought_over_before_it_is_begun(going: Company) -> None:
    with pytest.raises(Refused) as refused:
        going.knows("opening_items", erp.items(erp.item_rows()))
    assert refused.value.code == "golive_not_begun"
    assert queries.items(going.id) == []


def test_a_report_is_found_too_late_when_two_sign_at_once(going: Company) -> None:
    services.begin(going.loader, cut_over_on=CUT_OVER)
    going.brings_everything()
    going.signs()
    with pytest.raises(Refused):
        going.signs()
    assert sql.scalar("SELECT count(*) FROM invoices_invoice") == 7


def test_a_number_taken_meanwhile_leaves_nothing_half_done(going: Company) -> None:
    going.goes_live()
    documents = [
        OpeningDocument(
            customer_id=customers.by_number(going.id)["C-1"], kind="invoice", number=number,
            issued_on=CUT_OVER, due_on=CUT_OVER, currency="EUR", total_minor=5, open_minor=5,
        )
        for number in ("NEW", "R-1")
    ]  # fmt: skip
    with pytest.raises(Conflict), transaction.atomic():
        take_over(going.signer, documents, cut_over_on=CUT_OVER)
    assert prove(going.id) == []
    assert not [row for row in invoices.open_items(going.id) if row.number == "NEW"]
