"""What stands in the files, element by element, where readers are known to be particular."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from creditdesk.invoices import rendering
from creditdesk.invoices.documents import markup
from creditdesk.invoices.documents.profiles import Form, Profile
from creditdesk.invoices.documents.values import (
    Account,
    Adjustment,
    Attachment,
    Document,
    EarlyDiscount,
    Identifier,
    Kind,
    Mandate,
    Means,
    Note,
    PartDue,
    Payee,
    Payment,
    Preceding,
    References,
    Tax,
)
from tests.invoices.documents.samples import ACCOUNT, SELLER, invoice, with_line


def read(document: Document, form: Form = Form.UBL, **how: Any) -> etree._Element:
    made = rendering.ready(document, form, **how)
    assert made.remarks == ()
    return etree.fromstring(made.content)


def at(root: etree._Element, *path: str) -> list[str]:
    """Return the texts at a path of local names, from anywhere in the file."""
    steps = "/".join(f"*[local-name()='{name}']" for name in path)
    found: Any = root.xpath(f"//{steps}")
    return [each.text for each in found]


@pytest.mark.parametrize(
    ("profile", "specification", "process"),
    [
        (Profile.EN16931, "urn:cen.eu:en16931:2017", []),
        (
            Profile.PEPPOL,
            "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
            ["urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"],
        ),
        (
            Profile.XRECHNUNG,
            "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
            ["urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"],
        ),
    ],
)
def test_a_profile_names_itself(profile: Profile, specification: str, process: list[str]) -> None:
    root = read(invoice(), profile=profile)
    assert at(root, "CustomizationID") == [specification]
    assert at(root, "ProfileID") == process
    root = read(invoice(), Form.CII, profile=profile)
    assert at(root, "GuidelineSpecifiedDocumentContextParameter", "ID") == [specification]
    assert at(root, "BusinessProcessSpecifiedDocumentContextParameter", "ID") == process


def test_a_credit_note_is_a_document_of_its_own_with_positive_amounts() -> None:
    credit = invoice(
        kind=Kind.CREDIT_NOTE,
        preceding=(Preceding("RE-1", date(2026, 9, 30)), Preceding("RE-2")),
        references=References(project="P-7", tender="LOT 1"),
        payment=None,
    )
    root = read(credit)
    assert etree.QName(root).localname == "CreditNote"
    assert at(root, "CreditNoteTypeCode") == ["381"]
    assert at(root, "CreditedQuantity") == ["40", "6.5", "2"]
    assert at(root, "PayableAmount") == ["1321.88"]
    assert at(root, "InvoiceDocumentReference", "ID") == ["RE-1", "RE-2"]
    assert at(root, "PaymentMeans", "PaymentDueDate") == ["2026-11-13"]
    assert at(root, "PaymentMeans", "PaymentMeansCode") == ["1"]
    assert at(root, "AdditionalDocumentReference", "DocumentTypeCode") == ["50"]


def test_an_invoice_that_corrects_stays_an_invoice() -> None:
    root = read(invoice(kind=Kind.CORRECTED_INVOICE, preceding=(Preceding("RE-1"),)))
    assert etree.QName(root).localname == "Invoice"
    assert at(root, "InvoiceTypeCode") == ["384"]


def test_a_sales_order_alone_has_a_placeholder_where_the_schema_wants_the_buyers() -> None:
    root = read(invoice(references=References(sales_order="SO-1")))
    assert at(root, "OrderReference", "ID") == ["NA"]
    assert at(root, "OrderReference", "SalesOrderID") == ["SO-1"]


def test_a_subject_of_a_note_is_written_as_each_syntax_wants_it() -> None:
    document = invoice(notes=(Note("HRB 4711", "REG"), Note("plain")))
    assert at(read(document), "Invoice", "Note") == ["#REG#HRB 4711", "plain"]
    root = read(document, Form.CII)
    assert at(root, "IncludedNote", "Content") == ["HRB 4711", "plain"]
    assert at(root, "IncludedNote", "SubjectCode") == ["REG"]


def test_a_direct_debit_names_mandate_creditor_and_account() -> None:
    mandate = Mandate(
        reference="M-77", creditor="DE98ZZZ09999999999", debited_account="NL91ABNA0417164300"
    )
    document = invoice(payment=Payment(means=Means.SEPA_DEBIT, mandate=mandate))
    root = read(document)
    assert at(root, "PaymentMandate", "ID") == ["M-77"]
    assert at(root, "PayerFinancialAccount", "ID") == ["NL91ABNA0417164300"]
    assert at(root, "AccountingSupplierParty", "Party", "PartyIdentification", "ID") == [
        "DE98ZZZ09999999999"
    ]
    root = read(document, Form.CII)
    assert at(root, "DirectDebitMandateID") == ["M-77"]
    assert at(root, "CreditorReferenceID") == ["DE98ZZZ09999999999"]
    assert at(root, "PayerPartyDebtorFinancialAccount", "IBANID") == ["NL91ABNA0417164300"]


def test_with_a_payee_the_creditor_identifier_is_the_payees() -> None:
    mandate = Mandate(reference="M-77", creditor="DE98ZZZ09999999999")
    document = invoice(
        payment=Payment(means=Means.SEPA_DEBIT, mandate=mandate),
        payee=Payee(name="Factor Bank AG", identifier=Identifier("F-1")),
    )
    root = read(document)
    assert at(root, "PayeeParty", "PartyIdentification", "ID") == ["F-1", "DE98ZZZ09999999999"]
    assert at(root, "PayeeParty", "PartyName", "Name") == ["Factor Bank AG"]


def test_several_accounts_say_once_what_may_be_said_once() -> None:
    accounts = (ACCOUNT, Account("0011223344"))
    paid = Payment(means=Means.CREDIT_TRANSFER, text="bank", reference="R-1", accounts=accounts)
    root = read(invoice(payment=paid))
    assert at(root, "PayeeFinancialAccount", "ID") == [ACCOUNT.number, "0011223344"]
    assert at(root, "PaymentID") == ["R-1", "R-1"]
    names: Any = root.xpath("//*[local-name()='PaymentMeansCode']/@name")
    assert names == ["bank"]
    root = read(invoice(payment=paid), Form.CII)
    assert at(root, "IBANID") == [ACCOUNT.number]
    assert at(root, "ProprietaryID") == ["0011223344"]


def test_a_discounted_price_shows_what_it_was() -> None:
    document = with_line(price=Decimal("12.4500"), price_discount=Decimal("0.55"))
    root = read(document)
    assert at(root, "Price", "PriceAmount") == ["12.45"]
    assert at(root, "Price", "AllowanceCharge", "Amount") == ["0.55"]
    assert at(root, "Price", "AllowanceCharge", "BaseAmount") == ["13"]
    root = read(document, Form.CII)
    assert at(root, "NetPriceProductTradePrice", "ChargeAmount") == ["12.45"]
    assert at(root, "GrossPriceProductTradePrice", "ChargeAmount") == ["13"]


def test_an_attachment_is_carried_to_the_byte() -> None:
    content = bytes(range(256))
    sheet = Attachment(
        identifier="T-1", description="Sheet", file_name="s.pdf", mime="application/pdf",
        content=content,
    )  # fmt: skip
    for form, name in (
        (Form.UBL, "EmbeddedDocumentBinaryObject"),
        (Form.CII, "AttachmentBinaryObject"),
    ):
        [carried] = at(read(invoice(attachments=(sheet,)), form), name)
        assert base64.b64decode(carried) == content


TERMS = {
    Profile.EN16931: "Ours until paid.\n2 % discount (26.44 EUR) if paid by 24 Oct 2026\n"
    "#SKONTO#TAGE=10#PROZENT=2.00#\n",
    Profile.XRECHNUNG: "Ours until paid.\n#SKONTO#TAGE=10#PROZENT=2.00#\n",
}


@pytest.mark.parametrize("profile", TERMS)
def test_a_discount_is_said_as_the_profile_prescribes(profile: Profile) -> None:
    document = invoice(terms_text="Ours until paid.")
    assert at(read(document, profile=profile), "PaymentTerms", "Note") == [TERMS[profile]]
    assert at(read(document, Form.CII, profile=profile), "SpecifiedTradePaymentTerms",
              "Description") == [TERMS[profile]]  # fmt: skip


def test_only_of_a_german_seller_do_machines_read_a_discount_in_the_terms() -> None:
    seller = replace(SELLER, address=replace(SELLER.address, country="AT"), vat="ATU12345675")
    assert at(read(invoice(seller=seller)), "PaymentTerms", "Note") == [
        "2 % discount (26.44 EUR) if paid by 24 Oct 2026"
    ]


def test_a_discount_of_another_base_than_the_amount_due_names_it() -> None:
    early = EarlyDiscount(8, Decimal(3), minor=33_43, base_minor=1_114_45)
    [text] = at(read(invoice(early_discounts=(early,))), "PaymentTerms", "Note")
    assert text == (
        "3 % discount (33.43 EUR) if paid by 22 Oct 2026\n"
        "#SKONTO#TAGE=8#PROZENT=3.00#BASISBETRAG=1114.45#\n"
    )
    form = re.compile(
        r"(^|\r?\n)#(SKONTO)#TAGE=([0-9]+#PROZENT=[0-9]+\.[0-9]{2})"
        r"(#BASISBETRAG=-?[0-9]+\.[0-9]{2})?#$"
    )  # BR-DE-18
    assert form.search(text.removesuffix("\n"))


def test_instalments_are_said_in_the_terms() -> None:
    parts = (PartDue(date(2026, 11, 13), 1000_00), PartDue(date(2026, 12, 13), 321_88))
    document = invoice(instalments=parts, early_discounts=(EarlyDiscount(7, Decimal("1.5")),))
    assert at(read(document), "PaymentTerms", "Note") == [
        (
            "1.5 % discount (19.83 EUR) if paid by 21 Oct 2026\n"
            "Instalment 1: 1\u202f000.00 EUR by 13 Nov 2026\n"
            "Instalment 2: 321.88 EUR by 13 Dec 2026\n"
            "#SKONTO#TAGE=7#PROZENT=1.50#\n"
        )
    ]


def test_an_allowance_of_nothing_still_has_its_sum() -> None:
    nothing = Adjustment(minor=0, reason="Bonus", tax=Tax.standard(19))
    root = read(invoice(adjustments=(nothing,)))
    assert at(root, "AllowanceTotalAmount") == ["0.00"]
    assert at(root, "ChargeTotalAmount") == []
    root = read(invoice(adjustments=(replace(nothing, is_charge=True),)), Form.CII)
    assert at(root, "ChargeTotalAmount") == ["0.00"]


def test_the_tax_in_another_currency_stands_beside_the_first() -> None:
    document = invoice(tax_currency="USD", tax_currency_rate=Decimal("1.1"))
    assert at(read(document), "TaxTotal", "TaxAmount") == ["207.43", "228.17"]
    assert at(read(document, Form.CII), "TaxTotalAmount") == ["207.43", "228.17"]


@pytest.mark.parametrize(
    ("currency", "minor", "written"),
    [("EUR", 1, "0.01"), ("EUR", -123_45, "-123.45"), ("JPY", 7, "7"), ("KWD", 1_230, "1.23"),
     ("CLF", 12_300, "1.23"), ("EUR", 0, "0.00")],
)  # fmt: skip
def test_amounts_have_at_most_two_decimals(currency: str, minor: int, written: str) -> None:
    assert markup.amount(minor, currency) == written


def test_an_amount_that_does_not_fit_is_never_cut() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        markup.amount(1_234, "KWD")


@pytest.mark.parametrize(
    ("number", "written"),
    [("1E+3", "1000"), ("0.500", "0.5"), ("100", "100"), ("0", "0"), ("-0.0", "-0"), ("7.0", "7")],
)
def test_decimals_are_written_without_exponent(number: str, written: str) -> None:
    assert markup.plain(Decimal(number)) == written
    assert markup.plain(None) == ""


def test_markup_in_a_name_stays_a_name() -> None:
    name = 'Nuts & "Bolts" <b>]]></b>'
    for form, path in ((Form.UBL, ("Item", "Name")), (Form.CII, ("SpecifiedTradeProduct", "Name"))):
        assert at(read(with_line(name=name), form), *path) == [name]


def test_the_same_document_gives_the_same_bytes() -> None:
    for form in (Form.UBL, Form.CII):
        assert rendering.render(invoice(), form) == rendering.render(replace(invoice()), form)
