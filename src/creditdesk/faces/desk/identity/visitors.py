"""Who asks, from where and in what; and the page for somebody who must wait."""

from __future__ import annotations

import ipaddress
import math
import re

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from creditdesk.controls.identity import services as identity
from creditdesk.controls.identity.services import Visitor
from creditdesk.kernel.errors import Refused

TOO_MANY = 429
NETWORK_BITS = 64
BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("Chrome", "Chrome"),
    ("HeadlessChrome", "Chrome"), ("CriOS", "Chrome"),
    ("Chromium", "Chromium"), ("Safari", "Safari"), ("curl", "curl"), ("python", "Python"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("CrOS", "ChromeOS"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def address(request: HttpRequest) -> str | None:
    """Return where the request comes from, as far as trusted proxies say.

    Of IPv6 the network of 64 bits: within it anybody may take any address.
    """
    try:
        found = ipaddress.ip_address(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return None
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, NETWORK_BITS), strict=False).network_address)


def visitor(request: HttpRequest, name: str) -> Visitor:
    """Return who stands at the door under that name."""
    return Visitor(name, address(request), request.headers.get("User-Agent", ""))


def reader_id(request: HttpRequest) -> int:
    """Return the number of the signed-in reader."""
    if request.user.pk is None:
        raise PermissionDenied
    return int(request.user.pk)


def charge(request: HttpRequest, what: str, who: Visitor) -> None:
    """Count a try of a secret about to be looked at; who tried too often is shown the wait."""
    try:
        identity.charge(what, who)
    except Refused as error:
        raise ImmediateHttpResponse(
            wait_page(request, int(str(error.context["seconds"])))
        ) from error


def wait_page(request: HttpRequest, seconds: int) -> HttpResponse:
    """Return the page that says how long to wait; the same for names that nobody has."""
    minutes = math.ceil(seconds / 60)
    page = render(request, "desk/identity/wait.html", {"minutes": minutes}, status=TOO_MANY)
    page.headers["Retry-After"] = str(seconds)
    return page


def in_words(agent: str) -> str:
    """Return browser and system of a user agent, such as `Firefox on Windows`."""
    browser = next((name for mark, name in BROWSERS if re.search(rf"\b{mark}\b", agent)), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    if browser and system:
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or gettext("An unknown program")
