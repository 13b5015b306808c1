"""The topics of the help, and which pages each explains."""

from __future__ import annotations

from dataclasses import dataclass

from creditdesk.faces.desk.help import assessing, book, house, keeping, money, today, watching
from creditdesk.faces.desk.help.texts import Topic

__all__ = ["TOPICS", "Topic", "topic_of"]


@dataclass(frozen=True, slots=True)
class _Listed:
    topic: Topic
    pages: frozenset[str]


_LISTED = tuple(
    _Listed(topic, frozenset(pages))
    for module in (today, book, assessing, watching, keeping, money, house)
    for topic, pages in module.TOPICS
)
TOPICS: tuple[Topic, ...] = tuple(one.topic for one in _LISTED)
_BY_PAGE = {page: one.topic for one in _LISTED for page in one.pages}


def topic_of(page: str) -> Topic | None:
    """Return the topic that explains the page of that address name; `None` for a bare part."""
    return _BY_PAGE.get(page)
