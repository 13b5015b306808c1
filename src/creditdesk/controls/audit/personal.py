"""Personal values are taken out of what the trail records; a salted digest stands in their place.

Each room names, in its `apps.py`, the arguments that hold personal data. The digest is sealed
with the row; the value stands in a table of its own, where it can be erased.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps

SALT_BYTES = 16
KEY = "personal"
# Free search text stands in the address of a download, whatever the list.
EVERYWHERE = frozenset({"address"})


@dataclass(frozen=True, slots=True)
class Taken:
    """A value taken out, with the digest that stands for it."""

    digest: str
    salt: bytes
    value: str


@cache
def names_of(command: str) -> frozenset[str]:
    """Return the names of arguments that are personal in a command; mostly none."""
    room, _, verb = command.partition(".")
    if verb == "export":
        return EVERYWHERE
    for config in apps.get_app_configs():
        if config.label == room:
            return frozenset(getattr(config, "personal", frozenset()))
    return frozenset()


@cache
def batch_of(command: str) -> tuple[str, str]:
    """Return the argument of a batch whose outcome is the ids, and what the ids are of."""
    for config in apps.get_app_configs():
        batches: dict[str, tuple[str, str]] = getattr(config, "personal_batches", {})
        if command in batches:
            return batches[command]
    return "", ""


def take_one(value: str) -> Taken:
    """Return the value with a salt of its own: equal values get unequal digests."""
    salt = secrets.token_bytes(SALT_BYTES)
    return Taken(hashlib.sha256(salt + value.encode()).hexdigest(), salt, value)


def take_out(told: Any, names: frozenset[str], taken: list[Taken]) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON value with every personal text replaced, and add those texts to `taken`."""
    if isinstance(told, Mapping):
        return {
            key: _token(part, taken) if key in names else take_out(part, names, taken)
            for key, part in told.items()
        }
    if isinstance(told, list):
        return [take_out(part, names, taken) for part in told]
    return told


def _token(told: Any, taken: list[Taken]) -> Any:  # noqa: ANN401 - JSON
    """Replace a text, each text of a list, and every text within an object of that name."""
    if isinstance(told, str):
        if not told:
            return told
        taken.append(take_one(told))
        return {KEY: taken[-1].digest}
    if isinstance(told, list):
        return [_token(part, taken) for part in told]
    if isinstance(told, Mapping) and "sha256" not in told:
        return {key: _token(part, taken) for key, part in told.items()}
    return told
