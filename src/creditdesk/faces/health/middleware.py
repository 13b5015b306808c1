"""Every request is counted, timed and, if lines of that level are wanted, logged."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.db import connection
from django.http import HttpRequest, HttpResponse

from creditdesk.faces.health import metrics
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.plumbing.liveness import trust_if_quiet
from creditdesk.plumbing.logs import lines

HEADER = "X-Request-Id"
UNMATCHED = "unmatched"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
ERROR = 500
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
logger = structlog.get_logger(__name__)


class ObservedMiddleware:
    """The outermost: sees what every other middleware answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the number of the request; count and log it by its route."""
        given = request.headers.get(HEADER, "")
        number = given if _ID.fullmatch(given) else uuid.uuid4().hex
        lines.about_nothing()
        lines.about(request=number)
        statements, started = sql.Counting(), time.perf_counter()
        trust_if_quiet()
        with connection.execute_wrapper(statements):
            response = self.get_response(request)
        _told(request, response, statements, time.perf_counter() - started)
        response.headers[HEADER] = number
        lines.about_nothing()
        return response


def _told(
    request: HttpRequest, response: HttpResponse, statements: sql.Counting, seconds: float
) -> None:
    match = request.resolver_match
    route = f"/{match.route}" if match else UNMATCHED
    method = request.method if request.method in METHODS else "other"
    requests, durations, queries = metrics.counters(method, route, response.status_code)
    requests.inc()
    durations.observe(seconds)
    queries.inc(statements.count)
    tell = logger.error if response.status_code >= ERROR else logger.info
    tell(
        "request",
        method=method,
        route=route,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        db_ms=round(statements.seconds * 1000, 1),
        queries=statements.count,
        **_who(request),
    )


def _who(request: HttpRequest) -> dict[str, object]:
    """Return company and person as numbers and codes, where they are known by now."""
    actor = getattr(request, "actor", None) or getattr(request, "auth", None)
    company = getattr(request, "company", None)
    if not isinstance(actor, Actor):
        return {}
    return {
        "company": getattr(company, "code", None) or actor.company_id,
        "actor": actor.user_id,
    }
