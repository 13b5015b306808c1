"""Who calls the API: an actor by key, in the key's company, with the caller's idempotency key."""

from __future__ import annotations

import time
from threading import Lock
from typing import Any, cast

from django.http import HttpRequest
from ninja.security import APIKeyHeader, HttpBearer
from ninja.throttling import BaseThrottle

from creditdesk.controls import queries as controls
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound, Refused

REQUESTS_MAX = 20_000
WINDOW_SECONDS = 10
SECRET_LENGTH_MAX = 100
KNOWN = "key_holder"


def secret_of(request: HttpRequest) -> str:
    """Return the key a request carries, in either header; empty without one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else request.headers.get("X-API-Key", "")


def _is_ours(secret: str) -> bool:
    return secret.startswith("cd_") and len(secret) <= SECRET_LENGTH_MAX


def _actor(secret: str | None) -> Actor | None:
    return controls.key_actor(secret) if secret and _is_ours(secret) else None


def scope_of(request: HttpRequest) -> str | None:
    """Return the digest of the key a request carries, if it carries what may be a key of ours."""
    secret = secret_of(request)
    return controls.scope_of(secret) if _is_ours(secret) else None


def remember(request: HttpRequest, holder: Actor) -> None:
    """Keep who holds the key of a request; what the request does next asks no more."""
    setattr(request, KNOWN, (secret_of(request), holder))


def _holder(request: HttpRequest, secret: str | None) -> Actor | None:
    asked = getattr(request, KNOWN, None)
    if asked is not None and asked[0] == secret:
        return cast("Actor", asked[1])
    return _actor(secret)


class Bearer(HttpBearer):
    """`Authorization: Bearer cd_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """Return the holder of the key as an actor."""
        return _holder(request, token)


class HeaderKey(APIKeyHeader):
    """`X-API-Key: cd_…`."""

    param_name = "X-API-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        """Return the holder of the key as an actor."""
        return _holder(request, key)


class PerKey(BaseThrottle):
    """At most so many requests per key, window and process: a brake for loops gone wild."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._window = -1
        self._counts: dict[tuple[int, str], int] = {}

    def allow_request(self, request: HttpRequest) -> bool:
        """Count the request and say whether it is still within the window's number."""
        actor: Any = getattr(request, "auth", None)
        if not isinstance(actor, Actor):
            return True
        key, window = (actor.company_id, actor.name), int(time.monotonic() // WINDOW_SECONDS)
        with self._lock:
            if window != self._window:
                self._window, self._counts = window, {}
            count = self._counts[key] = self._counts.get(key, 0) + 1
        return count <= REQUESTS_MAX

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
