"""Garbage in addresses, parameters and forms of the desk: a clear answer, and nothing half done."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from creditdesk.kernel.actor import Actor
from tests.corpus.words import SCRIPT, TEXTS
from tests.doors.addresses import address, arguments, fields, parameters, routes
from tests.doors.world import World, asked_by, built
from tests.faces.desk.pages import words
from tests.faces.desk.work import a_debtor

ANSWERS = {200, 301, 302, 303, 400, 403, 404, 405, 409, 422}
# The sign-in pages alone wait after too many tries.
TOO_MANY = 429
# So do the pages customers pay at, which nobody signs in to.
AT_THE_DOOR = ("login/", "again/", "security/", "pay/", "apply/")


@pytest.fixture
def world(desk: Actor, manager: Client) -> World:
    return built(desk)


@pytest.fixture
def asking(manager: Client, world: World) -> Asking:
    manager.raise_request_exception = False
    return Asking(manager, world)


class Asking:
    """Asks one address after the other and keeps what was wrong.

    What was answered is undone; what was refused is not, so that in the end nothing may be there
    that was not there before.
    """

    def __init__(self, client: Client, world: World) -> None:
        self.client = client
        self.world = world
        self.wrong: list[str] = []
        self.asked = 0
        self.before = counts()

    def __call__(
        self, name: str, method: str, route: str, place: dict[str, Any], given: dict[str, Any]
    ) -> None:
        self.asked += 1
        cookies = self.client.cookies.copy()
        with transaction.atomic():
            try:
                response = getattr(self.client, method)(address(route, place), given)
                wrong, is_refused = faults(response, route), response.status_code >= 400
            except Exception as error:  # noqa: BLE001 - of the client, or out of the middleware
                wrong, is_refused = f"{type(error).__name__}: {error}", False
            transaction.set_rollback(not is_refused)
        self.client.cookies = cookies
        if wrong:
            self.wrong.append(f"{name} {method} {route}: {wrong[:300]}")

    def found_nothing(self) -> None:
        """Every answer was one, and no refusal left anything behind."""
        assert self.wrong == []
        assert changed(self.before) == {}


def faults(response: Any, route: str) -> str:
    may_wait = response.status_code == TOO_MANY and route.startswith(AT_THE_DOOR)
    if response.status_code not in ANSWERS and not may_wait:
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
            " AND relname NOT LIKE '%session'"
        )
        [(statement,)] = cursor.fetchall()
        cursor.execute(statement)
        return dict(cursor.fetchall())


def changed(before: dict[str, int]) -> dict[str, int]:
    """Return table → how many rows more it has than before; nothing if all is as it was."""
    after = counts()
    return {table: after[table] - before[table] for table in after if after[table] != before[table]}


def rotated(names: list[str], texts: list[str], by: int) -> dict[str, str]:
    """Give each name another text, so that none hides behind an earlier one."""
    return {name: texts[(5 * place + by) % len(texts)] for place, name in enumerate(names)}


def test_the_names_are_found() -> None:
    assert {"q", "sort", "page", "currency", "as_of", "customer", "at"} <= set(parameters())
    assert {"reason", "amount", "key", "payer", "note", "column-"} <= set(fields())
    assert len(routes()) > 60


def test_each_name_meets_each_text() -> None:
    for names, texts in ((parameters(), IN_PARAMETERS), (fields(), IN_FIELDS)):
        met = [rotated(names, texts, by) for by in range(len(texts))]
        assert all({one[name] for one in met} == set(texts) for name in names)


def test_the_world_knows_what_stands_at_every_address(world: World) -> None:
    for route in routes():
        world.place(route)
    with pytest.raises(pytest.fail.Exception, match="<int:nothing_id>"):
        world.place("new/<int:nothing_id>/")
    assert world.place("new/") == {}


IN_PATHS = ("nul", "script", "sql", "path", "long", "empty")
IN_PARAMETERS = [
    TEXTS[name]
    for name in ("script", "sql", "digits", "first_date", "date", "not_a_number", "no_date")
]
IN_FIELDS = [text[:30_000] for name, text in TEXTS.items() if name != "nul"]
NUL = TEXTS["nul"]


def test_in_the_path(asking: Asking) -> None:
    """Each text at one of the parameters' places after the other; a zero character at all."""
    with_places = [route for route in routes() if arguments(route)]
    for number, route in enumerate(with_places):
        for name in {IN_PATHS[number % len(IN_PATHS)], "nul", "script"}:
            given = {
                argument: 2**70 if kind == "int" else TEXTS[name][:2000]
                for argument, kind in arguments(route).items()
            }
            asking(name, "get" if number % 2 else "post", route, given, {})
    assert asking.asked > len(with_places)
    asking.found_nothing()


def test_in_the_parameters(asking: Asking) -> None:
    for number, route in enumerate(asked_by("get")):
        place = asking.world.place(route)
        for turn in range(2 if place else 3):
            given = rotated(parameters(), IN_PARAMETERS, 3 * number + turn)
            if turn < 2:  # a format that is none would hide the page
                given["format"] = ("", "csv", "", "xlsx")[(number + turn) % 4]
            asking(f"turn {turn}", "get", route, place, given)
        if number % 3 == 0:
            asking("nul", "get", route, place, dict.fromkeys(parameters(), NUL))
    asking.found_nothing()


def test_in_the_fields_of_forms(asking: Asking) -> None:
    for number, route in enumerate(asked_by("post")):
        place = asking.world.place(route)
        for turn in range(4):
            given = rotated(fields(), IN_FIELDS, 7 * number + 5 * turn)
            asking(f"turn {turn}", "post", route, place, given)
        asking("script", "post", route, place, dict.fromkeys(fields(), TEXTS["script"]))
        if number % 3 == 0:
            asking("nul", "post", route, place, dict.fromkeys(fields(), NUL))
    asking.found_nothing()


def test_a_field_that_is_far_too_long_is_refused(manager: Client, desk: Actor) -> None:
    a_debtor(desk, "C1")
    before = counts()
    response = manager.post("/customers/C1/block", {"reason": TEXTS["long"]})
    assert response.status_code == 422
    assert "more than 20000 characters" in words(response)
    assert changed(before) == {}
