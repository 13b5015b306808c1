"""What a document comes to, after EN 16931 (BR-CO-10 to BR-CO-17). Pure.

Four things are rounded, each once, half away from zero, to the document's step: a line's price
times quantity, the tax of each category and rate, the tax in another currency, and a percentage
taken. All else are sums of whole minor units.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from creditdesk.invoices.documents.values import Adjustment, Document, Line, Tax, TaxCategory
from creditdesk.kernel.money import convert, exponent

EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """The tax of one category at one rate (BG-23): BT-116, BT-117, BT-120, BT-121."""

    tax: Tax
    taxable_minor: int
    tax_minor: int
    reason: str = ""
    reason_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """BG-22 and BG-23; `of_lines` are the net amounts of the lines (BT-131) in their order."""

    of_lines: tuple[int, ...]
    lines_minor: int  # BT-106
    allowances_minor: int | None  # BT-107, none where there is no allowance on the document
    charges_minor: int | None  # BT-108
    net_minor: int  # BT-109
    tax_minor: int  # BT-110
    gross_minor: int  # BT-112
    prepaid_minor: int  # BT-113
    rounding_minor: int  # BT-114
    due_minor: int  # BT-115
    taxes: tuple[TaxGroup, ...]
    tax_in_tax_currency_minor: int | None = None  # BT-111


def totals(document: Document) -> Totals:
    """Return what the document comes to."""
    of_lines = tuple(line_net(line, document) for line in document.lines)
    lines_minor = sum(of_lines)
    allowances = [each.minor for each in document.adjustments if not each.is_charge]
    charges = [each.minor for each in document.adjustments if each.is_charge]
    net_minor = lines_minor - sum(allowances) + sum(charges)
    taxes = tuple(_tax_groups(document, of_lines))
    tax_minor = sum(group.tax_minor for group in taxes)
    gross_minor = net_minor + tax_minor
    return Totals(
        of_lines=of_lines,
        lines_minor=lines_minor,
        allowances_minor=sum(allowances) if allowances else None,
        charges_minor=sum(charges) if charges else None,
        net_minor=net_minor,
        tax_minor=tax_minor,
        gross_minor=gross_minor,
        prepaid_minor=document.prepaid_minor,
        rounding_minor=document.rounding_minor,
        due_minor=gross_minor - document.prepaid_minor + document.rounding_minor,
        taxes=taxes,
        tax_in_tax_currency_minor=_in_tax_currency(tax_minor, document),
    )


def line_net(line: Line, document: Document) -> int:
    """Return the net amount of a line (BT-131): price times quantity, less and plus adjustments."""
    worth = EXACT.divide(EXACT.multiply(line.price, line.quantity), line.base_quantity)
    rounded = to_step(worth.scaleb(exponent(document.currency), EXACT), document.step_minor)
    return rounded + sum(signed(each) for each in line.adjustments)


def signed(adjustment: Adjustment) -> int:
    """Return the adjustment as it changes a sum: a charge adds, an allowance lowers."""
    return adjustment.minor if adjustment.is_charge else -adjustment.minor


def share(base_minor: int, percent: Decimal, step_minor: int = 1) -> int:
    """Return a percentage of an amount, for an adjustment, a tax or an early discount."""
    return to_step(EXACT.divide(EXACT.multiply(Decimal(base_minor), percent), 100), step_minor)


def to_step(minor: Decimal, step_minor: int) -> int:
    """Round half away from zero to a whole number of steps."""
    steps = EXACT.divide(minor, Decimal(step_minor))
    return int(steps.to_integral_value(ROUND_HALF_UP, EXACT)) * step_minor


def _tax_groups(document: Document, of_lines: tuple[int, ...]) -> Iterator[TaxGroup]:
    taxable: dict[Tax, int] = {}
    for line, minor in zip(document.lines, of_lines, strict=True):
        taxable[line.tax] = taxable.get(line.tax, 0) + minor
    for each in document.adjustments:
        if each.tax is not None:
            taxable[each.tax] = taxable.get(each.tax, 0) + signed(each)
    reasons = {exemption.category: exemption for exemption in document.exemptions}
    for tax in sorted(taxable, key=_order):
        given = reasons.get(tax.category)
        rate_percent = tax.rate_percent or Decimal(0)
        yield TaxGroup(
            tax=tax,
            taxable_minor=taxable[tax],
            tax_minor=share(taxable[tax], rate_percent, document.step_minor),
            reason=given.reason if given else "",
            reason_code=given.code if given else "",
        )


def _order(tax: Tax) -> tuple[bool, Decimal, TaxCategory]:
    """Ordinary tax first, the highest rate first."""
    return (
        tax.category is not TaxCategory.STANDARD,
        -(tax.rate_percent or Decimal(0)),
        tax.category,
    )


def _in_tax_currency(tax_minor: int, document: Document) -> int | None:
    if not document.tax_currency or document.tax_currency_rate is None:
        return None
    return convert(
        tax_minor,
        source=document.currency,
        target=document.tax_currency,
        rate=document.tax_currency_rate,
    )
