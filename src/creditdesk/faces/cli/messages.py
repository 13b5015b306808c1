"""The commands that gather what people read into catalogues, and compile their translations.

A text is gathered where it is written: in calls of gettext, in templates, in the helps of
commands, and in the errors that are raised. An error is written in English as it reads, often with
values filled in; its text is gathered with numbers in their places ("There is no payment {1}") and
found again by its form.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from creditdesk.faces.cli import sources

PACKAGE = Path(__file__).resolve().parents[2]
FACES = ("api", "cli")  # faces with a catalogue of their own; the others share the desk's
HELPED = ("Argument", "Option", "Typer")
COUNTING = ("ngettext", "ngettext_lazy", "npgettext", "npgettext_lazy")
WITH_CONTEXT = ("pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy")
KEYWORDS = dict.fromkeys(
    ("_", "gettext", "gettext_lazy", "gettext_noop", *COUNTING, *WITH_CONTEXT), None
)
MADE = datetime(2026, 11, 22, tzinfo=UTC)
WIDTH = 100


@dataclass(frozen=True, slots=True)
class Text:
    """Something people read: one form or two, the context it was written with, and where."""

    msgid: str | tuple[str, str]
    context: str | None
    place: str


def compile_all(folder: Path = PACKAGE) -> int:
    """Write the compiled catalogue beside each catalogue; untranslated texts stay English."""
    for source in sorted(folder.rglob("*.po")):
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parents[1].name)
        with source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, catalogue)
    return 0


def gather_all(language: str, folder: Path = PACKAGE) -> int:
    """Bring each room's catalogue up to date: new texts empty, texts that are gone left out."""
    for room, texts in gathered(folder).items():
        if not texts:
            continue
        path = folder / room / "locale" / language / "LC_MESSAGES" / "django.po"
        known = Catalog(locale=language)
        if path.exists():
            with path.open("rb") as source:
                known = read_po(source, locale=language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            merged = _merged(known, texts, language)
            write_po(
                target,
                merged,
                width=WIDTH,
                sort_output=True,
                include_lineno=False,
                ignore_obsolete=True,
            )
    return 0


def gathered(folder: Path = PACKAGE) -> dict[str, list[Text]]:
    """Return every text people read, by the folder whose catalogue holds it."""
    found: dict[str, list[Text]] = {}
    errors, finders = sources.error_makers() | sources.TELLERS, sources.finders()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if not path.is_file() or {"migrations", "locale"} & set(inside.parts):
            continue
        texts = found.setdefault(_catalogue_of(inside), [])
        if path.suffix == ".py":
            code = path.read_text(encoding="utf-8")
            texts.extend(_of_calls(code, str(inside)))
            tree = ast.parse(code)
            makers = errors | finders if sources.FINDINGS in code else errors
            texts.extend(_of_errors(tree, makers, str(inside)))
            texts.extend(_of_helps(tree, str(inside)))
        elif "templates" in inside.parts and path.suffix in (".html", ".txt"):
            code = templatize(path.read_text(encoding="utf-8"))
            # What a template says outside its tags is blanked out and may look like an indent.
            lines = "\n".join(line.strip() for line in code.splitlines())
            texts.extend(_of_calls(lines, str(inside)))
    return {room: texts for room, texts in found.items() if texts}


def _catalogue_of(inside: Path) -> str:
    """Return the folder of the Django app, or the face, that a file belongs to."""
    if inside.parts[0] != "faces":
        return inside.parts[0] if len(inside.parts) > 1 else "config"
    return f"faces/{inside.parts[1]}" if inside.parts[1] in FACES else "faces/desk"


def _of_calls(code: str, place: str) -> Iterator[Text]:
    for _line, function, given, _comments in extract_python(
        io.BytesIO(code.encode()), KEYWORDS, [], {"encoding": "utf-8"}
    ):
        found = cast("str | tuple[str | None, ...] | None", given) or ()
        parts = [part for part in ((found,) if isinstance(found, str) else found) if part]
        context = str(parts.pop(0)) if parts and function in WITH_CONTEXT else None
        if len(parts) > 1 and function in COUNTING:
            yield Text((str(parts[0]), str(parts[1])), context, place)
        elif parts and parts[0]:
            yield Text(str(parts[0]), context, place)


def _of_errors(tree: ast.AST, makers: Iterable[str], place: str) -> Iterator[Text]:
    wanted = set(makers)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and sources.name_of(node) in wanted:
            mends = (keyword.value for keyword in node.keywords if keyword.arg in sources.SAID)
            for given in (*node.args, *mends):
                text = _form(given)
                if re.search(r"[A-Za-z]{2,}\W+[A-Za-z]{2,}", text):
                    yield Text(text, None, place)


def _of_helps(tree: ast.AST, place: str) -> Iterator[Text]:
    """Yield what `--help` says of commands and their options; hidden commands are the builders'."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            said = ast.get_docstring(node) if _is_command(node) else None
            found = [said] if said else []
        elif isinstance(node, ast.Call) and sources.name_of(node) in HELPED:
            given = (one.value for one in node.keywords if one.arg == "help")
            found = [_form(one) for one in given]
        else:
            continue
        yield from (Text(text, None, place) for text in found if text)


def _is_command(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and one.func.attr == "command"
        and isinstance(one.func.value, ast.Name)
        and not any(given.arg == "hidden" for given in one.keywords)
        for one in function.decorator_list
    )


def _form(node: ast.expr) -> str:
    """Return a text as written, its filled-in places numbered from 1."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    places = iter(range(1, len(node.values) + 1))
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else f"{{{next(places)}}}"
        for part in node.values
    )


def _merged(known: Catalog, texts: Iterable[Text], language: str) -> Catalog:
    made = Catalog(
        locale=language,
        project="creditdesk",
        version="",
        copyright_holder="",
        header_comment=f"# Texts of this room in {language}.",
        creation_date=MADE,
        revision_date=MADE,
        last_translator="creditdesk",
        language_team=language,
        fuzzy=False,
    )
    for text in texts:
        key = text.msgid if isinstance(text.msgid, str) else text.msgid[0]
        earlier = known.get(key, text.context)
        kept = earlier.string if earlier and _fits(earlier.string, text.msgid) else None
        made.add(text.msgid, kept, locations=[(text.place, 0)], context=text.context)
    return made


def _fits(translated: object, msgid: str | tuple[str, str]) -> bool:
    return isinstance(translated, tuple | list) == isinstance(msgid, tuple)
