"""Every command × every role, by the table beside this file: who may, and who is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest

import creditdesk
from creditdesk.controls import rules
from creditdesk.controls.commands.running import SERVICES
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused

TABLE: dict[str, list[str]] = tomllib.loads((Path(__file__).parent / "services.toml").read_text())[
    "commands"
]
PEOPLE = sorted(rules.ROLES.keys() - {rules.MACHINE})

MEND = """
{fault}
Every command has one line in tests/controls/services.toml, which says which people may do it:
    "room.module:function" = ["manager", "analyst"]
An empty list is a command of machines alone: jobs, the command line and keys.
"""


def every_service() -> dict[str, Callable[..., Any]]:
    """Every command of the house, by its function; all of its modules are imported first."""
    for module in walk_packages(creditdesk.__path__, "creditdesk."):
        of_commands = ".services" in module.name or module.name.endswith(".jobs")
        if of_commands and ".migrations" not in module.name:
            import_module(module.name)
    return {
        path.removeprefix("creditdesk."): run
        for path, run in SERVICES.items()
        if path.startswith("creditdesk.") and "<locals>" not in path
    }


def test_every_command_has_a_row_and_every_row_a_command() -> None:
    found = every_service().keys()
    for path in sorted(found - TABLE.keys()):
        pytest.fail(MEND.format(fault=f"{path} has no row."), pytrace=False)
    for path in sorted(TABLE.keys() - found):
        pytest.fail(MEND.format(fault=f"{path} is no command."), pytrace=False)


def answers(run: Callable[..., Any], actor: Actor) -> bool:
    """Whether the command lets the actor in: then it looks at its arguments, which are wrong."""
    try:
        run(actor, no_such_argument=1)
    except TypeError:
        return True
    except Refused as error:
        if error.code != "not_permitted":
            raise
        return False
    raise AssertionError("a command took an argument that it does not have")


def faults(
    table: dict[str, list[str]], actor_of: Callable[..., Actor], company_id: int
) -> Iterator[str]:
    services = every_service()
    for path, may in table.items():
        for role in (*PEOPLE, rules.MACHINE):
            is_let_in = answers(services[path], actor_of(company_id, role=role))
            if is_let_in != (role in may or role == rules.MACHINE):
                yield f"{path}: {role} {'may' if is_let_in else 'may not'}"


def test_every_command_lets_in_whom_the_table_names(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    assert list(faults(TABLE, actor_of, actor.company_id)) == []


@pytest.mark.parametrize(
    ("path", "may", "fault"),
    [
        ("credit.services.blocks:block", [], "analyst may"),
        ("credit.services.blocks:block", ["analyst", "manager", "auditor"], "auditor may not"),
    ],
)
def test_the_test_is_able_to_fail(
    actor: Actor, actor_of: Callable[..., Actor], path: str, may: list[str], fault: str
) -> None:
    assert f"{path}: {fault}" in list(faults({path: may}, actor_of, actor.company_id))


def test_no_role_of_a_person_reads_nothing_and_no_auditor_does_anything() -> None:
    assert all("read" in rules.ROLES[role] for role in PEOPLE)
    assert rules.ROLES["auditor"] == {"read"}
    assert all("auditor" not in may for may in TABLE.values())
