"""Signed-in people made without hashing a password: most tests of the treasury need four."""

from __future__ import annotations

from creditdesk.controls.models import Membership, User
from creditdesk.kernel.actor import Actor
from tests.controls.people import now


def person(of: Actor, name: str, *roles: str) -> Actor:
    """A user with roles, at the moment of the standing actor."""
    user = User.objects.create(username=name, first_name=name.title(), password="!")
    for role in roles:
        Membership.objects.create(user=user, company_id=of.company_id, role=role)
    return now(of, name)
