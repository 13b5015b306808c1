"""What stands on the page, in the reader's words and figures; the template only sets it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import accumulate
from typing import Any, Final

from django.utils.translation import gettext

from creditdesk.invoices.documents import terms
from creditdesk.invoices.documents.drafts import USUAL_DISCOUNT
from creditdesk.invoices.documents.profiles import Profile
from creditdesk.invoices.documents.totals import TaxGroup, Totals, signed
from creditdesk.invoices.documents.values import (
    Adjustment,
    Document,
    Kind,
    Line,
    Period,
    Tax,
    TaxCategory,
)
from creditdesk.invoices.paper import frame, payment_box, units
from creditdesk.kernel.money import exponent
from creditdesk.look import words
from creditdesk.look.rules import grouped

_UNBROKEN_IN_LINES: Final = re.compile(r"\S{25,}")


def data(document: Document, sums: Totals) -> dict[str, Any]:
    """Return everything the template sets, as plain lists and texts."""
    shown = _data(document, sums)
    return frame.breakable(shown, {"lines": _UNBROKEN_IN_LINES})


def _data(document: Document, sums: Totals) -> dict[str, Any]:
    return {
        **frame.data(frame_of(document)),
        "currency": document.currency,
        "hero": _hero(document, sums),
        "opening": [note.text for note in document.notes],
        "columns": [
            "",
            gettext("Item"),
            gettext("Quantity"),
            gettext("Price"),
            gettext("VAT"),
            gettext("Amount"),
        ],
        "lines": list(_lines(document, sums)),
        "carried": gettext("Carried forward"),
        "subtotal": gettext("Subtotal"),
        "totals": [list(row) for row in _totals(document, sums)],
        "taxes": _taxes(document, sums),
        "payment": payment_box.rows(document, sums),
        "closing": _closing(document, sums),
    }


def frame_of(document: Document) -> frame.Frame:
    """Return what stands around the lines of a document."""
    return frame.Frame(
        kind=kind(document.kind),
        number=document.number,
        issued_on=document.issued_on,
        seller=document.seller,
        buyer=document.buyer,
        references=[(label, value) for label, value in _references(document) if value],
        representative=document.representative,
    )


def _closing(document: Document, sums: Totals) -> list[str]:
    """Return the terms, a line each; without what the payment box says, exact to the cent."""
    if payment_box.rows(document, sums) is not None:
        document = replace(document, instalments=(), early_discounts=())
    text = terms.spoken(document, Profile.EN16931, sums.due_minor)
    return [line for line in text.split("\n") if line.strip()]


def kind(kind: Kind) -> str:
    """Return what the document calls itself."""
    return {
        Kind.INVOICE: gettext("Invoice"),
        Kind.CORRECTED_INVOICE: gettext("Corrected invoice"),
        Kind.CREDIT_NOTE: gettext("Credit note"),
        Kind.PREPAYMENT_INVOICE: gettext("Prepayment invoice"),
        Kind.SELF_BILLED_INVOICE: gettext("Self-billed invoice"),
    }[kind]


def money(minor: int, currency: str) -> str:
    """Return an amount in figures, grouped, without its currency."""
    return str(words.figure(minor, currency))


def number(value: Decimal, least: int = 0) -> str:
    """Return an exact decimal with at least so many places, grouped."""
    text = f"{abs(value):f}"
    whole, _, rest = text.partition(".")
    rest = rest.rstrip("0").ljust(least, "0")
    sign = "\u2212" if value < 0 else ""
    return f"{sign}{grouped(int(whole))}" + (f"{words.point()}{rest}" if rest else "")


def percent(value: Decimal) -> str:
    """Return a rate such as "19 %"."""
    return f"{number(value)}\u00a0%"


def _references(document: Document) -> Iterator[tuple[str, str]]:
    given, delivery = document.references, document.delivery
    yield gettext("Date"), words.day(document.issued_on)
    if delivery and delivery.on:
        yield gettext("Delivered on"), words.day(delivery.on)
    if document.period:
        yield gettext("Period"), _period(document.period)
    yield gettext("Your reference"), given.buyer
    yield gettext("Your order"), given.purchase_order
    yield gettext("Our order"), given.sales_order
    yield gettext("Contract"), given.contract
    yield gettext("Project"), given.project
    yield gettext("Delivery note"), given.despatch
    for n, before in enumerate(document.preceding):
        day = f", {words.day(before.issued_on)}" if before.issued_on else ""
        yield "" if n else gettext("Refers to"), f"{before.number}{day}"
    yield gettext("Your VAT ID"), document.buyer.vat
    if delivery and delivery.address:
        place = [delivery.name, *frame.address(delivery.address, document.seller)]
        yield gettext("Delivered to"), ", ".join(part for part in place if part)


def _period(period: Period) -> str:
    if period.start and period.end:
        return f"{words.day(period.start)} – {words.day(period.end)}"
    if period.start:
        return gettext("from %(day)s") % {"day": words.day(period.start)}
    return gettext("until %(day)s") % {"day": words.day(period.end)}


def _hero(document: Document, sums: Totals) -> dict[str, str]:
    note = ""
    if document.kind.lowers:
        label = gettext("Credited")
    else:
        label = gettext("Amount due")
        first = min((part.on for part in document.instalments), default=document.due_on)
        if document.instalments and first:
            note = gettext("in instalments, the first by %(day)s") % {"day": words.day(first)}
        elif first and sums.due_minor > 0:
            note = gettext("by %(day)s") % {"day": words.day(first)}
    return {"label": label, "amount": money(sums.due_minor, document.currency), "note": note}


def _lines(document: Document, sums: Totals) -> Iterator[dict[str, Any]]:
    running = accumulate(sums.of_lines)
    for line, net_minor, so_far in zip(document.lines, sums.of_lines, running, strict=True):
        worth = net_minor - sum(signed(each) for each in line.adjustments)
        yield {
            "identifier": line.identifier,
            "name": line.name,
            "details": list(_details(line)),
            "quantity": f"{number(line.quantity)}\u00a0{units.name(line.unit)}",
            "price": number(line.price, exponent(document.currency)),
            "per": _per(line),
            "tax": _rate(line.tax),
            "worth": money(worth, document.currency),
            "adjustments": [
                [_reason(each), money(signed(each), document.currency)] for each in line.adjustments
            ],
            "running": money(so_far, document.currency),
        }


def _details(line: Line) -> Iterator[str]:
    yield from filter(None, [line.description, line.note])
    numbers = [
        (gettext("Item no."), line.seller_item),
        (gettext("Your item no."), line.buyer_item),
        ("GTIN", line.standard_item.value if line.standard_item else ""),
        (gettext("Order line"), line.order_line),
        (gettext("Origin"), line.origin_country),
        *line.attributes,
    ]
    told = " · ".join(f"{name}\u00a0{value}" for name, value in numbers if value)
    if told:
        yield told
    if line.period:
        yield _period(line.period)


def _per(line: Line) -> str:
    if line.base_quantity == 1:
        return ""
    return gettext("per %(quantity)s") % {"quantity": number(line.base_quantity)}


def _rate(tax: Tax) -> str:
    if tax.rate_percent is None or tax.category is TaxCategory.OUTSIDE_SCOPE:
        return "–"
    return percent(tax.rate_percent)


def _reason(adjustment: Adjustment) -> str:
    usual = gettext("Surcharge") if adjustment.is_charge else gettext("Discount")
    reason = usual if adjustment.reason in ("", USUAL_DISCOUNT) else adjustment.reason
    if adjustment.percent is None:
        return reason
    return f"{reason} {percent(adjustment.percent)}"


def _totals(document: Document, sums: Totals) -> Iterator[tuple[str, str, str]]:
    currency = document.currency

    def row(name: str, minor: int, style: str = "plain") -> tuple[str, str, str]:
        return name, money(minor, currency), style

    if document.adjustments:
        yield row(gettext("Sum of the lines"), sums.lines_minor)
        for each in document.adjustments:
            yield row(_reason(each), signed(each))
    yield row(gettext("Net total"), sums.net_minor, "sum")
    yield row(gettext("VAT"), sums.tax_minor)
    has_more = bool(sums.prepaid_minor or sums.rounding_minor)
    if has_more:
        yield row(gettext("Total"), sums.gross_minor, "sum")
    if sums.prepaid_minor:
        yield row(gettext("Already paid"), -sums.prepaid_minor)
    if sums.rounding_minor:
        yield row(gettext("Rounding"), sums.rounding_minor)
    last = gettext("Credited") if document.kind.lowers else gettext("Amount due")
    yield f"{last} ({currency})", money(sums.due_minor, currency), "due"


def _taxes(document: Document, sums: Totals) -> dict[str, Any]:
    currency = document.currency
    reasons = []
    for group in sums.taxes:
        if group.reason:
            reasons.append(group.reason)
        elif group.reason_code:
            reasons.append(f"{_category(group)} ({group.reason_code})")
    if sums.tax_in_tax_currency_minor is not None:
        amount = money(sums.tax_in_tax_currency_minor, document.tax_currency)
        in_other = gettext("VAT in %(currency)s: %(amount)s (rate %(rate)s)") % {
            "currency": document.tax_currency,
            "amount": amount,
            "rate": number(document.tax_currency_rate or Decimal(0)),
        }
        reasons.append(in_other)
    return {
        "head": [gettext("VAT"), gettext("Net"), gettext("Tax")],
        "rows": [
            [_category(each), money(each.taxable_minor, currency), money(each.tax_minor, currency)]
            for each in sums.taxes
        ],
        "reasons": reasons,
    }


def _category(group: TaxGroup) -> str:
    rate = group.tax.rate_percent or Decimal(0)
    return {
        TaxCategory.STANDARD: percent(rate),
        TaxCategory.ZERO_RATED: gettext("zero rated"),
        TaxCategory.EXEMPT: gettext("exempt"),
        TaxCategory.REVERSE_CHARGE: gettext("reverse charge"),
        TaxCategory.INTRA_COMMUNITY: gettext("intra-Community supply"),
        TaxCategory.EXPORT: gettext("export"),
        TaxCategory.OUTSIDE_SCOPE: gettext("outside the scope of VAT"),
        TaxCategory.CANARY_ISLANDS: f"IGIC {percent(rate)}",
        TaxCategory.CEUTA_MELILLA: f"IPSI {percent(rate)}",
    }[group.tax.category]
