"""How a command begins and ends: database and rooms ready, its function called, its status."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import typer

from creditdesk.faces.cli import tongue
from creditdesk.kernel.errors import DomainError


def enter(*, migrated: bool = True) -> None:
    """Make database and rooms ready; every command that touches them begins here."""
    database = import_module("creditdesk.config.database")
    try:
        database.prepare()
    except RuntimeError as error:
        print(f"creditdesk: {tongue.said(str(error))}", file=sys.stderr)
        sys.exit(1)
    _set_up()
    if os.environ.get("CREDITDESK_DEBUG") != "1":
        import_module("creditdesk.plumbing.logs.lines").catch_all()
    if migrated:
        do("install", "require_up_to_date")


def enter_if_possible() -> str:
    """Make the rooms ready even where the database is not; return why it did not start."""
    fault = ""
    try:
        import_module("creditdesk.config.database").prepare()
    except (RuntimeError, DomainError) as error:
        fault = str(error)
    enter_rooms_only()
    return fault


def enter_rooms_only() -> None:
    """Make the rooms ready for a command that reads the code and asks no database."""
    os.environ.setdefault("DATABASE_URL", "postgresql:///creditdesk")
    _set_up()


def _set_up() -> None:
    """Read the settings and load the rooms; a wrong setting ends with the line that names it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditdesk.config.settings")
    wrong = import_module("django.core.exceptions").ImproperlyConfigured
    try:
        import_module("django").setup()
    except wrong as error:
        print(f"creditdesk: {tongue.said(str(error))} [setting_wrong]", file=sys.stderr)
        sys.exit(2)


def do(module: str, function: str, **arguments: Any) -> int:  # noqa: ANN401 - each its own
    """Call the function of a command module; return its exit status."""
    done = getattr(import_module(f"creditdesk.faces.cli.{module}"), function)(**arguments)
    return int(done or 0)


def system_fault(fault: OSError) -> DomainError:
    """Return what the system refuses as one clear line."""
    what = f"{fault.strerror}: {fault.filename}" if fault.filename else str(fault)
    return DomainError("system_fault", f"the system refuses: {what}")


def end(status: int) -> None:
    """End the command with a status."""
    raise typer.Exit(status)
