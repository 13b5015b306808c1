"""Sanctions lists as their publishers write them, read into one form; hostile until parsed.

- European Union, consolidated list: XML (`export`/`sanctionEntity`) and CSV (semicolons).
- United Nations Security Council, consolidated list: XML (`CONSOLIDATED_LIST`).
- OFAC: `sdn.xml` and `consolidated.xml` (`sdnList`), and `sdn.csv`, which has no headers.
- any other: CSV with `reference` and `name`, and what else it has of `alias`, `kind`,
  `programme`, `country`.

An XML file with a document type is refused: none of the publishers sends one, and entities live
there. Nothing is fetched.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from creditdesk.kernel.errors import Invalid, Place

ENTRIES_MAX: Final = 200_000
NAMES_MAX: Final = 500
NAME_LENGTH: Final = 500
CELL_MAX: Final = 1_000_000
_NOTHING: Final = frozenset({"", "-0-", "na", "n/a"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_OFAC_COLUMNS: Final = 12
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody listed: the publisher's reference, the name first and then the aliases."""

    reference: str
    kind: str
    names: tuple[str, ...]
    programme: str = ""
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as it was read: whose form it has ("" for the common one), and its entries."""

    publisher: str
    entries: tuple[Entry, ...]


def read(content: bytes) -> Listing:
    """Return the entries of a list; Invalid names what it lacks."""
    start = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    publisher, entries = _from_xml(content) if start.startswith(b"<") else _from_csv(content)
    found: dict[str, Entry] = {}
    for one in entries:
        if not one.names:
            continue
        known = found.get(one.reference)
        if len(found) >= ENTRIES_MAX and known is None:
            raise list_too_long()
        found[one.reference] = one if known is None else _joined(known, one)
    if not found:
        raise list_empty()
    return Listing(publisher, tuple(found.values()))


def _joined(one: Entry, more: Entry) -> Entry:
    """Return an entry with the names of a further row of it, as CSV files write aliases."""
    names = tuple(dict.fromkeys((*one.names, *more.names)))[:NAMES_MAX]
    countries = tuple(dict.fromkeys((*one.countries, *more.countries)))
    return Entry(one.reference, one.kind, names, one.programme or more.programme, countries)


def _from_xml(content: bytes) -> tuple[str, Iterator[Entry]]:
    if _DOCTYPE.search(content):
        raise list_has_doctype()
    try:
        # Entities stay unresolved, nothing is fetched, and depth and text are bounded by libxml2.
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise list_unreadable() from error
    readers: Mapping[str, tuple[str, Callable[[Any], Iterator[Entry]]]] = {
        "export": ("eu", _eu),
        "CONSOLIDATED_LIST": ("un", _un),
        "sdnList": ("ofac", _ofac),
    }
    reader = readers.get(etree.QName(root).localname)
    if reader is None:
        raise list_unknown()
    return reader[0], reader[1](root)


def _eu(root: Any) -> Iterator[Entry]:  # noqa: ANN401 - lxml is untyped
    for entity in _every(root, "sanctionEntity"):
        aliases = list(_every(entity, "nameAlias"))
        names = [_attribute(one, "wholeName") for one in aliases]
        kind = next((_attribute(one, "code") for one in _every(entity, "subjectType")), "")
        programme = next((_attribute(one, "programme") for one in _every(entity, "regulation")), "")
        countries = [
            _attribute(one, "countryIso2Code")
            for tag in ("citizenship", "address")
            for one in _every(entity, tag)
        ]
        reference = _attribute(entity, "euReferenceNumber") or _attribute(entity, "logicalId")
        yield _entry(reference, kind, names, programme, countries)


def _un(root: Any) -> Iterator[Entry]:  # noqa: ANN401 - lxml is untyped
    parts = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
    for tag, kind in (("INDIVIDUAL", "person"), ("ENTITY", "entity")):
        for one in _every(root, tag):
            name = " ".join(filter(None, (_text(one, part) for part in parts)))
            aliases = [_text(each, "ALIAS_NAME") for each in _every(one, f"{tag}_ALIAS")]
            countries = [_text(each, "COUNTRY") for each in _every(one, f"{tag}_ADDRESS")]
            reference = _text(one, "REFERENCE_NUMBER") or _text(one, "DATAID")
            programme = _text(one, "UN_LIST_TYPE")
            yield _entry(reference, kind, [name, *aliases], programme, countries)


def _ofac(root: Any) -> Iterator[Entry]:  # noqa: ANN401 - lxml is untyped
    for one in _every(root, "sdnEntry"):
        names = [_ofac_name(one), *(_ofac_name(each) for each in _every(one, "aka"))]
        programme = ", ".join(_clean(each.text) for each in _every(one, "program"))
        countries = [_text(each, "country") for each in _every(one, "address")]
        yield _entry(_text(one, "uid"), _text(one, "sdnType"), names, programme, countries)


def _ofac_name(of: Any) -> str:  # noqa: ANN401 - lxml is untyped
    return " ".join(filter(None, (_text(of, "firstName"), _text(of, "lastName"))))


def _every(of: Any, name: str) -> Iterator[Any]:  # noqa: ANN401 - lxml is untyped
    return iter(of.iter(f"{{*}}{name}"))


def _attribute(of: Any, name: str) -> str:  # noqa: ANN401 - lxml is untyped
    return _clean(of.get(name))


def _text(of: Any, name: str) -> str:  # noqa: ANN401 - lxml is untyped
    found = of.find(f"{{*}}{name}")
    return "" if found is None else _clean(found.text)


def _from_csv(content: bytes) -> tuple[str, Iterator[Entry]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    delimiter = max(";\t,|", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        every = [row for row in rows if row]
    except csv.Error as error:
        raise list_unreadable() from error
    if not every:
        raise list_empty()
    headers = [_plain(cell) for cell in every[0]]
    if len(headers) >= _OFAC_COLUMNS and headers[0].isdigit():
        return "ofac", _ofac_rows(every)
    if headers[0].isdigit() and len(headers) > 2 and headers[2] in ("aka", "fka", "nka"):  # noqa: PLR2004 - the third column
        raise list_of_aliases_alone()
    if "entitylogicalid" in headers:
        return "eu", _columns(every[1:], headers, _EU_COLUMNS)
    if "name" not in headers or "reference" not in headers:
        raise list_unknown()
    return "", _columns(every[1:], headers, _COMMON_COLUMNS)


_EU_COLUMNS: Final[Mapping[str, str]] = {
    "reference": "entityeureferencenumber", "other": "entitylogicalid",
    "name": "namealiaswholename", "alias": "", "kind": "entitysubjecttype",
    "programme": "entityregulationprogramme", "country": "citizenshipcountryiso2code",
}  # fmt: skip
_COMMON_COLUMNS: Final[Mapping[str, str]] = {
    name: name for name in ("reference", "name", "alias", "kind", "programme", "country")
}


def _columns(
    rows: Sequence[Sequence[str]], headers: Sequence[str], named: Mapping[str, str]
) -> Iterator[Entry]:
    places = {name: headers.index(column) for name, column in named.items() if column in headers}

    def cell(row: Sequence[str], name: str) -> str:
        place = places.get(name)
        return _clean(row[place]) if place is not None and place < len(row) else ""

    for row in rows:
        names = [cell(row, "name"), *cell(row, "alias").split("|")]
        reference = cell(row, "reference") or cell(row, "other")
        yield _entry(
            reference, cell(row, "kind"), names, cell(row, "programme"), [cell(row, "country")]
        )


def _ofac_rows(rows: Sequence[Sequence[str]]) -> Iterator[Entry]:
    for row in rows:
        if len(row) >= _OFAC_COLUMNS:
            number, name, kind, programme = map(_clean, row[:4])
            yield _entry(number, kind, [_turned(name, kind)], programme, [])


def _turned(name: str, kind: str) -> str:
    """Return a person's name as it is spoken: the CSV writes the last name first, in capitals."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma and kind == "individual" else name


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9]", "", header.lower().lstrip("\ufeff"))


