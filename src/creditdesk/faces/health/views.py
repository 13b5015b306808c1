"""The answers: alive, ready, numbers. Nobody signs in for them, and nobody's data is in them."""

from __future__ import annotations

import hmac
import ipaddress
import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from creditdesk.faces.health import metrics
from creditdesk.plumbing.jobs import queries as jobs
from creditdesk.plumbing.operation import queries as operation

UNAVAILABLE, FORBIDDEN = 503, 403
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_PROTO")
logger = logging.getLogger(__name__)


@login_not_required
@require_safe
@never_cache
def live(_: HttpRequest) -> HttpResponse:
    """Say that this process answers; the database is not asked."""
    return JsonResponse({"status": "alive"})


@login_not_required
@require_safe
@never_cache
def ready(_: HttpRequest) -> HttpResponse:
    """Say whether pages can be served; a missing worker is told but keeps nobody from the desk."""
    checks = _checks()
    is_ready = checks["database"] == "ok" and checks["migrations"] == "ok"
    said = {"status": "ready" if is_ready else "not ready", "checks": checks}
    return JsonResponse(said, status=200 if is_ready else UNAVAILABLE)


def _checks() -> dict[str, str]:
    checks = {"database": "unreachable", "migrations": "unknown", "worker": "unknown"}
    try:
        pending = operation.migrations_pending()
        checks["database"] = "ok"
        checks["migrations"] = "pending" if pending else "ok"
        if not pending:
            checks["worker"] = "ok" if jobs.overview().workers else "missing"
    except DatabaseError:
        logger.warning("not ready", exc_info=True)
    return checks


@login_not_required
@require_safe
@never_cache
def numbers(request: HttpRequest) -> HttpResponse:
    """Give the metrics to who shows the token, or without one to this machine alone."""
    if not _may_read(request):
        return HttpResponse(
            "Send the token of CREDITDESK_METRICS_TOKEN, or ask from this machine.\n",
            status=FORBIDDEN,
            content_type="text/plain; charset=utf-8",
        )
    try:
        text = metrics.exposition()
    except DatabaseError:
        logger.warning("no metrics", exc_info=True)
        return HttpResponse(status=UNAVAILABLE)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        expected = f"Bearer {settings.METRICS_TOKEN}"
        return hmac.compare_digest(given.encode(), expected.encode())
    # Behind a proxy everybody comes from this machine.
    if any(name in request.META for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
