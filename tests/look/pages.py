"""Pages rendered without a server or a database, and a browser that is served from memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.base import Message
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Page, Route

from creditdesk.look.frame import CompanyChoice, DeskFrame, MenuEntry, MenuGroup
from creditdesk.look.showcase import showcase

HOST = "http://desk.test"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

FRAME = DeskFrame(
    menu=(
        MenuGroup(
            "Today",
            (
                MenuEntry("/", "Morning", "home"),
                MenuEntry("/worklist/", "Worklist", "list", 28),
                MenuEntry("/matching/", "Cash matching", "match", 1023),
                MenuEntry("/mailbox/", "Mailbox", "inbox", 0),
            ),
        ),
        MenuGroup(
            "Book",
            (
                MenuEntry("/customers/", "Customers", "people"),
                MenuEntry("/ageing/", "Ageing", "age"),
                MenuEntry("/components/", "Components", "box", current=True),
            ),
        ),
    ),
    today=date(2026, 11, 17),
    company=CompanyChoice("UK", "Northmoor Supply (UK) Ltd"),
    companies=(
        CompanyChoice("UK", "Northmoor Supply (UK) Ltd"),
        CompanyChoice("NL", "Northmoor Supply B.V."),
    ),
    user_name="Helena Brandt",
    user_role="Credit manager",
    search_url="/search/",
    company_url="/company/",
    sign_out_url="/sign-out/",
    is_demo=True,
)


def request_for(path: str = "/components/?q=a&page=3") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = AnonymousUser()
    return request


def components_page() -> str:
    return render_to_string(
        "look/components.html",
        {
            "frame": "desk/base.html",
            "desk": FRAME,
            "show": showcase(),
            "messages": [
                Message(25, "Promise of 7 940.00 GBP recorded for 20 Nov"),
                Message(40, "The USD statement of 16 Nov is missing"),
            ],
        },
        request=request_for(),
    )


def serve(page: Page, pages: Mapping[str, str]) -> list[str]:
    """Answer the browser from memory under a strict policy; return the list of its complaints."""
    complaints: list[str] = []

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(HOST).partition("?")[0]
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            assert isinstance(found, str), path
            kind = KINDS[found.rpartition(".")[2]]
            route.fulfill(body=Path(found).read_bytes(), content_type=kind)
        elif path in pages:
            headers = {"Content-Security-Policy": POLICY}
            route.fulfill(
                body=pages[path], content_type="text/html; charset=utf-8", headers=headers
            )
        else:
            route.fulfill(status=404, body="")

    page.route("**/*", answer)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints
