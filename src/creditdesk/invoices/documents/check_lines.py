"""What we say of the lines and of allowances and charges. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from creditdesk.invoices.documents.codelists import code_lists
from creditdesk.invoices.documents.findings import Finding, where
from creditdesk.invoices.documents.values import Adjustment, Document, Line, Period


def findings(document: Document) -> Iterator[Finding]:
    """Return what is wrong with lines and adjustments, so that no sum can be worked out."""
    for identifier, count in Counter(line.identifier for line in document.lines).items():
        if count > 1:
            yield Finding("line_identifier_twice", "lines", detail=identifier)
    for n, line in enumerate(document.lines, 1):
        yield from _line(line, f"lines[{n}]")
    for n, adjustment in enumerate(document.adjustments, 1):
        path = f"adjustments[{n}]"
        yield from _adjustment(adjustment, path, "BR-38" if adjustment.is_charge else "BR-33")
        if adjustment.tax is None:
            rule = "BR-37" if adjustment.is_charge else "BR-32"
            yield Finding("adjustment_tax_missing", f"{path}.tax", rule)


def _line(line: Line, path: str) -> Iterator[Finding]:
    base = f"{path}.base_quantity"
    yield from where(
        (
            not line.identifier.strip(),
            Finding("line_identifier_missing", f"{path}.identifier", "BR-21"),
        ),
        (not line.name.strip(), Finding("item_name_missing", f"{path}.name", "BR-25")),
        (
            line.unit not in code_lists().units,
            Finding("unit_unknown", f"{path}.unit", "BR-CL-23", line.unit),
        ),
        (line.price < 0, Finding("price_negative", f"{path}.price", "BR-27", str(line.price))),
        (
            line.price_discount < 0,
            Finding("price_discount_negative", f"{path}.price_discount", "BR-28"),
        ),
        (line.base_quantity <= 0, Finding("base_quantity_not_positive", base)),
    )
    yield from period_findings(line.period, f"{path}.period", "BR-30")
    yield from _item(line, path)
    for n, adjustment in enumerate(line.adjustments, 1):
        inner = f"{path}.adjustments[{n}]"
        yield from _adjustment(adjustment, inner, "BR-44" if adjustment.is_charge else "BR-42")
        if adjustment.tax is not None:
            yield Finding("adjustment_tax_on_line", f"{inner}.tax")


def _item(line: Line, path: str) -> Iterator[Finding]:
    known = code_lists()
    standard = line.standard_item
    if standard is not None and standard.scheme not in known.identifier_schemes:
        field = f"{path}.standard_item.scheme"
        yield Finding("identifier_scheme_unknown", field, "BR-CL-21", standard.scheme)
    if line.origin_country and line.origin_country not in known.countries:
        field = f"{path}.origin_country"
        yield Finding("country_unknown", field, "BR-CL-15", line.origin_country)
    about = line.object_identifier
    if about is not None and about.scheme and about.scheme not in known.objects:
        field = f"{path}.object_identifier"
        yield Finding("object_scheme_unknown", field, "BR-CL-07", about.scheme)
    for each in line.classifications:
        if each.scheme not in known.classifications:
            field = f"{path}.classifications"
            yield Finding("classification_scheme_unknown", field, "BR-CL-13", each.scheme)
    for name, value in line.attributes:
        if not (name.strip() and value.strip()):
            yield Finding("attribute_incomplete", f"{path}.attributes", "BR-54")


def _adjustment(adjustment: Adjustment, path: str, rule: str) -> Iterator[Finding]:
    known = code_lists()
    if adjustment.minor < 0:
        yield Finding("adjustment_negative", f"{path}.minor")
    if not (adjustment.reason.strip() or adjustment.reason_code):
        yield Finding("adjustment_reason_missing", f"{path}.reason", rule)
    codes = known.charge_reasons if adjustment.is_charge else known.allowance_reasons
    if adjustment.reason_code and adjustment.reason_code not in codes:
        rule = "BR-CL-20" if adjustment.is_charge else "BR-CL-19"
        field = f"{path}.reason_code"
        yield Finding("adjustment_code_unknown", field, rule, adjustment.reason_code)
    if (adjustment.percent is None) != (adjustment.base_minor is None):
        yield Finding("adjustment_base_missing", f"{path}.base_minor", "PEPPOL-EN16931-R041")


def period_findings(period: Period | None, path: str, rule: str) -> Iterator[Finding]:
    """Return what is wrong with a period: nothing in it, or its end before its start."""
    if period is None:
        return
    if period.start is None and period.end is None:
        yield Finding("period_empty", path, "BR-CO-19")
    elif period.start and period.end and period.end < period.start:
        yield Finding("period_reversed", path, rule)
