"""Each thing we say of a document, and that the norm's own rules say the same where they can."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from creditdesk.invoices import rendering
from creditdesk.invoices.documents import cii, ubl, wording
from creditdesk.invoices.documents.profiles import Form, Profile
from creditdesk.invoices.documents.totals import totals
from creditdesk.invoices.documents.values import (
    Account,
    Address,
    Adjustment,
    Attachment,
    Card,
    Classification,
    Contact,
    Delivery,
    Document,
    EarlyDiscount,
    Exemption,
    Identifier,
    Kind,
    Mandate,
    Means,
    Note,
    PartDue,
    Payee,
    Payment,
    Period,
    Preceding,
    References,
    Representative,
    Tax,
    TaxCategory,
)
from creditdesk.kernel.errors import Invalid
from tests.invoices.documents.samples import ACCOUNT, BUYER, LINE, SELLER, invoice, with_line

NOWHERE = Address(country="ZZ")
BELGIUM = Address(country="BE")
IC = TaxCategory.INTRA_COMMUNITY
OUTSIDE = TaxCategory.OUTSIDE_SCOPE


@dataclass(frozen=True)
class Case:
    """A document that is wrong in one way; `told`: the official rules say so by the same name."""

    code: str
    field: str
    rule: str
    document: Document
    told: bool = True
    form: Form = Form.UBL
    profile: Profile = Profile.EN16931


def adjusted(adjustment: Adjustment) -> Document:
    return invoice(adjustments=(adjustment,))


def on_line(adjustment: Adjustment) -> Document:
    return with_line(adjustments=(adjustment,))


def paid(means: Means, **changes: Any) -> Document:
    return invoice(payment=Payment(means=means, **changes))


def taxed(category: TaxCategory, rate: str | None = None, **changes: Any) -> Document:
    tax = Tax(category, None if rate is None else Decimal(rate))
    reason = (Exemption(category, "by law"),) if "exemptions" not in changes else ()
    document = invoice(lines=(replace(LINE, tax=tax),), exemptions=reason)
    return replace(document, **changes)


DELIVERED = Delivery(on=date(2026, 10, 1), address=BELGIUM)
FREIGHT = Adjustment(minor=1, reason="Freight", tax=Tax.standard(19))
SHEET = Attachment(identifier="T", file_name="t.csv", mime="text/csv", content=b"1")
REPRESENTATIVE = Representative(name="Fiscal", vat="BE0428759497", address=BELGIUM)

CASES = [
    Case("number_missing", "number", "BR-02", invoice(number=" "), told=False),
    Case("number_too_long", "number", "", invoice(number="9" * 65)),
    Case("currency_unknown", "currency", "BR-CL-04", invoice(currency="EUX")),
    Case("currency_unknown", "tax_currency", "BR-CL-05",
         invoice(tax_currency="XXQ", tax_currency_rate=Decimal(2))),
    Case("lines_missing", "lines", "BR-16", invoice(lines=())),
    Case("step_malformed", "step_minor", "", invoice(step_minor=0)),
    Case("text_malformed", "buyer.name", "", invoice(buyer=replace(BUYER, name="A\x00B"))),
    Case("text_malformed", "lines[1].attributes[1][2]", "",
         with_line(attributes=(("Colour", "\ud800"),))),
    Case("number_malformed", "lines[1].price", "", with_line(price=Decimal("NaN"))),
    Case("number_malformed", "lines[1].tax.rate_percent", "",
         with_line(tax=Tax.standard("Infinity"))),
    Case("note_empty", "notes[1].text", "", invoice(notes=(Note(" "),))),
    Case("note_subject_unknown", "notes[1].subject", "BR-CL-08",
         invoice(notes=(Note("x", "QQQ"),))),
    Case("preceding_number_missing", "preceding[1].number", "BR-55",
         invoice(preceding=(Preceding(""),)), told=False),
    Case("tax_currency_same", "tax_currency", "PEPPOL-EN16931-R005",
         invoice(tax_currency="EUR", tax_currency_rate=Decimal(1)), told=False),
    Case("tax_currency_rate_missing", "tax_currency_rate", "BR-53", invoice(tax_currency="USD")),
    Case("tax_currency_rate_not_positive", "tax_currency_rate", "",
         invoice(tax_currency="USD", tax_currency_rate=Decimal(0))),
    Case("due_date_missing", "due_on", "BR-CO-25", invoice(due_on=None, early_discounts=()),
         told=False),
    Case("amount_too_large", "lines", "", with_line(price=Decimal(10**30))),
    Case("amount_too_fine", "step_minor", "BR-DEC-12",
         replace(with_line(price=Decimal("1.123"), quantity=Decimal(1)), currency="KWD",
                 payment=None), told=False),
    Case("amount_too_fine", "tax_currency", "BR-DEC-15",
         invoice(tax_currency="KWD", tax_currency_rate=Decimal("0.3331")), told=False),
    Case("instalments_differ", "instalments", "",
         invoice(instalments=(PartDue(date(2026, 11, 13), 1),))),
    Case("instalments_due_differs", "due_on", "",
         invoice(instalments=(PartDue(date(2026, 11, 14), 1321_88),))),
    Case("early_discount_malformed", "early_discounts[1]", "",
         invoice(early_discounts=(EarlyDiscount(10, Decimal(100)),))),
    Case("object_scheme_unknown", "references.object", "BR-CL-07",
         invoice(references=References(object=Identifier("1", "QQQ")))),
    Case("object_scheme_unknown", "lines[1].object_identifier", "BR-CL-07",
         with_line(object_identifier=Identifier("1", "QQQ"))),
    Case("period_empty", "period", "BR-CO-19", invoice(period=Period()), told=False),
    Case("period_reversed", "period", "BR-29",
         invoice(period=Period(start=date(2026, 2, 1), end=date(2026, 1, 31)))),
    Case("period_reversed", "lines[1].period", "BR-30",
         with_line(period=Period(start=date(2026, 2, 1), end=date(2026, 1, 31)))),
    Case("delivery_date_missing", "delivery.on", "BR-IC-11",
         taxed(IC, "0", delivery=Delivery(address=BELGIUM))),
    Case("delivery_country_missing", "delivery.address", "BR-IC-12",
         taxed(IC, "0", delivery=Delivery(on=date(2026, 10, 1)))),
    Case("attachment_identifier_missing", "attachments[1].identifier", "BR-52",
         invoice(attachments=(replace(SHEET, identifier=""),))),
    Case("attachment_content_or_place", "attachments[1]", "",
         invoice(attachments=(replace(SHEET, place="https://example.com/t"),))),
    Case("attachment_mime_unknown", "attachments[1].mime", "BR-CL-24",
         invoice(attachments=(replace(SHEET, mime="text/html"),))),
    Case("attachment_file_name_missing", "attachments[1].file_name", "UBL-DT-07",
         invoice(attachments=(replace(SHEET, file_name=""),))),
    Case("name_missing", "seller.name", "BR-06", invoice(seller=replace(SELLER, name=""))),
    Case("name_missing", "buyer.name", "BR-07", invoice(buyer=replace(BUYER, name=""))),
    Case("seller_unidentified", "seller", "BR-CO-26",
         invoice(seller=replace(SELLER, vat="", registration=None))),
    Case("seller_tax_number_missing", "seller.vat", "BR-S-02",
         invoice(seller=replace(SELLER, vat=""))),
    Case("seller_tax_number_missing", "seller.vat", "BR-IC-02",
         taxed(IC, "0", seller=replace(SELLER, vat="", tax_number="1"), delivery=DELIVERED)),
    Case("buyer_number_missing", "buyer.vat", "BR-AE-02",
         taxed(TaxCategory.REVERSE_CHARGE, "0", buyer=replace(BUYER, vat=""))),
    Case("buyer_number_missing", "buyer.vat", "BR-IC-02",
         taxed(IC, "0", buyer=replace(BUYER, vat=""), delivery=DELIVERED)),
    Case("buyer_identifiers_many", "buyer.identifiers", "UBL-SR-16",
         invoice(buyer=replace(BUYER, identifiers=(Identifier("1"), Identifier("2"))))),
    Case("buyer_tax_number", "buyer.tax_number", "",
         invoice(buyer=replace(BUYER, tax_number="20/1"))),
    Case("payee_name_missing", "payee.name", "BR-17",
         invoice(payee=Payee(name="", identifier=Identifier("1")))),
    Case("representative_name_missing", "representative.name", "BR-18",
         invoice(representative=replace(REPRESENTATIVE, name=""))),
    Case("representative_vat_missing", "representative.vat", "BR-56",
         invoice(representative=replace(REPRESENTATIVE, vat=""))),
    Case("country_unknown", "seller.address.country", "BR-CL-14",
         invoice(seller=replace(SELLER, address=NOWHERE))),
    Case("country_unknown", "buyer.address.country", "BR-CL-14",
         invoice(buyer=replace(BUYER, address=NOWHERE))),
    Case("country_unknown", "representative.address.country", "BR-20",
         invoice(representative=replace(REPRESENTATIVE, address=NOWHERE)), told=False),
    Case("country_unknown", "delivery.address.country", "BR-57",
         invoice(delivery=Delivery(address=NOWHERE)), told=False),
    Case("country_unknown", "lines[1].origin_country", "BR-CL-15", with_line(origin_country="QQ")),
    Case("vat_prefix_unknown", "seller.vat", "BR-CO-09",
         invoice(seller=replace(SELLER, vat="123456788"))),
    Case("vat_prefix_unknown", "buyer.vat", "BR-CO-09", invoice(buyer=replace(BUYER, vat="QQ1"))),
    Case("electronic_scheme_unknown", "seller.electronic.scheme", "BR-CL-25",
         invoice(seller=replace(SELLER, electronic=Identifier("a@b.example", "MAIL")))),
    Case("electronic_address_empty", "buyer.electronic", "BR-62",
         invoice(buyer=replace(BUYER, electronic=Identifier(" ", "EM"))), told=False),
    Case("electronic_address_missing", "buyer.electronic", "PEPPOL-EN16931-R010",
         invoice(buyer=replace(BUYER, electronic=None)), told=False, profile=Profile.PEPPOL),
    Case("electronic_address_missing", "seller.electronic", "PEPPOL-EN16931-R020",
         invoice(seller=replace(SELLER, electronic=None)), told=False, profile=Profile.XRECHNUNG),
    Case("identifier_empty", "seller.identifiers", "",
         invoice(seller=replace(SELLER, identifiers=(Identifier(""),)))),
    Case("identifier_scheme_unknown", "seller.identifiers", "BR-CL-10",
         invoice(seller=replace(SELLER, identifiers=(Identifier("1", "9999"),)))),
    Case("identifier_scheme_unknown", "lines[1].standard_item.scheme", "BR-CL-21",
         with_line(standard_item=Identifier("1", "9999"))),
    Case("contact_missing", "seller.contact.phone", "BR-DE-6",
         invoice(seller=replace(SELLER, contact=Contact("A", "", "a@b.example"))),
         told=False, profile=Profile.XRECHNUNG),
    Case("address_incomplete", "buyer.address.city", "BR-DE-8",
         invoice(buyer=replace(BUYER, address=Address(post_code="1", country="DE"))),
         told=False, profile=Profile.XRECHNUNG),
    Case("address_incomplete", "delivery.address.city", "BR-DE-10",
         invoice(delivery=Delivery(address=Address(post_code="1", country="DE"))),
         told=False, profile=Profile.XRECHNUNG),
    Case("payment_missing", "payment", "BR-DE-1", invoice(payment=None),
         told=False, profile=Profile.XRECHNUNG),
    Case("buyer_reference_missing", "references.buyer", "BR-DE-15",
         invoice(references=References(purchase_order="1")),
         told=False, profile=Profile.XRECHNUNG),
    Case("buyer_reference_missing", "references.buyer", "PEPPOL-EN16931-R003",
         invoice(references=References()), told=False, profile=Profile.PEPPOL),
    Case("notes_many", "notes", "PEPPOL-EN16931-R002", invoice(notes=(Note("a"), Note("b"))),
         told=False, profile=Profile.PEPPOL),
    Case("kind_not_accepted", "kind", "PEPPOL-EN16931-P0112",
         invoice(kind=Kind.CORRECTED_INVOICE, buyer=replace(BUYER, address=BELGIUM)),
         told=False, profile=Profile.PEPPOL),
    Case("profile_needs_xml", "", "FX-SCH-A-000556", invoice(),
         told=False, form=Form.FACTURX, profile=Profile.XRECHNUNG),
    Case("preceding_missing", "preceding", "BR-DE-26", invoice(kind=Kind.CORRECTED_INVOICE),
         told=False, profile=Profile.XRECHNUNG),
    Case("line_identifier_missing", "lines[1].identifier", "BR-21", with_line(identifier="")),
    Case("line_identifier_twice", "lines", "", invoice(lines=(LINE, LINE))),
    Case("item_name_missing", "lines[1].name", "BR-25", with_line(name="")),
    Case("unit_unknown", "lines[1].unit", "BR-CL-23", with_line(unit="Stück")),
    Case("price_negative", "lines[1].price", "BR-27", with_line(price=Decimal(-1))),
    Case("price_discount_negative", "lines[1].price_discount", "BR-28",
         with_line(price_discount=Decimal(-20))),
    Case("base_quantity_not_positive", "lines[1].base_quantity", "",
         with_line(base_quantity=Decimal(0))),
    Case("classification_scheme_unknown", "lines[1].classifications", "BR-CL-13",
         with_line(classifications=(Classification("1", "QQQ"),))),
    Case("attribute_incomplete", "lines[1].attributes", "BR-54",
         with_line(attributes=(("Colour", ""),))),
    Case("adjustment_negative", "adjustments[1].minor", "",
         adjusted(replace(FREIGHT, minor=-1))),
    Case("adjustment_reason_missing", "adjustments[1].reason", "BR-33",
         adjusted(replace(FREIGHT, reason=""))),
    Case("adjustment_reason_missing", "adjustments[1].reason", "BR-38",
         adjusted(replace(FREIGHT, reason="", is_charge=True))),
    Case("adjustment_reason_missing", "lines[1].adjustments[1].reason", "BR-42",
         on_line(Adjustment(minor=1))),
    Case("adjustment_reason_missing", "lines[1].adjustments[1].reason", "BR-44",
         on_line(Adjustment(minor=1, is_charge=True))),
    Case("adjustment_code_unknown", "adjustments[1].reason_code", "BR-CL-19",
         adjusted(replace(FREIGHT, reason_code="FC"))),
    Case("adjustment_code_unknown", "adjustments[1].reason_code", "BR-CL-20",
         adjusted(replace(FREIGHT, reason_code="95", is_charge=True))),
    Case("adjustment_base_missing", "adjustments[1].base_minor", "PEPPOL-EN16931-R041",
         adjusted(replace(FREIGHT, percent=Decimal(5))), told=False),
    Case("adjustment_tax_missing", "adjustments[1].tax", "BR-32",
         adjusted(replace(FREIGHT, tax=None))),
    Case("adjustment_tax_missing", "adjustments[1].tax", "BR-37",
         adjusted(replace(FREIGHT, tax=None, is_charge=True))),
    Case("adjustment_tax_on_line", "lines[1].adjustments[1].tax", "",
         on_line(FREIGHT)),
    Case("rate_missing", "lines[1].tax", "BR-S-05", with_line(tax=Tax(TaxCategory.STANDARD))),
    Case("rate_not_wanted", "lines[1].tax", "BR-O-05",
         taxed(OUTSIDE, "0", seller=replace(SELLER, vat=""), buyer=replace(BUYER, vat=""))),
    Case("rate_must_be_zero", "lines[1].tax", "BR-E-05", taxed(TaxCategory.EXEMPT, "7")),
    Case("rate_zero", "lines[1].tax", "BR-S-05", with_line(tax=Tax.standard(0))),
    Case("rate_zero", "lines[1].tax", "BR-AF-05",
         taxed(TaxCategory.CANARY_ISLANDS, "0", exemptions=()), form=Form.CII),
    Case("rate_out_of_range", "lines[1].tax", "BR-S-05", with_line(tax=Tax.standard(-1))),
    Case("rate_out_of_range", "lines[1].tax", "BR-S-05", with_line(tax=Tax.standard(101)),
         told=False),
    Case("rate_too_small", "lines", "BR-CO-17", with_line(tax=Tax.standard("0.2"))),
    Case("exemption_twice", "exemptions", "",
         taxed(TaxCategory.EXEMPT, "0",
               exemptions=(Exemption(TaxCategory.EXEMPT, "a"),
                           Exemption(TaxCategory.EXEMPT, "b")))),
    Case("exemption_reason_missing", "exemptions", "BR-E-10",
         taxed(TaxCategory.EXEMPT, "0", exemptions=())),
    Case("exemption_not_wanted", "exemptions", "BR-S-10",
         invoice(exemptions=(Exemption(TaxCategory.STANDARD, "why"),))),
    Case("exemption_code_unknown", "exemptions[1].code", "BR-CL-22",
         taxed(TaxCategory.EXEMPT, "0",
               exemptions=(Exemption(TaxCategory.EXEMPT, "a", "VATEX-QQ"),))),
    Case("outside_scope_mixed", "lines", "BR-O-11",
         taxed(OUTSIDE, None, seller=replace(SELLER, vat="", tax_number="1"),
               buyer=replace(BUYER, vat=""),
               lines=(replace(LINE, tax=Tax.none(OUTSIDE)), replace(LINE, identifier="2")))),
    Case("outside_scope_vat", "seller.vat", "BR-O-02",
         taxed(OUTSIDE, None, buyer=replace(BUYER, vat=""))),
    Case("outside_scope_vat", "buyer.vat", "BR-O-02",
         taxed(OUTSIDE, None, seller=replace(SELLER, vat=""))),
    Case("account_missing", "payment.accounts", "BR-61", paid(Means.CREDIT_TRANSFER)),
    Case("account_number_missing", "payment.accounts[1].number", "BR-50",
         paid(Means.CREDIT_TRANSFER, accounts=(Account("", "Nordlicht"),))),
    Case("iban_malformed", "payment.accounts[1].number", "BR-DE-19",
         paid(Means.SEPA_TRANSFER, accounts=(Account("DE75512108001245126198"),)), told=False),
    Case("mandate_missing", "payment.mandate", "PEPPOL-EN16931-R061", paid(Means.SEPA_DEBIT),
         told=False),
    Case("mandate_missing", "payment.mandate", "PEPPOL-EN16931-R061",
         paid(Means.CASH, mandate=Mandate(reference="M", creditor="C")), told=False),
    Case("card_missing", "payment.card", "", paid(Means.BANK_CARD)),
    Case("card_digits_malformed", "payment.card.last_digits", "BR-51",
         paid(Means.BANK_CARD, card=Card("4111111111111111"))),
    Case("sepa_needs_euro", "payment.means", "",
         invoice(currency="USD", payment=Payment(means=Means.SEPA_TRANSFER, accounts=(ACCOUNT,)))),
    Case("reference_check_digits", "payment.reference", "",
         paid(Means.CASH, reference="RF19 5390 0754 7034")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.field}-{case.rule}")
def test_each_fault_is_named_where_it_stands(case: Case) -> None:
    found = rendering.check(case.document, case.form, case.profile)
    assert (case.code, case.field, case.rule) in [
        (each.code, each.field, each.rule) for each in found
    ]
    said = [wording.said(each) for each in found]
    assert all(each.message and each.mend and "%(" not in each.message for each in said)


OFFICIAL = [case for case in CASES if case.rule.startswith(("BR-", "UBL-")) and case.told]


@pytest.mark.parametrize("case", OFFICIAL, ids=lambda case: f"{case.code}-{case.field}-{case.rule}")
def test_the_norm_says_the_same_of_the_file(case: Case) -> None:
    writer = ubl if case.form is Form.UBL else cii
    sums = totals(case.document)
    file = writer.written(
        case.document, sums, profile=Profile.EN16931, terms=case.document.terms_text
    )
    assert case.rule in {each.rule for each in rendering.validate(file)}


def test_every_code_has_a_case_and_words() -> None:
    # What only shows when the page is set has its cases among the tests of the page.
    of_the_page = {"glyph_missing", "character_private"}
    assert {case.code for case in CASES} | of_the_page == set(wording.codes())


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("profile", list(Profile))
def test_an_ordinary_invoice_is_right_in_every_form(form: Form, profile: Profile) -> None:
    if form is Form.FACTURX and profile is not Profile.EN16931:
        return
    assert rendering.check(invoice(), form, profile) == []


def test_a_plain_page_may_say_what_no_e_invoice_can() -> None:
    fils = replace(with_line(price=Decimal("1.123")), currency="KWD", payment=None)
    assert rendering.check(fils, Form.PDF) == []
    assert rendering.check(with_line(tax=Tax.standard("0.2")), Form.PDF) == []


def test_what_is_not_fatal_is_no_refusal() -> None:
    corrected = invoice(kind=Kind.CORRECTED_INVOICE)
    made = rendering.ready(corrected, Form.UBL, profile=Profile.XRECHNUNG)
    assert [(each.code, each.is_fatal) for each in made.remarks] == [("preceding_missing", False)]


def test_a_refusal_names_everything_wrong() -> None:
    wrong = invoice(due_on=None, early_discounts=(), seller=replace(SELLER, vat="123"))
    with pytest.raises(Invalid) as refused:
        rendering.render(wrong, Form.UBL)
    assert refused.value.code == "due_date_missing"
    assert refused.value.place.field == "due_on"
    assert refused.value.message == (
        "Nothing says when to pay; The VAT identifier “123” does not begin with a country"
    )
    assert "Give a due date" in refused.value.mend
    assert len(refused.value.context["findings"]) == 2  # type: ignore[arg-type]
