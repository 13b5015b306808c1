"""Files guessed, mapped, loaded once whatever happens, and what comes back of them."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.controls.models import AuditEntry
from creditdesk.credit import queries as credit
from creditdesk.customers import queries as customers
from creditdesk.customers.services.imports import CUSTOMERS
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.services.imports import INVOICES
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Refused
from creditdesk.ledger import queries as ledger
from creditdesk.plumbing.imports import kinds, mapping, queries, services, values
from creditdesk.plumbing.imports.kinds import Batch, Options, Outcome
from creditdesk.plumbing.queries import kept_file
from creditdesk.policy import services as policy
from tests.support.fixtures import founded
from tests.support.machine import shared_data


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    before = dict(kinds.KINDS)
    kinds.register(CUSTOMERS)
    kinds.register(INVOICES)
    yield
    kinds.KINDS.clear()
    kinds.KINDS.update(before)


def opened(actor: Actor, text: str | bytes, kind: str = "invoices", **options: object) -> str:
    content = text.encode() if isinstance(text, str) else text
    reference = services.open_run(actor, kind=kind, filename="given.csv", content=content)
    if options:
        run = queries.run(actor.company_id, reference)
        services.set_mapping(actor, reference, options=replace(run.options, **options))  # type: ignore[arg-type]
    return reference


INVOICE_FILE = (
    "Invoice No,Customer No,Customer name,Invoice date,Due date,Currency,Net,VAT,Total\n"
    "INV-1,K1,Acorn Ltd,2026-03-02,2026-04-01,EUR,100.00,19.00,119.00\n"
    "INV-2,K1,ACORN LIMITED,2026-03-03,2026-04-02,EUR,50.00,9.50,59.50\n"
    "INV-3,K2,Birch GmbH,2026-03-04,2026-04-03,USD,10.00,0.00,10.00\n"
)


# Cells


@pytest.mark.parametrize(
    ("cell", "order", "expected"),
    [
        ("2026-03-31", "dmy", date(2026, 3, 31)),
        ("2026/3/1", "mdy", date(2026, 3, 1)),
        ("20260331", "dmy", date(2026, 3, 31)),
        ("31.03.2026", "dmy", date(2026, 3, 31)),
        ("03/04/2026", "dmy", date(2026, 4, 3)),
        ("03/04/2026", "mdy", date(2026, 3, 4)),
        ("3/4/26", "mdy", date(2026, 3, 4)),
        ("1.2.99", "dmy", date(1999, 2, 1)),
        ("2026-03-31 00:00:00", "dmy", date(2026, 3, 31)),
        ("2026-03-31T08:30:00Z", "dmy", date(2026, 3, 31)),
        ("1/3/2012 12:00 AM", "mdy", date(2012, 1, 3)),
        ("31 March 2026", "dmy", date(2026, 3, 31)),
        ("31. März 2026", "dmy", date(2026, 3, 31)),
        ("1er", "dmy", None),
        ("12 août 2026", "dmy", date(2026, 8, 12)),
        ("Mar 5, 2026", "dmy", date(2026, 3, 5)),
        ("31-Dec-25", "dmy", date(2025, 12, 31)),
        ("46112", "dmy", date(2026, 3, 31)),
        ("30.02.2026", "dmy", None),
        ("13/13/2026", "dmy", None),
        ("soon", "dmy", None),
        ("12", "dmy", None),
    ],
)
def test_dates(cell: str, order: str, expected: date | None) -> None:
    assert values.parse_date(cell, order) == expected


@pytest.mark.parametrize(
    ("cell", "mark", "expected"),
    [
        ("1234.56", "point", "1234.56"),
        ("1,234.56", "point", "1234.56"),
        ("1.234,56", "comma", "1234.56"),
        ("1.234.567", "comma", "1234567"),
        ("1 234,56", "comma", "1234.56"),
        ("1\u202f234,56 €", "comma", "1234.56"),
        ("1'234.50", "point", "1234.50"),
        ("(12.00)", "point", "-12.00"),
        ("12,00-", "comma", "-12.00"),
        ("-12.00", "point", "-12.00"),
        ("−5", "point", "-5"),
        ("EUR 5.00", "point", "5.00"),
        ("5.00 EUR", "point", "5.00"),
        ("USD 5.00", "point", None),
        ("1.234,56", "point", None),
        ("1,23,456.00", "point", None),
        ("12.345.67", "point", None),
        ("1 23,00", "comma", None),
        ("abc", "point", None),
        ("", "point", None),
        ("1e5", "point", None),
        ("9" * 41, "point", None),
        ("NaN", "point", None),
    ],
)
def test_amounts(cell: str, mark: str, expected: str | None) -> None:
    found = values.parse_amount(cell, mark, code="EUR")
    assert found == (None if expected is None else Decimal(expected))


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_an_amount_written_either_way_is_read_back_exactly(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert values.parse_amount(english, "point") == amount
    assert values.parse_amount(german, "comma") == amount


@pytest.mark.parametrize(
    ("cells", "value", "is_certain"),
    [
        (["01/02/2026", "13/02/2026"], "dmy", True),
        (["01/02/2026", "02/13/2026"], "mdy", True),
        (["01/02/2026", "03/04/2026"], "dmy", False),
        (["13/02/2026", "02/13/2026"], "dmy", False),
        (["01.02.2026"], "dmy", True),
        (["2026-02-01"], "dmy", True),
        (["05/05/2026"], "dmy", True),
        ([], "dmy", True),
    ],
)
def test_date_order_is_proven_over_the_column(
    cells: list[str],
    value: str,
    is_certain: bool,  # noqa: FBT001
) -> None:
    found = values.date_order(cells)
    assert (found.value, found.is_certain) == (value, is_certain)


@pytest.mark.parametrize(
    ("cells", "value", "is_certain"),
    [
        (["1.234,56"], "comma", True),
        (["1,234.56"], "point", True),
        (["1.234", "12,5"], "comma", True),
        (["1,234", "12.50"], "point", True),
        (["1.234"], "point", False),
        (["1,234"], "point", False),
        (["1.234.567"], "comma", True),
        (["0.125"], "point", True),
        (["1 234,567"], "comma", True),
        (["12,50", "12.50"], "point", False),
        (["100", "200"], "point", True),
    ],
)
def test_the_decimal_mark_is_proven_over_the_column(
    cells: list[str],
    value: str,
    is_certain: bool,  # noqa: FBT001
) -> None:
    found = values.decimal_mark(cells)
    assert (found.value, found.is_certain) == (value, is_certain)


@pytest.mark.parametrize("cell", ["=1+1", "+1x", "-x", "@cmd", "\tx", "=HYPERLINK(1)", "-1,5"])
def test_formulas_are_neutralised_and_come_back(cell: str) -> None:
    assert values.neutralised(cell) == f"'{cell}"
    assert values.unneutralised(values.neutralised(cell)) == cell


@pytest.mark.parametrize("cell", ["-5.00", "+3", "12", "x=1", "", "'quoted", "O'Brien"])
def test_plain_cells_stay_as_they_are(cell: str) -> None:
    assert values.neutralised(cell) == cell
    assert values.unneutralised(cell) == cell


@pytest.mark.parametrize(
    ("cell", "code"),
    [("de", "DE"), ("Germany", "DE"), ("Deutschland", "DE"), ("Allemagne", "DE"), ("UK", "GB"),
     ("USA", "US"), ("Österreich", "AT"), ("Atlantis", None), ("ZZ", None)],
)  # fmt: skip
def test_countries(cell: str, code: str | None) -> None:
    assert values.parse_country(cell) == code


# Guessing


@pytest.mark.parametrize(
    "headers",
    [
        "Invoice Number|Customer Number|Customer Name|Invoice Date|Due Date|Currency|Total",
        "invoice_no|cust_number|name_customer|posting_date|due_in_date|invoice_currency|amount",
        "InvoiceNumber|CustomerID|CompanyName|InvoiceDate|DueDate|CurrencyCode|InvoiceAmount",
        "Rechnungsnummer|Kundennummer|Kundenname|Rechnungsdatum|Fälligkeit|Währung|Bruttobetrag",
        "Rechnungs-Nr.|Kunden-Nr.|Firma|Belegdatum|fällig am|Waehrung|Betrag",
        "N° facture|N° client|Nom client|Date de facture|Date d'échéance|Devise|Montant TTC",
        "Numéro de facture|Code client|Raison sociale|Date facture|Échéance|Devise|Montant",
        "DOC NO|ACCOUNT NO|ACCOUNT NAME|DATE|DUE|CUR|GROSS",
    ],
)
def test_headers_of_many_kinds_are_guessed(headers: str) -> None:
    rows = [
        ("RE-1", "10001", "Acorn", "02.03.2026", "01.04.2026", "EUR", "119,00"),
        ("RE-2", "10002", "Birch", "03.03.2026", "02.04.2026", "USD", "1.190,00"),
    ]
    proposal = mapping.propose(INVOICES.fields, headers.split("|"), rows)
    assert proposal.columns() == {
        "number": 0, "customer_number": 1, "customer_name": 2, "issued_on": 3, "due_on": 4,
        "currency": 5, "total": 6,
    }  # fmt: skip
    assert (proposal.options.date_order, proposal.options.decimal) == ("dmy", "comma")


def test_values_outvote_a_header_that_lies() -> None:
    rows = [("2026-03-02", "INV-1", "K1", "5.00"), ("2026-03-03", "INV-2", "K2", "6.00")]
    headers = ["Invoice", "Invoice date", "Customer", "Amount"]
    columns = mapping.propose(INVOICES.fields, headers, rows).columns()
    assert columns.get("issued_on") != 1
    assert columns["total"] == 3


def test_the_header_key_forgives_case_and_spacing_and_what_a_rejected_file_adds() -> None:
    key = mapping.header_key(["Invoice No", "Total"])
    assert key == mapping.header_key(["INVOICE  no.", "total", *mapping.ADDED])
    assert key != mapping.header_key(["Total", "Invoice No"])


# The flow


def test_a_file_is_guessed_loaded_and_known_when_it_comes_again(actor: Actor) -> None:
    reference = opened(actor, INVOICE_FILE, create_customers=True)
    run = services.load(actor, reference)
    assert (run.status, run.rows_accepted, run.rows_known, run.rows_rejected) == ("done", 3, 0, 0)
    rows = invoices.open_items(actor.company_id)
    assert [(r.number, r.currency, r.total_minor, r.due_on) for r in rows] == [
        ("INV-1", "EUR", 11_900, date(2026, 4, 1)),
        ("INV-2", "EUR", 5_950, date(2026, 4, 2)),
        ("INV-3", "USD", 1_000, date(2026, 4, 3)),
    ]
    again = services.load(actor, opened(actor, INVOICE_FILE))
    assert (again.rows_accepted, again.rows_known, again.rows_rejected) == (0, 3, 0)
    assert again.is_remembered
    assert again.options.create_customers
    assert len(invoices.open_items(actor.company_id)) == 3


def test_other_spellings_of_a_customer_become_aliases(actor: Actor) -> None:
    text = INVOICE_FILE + "INV-4,K2,Birch Trading,2026-03-04,2026-04-03,USD,1.00,0.00,1.00\n" * 1
    services.load(actor, opened(actor, text, create_customers=True))
    birch = customers.customer(actor.company_id, "K2")
    assert {birch.name, *customers.aliases(actor.company_id, birch.id)} == {
        "Birch GmbH", "Birch Trading",
    }  # fmt: skip
    acorn = customers.customer(actor.company_id, "K1")
    assert customers.aliases(actor.company_id, acorn.id) == []  # one key: ACORN
    index = customers.payer_index(actor.company_id)
    assert index.names["BIRCH TRADING"] == {birch.id}


def test_negative_totals_become_unapplied_credit(actor: Actor) -> None:
    text = INVOICE_FILE + "CN-1,K1,Acorn Ltd,2026-03-05,,EUR,-10.00,-1.90,-11.90\n"
    run = services.load(actor, opened(actor, text, create_customers=True))
    assert (run.rows_accepted, run.rows_rejected) == (4, 0)
    (note,) = invoices.unapplied_credit_notes(actor.company_id)
    assert (note.number, note.unapplied_minor) == ("CN-1", 1_190)
    balances = {(b.account, b.currency): b.minor for b in ledger.balances(actor.company_id)}
    assert balances["unapplied", "EUR"] == -1_190


MESSY = (
    "Invoice No,Customer No,Invoice date,Due date,Total,Open amount,Memo\n"
    "INV-1,K1,2026-03-02,2026-04-01,119.00,119.00,fine\n"
    ",K1,2026-03-02,2026-04-01,5.00,5.00,no number\n"
    "INV-3,K9,2026-03-02,2026-04-01,5.00,5.00,=cmd()\n"
    "INV-4,K1,2026-02-30,2026-04-01,5.00,5.00,no date\n"
    "INV-5,K1,2026-03-02,2026-04-01,five,5.00,no amount\n"
    "INV-6,K1,2026-03-02,2026-04-01,5.00,3.00,part paid\n"
    "INV-7,K1,2026-03-02,2026-04-01,5.001,,too fine\n"
    "INV-8,K1,2026-03-02,2025-03-01,5.00,,due early\n"
    "INV-1,K1,2026-03-02,2026-04-01,120.00,,another\n"
    "INV-9,K1,2026-03-02,2026-04-01,0.00,,nothing\n"
    "INV-10,K1,2026-03-02,2026-04-01,5.00,,wide,wider\n"
)
WHY = {
    3: "value_missing", 4: "customer_unknown", 5: "date_unreadable", 6: "amount_unreadable",
    7: "partly_paid", 8: "amount_too_fine", 9: "due_before_issued", 10: "number_twice",
    11: "amount_zero", 12: "row_too_wide",
}  # fmt: skip


def test_good_rows_go_in_and_the_others_say_why(actor: Actor) -> None:
    services.load(actor, opened(actor, "number,name\nK1,Acorn\n", "customers"))
    run = services.load(actor, opened(actor, MESSY))
    assert (run.rows_accepted, run.rows_known, run.rows_rejected) == (1, 0, 10)
    assert run.faults == dict.fromkeys(WHY.values(), 1)
    text = queries.rejected_file(actor.company_id, run.reference).content.decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0] == (
        "Invoice No,Customer No,Invoice date,Due date,Total,Open amount,Memo,line,field,why,mend"
    )
    assert lines[2].startswith("INV-3,K9,2026-03-02,2026-04-01,5.00,5.00,'=cmd(),4,customer_number")
    assert [int(line.split(",")[7]) for line in lines[1:]] == sorted(WHY)


def test_the_rejected_file_mended_loads_again_with_the_same_mapping(actor: Actor) -> None:
    services.load(actor, opened(actor, "number,name\nK1,Acorn\n", "customers"))
    first = opened(actor, MESSY)
    services.set_mapping(actor, first, columns=queries.run(actor.company_id, first).mapping)
    services.load(actor, first)
    rejected = queries.rejected_file(actor.company_id, first).content.decode("utf-8-sig")
    mended = rejected.replace("K9", "K1").replace("2026-02-30", "2026-02-28")
    run = services.load(actor, opened(actor, mended))
    assert run.is_remembered
    assert (run.rows_accepted, run.rows_rejected) == (2, 8)
    numbers = {row.number for row in invoices.open_items(actor.company_id)}
    assert numbers == {"INV-1", "INV-3", "INV-4"}


def test_a_mapping_is_corrected_and_remembered(actor: Actor) -> None:
    text = "a,b,c,d\nINV-1,K1,03/04/2026,1.234\n"
    reference = opened(actor, text)
    with pytest.raises(Refused) as refused:
        services.load(actor, reference)
    assert refused.value.code == "mapping_incomplete"
    columns = {"number": 0, "customer_number": 1, "issued_on": 2, "due_on": 2, "total": 3}
    options = Options(date_order="mdy", decimal="comma", currency="USD")
    services.set_mapping(actor, reference, columns=columns, options=options)
    again = queries.run(actor.company_id, opened(actor, text))
    assert (again.mapping, again.options, again.is_remembered) == (columns, options, True)
    services.load(actor, opened(actor, "number,name\nK1,Acorn\n", "customers"))
    assert services.load(actor, again.reference).rows_accepted == 1
    (row,) = invoices.open_items(actor.company_id)
    assert (row.issued_on, row.total_minor, row.currency) == (date(2026, 3, 4), 123_400, "USD")


def test_an_ambiguous_date_order_is_said(actor: Actor) -> None:
    text = "Invoice No,Customer No,Invoice date,Total\nI1,K1,03/04/2026,5.00\n"
    run = queries.run(actor.company_id, opened(actor, text))
    assert not run.date_order.is_certain
    assert run.date_order.proof == "03/04/2026"


@pytest.mark.parametrize(
    ("columns", "options", "code"),
    [
        ({"number": 99}, None, "column_unknown"),
        ({"nonsense": 0}, None, "field_unknown"),
        (None, Options(date_order="ymd"), "option_unknown"),
        (None, Options(currency="XXX1"), "currency_unknown"),
    ],
)
def test_wrong_mappings_are_refused_and_nothing_changes(
    actor: Actor, columns: dict[str, int] | None, options: Options | None, code: str
) -> None:
    reference = opened(actor, INVOICE_FILE)
    before = queries.run(actor.company_id, reference)
    with pytest.raises(Invalid) as refused:
        services.set_mapping(actor, reference, columns=columns, options=options)
    assert refused.value.code == code
    assert queries.run(actor.company_id, reference) == before


def test_only_who_may_import_does(actor_of: Callable[..., Actor], actor: Actor) -> None:
    reference = opened(actor, INVOICE_FILE)
    collector = actor_of(actor.company_id, role="collector")
    for attempt in (
        lambda: opened(collector, INVOICE_FILE),
        lambda: services.set_mapping(collector, reference, columns={}),
        lambda: services.load(collector, reference),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "not_permitted"
    assert queries.run(actor.company_id, reference).rows_done == 0


def test_another_company_sees_nothing(actor: Actor, actor_of: Callable[..., Actor]) -> None:
    reference = opened(actor, INVOICE_FILE)
    other = actor_of(founded("other").id)
    with pytest.raises(NotFound):
        services.load(other, reference)
    assert queries.runs(other.company_id) == []


def test_checking_leaves_nothing_behind(actor: Actor) -> None:
    reference = opened(actor, INVOICE_FILE, create_customers=True)
    found = services.check(actor, reference)
    assert (found.rows_accepted, found.status) == (3, "done")
    assert invoices.open_items(actor.company_id) == []
    assert customers.by_number(actor.company_id) == {}
    assert queries.run(actor.company_id, reference).rows_done == 0


def test_each_chunk_is_audited_with_the_digest_of_the_file(actor: Actor) -> None:
    reference = opened(actor, INVOICE_FILE, create_customers=True)
    services.load(actor, reference, chunk_rows=2)
    run = queries.run(actor.company_id, reference)
    entries = AuditEntry.objects.filter(company_id=actor.company_id, command="imports.load")
    sha256 = kept_file(actor.company_id, run.file_id).sha256
    assert [entry.arguments["manifest"] for entry in entries.order_by("id")] == [
        {"run_reference": reference, "file_sha256": sha256, "first_row": first, "row_count": n}
        for first, n in ((0, 2), (2, 1))
    ]


class Crashed(BaseException):
    """Stands for the process dying."""


def test_a_load_that_dies_in_the_middle_goes_on_exactly_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = actor_of(founded().id)
    reference = opened(actor, many_invoices(50), create_customers=True)
    calls = 0

    def dying(actor: Actor, batch: Batch) -> Outcome:
        nonlocal calls
        calls += 1
        outcome = INVOICES.load(actor, batch)
        if calls == 3:
            raise Crashed
        return outcome

    kinds.register(replace(INVOICES, load=dying))
    with pytest.raises(Crashed):
        services.load(actor, reference, chunk_rows=10)
    connection.close()
    run = queries.run(actor.company_id, reference)
    assert (run.status, run.rows_done, run.rows_accepted) == ("running", 20, 20)
    kinds.register(INVOICES)
    seen: list[tuple[int, int]] = []
    run = services.load(actor, reference, chunk_rows=10, progress=lambda *at: seen.append(at))
    assert (run.status, run.rows_done, run.rows_accepted, run.rows_known) == ("done", 50, 50, 0)
    assert seen == [(30, 50), (40, 50), (50, 50)]
    assert books(actor) == (50, 50 * 11_900, 50 * 11_900)


def many_invoices(count: int) -> str:
    rows = [
        f"INV-{n},K{n % 7},Customer {n % 7},2026-03-02,2026-04-01,EUR,100.00,19.00,119.00\n"
        for n in range(count)
    ]
    return INVOICE_FILE.splitlines(keepends=True)[0] + "".join(rows)


def books(actor: Actor) -> tuple[int, int, int]:
    """Return how many items there are, what is receivable in the ledger, and the exposure."""
    receivable = sum(b.minor for b in ledger.customer_balances(actor.company_id, "receivable"))
    ids = customers.by_number(actor.company_id).values()
    exposed = sum(row.open_minor for one in ids for row in credit.exposure(actor.company_id, one))
    return len(invoices.open_items(actor.company_id)), receivable, exposed


@pytest.mark.parametrize("is_one_run", [True, False])
def test_the_same_file_loaded_by_many_at_once_goes_in_once(
    committed_db: str,
    actor_of: Callable[..., Actor],
    is_one_run: bool,  # noqa: FBT001
) -> None:
    actor = actor_of(founded().id)
    content = many_invoices(60)
    first = opened(actor, content, create_customers=True)
    references = [first] * 3 if is_one_run else [first, opened(actor, content)]
    failures: list[BaseException] = []

    def work(reference: str) -> None:
        try:
            services.load(actor, reference, chunk_rows=13)
        except BaseException as failure:  # noqa: BLE001 - told by the test
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[reference]) for reference in references]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    runs = [queries.run(actor.company_id, reference) for reference in set(references)]
    assert sum(run.rows_accepted for run in runs) == 60
    assert sum(run.rows_known for run in runs) == 60 * (len(runs) - 1)
    assert books(actor) == (60, 60 * 11_900, 60 * 11_900)


# Customers


CUSTOMER_FILE = (
    "Kundennummer;Firma;Land;Sprache;PLZ;Ort;Straße;E-Mail;Telefon;Ansprechpartner;"
    "Zahlungsbedingung;Kreditlimit;IBAN;Gruppe\n"
    "10001;Müller & Söhne GmbH;Deutschland;Deutsch;50667;Köln;Domplatz 1;a@example.com;"
    "+49 221 1;Anna Müller;net14;25.000,00;DE89 3704 0044 0532 0130 00;G1\n"
    "10002;Birch SARL;FR;fr;75001;Paris;;bad-mail;;;;;;\n"
    "10003;Cedar;DE;;;;;;;;nowhere;;;\n"
    "10004;Dogwood;DE;;;;;;;;;;DE89 3704 0044 0532 0130 01;\n"
)


def test_customers_come_with_people_terms_accounts_and_groups(actor: Actor) -> None:
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    run = services.load(actor, opened(actor, CUSTOMER_FILE, "customers"))
    assert (run.rows_accepted, run.rows_rejected) == (1, 3)
    assert run.faults == {"email_malformed": 1, "terms_unknown": 1, "iban_check_digits": 1}
    one = customers.customer(actor.company_id, "10001")
    assert (one.name, one.country, one.language, one.currency, one.group_number) == (
        "Müller & Söhne GmbH", "DE", "de", "EUR", "G1",
    )  # fmt: skip
    (person,) = customers.contacts(actor.company_id, one.id)
    assert (person.name, person.email, person.phone, person.is_primary) == (
        "Anna Müller", "a@example.com", "+49 221 1", True,
    )  # fmt: skip
    assert customers.terms_codes(actor.company_id, actor.today) == {one.id: "net14"}
    index = customers.payer_index(actor.company_id)
    assert index.accounts == {"DE89370400440532013000": {one.id}}


def test_customers_known_are_edited_with_history(actor: Actor) -> None:
    services.load(
        actor, opened(actor, "number,name,city\nK1,Acorn,Ulm\nK2,Birch,Bonn\n", "customers")
    )
    run = services.load(
        actor, opened(actor, "number,name,city\nK1,Acorn,Köln\nK2,Birch,\n", "customers")
    )
    assert (run.rows_accepted, run.rows_known) == (1, 1)
    acorn = customers.customer(actor.company_id, "K1")
    assert acorn.city == "Köln"
    assert [
        (c.field, c.before, c.after) for c in customers.history(actor.company_id, acorn.id)
    ] == [("city", "Ulm", "Köln")]


def test_a_workbook_loads_like_a_text_file(actor: Actor) -> None:
    book = openpyxl.Workbook()
    for line in INVOICE_FILE.splitlines():
        book.active.append(line.split(","))
    book.active["G2"] = 100.0
    book.active["D2"] = date(2026, 3, 2)
    out = io.BytesIO()
    book.save(out)
    reference = services.open_run(actor, kind="invoices", filename="a.xlsx", content=out.getvalue())
    run = queries.run(actor.company_id, reference)
    services.set_mapping(actor, reference, options=replace(run.options, create_customers=True))
    assert services.load(actor, reference).rows_accepted == 3


def test_what_a_workbook_was_refused_is_mended_and_loaded(actor: Actor) -> None:
    book = openpyxl.Workbook()
    for line in INVOICE_FILE.splitlines():
        book.active.append(line.split(","))
    book.active["G2"] = "nothing"
    out = io.BytesIO()
    book.save(out)
    reference = services.open_run(actor, kind="invoices", filename="a.xlsx", content=out.getvalue())
    run = queries.run(actor.company_id, reference)
    services.set_mapping(actor, reference, options=replace(run.options, create_customers=True))
    done = services.load(actor, reference)
    assert (done.rows_accepted, done.rows_rejected) == (2, 1)
    rejected = queries.rejected_file(actor.company_id, reference).content
    assert rejected.count(b"nothing") >= 1
    mended = rejected.replace(b"nothing", b"100.00", 1)
    again = opened(actor, mended, create_customers=True)
    assert services.load(actor, again).rows_accepted == 1
    assert len(invoices.open_items(actor.company_id)) == 3


# Real files


@pytest.mark.needs("shared-data")
def test_real_open_invoices_load_with_their_many_spellings(
    actor_of: Callable[..., Actor], db: None
) -> None:
    actor = actor_of(founded(currency="USD").id)
    folder = shared_data()
    assert folder is not None
    content = (folder / "late_payment" / "b2b_open.csv").read_bytes()
    run = services.load(actor, opened(actor, content, create_customers=True))
    assert (run.rows_total, run.rows_accepted + run.rows_known + run.rows_rejected) == (9700, 9700)
    assert run.rows_rejected < 97, run.faults
    receivable = sum(b.minor for b in ledger.customer_balances(actor.company_id, "receivable"))
    assert receivable == sum(row.open_minor for row in invoices.open_items(actor.company_id))


@pytest.mark.needs("shared-data")
def test_northwind_customers_all_load(actor: Actor) -> None:
    folder = shared_data()
    assert folder is not None
    content = (folder / "companies" / "northwind" / "customers.csv").read_bytes()
    run = services.load(actor, opened(actor, content, "customers"))
    assert (run.rows_accepted, run.rows_rejected) == (91, 0)
    assert customers.customer(actor.company_id, "ALFKI").country == "DE"
