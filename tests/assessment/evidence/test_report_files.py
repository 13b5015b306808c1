"""Reports of any bureau come from a file, row by row; what cannot stand is given back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from creditdesk.assessment.evidence.queries import reports
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing.imports import queries as import_queries
from creditdesk.plumbing.imports import services as imports
from tests.orders.verbs import a_customer

FILE = """Kundennummer;Auskunftei;Auskunftsdatum;gültig bis;Firma;Risikoklasse;Bonitätsindex;\
Höchstkredit;Währung;Kosten;insolvency
C-1;Oakbureau;10.03.2026;10.06.2026;Acorn Foods;B2;212,5;25.000,00;EUR;3,90;nein
C-1;Oakbureau;16.03.2026;;Acorn Foods;C1;300;;;;ja
C-9;Oakbureau;16.03.2026;;;;;;;;
C-1;Oakbureau;16.03.2026;15.03.2026;;;;;;;
C-1;Oakbureau;17.03.2026;;;;;;;;
C-1;Oakbureau;16.03.2026;;;;;;;;perhaps
C-1;Oakbureau;16.03.2026;;;;;-5,00;EUR;;
"""


def test_a_row_is_a_report(desk: Actor) -> None:
    customer = a_customer(desk)
    run = imports.open_run(desk, kind="bureau_reports", filename="r.csv", content=FILE.encode())
    imports.load(desk, run)
    done = import_queries.run(desk.company_id, run)
    assert (done.rows_accepted, done.rows_known, done.rows_rejected) == (2, 0, 5)
    later, first = reports.every_report(
        desk.company_id, application_id=None, customer_id=customer, on=desk.today
    )
    assert (first.source, first.reported_on, first.expires_on) == (
        "Oakbureau", date(2026, 3, 10), date(2026, 6, 10),
    )  # fmt: skip
    assert (first.facts.grade, first.facts.score) == ("B2", Decimal("212.5"))
    assert (first.facts.limit_minor, first.facts.currency) == (2_500_000, "EUR")
    assert (first.cost_minor, first.facts.is_insolvent) == (390, False)
    assert (later.expires_on, later.facts.is_insolvent) == (
        desk.today + timedelta(days=90), True,
    )  # fmt: skip
    assert '"grade": "B2"' in reports.answer_of(desk.company_id, first.id)


DOCUMENT = """{"bureau": "Oakbureau", "reports": [
  {"customer_number": "C-1", "bureau": "Oakbureau", "reported_on": "2026-03-10", "score": 212.50,
   "grade": "B2", "limit": 25000.00, "currency": "EUR", "insolvent": false, "identifier": 4711},
  {"customer_number": "C-9", "bureau": "Oakbureau"},
  {"customer_number": "C-1", "bureau": "Oakbureau", "active": null, "insolvent": true}]}
"""


def test_a_document_of_a_bureau_is_read_as_its_rows(desk: Actor) -> None:
    customer = a_customer(desk)
    run = imports.open_run(
        desk, kind="bureau_reports", filename="r.json", content=DOCUMENT.encode()
    )
    imports.load(desk, run)
    done = import_queries.run(desk.company_id, run)
    assert (done.rows_accepted, done.rows_known, done.rows_rejected) == (2, 0, 1)
    later, first = reports.every_report(
        desk.company_id, application_id=None, customer_id=customer, on=desk.today
    )
    assert (first.identifier, first.facts.score) == ("4711", Decimal("212.50"))
    assert (first.facts.limit_minor, first.facts.is_insolvent) == (2_500_000, False)
    assert (later.facts.is_active, later.facts.is_insolvent) == (None, True)
    assert b"C-9" in import_queries.rejected_file(desk.company_id, run).content
