"""Dates, lateness and amounts in the reader's words, and the names of the ageing buckets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
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
