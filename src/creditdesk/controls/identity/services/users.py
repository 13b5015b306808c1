"""What administrators do to users; each act stands at the door's journal and in the audit."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from creditdesk.controls import queries as controls
from creditdesk.controls import services as writers
from creditdesk.controls.identity import queries, rules
from creditdesk.controls.identity.queries import UserRow
from creditdesk.controls.identity.rules import RoleRule
from creditdesk.controls.identity.services import door
from creditdesk.controls.identity.services.sessions import end_sessions
from creditdesk.controls.models import User
from creditdesk.kernel.errors import Invalid, Place, Refused


@transaction.atomic
def set_password(username: str, password: str, *, by: str) -> None:
    """Give a user a new password that is good enough, and end every session."""
    of = queries.user(username)
    user = User.objects.get(id=of.id)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(
            "password_weak", " ".join(error.messages), place=Place(field="password")
        ) from error
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(of.id)
    _tell(of, "controls.set_password", "password_set", by)


@transaction.atomic
def lock(username: str, *, by: str) -> None:
    """Let a user in no longer, and end every session."""
    of = queries.user(username)
    User.objects.filter(id=of.id).update(is_active=False)
    end_sessions(of.id)
    _tell(of, "controls.lock_user", "locked", by)


@transaction.atomic
def unlock(username: str, *, by: str) -> None:
    """Let a user in again and forgive the tries that failed."""
    of = queries.user(username)
    User.objects.filter(id=of.id).update(is_active=True)
    _tell(of, "controls.unlock_user", "unlocked", by)


@transaction.atomic
def forget_factors(username: str, *, by: str) -> int:
    """Take a user's second factors and recovery codes away and end every session; how many."""
    of = queries.user(username)
    count: int = Authenticator.objects.filter(user_id=of.id).delete()[0]
    end_sessions(of.id)
    _tell(of, "controls.forget_factors", "factors_forgotten", by)
    return count


def set_provider_roles(
    username: str, *, by_rules: Iterable[RoleRule], claims: dict[str, object], by: str
) -> None:
    """Give a user the roles the claims earn, and take those the rules speak of but are not earned.

    Roles of which no rule speaks stay as they are, and so does everything of a company that is
    not there. A role that may not be given, because of another one held, is left out and noted.
    """
    listed = list(by_rules)
    earned = rules.roles_claimed(listed, claims)
    ids = {of.code: of.id for of in controls.companies()}
    spoken = sorted({(one.role, one.company) for one in listed if one.company in ids})
    for role, code in spoken:
        if (role, code) not in earned:
            writers.revoke(username, company_id=ids[code], role=role, by=by)
    for role, code in spoken:
        if (role, code) in earned:
            _grant_or_note(username, ids[code], role, by)


def _grant_or_note(username: str, company_id: int, role: str, by: str) -> None:
    try:
        writers.grant(username, company_id=company_id, role=role, by=by)
    except Refused as error:
        who = door.Visitor(username, None)
        door.note("refused", "role", who, detail=f"{role}: {error.code}")


def _tell(of: UserRow, command: str, event: str, by: str) -> None:
    """Write the act into the journal of the door and the audit of each of the user's companies."""
    door.note(event, "user", door.Visitor(of.username, None), detail=by)
    for company in controls.companies_of(of.id):
        writers.audit(controls.system_actor(company, by), command, {"user": of.username})
