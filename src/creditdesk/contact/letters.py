"""Letters: text and HTML of a message, in the reader's language.

A letter's frame is rendered once per batch by Django's templates, with marks where the
customer's own figures go, and then filled by plain joins: a run writes thousands a second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from html import escape
from typing import TypeAlias

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext, ngettext, override

from creditdesk.contact import charges
from creditdesk.contact.amounts import NO_BREAK_SPACE, day_text, money_writer
from creditdesk.contact.rules import Draft, DraftItem

# Due dates of a year in a few languages: what runs repeat is rendered once.
FRAMES_MAX = 4096
_SPECIAL = re.compile(r"[&<>\"']")
# Private-use characters stand around a mark: no name or template contains them.
_MARK = re.compile("\ue000([a-z_]+)\ue001")
# A line of a letter in three parts, between which its number and its amount go.
_Row: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Sender:
    """The company as it signs its letters."""

    name: str
    email: str
    address: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A written message."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Frames:
    """What is rendered once per batch: texts with `%(name)s` where a customer's own words go."""

    subject: str
    text: str
    html: str
    money: Callable[[int], str]
    rows: Callable[[date, int], tuple[_Row, _Row]]


class LetterWriter:
    """Writes the letters of one batch for one sender."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._frames: dict[tuple[str, str, str, bool, bool], _Frames] = {}

    def write(self, draft: Draft, items: Sequence[DraftItem]) -> Letter:
        """Return the letter about these items, or the person's own text in our frame."""
        language = supported(draft.language)
        if draft.body:
            return self._personal(draft, language)
        kind = "before_due" if draft.purpose == "service" else draft.tone
        key = (language, kind, draft.currency, len(items) == 1, bool(draft.pay_at))
        frames = self._frames.get(key)
        if frames is None:
            frames = self._frames[key] = self._framed(*key)
        return _filled(frames, draft, items, language)

    def _framed(
        self,
        language: str,
        kind: str,
        currency: str,
        is_single: bool,  # noqa: FBT001 - a key's part
        can_pay: bool,  # noqa: FBT001 - a key's part
    ) -> _Frames:
        with override(language):
            words = _words(kind, 1 if is_single else 2)
            pay_at = _mark("pay_at") if can_pay else ""
            context = {
                "subject": words.subject,
                "paragraphs": words.before,
                "closing": [*words.after, *_ways(pay_at), gettext(
                    "If you have paid in the meantime, thank you: please ignore this message. If "
                    "something is wrong with an invoice, simply answer this e-mail."
                )],
                "pay_at": pay_at,
                "greeting": gettext("Dear %(name)s,") % {"name": _mark("name")},
                "signature": gettext("Kind regards"),
                "rows": _mark("rows"),
                "total": _mark("total"),
                "charges": _mark("charges"),
                "opt_out": "" if kind == "before_due" else gettext(
                    "You would rather not be reminded by e-mail? Answer with “no reminders”. "
                    "Invoices and legal notices will still reach you."
                ),
                "company_name": self._sender.name,
                "company_address": self._sender.address,
                "company_phone": self._sender.phone,
            }  # fmt: skip
            return _Frames(
                subject=_frame(words.subject),
                text=_frame(render_to_string("contact/letter.txt", context)),
                html=_frame(render_to_string("contact/letter.html", context)),
                money=money_writer(language, currency),
                rows=_rows(language),
            )

    def _personal(self, draft: Draft, language: str) -> Letter:
        subject = one_line(draft.subject)
        with override(language):
            context = {
                "subject": subject,
                "paragraphs": [part for part in re.split(r"\r?\n\s*\r?\n", draft.body) if part],
                "pay_at": draft.pay_at,
                "company_name": self._sender.name,
                "company_address": self._sender.address,
                "company_phone": self._sender.phone,
            }
            return Letter(
                subject,
                render_to_string("contact/letter.txt", context),
                render_to_string("contact/letter.html", context),
            )


def supported(language: str) -> str:
    """Return the language letters are written in: the customer's if we have it, else English."""
    code = language.lower()
    known = {code for code, _ in settings.LANGUAGES}
    if code in known:
        return code
    short = code.partition("-")[0]
    return short if short in known else "en"


def one_line(text: str) -> str:
    """Return the text without line breaks and doubled blanks, fit for a mail header."""
    return " ".join(text.split())


def _frame(rendered: str) -> str:
    """Return a rendered template as a format: its marks become places, its percents stay."""
    return _MARK.sub(r"%(\1)s", rendered.replace("%", "%%"))


def _mark(name: str) -> str:
    return f"\ue000{name}\ue001"


