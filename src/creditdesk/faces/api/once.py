"""One effect and one answer per `Idempotency-Key`: kept with the effect, in its transaction.

The same key with the same request gets the first status and body again, whatever has happened
since; with another request 422. What failed is not kept: it may be tried again under its key. A
second request that arrives while the first is at work waits for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from creditdesk.controls import services as controls
from creditdesk.controls.commands import Waits, undone_as_a_whole
from creditdesk.faces.api.keys import remember, scope_of
from creditdesk.faces.api.problems import problem

KEY_LENGTH_MAX = 200
HEADER = "Idempotency-Key"
FAILED = 400

Run = Callable[..., HttpResponse]


def once(run: Run) -> Run:
    """Keep one answer per key for every request to this address that writes."""

    @wraps(run)
    def kept(request: HttpRequest, **given: Any) -> HttpResponse:  # noqa: ANN401 - any operation's
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST":
            return run(request, **given)
        if not (0 < len(key) <= KEY_LENGTH_MAX and key.isascii() and key.isprintable()):
            return problem(
                422,
                "idempotency_key_invalid",
                "The idempotency key is empty, too long or not plain text",
                field=HEADER,
                mend=f"Send 1 to {KEY_LENGTH_MAX} plain characters.",
            )
        try:
            with undone_as_a_whole():
                return _at_once(run, request, key, given)
        except Waits:  # nothing is left of it; now with a point to return to
            return _at_once(run, request, key, given)

    return kept


def _at_once(run: Run, request: HttpRequest, key: str, given: dict[str, Any]) -> HttpResponse:
    """Answer in one transaction, of which a failure leaves nothing."""
    with transaction.atomic():
        response = _answered(run, request, key, given)
        if response.status_code >= FAILED:
            transaction.set_rollback(True)
    return response


def _answered(run: Run, request: HttpRequest, key: str, given: dict[str, Any]) -> HttpResponse:
    scope = scope_of(request)
    if scope is None:
        return run(request, **given)
    asked = _digest(request)
    claim = controls.take_key(scope, key, asked)
    if claim.holder is None:  # who calls is asked anew, and refused
        return run(request, **given)
    taken = claim.earlier
    if taken is None:
        remember(request, claim.holder)
        response = run(request, **given)
        if response.status_code < FAILED:
            controls.keep_answer(
                scope,
                key,
                status=response.status_code,
                content_type=response.headers["Content-Type"],
                body=response.content.decode(),
            )
        return response
    if taken.request_digest != asked:
        return problem(
            422,
            "idempotency_key_reused",
            "This key was used for another request",
            field=HEADER,
            mend="Take a new key for a new request.",
        )
    return HttpResponse(taken.body, status=taken.status, content_type=taken.content_type)


def _digest(request: HttpRequest) -> str:
    """Return the digest of what is asked: method, address and body, byte for byte."""
    said = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(said + request.body).hexdigest()
