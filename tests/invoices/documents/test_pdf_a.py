"""Factur-X pages are PDF/A-3: what ISO 19005-3 asks of a file, read by a library that wrote none.

Each clause that a page of ours could break is looked at here, wherever tests run, on ordinary
pages, long ones, credit notes and what random documents come to; `test_verapdf` asks the validator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from lxml import etree
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from benchmarks import papers
from creditdesk.invoices import rendering
from creditdesk.invoices.documents.profiles import Form, Profile
from creditdesk.invoices.documents.values import Identifier, Kind, Preceding, TaxCategory
from tests.invoices.documents.reading import reader
from tests.invoices.documents.samples import BUYER, LINE, SELLER, invoice

MANY = tuple(
    replace(LINE, identifier=str(n), quantity=Decimal(n), name=f"Ball bearing {n} mm")
    for n in range(1, 61)
)
CREDIT = invoice(kind=Kind.CREDIT_NOTE, preceding=(Preceding("RE-2026-00400"),))
DOCUMENTS = {
    "ordinary": (invoice(), "en"),
    "german": (invoice(), "de"),
    "long": (invoice(lines=MANY), "en"),
    "credit": (CREDIT, "de"),
    "random": (papers.document(Random(4), is_printable=True), "en"),
    "random_too": (papers.document(Random(11), is_printable=True), "de"),
}


@pytest.fixture(scope="module", params=DOCUMENTS)
def pdf(request: pytest.FixtureRequest) -> bytes:
    document, language = DOCUMENTS[request.param]
    return rendering.render(document, Form.FACTURX, language=language)


def objects(pdf: bytes) -> Iterator[Any]:
    """Yield every object of the file, each once."""
    file = reader(pdf)
    for number in file.xref[0] | dict.fromkeys(file.xref_objStm, 0):
        found = file.get_object(IndirectObject(number, 0, file))
        if found is not None:
            yield found
            yield from inside(found)


def inside(value: Any) -> Iterator[Any]:
    children = value.values() if isinstance(value, DictionaryObject) else value
    if isinstance(value, DictionaryObject | ArrayObject):
        for child in children:
            if not isinstance(child, IndirectObject):
                yield child
                yield from inside(child)


def dictionaries(pdf: bytes) -> list[DictionaryObject]:
    return [one for one in objects(pdf) if isinstance(one, DictionaryObject)]


def test_the_file_is_what_its_head_and_tail_say(pdf: bytes) -> None:
    """6.1.2, 6.1.3: a binary comment after the head, an identifier, no encryption."""
    first, second = pdf.split(b"\n", 2)[:2]
    assert re.fullmatch(rb"%PDF-1\.[0-7]\r?", first)
    assert second.startswith(b"%")
    assert len([byte for byte in second[1:] if byte > 127]) >= 4
    assert pdf.rstrip().endswith(b"%%EOF")
    file = reader(pdf)
    assert len(file.trailer["/ID"]) == 2
    assert "/Encrypt" not in file.trailer


def test_nothing_acts_by_itself_or_lies_elsewhere(pdf: bytes) -> None:
    """6.1.7, 6.5, 6.6: no LZW, no stream in another file, no script, no sound, no form."""
    assert len(dictionaries(pdf)) > 40
    for one in dictionaries(pdf):
        assert not {"/JS", "/JavaScript", "/AA", "/OpenAction", "/XFA", "/NeedsRendering"} & set(
            one
        )
        action = one.get("/S")
        assert action not in {"/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData"}, one
        assert "/LZWDecode" not in str(one.get("/Filter"))
        if isinstance(one, StreamObject):
            assert not {"/F", "/FFilter", "/FDecodeParms"} & set(one)


def test_colours_mean_the_same_on_every_device(pdf: bytes) -> None:
    """6.2.3: one output intent of PDF/A, with an ICC profile of as many colours as are used."""
    [intent] = reader(pdf).trailer["/Root"]["/OutputIntents"]
    intent = intent.get_object()
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/OutputConditionIdentifier"]
    profile = intent["/DestOutputProfile"].get_object()
    data = profile.get_data()
    assert data[36:40] == b"acsp"  # the signature of ICC.1
    assert data[16:20] == b"RGB "
    assert profile["/N"] == 3
    assert not [one for one in objects(pdf) if one == "/DeviceCMYK"]


def test_every_glyph_is_inside_and_has_its_letter(pdf: bytes) -> None:
    """6.2.11: fonts embedded as subsets with widths, and each glyph leads back to its text."""
    fonts = [one for one in dictionaries(pdf) if one.get("/Type") == "/Font"]
    outer = [one for one in fonts if one.get("/Subtype") == "/Type0"]
    assert outer
    for font in outer:
        assert b"beginbfchar" in font["/ToUnicode"].get_data() or (
            b"beginbfrange" in font["/ToUnicode"].get_data()
        )
        [inner] = font["/DescendantFonts"]
        inner = inner.get_object()
        descriptor = inner["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
        assert inner["/W"]
        assert re.match(r"/[A-Z]{6}\+", inner["/BaseFont"])
        assert inner["/Subtype"] != "/CIDFontType2" or "/CIDToGIDMap" in inner
    assert {one["/Subtype"] for one in fonts} <= {"/Type0", "/CIDFontType0", "/CIDFontType2"}


RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"


def test_what_it_says_of_itself_is_said_twice_and_the_same(pdf: bytes) -> None:
    """6.6.2: metadata as an open XMP packet that agree with the information dictionary."""
    catalogue = reader(pdf).trailer["/Root"]
    stream = catalogue["/Metadata"].get_object()
    assert (stream["/Type"], stream["/Subtype"]) == ("/Metadata", "/XML")
    assert "/Filter" not in stream
    packet = stream.get_data()
    assert packet.lstrip(b"\xef\xbb\xbf").startswith(b"<?xpacket begin=")
    assert b"bytes=" not in packet[:100]
    root = etree.fromstring(packet)
    information = reader(pdf).metadata
    assert information is not None
    title = root.find(f".//{DC}title//{RDF}li")
    author = root.find(f".//{DC}creator//{RDF}li")
    assert (title.text, author.text) == (information.title, information.author)
    made = root.find(f".//{XMP}CreateDate").text
    assert information.creation_date is not None
    assert made[:19] == information.creation_date.isoformat()[:19]


def test_the_data_are_an_alternative_of_the_whole_document(pdf: bytes) -> None:
    """6.8 and Factur-X 1.07: named in the tree of files, related to the document, dated, typed."""
    catalogue = reader(pdf).trailer["/Root"]
    [related] = catalogue["/AF"]
    related = related.get_object()
    assert related["/Type"] == "/Filespec"
    assert related["/AFRelationship"] == "/Alternative"
    assert related["/F"] == related["/UF"] == "factur-x.xml"
    assert related["/Desc"]
    stream = related["/EF"]["/F"].get_object()
    assert stream["/Subtype"] == "/text/xml"
    assert stream["/Params"]["/ModDate"].startswith("D:20")
    names = catalogue["/Names"]["/EmbeddedFiles"]
    assert str(names.get_object()["/Names"][0]) == "factur-x.xml"
    assert stream.get_data().startswith(b"<?xml")


# -- the network's names


@pytest.mark.parametrize(
    ("party", "scheme", "address"),
    [("seller", "9930", "DE123456788"), ("buyer", "0088", "4012345000009")],
)
def test_peppol_finds_both_ends_by_scheme_and_address(
    party: str, scheme: str, address: str
) -> None:
    """PEPPOL-EN16931-R010, R020: an endpoint with a scheme of the list of electronic addresses."""
    document = invoice(
        seller=replace(SELLER, electronic=Identifier("DE123456788", "9930")),
        buyer=replace(BUYER, electronic=Identifier("4012345000009", "0088")),
        references=replace(invoice().references, buyer="Frau Sommer"),
    )
    root = etree.fromstring(rendering.ready(document, Form.UBL, profile=Profile.PEPPOL).content)
    role = {"seller": "AccountingSupplierParty", "buyer": "AccountingCustomerParty"}[party]
    found: Any = root.xpath(
        f"//*[local-name()='{role}']/*[local-name()='Party']/*[local-name()='EndpointID']"
    )
    assert [(one.get("schemeID"), one.text) for one in found] == [(scheme, address)]
    # it stands first, as the schema wants it
    assert found[0].getparent()[0] is found[0]


# -- what the random documents are made of


def test_random_documents_are_of_every_kind_the_promise_names() -> None:
    """Rates, discounts, rounding, credit notes, zero-rated, reverse charge: each often enough."""
    made = [papers.document(Random(seed)) for seed in range(300)]
    of = {
        "several rates": [
            d for d in made
            if len({one.tax.rate_percent for one in d.lines if one.tax.rate_percent}) > 1
        ],
        "discount of a line": [d for d in made if any(one.adjustments for one in d.lines)],
        "discount of the whole": [d for d in made if d.adjustments],
        "rounding": [d for d in made if d.rounding_minor],
        "prepaid": [d for d in made if d.prepaid_minor],
        "early discount": [d for d in made if d.early_discounts],
        "instalments": [d for d in made if d.instalments],
        "returned in part": [d for d in made if any(one.quantity < 0 for one in d.lines)],
        "two currencies": [d for d in made if d.tax_currency],
        **{f"kind {kind.name}": [d for d in made if d.kind is kind] for kind in Kind},
        **{
            f"tax {category.name}": [
                d for d in made if any(one.tax.category is category for one in d.lines)
            ]
            for category in TaxCategory
        },
    }  # fmt: skip
    assert {name: len(found) for name, found in of.items() if len(found) < 6} == {}
