"""What only a real browser can tell: accessibility, room, keys, dialogs and sending once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.look.pages import HOST, components_page, request_for, serve

pytestmark = pytest.mark.needs("chromium")

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (320, 360, 390, 480, 600, 768, 769, 900, 1024, 1088, 1280, 1440, 1920, 2560)
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # The driver runs an event loop in this thread; Django must not take it for a server's.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {
        "/components/": components_page(),
        "/login/": render_to_string("registration/login.html", request=request_for("/login/")),
        "/404/": render_to_string("404.html", request=request_for("/404/")),
        # The palette may ask a moment after the last key, whether a test waits for it or not.
        "/search/": "",
    }


@pytest.fixture
def page(browser: Browser, pages: dict[str, str]) -> Iterator[Page]:
    """The components page at 1440 pixels; no complaint of the browser is let pass."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    complaints = serve(tab, pages)
    tab.goto(HOST + "/components/")
    yield tab
    assert complaints == []
    context.close()


@pytest.mark.parametrize("path", ["/components/", "/login/", "/404/"])
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    browser: Browser, pages: dict[str, str], path: str, width: int, scheme: Scheme
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab = context.new_page()
    complaints = serve(tab, pages)
    tab.goto(HOST + path)
    found = Axe().run(tab, options={"runOnly": RULES}).response["violations"]
    context.close()

    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert complaints == []


@pytest.mark.parametrize(
    "opener", ["[data-open=keys]", "[data-open=palette]", "[popovertarget=me]"]
)
def test_axe_finds_nothing_in_what_floats(page: Page, opener: str) -> None:
    page.click(opener)
    page.wait_for_timeout(200)
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]

    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_nothing_scrolls_sideways_at_any_width(page: Page) -> None:
    over = {}
    for density in ("comfortable", "compact"):
        page.evaluate("d => { document.documentElement.dataset.density = d }", density)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            root = "document.documentElement"
            over[density, width] = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")

    assert {where: by for where, by in over.items() if by > 0} == {}


def test_theme_and_density_are_kept_for_the_same_user_only(page: Page) -> None:
    page.click(".top [data-toggle=theme]")
    page.click(".top [data-toggle=density]")
    page.reload()

    assert page.evaluate("({...document.documentElement.dataset})") == {
        "user": "Helena Brandt",
        "theme": "dark",
        "density": "compact",
    }
    assert page.evaluate("Object.keys(localStorage).sort()") == [
        "density:Helena Brandt",
        "theme:Helena Brandt",
    ]


def test_j_and_k_move_in_the_rows_and_enter_opens(page: Page) -> None:
    def focused() -> str:
        return str(page.evaluate("document.activeElement.textContent.trim()"))

    page.keyboard.press("j")
    assert focused() == "Calder Valley Plumbing Ltd"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert focused() == "Bauzentrum Oder GmbH"
    page.keyboard.press("Enter")
    page.wait_for_url("**#C-10044")


def test_x_chooses_the_row(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")

    assert page.is_checked("[aria-label='Choose Bauzentrum Oder GmbH']")


def test_slash_searches_and_escape_closes(page: Page) -> None:
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("/jp")
    assert page.input_value("#palette [name=q]") == "/jp"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    assert not page.evaluate("document.getElementById('palette').open")


def test_the_palette_asks_the_server_while_typing(page: Page) -> None:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body="<ul><li><a href='/c/1'>Calder</a></li></ul>")

    page.route("**/search/**", answer)
    page.keyboard.press("/")
    page.keyboard.type("calder")
    page.wait_for_selector("#palette-results a")
    page.keyboard.press("ArrowDown")

    assert asked[-1].endswith("/search/?q=calder")
    assert page.evaluate("document.activeElement.textContent") == "Calder"


def test_question_mark_lists_the_keys_of_this_page(page: Page) -> None:
    page.keyboard.press("?")

    rows = page.locator("#keys [data-page-keys] .keys > div")
    assert rows.all_text_contents() == ["SSend 3 reminders", "PPromise"]


def test_a_letter_presses_its_button_but_not_while_typing(page: Page) -> None:
    page.evaluate(
        "document.querySelector('[data-key=p]')"
        ".addEventListener('click', () => { document.title = 'pressed' })"
    )
    page.fill("#f1", "")
    page.type("#f1", "p")
    assert page.title() != "pressed"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("p")

    assert page.title() == "pressed"


def count_sends(page: Page) -> list[str]:
    sent: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            route.fallback()
            return
        sent.append(route.request.url)
        route.fulfill(status=204)

    page.route("**/*", answer)
    return sent


def test_a_form_asks_first_and_is_sent_once(page: Page) -> None:
    sent = count_sends(page)
    page.click("#field button[type=submit]")
    assert page.text_content("#confirm [data-confirm-text]") == "Record this promise?"
    page.click("#confirm button[value=no]")
    assert sent == []

    page.click("#field button[type=submit]")
    page.click("#confirm button[value=yes]")
    page.wait_for_timeout(150)

    assert len(sent) == 1
    assert page.is_disabled("#field button[type=submit]")
    page.evaluate("document.querySelector('#field form').requestSubmit()")
    page.wait_for_timeout(150)
    assert len(sent) == 1


def test_signing_out_twice_sends_once(page: Page) -> None:
    sent = count_sends(page)
    page.click("[popovertarget=me]")
    for _ in range(3):
        page.evaluate("document.querySelector('#me form[action*=sign-out] button').click()")
        page.wait_for_timeout(80)

    assert sent == [HOST + "/sign-out/"]


def test_a_toast_is_dismissed_and_words_in_it_stay_words(page: Page) -> None:
    page.evaluate(
        "document.body.dispatchEvent(new CustomEvent('toast', {bubbles: true,"
        " detail: {text: '<b>Sent</b>', tone: 'good'}}))"
    )
    toasts = page.locator("#toasts .toast p")

    assert toasts.all_text_contents()[-1] == "<b>Sent</b>"
    for _ in range(3):
        page.locator("#toasts [data-dismiss]").first.click()
    assert toasts.count() == 0


def test_without_script_the_page_still_works(browser: Browser, pages: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    tab = context.new_page()
    serve(tab, pages)
    tab.goto(HOST + "/components/")

    assert tab.locator(".scripted:visible").count() == 0
    assert tab.get_attribute(".jump", "href") == "/search/"
    tab.click("[popovertarget=rail]")
    assert tab.is_visible("#rail a[href='/worklist/']")
    context.close()


def test_print_leaves_the_desk_out(page: Page) -> None:
    page.emulate_media(media="print")

    assert page.is_hidden(".top")
    assert page.is_hidden(".rail")
    assert page.is_visible("h1")


def test_motion_stops_for_those_who_ask(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    style = page.evaluate("getComputedStyle(document.querySelector('.skel')).animationName")

    assert style == "none"
