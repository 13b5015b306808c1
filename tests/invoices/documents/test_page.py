"""The page for people: what it says, what it carries, and that it is what it claims to be."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import facturx as other_library
import pytest
from lxml import etree
from segno import helpers

from creditdesk.invoices import paper, rendering
from creditdesk.invoices.documents.profiles import Form
from creditdesk.invoices.documents.totals import totals
from creditdesk.invoices.documents.values import (
    Account,
    Address,
    Adjustment,
    Card,
    Document,
    Exemption,
    Kind,
    Mandate,
    Means,
    Note,
    PartDue,
    Payment,
    Preceding,
    Tax,
    TaxCategory,
)
from creditdesk.invoices.paper import facturx, frame, girocode, page
from creditdesk.invoices.workshop import WorkerFailed
from creditdesk.kernel.errors import Invalid
from tests.invoices.documents.reading import attached, reader, texts
from tests.invoices.documents.samples import ACCOUNT, BUYER, LINE, SELLER, invoice, with_line

FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return rendering.render(invoice(), Form.FACTURX)


def test_it_says_what_matters(pdf: bytes) -> None:
    told = texts(pdf)
    for expected in (
        "Invoice", "RE-2026-00412", "Nordlicht", "Bäckerei Sonnenschein OHG", "14 Oct 2026",
        "by 13 Nov 2026", "1 321.88", "Ball bearing 6204-2RS", "40 pcs", "6.5 hours",
        "Frame contract 5 %", "−30.55", "19 %", "1 078.45", "204.91", "DE75 5121 0800 1245 1261 99",
        "RF18539007547034", "VAT ID DE123456788", "Page 1 of 1",
        "Paid by 24 Oct 2026", "1 295.44 EUR, less 2 % discount (26.44)",
    ):  # fmt: skip
        assert expected in told, expected
    assert told.count("discount") == 1  # said once, where it is paid


def test_where_nothing_is_paid_by_it_the_terms_say_the_discount() -> None:
    told = texts(rendering.render(invoice(payment=None), Form.FACTURX))
    assert "2 % discount (26.44 EUR) if paid by 24 Oct 2026" in told


def test_a_line_stays_whole_with_its_discount_unless_it_is_as_long_as_a_page() -> None:
    """What comes to the foot of a page counts the line, so all of it stands above."""
    words = "sealed on both sides and greased for life, for rough use out of doors; " * 4
    less = (Adjustment(minor=1_00, reason="Frame contract"),)
    lines = tuple(
        replace(LINE, identifier=str(n), name=f"Bearing {n}.", description=words, adjustments=less)
        for n in range(1, 30)
    )
    sheets = [
        texts_of(sheet.extract_text())
        for sheet in reader(rendering.render(invoice(lines=lines), Form.FACTURX)).pages
    ]
    assert len(sheets) > 2
    for sheet in sheets:
        assert sheet.count("Frame contract") == len(re.findall(r"Bearing \d+\.", sheet))
    long = invoice(lines=(replace(LINE, description=words * 40),))
    assert len(reader(rendering.render(long, Form.FACTURX)).pages) > 2


def test_long_words_are_hyphenated_and_numbers_broken_as_they_are() -> None:
    word = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 2
    number = "ARTNR4711081599887766554433221100XYZ" * 3
    document = invoice(lines=(replace(LINE, name=word[:100], description=number),))
    whole = rendering.render(document, Form.FACTURX, language="de")
    told = reader(whole).pages[0].extract_text().replace("\u200b", "").split("Betrag\n")[-1]
    first, second = re.findall(r"Donau\S+|\S+kapitän\b", told)[:2]
    assert (first[-1], (first[:-1] + second)[:100]) in {
        (one, word[:100]) for one in "-\u00ad\u2010"
    }
    shown = "".join(told[told.index("ARTNR") :].split())
    assert shown.startswith(number)  # no hyphen that could be taken for a part of it


def test_it_carries_the_data_to_the_byte_as_two_other_libraries_read_them(pdf: bytes) -> None:
    data = rendering.render(invoice(), Form.CII)
    assert attached(pdf) == {"factur-x.xml": data}
    name, read = other_library.get_facturx_xml_from_pdf(pdf, check_xsd=True, check_schematron=False)
    assert (name, read) == ("factur-x.xml", data)
    assert other_library.get_level(etree.fromstring(data)) == "en16931"


def test_it_declares_itself_factur_x_pdf_a_and_accessible(pdf: bytes) -> None:
    catalogue = reader(pdf).trailer["/Root"]
    metadata = etree.fromstring(catalogue["/Metadata"].get_data())
    told = {etree.QName(each).localname: each.text for each in metadata.iter(f"{FX}*")}
    assert told == {
        "DocumentFileName": "factur-x.xml",
        "DocumentType": "INVOICE",
        "Version": "1.0",
        "ConformanceLevel": "EN 16931",
    }
    claims = {
        str(each.tag): each.text
        for each in metadata.iter("{http://www.aiim.org/pdfa/ns/id/}*", "{http://www.aiim.org/pdfua/ns/id/}*")
    }  # fmt: skip
    assert claims == {
        "{http://www.aiim.org/pdfa/ns/id/}part": "3",
        "{http://www.aiim.org/pdfa/ns/id/}conformance": "A",
        "{http://www.aiim.org/pdfua/ns/id/}part": "1",
    }
    described = [each.text for each in metadata.iter("{http://www.aiim.org/pdfa/ns/schema#}prefix")]
    assert "fx" in described
    attachment = catalogue["/AF"][0].get_object()
    assert attachment["/AFRelationship"] == "/Alternative"
    assert attachment["/EF"]["/F"].get_object()["/Subtype"] == "/text/xml"
    assert catalogue["/MarkInfo"]["/Marked"] is not None
    assert catalogue["/Lang"] == "en"
    assert "/OutputIntents" in catalogue


def test_every_font_is_inside(pdf: bytes) -> None:
    found = set()
    for sheet in reader(pdf).pages:
        for font in sheet["/Resources"]["/Font"].values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"].get_object())
            found.add(str(inner["/BaseFont"]).partition("+")[2])
    assert all(name.startswith("Libertinus") for name in found)


def test_the_same_document_gives_the_same_bytes_and_its_own_day(pdf: bytes) -> None:
    assert hashlib.sha256(rendering.render(invoice(), Form.FACTURX)).digest() == (
        hashlib.sha256(pdf).digest()
    )
    information = reader(pdf).metadata
    assert information is not None
    assert information.title == "Invoice RE-2026-00412"
    assert information.author == "Nordlicht Maschinenbau GmbH"
    assert str(information["/CreationDate"]).startswith("D:20261014000000")


def test_german_is_german() -> None:
    told = texts(rendering.render(invoice(), Form.FACTURX, language="de"))
    assert "1 321,88" in told
    assert "13. Nov. 2026" in told
    assert (
        reader(rendering.render(invoice(), Form.PDF, language="de")).trailer["/Root"]["/Lang"]
        == "de"
    )


def test_a_plain_page_carries_nothing() -> None:
    plain = rendering.render(invoice(), Form.PDF)
    assert attached(plain) == {}
    assert b"factur-x" not in plain


def test_many_lines_run_over_pages_with_what_they_come_to_so_far() -> None:
    lines = tuple(
        replace(LINE, identifier=str(n), quantity=Decimal(1), price=Decimal(n))
        for n in range(1, 91)
    )
    document = invoice(lines=lines)
    whole = reader(rendering.render(document, Form.FACTURX))
    every = [texts_of(sheet.extract_text()) for sheet in whole.pages]
    sheets = [sheet for sheet in every if "Ball bearing" in sheet]
    assert len(sheets) > 2
    shown = [sheet.rpartition("Subtotal")[2].split("\n")[0].strip() for sheet in sheets[:-1]]
    for before, sheet in zip(shown, sheets[1:], strict=True):
        assert f"Carried forward\n{before}" in sheet or f"Carried forward {before}" in sheet
    sums = [sum(range(1, n + 1)) for n in range(1, 91)]
    assert all(any(told == f"{whole:,}.00".replace(",", " ") for whole in sums) for told in shown)
    assert "Subtotal" not in sheets[-1]
    assert f"Page {len(every)} of {len(every)}" in every[-1]
    assert "4 095.00" in every[-1]


def texts_of(told: str) -> str:
    return told.replace("\u202f", " ").replace("\u00a0", " ")


HOSTILE = '#panic("x") #import "@preview/cetz:0.2.0" $x$ *b* `c` \\ " <a> ]) #eval("1+1") // @b'


def test_what_a_customer_writes_is_printed_and_never_run() -> None:
    document = with_line(name=HOSTILE, description=HOSTILE)
    document = replace(document, buyer=replace(BUYER, name=HOSTILE), notes=(Note(HOSTILE),))
    told = texts(rendering.ready(document, Form.FACTURX).content).replace("\n", " ")
    assert '#panic("x")' in told
    assert '#eval("1+1")' in told


def test_no_template_reaches_for_anything() -> None:
    found = sorted(Path(paper.__file__).parents[2].rglob("*.typ"))
    assert len(found) >= len(["frame", "invoice"])
    for path in found:
        source = path.read_text()
        for reach in ("@preview", "#import", "#include", "read(", "http", "plugin("):
            assert reach not in source, path.name


LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenverordnung" * 5


@pytest.mark.parametrize(
    "document",
    [
        with_line(name=LONG[:300], quantity=Decimal("1234567.1234"), price=Decimal("98765.4321")),
        with_line(price=Decimal(0)),
        invoice(number="9" * 64, seller=replace(SELLER, trading_name=LONG[:120])),
        invoice(
            kind=Kind.CREDIT_NOTE, preceding=(Preceding("RE-1", date(2026, 9, 30)),), payment=None
        ),
        invoice(prepaid_minor=1321_88),
        invoice(payment=Payment(means=Means.BANK_CARD, card=Card("123456"))),
        invoice(
            payment=Payment(
                means=Means.SEPA_DEBIT,
                mandate=Mandate(reference="M-1", creditor="DE98ZZZ09999999999",
                                debited_account="NL91ABNA0417164300"),
            )
        ),
        with_line(name="خدمة الصيانة السنوية", description="שירות תחזוקה שנתי"),
        invoice(currency="JPY", payment=None),
        invoice(currency="KWD", step_minor=10, payment=None, lines=(LINE,)),
        invoice(adjustments=(Adjustment(minor=5_00, reason="Bonus", tax=Tax.standard(19)),)),
        invoice(
            lines=tuple(
                replace(LINE, identifier=str(n), tax=Tax.standard(rate))
                for n, rate in enumerate(("25.5", "20", "19", "7", "5.5", "2.1"))
            )
        ),
    ],
    ids=lambda document: f"{document.kind.name}-{document.currency}-{document.lines[0].name[:9]}",
)  # fmt: skip
def test_unusual_documents_have_a_page(document: Document) -> None:
    assert len(reader(rendering.ready(document, Form.FACTURX).content).pages) == 1


def test_reasons_for_not_taxing_are_on_the_page() -> None:
    document = with_line(tax=Tax.none(TaxCategory.REVERSE_CHARGE))
    for exemption, expected in (
        (Exemption(TaxCategory.REVERSE_CHARGE, "Steuerschuldnerschaft"), "Steuerschuldnerschaft"),
        (Exemption(TaxCategory.REVERSE_CHARGE, "", "VATEX-EU-AE"), "reverse charge (VATEX-EU-AE)"),
    ):
        told = texts(rendering.render(replace(document, exemptions=(exemption,)), Form.PDF))
        assert expected in told


def test_a_character_without_a_glyph_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as refused:
        rendering.ready(with_line(name="出荷ラベル"), Form.FACTURX)
    assert refused.value.code == "glyph_missing"
    assert refused.value.message == "The fonts for papers have no “出”"
    assert "CREDITDESK_FONTS" in refused.value.mend


@pytest.mark.parametrize("form", [Form.FACTURX, Form.PDF])
def test_a_sign_of_one_font_alone_is_refused_by_name(form: Form) -> None:
    """ISO 19005-3, 6.2.11.7.3: the fonts draw U+E000, yet nobody could read it back."""
    with pytest.raises(Invalid) as refused:
        rendering.ready(with_line(name="Ball bearing \ue000"), form)
    assert refused.value.code == "character_private"
    assert refused.value.message == (
        "An archive takes no “U+E000”: each font means something else by it"
    )
    assert "symbol fonts" in refused.value.mend


def test_the_code_to_scan_is_the_one_of_the_european_payments_council() -> None:
    drawn = girocode.square(invoice(), 1321_88)
    expected = helpers.make_epc_qr(
        name="Nordlicht Maschinenbau GmbH", iban=ACCOUNT.number, amount=Decimal("1321.88"),
        reference="RF18539007547034", bic="SOGEDEFF", encoding="utf-8",
    )  # fmt: skip
    plotted = io.BytesIO()
    expected.save(plotted, kind="svg", border=0, xmldecl=False, svgns=True, nl=False)
    assert drawn == plotted.getvalue().decode()


@pytest.mark.parametrize(
    "document",
    [
        invoice(currency="USD", payment=Payment(means=Means.CREDIT_TRANSFER, accounts=(ACCOUNT,))),
        invoice(payment=None),
        invoice(payment=Payment(means=Means.CASH)),
        invoice(kind=Kind.CREDIT_NOTE),
        invoice(payment=Payment(means=Means.CREDIT_TRANSFER, accounts=(Account("0011223344"),))),
    ],
)
def test_no_code_where_no_sepa_transfer_is_asked_for(document: Document) -> None:
    assert girocode.square(document, 1321_88) is None


def test_instalments_ask_for_the_first_and_name_all() -> None:
    parts = (PartDue(date(2026, 12, 13), 321_88), PartDue(date(2026, 11, 13), 1000_00))
    document = invoice(instalments=parts)
    shown = page.data(document, totals(document))
    assert [row[1] for row in shown["payment"]["rows"][:2]] == [
        "1\u202f000.00 EUR",
        "321.88 EUR",
    ]
    assert shown["payment"]["code"] == girocode.square(document, 1000_00)
    assert shown["hero"]["note"] == "in instalments, the first by 13 Nov 2026"


def test_an_address_abroad_names_its_country() -> None:
    document = invoice(buyer=replace(BUYER, address=Address(city="Wien", country="AT")))
    assert page.data(document, totals(document))["recipient"][-1] == "Austria"
    assert "Germany" not in page.data(invoice(), totals(invoice()))["recipient"]


def test_metadata_that_are_not_where_they_should_be_are_not_guessed(pdf: bytes) -> None:
    plain = rendering.render(invoice(), Form.PDF)
    assert facturx.declared(plain) != plain
    for broken in (b"", plain.replace(b"/Type/Metadata", b"/Type/Metadaten"), plain[:2000]):
        with pytest.raises(ValueError, match="PDF has no metadata"):
            facturx.declared(broken)
    with pytest.raises(ValueError, match="no single"):
        facturx.declared(plain.replace(b"</rdf:RDF>", b"</rdf:RDX>"))


def test_a_page_that_fails_for_another_reason_is_no_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(frame, "FONTS", ("No Such Font",))
    with pytest.raises((WorkerFailed, Invalid)):
        rendering.render(with_line(name="出"), Form.PDF)
