"""What we say of categories, rates, exemptions and who must have a tax number. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from creditdesk.invoices.documents.codelists import code_lists
from creditdesk.invoices.documents.findings import Finding
from creditdesk.invoices.documents.profiles import Form
from creditdesk.invoices.documents.totals import Totals
from creditdesk.invoices.documents.values import (
    NEVER_TAXED,
    WITH_REASON,
    Document,
    Tax,
    TaxCategory,
)
from creditdesk.kernel.money import exponent

_LETTERS: Final = {
    TaxCategory.STANDARD: "S",
    TaxCategory.ZERO_RATED: "Z",
    TaxCategory.EXEMPT: "E",
    TaxCategory.REVERSE_CHARGE: "AE",
    TaxCategory.INTRA_COMMUNITY: "IC",
    TaxCategory.EXPORT: "G",
    TaxCategory.OUTSIDE_SCOPE: "O",
    TaxCategory.CANARY_ISLANDS: "AF",
    TaxCategory.CEUTA_MELILLA: "AG",
}
_HUNDRED: Final = 100
_ROUNDS_TO_NOTHING: Final = Decimal("0.5")


def findings(document: Document, form: Form, sums: Totals) -> Iterator[Finding]:
    """Return what is wrong with the taxes of the document."""
    yield from _rates(document, form)
    if form.is_electronic:
        yield from _tiny_rates(document, sums)
    categories = {tax.category for tax in document.taxes()}
    for category in sorted(categories):
        yield from _reason(document, category)
        yield from _seller(document, category)
    if TaxCategory.OUTSIDE_SCOPE in categories:
        yield from _outside(document, alone=len(categories) == 1)
    if TaxCategory.REVERSE_CHARGE in categories and not _buyer_is_known(document):
        yield Finding("buyer_number_missing", "buyer.vat", "BR-AE-02")
    if TaxCategory.INTRA_COMMUNITY in categories:
        yield from _intra_community(document)


def _rates(document: Document, form: Form) -> Iterator[Finding]:
    for n, line in enumerate(document.lines, 1):
        yield from _rate(line.tax, f"lines[{n}].tax", form)
    for n, adjustment in enumerate(document.adjustments, 1):
        if adjustment.tax is not None:
            yield from _rate(adjustment.tax, f"adjustments[{n}].tax", form)
    for n, exemption in enumerate(document.exemptions, 1):
        if exemption.code and exemption.code.upper() not in code_lists().exemptions:
            field = f"exemptions[{n}].code"
            yield Finding("exemption_code_unknown", field, "BR-CL-22", exemption.code)


def _rate(tax: Tax, path: str, form: Form) -> Iterator[Finding]:
    category, rate = tax.category, tax.rate_percent
    letter = _LETTERS[category]
    if category is TaxCategory.OUTSIDE_SCOPE:
        if rate is not None:
            yield Finding("rate_not_wanted", path, "BR-O-05", str(rate))
        return
    if rate is None:
        yield Finding("rate_missing", path, f"BR-{letter}-05")
    elif category in NEVER_TAXED and rate != 0:
        yield Finding("rate_must_be_zero", path, f"BR-{letter}-05", str(rate))
    elif not 0 <= rate <= _HUNDRED:
        yield Finding("rate_out_of_range", path, f"BR-{letter}-05", str(rate))
    elif rate == 0 and category is TaxCategory.STANDARD:
        yield Finding("rate_zero", path, "BR-S-05")
    elif rate == 0 and category is TaxCategory.CANARY_ISLANDS and form in {Form.CII, Form.FACTURX}:
        yield Finding("rate_zero", path, "BR-AF-05")


def _tiny_rates(document: Document, sums: Totals) -> Iterator[Finding]:
    """Find rates the norm's checker takes for none: it rounds rate and tax before comparing."""
    half = Decimal(5).scaleb(exponent(document.currency) - 1)
    for group in sums.taxes:
        rate = group.tax.rate_percent or Decimal(0)
        if 0 < rate < _ROUNDS_TO_NOTHING and abs(group.tax_minor) >= half:
            yield Finding("rate_too_small", "lines", "BR-CO-17", str(rate))


def _reason(document: Document, category: TaxCategory) -> Iterator[Finding]:
    letter = _LETTERS[category]
    given = [each for each in document.exemptions if each.category is category]
    if len(given) > 1:
        yield Finding("exemption_twice", "exemptions", detail=category.value)
    has_reason = any(each.reason.strip() or each.code for each in given)
    if category in WITH_REASON and not has_reason:
        yield Finding("exemption_reason_missing", "exemptions", f"BR-{letter}-10", category.value)
    if category not in WITH_REASON and has_reason:
        yield Finding("exemption_not_wanted", "exemptions", f"BR-{letter}-10", category.value)


def _seller(document: Document, category: TaxCategory) -> Iterator[Finding]:
    seller, represented = document.seller, document.representative is not None
    if category is TaxCategory.OUTSIDE_SCOPE or represented or seller.vat:
        return
    needs_vat = category in {TaxCategory.INTRA_COMMUNITY, TaxCategory.EXPORT}
    if needs_vat or not seller.tax_number:
        yield Finding("seller_tax_number_missing", "seller.vat", f"BR-{_LETTERS[category]}-02")


def _outside(document: Document, *, alone: bool) -> Iterator[Finding]:
    if not alone:
        yield Finding("outside_scope_mixed", "lines", "BR-O-11")
    if document.seller.vat or document.representative is not None:
        yield Finding("outside_scope_vat", "seller.vat", "BR-O-02")
    if document.buyer.vat:
        yield Finding("outside_scope_vat", "buyer.vat", "BR-O-02")


def _buyer_is_known(document: Document) -> bool:
    return bool(document.buyer.vat or document.buyer.registration)


def _intra_community(document: Document) -> Iterator[Finding]:
    delivery = document.delivery
    if not document.buyer.vat:
        yield Finding("buyer_number_missing", "buyer.vat", "BR-IC-02")
    if not (delivery and delivery.on) and document.period is None:
        yield Finding("delivery_date_missing", "delivery.on", "BR-IC-11")
    if not (delivery and delivery.address):
        yield Finding("delivery_country_missing", "delivery.address", "BR-IC-12")
