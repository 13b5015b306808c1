"""What applicants and referees see without signing in: a form, questions, an offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from creditdesk.assessment.cases import papers, queries, rules, services, wording
from creditdesk.assessment.cases.papers import NewPaper
from creditdesk.assessment.cases.queries import ApplicationRow, AskRow
from creditdesk.assessment.cases.services import NewReference
from creditdesk.assessment.notices import services as notices
from creditdesk.contact.letters import supported
from creditdesk.controls import queries as controls
from creditdesk.controls.queries import CompanyRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.kernel.money import to_minor
from creditdesk.look.faults import sentence

# Requests of one address and process a minute: looking, and sending.
LOOKS_MAX, SENDS_MAX, WINDOW_SECONDS = 60, 20, 60
TOO_MANY, GONE, UNPROCESSABLE, CONFLICT = 429, 410, 422, 409
TEXT_MAX: Final = 5_000
DIGITS_MAX: Final = 6
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, what for, and about which application."""

    company: CompanyRow
    ask: AskRow
    application: ApplicationRow
    actor: Actor


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form as the page draws it."""

    name: str
    label: str
    value: str
    kind: str
    unit: str
    is_needed: bool
    error: str = ""


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def asked(request: HttpRequest, token: str) -> HttpResponse:
    """Show what somebody is asked; posted, take the answer."""
    is_sending = request.method == "POST"
    if _is_too_often(request, *(("send", SENDS_MAX) if is_sending else ("look", LOOKS_MAX))):
        response = _shown(request, {"state": "too_often"}, status=TOO_MANY)
        response["Retry-After"] = str(WINDOW_SECONDS)
        return response
    try:
        found = _asked(token)
    except NotFound:
        return _shown(request, {"state": "unknown"}, status=404)
    with translation.override(supported(found.application.language)):
        if not _is_open(found):
            return _page(request, found, state=_after(found), status=200)
        return _taken(request, found) if is_sending else _page(request, found)


def _asked(token: str) -> Asked:
    ask = queries.ask_of(token)
    company = controls.company(ask.company_id)
    application = queries.application_by_id(company.id, ask.application_id)
    return Asked(company, ask, application, controls.system_actor(company, f"link:{ask.kind}"))


def _is_open(of: Asked) -> bool:
    is_theirs = of.ask.kind != "form" or of.application.state == "draft"
    return of.ask.state == "open" and of.ask.expires_at > of.actor.at and is_theirs


def _after(of: Asked) -> str:
    """Return what is said of an address that asks nothing any more."""
    if of.ask.state == "answered" or (of.ask.kind == "form" and of.application.state != "draft"):
        return "done"
    return "expired"


def _is_too_often(request: HttpRequest, what: str, most: int) -> bool:
    """Whether this address asked too often in this minute; each process counts for itself."""
    slot = f"apply:{what}:{request.META.get('REMOTE_ADDR', '')}"
    if cache.add(slot, 1, WINDOW_SECONDS):
        return False
    try:
        return int(cache.incr(slot)) > most
    except ValueError:  # it ran out between the two
        return False


def _shown(request: HttpRequest, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    response = render(request, "apply/page.html", dict(context), status=status)
    response["Content-Security-Policy"] = POLICY
    response["X-Robots-Tag"] = "noindex, nofollow"
    # A form of a page without any referrer comes from the origin "null", which is refused.
    response["Referrer-Policy"] = "same-origin"
    return response


def _page(
    request: HttpRequest,
    of: Asked,
    *,
    state: str = "",
    fault: Invalid | Conflict | Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    decisions = queries.decisions(of.company.id, of.application.id)
    is_form = of.ask.kind in ("form", "documents")
    context = {
        "state": state or of.ask.kind,
        "seller": of.company.name,
        "seller_address": of.company.address,
        "application": of.application,
        "ask": of.ask,
        "fields": _fields(request, of, fault) if is_form else [],
        "what": [wording.missing(one) for one in of.ask.what],
        "documents": [(one, wording.document(one)) for one in rules.DOCUMENTS],
        "papers": queries.files(of.company.id, of.application.id) if is_form else [],
        "offer": decisions[0] if decisions and of.ask.kind == "offer" else None,
        "fault": sentence(fault) if fault is not None else "",
        "posted": request.POST,
        "is_saved": "saved" in request.GET,
    }
    return _shown(request, context, status=status)


def _fields(
    request: HttpRequest, of: Asked, fault: Invalid | Conflict | Refused | None
) -> list[Field]:
    needed = rules.REQUIRED[of.application.customer_class].fields
    place = fault.place.field if isinstance(fault, Invalid) else None
    return [
        Field(
            name,
            wording.field(name),
            request.POST.get(name, of.application.data.get(name, "")),
            "email" if name in rules.EMAILS else "text",
            of.application.currency if name in rules.AMOUNTS else "",
            name in needed,
            sentence(fault) if fault is not None and place == name else "",
        )
        for name in rules.asked_fields(of.application.customer_class)
    ]


def _taken(request: HttpRequest, of: Asked) -> HttpResponse:
    takers: Mapping[str, Callable[[HttpRequest, Asked], str]] = {
        "form": _form, "documents": _form, "reference": _reference, "offer": _offer,
        "objection": _objection,
    }  # fmt: skip
    try:
        after = takers[of.ask.kind](request, of)
    except (Invalid, Conflict, Refused) as error:
        status = UNPROCESSABLE if isinstance(error, Invalid) else CONFLICT
        return _page(request, of, fault=error, status=status)
    return HttpResponseRedirect(f"{request.path}{after}", status=303)


def _form(request: HttpRequest, of: Asked) -> str:
    """Keep the form, take a paper, hand it in, or take it back, by the button that was pressed."""
    act = request.POST.get("act", "save")
    if act == "withdraw":
        services.take_application_back(of.actor, of.ask.id)
        return ""
    names = rules.asked_fields(of.application.customer_class)
    data = {name: _plain(name, request.POST[name]) for name in names if name in request.POST}
    if act == "send":
        services.send_form(of.actor, of.ask.id, data=data)
        return ""
    services.save_form(of.actor, of.ask.id, data=data)
    if act == "upload":
        services.hand_in(of.actor, of.ask.id, paper=_paper(request))
    return "?saved=yes"


def _plain(name: str, value: str) -> str:
    """Return an amount with a decimal point; anything else as it was typed."""
    if name not in rules.AMOUNTS:
        return value
    plain = value.replace(" ", "").replace("\u00a0", "")
    is_german = "," in plain and plain.rfind(",") > plain.rfind(".")
    return plain.replace(".", "").replace(",", ".") if is_german else plain.replace(",", "")


def _paper(request: HttpRequest) -> NewPaper:
    given = request.FILES.get("file")
    if not isinstance(given, UploadedFile) or given.size is None:
        raise papers.paper_empty()
    if given.size > papers.SIZE_MAX:
        raise papers.paper_too_large()
    kind = request.POST.get("kind", "other")
    return NewPaper(name=given.name or "", content=given.read(), kind=kind)


def _reference(request: HttpRequest, of: Asked) -> str:
    currency = of.application.currency
    try:
        highest = to_minor(Decimal(_plain("annual_revenue", _text(request, "highest"))), currency)
    except (InvalidOperation, ValueError) as error:
        raise figure_malformed("highest") from error
    services.answer_reference(
        of.actor,
        of.ask.id,
        new=NewReference(
            years_known=_whole(request, "years"),
            highest_minor=highest,
            currency=currency,
            days_late=_whole(request, "days_late"),
            would_again=_text(request, "again") == "yes",
            remark=_text(request, "remark"),
        ),
    )
    return ""


def _offer(request: HttpRequest, of: Asked) -> str:
    services.answer_offer(of.actor, of.ask.id, accepts=_text(request, "act") == "accept")
    return ""


def _objection(request: HttpRequest, of: Asked) -> str:
    notices.object_to(of.actor, of.ask.id, text=_text(request, "text"))
    return ""


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "").strip()[:TEXT_MAX]


def _whole(request: HttpRequest, name: str) -> int:
    value = _text(request, name)
    if not (value.isascii() and value.isdecimal() and len(value) <= DIGITS_MAX):
        raise figure_malformed(name)
    return int(value)


def figure_malformed(name: str) -> Invalid:
    """Return the fault of a figure that is none."""
    return Invalid(
        "figure_malformed", "This is no figure", place=Place(field=name), mend="Write it in digits"
    )
