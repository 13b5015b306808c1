"""Pages of the reference as Markdown."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence

Table = Iterable[Sequence[object]]


def page(title: str, *parts: str) -> str:
    """Return a page with a note of where it comes from."""
    note = "<!-- Made by `make docs` from the code; change the code instead. -->"
    return "\n\n".join([f"# {title}", note, *(part for part in parts if part)]) + "\n"


def table(headings: Sequence[str], rows: Table) -> str:
    """Return a table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cell(one) for one in line)} |" for line in lines)


def cell(value: object) -> str:
    """Return a value as it may stand in a table."""
    return " ".join(str(value).split()).replace("|", "\\|")


def code(value: object) -> str:
    """Return a value as code."""
    return f"`{value}`"


def first(documented: object) -> str:
    """Return the first paragraph of what something says of itself."""
    return (inspect.getdoc(documented) or "").partition("\n\n")[0]
