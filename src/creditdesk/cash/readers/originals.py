"""What was paid in another currency than the account's, and at which rate the bank exchanged it.

Banks write rates either way round, and per hundred units. Where both amounts stand beside a rate,
they decide how it was meant; ISO 20022's source, target and unit currency only where they do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from creditdesk.cash.readers.statement import is_currency
from creditdesk.kernel.money import MINOR_MAX, exponent, from_minor

# A rate further from the amounts' own than this was meant for something else.
_FAR = Decimal("0.1")
_RATE_DIGITS_MAX = 24
_RATE_MAX = Decimal(10) ** 12
_PLACES = Decimal(1).scaleb(-12)


@dataclass(frozen=True, slots=True)
class Original:
    """An amount in the payer's currency; `rate` is what one unit of it is worth in the account's.

    Amount and rate are None where the bank does not say them, or says nothing that can be used.
    """

    currency: str = ""
    minor: int | None = None
    rate: Decimal | None = None


NONE = Original()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A rate as the bank wrote it; the currencies are "" where it does not name them."""

    rate: str
    source: str = ""
    target: str = ""
    unit: str = ""


def original(
    minor: int,
    currency: str,
    *,
    other_minor: int | None = None,
    other_currency: str = "",
    quoted: Quoted | None = None,
) -> Original:
    """Return what is behind an amount of the account, which may be negative."""
    other = other_currency or _other(quoted, currency)
    if not is_currency(other) or other == currency or not minor:
        return NONE
    if other_minor is not None and not 0 < other_minor <= MINOR_MAX:
        other_minor = None
    rate = _rate(quoted.rate) if quoted is not None else None
    if rate is not None and other_minor is not None:
        rate = _as_meant(rate, from_minor(abs(minor), currency) / from_minor(other_minor, other))
    elif rate is not None and quoted is not None:
        rate = _as_named(rate, quoted, other)
    if other_minor is None and rate is None:
        return NONE
    return Original(other, other_minor, _kept(rate))


def other_minor(text: str, currency: str, mark: str = ".") -> int | None:
    """Return an unsigned amount in minor units; None where it is none, for it proves nothing."""
    whole, _, fraction = text.partition(mark)
    digits = whole + fraction
    if not is_currency(currency) or not (digits.isascii() and digits.isdecimal()):
        return None
    places = exponent(currency)
    if len(digits) > _RATE_DIGITS_MAX or fraction[places:].strip("0"):
        return None
    found = int(whole + fraction[:places].ljust(places, "0") or "0")
    return found if 0 < found <= MINOR_MAX else None


def _other(quoted: Quoted | None, currency: str) -> str:
    if quoted is None:
        return ""
    return next((one for one in (quoted.source, quoted.target) if one not in ("", currency)), "")


def _rate(text: str) -> Decimal | None:
    plain = text.strip().replace(",", ".")
    if not plain or len(plain) > _RATE_DIGITS_MAX:
        return None
    if not plain.replace(".", "", 1).isdecimal() or not plain.isascii():
        return None
    try:
        rate = Decimal(plain)
    except InvalidOperation:
        return None
    return rate if 0 < rate < _RATE_MAX else None


def _as_meant(rate: Decimal, implied: Decimal) -> Decimal | None:
    """Return the rate the way round that fits the amounts; None where none does."""
    ways = (rate, 1 / rate, rate / 100, 100 / rate)
    best = min(ways, key=lambda one: max(one / implied, implied / one))
    return best if abs(best - implied) <= implied * _FAR else None


def _as_named(rate: Decimal, quoted: Quoted, other: str) -> Decimal | None:
    """Return the rate by its currencies: one of `unit`, else of `source`, is so much of the other.

    None where they are not named.
    """
    unit = quoted.unit or quoted.source
    if not unit or not (quoted.source and quoted.target):
        return None
    return rate if unit == other else 1 / rate


def _kept(rate: Decimal | None) -> Decimal | None:
    if rate is None or not _PLACES <= rate < _RATE_MAX:
        return None
    return rate.quantize(_PLACES)
