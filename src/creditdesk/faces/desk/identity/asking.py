"""Asking again who is there: what was sent is kept meanwhile, and done once it is proved.

A kept request is done in the company it was sent in and only while nothing else is owed; it is
dropped otherwise, and the person is told that nothing was done.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final, ParamSpec, Protocol

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import (
    STATE_SESSION_KEY,
    resume_request,
    suspend_request,
)
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from creditdesk.controls.commands.proving import is_recent
from creditdesk.controls.identity import queries
from creditdesk.faces.desk.identity import second_factor
from creditdesk.kernel.errors import ProofNeeded

COMPANY_IN_SESSION: Final = "asked_again_in"
AUTH_TIME_IN_SESSION: Final = "oidc_auth_time"
NEVER: Final = datetime.fromtimestamp(0, UTC)
P = ParamSpec("P")


class _View(Protocol[P]):
    def __call__(self, request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        """Answer."""


def proved_at(request: HttpRequest) -> datetime:
    """Return when the reader last proved who is there; long ago if this session knows of none.

    Coming back from the company's provider proves no more than when the provider says it asked.
    """
    known = [_at(request, one) for one in get_authentication_records(request, request.user)]
    return max(known, default=NEVER)


def _at(request: HttpRequest, record: dict[str, Any]) -> datetime:
    at = float(record["at"])
    if record["method"] == "socialaccount":
        at = min(at, float(request.session.get(AUTH_TIME_IN_SESSION, 0)))
    return datetime.fromtimestamp(at, UTC)


def is_fresh(request: HttpRequest) -> bool:
    """Whether the reader proved recently who is there, by whatever means."""
    return is_recent(proved_at(request))


def asked_again(view: _View[P]) -> _View[P]:
    """Let a sensitive act that is no command pass only after a recent proof of who is there."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        require_fresh(request)
        return view(request, *args, **kwargs)

    return answer


def require_fresh(request: HttpRequest) -> None:
    """Ask again unless the reader proved recently who is there."""
    if not is_fresh(request):
        match = request.resolver_match
        raise ProofNeeded((match.url_name if match else None) or "")


def suspend(request: HttpRequest) -> HttpResponse:
    """Keep what was sent and lead to where the reader proves who is there."""
    ways = get_adapter().get_reauthentication_methods(request.user)
    if not ways:
        return render(request, "desk/identity/no_way.html", status=403)
    response: HttpResponse = suspend_request(request, ways[0]["url"])
    request.session[COMPANY_IN_SESSION] = _company(request)
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
    return response


def _company(request: HttpRequest) -> str:
    of = getattr(request, "company", None)
    return of.code if of is not None else ""


def resume(request: HttpRequest, *, by_second_factor: bool) -> HttpResponse | None:
    """Do what was kept, now that the reader proved who is there; `None` if there is nowhere to go.

    Call it once the proof is on record.
    """
    kept = request.session.get(STATE_SESSION_KEY)
    is_elsewhere = request.session.pop(COMPANY_IN_SESSION, "") != _company(request)
    is_owing = not by_second_factor and second_factor.is_owed(request)
    if kept and (is_elsewhere or is_owing):
        request.session.pop(STATE_SESSION_KEY)
        messages.warning(request, gettext("Nothing was done: what you had sent belongs elsewhere."))
        return HttpResponseRedirect("/")
    if hasattr(request, "actor"):
        request.actor = replace(request.actor, proved_at=queries.machine_now())
    response: HttpResponse | None = resume_request(request)
    return response
