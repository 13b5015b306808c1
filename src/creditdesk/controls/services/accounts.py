"""Companies, users and API keys."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Final

from django.db import transaction

from creditdesk.controls import rules
from creditdesk.controls.audit.services import without_personal
from creditdesk.controls.models import ApiKey, AuditEntry, Company, User
from creditdesk.controls.services.books import require_book
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing import clock, sql

_AUDIT = """
    INSERT INTO controls_auditentry
        (company_id, at, actor, user_id, command, arguments, outcome, reason)
    VALUES (%s, %s, %s, %s, %s, %s, NULL, '')
"""
NEW_COMPANY: Final = {"currency": "EUR", "country": "DE", "timezone": "Europe/Berlin"}


@transaction.atomic
def found_company(
    code: str,
    *,
    name: str | None = None,
    currency: str | None = None,
    country: str | None = None,
    timezone: str | None = None,
    language: str | None = None,
    address: str | None = None,
    sender_name: str | None = None,
    sender_email: str | None = None,
    phone: str | None = None,
    book: str | None = None,
) -> int:
    """Found a company, or bring the one of that code up to date; return its id.

    What is not given stays as it is in a known company, and has its default in a new one. Refused
    for another currency than the one its books are kept in.
    """
    given = {
        "name": name,
        "currency": currency,
        "country": country,
        "timezone": timezone,
        "language": language,
        "address": address,
        "sender_name": sender_name,
        "sender_email": sender_email,
        "phone": phone,
        "book": book,
    }
    if book is not None:
        require_book(book)
    stated = {field: value for field, value in given.items() if value is not None}
    known = Company.objects.select_for_update().filter(code=code).first()
    if known is None:
        called = stated.get("name", code)
        return Company.objects.create(
            code=code, **({**NEW_COMPANY, "name": called, "sender_name": called} | stated)
        ).id
    if stated.get("currency", known.currency) != known.currency:
        raise Refused(
            "company_currency_fixed",
            f"The books of {code} are kept in {known.currency}",
            currency=known.currency,
        )
    Company.objects.filter(id=known.id).update(**stated)
    return known.id


@transaction.atomic
def add_user(
    username: str,
    *,
    password: str | None,
    first_name: str = "",
    last_name: str = "",
    email: str = "",
) -> int:
    """Add somebody who may sign in, or set the password of one who is there; return the id.

    Without a password they come in through the company's own provider alone.
    """
    user = User.objects.filter(username=username).first() or User(username=username)
    user.first_name, user.last_name, user.email = first_name, last_name, email
    user.set_password(password)
    user.save()
    return user.id


def keep_language(user_id: int, language: str) -> None:
    """Keep in which language somebody reads, for the mails that are written to them."""
    User.objects.filter(id=user_id).exclude(language=language).update(language=language)


@transaction.atomic
def issue_key(company_id: int, *, name: str, by: str, role: str = "system") -> str:
    """Make an API key for another system and return it, this once; only a digest is kept."""
    if role not in rules.ROLES:
        known = ", ".join(sorted(rules.ROLES))
        raise Refused("role_unknown", f"There is no role {role!r}; there are {known}")
    secret = f"cd_{secrets.token_urlsafe(32)}"
    ApiKey.objects.create(
        company_id=company_id,
        name=name,
        role=role,
        prefix=secret[:8],
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        created_at=clock.now(),
    )
    record(company_id, by, "controls.issue_key", {"name": name, "role": role})
    return secret


def audit(actor: Actor, command: str, arguments: dict[str, object]) -> None:
    """Record an act that is no command of its own, such as a download."""
    kept = without_personal(actor, command, {"arguments": arguments})["arguments"]
    values = (actor.company_id, actor.at, actor.name, actor.user_id, command, json.dumps(kept))
    sql.execute(_AUDIT, values)


def record(
    company_id: int,
    by: str,
    command: str,
    arguments: dict[str, object],
    by_user_id: int | None = None,
) -> None:
    """Record what the command line or the desk did to users and keys."""
    AuditEntry.objects.create(
        company_id=company_id,
        at=clock.now(),
        actor=by,
        user_id=by_user_id,
        command=command,
        arguments=arguments,
        outcome=None,
    )
