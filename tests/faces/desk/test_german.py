"""Every page in German: nothing English is left on it but names and references."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings

from creditdesk.faces import desk
from creditdesk.faces.desk.frame import MENU
from creditdesk.kernel.actor import Actor
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.everything import DETAILS, something_of_everything

# Words no German sentence holds; the test's own data use them too.
ENGLISH = re.compile(
    r"\b(the|of|and|with|not|days?|customer|customers|invoice|invoices|open|none|for|by|this|"
    r"waits?|payment|payments|amount|late|overdue|limit is|release|held|until|nothing|no)\b",
    re.IGNORECASE,
)
DATA = re.compile(
    r"Customer BUYER|Final reminder: .*overdue|Overdue: please pay|We pay on Friday"
    r"|agreed otherwise"
)
# The audit trail shows commands, fields and codes as they were given.
AS_GIVEN = ("/audit/",)
PAGES = [entry.url for _, entries in MENU for entry in entries if entry.url not in AS_GIVEN]


class Words(HTMLParser):
    """What a reader reads and hears, what is written in the page's own words only."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self.deep: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag not in ("meta", "link", "input", "img", "br", "hr", "use", "path", "rect"):
            skip = tag in ("script", "style", "pre", "iframe", "code") or found.get("lang")
            self.deep.append("skip" if skip and tag != "html" else tag)
        spoken = ("aria-label", "title", "placeholder")
        self.read += [found[name] or "" for name in spoken if name in found]

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser gives it
        if self.deep:
            self.deep.pop()

    def handle_data(self, data: str) -> None:
        if "skip" not in self.deep and data.strip():
            self.read.append(data.strip())


@pytest.fixture
def addresses(desk: Actor) -> dict[str, str]:
    return something_of_everything(desk)


def test_nothing_english_is_left_on_any_page(
    signed_in: SignedIn, addresses: dict[str, str]
) -> None:
    client = signed_in("manager")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    left: dict[str, list[str]] = {}
    for page in (*PAGES, *DETAILS):
        answer = client.get(addresses.get(page, page))
        assert answer.status_code == 200, page
        reader = Words()
        reader.feed(answer.content.decode())
        english = [text for text in reader.read if ENGLISH.search(DATA.sub("", text))]
        if english:
            left[page] = sorted(set(english))
    assert left == {}


def test_no_page_says_an_error_as_it_was_raised() -> None:
    """Errors are raised in English; a page says them by `faults.sentence` or the filter `said`."""
    bare = re.compile(r"\bstr\(error\)|messages\.\w+\(\s*\w+, \w+\.message\b|\{error\}")
    pages = sorted(Path(desk.__file__).parent.rglob("*.py"))
    assert len(pages) > 60
    assert [path.name for path in pages if bare.search(path.read_text(encoding="utf-8"))] == []
    assert bare.search("messages.error(request, str(error))")
    assert bare.search("messages.warning(request, refused.message)")
