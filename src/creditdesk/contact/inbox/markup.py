"""The text of a page of HTML: nothing of it is ever shown as markup.

The standard parser looks ahead anew at each broken mark, so that a page made for it takes minutes.
This one reads each character once, and takes a broken page as far as it makes sense.
"""

from __future__ import annotations

import html
import re
import string
from typing import Final

_HIDDEN: Final = frozenset(
    ("script", "style", "head", "title", "template", "noscript", "svg", "math", "object")
)
_BREAKS: Final = frozenset(
    ("p", "div", "br", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6",
     "blockquote", "pre", "hr", "section", "article", "header", "footer", "dt", "dd")
)  # fmt: skip
_FOLD: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9]{0,20}")
_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0]+")


def text_of(page: str) -> str:
    """Return the text a page shows, block by block; scripts, styles and comments are no text."""
    found: list[str] = []
    folded = page.translate(_FOLD)  # as long as the page, unlike what lower() makes
    at = 0
    while at < len(page):
        mark = page.find("<", at)
        if mark < 0:
            found.append(_said(page[at:]))
            break
        found.append(_said(page[at:mark]))
        at = _after(page, folded, mark, found)
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(found).split("\x1e"))
    return _without_gaps(list(lines))


def _after(page: str, folded: str, mark: int, found: list[str]) -> int:
    """Return where to read on after a mark; what is hidden or never ends is passed over."""
    if page.startswith("<!--", mark):
        return _end_of(folded, "-->", mark + 4)
    name = _NAME.match(page, mark + 1)
    if name is None and page[mark + 1 : mark + 2] not in ("!", "?", "/"):
        found.append("<")
        return mark + 1
    end = _end_of(folded, ">", mark + 1)
    tag = name[0].lower() if name else ""
    if tag in _HIDDEN and page[end - 2 : end] != "/>":
        closing = _end_of(folded, f"</{tag}", end)
        return _end_of(folded, ">", closing)
    if tag.lstrip("/") in _BREAKS:
        found.append("\x1e")
    elif tag in ("td", "th"):
        found.append(" ")
    return end


def _end_of(folded: str, mark: str, start: int) -> int:
    """Return where what is found ends; the end of the page if it is not there."""
    at = folded.find(mark, start)
    return len(folded) if at < 0 else at + len(mark)


def _said(text: str) -> str:
    """Return a text with its characters for what names or numbers them."""
    try:
        return html.unescape(text).replace("\x1e", " ")
    except ValueError:  # a number of thousands of digits
        return text.replace("\x1e", " ")


def _without_gaps(lines: list[str]) -> str:
    """Return the lines, never more than one empty one between two."""
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip()
