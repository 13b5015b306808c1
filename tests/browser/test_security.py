"""The way in, in a real browser: passkeys, a code of an app, sessions; every page for everybody."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import override_settings
from playwright.sync_api import CDPSession, Page, expect

from creditdesk.controls import services as controls
from creditdesk.controls.identity import services as identity
from creditdesk.controls.models import User
from tests.browser.conftest import PASSWORD, Site
from tests.identity.conftest import code_at

pytestmark = pytest.mark.needs("chromium")
Guest = Callable[..., Page]
GRAVE = ("serious", "critical")


@pytest.fixture
def guest(site: Site) -> Iterator[Guest]:
    """A person of their own at the door, on a host name, as passkeys need one."""

    def make(name: str) -> Page:
        if not User.objects.filter(username=name).exists():
            controls.add_user(name, password=PASSWORD, first_name=name.title())
            controls.grant(name, company_id=site.actor.company_id, role="manager", by="test")
        page = site.browser.new_context(
            base_url=site.url.replace("127.0.0.1", "localhost"), reduced_motion="reduce"
        ).new_page()
        page.context.set_default_timeout(15_000)
        site.listen(page)
        return page

    yield make
    for context in site.browser.contexts:
        context.close()
    complaints, site.complaints = site.complaints, []
    assert complaints == []


def with_device(page: Page, **options: Any) -> CDPSession:
    """Give the browser a device that holds passkeys and knows its owner."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
                **options,
            }
        },
    )
    return device


def sign_in(page: Page, name: str, *, password: str = PASSWORD) -> None:
    page.goto("/login/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name=re.compile("account of")).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/login/"))


def audit(page: Page) -> dict[str, Any]:
    """Return what axe finds grave in both themes, and how far the page is too wide on a phone."""
    found: dict[str, Any] = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        wrong = Axe().run(page).response["violations"]
        found[scheme] = [(v["id"], v["nodes"][0]["html"]) for v in wrong if v["impact"] in GRAVE]
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    root = "document.documentElement"
    found["over"] = max(0, page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))
    if size:
        page.set_viewport_size(size)
    return {key: value for key, value in found.items() if value}


def test_a_passkey_is_added_and_is_the_whole_way_in(guest: Guest) -> None:
    page = guest("petra")
    device = with_device(page)
    sign_in(page, "petra")
    page.get_by_role("button", name=re.compile("account of")).click()
    page.get_by_role("link", name="My security").click()
    page.get_by_role("link", name="Add passkey").click()
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.get_by_role("link", name="My security").click()
    expect(page.get_by_text("Laptop", exact=True)).to_be_visible()
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("button", name=re.compile("account of Petra"))).to_be_visible()
    page.goto("/security/")
    page.get_by_role("link", name="Rename Laptop").click()
    page.get_by_label("Name").fill("Blue stick")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("link", name="Remove Blue stick").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Blue stick", exact=True)).to_have_count(0)
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="wrong")).to_be_visible()
    device.detach()


def test_a_passkey_is_a_second_factor_and_asked_again(guest: Guest) -> None:
    page = guest("paula")
    with_device(page)
    sign_in(page, "paula")
    page.goto("/security/passkeys/add")
    page.get_by_label("Let it sign me in without a password").uncheck()
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.goto("/security/passkeys/add")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_text("This device holds a passkey for this account")).to_be_visible()
    sign_out(page)
    sign_in(page, "paula")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("button", name=re.compile("account of Paula"))).to_be_visible()


def test_an_app_and_its_recovery_codes_by_keyboard_alone(guest: Guest) -> None:
    page = guest("toni")
    with override_settings(SECOND_FACTOR="all"):
        sign_in(page, "toni")
        expect(page.get_by_role("heading", level=1)).to_have_text("A second factor is needed")
        assert audit(page) == {}
        page.get_by_role("link", name="Authenticator app").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Set up an authenticator app")
        assert audit(page) == {}
        secret = (page.locator("[data-secret]").text_content() or "").replace(" ", "")
        expect(page.get_by_label("Code")).to_be_focused()
        page.keyboard.type(code_at(secret, at=time.time()))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
        assert audit(page) == {}
        codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
        expect(codes).to_have_count(10)
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").press("Enter")
        kept = download.value.path().read_text().split()
        assert kept == codes.all_inner_texts()
        page.get_by_role("link", name="Kept; go on").press("Enter")
        sign_out(page)
    sign_in(page, "toni")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    assert audit(page) == {}
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("That code is wrong")).to_be_visible()
    page.get_by_label("Code").fill(kept[0])
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("account of Toni"))).to_be_visible()


def test_one_window_ends_the_session_of_another(guest: Guest) -> None:
    here, there = guest("sam"), guest("sam")
    sign_in(there, "sam")
    sign_in(here, "sam")
    here.goto("/security/sessions/")
    expect(here.get_by_text("this one")).to_have_count(1)
    here.get_by_role("button", name=re.compile("^End .* on Linux of")).click()
    expect(here.get_by_text("That session has ended")).to_be_visible()
    there.goto("/customers/")
    expect(there).to_have_url(re.compile("/login/"))


PAGES = (
    "/security/", "/security/sessions/", "/security/password/", "/security/app/",
    "/security/passkeys/add", "/security/codes/new", "/again/",
)  # fmt: skip


def test_every_page_of_the_way_in_is_for_everybody(site: Site, guest: Guest) -> None:
    page = guest("axel")
    page.goto("/login/")
    found = {"/login/": audit(page)}
    sign_in(page, "axel")
    for address in PAGES:
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        found[address] = audit(page)
    sign_out(page)
    for _ in range(5):
        identity.charge("password", identity.Visitor("axel", "127.0.0.1"))
    sign_in(page, "axel", password="wrong")
    expect(page.get_by_role("heading", level=1)).to_have_text("Too many tries")
    found["wait"] = audit(page)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
    assert all("429" in one for one in site.complaints)
    site.complaints.clear()  # Chromium says the 429, which is meant
