"""Sessions end by themselves: after some idle time, and after some hours whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from creditdesk.controls.identity import queries
from creditdesk.controls.identity import services as identity
from creditdesk.faces.desk.identity import visitors

BEGAN, SEEN, SEEN_KEY = "began", "seen", "seen_key"
NOTED_EVERY = timedelta(minutes=1)


class SessionAgeMiddleware:
    """Ends what has grown old, and notes about once a minute where a session is at work."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request through, as somebody signed in or no longer so."""
        if request.user.is_authenticated and not request.path.startswith("/api/"):
            self._look(request)
        return self.get_response(request)

    def _look(self, request: HttpRequest) -> None:
        now = queries.machine_now()
        began = request.session.setdefault(BEGAN, now.timestamp())
        seen = request.session.get(SEEN, began)
        idle = now - datetime.fromtimestamp(seen, UTC)
        age = now - datetime.fromtimestamp(began, UTC)
        if idle > settings.SESSION_IDLE or age > timedelta(seconds=settings.SESSION_COOKIE_AGE):
            who = visitors.visitor(request, request.user.get_username())
            logout(request)
            identity.note("expired", "session", who)
            messages.info(request, gettext("You were signed out after a while without work."))
        elif SEEN not in request.session or idle > NOTED_EVERY or self._is_new_key(request):
            self._note(request, now)

    def _is_new_key(self, request: HttpRequest) -> bool:
        return bool(request.session.get(SEEN_KEY) != request.session.session_key)

    def _note(self, request: HttpRequest, now: datetime) -> None:
        request.session[SEEN] = now.timestamp()
        request.session[SEEN_KEY] = request.session.session_key
        identity.see_session(
            str(request.session.session_key),
            user_id=visitors.reader_id(request),
            address=visitors.address(request),
            agent=request.headers.get("User-Agent", ""),
            at=now,
        )
