"""The pages applicants and referees are given: for everybody, in both themes, on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import Page, expect

from creditdesk.assessment.cases import queries, services, tokens
from creditdesk.assessment.cases.queries import ApplicationRow
from tests.assessment.cases.verbs import again, applied, decision, person
from tests.browser.conftest import Site

pytestmark = pytest.mark.needs("chromium")
GRAVE = ("serious", "critical")
WIDTHS = (390, 768, 1280)


@pytest.fixture(autouse=True)
def _fresh(site: Site) -> Iterator[None]:
    cache.clear()
    assert site.actor
    yield
    cache.clear()


def address(of: ApplicationRow, kind: str) -> str:
    key = next(one.key for one in queries.asks(of.company_id, of.id) if one.kind == kind)
    return f"/apply/{tokens.token_of(key)}/"


def made(site: Site, kind: str) -> str:
    """Return the address of an application that asks for something of that kind."""
    desk = site.actor
    of_class = "sole_trader" if kind == "objection" else "small"
    form = {"owner_name": "Rosa Field"} if kind == "objection" else None
    of = applied(desk, of_class=of_class, form=form)
    if kind == "form":
        services.invite(desk, of.reference)
        return address(of, "form")
    services.submit(desk, of.reference)
    if kind == "reference":
        services.ask_references(desk, of.reference)
        return address(of, kind)
    answer, minor = ("counter", 400_000) if kind == "offer" else ("decline", 0)
    new = decision(answer, minor, reasons=("missing:references",))
    services.decide(person(desk, f"edward-{kind}"), of.reference, new=new)
    return address(again(of), kind)


def faults(page: Page) -> dict[str, object]:
    """Return what axe finds grave in both themes, and at which widths the page is too wide."""
    found: dict[str, object] = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        wrong = Axe().run(page).response["violations"]
        found[scheme] = [(v["id"], v["nodes"][0]["html"]) for v in wrong if v["impact"] in GRAVE]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        root = "document.documentElement"
        found[str(width)] = max(0, page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))
    return {name: value for name, value in found.items() if value}


@pytest.mark.parametrize("kind", ["form", "reference", "offer", "objection"])
def test_a_page_of_an_applicant_is_for_everybody(site: Site, kind: str) -> None:
    page = site.visitor(reduced_motion="reduce", bypass_csp=True)  # axe is no part of the page
    answer = page.goto(made(site, kind))
    assert answer is not None
    assert answer.status == 200
    assert "script-src" not in answer.headers["content-security-policy"]
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert faults(page) == {}


def test_the_dark_theme_is_dark_without_script(site: Site) -> None:
    page = site.visitor(java_script_enabled=False, color_scheme="dark")
    page.goto(made(site, "form"))
    colour = page.get_by_role("heading", level=1).evaluate("one => getComputedStyle(one).color")
    assert float(colour.removeprefix("oklch(").split()[0]) > 0.9  # light letters


def test_the_form_is_handed_in_by_keyboard_on_a_phone(site: Site) -> None:
    page = site.visitor()
    page.set_viewport_size({"width": 390, "height": 844})
    where = made(site, "form")
    page.goto(where)
    page.get_by_label("Purchases expected").fill("a lot")
    button = page.get_by_role("button", name="Hand in")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    wrong = page.get_by_label("Purchases expected")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    wrong.fill("15000")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, it has arrived")
