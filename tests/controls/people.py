"""People of the tests of the controls: signed-in users with roles, and somebody's acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from creditdesk.controls import queries, services
from creditdesk.controls.models import DutyException, Membership, User
from creditdesk.kernel.actor import Actor


def person(of: Actor, name: str, *roles: str) -> Actor:
    """A user with roles, granted through the service, at the moment of the standing actor."""
    services.add_user(name, password="x", first_name=name.title())
    for role in roles:
        services.grant(name, company_id=of.company_id, role=role, by="test")
    return now(of, name)


def now(of: Actor, name: str) -> Actor:
    """The user with what they may do by now, at the moment of the standing actor."""
    user = User.objects.get(username=name)
    held = queries.user_actor(user.id, name, queries.company(of.company_id))
    return replace(held, at=of.at, today=of.today)


def excepted(of: Actor, name: str, pair: int, *, until: date | None = None) -> None:
    """An approved exception, written down as if it had gone its way."""
    user = User.objects.get(username=name)
    DutyException.objects.create(
        company_id=of.company_id, user=user, pair=pair, reason="holiday", valid_from=of.today,
        valid_until=until or of.today + timedelta(days=30), asked_by="test", approved_by="test",
        approval="APR-1", recorded_at=of.at,
    )  # fmt: skip


def smuggled(of: Actor, name: str, role: str) -> None:
    """A role written into the table past the service, as an older version might have left it."""
    user = User.objects.get(username=name)
    Membership.objects.create(user=user, company_id=of.company_id, role=role)
