"""Amounts and dates as a reader of a letter writes them; made once per language, then fast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from creditdesk.kernel.money import exponent

NO_BREAK_SPACE = "\u00a0"
DATES_REMEMBERED = 20_000
THOUSAND = 1000


def locale_of(language: str) -> Locale:
    """Return the locale of a language code such as `de` or `de-AT`; unknown ones read English."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@lru_cache(maxsize=256)
def money_writer(language: str, currency: str) -> Callable[[int], str]:
    """Return a function that writes minor units with their currency: `1.234,50 EUR` in German.

    Signs, groups and decimals are those of babel's locale data; formatting through babel itself
    takes some 30 µs an amount, which a run of a hundred thousand lines cannot pay.
    """
    symbols = locale_of(language).number_symbols["latn"]
    group, decimal, minus = symbols["group"], symbols["decimal"], symbols["minusSign"]
    places = exponent(currency)
    scale = 10**places
    ends = [
        f"{decimal}{part:0{places}d}{NO_BREAK_SPACE}{currency}"
        if places
        else f"{NO_BREAK_SPACE}{currency}"
        for part in range(scale)
    ]

    def write(minor: int) -> str:
        whole, part = divmod(abs(minor), scale)
        text = str(whole) if whole < THOUSAND else f"{whole:,}".replace(",", group)
        return f"{minus}{text}{ends[part]}" if minor < 0 else text + ends[part]

    return write


@lru_cache(maxsize=DATES_REMEMBERED)
def day_text(on: date, language: str) -> str:
    """Return a date in words of the language: `16 Mar 2026`, `16.03.2026`."""
    return format_date(on, format="medium", locale=_english_day_first(locale_of(language)))


def _english_day_first(locale: Locale) -> Locale:
    """Plain English reads as British: day before month, as everywhere else in the house."""
    return Locale("en", "GB") if str(locale) == "en" else locale
