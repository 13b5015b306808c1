"""Figures as template filters: amounts, counts, dates and lateness."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.template import Library
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from creditdesk.look import rules, words

register = Library()


@register.filter
def money(minor: int | None, currency: str) -> SafeString | str:
    """Return the amount with its currency code; None is a dash."""
    if minor is None:
        return words.NOTHING
    return format_html(
        '<data class="money" value="{}">{} <abbr>{}</abbr></data>',
        rules.figure(minor, currency).plain,
        _digits(minor, currency),
        currency,
    )


@register.filter
def amount(minor: int | None, currency: str) -> SafeString | str:
    """Return the amount alone, for columns whose head names the currency."""
    if minor is None:
        return words.NOTHING
    return format_html(
        '<data class="money" value="{}">{}</data>',
        rules.figure(minor, currency).plain,
        _digits(minor, currency),
    )


@register.filter
def money_text(minor: int | None, currency: str) -> str:
    """Return the amount as plain text, for attributes, titles and letters."""
    return words.NOTHING if minor is None else f"{words.figure(minor, currency)} {currency}"


@register.filter
def amount_text(minor: int | None, currency: str) -> str:
    """Return the amount alone as plain text."""
    return words.NOTHING if minor is None else str(words.figure(minor, currency))


def _digits(minor: int, currency: str) -> SafeString:
    shown = words.figure(minor, currency)
    if not shown.decimals:
        return format_html("{}{}", shown.sign, shown.whole)
    return format_html('{}{}<span class="c">{}</span>', shown.sign, shown.whole, shown.decimals)


@register.filter
def price(number: Decimal, currency: str) -> str:
    """Return the price of one unit as text: it may have more decimals than an amount."""
    return rules.price(number, currency, words.point())


@register.filter
def grouped(number: int | None) -> str:
    """Return a whole number in groups of three."""
    return words.NOTHING if number is None else rules.grouped(number)


@register.filter
def day(on: date | None) -> str:
    """Return a date in the reader's language."""
    return words.day(on)


@register.filter
def days_late(due: date | int | None, as_of: date | None = None) -> str:
    """Return how late in a phrase, from a number of days, or from a due date and `as_of`."""
    late = _late_days(due, as_of)
    return words.NOTHING if late is None else words.lateness(late)


@register.simple_tag
def late_mark(due: date | int | None, as_of: date | None = None) -> SafeString | str:
    """Return the days late as a number with the colour of its ageing bucket."""
    late = _late_days(due, as_of)
    if late is None:
        return words.NOTHING
    shown = rules.grouped(late) if late > 0 else gettext("in %(days)d d") % {"days": -late}
    return format_html(
        '<span class="late" title="{}">{} <span class="key a{}"></span></span>',
        words.lateness(late),
        shown if late else gettext("today"),
        rules.late_bucket(late),
    )


def _late_days(due: date | int | None, as_of: date | None) -> int | None:
    if isinstance(due, date):
        return (as_of - due).days if as_of else None
    return due
