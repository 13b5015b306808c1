"""The desk in German: chosen by the reader, complete, figures and dates with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.test import Client
from django.utils.translation import override

import creditdesk
from creditdesk.faces.cli import messages
from creditdesk.look.tags.figures import money_text
from creditdesk.look.words import decimal

PACKAGE = Path(creditdesk.__file__).parent
BLOCKS = re.compile(
    r"{% blocktranslate.*?{% endblocktranslate %}|{% comment.*?{% endcomment %}", re.DOTALL
)
TAGS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
MARKUP = re.compile(r"<(?:script|style).*?</(?:script|style)>|<[^>]*>|&\w+;", re.DOTALL)
# Names and keys that read the same in every language.
NAMES = {
    "GBP",
    "DSO",
    "PDF",
    "UBL",
    "CII",
    "creditdesk",
    "CSV",
    "XLSX",
    "Message",
    "ID",
    "Esc",
    "Enter",
    "kbd",
}
# Invented people and papers of the page of components.
NAMES |= {"PAYDEX", "INV", "Janet", "Okafor", "accounts", "calder", "valley", "example"}
PLACES = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")


def catalogue(room: str) -> Catalog:
    path = PACKAGE / room / "locale" / "de" / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return Catalog(locale="de")
    with path.open("rb") as source:
        return read_po(source, locale="de")


def forms(text: str | Iterable[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


@pytest.fixture(scope="module")
def texts() -> dict[str, list[messages.Text]]:
    return messages.gathered()


def test_every_text_has_its_german(texts: dict[str, list[messages.Text]]) -> None:
    missing = []
    for room, found in texts.items():
        known = catalogue(room)
        for text in found:
            message = known.get(forms(text.msgid)[0], text.context)
            if message is None or not all(forms(message.string)):
                missing.append((room, text.place, forms(text.msgid)[0]))
    assert missing == [], "run `make messages` and translate what is empty"


def test_a_translation_fills_the_same_places(texts: dict[str, list[messages.Text]]) -> None:
    differing = []
    for room in texts:
        for message in catalogue(room):
            if not message.id:
                continue
            wanted = set(PLACES.findall(forms(message.id)[-1]))
            differing += [
                (room, text)
                for text in forms(message.string)[-1:]
                if set(PLACES.findall(text)) != wanted
            ]
    assert differing == []


def test_templates_leave_no_text_untranslated() -> None:
    bare = {}
    for path in sorted(PACKAGE.rglob("templates/**/*.html")):
        text = path.read_text(encoding="utf-8")
        for pattern in (BLOCKS, TAGS, MARKUP):
            text = pattern.sub(" ", text)
        words = re.findall(r"[A-Za-z]{2,}", text)
        if set(words) - NAMES:
            bare[str(path.relative_to(PACKAGE))] = sorted(set(words) - NAMES)
    assert bare == {}


def test_no_catalogue_holds_what_nobody_reads(texts: dict[str, list[messages.Text]]) -> None:
    for path in PACKAGE.rglob("*.po"):
        room = str(path.parents[3].relative_to(PACKAGE))
        read = {forms(text.msgid)[0] for text in texts[room]}
        assert {forms(m.id)[0] for m in catalogue(room) if m.id} - read == set(), room


@pytest.mark.django_db
def test_the_reader_chooses_the_language() -> None:
    client = Client()
    answer = client.post("/language/", {"language": "de", "next": "/login/"})

    assert (answer.status_code, answer.url) == (302, "/login/")
    page = client.get("/login/").content.decode()
    assert '<html lang="de"' in page
    assert "Anmelden" in page
    assert client.post("/language/", {"language": "de", "next": "//evil.example/"}).url == "/"


def test_figures_follow_the_language() -> None:
    with override("de"):
        assert money_text(123_456_789, "EUR") == "1\u202f234\u202f567,89 EUR"
        assert decimal(46.25) == "46,3"
    with override("en"):
        assert money_text(-5, "EUR") == "\u22120.05 EUR"
        assert decimal(-46.24) == "\u221246.2"
