"""The addresses, parameters and fields of the desk, found in the product itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.urls import URLPattern, URLResolver, get_resolver

DESK = Path(__file__).parents[2] / "src" / "creditdesk" / "faces" / "desk"
ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
_ASKED = re.compile(r'(?:\.GET\.(?:get|getlist)\(|lists\.(?:choice|day)\(\s*\w+,)\s*"([a-z_]+)"')
_POSTED = re.compile(r'(?:\.POST\.(?:get|getlist)\(|forms\.\w+\(\s*[\w.]+,)\s*f?"([a-z_-]+)')


def routes() -> list[str]:
    """Return every route of the desk and of signing in; those of the API are doors of their own."""
    return sorted({route for route in _walk(get_resolver().url_patterns) if "api/" not in route})


def _walk(patterns: list[Any], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def address(route: str, values: dict[str, object]) -> str:
    """Return the address of a route with these arguments."""
    return "/" + ARGUMENT.sub(lambda found: quote(str(values[found[2]]), safe=""), route)


def arguments(route: str) -> dict[str, str]:
    """Return name → kind of the arguments of a route."""
    return {name: kind or "str" for kind, name in ARGUMENT.findall(route)}


@cache
def parameters() -> list[str]:
    """Return every name a page asks its address for."""
    return sorted({"q", "sort", "page", "format", *_found(_ASKED)})


@cache
def fields() -> list[str]:
    """Return every name a form is asked for."""
    return sorted({"key", "next", "item", *_found(_POSTED)})


def _found(pattern: re.Pattern[str]) -> set[str]:
    return {name for path in DESK.rglob("*.py") for name in pattern.findall(path.read_text())}
