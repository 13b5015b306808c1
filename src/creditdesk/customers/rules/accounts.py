"""What makes a customer, a contact and a bank account acceptable. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from creditdesk.customers.identifiers import FAULT_OF, vat_fault
from creditdesk.kernel.references import name_key

NUMBER_LENGTH_MAX: Final = 64
TEXT_LENGTH_MAX: Final = 500
ACCOUNT_LENGTH_MIN: Final = 4
EDITABLE: Final = (
    "name", "currency", "language", "country", "street", "postal_code", "city", "vat_number",
    "lei", "duns", "buys_as", "segment", "note",
)  # fmt: skip
CONTACT_EDITABLE: Final = ("name", "role", "email", "phone", "language", "is_primary", "is_active")
# What the law on late payment asks of a debtor; not stated counts as a business.
BUSINESS: Final = "business"
CONSUMER: Final = "consumer"
BUYS_AS: Final = ("", BUSINESS, CONSUMER)
STATUSES: Final = ("active", "dormant", "closed")
_CHOICES: Final = {"status": STATUSES, "buys_as": BUYS_AS}

_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,4})?")
_EMAIL = re.compile(r"[^\s@<>\",;:]+@[^\s@<>\",;:.]+(?:\.[^\s@<>\",;:.]+)+")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NOT_ALNUM = re.compile(r"[^0-9A-Z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """A person to be written to or called."""

    name: str
    email: str = ""
    phone: str = ""
    role: str = ""
    language: str = ""
    is_primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """An account to be opened; `terms_code` holds from the day it is opened.

    `reserved_id` is the id an applicant was known by before the account was opened.
    """

    number: str
    name: str
    currency: str
    country: str = ""
    language: str = "en"
    street: str = ""
    postal_code: str = ""
    city: str = ""
    vat_number: str = ""
    lei: str = ""
    duns: str = ""
    buys_as: str = ""
    segment: str = ""
    note: str = ""
    terms_code: str = ""
    group_number: str = ""
    contacts: tuple[NewContact, ...] = ()
    bank_accounts: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    reserved_id: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a value cannot be taken: the field it stands in, a code, and the value."""

    field: str
    code: str
    value: str = ""


def account_key(account: str) -> str:
    """Return an account number or IBAN as letters and digits only, upper case."""
    return _NOT_ALNUM.sub("", account.upper())


def account_fault(account: str) -> str:
    """Return why an account number cannot be right, or an empty text.

    What looks like an IBAN must pass its check digits (ISO 13616, modulo 97).
    """
    key = account_key(account)
    if len(key) < ACCOUNT_LENGTH_MIN or not any(character.isdigit() for character in key):
        return "account_too_short"
    if _IBAN.fullmatch(key):
        digits = "".join(str(int(character, 36)) for character in key[4:] + key[:4])
        if int(digits) % 97 != 1:
            return "iban_check_digits"
    return ""


def faults(new: NewCustomer) -> list[Fault]:
    """Return every reason not to open the account; none means it may be opened."""
    found = [
        Fault(field, code, value)
        for field, value in (
            ("number", new.number),
            ("name", new.name),
            ("currency", new.currency),
            ("language", new.language),
            ("country", new.country),
            ("street", new.street),
            ("postal_code", new.postal_code),
            ("city", new.city),
            ("vat_number", new.vat_number),
            ("lei", new.lei),
            ("duns", new.duns),
            ("buys_as", new.buys_as),
            ("segment", new.segment),
            ("note", new.note),
        )
        if (code := value_fault(field, value))
    ]
    found += [fault for contact in new.contacts for fault in contact_faults(contact)]
    found += [
        Fault("bank_account", code, account)
        for account in new.bank_accounts
        if (code := account_fault(account))
    ]
    return found


def contact_faults(contact: NewContact) -> list[Fault]:
    """Return every reason not to keep the contact."""
    given = {"contact_name": contact.name, "email": contact.email, "phone": contact.phone}
    found = [
        Fault(field, code, value) for field, value in given.items() if (code := _text_fault(value))
    ]
    if contact.email and not _EMAIL.fullmatch(contact.email):
        found.append(Fault("email", "email_malformed", contact.email))
    if not (contact.name or contact.email or contact.phone):
        found.append(Fault("contact_name", "contact_empty"))
    if contact.language and not _LANGUAGE.fullmatch(contact.language):
        found.append(Fault("language", "language_malformed", contact.language))
    return found


def value_fault(field: str, value: str) -> str:
    """Return why the value cannot stand in that field of a customer, or an empty text."""
    if field in ("number", "name") and not value.strip():
        return "value_missing"
    if field == "name" and not name_key(value):
        # A name in a script without Latin letters has no key; it is a name all the same.
        return "" if any(character.isalnum() for character in value) else "name_without_letters"
    forms = {"currency": _CURRENCY, "country": _COUNTRY, "language": _LANGUAGE}
    if field in forms and not (field == "country" and not value):
        return "" if forms[field].fullmatch(value) else f"{field}_malformed"
    if field in ("lei", "duns"):
        return FAULT_OF[field](value)
    if field in _CHOICES:
        return "" if value in _CHOICES[field] else f"{field}_unknown"
    return _text_fault(value, NUMBER_LENGTH_MAX if field == "number" else TEXT_LENGTH_MAX)


def identifier_faults(new: NewCustomer) -> list[Fault]:
    """Return what of its identifiers cannot be right, VAT number by the customer's country."""
    code = vat_fault(new.vat_number, new.country)
    return [Fault("vat_number", code, new.vat_number)] if code else []


def _text_fault(value: str, length_max: int = TEXT_LENGTH_MAX) -> str:
    if len(value) > length_max:
        return "text_too_long"
    return "control_character" if _CONTROL.search(value) else ""


def key_of_name(name: str) -> str:
    """Return the comparing key of a name; one without Latin letters is its own key."""
    return name_key(name) or " ".join(name.casefold().split())


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return field → (before, after) of what really differs."""
    return {
        field: (before[field], value) for field, value in after.items() if before[field] != value
    }


# A history row names a personal value by this mark and its salted digest.
PERSONAL_MARK: Final = "personal:"
PERSONAL_FIELDS: Final = frozenset({"name", "street", "postal_code", "city", "note"})


def is_personal(field: str) -> bool:
    """Whether a changed field holds personal data: everything said of people, and addresses."""
    return field in PERSONAL_FIELDS or field.startswith(("contact", "bank details"))
