"""A desk served on loopback per module, and people who sit down at it in a real browser.

The state of a module is built once; each test works on customers and payments of its own, so that
any order will do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client, override_settings
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.plugin import DjangoDbBlocker

from creditdesk.controls import queries as controls_queries
from creditdesk.controls import rules as controls_rules
from creditdesk.controls import services as controls
from creditdesk.controls.models import User
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock
from tests.orders.verbs import opened
from tests.support import live, machine
from tests.support.fixtures import TODAY, founded

NINE = datetime.combine(TODAY, time(9, 0), tzinfo=UTC)
PASSWORD = "quay-4711"
# (user, forename, surname, role): the manager is in both companies, the others in the first.
PEOPLE = (
    ("helena", "Helena", "Brandt", "manager"),
    ("carl", "Carl", "Lenz", "collector"),
    ("cara", "Cara", "Rahman", "cash_applier"),
)
# A refusal that is meant comes back with its status, which Chromium also writes to its console.
# Who leaves a page ends what it still asks for; a request that failed says so by another name.
MEANT = ("status of 409", "status of 422", "htmx:sendAbort", "htmx:afterRequest")


# On a busy machine a page may be seconds away, as for a person.
expect.set_options(timeout=15_000)


def wait_before_keys(page: Page) -> None:
    """Let keys be pressed only once the page listens: its words are there before its scripts."""
    press = page.keyboard.press

    def pressed(key: str, **how: Any) -> None:
        page.wait_for_load_state("domcontentloaded")
        press(key, **how)

    page.keyboard.press = pressed  # type: ignore[method-assign]


@dataclass(slots=True)
class Site:
    """A served desk: its address, an actor in each of its two companies, a browser."""

    url: str
    actor: Actor
    other: Actor
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def visitor(self, **context: Any) -> Page:
        """A new window of somebody not signed in; every complaint of the browser is kept."""
        opened_context = self.browser.new_context(
            base_url=self.url, viewport={"width": 1440, "height": 900}, **context
        )
        opened_context.set_default_timeout(15_000)
        page = opened_context.new_page()
        self.listen(page)
        wait_before_keys(page)
        return page

    def sit(self, username: str, **context: Any) -> Page:
        """A new window of somebody signed in."""
        page = self.visitor(**context)
        client = Client()
        client.force_login(User.objects.get(username=username))
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": self.url}]
        )
        return page

    def listen(self, page: Page) -> None:
        """Keep what the browser complains about: errors, and whatever the policy refused."""

        def said(message: ConsoleMessage) -> None:
            if message.type == "error" and not any(one in message.text for one in MEANT):
                self.complaints.append(f"{page.url}: {message.text}")

        page.on("console", said)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))


@pytest.fixture(scope="module")
def served(django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[str, Actor, Actor]]:
    """A desk of two companies and three people, on Monday 16 March 2026 from nine o'clock on."""
    # The driver runs an event loop in this thread; Django must not take it for a server's.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with live.own_database(django_db_blocker), quick:
        clock.move(NINE)
        actor = opened(_actor_in(founded("acme")))
        other = opened(_actor_in(founded("north")))
        for username, forename, surname, role in PEOPLE:
            controls.add_user(username, password=PASSWORD, first_name=forename, last_name=surname)
            for company_id in (actor.company_id, other.company_id):
                if role == "manager" or company_id == actor.company_id:
                    controls.grant(username, company_id=company_id, role=role, by="test")
        with live.serving() as url:
            yield url, actor, other
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def _actor_in(company: controls_queries.CompanyRow) -> Actor:
    return Actor(
        company_id=company.id,
        name="test",
        at=NINE,
        today=TODAY,
        permissions=controls_rules.permissions_of({"system"}),
    )


@pytest.fixture(scope="module")
def site(served: tuple[str, Actor, Actor]) -> Iterator[Site]:
    """The served desk with one Chromium."""
    url, actor, other = served
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=machine.chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield Site(url, actor, other, browser)
        browser.close()
        # While the driver's loop runs, Django keeps this thread's connections apart: closed here.
        connections.close_all()


@pytest.fixture
def sit(site: Site) -> Iterator[Callable[..., Page]]:
    """Sit down as somebody: `sit("carl")`; no complaint of the browser is let pass."""
    yield site.sit
    for context in site.browser.contexts:
        context.close()
    complaints, site.complaints = site.complaints, []
    assert complaints == []
