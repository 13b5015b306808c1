"""Who is at the desk, in which company; and domain errors as pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext

from creditdesk.config.headers import CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY
from creditdesk.controls import queries as controls
from creditdesk.faces.desk import looks, requests
from creditdesk.faces.desk.identity import asking, second_factor
from creditdesk.faces.desk.pages.security import OPEN_TO_OWING
from creditdesk.kernel.errors import (
    ApprovalNeeded,
    Conflict,
    DomainError,
    Invalid,
    NotFound,
    Place,
    ProofNeeded,
    Refused,
)

COMPANY_IN_SESSION = "company"
STATUS: dict[type[DomainError], int] = {NotFound: 404, Refused: 403, Conflict: 409, Invalid: 422}
# Open to somebody signed in who has no role in any company, or owes a second factor.
LEAVING = "/logout/"


class DeskMiddleware:
    """Puts actor and company on the request of somebody signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the strict content policy on every page; what one person sees is not kept."""
        response = self._entered(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if request.user.is_authenticated or request.path.startswith(("/login", "/oidc", "/api")):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def _entered(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        if request.path == LEAVING:
            return self.get_response(request)
        standing = second_factor.standing(request)
        if standing.is_owed and _name_of(request) not in OPEN_TO_OWING:
            return redirect("second-factor")
        desk = requests.of(request)
        desk.set_up_until = standing.set_up_until
        desk.companies = controls.companies_of(request.user.pk)
        if not desk.companies:
            return render(request, "look/no_company.html", status=403)
        chosen = request.session.get(COMPANY_IN_SESSION)
        desk.company = next((c for c in desk.companies if c.code == chosen), desk.companies[0])
        name = request.user.get_full_name() or request.user.get_username()
        desk.roles = controls.roles_of(request.user.pk, desk.company.id)
        desk.actor = controls.session_actor(
            request.user.pk,
            name,
            desk.company,
            proved_at=asking.proved_at(request),
            roles=desk.roles,
        )
        with timezone.override(ZoneInfo(desk.company.timezone)):
            response = self.get_response(request)
        looks.note(desk, response)
        return response

    def process_view(
        self, request: HttpRequest, _view: object, _given: object, named: dict[str, object]
    ) -> HttpResponse | None:
        """Refuse a zero character wherever it stands: no text of ours can hold one."""
        if request.path.startswith("/api/"):
            return None
        if any("\0" in str(value) for value in named.values()):
            raise Http404
        for name, value in _texts_of(request):
            if "\0" in value:
                error = Invalid(
                    "control_character",
                    gettext("There is an invisible character in it"),
                    place=Place(field=name),
                    mend=gettext("Remove it"),
                )
                return self._refused(request, error)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Show what a person can mend as a page of the house; let bugs be bugs."""
        if not isinstance(error, DomainError) or request.path.startswith("/api/"):
            return None
        if isinstance(error, ApprovalNeeded):
            return _waiting(request, error)
        if isinstance(error, ProofNeeded):
            return asking.suspend(request)
        return self._refused(request, error)

    def _refused(self, request: HttpRequest, error: DomainError) -> HttpResponse:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        return render(
            request, "desk/refused.html", {"error": error, "status": status}, status=status
        )


def _waiting(request: HttpRequest, needed: ApprovalNeeded) -> HttpResponse:
    """Lead to the request that now waits for somebody else; nothing else has changed."""
    said = gettext("%(reference)s waits for approval by somebody else; nothing has changed yet")
    messages.info(request, said % {"reference": needed.reference})
    address = reverse("approval", args=[needed.reference])
    if requests.of(request).htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address, status=303)


def _texts_of(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Return every parameter and field of a request, with the names of files."""
    for given in (request.GET, request.POST):
        for name, values in given.lists():
            yield from ((name.replace("\0", ""), f"{name}{value}") for value in values)
    for name, file in request.FILES.items():
        yield name, str(getattr(file, "name", ""))


def _name_of(request: HttpRequest) -> str:
    """Return the name of the address asked for; none for what is nowhere."""
    try:
        return resolve(request.path_info).url_name or ""
    except Resolver404:
        return ""
