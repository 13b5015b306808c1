"""Garbage in addresses, parameters and forms of the desk: a clear answer, and nothing half done."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from creditdesk.kernel.actor import Actor
from tests.corpus.words import SCRIPT, TEXTS
from tests.doors.addresses import address, arguments, fields, parameters, routes
from tests.doors.world import World, built
from tests.faces.desk.pages import words

ANSWERS = {200, 301, 302, 303, 400, 403, 404, 405, 409, 422}


@pytest.fixture
def world(desk: Actor) -> World:
    return built(desk)


@pytest.fixture
def asking(manager: Client, request: pytest.FixtureRequest) -> Asking:
    if "world" in request.fixturenames:
        request.getfixturevalue("world")
    manager.raise_request_exception = False
    return Asking(manager)


class Asking:
    """Asks one address after the other, undoes what each did and keeps what was wrong."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.wrong: list[str] = []
        self.before = counts()

    def __call__(
        self, name: str, method: str, route: str, place: dict[str, Any], given: dict[str, Any]
    ) -> None:
        with transaction.atomic():
            try:
                response = getattr(self.client, method)(address(route, place), given)
                wrong = faults(response)
                if not wrong and method == "post" and response.status_code >= 400:
                    wrong = "" if counts() == self.before else "refused, but something was written"
            except Exception as error:  # noqa: BLE001 - of the client, or out of the middleware
                wrong = f"{type(error).__name__}: {error}"
            transaction.set_rollback(True)
        if wrong:
            self.wrong.append(f"{name} {method} {route}: {wrong[:300]}")


def faults(response: Any) -> str:
    if response.status_code not in ANSWERS:
        cause = getattr(response, "exc_info", None)
        return f"status {response.status_code} {cause[1] if cause else ''!r}"[:300]
    if any("\n" in value or "\r" in value for value in response.headers.values()):
        return "a header of two lines"
    content = b"".join(response) if response.streaming else response.content
    shown = content.decode("utf-8", "replace")
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    if is_page and (SCRIPT in shown or "<img src=x" in shown):
        return "shown unescaped"
    return ""


def counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(format('SELECT %L, count(*) FROM %I', relname, relname), ' UNION ')"
            " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relname NOT LIKE 'django_session'"
        )
        [(statement,)] = cursor.fetchall()
        cursor.execute(statement)
        return dict(cursor.fetchall())


def test_the_names_are_found() -> None:
    assert {"q", "sort", "page", "currency", "as_of", "customer", "at"} <= set(parameters())
    assert {"reason", "amount", "key", "payer", "note", "column-"} <= set(fields())
    assert len(routes()) > 60


IN_PATHS = ("nul", "script", "sql", "path", "long", "empty")
IN_PARAMETERS = ("nul", "script", "sql", "digits", "first_date", "date", "not_a_number")


def test_in_the_path(asking: Asking) -> None:
    for name in IN_PATHS:
        for route in routes():
            given = {
                argument: 2**70 if kind == "int" else TEXTS[name][:2000]
                for argument, kind in arguments(route).items()
            }
            if given:
                asking(name, "get", route, given, {})
                if name == "nul":
                    asking(name, "post", route, given, {})
    assert asking.wrong == []


def test_in_the_parameters(asking: Asking, world: World) -> None:
    for route in routes():
        place = {argument: world.of(route, argument) for argument in arguments(route)}
        for name in IN_PARAMETERS if not place else IN_PARAMETERS[:2]:
            asking(name, "get", route, place, dict.fromkeys(parameters(), TEXTS[name]))
        for format_ in ("csv", "xlsx"):
            asking("export", "get", route, place, {"q": TEXTS["formula"], "format": format_})
    assert asking.wrong == []


def test_in_the_fields_of_forms(asking: Asking, world: World) -> None:
    """Each pass gives each field another text, so that no field hides behind an earlier one."""
    texts = [text[:30_000] for name, text in TEXTS.items() if name != "nul"]
    passes = [
        {field: texts[(n * 5 + shift) % len(texts)] for n, field in enumerate(fields())}
        for shift in range(0, len(texts), 4)
    ]
    passes.append(dict.fromkeys(fields(), TEXTS["nul"]))
    passes.append(dict.fromkeys(fields(), TEXTS["script"]))
    for number, given in enumerate(passes):
        for route in routes():
            if route != "logout/":
                place = {argument: world.of(route, argument) for argument in arguments(route)}
                asking(f"pass {number}", "post", route, place, given)
    assert asking.wrong == []


def test_a_field_that_is_far_too_long_is_refused(manager: Client, world: World) -> None:
    response = manager.post("/customers/C1/block", {"reason": TEXTS["long"]})
    assert response.status_code == 422
    assert "more than 20000 characters" in words(response)
