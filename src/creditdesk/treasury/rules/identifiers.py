"""Account numbers, creditor identifiers and references as banks check them. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from stdnum import iban as iban_number
from stdnum.eu import at_02
from stdnum.exceptions import ValidationError

# What SEPA lets pass everywhere; the rest is written the way banks would.
_ALLOWED = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_REFERENCE = re.compile(r"[A-Za-z0-9/\-?:().,'+]{1,35}")
_SPELT: Final = str.maketrans(
    {"Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ẞ": "SS",
     "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "OE", "œ": "oe", "Ł": "L", "ł": "l",
     "Đ": "D", "đ": "d", "&": "+", "’": "'", "‘": "'", "–": "-", "—": "-"}
)  # fmt: skip
# Countries of the SEPA schemes outside the EEA: their accounts need the payer's address.
OUTSIDE_EEA: Final = frozenset({"AD", "AL", "CH", "GB", "GG", "IM", "JE", "MC", "MD", "ME", "MK",
                                "RS", "SM", "VA"})  # fmt: skip


def iban_of(text: str) -> str:
    """Return an IBAN without spaces; ValueError where length or check digits do not hold."""
    try:
        return str(iban_number.validate(text))
    except ValidationError as error:
        raise ValueError("this is no IBAN, or a digit is wrong") from error


def creditor_identifier_of(text: str) -> str:
    """Return a creditor identifier without spaces; ValueError where a check digit is wrong."""
    try:
        return str(at_02.validate(text))
    except ValidationError as error:
        raise ValueError("this is no creditor identifier, or a digit is wrong") from error


def is_reference(text: str) -> bool:
    """Whether a text may be a mandate reference: up to 35 letters of SEPA's, no spaces."""
    return _REFERENCE.fullmatch(text) is not None and not text.startswith("/") and "//" not in text


def sepa_text(text: str, length: int) -> str:
    """Return a text in SEPA's letters, accents spelt out, of at most that length."""
    spelt = unicodedata.normalize("NFKD", text.translate(_SPELT))
    bare = "".join(each for each in spelt if not unicodedata.combining(each))
    return " ".join(_ALLOWED.sub(" ", bare).split())[:length].strip()


def masked(iban: str) -> str:
    """Return an account number as people see it who need not know all of it."""
    return f"{iban[:4]} … {iban[-4:]}" if len(iban) > 8 else iban  # noqa: PLR2004 - both ends
