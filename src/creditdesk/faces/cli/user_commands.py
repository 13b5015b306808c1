"""The commands `creditdesk user …`: what can be typed about users."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter
from creditdesk.faces.cli.tongue import gettext

app = typer.Typer(no_args_is_help=True, help="People who may sign in.")

Company = Annotated[
    str, typer.Option("--company", "-c", help="Code of the company; without it, every one.")
]
Name = Annotated[str, typer.Argument(help="Sign-in name.")]
Role = Annotated[list[str], typer.Option(help="A role; may be repeated.")]
Password = Annotated[
    str, typer.Option(envvar="CREDITDESK_PASSWORD", help="Asked for if not given.")
]


def _asked(given: str) -> str:
    """Return the password given, or typed twice without being shown."""
    again = gettext("Repeat for confirmation")
    asked = gettext("Password")
    return given or str(typer.prompt(asked, hide_input=True, confirmation_prompt=again))


@app.command()
def add(
    name: Name,
    role: Annotated[list[str] | None, typer.Option(help="A role; may be repeated.")] = None,
    company: Company = "",
    full_name: Annotated[str, typer.Option(help="As shown on the desk.")] = "",
    email: Annotated[str, typer.Option(help="By which an OpenID provider finds them.")] = "",
    password: Password = "",
    no_password: Annotated[
        bool, typer.Option("--no-password", help="They come in through the provider alone.")
    ] = False,
) -> None:
    """Add somebody who may sign in, with roles."""
    enter()
    end(
        do(
            "users", "add",
            name=name, roles=role or [], company=company, full_name=full_name, email=email,
            password=None if no_password else _asked(password),
        )
    )  # fmt: skip


@app.command("list")
def list_() -> None:
    """Show every user: roles, second factor, last sign-in."""
    enter()
    end(do("users", "show"))


@app.command()
def password(name: Name, password: Password = "") -> None:
    """Give a user a new password and end every session."""
    enter()
    end(do("users", "set_password", name=name, password=_asked(password)))


@app.command()
def grant(name: Name, role: Role, company: Company = "") -> None:
    """Give a user roles."""
    enter()
    end(do("users", "grant", name=name, roles=role, company=company))


@app.command()
def revoke(name: Name, role: Role, company: Company = "") -> None:
    """Take roles from a user."""
    enter()
    end(do("users", "revoke", name=name, roles=role, company=company))


@app.command()
def lock(name: Name) -> None:
    """Let a user in no longer and end every session."""
    enter()
    end(do("users", "lock", name=name))


@app.command()
def unlock(name: Name) -> None:
    """Let a user in again, also after too many tries."""
    enter()
    end(do("users", "unlock", name=name))


@app.command("second-factor")
def second_factor(
    name: Name,
    reset: Annotated[
        bool, typer.Option("--reset", help="Take every second factor away; end every session.")
    ] = False,
) -> None:
    """Say what second factors a user has, or take them away when they are lost."""
    enter()
    end(do("users", "second_factor", name=name, reset=reset))


@app.command()
def door(
    name: Annotated[str, typer.Argument(help="Sign-in name; without it, everybody.")] = "",
    lines: Annotated[int, typer.Option(help="How many lines.")] = 40,
) -> None:
    """Show what happened at the door: who came in, who was held back, from where."""
    enter()
    end(do("users", "door", name=name, lines=lines))
