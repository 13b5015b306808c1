"""Dates, lateness and amounts in the reader's words, and the names of the ageing buckets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from babel.numbers import get_decimal_symbol
from django.utils.translation import get_language, gettext, ngettext

from creditdesk.look import rules
from creditdesk.look.shapes import Number

NOTHING = "\u2013"
# Plain "en" would put the month first; the desk writes the day first unless asked for en-US.
DAY_FIRST = {"en": "en_GB"}


def locale() -> Locale:
    """Return the reader's locale; a language Babel does not know falls back to English."""
    language = (get_language() or "en").replace("-", "_")
    try:
        return Locale.parse(DAY_FIRST.get(language, language))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def day(on: date | None) -> str:
    """Return a date such as "14 Oct 2026" in the order and words of the reader's language."""
    return format_skeleton("yMMMd", on, locale=locale()) if on else NOTHING


def point() -> str:
    """Return the decimal mark of the reader's language."""
    return _point(get_language())


@lru_cache(maxsize=64)
def _point(_language: str | None) -> str:
    return str(get_decimal_symbol(locale()))


def decimal(value: float | Decimal, places: int = 1) -> str:
    """Return a number with so many decimals, its mark that of the reader's language."""
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    whole, _, rest = f"{exact:f}".partition(".")
    return whole.replace("-", rules.MINUS) + (point() + rest if rest else "")


def plain(value: object) -> str:
    """Return a number as exact as it is, without zeros at its end, its mark that of the reader."""
    written = f"{Decimal(str(value)):f}"
    return decimal(Decimal(written), len(written.rstrip("0").partition(".")[2]))


def figure(minor: int, currency: str) -> rules.Figure:
    """Return the amount cut for reading, its decimal mark that of the reader's language."""
    return rules.figure(minor, currency, point())


def month(on: date) -> str:
    """Return a month such as "Oct 2026"."""
    return format_skeleton("yMMM", on, locale=locale())


def lateness(late_days: int) -> str:
    """Return how late in a phrase; negative days are still to come."""
    if late_days > 0:
        return ngettext("%(days)d day late", "%(days)d days late", late_days) % {"days": late_days}
    if late_days == 0:
        return gettext("due today")
    return ngettext("due in %(days)d day", "due in %(days)d days", -late_days) % {
        "days": -late_days
    }


def bucket_names() -> tuple[str, str, str, str, str]:
    """Return the five ageing buckets in order."""
    return (
        gettext("Not due"),
        gettext("1–30 days"),
        gettext("31–60"),
        gettext("61–90"),
        gettext("Over 90"),
    )


def ageing_words(buckets: Sequence[Number]) -> str:
    """Return what an ageing bar shows, for those who do not see it."""
    parts = [
        f"{name} {share.whole_percent} %"
        for name, share in zip(bucket_names(), rules.shares(buckets), strict=True)
        if share
    ]
    return gettext("Ageing: %(parts)s") % {"parts": ", ".join(parts) or gettext("nothing open")}


def count_of(part: int, whole: int) -> str:
    """Return "3 of 1 204", grouped."""
    return gettext("%(part)s of %(whole)s") % {
        "part": rules.grouped(part),
        "whole": rules.grouped(whole),
    }
