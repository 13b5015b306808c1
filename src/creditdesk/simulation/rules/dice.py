"""Chance that repeats: every draw comes from a source of its own, named by what it is about."""

from __future__ import annotations

from random import Random


def dice(*about: object) -> Random:
    """Return the source of chance of a subject; the same subject always draws the same."""
    return Random("/".join(str(part) for part in about))  # noqa: S311 - a story, not a secret
