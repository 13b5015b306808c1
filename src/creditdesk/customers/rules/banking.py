"""Bank details of a customer: what is acceptable, what speaks for fraud, whom to call. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from creditdesk.customers.identifiers import compact, iban_country, iban_fault
from creditdesk.kernel.references import name_key

CHANNELS: Final = ("mail", "letter", "phone", "in_person", "import")
RESULTS: Final = ("confirmed", "denied", "not_reached")
# A number or address that itself changed so lately before counts as part of the same change.
SETTLED_DAYS: Final = 30
PHONE_DIGITS_MIN: Final = 5
TEXT_LENGTH_MAX: Final = 200
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_ROUTING = re.compile(r"[A-Z0-9]{4,12}")
_LOOKS_LIKE_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a customer when bank details are to change."""

    country: str
    names: frozenset[str]
    of_others: bool
    phone_changed_lately: bool
    mail_changed_lately: bool
    was_denied: bool


def details_fault(account: str, bank_code: str) -> tuple[str, str] | None:
    """Return field and code of what cannot be right, if anything.

    An IBAN needs no bank code, and takes a BIC; any other account needs the code of its bank.
    """
    key, bank = compact(account), compact(bank_code)
    if not key:
        return ("account", "value_missing")
    if _LOOKS_LIKE_IBAN.fullmatch(key):
        if found := iban_fault(key):
            return ("account", found)
        return ("bank_code", "bic_malformed") if bank and not _BIC.fullmatch(bank) else None
    if len(key) < PHONE_DIGITS_MIN - 1 or not any(one.isdigit() for one in key):
        return ("account", "account_too_short")
    return None if _ROUTING.fullmatch(bank) else ("bank_code", "bank_code_missing")


def signals(account: str, holder: str, channel: str, known: Known) -> tuple[str, ...]:
    """Return what speaks for fraud, as codes, the gravest first."""
    return tuple(_signals(compact(account), holder, channel, known))


def _signals(account: str, holder: str, channel: str, known: Known) -> Iterator[str]:
    if known.was_denied:
        yield "account_denied_before"
    if known.of_others:
        yield "account_of_another"
    if name_key(holder) not in known.names:
        yield "holder_differs"
    country = iban_country(account)
    if country and known.country and country != known.country:
        yield "country_differs"
    if channel == "mail":
        yield "asked_by_mail"
    if known.phone_changed_lately:
        yield "phone_changed_lately"
    if known.mail_changed_lately:
        yield "mail_changed_lately"


def phone_key(phone: str) -> str:
    """Return the digits of a number without what people write differently at its beginning."""
    digits = "".join(one for one in phone if one.isascii() and one.isdigit())
    return digits.removeprefix("00")


def is_known_number(phone: str, known: Iterable[str]) -> bool:
    """Whether the number called is one of those known before, however it is written."""
    called = phone_key(phone)
    return len(called) >= PHONE_DIGITS_MIN and called in {phone_key(one) for one in known}


def settled(phones: Collection[str], taken_back: Collection[str], new: Collection[str]) -> set[str]:
    """Return the numbers known before: those that were replaced lately, and not those that came."""
    late = {phone_key(one) for one in new}
    kept = {one for one in phones if phone_key(one) not in late}
    return kept | {one for one in taken_back if phone_key(one) not in late}
