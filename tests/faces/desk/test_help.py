"""The help panel: every page has a topic, every topic is shown, nothing is left to guess."""

from __future__ import annotations

from django.test import Client
from django.urls import URLPattern

from creditdesk.faces.desk.frame import MENU
from creditdesk.faces.desk.help import TOPICS, topic_of
from creditdesk.faces.desk.urls import urlpatterns

# Answers without a frame of the desk around them have no room for a panel.
BARE = {"help", "message-html", "message-paper", "import-rejected"}


def names() -> list[str]:
    return [str(pattern.name) for pattern in urlpatterns if isinstance(pattern, URLPattern)]


def test_every_page_of_the_desk_has_a_topic() -> None:
    assert [name for name in names() if name not in BARE and topic_of(name) is None] == []


def test_every_topic_explains_a_page_that_is_there() -> None:
    explained = {topic.code for name in names() if (topic := topic_of(name))}

    assert {topic.code for topic in TOPICS} - explained == set()
    assert len({topic.code for topic in TOPICS}) == len(TOPICS)


def test_every_topic_says_what_for_and_what_to_do() -> None:
    thin = [t.code for t in TOPICS if not (t.purpose.endswith(".") and t.steps and t.notes)]

    assert thin == []


def test_the_panel_of_a_page_holds_its_topic(manager: Client) -> None:
    for _, entries in MENU:
        for entry in entries:
            page = manager.get(entry.url)
            topic = topic_of(page.resolver_match.url_name)
            assert topic is not None
            assert page.context["desk"].topic == topic, entry.url
            assert 'id="help" popover' in page.content.decode(), entry.url


def test_the_help_page_holds_every_topic(manager: Client) -> None:
    page = manager.get("/help/").content.decode()

    assert [t.code for t in TOPICS if f'id="{t.code}"' not in page] == []
