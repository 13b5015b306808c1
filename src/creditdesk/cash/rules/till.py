"""The till counted: how far what lies in it is from what was taken, and who may book that. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

PREFIX: Final = "TC"


def difference(book_minor: int, counted_minor: int) -> int:
    """Return by how much more lies in the till than the book says; less is negative."""
    return counted_minor - book_minor


def needs_another(minor: int, earlier_minors: Iterable[int], alone_minor: int) -> bool:
    """Whether a difference is more than one person may book alone, with those of the same day.

    Missing and surplus money do not make up for each other: each is a difference.
    """
    if not minor:
        return False
    return abs(minor) + sum(abs(one) for one in earlier_minors) > alone_minor
