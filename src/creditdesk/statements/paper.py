"""A statement of account as a page, in the language of its reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext

from creditdesk.invoices import rendering
from creditdesk.invoices.documents.values import Party
from creditdesk.invoices.paper import frame
from creditdesk.look import words
from creditdesk.statements import wording
from creditdesk.statements.rules import Line, OpenDocument, Statement

TEMPLATE: Final = "creditdesk.statements.statement"
_COLUMNS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondents:
    """Who writes to whom, under which customer number, in which language, and where is paid."""

    seller: Party
    buyer: Party
    customer_number: str
    language: str
    account: str = ""


def page(statement: Statement, between: Correspondents, *, on: date) -> bytes:
    """Return the statement as a PDF, dated `on`; the same statement gives the same bytes."""
    with translation.override(between.language):
        shown = frame.breakable(_data(statement, between, on))
    return rendering.typeset(TEMPLATE, shown, on)


def _data(statement: Statement, between: Correspondents, on: date) -> dict[str, Any]:
    currency = statement.currency
    first_on, last_on = words.day(statement.first_on), words.day(statement.last_on)

    def money(minor: int) -> str:
        return str(words.figure(minor, currency))

    around = frame.Frame(
        kind=gettext("Statement of account"),
        number=f"{first_on} – {last_on} · {currency}",
        issued_on=on,
        seller=between.seller,
        buyer=between.buyer,
        references=[
            (gettext("Date"), words.day(on)),
            (gettext("Customer number"), between.customer_number),
            (gettext("From"), first_on),
            (gettext("Up to"), last_on),
        ],
    )
    late = money(statement.overdue_minor)
    return {
        **frame.data(around),
        "currency": currency,
        "hero": {
            "label": gettext("Balance on %(day)s") % {"day": last_on},
            "amount": money(statement.closing_minor),
            "note": gettext("%(amount)s of it past due") % {"amount": late}
            if statement.overdue_minor
            else "",
        },
        "columns": [
            gettext("Date"),
            gettext("Document"),
            gettext("What"),
            gettext("Amount"),
            gettext("Balance"),
        ],
        "opening": [first_on, "", gettext("Brought forward"), "", money(statement.opening_minor)],
        "lines": [_line(line, money) for line in statement.lines],
        "closing": [last_on, "", gettext("Balance"), "", money(statement.closing_minor)],
        "documents": {
            "title": gettext("Open items"),
            "columns": [
                gettext("Document"),
                gettext("Issued"),
                gettext("Due"),
                gettext("Days late"),
                gettext("Open"),
            ],
            "rows": [_document(each, money) for each in statement.documents],
        },
        "ages": [
            *([name, money(minor)] for name, minor in _aged(statement)),
            [gettext("Not yet applied"), money(-statement.unapplied_minor)],
        ],
        "sentences": list(_sentences(statement, between)),
    }


def _line(line: Line, money: Any) -> list[str]:  # noqa: ANN401 - a plain function of an amount
    moved = line.movement
    return [
        words.day(moved.on),
        moved.number,
        wording.kind(moved),
        money(moved.minor),
        money(line.balance_minor),
    ]


def _document(one: OpenDocument, money: Any) -> list[str]:  # noqa: ANN401 - as above
    number = one.number
    if one.instalment > 1:
        part = {"number": number, "instalment": one.instalment}
        number = gettext("%(number)s, instalment %(instalment)s") % part
    late = str(one.late_days) if one.late_days else "–"
    return [number, words.day(one.issued_on), words.day(one.due_on), late, money(one.open_minor)]


def _aged(statement: Statement) -> Iterator[tuple[str, int]]:
    yield from zip(wording.ages(), statement.late_minor, strict=True)


def _sentences(statement: Statement, between: Correspondents) -> Iterator[str]:
    if statement.overdue_minor and between.account:
        yield gettext("Please pay what is past due to %(account)s.") % {"account": between.account}
    yield gettext(
        "Payments received up to the day of the balance are included. If something differs in your"
        " books, please tell us which document."
    )
