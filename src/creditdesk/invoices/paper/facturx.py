"""A page and its invoice data in one file: what makes a PDF/A-3 a Factur-X (ZUGFeRD 2) document.

typst embeds the data and writes the archive's metadata; what it cannot say is that the data are
Factur-X, and how much of the norm they hold. That is added here, in place and without a PDF
library: typst ends a file with its metadata, catalogue and a plain table of places, so the same
document gives the same bytes.
"""

from __future__ import annotations

import re
from typing import Final

FILE_NAME: Final = "factur-x.xml"
_SPACE: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_LEVEL: Final = "EN 16931"
_PROPERTIES: Final = {
    "DocumentFileName": (FILE_NAME, "name of the embedded XML invoice file"),
    "DocumentType": ("INVOICE", "INVOICE"),
    "Version": ("1.0", "The actual version of the Factur-X XML schema"),
    "ConformanceLevel": (_LEVEL, "The conformance level of the embedded Factur-X data"),
}
_STREAM: Final = re.compile(rb"<</Length (\d+)/Type/Metadata/Subtype/XML>>\nstream\n")
_TABLE: Final = re.compile(rb"\nxref\n0 (\d+)\n")
_START: Final = re.compile(rb"startxref\n(\d+)\n")
_ENTRY_BYTES: Final = 20
_SCHEMAS_END: Final = b"</rdf:Bag></pdfaExtension:schemas>"
_DESCRIPTION_END: Final = b"</rdf:RDF>"


def declared(pdf: bytes) -> bytes:
    """Return the file with its metadata saying that it holds a Factur-X invoice.

    ValueError when the file is not laid out as typst lays it out.
    """
    found = _STREAM.search(pdf)
    table = _TABLE.search(pdf, found.end()) if found else None
    start = _START.search(pdf, table.end()) if table else None
    if found is None or table is None or start is None:
        raise ValueError("the PDF has no metadata, or no table of places, where they should be")
    first, last = found.end(), found.end() + int(found[1])
    metadata = _extended(pdf[first:last])
    head = b"<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n" % len(metadata)
    added = len(head) + len(metadata) - (last - found.start())
    body = pdf[: found.start()] + head + metadata + pdf[last : table.start()]
    places = _moved(pdf[table.end() : start.start()], int(table[1]), last, added)
    begin = b"startxref\n%d\n" % (int(start[1]) + added)
    return body + table[0] + places + begin + pdf[start.end() :]


def _moved(table: bytes, count: int, after: int, added: int) -> bytes:
    """Return the table of places (and the trailer behind it), those after a place moved on."""
    entries = [table[n * _ENTRY_BYTES : (n + 1) * _ENTRY_BYTES] for n in range(count)]
    moved = [
        b"%010d" % (int(entry[:10]) + added) + entry[10:]
        if entry[17:18] == b"n" and int(entry[:10]) >= after
        else entry
        for entry in entries
    ]
    return b"".join(moved) + table[count * _ENTRY_BYTES :]


def _extended(metadata: bytes) -> bytes:
    for needed in (_SCHEMAS_END, _DESCRIPTION_END):
        if metadata.count(needed) != 1:
            raise ValueError(f"the metadata has no single {needed.decode()}")
    schema = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
        for name, (_, meaning) in _PROPERTIES.items()
    )
    schema = (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{_SPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{schema}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (value, _) in _PROPERTIES.items())
    values = f'<rdf:Description rdf:about="" xmlns:fx="{_SPACE}">{values}</rdf:Description>'
    metadata = metadata.replace(_SCHEMAS_END, schema.encode() + _SCHEMAS_END)
    return metadata.replace(_DESCRIPTION_END, values.encode() + _DESCRIPTION_END)
