"""Commands about users: added, shown, locked, let in again."""

from __future__ import annotations

import os

from django.db import transaction
from rich.console import Console
from rich.table import Table

from creditdesk.controls import services as controls
from creditdesk.controls.identity import queries
from creditdesk.controls.identity import services as identity
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.companies import COMMAND_LINE
from creditdesk.faces.cli.tongue import gettext
from creditdesk.kernel.errors import Conflict, NotFound

WIDTH_WITHOUT_TERMINAL = 160


def add(
    *,
    name: str,
    roles: list[str],
    company: str,
    full_name: str,
    email: str,
    password: str | None,
) -> int:
    """Add a user and grant the roles; one who is there already is not changed."""
    if any(one.username == name for one in queries.users()):
        raise Conflict("user_exists", f"There is a user {name!r} already; see: creditdesk user")
    granted = companies.named(company) if roles else []
    first, _, last = full_name.partition(" ")
    with transaction.atomic():
        controls.add_user(name, password=None, first_name=first, last_name=last, email=email)
        if password is not None:
            identity.set_password(name, password, by=COMMAND_LINE)
        for of in granted:
            for role in roles:
                controls.grant(name, company_id=of.id, role=role, by=COMMAND_LINE)
    named = {"name": name, "roles": ", ".join(roles)}
    print(
        gettext("%(name)s may sign in as %(roles)s", **named)
        if roles
        else gettext("%(name)s may sign in, without any role", name=name)
    )
    return 0


def show() -> int:
    """Print every user."""
    table = Table(box=None, pad_edge=False)
    headings = (
        gettext("name"), gettext("full name"), gettext("e-mail"), gettext("roles"),
        gettext("second factor"), gettext("last sign-in"), "",
    )  # fmt: skip
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for one in queries.users():
        table.add_row(
            one.username,
            one.full_name,
            one.email,
            one.roles,
            gettext("yes") if one.has_second_factor else gettext("no"),
            f"{one.last_login:%Y-%m-%d %H:%M}" if one.last_login else gettext("never"),
            "" if one.is_active else gettext("locked"),
        )
    _console().print(table)
    return 0


def set_password(*, name: str, password: str) -> int:
    """Set a new password."""
    identity.set_password(name, password, by=COMMAND_LINE)
    print(gettext("%(name)s has a new password; every session has ended", name=name))
    return 0


def grant(*, name: str, roles: list[str], company: str) -> int:
    """Grant roles."""
    for of in companies.named(company):
        for role in roles:
            controls.grant(name, company_id=of.id, role=role, by=COMMAND_LINE)
    return _say(name)


def revoke(*, name: str, roles: list[str], company: str) -> int:
    """Take roles away."""
    for of in companies.named(company):
        for role in roles:
            controls.revoke(name, company_id=of.id, role=role, by=COMMAND_LINE)
    return _say(name)


def _say(name: str) -> int:
    print(f"{name}: {queries.user(name).roles or gettext('no role')}")
    return 0


def lock(*, name: str) -> int:
    """Lock a user."""
    identity.lock(name, by=COMMAND_LINE)
    print(gettext("%(name)s is locked; every session has ended", name=name))
    return 0


def unlock(*, name: str) -> int:
    """Unlock a user."""
    identity.unlock(name, by=COMMAND_LINE)
    print(gettext("%(name)s may try again", name=name))
    return 0


def second_factor(*, name: str, reset: bool) -> int:
    """Say what second factors there are, or take them away."""
    found = queries.factors(queries.user(name).id)
    if reset:
        if not (found.has_any or found.has_codes):
            raise NotFound("second_factor_missing", f"{name} has no second factor")
        identity.forget_factors(name, by=COMMAND_LINE)
        print(gettext("%(name)s has no second factor any more; every session has ended", name=name))
        return 0
    listed = [gettext("authenticator app")] if found.app_since else []
    listed += [gettext("passkey %(name)s", name=repr(one.name)) for one in found.passkeys]
    print(f"{name}: {', '.join(listed) or gettext('no second factor')}")
    return 0


def door(*, name: str, lines: int) -> int:
    """Print the journal of the door, the latest last."""
    user_id = queries.user(name).id if name else None
    for one in reversed(queries.door(user_id, limit=lines)):
        parts = (one.event, one.what, one.name, one.address or "", one.detail)
        print(f"{one.at:%Y-%m-%d %H:%M:%S}", *filter(None, parts))
    return 0


def _console() -> Console:
    return Console(width=None if os.isatty(1) else WIDTH_WITHOUT_TERMINAL)
