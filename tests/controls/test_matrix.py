"""Every address × every role × own and other company × nobody, by the table beside this file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.controls.world import ROLES, World

TABLE = tomllib.loads((Path(__file__).parent / "matrix.toml").read_text())
ROWS: dict[str, dict[str, Any]] = TABLE["routes"]
KNOWN = {"get", "post", "of", "form", "body", "also", "open", "key", "gone", "absent"}
PARAMETER = re.compile(r"<[^>]+>")
REFUSED, MISSING, NOT_ALLOWED = 403, 404, 405
# What the other company's documents say; no answer to anybody of the own one may hold it.
SECRETS = ("Acorn X1", "INV-X1", "SO-X", "secret plan of eve")

MEND = """
{fault}
Every address has one line in tests/controls/matrix.toml, which says who is answered there:
    "{route}" = {{ get = "all" }}                       a page everybody reads
    "{route}" = {{ post = ["manager"], form = {{ ... }} }}  an act of some roles
The head of the file explains the keys; tests/controls/world.py makes documents for parameters.
"""


def routes(patterns: list[Any], before: str = "") -> Iterator[str]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, before + str(one.pattern))
        elif isinstance(one, URLPattern):
            yield before + str(one.pattern)


def all_routes() -> list[str]:
    return list(routes(get_resolver().url_patterns))


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    found = set(all_routes())
    for route in sorted(found - ROWS.keys()):
        pytest.fail(MEND.format(fault=f"{route!r} has no row.", route=route), pytrace=False)
    for route in sorted(ROWS.keys() - found):
        pytest.fail(MEND.format(fault=f"{route!r} is no route.", route=route), pytrace=False)


@pytest.mark.parametrize("route", ROWS)
def test_every_row_says_what_it_must(route: str) -> None:
    row = ROWS[route]
    assert row.keys() <= KNOWN
    assert row.keys() & {"get", "post", "gone"}
    assert len(PARAMETER.findall(route)) == len(row.get("of", [])), "`of` names each parameter"
    for method in ("get", "post"):
        assert set(answered(row, method)) <= set(ROLES)


def answered(row: dict[str, Any], method: str) -> tuple[str, ...]:
    """The roles that are answered."""
    given = row.get(method, [])
    if given == "all":
        return ROLES
    return tuple(TABLE["groups"][given] if isinstance(given, str) else given)


# -- the world -----------------------------------------------------------------------------------


class Asker:
    """Asks one address, and undoes what the answer did."""

    def __init__(self, route: str, row: dict[str, Any], world: World) -> None:
        self.route, self.row, self.world = route, row, world

    def address(self, *documents: dict[str, str]) -> str:
        """The address with a document for each parameter, of the company given for its place."""
        names = iter(zip(self.row.get("of", []), documents, strict=False))

        def fill(_: re.Match[str]) -> str:
            name, of = next(names)
            return of[name]

        return "/" + PARAMETER.sub(fill, self.route) + self.row.get("also", "")

    def status(self, client: Client, method: str, address: str) -> tuple[int, str]:
        cookies = client.cookies.copy()
        with transaction.atomic():
            response = self._asked(client, method, address)
            transaction.set_rollback(True)
        client.cookies = cookies
        where = response.headers.get("Location", "")
        if response.status_code == 302 and where.startswith("/login/?next="):
            return 401, ""
        content = b"".join(response) if response.streaming else response.content
        return response.status_code, content.decode("utf-8", "replace")

    def _asked(self, client: Client, method: str, address: str) -> Any:
        if method == "get":
            return client.get(address)
        if self.row.get("key"):
            return client.post(address, self.row.get("body"), content_type="application/json")
        return client.post(address, self._form())

    def _form(self) -> dict[str, Any]:
        form = {}
        for name, value in self.row.get("form", {}).items():
            given: Any = value.format_map(self.world.own)
            if value.startswith("@"):
                file, _, text = value[1:].partition(":")
                given = SimpleUploadedFile(file, text.encode())
            form[name.format_map(self.world.own)] = given
        return form

    def clients(self) -> dict[str, Client]:
        return self.world.keys if self.row.get("key") else self.world.clients

    def faults(self) -> Iterator[str]:
        """Whatever is answered otherwise than the table says."""
        if self.row.get("gone"):
            yield from self._of_what_is_gone()
            return
        count = len(self.row.get("of", []))
        own = self.address(*[self.world.own] * count)
        yield from self._of_nobody(own)
        for method in ("get", "post"):
            if method not in self.row:
                status, _ = self.status(self.clients()["manager"], method, own)
                if status != NOT_ALLOWED:
                    yield f"{method} as manager: {status}, not 405"
                continue
            every = list(self.clients().items())
            for role, client in every[:1] if self.row.get("open") else every:
                yield from self._of_role(role, client, method, own)
        # Every mixture in which at least the last document is the other company's.
        for mixed in range(0 if "absent" in self.row.get("of", []) else count):
            places = [self.world.own] * mixed + [self.world.other] * (count - mixed)
            yield from self._of_others(self.address(*places))

    def _of_what_is_gone(self) -> Iterator[str]:
        for role, client in {**self.clients(), "nobody": Client()}.items():
            for method in ("get", "post"):
                status, _ = self.status(client, method, self.address())
                if status != MISSING:
                    yield f"{method} as {role}: {status}, not 404"

    def _of_nobody(self, address: str) -> Iterator[str]:
        for method in ("get", "post"):
            if method not in self.row:
                continue
            status, _ = self.status(Client(), method, address)
            is_open = self.row.get("open", False)
            fine = is_open and status == MISSING and self.row.get("absent")
            if is_open == (status == 401) or (is_open and status >= REFUSED and not fine):
                yield f"{method} without signing in: {status}"

    def _of_role(self, role: str, client: Client, method: str, address: str) -> Iterator[str]:
        status, text = self.status(client, method, address)
        may = role in answered(self.row, method)
        bad = {401, REFUSED, MISSING, NOT_ALLOWED}
        if self.row.get("absent"):
            bad -= {MISSING} if "may not do" in text else {MISSING, REFUSED}
        if may and status in bad:
            yield f"{method} as {role}: {status}, though it may"
        if not may and status != REFUSED:
            yield f"{method} as {role}: {status}, not 403"
        if status >= 500:
            yield f"{method} as {role}: {status}"
        yield from self._leaks(method, role, text)

    def _of_others(self, address: str) -> Iterator[str]:
        for method in ("get", "post"):
            if method not in self.row:
                continue
            may = answered(self.row, method)
            # Who is refused whatever they ask is refused here too: one of them stands for all.
            refused = [role for role in ROLES if role not in may][:1]
            for role in (*may, *refused):
                status, text = self.status(self.clients()[role], method, address)
                hidden = {MISSING} if role in may else {MISSING, REFUSED}
                if status not in hidden:
                    yield f"{method} {address} of another company as {role}: {status}"
                yield from self._leaks(method, role, text.replace(address, ""))

    def _leaks(self, method: str, role: str, text: str) -> Iterator[str]:
        asked = {value for value in self.world.other.values() if not value.isdecimal()}
        yield from (
            f"{method} as {role} shows {secret!r}"
            for secret in SECRETS
            if secret not in asked and secret in text
        )


@pytest.mark.parametrize("route", ROWS)
def test_the_route_answers_whom_it_should(route: str, committed_world: World) -> None:
    faults = list(Asker(route, ROWS[route], committed_world).faults())
    assert faults == [], MEND.format(fault="\n".join(faults), route=route)


@pytest.mark.parametrize(
    ("route", "row", "fault"),
    [
        ("duties/", {"get": "all"}, "get as sales: 403, though it may"),
        ("approvals/", {"get": ["manager"]}, "get as sales: 200, not 403"),
        ("worklist/", {"post": ["manager"]}, "get as manager: 200, not 405"),
        ("help/", {"get": "all", "open": True}, "get without signing in: 401"),
        ("customers/", {"get": "all", "gone": True}, "get as nobody: 401, not 404"),
    ],
)
def test_the_walk_sees_a_row_that_is_wrong(
    route: str, row: dict[str, Any], fault: str, committed_world: World
) -> None:
    assert fault in list(Asker(route, row, committed_world).faults())
