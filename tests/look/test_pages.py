from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.utils.translation import override

import creditdesk.look
from creditdesk.look.icons import ICONS
from creditdesk.look.shapes import MailItem
from tests.look.pages import components_page, request_for

ROOM = Path(creditdesk.look.__file__).parent
MAIL = {
    "subject": "Second reminder",
    "company_name": "Northmoor <Supply>",
    "items": [MailItem("INV-1", "34 days late", 794_000), MailItem("CN-2", "", -41_280)],
    "total_minor": 752_720,
    "currency": "GBP",
    "href": "https://pay.example/x?a=1&b=2",
    "label": "Pay",
}


def plain_pages() -> dict[str, str]:
    names = ["403.html", "403_csrf.html", "404.html", "500.html", "registration/login.html"]
    pages = {name: render_to_string(name, request=request_for("/")) for name in names}
    pages["look/no_company.html"] = render_to_string("look/no_company.html")
    pages["look/empty_page.html"] = render_to_string(
        "look/empty_page.html",
        {
            "title": "Mailbox",
            "icon_name": "inbox",
            "heading": "Nothing sent yet",
            "text": "Run it.",
        },
    )
    return {**pages, "components": components_page()}


def test_no_page_needs_more_than_a_strict_policy_allows() -> None:
    for name, page in plain_pages().items():
        assert not re.search(r"\sstyle=", page), name
        assert not re.search(r"\son[a-z]+=", page), name
        assert "javascript:" not in page, name
        assert not re.search(r"<script(?![^>]* src=)", page), name
        assert "<style" not in page, name


def test_every_icon_used_is_in_the_sprite() -> None:
    for name, page in plain_pages().items():
        used = set(re.findall(r'<use href="#i-([a-z-]+)"', page))
        given = set(re.findall(r'<symbol id="i-([a-z-]+)"', page))
        assert used <= given, name
        assert given == set(ICONS), name


def test_ids_are_given_once() -> None:
    for name, page in plain_pages().items():
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), name


def test_the_server_error_page_needs_no_request() -> None:
    page = render_to_string("500.html")

    assert "Something broke on our side" in page


def test_a_failed_sign_in_says_so_and_keeps_the_name() -> None:
    form = {
        "errors": True,
        "non_field_errors": ["Wrong name or password."],
        "username": {"value": "helena"},
    }
    page = render_to_string("registration/login.html", {"form": form}, request=request_for("/"))

    assert 'role="alert"' in page
    assert "Wrong name or password." in page
    assert 'value="helena"' in page


def test_pages_are_readable_in_german_without_breaking_a_drawing() -> None:
    with override("de"):
        page = components_page()

    assert '<html lang="de"' in page
    assert not re.search(r'(?:x|y|width|height|cx|cy)="[\d.]*,', page)


@pytest.mark.parametrize("part", ["base.html", "_items.html", "_button.html"])
def test_a_mail_uses_the_colours_of_the_house(part: str) -> None:
    page = render_to_string(f"look/mail/{part}", MAIL)
    used = set(re.findall(r"#[0-9a-f]{6}\b", page))

    assert used
    assert used <= house_colours()


def house_colours() -> set[str]:
    tokens = (ROOM / "static/look/tokens.css").read_text()
    found = re.findall(r"light-dark\(oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)", tokens)
    return {hex_of(*(float(part) for part in parts)) for parts in found}


def hex_of(lightness: float, chroma: float, hue: float) -> str:
    """Return an oklch colour as sRGB. Source: Björn Ottosson, A perceptual color space, 2020."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * gamma(min(max(c, 0), 1))):02x}" for c in linear)


def gamma(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def test_a_mail_lists_what_is_open_and_the_sum() -> None:
    page = render_to_string("look/mail/_items.html", MAIL)

    assert ">7\u202f940.00</td>" in page
    assert ">−412.80</td>" in page
    assert "7\u202f527.20 <span" in page
    assert "Open, GBP" in page


def test_a_mail_escapes_and_its_plain_text_does_not() -> None:
    assert "Northmoor &lt;Supply&gt;" in render_to_string("look/mail/base.html", MAIL)
    assert "Northmoor <Supply>" in render_to_string("look/mail/base.txt", MAIL)


def test_a_mail_as_plain_text() -> None:
    page = render_to_string("look/mail/_items.txt", MAIL)

    assert page.strip().splitlines() == [
        "INV-1: 7\u202f940.00 GBP (34 days late)",
        "CN-2: −412.80 GBP",
        "To pay: 7\u202f527.20 GBP",
    ]


def test_every_template_of_the_room_compiles() -> None:
    folder = ROOM / "templates"
    names = [str(path.relative_to(folder)) for path in folder.rglob("*.html")]

    assert len(names) > 20
    for name in names:
        engines["django"].get_template(name)


def test_the_style_fetches_nothing_and_names_only_known_tokens() -> None:
    sheets = [path.read_text() for path in (ROOM / "static/look").glob("*.css")]
    given = {name for sheet in sheets for name in re.findall(r"(--[a-z0-9-]+)\s*:", sheet)}
    used = {name for sheet in sheets for name in re.findall(r"var\((--[a-z0-9-]+)", sheet)}

    assert len(sheets) == 5
    assert used <= given
    assert not [sheet for sheet in sheets if "url(" in sheet or "@import" in sheet]