def _entry(
    reference: str, kind: str, names: Sequence[str], programme: str, countries: Sequence[str]
) -> Entry:
    told = dict.fromkeys(_clean(one)[:NAME_LENGTH] for one in names)
    kept = tuple(one for one in told if one)[:NAMES_MAX]
    if not reference:
        return Entry("", "", ())
    of = tuple(dict.fromkeys(_clean(one)[:60] for one in countries if _clean(one)))
    return Entry(reference[:100], _kind(kind), kept, programme[:200], of)


def _kind(given: str) -> str:
    said = given.lower()
    if said in ("p", "person", "individual"):
        return "person"
    return said if said in ("vessel", "aircraft") else "entity"


def _clean(text: str | None) -> str:
    plain = " ".join(_CONTROL.sub(" ", text or "").split())
    return "" if plain.lower() in _NOTHING else plain


def list_unreadable() -> Invalid:
    """Return the error of a file that is neither sound XML nor a table."""
    return Invalid(
        "list_unreadable",
        "The list cannot be read",
        mend="Fetch it again from its publisher; it may have been cut off",
    )


def list_has_doctype() -> Invalid:
    """Return the error of an XML file with a document type."""
    return Invalid(
        "list_has_doctype",
        "The list has a document type, which no publisher's has",
        mend="Fetch it from its publisher",
    )


def list_unknown() -> Invalid:
    """Return the error of a file of another form."""
    return Invalid(
        "list_unknown",
        "This is none of the lists that are known here",
        place=Place(line=1),
        mend="Give the list of the EU, the UN or OFAC, or a CSV with reference and name",
    )


def list_of_aliases_alone() -> Invalid:
    """Return the error of OFAC's table of aliases, which says nothing without its list."""
    return Invalid(
        "list_of_aliases_alone",
        "This table holds aliases without the names they belong to",
        mend="Load sdn.xml: it holds both",
    )


def list_empty() -> Invalid:
    """Return the error of a list without an entry."""
    return Invalid("list_empty", "The list holds nobody", mend="Fetch it again")


def list_too_long() -> Invalid:
    """Return the error of a list that is longer than any there is."""
    return Invalid("list_too_long", "The list holds more entries than are taken in")
