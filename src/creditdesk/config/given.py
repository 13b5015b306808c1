"""Values of settings as the environment gives them; a wrong one is told by its name."""

from __future__ import annotations

import os
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

_DIGITS_MAX = 9


def number(name: str, default: int, *, at_least: int = 1) -> int:
    """Return a whole number."""
    given = os.environ.get(name, "").strip() or str(default)
    is_number = given.isascii() and given.isdecimal() and len(given) <= _DIGITS_MAX
    if not is_number or int(given) < at_least:
        raise ImproperlyConfigured(
            f"{name} must be a whole number from {at_least}, not {given[:40]!r}"
        )
    return int(given)


def choice(name: str, default: str, among: Sequence[str]) -> str:
    """Return one of the words."""
    given = os.environ.get(name, "").strip() or default
    if given not in among:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(among)}, not {given[:40]!r}")
    return given
