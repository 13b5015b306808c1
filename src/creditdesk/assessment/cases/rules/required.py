"""What is asked of an applicant, and what each class of them must give. Pure.

Nothing asked here is a basis on which credit must not be decided (12 CFR 1002.5): no sex, marital
status, origin, religion or age, and no signature of a spouse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from creditdesk.kernel.errors import Invalid, Place

SMALL, MEDIUM, LARGE, SOLE_TRADER = "small", "medium", "large", "sole_trader"
CLASSES: Final = (SMALL, MEDIUM, LARGE, SOLE_TRADER)
# Natural persons: a human decides, and an objection may be filed (GDPR article 22).
NATURAL_PERSONS: Final = frozenset({SOLE_TRADER})
REFERENCES_MAX: Final = 3
LENGTH_MAX: Final = 500
AMOUNT_DIGITS_MAX: Final = 13
WHOLE_DIGITS_MAX: Final = 7

COMPANY: Final = (
    "legal_name", "legal_form", "register_number", "vat_number", "street", "postal_code", "city",
    "country",
)  # fmt: skip
PERSON: Final = ("contact_name", "contact_email", "contact_phone")
BUSINESS: Final = ("industry", "founded_in", "employees", "annual_revenue", "monthly_purchases")
OWNER: Final = ("owner_name", "owner_income", "owner_debt_service")
REFERENCES: Final = tuple(
    f"reference_{n}_{part}" for n in range(1, REFERENCES_MAX + 1) for part in ("name", "email")
)
FIELDS: Final = (*COMPANY, *PERSON, *BUSINESS, *OWNER, *REFERENCES)
AMOUNTS: Final = frozenset(
    {"annual_revenue", "monthly_purchases", "owner_income", "owner_debt_service"}
)
WHOLE: Final = frozenset({"founded_in", "employees"})
EMAILS: Final = frozenset({"contact_email", *(one for one in REFERENCES if one.endswith("email"))})
_EMAIL: Final = re.compile(r"[^\s@<>\",;:]+@[^\s@<>\",;:.]+(?:\.[^\s@<>\",;:.]+)+")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What applicants of a class give: fields, answered references, years of statements, papers."""

    fields: tuple[str, ...]
    references: int = 0
    statements: int = 0
    documents: tuple[str, ...] = ()


_EVERYBODY: Final = (
    "legal_name", "street", "postal_code", "city", "country", "contact_name", "contact_email",
)  # fmt: skip
REQUIRED: Final[Mapping[str, Requirement]] = {
    SOLE_TRADER: Requirement((*_EVERYBODY, "owner_name", "monthly_purchases"), references=1),
    SMALL: Requirement((*_EVERYBODY, "legal_form", "monthly_purchases"), references=1),
    MEDIUM: Requirement(
        (*_EVERYBODY, "legal_form", "register_number", "annual_revenue", "monthly_purchases"),
        references=2, statements=1,
    ),
    LARGE: Requirement(
        (*_EVERYBODY, "legal_form", "register_number", "vat_number", "annual_revenue",
         "monthly_purchases"),
        references=2, statements=2, documents=("register_extract",),
    ),
}  # fmt: skip
DOCUMENTS: Final = ("financial_statement", "register_extract", "bank_letter", "guarantee", "other")


@dataclass(frozen=True, slots=True)
class Folder:
    """What a case folder holds that counts as given."""

    fields: frozenset[str]
    references: int
    statements: int
    documents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a class must give and has not: a field, references, statements or a paper."""

    kind: str
    what: str = ""
    count: int = 1


def missing(customer_class: str, folder: Folder) -> tuple[Missing, ...]:
    """Return what is still missing in a folder, in the order of the form."""
    needed = REQUIRED[customer_class]
    found = [Missing("field", one) for one in needed.fields if one not in folder.fields]
    if folder.references < needed.references:
        found.append(Missing("references", count=needed.references - folder.references))
    if folder.statements < needed.statements:
        found.append(Missing("statements", count=needed.statements - folder.statements))
    found += [Missing("document", one) for one in needed.documents if one not in folder.documents]
    return tuple(found)


def cleaned(data: Mapping[str, str]) -> dict[str, str]:
    """Return what a form gave, stripped and without empty fields; Invalid names a faulty one."""
    found: dict[str, str] = {}
    for name, given in data.items():
        value = " ".join(given.split())
        if name not in FIELDS:
            raise application_field_unknown(name)
        if not value:
            continue
        fault = _fault(name, value)
        if fault:
            raise application_field_faulty(name, fault)
        found[name] = value.upper() if name in ("country", "vat_number") else value
    return found


def _fault(name: str, value: str) -> str:
    """Return how to mend a value; empty where it can stand."""
    is_whole = value.isascii() and value.isdecimal() and len(value) <= WHOLE_DIGITS_MAX
    checks = (
        (len(value) > LENGTH_MAX, "Shorten it"),
        (_CONTROL.search(value), "Remove the invisible character"),
        (name in EMAILS and not _EMAIL.fullmatch(value), "Write it as name@example.com"),
        (
            name == "country" and not _COUNTRY.fullmatch(value.upper()),
            "Use the two letters of the country, such as DE",
        ),
        (name in WHOLE and not is_whole, "Write a whole number"),
        (name in AMOUNTS and not _is_amount(value), "Write it as 1234.50"),
    )
    return next((mend for is_wrong, mend in checks if is_wrong), "")


def _is_amount(value: str) -> bool:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return False
    return amount.is_finite() and amount >= 0 and amount.adjusted() < AMOUNT_DIGITS_MAX


def amount_of(data: Mapping[str, str], name: str) -> Decimal | None:
    """Return an amount of the form in units of its currency; nothing where none was given."""
    return Decimal(data[name]) if data.get(name) else None


def referees(data: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the names and addresses of whom the applicant named as references."""
    pairs = [
        (data.get(f"reference_{n}_name", ""), data.get(f"reference_{n}_email", ""))
        for n in range(1, REFERENCES_MAX + 1)
    ]
    return [(name or email, email) for name, email in pairs if email]


def asked_fields(customer_class: str) -> Sequence[str]:
    """Return the fields the form of a class shows: all but the owner's where there is none."""
    left_out = () if customer_class in NATURAL_PERSONS else OWNER
    return [one for one in FIELDS if one not in left_out]


def application_field_unknown(name: str) -> Invalid:
    """Return the fault of a field the form does not have."""
    return Invalid(
        "application_field_unknown",
        "An application has no such field",
        place=Place(field=name[:60]),
        mend="Leave it out",
    )


def application_field_faulty(name: str, mend: str) -> Invalid:
    """Return the fault of a field that cannot stand so."""
    return Invalid(
        "application_field_faulty",
        "The field cannot stand like that",
        place=Place(field=name),
        mend=mend,
    )
