"""What a customer sees without signing in: what is to be paid, and the way to the provider."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.config.online import of_company
from creditdesk.controls import queries as controls
from creditdesk.controls.queries import CompanyRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from creditdesk.payments import gateway
from creditdesk.payments import services as payments
from creditdesk.payments.queries import links
from creditdesk.payments.queries.links import LinkRow, PayPage
from creditdesk.plumbing import clock

# Requests of one address and process a minute: looking, and going on to pay.
LOOKS_MAX, GOES_MAX, WINDOW_SECONDS = 60, 12, 60
NAMED_MAX = 20
TOO_MANY, GONE, UNAVAILABLE, NO_CONTENT, MALFORMED = 429, 410, 503, 204, 400
SIGNATURE = "Stripe-Signature"


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who sells, what is to be paid, and in which company that is."""

    company: CompanyRow
    link: LinkRow
    actor: Actor


def _policy() -> str:
    """Return the content policy of these pages: no script, and a form that leads to the provider.

    Browsers hold a form to this list when its answer sends them on.
    """
    return (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        f" form-action 'self' {settings.STRIPE_CHECKOUT}; frame-ancestors 'none'; base-uri 'none'"
    )


def _asked(token: str) -> _Asked:
    link = links.link_of(token)
    company = controls.company(link.company_id)
    return _Asked(company, link, controls.system_actor(company, "pay page"))


def _is_too_often(request: HttpRequest, what: str, most: int) -> bool:
    """Whether this address asked too often in this minute; each process counts for itself."""
    slot = f"pay:{what}:{request.META.get('REMOTE_ADDR', '')}"
    if cache.add(slot, 1, WINDOW_SECONDS):
        return False
    try:
        return int(cache.incr(slot)) > most
    except ValueError:  # it ran out between the two
        return False


def _shown(request: HttpRequest, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    response = render(request, "pay/page.html", context, status=status)
    response["Content-Security-Policy"] = _policy()
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _too_often(request: HttpRequest) -> HttpResponse:
    response = _shown(request, {"state": "too_often"}, status=TOO_MANY)
    response["Retry-After"] = str(WINDOW_SECONDS)
    return response


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is to be paid; posted, send the customer on to the provider's page."""
    is_going = request.method == "POST"
    if _is_too_often(request, *(("go", GOES_MAX) if is_going else ("look", LOOKS_MAX))):
        return _too_often(request)
    try:
        asked = _asked(token)
    except NotFound:
        return _shown(request, {"state": "unknown"}, status=404)
    return _go(request, asked) if is_going else _page(request, asked)


def _page(
    request: HttpRequest, asked: _Asked, *, fault: str = "", status: int = 200
) -> HttpResponse:
    page = links.pay_page(asked.link, at=asked.actor.at)
    is_open = page.state == "payable" and payments.is_set_up(asked.company.id)
    state = page.state if page.state != "payable" or is_open else "closed"
    context = {
        **_seller(asked),
        "state": state,
        "page": page,
        "numbers": _numbers(page),
        "currency": asked.link.currency,
        "fault": fault,
    }
    return _shown(request, context, status=GONE if state == "expired" else status)


def _seller(asked: _Asked) -> dict[str, object]:
    return {"seller": asked.company.name, "seller_address": asked.company.address}


def _numbers(page: PayPage) -> list[tuple[str, int]]:
    """Return the documents with what is open of each, of many only the first."""
    found: dict[str, int] = {}
    for one in page.items:
        found[one.number] = found.get(one.number, 0) + one.open_minor
    return list(found.items())[:NAMED_MAX]


def _go(request: HttpRequest, asked: _Asked) -> HttpResponse:
    key = gateway.key_of_company(asked.company.code)
    if not key:
        return _page(request, asked, status=UNAVAILABLE)
    try:
        url = payments.begin(
            asked.actor, asked.link.id, now=clock.machine_now(), provider=gateway.Stripe(key)
        )
    except Conflict:
        fault = _("The payment service does not answer just now. Nothing was paid; try again.")
        return _page(request, asked, fault=fault, status=UNAVAILABLE)
    except Refused as refusal:
        is_told = refusal.code in ("nothing_to_pay", "payment_under_way", "link_expired")
        fault = "" if is_told else _("This cannot be paid online. Nothing was paid.")
        return _page(request, asked, fault=fault, status=409)
    response = HttpResponseRedirect(url, status=303)
    response["Content-Security-Policy"] = _policy()
    return response


@login_not_required
@never_cache
@require_safe
def done(request: HttpRequest, token: str) -> HttpResponse:
    """Say, back from the provider, only what is known: that its word is awaited, or has come."""
    if _is_too_often(request, "look", LOOKS_MAX):
        return _too_often(request)
    try:
        asked = _asked(token)
    except NotFound:
        return _shown(request, {"state": "unknown"}, status=404)
    page = links.pay_page(asked.link, at=asked.actor.at)
    state = "settled" if page.state == "settled" else "awaited"
    return _shown(request, {**_seller(asked), "state": state, "page": page})


@login_not_required
@csrf_exempt
@require_POST
def hook(request: HttpRequest, company: str) -> HttpResponse:
    """Keep what Stripe tells a company; it asks again until it is answered well."""
    try:
        of = controls.company_by_code(company)
    except NotFound:
        return HttpResponse(status=404)
    secrets = of_company(settings.STRIPE_WEBHOOK_SECRETS, of.code)
    if not secrets:
        return HttpResponse(status=404)
    try:
        payments.hear(
            controls.system_actor(of, "stripe"),
            request.body,
            request.headers.get(SIGNATURE, ""),
            secrets=secrets,
            now=clock.machine_now(),
        )
    except (Refused, Invalid) as error:
        return _said(error)
    return HttpResponse(status=NO_CONTENT)


def _said(error: DomainError) -> HttpResponse:
    """Return the code of what was wrong, and no word of what was sent."""
    return HttpResponse(f"{error.code}\n", status=MALFORMED, content_type="text/plain")
