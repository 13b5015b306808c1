"""Companies, and who somebody is: a user, a key, a job."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from creditdesk.controls import rules
from creditdesk.controls.models import Membership
from creditdesk.controls.queries import duties
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.plumbing import clock, sql


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company as other rooms know it."""

    id: int
    code: str
    name: str
    currency: str
    country: str
    timezone: str
    language: str
    address: str
    sender_name: str
    sender_email: str
    phone: str
    book: str = rules.BOOK_OWN
    live_since: date | None = None


_COMPANY = (
    "SELECT id, code, name, currency, country, timezone, language, address, sender_name,"
    " sender_email, phone, book, live_since FROM controls_company"
)


def companies() -> list[CompanyRow]:
    """Return every company by code."""
    return sql.fetch(CompanyRow, f"{_COMPANY} ORDER BY code")


def company(company_id: int) -> CompanyRow:
    """Return one company; NotFound otherwise."""
    row = sql.fetch_one(CompanyRow, f"{_COMPANY} WHERE id = %s", [company_id], planned=True)
    if row is None:
        raise NotFound("company_unknown", "There is no such company")
    return row


def company_by_code(code: str) -> CompanyRow:
    """Return one company by its code; NotFound otherwise."""
    row = sql.fetch_one(CompanyRow, f"{_COMPANY} WHERE code = %s", [code])
    if row is None:
        raise NotFound("company_unknown", f"There is no company {code!r}")
    return row


def companies_of(user_id: int) -> list[CompanyRow]:
    """Return the companies in which the user holds a role, by code."""
    return sql.fetch(
        CompanyRow,
        f"{_COMPANY} WHERE id IN (SELECT company_id FROM controls_membership WHERE user_id = %s)"
        " ORDER BY code",
        [user_id],
    )


def roles_of(user_id: int, company_id: int) -> frozenset[str]:
    """Return the roles a user holds in a company."""
    return frozenset(
        Membership.objects.filter(user_id=user_id, company_id=company_id).values_list(
            "role", flat=True
        )
    )


def user_actor(
    user_id: int, name: str, of: CompanyRow, *, roles: frozenset[str] | None = None
) -> Actor:
    """Return the signed-in user as an actor of a company; Refused without a role there.

    Who has looked the roles up already gives them.
    """
    if roles is None:
        roles = roles_of(user_id, of.id)
    if not roles:
        raise Refused("not_a_member", f"{name} has no role in {of.name}")
    at = clock.now()
    today = at.astimezone(ZoneInfo(of.timezone)).date()
    permissions = rules.permissions_of(roles)
    return Actor(
        company_id=of.id,
        name=name,
        user_id=user_id,
        at=at,
        today=today,
        permissions=permissions,
        denied=_denied(user_id, of.id, permissions, today),
    )


def session_actor(
    user_id: int,
    name: str,
    of: CompanyRow,
    *,
    proved_at: datetime,
    roles: frozenset[str] | None = None,
) -> Actor:
    """Return the person of a session, with the machine time of their last proof of who they are.

    Faces that people sign in to use this one: without it grave commands would not ask again.
    """
    return replace(user_actor(user_id, name, of, roles=roles), proved_at=proved_at)


def _denied(
    user_id: int, company_id: int, permissions: frozenset[str], today: date
) -> frozenset[str]:
    """Return duties that meet in somebody without an exception in force; asks only if some do."""
    if not rules.conflicts(permissions):
        return frozenset()
    return rules.denied(permissions, duties.excepted_pairs(company_id, user_id, today))


def system_actor(of: CompanyRow, name: str) -> Actor:
    """Return a job or command-line run as an actor that may do everything in the company."""
    at = clock.now()
    return Actor(
        company_id=of.id,
        name=name,
        at=at,
        today=at.astimezone(ZoneInfo(of.timezone)).date(),
        permissions=rules.permissions_of({"system"}),
    )


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that was not revoked, where its company is, and how the business clock is set."""

    company_id: int
    prefix: str
    name: str
    role: str
    timezone: str
    base_at: datetime | None
    set_at: datetime | None


KEY = f"""
    SELECT k.company_id, k.prefix, k.name, k.role, c.timezone, t.base_at, t.set_at
    FROM controls_apikey k JOIN controls_company c ON c.id = k.company_id
    LEFT JOIN (SELECT {clock.SETTING} FROM plumbing_clock ORDER BY id LIMIT 1) t ON true
    WHERE k.digest = %(scope)s AND k.revoked_at IS NULL
"""


def scope_of(secret: str) -> str:
    """Return the digest under which a key, and what was answered to it, is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def key_actor(secret: str) -> Actor | None:
    """Return the holder of an API key as an actor, or `None` for an unknown or revoked key."""
    found = sql.fetch_one(KeyRow, KEY, {"scope": scope_of(secret)}, planned=True)
    return None if found is None else holder(found)


def holder(found: KeyRow) -> Actor:
    """Return who holds a key, acting now."""
    at = clock.shown(clock.Setting(found.base_at, found.set_at))
    return Actor(
        company_id=found.company_id,
        name=f"key {found.prefix} ({found.name})",
        at=at,
        today=at.astimezone(ZoneInfo(found.timezone)).date(),
        permissions=rules.permissions_of({found.role}),
    )