def _filled(frames: _Frames, draft: Draft, items: Sequence[DraftItem], language: str) -> Letter:
    total = 0
    rows_text: list[str] = []
    rows_html: list[str] = []
    money, rows = frames.money, frames.rows
    for item in items:
        total += item.open_minor
        text, html = rows(item.due_on, item.days_late)
        number, amount = item.number, money(item.open_minor)
        rows_text += (text[0], number, text[1], amount, text[2])
        if _SPECIAL.search(number):
            number = escape(number)
        rows_html += (html[0], number, html[1], amount, html[2])
    name = one_line(draft.recipient_name or draft.customer_name)
    values = {
        "name": name,
        "customer": one_line(draft.customer_name),
        "rows": "".join(rows_text),
        "total": money(total),
        "pay_by": _pay_by(draft.pay_by, language),
        "charges": "",
        "pay_at": draft.pay_at,
    }
    said = charges.said(items, frames.money, draft.accrued_on, language)
    if said:
        values["charges"] = "".join(f"{one}\n\n" for one in said)
    subject, body = frames.subject % values, frames.text % values
    values.update(
        name=escape(name),
        customer=escape(values["customer"]),
        rows="".join(rows_html),
        pay_at=escape(draft.pay_at),
    )
    if said:
        values["charges"] = "".join(
            f'<p style="margin:0 0 12px">{escape(one)}</p>\n' for one in said
        )
    return Letter(subject.replace(NO_BREAK_SPACE, " "), body, frames.html % values)


def _ways(pay_at: str) -> list[str]:
    """Return the paragraphs that say where to pay; the address is one of its own."""
    return [gettext("You can pay online here:"), pay_at] if pay_at else []


def _pay_by(on: date | None, language: str) -> str:
    return day_text(on, language) if on else ""


@cache
def _rows(language: str) -> Callable[[date, int], tuple[_Row, _Row]]:
    """Return a function that gives a line's text and HTML, worked out once for each due date.

    Each comes in three parts: the number stands after the first, the open amount after the second.
    """

    @lru_cache(FRAMES_MAX)
    def framed(due_on: date, days_late: int) -> tuple[_Row, _Row]:
        with override(language):
            row = {
                "number": _mark("number"),
                "open": _mark("open"),
                "due": day_text(due_on, language),
                "late": _phrase(days_late),
            }
            return (
                _parts(render_to_string("contact/_row.txt", row)),
                _parts(render_to_string("contact/_row.html", row)),
            )

    return framed


def _parts(rendered: str) -> _Row:
    """Return a rendered row in the parts between its two marks."""
    before, number, between, amount, after = _MARK.split(rendered)
    if (number, amount) != ("number", "open"):
        raise ValueError("a line of a letter tells its number, then what is open")
    return before, between, after


def _phrase(days: int) -> str:
    if days > 0:
        return ngettext("%(days)d day late", "%(days)d days late", days) % {"days": days}
    if days == 0:
        return gettext("due today")
    return ngettext("due in %(days)d day", "due in %(days)d days", -days) % {"days": -days}


@dataclass(frozen=True, slots=True)
class _Words:
    subject: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def _words(kind: str, count: int) -> _Words:
    """Return what a letter of that kind says, about one invoice or several."""
    marks = {name: _mark(name) for name in ("total", "pay_by", "customer")}
    subject, before, after = {
        "before_due": _before_due, "firm": _firm, "final": _final,
    }.get(kind, _friendly)(count)  # fmt: skip
    return _Words(subject % marks, (before % marks,), (after % marks,))


def _before_due(count: int) -> tuple[str, str, str]:
    return (
        gettext("Falling due soon: %(total)s"),
        ngettext(
            "just so that it is on your desk: the invoice below falls due in the next days.",
            "just so that they are on your desk: the invoices below fall due in the next days.",
            count,
        ),
        gettext("If payment is already arranged there is nothing to do."),
    )


def _friendly(count: int) -> tuple[str, str, str]:
    return (
        gettext("Payment reminder: %(total)s"),
        ngettext(
            "it may have escaped your notice: the invoice below is past its due date.",
            "it may have escaped your notice: the invoices below are past their due dates.",
            count,
        ),
        gettext("Please pay %(total)s by %(pay_by)s."),
    )


def _firm(count: int) -> tuple[str, str, str]:
    return (
        gettext("Overdue: please pay %(total)s"),
        ngettext(
            "we have not received your payment of the invoice below.",
            "we have not received your payment of the invoices below.",
            count,
        ),
        gettext(
            "Please pay %(total)s by %(pay_by)s, or tell us today what stands in the way: "
            "we will find an answer together."
        ),
    )


def _final(count: int) -> tuple[str, str, str]:
    return (
        gettext("Final reminder: %(total)s overdue"),
        ngettext(
            "the invoice below is long overdue and still unpaid.",
            "the invoices below are long overdue and still unpaid.",
            count,
        ),
        gettext(
            "This is our last reminder. Please pay %(total)s by %(pay_by)s. After that date we "
            "may stop supplying on credit and pass the matter on."
        ),
    )
