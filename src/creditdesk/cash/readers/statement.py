"""What every bank-statement reader returns, and the few ways in which it may refuse."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from operator import attrgetter

from creditdesk.kernel.currencies import CURRENCIES
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import MINOR_MAX, exponent, from_minor

PROVED = "proved"
NO_BALANCES = "no_balances"

_DIGITS_MAX = 20
# Why payments come back: ISO 20022 external return codes, and Nacha's; as banks write them in text.
_RETURN_REASON = re.compile(
    r"\b(A[CGM]\d\d|BE0\d|C(?:NOR|URR|UST)|DNOR|ED05|FF0\d|FOCR|M[DS]\d\d|NARR|R[CR]\d\d|SL\d\d"
    r"|SVNR|TM01|TRAC|UPAY|R(?:[0-7]\d|8[0-5]))\b"
)
_RETURNED = re.compile(
    r"RETOURE|RETURE|R(?:UE|Ü)CK(?:LASTSCHRIFT|BELASTUNG|(?:UE|Ü)BERWEISUNG|SCHECK)|RLS-"
    r"|RETURN/|RETURN(?:ED)? (?:ITEM|PAYMENT|CHECK|CHEQUE|DEBIT)|UNPAID (?:CHEQUE|ITEM)"
    r"|REJET|IMPAYE",
    re.IGNORECASE,
)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")
_NOTHING = frozenset({"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "NOREF", "EREF", "KREF"})


@dataclass(frozen=True, slots=True)
class Line:
    """One booked movement; `minor` is positive when money came in.

    `line_no` is the line of a text file or the ordinal of the movement in an XML file;
    `reference` is the bank's own, else the payer's; `structured_references` holds what the payer
    or the bank put into a field of its own (document number, creditor reference, end-to-end id).
    `return_reason` says why a payment came back, by ISO 20022 or Nacha, where the bank says so.
    Of money exchanged on the way, `original_minor` is what was paid in `original_currency`, and
    `exchange_rate` what one unit of that was worth in the line's currency, as far as the bank says.
    """

    line_no: int
    booked_on: date
    value_on: date | None
    minor: int
    currency: str
    reference: str
    counterparty: str
    counterparty_account: str
    text: str
    structured_references: tuple[str, ...]
    is_reversal: bool
    code: str
    return_reason: str = ""
    original_currency: str = ""
    original_minor: int | None = None
    exchange_rate: Decimal | None = None

    # Lines come out of a confined child by the thousand: these two cost a fifth of the usual ones.
    def __getstate__(self) -> tuple[object, ...]:
        return _values(self)

    def __setstate__(self, values: tuple[object, ...]) -> None:
        for place, value in zip(_PLACES, values, strict=True):
            place(self, value)


_NAMES = tuple(field.name for field in fields(Line))
_values = attrgetter(*_NAMES)
_PLACES = tuple(vars(Line)[name].__set__ for name in _NAMES)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one account; `proof` is "proved" where the file's own totals add up.

    Balances are None where the format or the file carries none; `proof` is then "no_balances".
    """

    format: str
    account: str
    currency: str
    statement_id: str
    from_date: date | None
    to_date: date | None
    opening_minor: int | None
    closing_minor: int | None
    proof: str
    lines: tuple[Line, ...]


def refusal(
    code: str,
    message: str,
    *,
    file: str,
    line: int | None = None,
    field: str | None = None,
    mend: str = "Ask the bank to send the file again, and load it unchanged",
) -> Invalid:
    """Return the error that refuses a statement file, for the caller to raise."""
    return Invalid(code, message, place=Place(file=file, line=line, field=field), mend=mend)


def to_minor(text: str, currency: str, mark: str = ".") -> int:
    """Return unsigned digits with one decimal mark in minor units, exactly.

    Raises ValueError where it is no such number, or has more decimals than the currency.
    """
    whole, _, fraction = text.partition(mark)
    digits = whole + fraction
    if not (digits.isascii() and digits.isdecimal()) or len(whole) > _DIGITS_MAX:
        raise ValueError(f"{text[:40]!r} is not an amount")
    places = exponent(currency)
    if fraction[places:].strip("0"):
        raise ValueError(f"{text[:40]} {currency} has a fraction of a minor unit")
    minor = int(whole + fraction[:places].ljust(places, "0") or "0")
    if minor > MINOR_MAX:
        raise ValueError(f"{text[:40]} {currency} is too large")
    return minor


def proved(
    file: str,
    currency: str,
    balances: tuple[int | None, int | None],
    lines: Sequence[Line],
    *,
    line: int | None = None,
) -> str:
    """Return "proved" where opening + lines = closing, "no_balances" where one is not stated.

    Refuses balances (opening, closing) that the lines do not connect.
    """
    opening, closing = balances
    if opening is None or closing is None:
        return NO_BALANCES
    moved = sum(each.minor for each in lines)
    if opening + moved == closing:
        return PROVED
    expected, stated = from_minor(opening + moved, currency), from_minor(closing, currency)
    raise refusal(
        "statement_unproved",
        f"opening {from_minor(opening, currency)} and movements {from_minor(moved, currency)}"
        f" make {expected} {currency}, but the closing balance says {stated}",
        file=file,
        line=line,
        field="closing balance",
        mend="A movement is missing, doubled or altered: ask the bank for the complete statement",
    )


def squeezed(*parts: str) -> str:
    """Return the parts joined, with every run of white space as one space."""
    return " ".join(" ".join(parts).split()) if any(parts) else ""


def reference_of(*candidates: str) -> str:
    """Return the first candidate that says something ("" if none); NONREF and the like do not."""
    for candidate in candidates:
        if candidate:
            text = squeezed(candidate)
            if text.rstrip("+").upper() not in _NOTHING:
                return text
    return ""


def distinct(references: Iterable[str]) -> tuple[str, ...]:
    """Return the references that say something, each once, in their order."""
    return tuple(dict.fromkeys(found for each in references if (found := reference_of(each))))


def is_iban(text: str) -> bool:
    """Return whether the text has the shape of an IBAN (its check digits are not tried)."""
    return _IBAN.fullmatch(text) is not None


def reason_in(text: str) -> str:
    """Return the code by which a text says why a payment came back, "" if by none."""
    found = _RETURN_REASON.search(text)
    return found[1] if found else ""


def says_returned(text: str) -> bool:
    """Return whether the text begins by saying that a payment came back."""
    return _RETURNED.match(text) is not None


def is_currency(text: str) -> bool:
    """Return whether the text is an ISO 4217 code."""
    return text in CURRENCIES
