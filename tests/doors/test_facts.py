"""What cannot be, at every door: its own code, nothing half done, the file kept.

Wrong currency, unknown account, closed period, negative and zero amounts, numbers given twice,
31 February, a file of another company's bank, half a file, formulas. Here files are well made and
say what cannot be; how they may be made is attacked in `tests/corpus`, XML entities among it, and
sent to each door by `test_files.py`, `test_drop.py` and `test_mail.py`, files of 500 MB too.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from creditdesk import wiring
from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.customers import queries as customers
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.ledger import services as ledger
from creditdesk.plumbing import sql
from creditdesk.plumbing.imports import queries as runs
from creditdesk.plumbing.imports import services as imports
from creditdesk.plumbing.queries import kept_file
from tests.cash.readers import samples
from tests.doors.test_desk_texts import changed, counts
from tests.faces.api.conftest import Caller
from tests.faces.desk.pages import words
from tests.invoices.people import SELLER, a_buyer
from tests.plumbing.test_tables import xlsx
from tests.support.fixtures import founded

wiring.connect()
JANUARY = date(2026, 1, 31)


@pytest.fixture
def selling(desk: Actor) -> Actor:
    """The standing actor in a company that may issue to C1."""
    invoices.set_seller(desk, SELLER)
    a_buyer(desk, "C1")
    return desk


# -- files of invoices

HEAD = "Customer No,Invoice No,Invoice date,Due date,Currency,Net,VAT,Total"
GOOD = "C1,INV-1,2026-03-02,2026-04-01,EUR,100.00,19.00,119.00"
ROWS = {
    "C1,INV-2,2026-03-02,2026-04-01,ZZZ,1.00,0.19,1.19": "currency_unreadable",
    "C9,INV-2,2026-03-02,2026-04-01,EUR,1.00,0.19,1.19": "customer_unknown",
    "C1,INV-2,2026-03-02,2026-04-01,EUR,-1.00,0.19,1.19": "amounts_disagree",
    "C1,INV-2,2026-03-02,2026-04-01,EUR,1.00,0.19,9.19": "amounts_disagree",
    "C1,INV-2,2026-03-02,2026-04-01,EUR,-1.00,2.00,1.00": "amount_signs_mixed",
    "C1,INV-2,2026-03-02,2026-04-01,EUR,0.00,0.00,0.00": "amount_zero",
    "C1,INV-1,2026-03-02,2026-04-01,EUR,200.00,38.00,238.00": "number_twice",
    "C1,INV-2,2026-02-31,2026-04-01,EUR,1.00,0.19,1.19": "date_unreadable",
    "C1,INV-2,2026-02-01,2026-02-31,EUR,1.00,0.19,1.19": "date_unreadable",
    "C1,INV-2,2026-03-02,2025-03-01,EUR,1.00,0.19,1.19": "due_before_issued",
    "C1,=1+1,2026-03-02,2026-04-01,EUR,1.00,0.19,1.19": "formula_given",
    '"=HYPERLINK(""http://x"")",INV-2,2026-03-02,2026-04-01,EUR,1.00,0.19,1.19': "formula_given",
    "C1,INV-2,2026-03-02,2026-04-01,EUR,=1+1,0.19,1.19": "amount_unreadable",
    "C1,INV-2": "value_missing",
}
# A workbook keeps what a formula came to, and of these nothing came: the cell is empty.
IN_WORKBOOKS = {"formula_given": {"value_missing", "customer_unknown"}}


def table(row: str, form: str) -> bytes:
    text = f"{HEAD}\n{GOOD}\n{row}"
    if form == "csv":
        return text.encode()
    return xlsx(list(csv.reader(text.splitlines())))


# In a workbook the net amount of a formula without a result is empty: the total without its tax.
CASES = [
    (row, form) for row in ROWS for form in ("csv", "xlsx") if form == "csv" or ",EUR,=" not in row
]


@pytest.mark.parametrize(("row", "form"), CASES)
def test_a_row_of_a_file_of_invoices(selling: Actor, row: str, form: str) -> None:
    """The good row goes in, the other comes back with its code, the file is kept."""
    expected = {ROWS[row]}
    if form == "xlsx":
        expected = IN_WORKBOOKS.get(ROWS[row], expected)
    content = table(row, form)
    reference = imports.open_run(selling, kind="invoices", filename=f"i.{form}", content=content)
    imports.load(selling, reference)
    run = runs.run(selling.company_id, reference)
    assert (run.status, run.rows_accepted, run.rows_rejected) == ("done", 1, 1)
    assert set(run.faults) <= expected
    assert kept_file(selling.company_id, run.file_id).content == content
    assert sql.scalars("SELECT number FROM invoices_invoice", []) == ["INV-1"]


def test_who_buys_as_a_consumer_is_read_and_what_is_neither_is_said(selling: Actor) -> None:
    rows = {"K1": "consumer", "K2": "Ja", "K3": "", "K4": "b2b", "K5": "perhaps"}
    table = "number,name,consumer\n" + "".join(f"{k},Name {k},{v}\n" for k, v in rows.items())
    reference = imports.open_run(
        selling, kind="customers", filename="k.csv", content=table.encode()
    )
    imports.load(selling, reference)
    run = runs.run(selling.company_id, reference)
    assert (run.rows_accepted, dict(run.faults)) == (4, {"buys_as_unknown": 1})
    found = {
        number: customers.customer(selling.company_id, number).buys_as for number in list(rows)[:4]
    }
    assert found == {"K1": "consumer", "K2": "consumer", "K3": "", "K4": "business"}


def test_what_comes_back_for_its_formula_comes_back_again(selling: Actor) -> None:
    """The file of rejected rows marks it as text; that makes no number of it."""
    content = table("C1,=1+1,2026-03-02,2026-04-01,EUR,1.00,0.19,1.19", "csv")
    for _ in range(2):
        reference = imports.open_run(selling, kind="invoices", filename="i.csv", content=content)
        imports.load(selling, reference)
        assert runs.run(selling.company_id, reference).faults == {"formula_given": 1}
        content = runs.rejected_file(selling.company_id, reference).content
        assert b"'=1+1" in content


def test_half_a_file_of_invoices(selling: Actor) -> None:
    whole = table("C1,INV-2,2026-03-02,2026-04-01,EUR,1.00,0.19,1.19", "csv")
    reference = imports.open_run(selling, kind="invoices", filename="i.csv", content=whole[:-20])
    imports.load(selling, reference)
    run = runs.run(selling.company_id, reference)
    assert (run.rows_accepted, run.rows_rejected) == (1, 1)
    again = imports.open_run(selling, kind="invoices", filename="i.csv", content=whole)
    imports.load(selling, again)
    run = runs.run(selling.company_id, again)
    assert (run.rows_accepted, run.rows_known, run.rows_rejected) == (1, 1, 0)


# -- files of banks

BANK = {
    "camt": samples.camt(samples.camt_entry()),
    "mt940": samples.mt940(":61:260302C100,00NTRFNONREF//B1", ":86:166?20SVWZ+INV 1?32Acorn"),
    "bai2": samples.BAI2,
    "ofx": samples.OFX,
    "coda": samples.CODA,
    "csv": samples.CSV,
}
UNREADABLE, UNPROVED, DATE, MIXED, MISSING, AMOUNT = (
    "statement_unreadable", "statement_unproved", "statement_date_unreadable",
    "statement_currency_mixed", "statement_currency_missing", "statement_amount_unreadable",
)  # fmt: skip
_CODA_ACCOUNT = "BE68539007547034".ljust(34)
# (format, what it says, what it says instead, code); no replacement: half the file.
WRONG = [
    ("camt", "", "", UNREADABLE),
    ("mt940", "", "", UNREADABLE),
    ("bai2", "", "", UNPROVED),
    ("ofx", "", "", UNREADABLE),
    ("coda", "", "", UNREADABLE),
    ("csv", "", "", UNREADABLE),
    ("camt", "<BookgDt><Dt>2026-03-02", "<BookgDt><Dt>2026-02-31", DATE),
    ("mt940", ":61:260302", ":61:260231", DATE),
    ("mt940", ":61:260302", ":61:260431", DATE),
    ("bai2", "260302,,USD", "260231,,USD", DATE),
    ("ofx", "<DTPOSTED>20260302120000", "<DTPOSTED>20260231120000", DATE),
    ("coda", "040326", "310226", UNREADABLE),
    ("csv", "02.03.2026", "31.02.2026", DATE),
    ("camt", '<Amt Ccy="EUR">100.00', '<Amt Ccy="USD">100.00', MIXED),
    ("mt940", "C260302EUR150", "C260302USD150", MIXED),
    ("csv", "1.234,50;EUR", "1.234,50;USD", MIXED),
    ("camt", "EUR", "QQQ", MISSING),
    ("bai2", ",USD,", ",QQQ,", UNREADABLE),
    ("ofx", "<CURDEF>USD", "<CURDEF>QQQ", MISSING),
    ("coda", f"{_CODA_ACCOUNT}EUR", f"{_CODA_ACCOUNT}QQQ", MISSING),
    ("csv", "EUR", "QQQ", MISSING),
    ("camt", ">100.00<", ">-100.00<", AMOUNT),
    ("csv", "1.234,50;EUR", "=1+1;EUR", AMOUNT),
]  # fmt: skip
REFUSED_ONLY = {"cash_refusedfile": 1, "plumbing_file": 1, "controls_auditentry": 1}


def sent(manager: Client, name: str, content: bytes) -> Any:
    return manager.post("/cash/statements/take-in", {"file": SimpleUploadedFile(name, content)})


@pytest.mark.parametrize(("form", "said", "instead", "code"), WRONG)
def test_a_file_of_a_bank(
    manager: Client, desk: Actor, form: str, said: str, instead: str, code: str
) -> None:
    """It is refused whole by its code, kept byte for byte, and nothing of it stands anywhere."""
    good = BANK[form]
    text = good.replace(said, instead) if said else good[: len(good) // 2]
    assert text != good
    before = counts()
    assert sent(manager, f"bank.{form}", text.encode()).status_code == 422
    [row] = cash.refused_files(desk.company_id)
    assert row.code == code
    assert row.place.startswith(f"bank.{form}")
    assert row.mend
    assert kept_file(desk.company_id, row.file_id).content == text.encode()
    assert changed(before) == REFUSED_ONLY


@pytest.mark.parametrize(
    ("form", "account", "currency"),
    [
        ("camt", "DE89370400440532013000", "EUR"),
        ("mt940", "DE89370400440532013000", "EUR"),
        ("bai2", "0123456789", "USD"),
        ("ofx", "0042", "USD"),
        ("coda", "BE68539007547034", "EUR"),
    ],
)
def test_a_file_of_the_bank_of_another_company(
    manager: Client, desk: Actor, actor_of: Callable[..., Actor], form: str, account: str,
    currency: str,
) -> None:  # fmt: skip
    cash_services.open_account(actor_of(founded("other").id), account, currency)
    before = counts()
    assert sent(manager, f"bank.{form}", BANK[form].encode()).status_code == 422
    [row] = cash.refused_files(desk.company_id)
    assert row.code == "account_of_another_company"
    assert kept_file(desk.company_id, row.file_id).content == BANK[form].encode()
    assert changed(before) == REFUSED_ONLY


# -- advices

ADVICES = {
    b"Invoice number;Amount paid;Currency\nINV-1;1,00;ZZZ\n": "advice_currency_unknown",
    b"Invoice number;Amount paid\nINV-1;=1+1\n": "advice_amount_unreadable",
    b"Invoice number;Amount paid\nINV-1;\n": "advice_amount_missing",
    b"Invoice number;Amount pa": "table_without_rows",
}


@pytest.mark.parametrize("content", ADVICES)
def test_an_advice(manager: Client, desk: Actor, content: bytes) -> None:
    before = counts()
    given = {"file": SimpleUploadedFile("a.csv", content)}
    assert manager.post("/cash/advices/take-in", given).status_code == 422
    [code] = sql.scalars("SELECT fault_code FROM cash_remittanceadvice", [])
    [file_id] = sql.scalars("SELECT file_id FROM cash_remittanceadvice", [])
    assert code == ADVICES[content]
    assert kept_file(desk.company_id, file_id).content == content
    assert changed(before) == {
        "cash_remittanceadvice": 1, "plumbing_file": 1, "controls_auditentry": 1,
        "plumbing_sequence": 1,
    }  # fmt: skip


# -- the API

LINE = {"name": "Bearing", "quantity": "1", "price": "10.00", "rate_percent": "19"}
DRAFT = {"customer_number": "C1", "currency": "EUR", "issued_on": "2026-03-16", "lines": [LINE]}
RECORD = {
    "customer_number": "C1", "number": "X-1", "issued_on": "2026-03-02", "due_on": "2026-04-01",
    "currency": "EUR", "net": "10.00", "tax": "1.90",
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"currency": "ZZZ"}, "currency_unknown", "invoices.1.currency"),
        ({"customer_number": "C9"}, "customer_unknown", "invoices.1.customer_number"),
        ({"issued_on": "2026-02-31"}, "request_invalid", "invoices.1.issued_on"),
        ({"issued_on": "2026-01-31"}, "period_closed", "invoices.1.issued_on"),
        ({"lines": [LINE | {"price": "-1"}]}, "request_invalid", "invoices.1.lines.0.price"),
        ({"lines": [LINE | {"price": "=1"}]}, "request_invalid", "invoices.1.lines.0.price"),
        ({"lines": [LINE | {"price": "0"}]}, "amount_not_positive", "invoices.1.lines.0.price"),
        (
            {"lines": [LINE | {"quantity": "-1"}]},
            "amount_not_positive",
            "invoices.1.lines.0.quantity",
        ),
        ({"lines": []}, "request_invalid", "invoices.1.lines"),
    ],
)
def test_issuing_by_api(
    selling: Actor, caller_of: Callable[[str], Caller], given: dict[str, Any], code: str,
    field: str,
) -> None:  # fmt: skip
    """All or none: the good invoice beside it takes no number either."""
    ledger.close_period(selling, JANUARY)
    caller = caller_of("biller")
    before = counts()
    refused = caller.post("/invoices/issue", {"invoices": [DRAFT, DRAFT | given]})
    assert refused.status_code == 422, refused.content
    assert (refused.json()["code"], refused.json()["place"]["field"]) == (code, field)
    assert changed(before) == {}
    assert caller.post("/invoices/issue", {"invoices": [DRAFT]}).json() == {
        "numbers": ["INV-2026-000001"]
    }


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"currency": "ZZZ"}, "currency_malformed"),
        ({"customer_number": "C9"}, "customer_unknown"),
        ({"net": "0", "tax": "0"}, "amount_zero"),
        ({"due_on": "2025-03-01"}, "due_before_issued"),
        ({"number": "X-1", "net": "11.00"}, "number_twice"),
    ],
)
def test_recording_by_api(
    selling: Actor, caller_of: Callable[[str], Caller], given: dict[str, Any], code: str
) -> None:
    told = (
        caller_of("master_data")
        .post("/invoices", {"invoices": [RECORD, RECORD | {"number": "X-2"} | given]})
        .json()
    )
    assert told["recorded"] == 1
    assert [(one["position"], one["code"]) for one in told["rejected"]] == [(2, code)]
    assert sql.scalars("SELECT number FROM invoices_invoice", []) == ["X-1"]


def test_a_late_fact_keeps_its_date_and_is_booked_where_books_are_open(
    selling: Actor, caller_of: Callable[[str], Caller]
) -> None:
    """What happened elsewhere in a closed month is no mistake of ours: it is never refused."""
    ledger.close_period(selling, JANUARY)
    late = RECORD | {"issued_on": "2026-01-05", "due_on": "2026-02-05"}
    told = caller_of("master_data").post("/invoices", {"invoices": [late]}).json()
    assert (told["recorded"], told["rejected"]) == (1, [])
    assert sql.scalars("SELECT issued_on::text FROM invoices_invoice", []) == ["2026-01-05"]
    dates = sql.scalars("SELECT DISTINCT effective_on::text FROM ledger_posting", [])
    assert dates == ["2026-02-01"]


# -- forms of the desk

FORM = {
    "customer": "C1", "issued_on": "2026-03-16", "lines": "1", "name-1": "Bearing",
    "quantity-1": "1", "price-1": "10", "rate-1": "19", "unit-1": "C62", "category-1": "S",
    "confirmed": "yes",
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"currency": "ZZZ"}, "“ZZZ” is no currency. Use a code of ISO 4217, such as EUR"),
        ({"customer": "C9"}, "There is no customer 'C9'. Correct the number"),
        ({"customer": "acor"}, "There is no customer 'acor'. Give a number such as C1 Acorn C1"),
        ({"issued_on": "2026-02-31"}, "'2026-02-31' is no date. Write it as 2026-01-31"),
        ({"issued_on": "2026-01-31"}, "The books of 2026-01-31 are closed. Date it 2026-02-01"),
        ({"price-1": "-10"}, "The price -10 is below zero. Make the quantity negative instead"),
        ({"price-1": "0"}, "The invoice comes to nothing, or less. Correct quantities and prices"),
        ({"price-1": "=1+1"}, "'=1+1' is no figure. Write it as 1234.50"),
        ({"quantity-1": "1e5000"}, "is no figure"),
        ({"name-1": ""}, "Line 1"),
    ],
)  # fmt: skip
def test_issuing_at_the_desk(
    manager: Client, selling: Actor, given: dict[str, str], told: str
) -> None:
    ledger.close_period(selling, JANUARY)
    before = counts()
    refused = manager.post("/invoices/new", FORM | given)
    assert refused.status_code == 422
    page = words(refused)
    assert told in page, page
    assert "invoices.0" not in page  # names of fields are for programs
    assert changed(before) == {}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"iban": "DE00370400440532013000"}, "This is no iban, or a digit is wrong"),
        ({"customer": "C9"}, "There is no such customer"),
        ({"signed_on": "2026-02-31"}, "'2026-02-31' is no date"),
        ({"signed_on": "2027-02-28"}, "It cannot be signed after today"),
        ({"scheme": "SEPA"}, "The scheme is CORE or B2B"),
    ],
)
def test_giving_a_mandate(
    manager: Client, selling: Actor, given: dict[str, str], told: str
) -> None:
    form = {
        "customer": "C1", "iban": "DE89370400440532013000", "holder": "Acorn",
        "signed_on": "2026-03-01", "scheme": "CORE",
    }  # fmt: skip
    before = counts()
    page = words(manager.post("/mandates/give", form | given, follow=True))
    assert told in page, page[-400:]
    assert changed(before) == {}
