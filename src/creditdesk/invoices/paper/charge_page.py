"""What stands on the page of a document of charges: what for, from when, at which rate, by what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.utils.translation import gettext

from creditdesk.invoices import wording
from creditdesk.invoices.charge_paper_queries import ChargedOn, ChargeHead
from creditdesk.invoices.documents.checks import is_iban
from creditdesk.invoices.documents.drafts import PIECE, creditor_reference
from creditdesk.invoices.documents.totals import totals
from creditdesk.invoices.documents.values import (
    Account,
    Document,
    Kind,
    Line,
    Means,
    Party,
    Payment,
    Tax,
    TaxCategory,
)
from creditdesk.invoices.paper import frame, page, payment_box
from creditdesk.kernel.money import from_minor, to_minor
from creditdesk.look import words
from creditdesk.policy.rules.interest import DayCount, Segment, rounded, year_days

TEMPLATE: Final = "creditdesk.invoices.paper.charge"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeSheet:
    """A document of charges with who writes it to whom; `account` is where it is paid."""

    head: ChargeHead
    charges: tuple[ChargedOn, ...]
    seller: Party
    buyer: Party
    account: Account | None


def data(sheet: ChargeSheet) -> dict[str, Any]:
    """Return everything the template sets, in the language in force."""
    return frame.breakable(_data(sheet))


def title(charges: Sequence[ChargedOn]) -> str:
    """Return what the document is called."""
    return wording.charge_title({one.kind for one in charges})


def _data(sheet: ChargeSheet) -> dict[str, Any]:
    head = sheet.head
    around = frame.Frame(
        kind=title(sheet.charges),
        number=head.number,
        issued_on=head.issued_on,
        seller=sheet.seller,
        buyer=sheet.buyer,
        references=[
            (gettext("Date"), words.day(head.issued_on)),
            (gettext("Customer number"), head.customer_number),
            *_through(sheet),
        ],
    )
    return {
        **frame.data(around),
        "currency": head.currency,
        "hero": {
            "label": gettext("Amount due"),
            "amount": page.money(head.total_minor, head.currency),
            "note": gettext("by %(day)s") % {"day": words.day(head.due_on)},
        },
        "opening": [_opening(sheet)],
        "columns": _columns(sheet),
        "charges": [_charge(one, head.currency) for one in sheet.charges],
        "total": [f"{gettext('Amount due')} ({head.currency})",
                  page.money(head.total_minor, head.currency)],
        "grounds": {"title": gettext("What it goes by"), "rows": list(_grounds(sheet))},
        "payment": _payment(sheet),
        "closing": [
            gettext("This amount bears no value added tax."),
            gettext("If you think that something is wrong with it, please tell us."),
        ],
    }  # fmt: skip


def _columns(sheet: ChargeSheet) -> list[str]:
    """Return the heads of the columns; a fee has no days and no rate."""
    worked_out = [gettext("Owed"), gettext("Days"), gettext("Rate a year")]
    has_days = any(one.kind == "interest" for one in sheet.charges)
    middle = worked_out if has_days else ["", "", ""]
    return [gettext("What"), *middle, gettext("Amount")]


def _through(sheet: ChargeSheet) -> Iterator[tuple[str, str]]:
    """Yield up to which day it is worked out, where that is a matter of days."""
    days = [one.through_on for one in sheet.charges if one.kind == "interest"]
    if days:
        yield gettext("Worked out up to"), words.day(max(days))


def _opening(sheet: ChargeSheet) -> str:
    kinds = {one.kind for one in sheet.charges}
    if "return_fee" in kinds:
        return gettext("A payment of yours came back unpaid. We charge a fee for it.")
    if "dunning_fee" in kinds:
        return gettext("We charge a fee for reminding you of what was past due.")
    return gettext(
        "The following was paid later than it was due, or is still open. We charge what is owed"
        " for that."
    )


def _charge(one: ChargedOn, currency: str) -> dict[str, Any]:
    return {
        "name": wording.charge_kind(one.kind),
        "about": _about(one),
        "amount": page.money(one.minor, currency),
        "parts": list(stretches(one, currency)) if one.kind == "interest" else [],
    }


def _about(one: ChargedOn) -> str:
    """Return what a charge is about: an invoice with its due date, a payment, a reminder."""
    if one.kind == "return_fee":
        return gettext("Payment %(reference)s") % {"reference": one.breakdown.get("payment", "")}
    due = {"number": one.invoice_number, "part": one.instalment, "day": words.day(one.due_on)}
    if one.instalment > 1:
        told = gettext("Invoice %(number)s, instalment %(part)s, due on %(day)s") % due
    else:
        told = gettext("Invoice %(number)s, due on %(day)s") % due
    if one.kind == "dunning_fee":
        reminder = {"reference": one.breakdown.get("reminder", "")}
        told = f"{told} · " + gettext("reminder %(reference)s") % reminder
    return told


def stretches(one: ChargedOn, currency: str) -> Iterator[list[str]]:
    """Yield the stretches of one balance and rate as rows, and what was charged of them before.

    Each is rounded so that they add up to the whole, which is rounded once.
    """
    told = one.breakdown
    so_far, shown = Fraction(0), 0
    for segment in _segments(told, currency):
        so_far += segment.exact
        minor = rounded(so_far) - shown
        shown += minor
        first = segment.start + _DAY
        yield [
            _days(first, segment.end),
            page.money(segment.balance_minor, currency),
            str(segment.days),
            page.percent(segment.percent),
            page.money(minor, currency),
        ]
    if shown != one.minor:
        less = page.money(one.minor - shown, currency)
        yield [gettext("charged before"), "", "", "", less]


def _segments(told: dict[str, Any], currency: str) -> Iterator[Segment]:
    day_count: DayCount = told.get("day_count", "actual/365")
    for part in told.get("segments", ()):
        start = date.fromisoformat(part["after"])
        yield Segment(
            start,
            date.fromisoformat(part["to"]),
            part["days"],
            year_days((start + _DAY).year, day_count),
            to_minor(part["balance"], currency),
            Decimal(part["percent"]),
        )


def _days(first: date, last: date) -> str:
    return words.day(first) if first == last else f"{words.day(first)} – {words.day(last)}"


def _grounds(sheet: ChargeSheet) -> Iterator[list[str]]:
    """Yield law or contract in words, with its sources, each once."""
    found: dict[str, str] = {}
    for one in sheet.charges:
        told = one.breakdown
        if told.get("agreed_percent") and one.kind == "interest":
            percent = page.percent(Decimal(told["agreed_percent"]))
            found[gettext("Contract")] = gettext("%(percent)s a year, agreed") % {
                "percent": percent
            }
        elif one.law:
            found[wording.law(one.law)] = "; ".join(told.get("sources", ()))
    yield from ([name, sources] for name, sources in found.items())
    counts = {one.breakdown.get("day_count", "") for one in sheet.charges} - {""}
    if counts:
        named = ", ".join(wording.day_count(one) for one in sorted(counts))
        yield [gettext("Days are counted"), named]
    if {one.kind for one in sheet.charges} & {"return_fee", "dunning_fee"}:
        yield [gettext("Fee"), gettext("our terms of payment")]


def _payment(sheet: ChargeSheet) -> dict[str, Any] | None:
    """Return the box that says how it is paid; nothing where no account is known."""
    head, account = sheet.head, sheet.account
    if account is None or head.total_minor <= 0:
        return None
    is_sepa = head.currency == "EUR" and is_iban(account.number)
    document = Document(
        kind=Kind.INVOICE,
        number=head.number,
        issued_on=head.issued_on,
        currency=head.currency,
        seller=sheet.seller,
        buyer=sheet.buyer,
        lines=(
            Line(
                identifier="1", name=head.number, quantity=Decimal(1), unit=PIECE,
                price=from_minor(head.total_minor, head.currency),
                tax=Tax(TaxCategory.OUTSIDE_SCOPE, None),
            ),
        ),
        due_on=head.due_on,
        payment=Payment(
            means=Means.SEPA_TRANSFER if is_sepa else Means.CREDIT_TRANSFER,
            reference=creditor_reference(head.number),
            accounts=(account,),
        ),
    )  # fmt: skip
    return payment_box.rows(document, totals(document))
