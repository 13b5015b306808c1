"""What looks like fraud or worse when somebody applies. Pure.

A signal is a code, what it rests on, and how heavy it weighs; its sentence is `wording`'s. What
stops an automatic approval stands in one table, so that nobody has to look for it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from creditdesk.assessment.evidence.rules.mail_domains import is_throw_away
from creditdesk.customers import identifiers
from creditdesk.kernel.references import fold

Severity = Literal["note", "concern", "grave"]
# Code → severity, and whether nobody is approved automatically while it stands.
WEIGHT: Final[Mapping[str, tuple[Severity, bool]]] = {
    "shared_bank_account": ("grave", True),
    "throw_away_mail": ("grave", True),
    "country_vat": ("concern", True),
    "country_iban": ("concern", True),
    "identifier_wrong": ("concern", True),
    "many_same_email": ("concern", True),
    "many_same_phone": ("concern", True),
    "many_same_address": ("concern", True),
    "many_same_network": ("concern", True),
    "name_differs": ("concern", True),
    "country_differs": ("concern", True),
    "not_registered": ("concern", True),
    "not_active": ("grave", True),
    "insolvent": ("grave", True),
    "accounts_overdue": ("note", False),
    "hit_open": ("grave", True),
    "hit_confirmed": ("grave", True),
}
_TRACED: Final = ("email", "phone", "address", "network")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What somebody stated when applying; empty where nothing was. `network` is their address."""

    name: str = ""
    email: str = ""
    phone: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    vat_number: str = ""
    lei: str = ""
    duns: str = ""
    bank_account: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What else is known: customers with the same account, and earlier openings by kind."""

    account_holders: Sequence[str] = ()
    openings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raised:
    """A signal, and what it rests on."""

    code: str
    params: Mapping[str, str]

    @property
    def severity(self) -> Severity:
        """How heavy it weighs."""
        return WEIGHT[self.code][0]

    @property
    def stops_automatic(self) -> bool:
        """Whether nobody is approved automatically while it stands."""
        return WEIGHT[self.code][1]


def signals(opening: Opening, known: Known, *, most: int, days: int) -> tuple[Raised, ...]:
    """Return what looks wrong with an opening; `most` openings of a kind in `days` are usual.

    The counts of `known` are of other openings: this one comes on top.
    """
    return (
        *_shared(known),
        *_mail(opening),
        *_identifiers(opening),
        *_countries(opening),
        *_many(known, most, days),
    )


def _shared(known: Known) -> Iterator[Raised]:
    if known.account_holders:
        yield Raised("shared_bank_account", {"customers": ", ".join(known.account_holders)})


def _mail(opening: Opening) -> Iterator[Raised]:
    domain = opening.email.rpartition("@")[2].strip().lower()
    if is_throw_away(domain):
        yield Raised("throw_away_mail", {"domain": domain})


def _identifiers(opening: Opening) -> Iterator[Raised]:
    given = {
        "vat_number": identifiers.vat_fault(opening.vat_number, opening.country),
        "lei": identifiers.lei_fault(opening.lei),
        "duns": identifiers.duns_fault(opening.duns),
        "iban": _iban_fault(opening),
    }
    for kind, fault in given.items():
        if fault:
            yield Raised("identifier_wrong", {"kind": kind, "fault": fault})


def _iban_fault(opening: Opening) -> str:
    """Return what is wrong with an IBAN; an account number that never meant to be one passes."""
    key = identifiers.compact(opening.bank_account)
    means_iban = key[:2].isalpha() and key[2:4].isdigit()
    return identifiers.iban_fault(key) if means_iban else ""


def _countries(opening: Opening) -> Iterator[Raised]:
    stated = opening.country.strip().upper()
    if not stated:
        return
    of_vat = identifiers.vat_country(opening.vat_number)
    is_vat = of_vat and not identifiers.vat_fault(opening.vat_number)
    if is_vat and of_vat != stated:
        yield Raised("country_vat", {"stated": stated, "other": of_vat})
    of_iban = identifiers.iban_country(opening.bank_account)
    if of_iban and of_iban != stated:
        yield Raised("country_iban", {"stated": stated, "other": of_iban})


def _many(known: Known, most: int, days: int) -> Iterator[Raised]:
    for kind in _TRACED:
        count = known.openings.get(kind, 0) + 1
        if known.openings.get(kind, 0) and count > most:
            yield Raised(f"many_same_{kind}", {"count": str(count), "days": str(days)})


def traces(opening: Opening) -> dict[str, str]:
    """Return by what the next opening of the same hand is recognised, brought to one form."""
    digits = "".join(one for one in opening.phone if one.isdigit()).lstrip("0")
    address = (opening.street, opening.postal_code, opening.country)
    found = {
        "email": plain_mailbox(opening.email),
        "phone": digits if len(digits) >= 6 else "",  # noqa: PLR2004 - a number and no extension
        "address": fold(" ".join(address)) if opening.street and opening.postal_code else "",
        "network": opening.network.strip(),
    }
    return {kind: value for kind, value in found.items() if value}


def plain_mailbox(email: str) -> str:
    """Return a mailbox without what many providers pass over: case, and `+label`."""
    local, mark, domain = email.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" if mark and local else ""
