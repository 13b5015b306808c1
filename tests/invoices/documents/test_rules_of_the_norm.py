"""What the official rules say of real and of broken files, and that no answer is never "valid"."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from creditdesk.invoices import rendering
from creditdesk.invoices.documents.findings import Finding
from creditdesk.invoices.documents.profiles import Form, Profile
from tests.invoices.documents.samples import invoice
from tests.invoices.documents.test_workshop import gone
from tests.support.machine import shared_data

# What the rules say of the real files; those not named here are valid without a remark.
NOT_NAMED = "FACTUR-X"
EXPECTED: dict[str, set[str]] = {
    "CII-BR-CO-10-RoundingIssue.xml": {"FX-SCH-A-000556", "PEPPOL-EN16931-R008"},
    "CII_business_example_02.xml": {"FX-SCH-A-000556", "PEPPOL-EN16931-R008"},
    "CII_business_example_Z.xml": {"FX-SCH-A-000556"},
    "CII_example5.xml": {NOT_NAMED},
    "huf_example_cii.xml": {NOT_NAMED},
    "XRechnung-O.xml": {"FX-SCH-A-000589", "FX-SCH-A-000616", "PEPPOL-EN16931-R008"},
}


@pytest.fixture(scope="module")
def ubl() -> str:
    return rendering.render(invoice(), Form.UBL).decode()


@pytest.fixture(scope="module")
def cii() -> str:
    return rendering.render(invoice(), Form.CII).decode()


@pytest.mark.needs("shared-data")
def test_real_files_are_judged_as_known() -> None:
    folder = shared_data()
    assert folder is not None
    files = sorted((folder / "einvoice").glob("*/*.xml"))
    assert len(files) == 32
    told = {
        path.name: {each.rule for each in rendering.validate(path.read_bytes())} for path in files
    }
    assert {name: rules for name, rules in told.items() if rules} == EXPECTED


@pytest.mark.needs("shared-data")
@pytest.mark.parametrize(
    ("path", "old", "new", "rule"),
    [
        ("ubl/ubl-tc434-example1.xml", "<cbc:PayableAmount ", "<cbc:PayableAmount x='1' ", "XSD"),
        ("ubl/ubl-tc434-example2.xml", "</cbc:PayableAmount>", "9</cbc:PayableAmount>",
         "BR-DEC-18"),
        ("ubl/ubl-tc434-example3.xml", "<cbc:ID>S</cbc:ID>", "<cbc:ID>X</cbc:ID>", "BR-CL-18"),
        ("ubl/ubl-tc434-creditnote1.xml", "CreditNoteTypeCode>381<", "CreditNoteTypeCode>999<",
         "BR-CL-01"),
        ("cii/CII_example2.xml", "<ram:DuePayableAmount>", "<ram:DuePayableAmount>1", "BR-CO-16"),
    ],
)  # fmt: skip
def test_a_real_file_broken_on_purpose_is_refused_by_name(
    path: str, old: str, new: str, rule: str
) -> None:
    folder = shared_data()
    assert folder is not None
    whole = (folder / "einvoice" / path).read_text(encoding="utf-8-sig")
    assert old in whole
    found = rendering.validate(whole.replace(old, new).encode())
    assert rule in {each.rule for each in found if each.is_fatal}


BROKEN = [
    ("ubl", ">1321.88<", ">1321.87<", "BR-CO-15"),
    ("ubl", ">1078.45<", ">1080.00<", "BR-S-08"),
    ("ubl", "Percent>7<", "Percent>25<", "BR-S-09"),
    ("ubl", '"C62"', '"PIECE"', "BR-CL-23"),
    ("ubl", "<cbc:IssueDate>2026-10-14<", "<cbc:IssueDate>2026-02-31<", "XSD"),
    ("ubl", "cbc:BuyerReference>", "cbc:BuyersReference>", "XSD"),
    ("ubl", "<cbc:PayableAmount", "<cbc:Payable", "XML"),
    ("cii", "<ram:GrandTotalAmount>1321.88", "<ram:GrandTotalAmount>1321.80", "BR-CO-15"),
    ("cii", "RateApplicablePercent>7<", "RateApplicablePercent>25<", "BR-S-09"),
    ("cii", "TypeCode>380<", "TypeCode>999<", "FX-SCH-A-000555"),
    ("cii", "ram:SellerTradeParty>", "ram:VendorTradeParty>", "XSD"),
]


@pytest.mark.parametrize(("form", "old", "new", "rule"), BROKEN)
def test_a_file_of_ours_broken_on_purpose_is_refused_by_name(
    form: str, old: str, new: str, rule: str, ubl: str, cii: str
) -> None:
    whole = {"ubl": ubl, "cii": cii}[form]
    assert old in whole
    found = rendering.validate(whole.replace(old, new).encode())
    assert rule in {each.rule for each in found if each.is_fatal}


def test_a_finding_says_where_it_stands(ubl: str) -> None:
    found = rendering.validate(ubl.replace('unitCode="HUR"', 'unitCode="HOUR"').encode())
    assert {each.field for each in found if each.rule == "BR-CL-23"} == {
        "/Invoice/InvoiceLine[2]/InvoicedQuantity",
        "/Invoice/InvoiceLine[2]/Price/BaseQuantity",
    }
    assert all(each.detail.startswith("Unit code MUST be coded") for each in found)


@pytest.mark.parametrize(
    ("content", "rule", "detail"),
    [
        (b"", "XML", "Document is empty"),
        (b"no markup", "XML", "Start tag expected"),
        (b"<Invoice/>", "XML", "is no invoice"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "XML", "DOCTYPE"),
        (b'<?xml version="1.0"?><!DOCTYPE a><a/>', "XML", "DOCTYPE"),
    ],
)
def test_what_is_no_invoice_is_said_to_be_none(content: bytes, rule: str, detail: str) -> None:
    [found] = rendering.validate(content)
    assert (found.rule, found.is_fatal) == (rule, True)
    assert detail in found.detail


def test_entities_neither_expand_nor_stop_the_worker(ubl: str) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><a>&l11;</a>'
    [found] = rendering.validate(bomb.encode())
    assert found.is_fatal
    assert rendering.validate(ubl.encode()) == []


def test_narrower_specifications_of_the_norm_pass_the_rules_of_factur_x() -> None:
    file = rendering.render(invoice(), Form.CII, profile=Profile.XRECHNUNG)
    assert b"xrechnung_3.0" in file
    assert rendering.validate(file) == []
    foreign = file.replace(b"#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", b"#unheard-of")
    assert {each.rule for each in rendering.validate(foreign)} == {"FX-SCH-A-000556"}


def test_rules_whose_worker_died_are_loaded_anew(ubl: str) -> None:
    assert rendering.validate(ubl.encode()) == []
    died = rendering._RULES.pid
    assert died is not None
    os.kill(died, signal.SIGKILL)
    gone(died)
    assert rendering.validate(ubl.encode()) == []
    assert rendering._RULES.pid not in (None, died)


def test_threads_take_turns(ubl: str) -> None:
    broken = ubl.replace(">1321.88<", ">1.00<")
    answers: list[list[Finding]] = []

    def ask(file: str) -> None:
        answers.append(rendering.validate(file.encode()))

    threads = [threading.Thread(target=ask, args=(f,)) for f in (ubl, broken) * 6]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(answers) == 12
    assert sum(answer == [] for answer in answers) == 6
