"""Who calls the API: an actor by key, in the key's company, with the caller's idempotency key."""

from __future__ import annotations

import time
from typing import Any, cast

from django.core.cache import cache
from django.http import HttpRequest
from ninja.security import APIKeyHeader, HttpBearer
from ninja.throttling import BaseThrottle

from creditdesk.controls import queries as controls
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound, Refused

REQUESTS_MAX = 20_000
WINDOW_SECONDS = 10


def secret_of(request: HttpRequest) -> str:
    """Return the key a request carries, in either header; empty without one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else request.headers.get("X-API-Key", "")


def _actor(secret: str | None) -> Actor | None:
    if not secret or not secret.startswith("cd_") or len(secret) > 100:  # noqa: PLR2004
        return None
    return controls.key_actor(secret)


class Bearer(HttpBearer):
    """`Authorization: Bearer cd_…`."""

    def authenticate(self, _: HttpRequest, token: str) -> Actor | None:
        """Return the holder of the key as an actor."""
        return _actor(token)


class HeaderKey(APIKeyHeader):
    """`X-API-Key: cd_…`."""

    param_name = "X-API-Key"

    def authenticate(self, _: HttpRequest, key: str | None) -> Actor | None:
        """Return the holder of the key as an actor."""
        return _actor(key)


class PerKey(BaseThrottle):
    """At most so many requests per key, window and process: a brake for loops gone wild."""

    def allow_request(self, request: HttpRequest) -> bool:
        """Count the request and say whether it is still within the window's number."""
        actor: Any = getattr(request, "auth", None)
        if not isinstance(actor, Actor):
            return True
        slot = f"api:{actor.company_id}:{actor.name}:{int(time.monotonic() // WINDOW_SECONDS)}"
        name = slot.replace(" ", "_")
        if cache.add(name, 1, WINDOW_SECONDS):
            return True
        return cache.incr(name) <= REQUESTS_MAX

    def wait(self) -> float | None:
        """Return after how many seconds the next window begins, at most."""
        return float(WINDOW_SECONDS)


def _caller(request: HttpRequest) -> Actor:
    """Return who calls; nothing of ours stands at an address with a zero character."""
    if "\0" in request.path:
        raise NotFound("not_found", "There is nothing at this address")
    return cast("Actor", request.auth)  # type: ignore[attr-defined]


def reader(request: HttpRequest) -> Actor:
    """Return the caller, who must be allowed to read."""
    actor = _caller(request)
    if not actor.may("read"):
        raise Refused("not_permitted", f"{actor.name} may not read", command="read")
    return actor


def writer(request: HttpRequest) -> Actor:
    """Return the caller; the request's idempotency key is kept for the whole request (`once`)."""
    return _caller(request)
