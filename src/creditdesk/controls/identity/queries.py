"""What is known of users: factors, sessions, what happened at the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from creditdesk.controls.models import Membership
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import clock, sql


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user as administrators see one."""

    id: int
    username: str
    full_name: str
    email: str
    is_active: bool
    last_login: datetime | None
    roles: str
    has_second_factor: bool


_USER = """
    SELECT u.id, u.username, trim(u.first_name || ' ' || u.last_name), u.email, u.is_active,
           u.last_login,
           coalesce((SELECT string_agg(m.role || '@' || c.code, ' ' ORDER BY c.code, m.role)
                     FROM controls_membership m JOIN controls_company c ON c.id = m.company_id
                     WHERE m.user_id = u.id), ''),
           EXISTS (SELECT 1 FROM mfa_authenticator f
                   WHERE f.user_id = u.id AND f.type IN ('totp', 'webauthn'))
    FROM controls_user u
"""


def users() -> list[UserRow]:
    """Return every user by name, with roles as `role@company`."""
    return sql.fetch(UserRow, f"{_USER} ORDER BY u.username")


def user(username: str) -> UserRow:
    """Return one user by name; NotFound otherwise."""
    found = sql.fetch_one(UserRow, f"{_USER} WHERE u.username = %s", [username])
    if found is None:
        raise NotFound("user_unknown", f"There is no user {username!r}")
    return found


def users_of_email(email: str) -> list[UserRow]:
    """Return every user of an e-mail address, whatever its case."""
    return sql.fetch(UserRow, f"{_USER} WHERE lower(u.email) = lower(%s)", [email])


def roles_anywhere(user_id: int) -> frozenset[str]:
    """Return the roles a user holds in any company."""
    return frozenset(Membership.objects.filter(user_id=user_id).values_list("role", flat=True))


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of a user."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """What a user can show beside the password."""

    app_since: datetime | None
    passkeys: tuple[Passkey, ...]
    has_codes: bool

    @property
    def has_any(self) -> bool:
        """Whether there is a second factor at all; recovery codes alone are none."""
        return self.app_since is not None or bool(self.passkeys)


@dataclass(frozen=True, slots=True)
class _Factor:
    id: int
    type: str
    name: str | None
    created_at: datetime
    last_used_at: datetime | None


def factors(user_id: int) -> Factors:
    """Return what the user enrolled."""
    rows = sql.fetch(
        _Factor,
        "SELECT id, type, data->>'name', created_at, last_used_at FROM mfa_authenticator"
        " WHERE user_id = %s ORDER BY id",
        [user_id],
    )
    return Factors(
        app_since=next((one.created_at for one in rows if one.type == "totp"), None),
        passkeys=tuple(
            Passkey(one.id, one.name or "", one.created_at, one.last_used_at)
            for one in rows
            if one.type == "webauthn"
        ),
        has_codes=any(one.type == "recovery_codes" for one in rows),
    )


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A place a user is signed in at."""

    id: int
    key: str
    address: str
    agent: str
    began_at: datetime
    seen_at: datetime


def sessions(user_id: int) -> list[SessionRow]:
    """Return where a user is signed in and not long idle, the latest seen first."""
    now = clock.machine_now()
    return sql.fetch(
        SessionRow,
        "SELECT s.id, s.session_key, host(s.ip), s.user_agent, s.created_at, s.last_seen_at"
        " FROM usersessions_usersession s JOIN django_session d USING (session_key)"
        " WHERE s.user_id = %s AND d.expire_date > %s AND s.last_seen_at > %s"
        " ORDER BY s.last_seen_at DESC, s.id DESC",
        [user_id, now, now - settings.SESSION_IDLE],
    )


@dataclass(frozen=True, slots=True)
class DoorRow:
    """Something that happened at the door."""

    at: datetime
    event: str
    what: str
    name: str
    address: str | None
    agent: str
    detail: str


# Steps on the way: each is followed by what came of it.
STEPS = ("tried", "admitted", "spent")


def door(user_id: int | None = None, *, limit: int = 20, with_steps: bool = True) -> list[DoorRow]:
    """Return what happened at the door last, of one user or of everybody."""
    return sql.fetch(
        DoorRow,
        "SELECT at, event, what, name, host(address), agent, detail FROM controls_signinevent"
        " WHERE (%(user_id)s::bigint IS NULL OR user_id = %(user_id)s)"
        " AND NOT event = ANY(%(left_out)s)"
        " ORDER BY id DESC LIMIT %(limit)s",
        {"user_id": user_id, "limit": limit, "left_out": [] if with_steps else list(STEPS)},
    )


def machine_now() -> datetime:
    """Return machine time, by which sessions and locks are counted."""
    return clock.machine_now()
