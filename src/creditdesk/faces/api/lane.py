"""The way of a program's request: straight to the API, past what only people's pages need.

A caller of the API has no session, form or message, so nothing looks for them; the host is asked
about and the headers are set as everywhere. People's texts are English unless `Accept-Language`
asks for another language we have; a request without that header pays nothing for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, cast

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver
from django.utils import translation

from creditdesk.config.headers import CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY

ADDRESSES: Final = "/api/"
LANGUAGE: Final = "en"
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": PERMISSIONS_POLICY,
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}
FOR_PEOPLE: Final = "application/problem+json"
ACCEPTED_LENGTH_MAX: Final = 200
_RANGE = re.compile(r"\s*([A-Za-z]{2,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?")


class LaneMiddleware:
    """Answers what is asked of the API by itself; all else goes on to the middleware behind it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._others = get_response
        self._api = convert_exception_to_response(_answer)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the answer of the API, of its own language and kept nowhere, or of the pages."""
        if not request.path_info.startswith(ADDRESSES):
            return self._others(request)
        language = _spoken(request.META.get("HTTP_ACCEPT_LANGUAGE", "")[:ACCEPTED_LENGTH_MAX])
        translation.activate(language)  # a thread keeps that of its last request
        response = cast("HttpResponse", self._api(request))
        if language != LANGUAGE:
            translation.activate(LANGUAGE)
        if response.headers["Content-Type"].startswith(FOR_PEOPLE):
            response.headers["Content-Language"] = language
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not response.has_header("Content-Length"):
            response.headers["Content-Length"] = str(len(response.content))
        return response


@lru_cache(maxsize=256)
def _spoken(accepted: str) -> str:
    """Return the language of ours a caller would rather read, by its weights, or English."""
    ours = {code for code, _ in settings.LANGUAGES}
    weights: dict[str, float] = {}
    for given in map(_RANGE.fullmatch, accepted.split(",")):
        if given is not None and given[1].lower() in ours:
            weights.setdefault(given[1].lower(), float(given[2] or 1))
    best = max(weights, key=weights.__getitem__, default=LANGUAGE)
    return best if weights.get(best) else LANGUAGE


def _answer(request: HttpRequest) -> HttpResponse:
    request.get_host()  # raises for a host that is not ours
    match = get_resolver().resolve(request.path_info)
    request.resolver_match = match
    return cast("HttpResponse", match.func(request, *match.args, **match.kwargs))
