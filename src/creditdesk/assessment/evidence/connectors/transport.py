"""One question to a register over HTTP, bounded in time and size.

No redirect is followed, no more than a megabyte is read, and the whole takes half a minute at
most. What failed for the moment (no connection, 429, 5xx) is asked again twice; the question is
only ever a reading one. The library is loaded by whoever first asks.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Final

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 10.0
WHOLE_SECONDS: Final = 30.0
TRIES: Final = 3
PAUSE_SECONDS: Final = 0.5
PAUSE_MAX_SECONDS: Final = 5.0
BYTES_MAX: Final = 1024 * 1024
CHUNK: Final = 16 * 1024
OK, NOT_FOUND, TOO_MANY, BROKEN = 200, 404, 429, 500
UNAUTHORISED: Final = (401, 403)


class SourceFault(Exception):
    """A register gave no sound answer; `code` says how: nothing was learned, nothing is kept."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked, without secrets, and what came: `text` as it came, status 200 or 404."""

    request: Mapping[str, str]
    status: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An address to be read, or, with a `body`, to be asked by POST; `user` is a key there."""

    url: str
    user: str = ""
    body: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, str]:
        """Return the question as it is kept: without the key."""
        found = {"method": "GET" if self.body is None else "POST", "url": self.url}
        return found if self.body is None else {**found, "body": json.dumps(dict(self.body))}


@dataclass(slots=True)
class Clock:
    """Machine time as the transport sees it; a test may give its own."""

    until: float = field(default_factory=lambda: time.monotonic() + WHOLE_SECONDS)

    def left(self) -> float:
        """Return how many seconds are left."""
        return self.until - time.monotonic()

    def pause(self, seconds: float) -> None:
        """Wait a moment, unless that would outlast what is left."""
        if seconds >= self.left():
            raise SourceFault("source_slow")
        time.sleep(seconds)


@cache
def _library() -> ModuleType:
    return import_module("requests")


def ask(question: Question, clock: Clock | None = None) -> Answer:
    """Return the answer; SourceFault where there is none, where it is too long, or late."""
    told = clock or Clock()
    fault = "source_silent"
    for turn in range(TRIES):
        pause = PAUSE_SECONDS * 2**turn
        try:
            status, text, wait = _once(question, told)
        except _library().RequestException as error:
            fault = "source_slow" if isinstance(error, _library().Timeout) else "source_silent"
        else:
            if status in (OK, NOT_FOUND):
                return Answer(question.told(), status, text)
            if status != TOO_MANY and status < BROKEN:
                raise SourceFault("source_key" if status in UNAUTHORISED else "source_refused")
            fault = "source_busy" if status == TOO_MANY else "source_broken"
            pause = wait if wait is not None else pause
        if turn + 1 == TRIES or pause > PAUSE_MAX_SECONDS:
            break
        told.pause(pause)
    raise SourceFault(fault)


def _once(question: Question, clock: Clock) -> tuple[int, str, float | None]:
    session = _library().Session()
    session.trust_env = False  # no .netrc: a key goes only where it was meant to
    session.proxies = _library().utils.get_environ_proxies(question.url)
    with session, session.request(
        "GET" if question.body is None else "POST",
        question.url,
        json=None if question.body is None else dict(question.body),
        headers={"Accept": "application/json", **question.headers},
        auth=(question.user, "") if question.user else None,
        timeout=(CONNECT_SECONDS, max(0.1, min(READ_SECONDS, clock.left()))),
        allow_redirects=False,
        stream=True,
    ) as answer:  # fmt: skip
        wait = _seconds(answer.headers.get("Retry-After", ""))
        return answer.status_code, _text(answer.iter_content(CHUNK), clock), wait


def _text(pieces: Iterator[bytes], clock: Clock) -> str:
    found = bytearray()
    for piece in pieces:
        found += piece
        if len(found) > BYTES_MAX:
            raise SourceFault("source_too_long")
        if clock.left() <= 0:
            raise SourceFault("source_slow")
    return found.decode("utf-8", "replace")


def _seconds(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else None  # noqa: PLR2004 - a day


def as_object(text: str) -> dict[str, Any]:
    """Return an answer's JSON object; SourceFault where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise SourceFault("source_malformed") from None
    if not isinstance(found, dict):
        raise SourceFault("source_malformed")
    return found


def within(of: object, *names: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what stands under these names, one in the other; None where it does not."""
    for name in names:
        if not isinstance(of, dict):
            return None
        of = of.get(name)
    return of


def text_of(value: object, length: int = 300) -> str:
    """Return a text as it may be shown: one line, bounded; empty where there is none."""
    if not isinstance(value, str):
        return ""
    printable = "".join(one if one.isprintable() else " " for one in value)
    return " ".join(printable.split())[:length]
