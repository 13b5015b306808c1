"""Errors in the reader's language.

Rooms raise errors in English, with values filled in. The catalogues hold each such sentence with
numbers in its places ("There is no payment {1}"): a sentence that fits a form is said in the
translation of the form, with the same values; one that fits none stays as it was raised.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.mofile import read_mo
from django.apps import apps
from django.utils.translation import get_language, gettext

from creditdesk.kernel.errors import DomainError, Invalid

_PLACE = re.compile(r"\{(\d)\}")


@dataclass(frozen=True, slots=True)
class Form:
    """A sentence with places, as it is raised and as it is said."""

    raised: re.Pattern[str]
    said: str
    fixed_length: int


def said(text: str) -> str:
    """Return the sentence of an error in the reader's language."""
    if not text:
        return ""
    translated = gettext(text)
    language = get_language() or "en"
    if translated != text or language.startswith("en"):
        return translated
    return filled(text, _forms(language))


def sentence(error: DomainError) -> str:
    """Return what is wrong and how to mend it, in the reader's language."""
    mend = said(error.mend) if isinstance(error, Invalid) else ""
    return f"{said(error.message)}. {mend}".strip() if mend else said(error.message)


def filled(text: str, forms: Iterable[Form]) -> str:
    """Return the sentence by the first form it fits; the caller puts the most exact ones first."""
    for form in forms:
        found = form.raised.fullmatch(text)
        if found:
            return _with_values(form.said, found.groups())
    return text


def _with_values(text: str, values: Sequence[str]) -> str:
    return _PLACE.sub(lambda place: values[int(place[1]) - 1], text)


def form_of(raised: str, said_as: str) -> Form:
    """Return the form of a sentence whose places are numbered from 1 in order."""
    fixed = _PLACE.split(raised)[::2]
    pattern = "(.+?)".join(re.escape(part) for part in fixed)
    return Form(re.compile(pattern, re.DOTALL), said_as, sum(map(len, fixed)))


@functools.cache
def _forms(language: str) -> tuple[Form, ...]:
    found: list[Form] = []
    for config in apps.get_app_configs():
        path = Path(config.path) / "locale" / language / "LC_MESSAGES" / "django.mo"
        if not path.exists() or not config.name.startswith("creditdesk."):
            continue
        with path.open("rb") as compiled:
            catalogue = read_mo(compiled)
        found.extend(
            form_of(message.id, message.string)
            for message in catalogue
            if isinstance(message.id, str)
            and isinstance(message.string, str)
            and "{1}" in message.id
            and message.string
        )
    return tuple(sorted(found, key=lambda form: -form.fixed_length))
