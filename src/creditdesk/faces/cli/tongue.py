"""The language the command line speaks: set, or that of the terminal.

Texts are looked up here and not with Django, which many commands never start; in English nothing
is read at all. Work is done in no language: only what is said is translated, so that nothing kept
depends on who typed the command.
"""

from __future__ import annotations

import functools
import gettext as catalogues
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from creditdesk.kernel.errors import DomainError, Invalid

SETTING = "CREDITDESK_LANGUAGE"
ENGLISH = "en"
LANGUAGES = (ENGLISH, "de")
UNSPOKEN = ("C", "POSIX")
FOLDER = Path(__file__).resolve().parent / "locale"
DOMAIN = "django"


def language(environment: Mapping[str, str] | None = None) -> str:
    """Return the language of the setting, else of the terminal, else English.

    The terminal's is the first we have of LANGUAGE, else that of LC_ALL, LC_MESSAGES or LANG,
    whichever is set first; where that is C, a program is reading, and English is spoken.
    """
    given = os.environ if environment is None else environment
    chosen = _known(given.get(SETTING, ""))
    if chosen:
        return chosen
    names = (given.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, names), "")
    if locale in UNSPOKEN:
        return ENGLISH
    asked = [*given.get("LANGUAGE", "").split(":"), locale]
    return next(filter(None, map(_known, asked)), ENGLISH)


def _known(name: str) -> str:
    """Return the language of a name such as de_AT.UTF-8 if we speak it."""
    code = name.replace("-", "_").partition("_")[0].partition(".")[0].strip().lower()
    return code if code in LANGUAGES else ""


@functools.cache
def _catalogue(of: str) -> catalogues.NullTranslations:
    return catalogues.translation(DOMAIN, FOLDER, [of], fallback=True)


def gettext(text: str, /, **values: object) -> str:
    """Return a text of the command line in its language, its places filled."""
    spoken = language()
    said_as = text if spoken == ENGLISH else _catalogue(spoken).gettext(text)
    return said_as % values if values else said_as


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the text for so many, which stand at `count`, in the language of the command line."""
    spoken = language()
    if spoken == ENGLISH:
        said_as = one if count == 1 else many
    else:
        said_as = _catalogue(spoken).ngettext(one, many, count)
    return said_as % {"count": count, **values}


def gettext_noop(text: str) -> str:
    """Return a text that is gathered here and looked up where it is said."""
    return text


def said(text: str) -> str:
    """Return a sentence of the rooms, an error's or a finding's, in the command line's language."""
    if language() == ENGLISH:
        return text
    return str(import_module("creditdesk.look.faults").said_in(text, language()))


def sentence(error: DomainError) -> str:
    """Return what is wrong, where, and how to mend it, as one line."""
    if language() == ENGLISH or not isinstance(error, Invalid):
        return said(str(error))
    place, mend = error.place, said(error.mend)
    line = gettext("line %(line)d", line=place.line) if place.line else None
    where = ", ".join(part for part in (place.file, line, place.field) if part)
    text = f"{where}: {said(error.message)}" if where else said(error.message)
    return f"{text}. {mend}" if mend else text


@contextmanager
def spoken() -> Iterator[None]:
    """Let the rooms' wording speak the language of the command line too, inside the block."""
    if language() == ENGLISH:
        yield
        return
    with import_module("django.utils.translation").override(language()):
        yield
