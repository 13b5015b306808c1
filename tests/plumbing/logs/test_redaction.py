"""What may stand in a log line, and what never does."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel.errors import Invalid, Refused
from creditdesk.plumbing.faults import code_of
from creditdesk.plumbing.logs import lines, redaction

MAIL, IBAN, NAME = "erika.mustermann@example.com", "DE02120300000000202051", "Erika Mustermann"
PERSONAL = (
    MAIL,
    IBAN,
    "DE02 1203 0000 0000 2020 51",
    NAME,
    "+49 30 1234567",
    "4111 1111 1111 1111",
)


@pytest.mark.parametrize(
    "given_value",
    ["GET", "/customers/<str:number>/", "day.run", "not_permitted", "acme", 12, 1.5, True, None,
     "0f3a2b1c-aa", "database_57p01", "2026-03-16", "00000000111111112222222233333333"],
)  # fmt: skip
def test_codes_numbers_and_routes_stay(given_value: object) -> None:
    assert redaction.value(given_value) == given_value


@pytest.mark.parametrize("personal", [*PERSONAL, "Müller", "Musterweg 1", "x" * 121, f"to={MAIL}"])
def test_what_is_no_code_is_left_out(personal: str) -> None:
    assert redaction.value(personal) == redaction.LEFT_OUT
    assert redaction.value([personal, 1]) == [redaction.LEFT_OUT, 1]
    assert redaction.value({"a": {"b": personal}}) == {"a": {"b": redaction.LEFT_OUT}}


@pytest.mark.parametrize("personal", PERSONAL)
def test_a_librarys_template_keeps_its_numbers_only(personal: str) -> None:
    filled = redaction.filled("%s was sent %d of %(x)s to %r", (personal, 3, personal, personal))
    assert filled == "… was sent 3 of … to …"
    assert redaction.filled("%(who)s did %(n)d", {"who": personal, "n": 2}) == "… did 2"
    assert redaction.filled("%s", personal) == "…"
    assert redaction.filled("too few %s %s", (1,)) == "too few 1 …"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (f"New login failure by {{username: '{NAME}'}}", "New login failure by {username: …}"),
        (f'no user "{NAME}" here', "no user … here"),
        (f"mail to {MAIL} failed", "mail to … failed"),
        (f"account {IBAN} closed", "account … closed"),
        ("call +49 30 1234567 now", "call +… now"),
        ("two\nlines", "two lines"),
    ],
)
def test_a_librarys_words_lose_what_is_quoted_and_addresses(said: str, left: str) -> None:
    assert redaction.text(said) == left


@given(st.text(), st.emails())
def test_no_address_survives(before: str, address: str) -> None:
    assert address not in redaction.text(f"{before} {address} after")
    assert redaction.value(address) == redaction.LEFT_OUT


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause  # noqa: TRY301 - the test's own
    except Exception as caught:  # noqa: BLE001 - the test's own
        return caught


def test_an_error_is_its_kinds_and_places() -> None:
    error = raised(ValueError(NAME), KeyError(MAIL))
    assert redaction.kinds(error) == ["builtins.ValueError", "builtins.KeyError"]
    [frame] = redaction.frames(error.__traceback__)
    assert frame.endswith(" raised")
    assert NAME not in str(redaction.frames(error.__traceback__))


@pytest.mark.django_db
def test_the_code_of_an_error_quotes_nobody() -> None:
    assert code_of(Refused("not_permitted", f"{NAME} may not")) == "not_permitted"
    assert code_of(Invalid("date_malformed", MAIL)) == "date_malformed"
    assert code_of(ConnectionRefusedError(MAIL)) == "connection_refused_error"
    with pytest.raises(Exception, match=NAME) as refused, connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", [NAME])
    assert code_of(refused.value) == "database_22p02"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a handler of the house writes, from ours and from foreign loggers."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(lines.formatter("json"))
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(level)
    root.removeHandler(handler)
    lines.about_nothing()


def last(stream: io.StringIO) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(stream.getvalue().strip().rpartition("\n")[2])
    assert not any(personal in stream.getvalue() for personal in PERSONAL)
    return made


def test_our_own_line(written: io.StringIO) -> None:
    lines.about(request="abc-12345", company="acme")
    structlog.get_logger("creditdesk.x").info("request", status=200, who=NAME, to=MAIL)
    line = last(written)
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "request", "level": "info", "logger": "creditdesk.x", "request": "abc-12345",
        "company": "acme", "status": 200, "who": "…", "to": "…",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["creditdesk.x", "some.library"])
def test_a_line_of_logging(written: io.StringIO, name: str) -> None:
    logging.getLogger(name).warning("%s owes %d", NAME, 7, extra={"mail": MAIL, "n": 1})
    line = last(written)
    assert (line["event"], line["level"]) == ("… owes 7", "warning")


def test_an_error_with_personal_words(written: io.StringIO) -> None:
    error = raised(ValueError(f"{NAME} {IBAN}"), KeyError(MAIL))
    logging.getLogger("some.library").error("failed", exc_info=error, stack_info=True)
    line = last(written)
    assert line["fault"] == "value_error"
    assert line["error"] == ["builtins.ValueError", "builtins.KeyError"]
    assert line["frames"][0].endswith(" raised")
    structlog.get_logger("creditdesk.x").error("failed", exc_info=error)
    assert last(written)["fault"] == "value_error"


@pytest.mark.django_db
def test_statements_and_their_values_stay_out_at_every_level(
    written: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "django.db.backends")
    connection.force_debug_cursor = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s", [NAME])
    finally:
        connection.force_debug_cursor = False
    assert last(written)["logger"] == "django.db.backends"


def test_an_error_nobody_caught(written: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    lines.catch_all()
    error = raised(ValueError(MAIL))
    sys.excepthook(ValueError, error, error.__traceback__)
    line = last(written)
    assert (line["event"], line["fault"], line["level"]) == (
        "ended by an error", "value_error", "critical",
    )  # fmt: skip


def test_text_for_a_terminal_keeps_the_same_out() -> None:
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "%s", (NAME,), None)
    error = raised(ValueError(MAIL))
    record.exc_info = (ValueError, error, error.__traceback__)
    text = lines.formatter("text").format(record)
    assert "value_error" in text
    assert not any(personal in text for personal in PERSONAL)
