"""Links lead somewhere, commands exist, and the pages speak of the product alone."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from creditdesk.faces.cli import main
from tests.docs import pages
from tests.docs.pages import ROOT

PAGES = pages.pages()
# Drawn by `make screenshots`, which needs a browser.
DRAWN = ROOT / "docs" / "images"
PLACEHOLDERS = re.compile(r"[A-Z_]+|…|\.\.\.")


def shown(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_links_lead_somewhere(page: Path) -> None:
    for link in pages.links(page):
        if DRAWN in link.target.parents:
            continue
        assert link.target.exists(), f"{shown(page)}: {link.target} is missing"
        if link.anchor:
            assert link.anchor in pages.anchors(link.target), f"{shown(page)}: #{link.anchor}"


def commands() -> dict[str, Any]:
    """Every command that can be typed, by its words."""
    found: dict[str, Any] = {}

    def walk(command: Any, words: str) -> None:
        found[words] = command
        for name, sub in getattr(command, "commands", {}).items():
            walk(sub, f"{words} {name}")

    walk(typer.main.get_command(main.app), "creditdesk")
    return found


def fault(typed: str, known: dict[str, Any]) -> str:
    """Why a command cannot be typed so, or an empty text."""
    words = shlex.split(re.sub(r"[<>|&;].*$", "", typed), comments=True)
    name = words.pop(0)
    while words and f"{name} {words[0]}" in known:
        name += f" {words.pop(0)}"
    command = known[name]
    if hasattr(command, "commands"):
        plain = [word for word in words if not PLACEHOLDERS.fullmatch(word)]
        return f"{name} {plain[0]} does not exist" if plain and plain != ["--help"] else ""
    options = {option for one in command.params for option in one.opts} | {"--help"}
    given = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
    return f"{name} has no {sorted(given - options)}" if given - options else ""


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_what_is_to_be_typed_exists(page: Path) -> None:
    known = commands()
    assert [said for one in pages.typed(page) if (said := fault(one, known))] == []


def test_a_command_that_does_not_exist_is_noticed() -> None:
    known = commands()
    assert fault("creditdesk frobnicate", known)
    assert fault("creditdesk day --twice", known)
    assert fault("creditdesk bank eat file.sta", known)
    assert not fault("creditdesk bank read file.sta --json | head", known)


def test_every_page_of_the_documentation_can_be_reached_from_its_index() -> None:
    reached, todo = set[Path](), [ROOT / "docs" / "index.md", ROOT / "README.md"]
    while todo:
        page = todo.pop()
        reached.add(page)
        linked = {link.target for link in pages.links(page) if link.target.suffix == ".md"}
        todo += linked - reached
    # A decision is found in its folder, by its number.
    looked_for = {page for page in PAGES if not page.name.startswith("0")}
    assert {shown(page) for page in looked_for - reached} == set()


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_a_page_names_no_place_of_one_machine(page: Path) -> None:
    assert re.findall(r"(?:/work|/root|/home/\w+|C:\\)\S*", page.read_text(encoding="utf-8")) == []


def test_every_target_of_make_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for page in PAGES
        for target in re.findall(r"`(?:[A-Z_]+=\S+ )?make ([a-z0-9-]+)", page.read_text("utf-8"))
    }
    assert {"demo", "test"} <= named
    assert named - targets == set()
