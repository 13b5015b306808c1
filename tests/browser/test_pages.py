"""Every page of the desk: for everybody, at every width, under the policy, without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from creditdesk.faces.desk.frame import MENU
from tests.browser.conftest import Site
from tests.faces.desk.everything import DETAILS, something_of_everything

pytestmark = pytest.mark.needs("chromium")

Sit = Callable[..., Page]
MENU_PAGES = [entry.url for _, entries in MENU for entry in entries]
# The page of components is the look's own, and tested with it.
PAGES = [url for url in (*MENU_PAGES, *DETAILS) if url != "/components/"]
WIDTHS = (390, 768, 1440)
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def addresses(served: tuple[str, object, object], site: Site) -> dict[str, str]:
    """Something of everything; return the address of what is numbered by the desk itself."""
    return something_of_everything(site.actor)


@pytest.mark.parametrize("page_name", PAGES)
def test_a_page_is_for_everybody(sit: Sit, addresses: dict[str, str], page_name: str) -> None:
    page = sit("helena", reduced_motion="reduce")
    answer = page.goto(addresses.get(page_name, page_name))
    assert answer is not None
    assert answer.status == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    expect(page.get_by_role("heading", level=1).first).to_be_attached()
    graves = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        graves[scheme] = [
            (one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in GRAVE
        ]
    over = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        root = "document.documentElement"
        over[width] = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")

    assert graves == {"light": [], "dark": []}
    assert {width: by for width, by in over.items() if by > 0} == {}


def test_every_page_of_the_menu_reads_the_same_without_script(
    sit: Sit, addresses: dict[str, str]
) -> None:
    plain, scripted = sit("helena", java_script_enabled=False), sit("helena")
    plain.goto("/")
    menu = plain.get_by_role("navigation", name="Desk").get_by_role("link")
    urls = [link.get_attribute("href") or "" for link in menu.all()]
    assert urls == MENU_PAGES
    differing = []
    for url in (*set(urls).intersection(PAGES), "/customers/C1/", "/worklist/?at=C1"):
        read = []
        for page in (plain, scripted):
            page.goto(url)
            read.append(page.get_by_role("main").inner_text().split())
        if read[0] != read[1] or len(read[0]) < 3:
            differing.append(url)
    assert differing == []
    expect(plain.get_by_role("article")).to_have_accessible_name("Acorn C1")
    plain.get_by_role("link", name="Log call").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Log a call")


def test_the_phone_reaches_every_page_by_its_menu(sit: Sit, addresses: dict[str, str]) -> None:
    page = sit("helena", has_touch=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    menu = page.get_by_role("navigation", name="Desk")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").tap()
    expect(menu).to_be_visible()
    menu.get_by_role("link", name="Worklist").tap()
    expect(page.get_by_role("link", name="Acorn C1")).to_be_visible()
    page.get_by_role("link", name="Acorn C1").tap()
    expect(page.get_by_role("article", name="Acorn C1")).to_be_in_viewport()
    page.get_by_role("link", name="Back to the list").tap()
    expect(page.get_by_role("link", name="Acorn C1")).to_be_in_viewport()


def test_a_page_that_is_not_there_says_so_in_the_house(site: Site, sit: Sit) -> None:
    page = sit("carl")
    answer = page.goto("/customers/NOBODY/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("link", name="To the morning")).to_be_visible()
    assert site.complaints
    site.complaints.clear()  # Chromium says the 404, which is meant
