"""Writers of the controls: companies, users, roles, API keys."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction

from creditdesk.controls import rules
from creditdesk.controls.models import ApiKey, AuditEntry, Company, Membership, User
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.plumbing import clock


@transaction.atomic
def found_company(
    code: str,
    *,
    name: str,
    currency: str,
    country: str,
    timezone: str = "UTC",
    language: str = "en",
    address: str = "",
    sender_name: str = "",
    sender_email: str = "",
    phone: str = "",
) -> int:
    """Found a company, or bring the one of that code up to date; return its id."""
    row, _ = Company.objects.update_or_create(
        code=code,
        defaults={
            "name": name,
            "currency": currency,
            "country": country,
            "timezone": timezone,
            "language": language,
            "address": address,
            "sender_name": sender_name or name,
            "sender_email": sender_email,
            "phone": phone,
        },
    )
    return row.id


@transaction.atomic
def grant(username: str, *, company_id: int, role: str, by: str) -> None:
    """Give a user a role in a company; again changes nothing. Unknown roles are refused."""
    if role not in rules.ROLES:
        known = ", ".join(sorted(rules.ROLES))
        raise Refused("role_unknown", f"There is no role {role!r}; there are {known}")
    user = User.objects.filter(username=username).first()
    if user is None:
        raise NotFound("user_unknown", f"There is no user {username!r}")
    _, is_new = Membership.objects.get_or_create(user=user, company_id=company_id, role=role)
    if is_new:
        _record(company_id, by, "controls.grant", {"user": username, "role": role})


@transaction.atomic
def add_user(
    username: str, *, password: str, first_name: str = "", last_name: str = "", email: str = ""
) -> int:
    """Add somebody who may sign in, or set the password of one who is there; return the id."""
    user = User.objects.filter(username=username).first() or User(username=username)
    user.first_name, user.last_name, user.email = first_name, last_name, email
    user.set_password(password)
    user.save()
    return user.id


@transaction.atomic
def issue_key(company_id: int, *, name: str, by: str, role: str = "system") -> str:
    """Make an API key for another system and return it, this once; only a digest is kept."""
    secret = f"cd_{secrets.token_urlsafe(32)}"
    ApiKey.objects.create(
        company_id=company_id,
        name=name,
        role=role,
        prefix=secret[:8],
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        created_at=clock.now(),
    )
    _record(company_id, by, "controls.issue_key", {"name": name, "role": role})
    return secret


def audit(actor: Actor, command: str, arguments: dict[str, object]) -> None:
    """Record an act that is no command of its own, such as a download."""
    AuditEntry.objects.create(
        company_id=actor.company_id,
        at=actor.at,
        actor=actor.name,
        user_id=actor.user_id,
        command=command,
        arguments=arguments,
        outcome=None,
    )


def _record(company_id: int, by: str, command: str, arguments: dict[str, object]) -> None:
    AuditEntry.objects.create(
        company_id=company_id,
        at=clock.now(),
        actor=by,
        command=command,
        arguments=arguments,
        outcome=None,
    )
