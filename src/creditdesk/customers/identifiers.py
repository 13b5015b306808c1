"""Identifiers of businesses and accounts as those who issue them check them. Pure.

VAT number, LEI (ISO 17442), D-U-N-S number, IBAN (ISO 13616): forms and check digits come from
python-stdnum. A fault is a code, and an empty text where nothing is wrong; a number of a country
whose form nobody knows here is not held against anybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from stdnum import get_cc_module, iban, lei
from stdnum.exceptions import InvalidChecksum, ValidationError

_NOT_ALNUM = re.compile(r"[^0-9A-Z]+")
_COUNTRY = re.compile(r"[A-Z]{2}")
DUNS_DIGITS: Final = 9
# How VAT numbers begin where that is not the country's own code.
_VAT_PREFIX: Final[Mapping[str, str]] = {"GR": "EL"}
_VAT_COUNTRY: Final[Mapping[str, str]] = {"EL": "GR", "XI": "GB"}


def compact(text: str) -> str:
    """Return an identifier as letters and digits only, upper case."""
    return _NOT_ALNUM.sub("", text.upper())


def vat_country(number: str) -> str:
    """Return the country a VAT number begins with, or an empty text."""
    prefix = compact(number)[:2]
    return _VAT_COUNTRY.get(prefix, prefix) if _COUNTRY.fullmatch(prefix) else ""


def iban_country(account: str) -> str:
    """Return the country of an IBAN, or an empty text where the account number is none."""
    key = compact(account)
    return key[:2] if not iban_fault(key) else ""


def vat_fault(number: str, country: str = "") -> str:
    """Return why a VAT number cannot be right: `vat_malformed`, `vat_check_digits` or "".

    It may stand with its country's prefix or, where `country` is given, without.
    """
    key = compact(number)
    if not key:
        return ""
    named = vat_country(key)
    of = _vat_module(named) if named else None
    if of is None and country:
        of = _vat_module(country.upper())
        if of is None:
            return ""
        return _fault(of.validate, key, "vat")
    if of is None:
        return "" if named else "vat_malformed"
    bare = key if named == "CH" else key[2:]
    found = _fault(of.validate, bare, "vat")
    # Some carry no prefix and begin with letters all the same, such as a Spanish one of a company.
    if found and country and country.upper() != named:
        other = _vat_module(country.upper())
        return _fault(other.validate, key, "vat") if other else found
    return found


def lei_fault(code: str) -> str:
    """Return why a legal entity identifier cannot be right: `lei_malformed`, `lei_check_digits`."""
    key = compact(code)
    return _fault(lei.validate, key, "lei") if key else ""


def duns_fault(number: str) -> str:
    """Return why a D-U-N-S number cannot be right: `duns_malformed`, or ""; it has no check digit.

    Its issuer dropped the check digit in 2006, so nine digits are all there is to hold it to.
    """
    key = compact(number)
    wrong = key and not (len(key) == DUNS_DIGITS and key.isascii() and key.isdigit())
    return "duns_malformed" if wrong or key == "0" * DUNS_DIGITS else ""


def iban_fault(account: str) -> str:
    """Return why an IBAN cannot be right: `iban_malformed`, `iban_check_digits` or ""."""
    key = compact(account)
    if key and not _COUNTRY.fullmatch(key[:2]):
        return "iban_malformed"
    return _fault(iban.validate, key, "iban") if key else ""


FAULT_OF: Final[Mapping[str, Callable[[str], str]]] = {
    "vat_number": vat_fault,
    "lei": lei_fault,
    "duns": duns_fault,
    "iban": iban_fault,
}


def vat_parts(number: str, country: str = "") -> tuple[str, str] | None:
    """Return the prefix and the rest of a VAT number as registers ask for them; None without."""
    key = compact(number)
    if not key or vat_fault(key, country):
        return None
    prefix = key[:2]
    if _COUNTRY.fullmatch(prefix) and _vat_module(vat_country(key)) is not None:
        return prefix, key[2:]
    if not country:
        return None
    return _VAT_PREFIX.get(country.upper(), country.upper()), key


def _fault(validate: Callable[[str], Any], text: str, of: str) -> str:
    try:
        validate(text)
    except InvalidChecksum:
        return f"{of}_check_digits"
    except ValidationError:
        return f"{of}_malformed"
    return ""


@cache
def _vat_module(country: str) -> Any:  # noqa: ANN401 - a module of an untyped library
    if not _COUNTRY.fullmatch(country):
        return None
    try:
        return get_cc_module("gb" if country == "XI" else country.lower(), "vat")
    except (ImportError, ValueError):
        return None
