"""Errors and other sentences of the rooms in a reader's language, found by their form.

Rooms speak English, with values filled in. The catalogues hold each such sentence with numbers
in its places ("There is no payment {1}"): a sentence that fits a form is said in the translation
of the form, with the same values; one that fits none stays as it was raised.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from babel.messages.mofile import read_mo
from django.utils.translation import get_language, gettext

from creditdesk.kernel.errors import DomainError, Invalid

PACKAGE = Path(__file__).resolve().parents[1]
ENGLISH = "en"
_PLACE = re.compile(r"\{(\d)\}")
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Form:
    """A sentence with places, as it is raised and as it is said."""

    raised: re.Pattern[str]
    said: str
    fixed_length: int


@dataclass(frozen=True, slots=True)
class Sentences:
    """What the rooms say in one language: whole texts, and forms, the most exact ones first."""

    whole: Mapping[str, str]
    forms: tuple[Form, ...]


def said(text: str) -> str:
    """Return a sentence of the rooms in the language Django speaks at the moment."""
    if not text:
        return ""
    translated = gettext(text)
    return translated if translated != text else said_in(text, get_language() or ENGLISH)


def said_in(text: str, language: str) -> str:
    """Return a sentence of the rooms in a language; needs neither settings nor rooms loaded."""
    if not text or language.startswith(ENGLISH):
        return text
    known = sentences(language)
    return known.whole.get(text) or filled(text, known.forms, known.whole)


def sentence(error: DomainError) -> str:
    """Return what is wrong and how to mend it, in the reader's language."""
    mend = said(error.mend) if isinstance(error, Invalid) else ""
    return f"{said(error.message)}. {mend}".strip() if mend else said(error.message)


def filled(text: str, forms: Iterable[Form], whole: Mapping[str, str] = _NOTHING) -> str:
    """Return the sentence by the first form it fits; the caller puts the most exact ones first.

    A value of several words that is a text of its own is said in its own translation.
    """
    for form in forms:
        found = form.raised.fullmatch(text)
        if found:
            return _with_values(form.said, found.groups(), whole)
    return text


def _with_values(text: str, values: Sequence[str], whole: Mapping[str, str]) -> str:
    def value(place: re.Match[str]) -> str:
        given = values[int(place[1]) - 1]
        return whole.get(given) or given if " " in given else given

    return _PLACE.sub(value, text)


def form_of(raised: str, said_as: str) -> Form:
    """Return the form of a sentence whose places are numbered from 1 in order."""
    fixed = _PLACE.split(raised)[::2]
    pattern = "(.+?)".join(re.escape(part) for part in fixed)
    return Form(re.compile(pattern, re.DOTALL), said_as, sum(map(len, fixed)))


@functools.cache
def sentences(language: str) -> Sentences:
    """Return what every catalogue of the product says in a language."""
    whole: dict[str, str] = {}
    for path in sorted(PACKAGE.glob(f"**/locale/{language}/LC_MESSAGES/django.mo")):
        with path.open("rb") as compiled:
            catalogue = read_mo(compiled)
        for message in catalogue:
            if isinstance(message.id, str) and isinstance(message.string, str) and message.string:
                whole.setdefault(message.id, message.string)
    whole.pop("", None)
    forms = [form_of(raised, told) for raised, told in whole.items() if "{1}" in raised]
    return Sentences(whole, tuple(sorted(forms, key=lambda form: -form.fixed_length)))
