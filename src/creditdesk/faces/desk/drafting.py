"""The form of what is to be billed: head, lines, and errors at the field they are about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from django.utils.translation import gettext

from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.desk import forms
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices.documents.drafts import Draft, DraftLine
from creditdesk.invoices.documents.values import TaxCategory
from creditdesk.kernel.errors import Invalid, NotFound, Place
from creditdesk.policy import queries as policy

LINES_MAX: Final = 50
# So many customers are named to whom a mistyped number, or a name, may belong.
LIKELY_MAX: Final = 5
_IN_LINE = re.compile(r"lines\[(\d+)\]\.(\w+)")
_COLUMN: Final = {"tax": "rate", "adjustments": "discount", "description": "details"}
_UNITS: Final = ("C62", "HUR", "DAY", "MON", "KGM", "MTR", "MTK", "LTR", "XPK", "XPX", "LS")


@dataclass(frozen=True, slots=True)
class LineForm:
    """A line of the form: its place from 1, and its fields."""

    position: int
    fields: list[Field]


def count(shown: Mapping[str, str]) -> int:
    """Return how many lines the form has."""
    given = shown.get("lines", "1")
    return min(max(int(given) if given.isascii() and given.isdigit() else 1, 1), LINES_MAX)


def changed(posted: Mapping[str, str]) -> dict[str, str]:
    """Return what was posted with a line more or less, when that was asked for."""
    shown, lines = dict(posted), count(posted)
    removed = shown.get("remove", "")
    if "add" in shown:
        lines = min(lines + 1, LINES_MAX)
    elif removed.isascii() and removed.isdigit() and 1 <= int(removed) <= lines:
        names = [field.name.partition("-")[0] for field in line_fields(1)]
        for n in range(int(removed), lines):
            shown |= {f"{name}-{n}": posted.get(f"{name}-{n + 1}", "") for name in names}
        for name in names:
            shown.pop(f"{name}-{lines}", None)
        lines = max(lines - 1, 1)
    shown["lines"] = str(lines)
    return shown


def placed(error: Invalid | None) -> Invalid | None:
    """Return the error at the field of the form it is about."""
    field = error.place.field if error else None
    if error is None or not field:
        return error
    name = field = field.removeprefix("invoices.0.")
    found = _IN_LINE.match(field)
    if found:
        name = f"{_COLUMN.get(found[2], found[2])}-{found[1]}"
    elif field.startswith(("customer.", "buyer.")):
        name = "customer"
    elif field == "exemptions":
        name = "exemption_reason"
    elif field.startswith("adjustments"):
        name = "discount"
    return Invalid(error.code, error.message, place=Place(field=name), mend=error.mend)


def is_asked(posted: Mapping[str, str]) -> bool:
    """Whether the form was posted to be looked at, not only for a line more or less."""
    return bool(posted) and not {"add", "remove"} & posted.keys()


def head_fields(desk: DeskRequest, *, is_dated: bool = True) -> list[Field]:
    """Return who is billed, when and on which terms; what recurs bears no date of its own."""
    issued_on = Field(
        "issued_on", gettext("Date"), desk.actor.today.isoformat(), "date", is_required=True
    )
    return [
        Field(
            "customer",
            gettext("Customer number"),
            hint=gettext("Name, address and VAT ID are taken from the customer's page"),
            is_required=True,
        ),
        Field(
            "currency",
            gettext("Currency"),
            hint=gettext("Empty: the customer's own"),
        ),
        *([issued_on] if is_dated else []),
        Field("terms", gettext("Terms"), "", "select", options=terms(desk)),
        Field("order_reference", gettext("Order")),
        Field(
            "buyer_reference",
            gettext("Their reference"),
            hint=gettext("Such as a Leitweg-ID, or who ordered it"),
        ),
    ]


def more_fields(*, is_dated: bool = True) -> list[Field]:
    """Return what stands below the lines."""
    delivered_on = Field(
        "delivered_on",
        gettext("Delivered on"),
        kind="date",
        hint=gettext("Empty: nothing is said, or the date of the invoice where one is needed"),
    )
    return [
        Field(
            "discount",
            gettext("Discount on the whole, %"),
            hint=gettext("Taken off at each tax, beside discounts of the lines"),
        ),
        *([delivered_on] if is_dated else []),
        Field(
            "exemption_reason",
            gettext("Why exempt from VAT"),
            hint=gettext("Only for lines that are exempt"),
        ),
        Field("note", gettext("Note on the invoice"), kind="textarea"),
    ]


def context(
    shown: Mapping[str, str], error: Invalid | None, head: list[Field], more: list[Field]
) -> dict[str, object]:
    """Return what the template of the form needs, the error at its field."""
    at = placed(error)
    return {
        "fields": forms.filled(head, dict(shown), at),
        "more": forms.filled(more, dict(shown), at),
        "lines": [
            LineForm(n, forms.filled(line_fields(n), dict(shown), at))
            for n in range(1, count(shown) + 1)
        ],
        "count": count(shown),
        "may_add": count(shown) < LINES_MAX,
    }


def draft(desk: DeskRequest, shown: Mapping[str, str], *, is_dated: bool = True) -> Draft:
    """Return what was posted; Invalid names the field."""
    customer = customer_of(desk, shown)
    if customer is None:
        raise Invalid(
            "value_missing", "Nothing was given", place=Place(field="customer"), mend="Fill it in"
        )
    return Draft(
        customer_id=customer.id,
        currency=forms.text(desk, "currency").upper() or customer.currency,
        lines=tuple(line(n, shown) for n in range(1, count(shown) + 1)),
        issued_on=forms.required_day(desk, "issued_on") if is_dated else None,
        terms_code=forms.text(desk, "terms"),
        order_reference=forms.text(desk, "order_reference"),
        buyer_reference=forms.text(desk, "buyer_reference"),
        delivered_on=forms.day(desk, "delivered_on") if is_dated else None,
        exemption_reason=forms.text(desk, "exemption_reason"),
        note=forms.text(desk, "note"),
        discount_percent=number(shown, "discount", default="0"),
    )


def shown_of(given: Draft, customer_number: str) -> dict[str, str]:
    """Return a draft as the form shows it."""
    shown = {
        "customer": customer_number,
        "currency": given.currency,
        "terms": given.terms_code,
        "order_reference": given.order_reference,
        "buyer_reference": given.buyer_reference,
        "exemption_reason": given.exemption_reason,
        "note": given.note,
        "discount": _figure(given.discount_percent),
        "lines": str(len(given.lines)),
    }
    for n, one in enumerate(given.lines, 1):
        rate = one.rate_percent
        shown |= {
            f"name-{n}": one.name,
            f"details-{n}": one.description,
            f"quantity-{n}": _figure(one.quantity),
            f"unit-{n}": one.unit,
            f"price-{n}": _figure(one.price),
            f"discount-{n}": _figure(one.discount_percent),
            f"category-{n}": one.category.value,
            f"rate-{n}": "" if rate is None else _figure(rate),
        }
    return shown


def _figure(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else ""


def terms(desk: DeskRequest) -> tuple[tuple[str, str], ...]:
    """Return the terms to choose from."""
    own = (("", gettext("The customer's own")),)
    try:
        known = policy.in_force(desk.company.id, desk.actor.today).terms
    except NotFound:
        return own
    return own + tuple((code, code) for code in sorted(known))


def line_fields(n: int) -> list[Field]:
    """Return the fields of a line."""
    return [
        Field(f"name-{n}", gettext("What"), is_required=True),
        Field(f"quantity-{n}", gettext("Quantity"), "1", is_required=True),
        Field(f"unit-{n}", gettext("Unit"), "C62", "select", options=units()),
        Field(f"price-{n}", gettext("Price each, net"), is_required=True),
        Field(f"discount-{n}", gettext("Discount, %")),
        Field(f"category-{n}", gettext("Tax"), "S", "select", options=categories()),
        Field(f"rate-{n}", gettext("Rate, %"), "19"),
        Field(f"details-{n}", gettext("Details")),
    ]


def units() -> tuple[tuple[str, str], ...]:
    """Return the units to choose from."""
    names = {
        "C62": gettext("pieces"),
        "HUR": gettext("hours"),
        "DAY": gettext("days"),
        "MON": gettext("months"),
        "KGM": "kg",
        "MTR": "m",
        "MTK": "m²",
        "LTR": "l",
        "XPK": gettext("packs"),
        "XPX": gettext("pallets"),
        "LS": gettext("lump sum"),
    }
    return tuple((code, names[code]) for code in _UNITS)


def categories() -> tuple[tuple[str, str], ...]:
    """Return how a line may be taxed."""
    return (
        ("S", gettext("Taxed")),
        ("Z", gettext("Zero rated")),
        ("E", gettext("Exempt")),
        ("AE", gettext("Reverse charge")),
        ("K", gettext("Intra-Community supply")),
        ("G", gettext("Export")),
        ("O", gettext("Outside the scope of VAT")),
    )


def customer_of(desk: DeskRequest, shown: Mapping[str, str]) -> CustomerRow | None:
    """Return the customer whose number was given; nothing where none was."""
    number = shown.get("customer", "").strip()
    if not number:
        return None
    try:
        return customers.customer(desk.company.id, number)
    except NotFound as error:
        likely = customers.search(desk.company.id, number[:64], limit=LIKELY_MAX)
        told = "; ".join(f"{one.number} {one.name}" for one in likely)
        raise Invalid(
            "customer_unknown",
            f"There is no customer {number[:64]!r}",
            place=Place(field="customer"),
            mend=f"Give a number such as {told}" if likely else "Correct the number",
        ) from error


def line(n: int, shown: Mapping[str, str]) -> DraftLine:
    """Return a line as it was posted; Invalid names the field."""
    category = shown.get(f"category-{n}", "S")
    if category not in {code for code, _ in categories()}:
        category = "S"
    is_taxed = category == "S"
    return DraftLine(
        name=shown.get(f"name-{n}", "").strip(),
        description=shown.get(f"details-{n}", "").strip(),
        quantity=number(shown, f"quantity-{n}"),
        unit=shown.get(f"unit-{n}", ""),
        price=number(shown, f"price-{n}"),
        discount_percent=number(shown, f"discount-{n}", default="0"),
        category=TaxCategory(category),
        rate_percent=number(shown, f"rate-{n}") if is_taxed else None,
    )


def number(shown: Mapping[str, str], name: str, default: str = "") -> Decimal:
    """Return a figure as a person writes it, with six decimals at most."""
    value = shown.get(name, "").strip() or default
    try:
        found = Decimal(forms.decimal_text(value))
    except InvalidOperation as error:
        raise _no_number(value, name) from error
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -6 or abs(found) >= Decimal(10) ** 12:  # noqa: PLR2004 - what the table holds
        raise _no_number(value, name)
    return found


def _no_number(value: str, name: str) -> Invalid:
    return Invalid(
        "number_malformed",
        f"{value[:40]!r} is no figure",
        place=Place(field=name),
        mend="Write it as 1234.50",
    )
