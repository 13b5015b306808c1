"""What stands behind every address of the desk: the line and the documents of the matrix of roles.

A new address needs its line in tests/controls/matrix.toml and nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from creditdesk import wiring
from creditdesk.config.identity import PROVIDER
from creditdesk.kernel.actor import Actor
from tests.controls.test_matrix import ROWS
from tests.controls.world import documents
from tests.doors.addresses import arguments, routes
from tests.faces.desk.work import a_debtor

MEND = """
{route!r} has the parameters {parameters}, and nobody knows what stands for them.
Give it its line in tests/controls/matrix.toml, whose `of` names a document for each of them:
    "{route}" = {{ of = ["customer"], get = "all" }}
The documents are made by `documents` in tests/controls/world.py; there are {kinds}.
"""
# What stands for parameters of addresses that lead to no document: area → parameter → value.
WITHOUT_DOCUMENT: dict[str, dict[str, object]] = {
    "oidc/": {"provider_id": PROVIDER},
    "security/passkeys/": {"pk": 1},
    "security/sessions/": {"session_id": 1},
    "reconciliation/": {"reference": "REC-2026-000001"},
}
# What they undo cannot be undone here: who asks would be signed out.
ENDS_THE_SESSION = frozenset({"logout/", "security/sessions/end"})


@dataclass(frozen=True, slots=True)
class World:
    """One company with a document of each kind."""

    documents: dict[str, str]

    def place(self, route: str) -> dict[str, object]:
        """Return what really stands for each parameter of a route."""
        names = arguments(route)
        for area, stands in WITHOUT_DOCUMENT.items():
            if route.startswith(area) and names.keys() <= stands.keys():
                return {name: stands[name] for name in names}
        kinds = ROWS.get(route, {}).get("of", ())
        if len(kinds) != len(names) or not set(kinds) <= self.documents.keys():
            known = ", ".join(sorted(self.documents))
            told = MEND.format(route=route, parameters=", ".join(names), kinds=known)
            pytest.fail(told, pytrace=False)
        return {name: self.documents[kind] for name, kind in zip(names, kinds, strict=True)}


def asked_by(method: str) -> list[str]:
    """Return the routes that answer a method; one without a line may answer any."""
    return [
        route
        for route in routes()
        if route not in ENDS_THE_SESSION
        and (route not in ROWS or method in ROWS[route] or "gone" in ROWS[route])
    ]


def built(actor: Actor) -> World:
    wiring.connect()
    made = documents(actor, customer="C1", order="SO-1", asker="ask")
    a_debtor(actor, "C-2")
    return World(made)
