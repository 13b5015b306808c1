"""The pages of the documentation and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(creditdesk [^`]+)`")


def pages() -> list[Path]:
    """Every page of the product, at the top of the repository and under docs."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a page to a file of ours, and the heading in it."""

    page: Path
    target: Path
    anchor: str


def links(page: Path) -> Iterator[Link]:
    for address in _LINK.findall(page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", address):
            path, _, anchor = address.partition("#")
            yield Link(page, (page.parent / path).resolve() if path else page, anchor)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    found = set()
    for heading in _HEADING.findall(page.read_text(encoding="utf-8")):
        kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        found.add(kept.replace(" ", "-"))
    return found


def typed(page: Path) -> Iterator[str]:
    """Every `creditdesk …` a page tells the reader to type."""
    text = page.read_text(encoding="utf-8")
    for language, block in _FENCE.findall(text):
        if language in ("sh", "console"):
            for line in block.replace("\\\n", " ").splitlines():
                found = re.search(r"(?:^|\$ |[A-Z_]+=\S+ |\| |&& )(creditdesk .*)", line)
                if found:
                    yield found.group(1)
    yield from _INLINE.findall(text)
