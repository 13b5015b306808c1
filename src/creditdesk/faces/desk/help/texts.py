"""The shape of a help topic; its texts are marked for translation and translated when shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: what the pages are for, what one does there, step by step, and what helps to know.

    All texts are the English originals; templates translate them.
    """

    code: str
    title: str
    purpose: str
    steps: tuple[str, ...]
    notes: tuple[str, ...]
