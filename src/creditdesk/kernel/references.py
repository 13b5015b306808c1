"""Document numbers and names as people and banks write them, brought to one form for comparing."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_NOT_ALNUM = re.compile(r"[^0-9A-Z]+")
_SPLIT = re.compile(r"[^0-9A-Za-z]+")
_TRANSLITERATE = str.maketrans(
    {
        "ß": "ss",
        "ẞ": "SS",
        "ø": "o",
        "Ø": "O",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "Ä": "AE",
        "Ö": "OE",
        "Ü": "UE",
    }
)
_LEGAL_FORM_WORDS = (
    "AB AG AS APS BV BVBA CO COMPANY CORP CORPORATION CV EIRL EURL FOUNDATION GBR GMBH INC "
    "INCORPORATED KFT KG KGAA LIMITED LLC LLP LP LTD LTDA MBH NV OHG OY OYJ PLC PTY PTE SA SAS "
    "SARL SE SL SNC SPA SPOL SRL SRO UG US USA AND UND ET THE"
)
_LEGAL_FORMS = frozenset(_LEGAL_FORM_WORDS.split())
# The same names come again and again: so many are kept with their keys.
NAMES_KEPT: Final = 20_000
_DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,}")


def fold(text: str) -> str:
    """Return the text in plain upper-case ASCII: umlauts written out, accents dropped."""
    if text.isascii():
        return text.upper()
    plain = unicodedata.normalize("NFKD", text.translate(_TRANSLITERATE))
    return plain.encode("ascii", "ignore").decode().upper()


def reference_key(reference: str) -> str:
    """Return letters and digits only, upper case: `inv 2026/0012` and `INV-2026-0012` agree."""
    return _NOT_ALNUM.sub("", fold(reference))


def words(text: str) -> list[str]:
    """Return the alphanumeric words of a text, folded."""
    return [word for word in _SPLIT.split(fold(text)) if word]


@lru_cache(maxsize=NAMES_KEPT)
def name_key(name: str) -> str:
    """Return a company name for comparing: folded, without punctuation and legal form.

    `Müller & Söhne GmbH` and `MUELLER SOEHNE` agree; a name that is only a legal form keeps it.
    """
    dotted = _DOTTED.sub(lambda found: found.group().replace(".", ""), name)
    every = words(dotted)
    kept = [word for word in every if word not in _LEGAL_FORMS]
    return " ".join(kept or every)
