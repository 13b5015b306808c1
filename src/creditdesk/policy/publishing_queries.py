"""Drafts, published versions with who asked and who approved, and who has read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.policy import rules
from creditdesk.policy.models import Draft


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft: whose it is, what it says, and the newest version when it was last changed."""

    author: str
    author_id: int | None
    given: Mapping[str, Any]
    based_on: int
    changed_at: datetime

    def is_of(self, actor: Actor) -> bool:
        """Whether it is the draft of that person, or of the machine of that name."""
        return self.author_id == actor.user_id and (
            actor.user_id is not None or self.author == actor.name
        )

    def policy(self, on: date) -> rules.Policy:
        """Return the draft as it would be in force from a day."""
        return rules.parse(self.given, version=0, valid_from=on)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version: from when, by whom, why, who approved it, and whether it was withdrawn."""

    version: int
    valid_from: date
    recorded_at: datetime
    recorded_by: str
    reason: str
    approval: str
    approved_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str

    def state(self, in_force: int, today: date) -> str:
        """Return `withdrawn`, `in_force`, `planned` or `past`, given the version in force."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.version == in_force:
            return "in_force"
        return "planned" if self.valid_from > today else "past"


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """Somebody of the staff, and when they said that they had read a version."""

    user_id: int
    name: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Rules:
    text: str


_VERSION = """
    SELECT p.version, p.valid_from, p.recorded_at, p.recorded_by, coalesce(u.reason, '') AS reason,
           coalesce(u.approval, '') AS approval, coalesce(u.approved_by, '') AS approved_by,
           p.withdrawn_at, p.withdrawn_by
      FROM policy_policy p
      LEFT JOIN policy_publication u ON u.company_id = p.company_id AND u.version = p.version
     WHERE p.company_id = %(company_id)s
"""
# The auditor only reads, and whoever is no member any more has nothing to read.
READERS = """
    SELECT u.id, coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.username) AS name,
           a.recorded_at
      FROM controls_user u
      LEFT JOIN policy_acknowledgement a
        ON a.company_id = %(company_id)s AND a.version = %(version)s AND a.user_id = u.id
     WHERE u.is_active AND EXISTS (
           SELECT FROM controls_membership m
            WHERE m.user_id = u.id AND m.company_id = %(company_id)s
              AND m.role NOT IN ('auditor', 'system'))
     ORDER BY a.recorded_at IS NOT NULL, name, u.id
"""


# Of what was published last and not withdrawn: whether somebody has still to read it.
TO_READ = """
    SELECT (NOT EXISTS (
            SELECT FROM policy_acknowledgement a
             WHERE a.company_id = u.company_id AND a.version = u.version
               AND a.user_id = %(user_id)s))::int
      FROM policy_publication u
      JOIN policy_policy p ON p.company_id = u.company_id AND p.version = u.version
     WHERE u.company_id = %(company_id)s AND p.withdrawn_at IS NULL
     ORDER BY u.version DESC LIMIT 1
"""


def draft(actor: Actor) -> DraftRow | None:
    """Return the draft of whoever acts, if there is one."""
    return next((one for one in drafts(actor.company_id) if one.is_of(actor)), None)


def drafts(company_id: int) -> list[DraftRow]:
    """Return every draft of a company, the one changed last first."""
    return [
        DraftRow(one.author, one.author_id, one.rules, one.based_on, one.changed_at)
        for one in Draft.objects.filter(company_id=company_id).order_by("-changed_at", "id")
    ]


def rules_in_force(company_id: int, on: date) -> dict[str, Any]:
    """Return the rules in force as they were written, to begin a draft with."""
    row = sql.fetch_one(
        _Rules,
        "SELECT rules::text FROM policy_policy WHERE company_id = %s AND withdrawn_at IS NULL"
        " ORDER BY valid_from <= %s DESC, abs(valid_from - %s) LIMIT 1",
        [company_id, on, on],
    )
    return dict(rules.DEFAULT) if row is None else json.loads(row.text)


def rules_of(company_id: int, version: int) -> dict[str, Any]:
    """Return a version of the rules as it was written."""
    row = sql.fetch_one(
        _Rules,
        "SELECT rules::text FROM policy_policy WHERE company_id = %s AND version = %s",
        [company_id, version],
    )
    if row is None:
        raise NotFound("policy_version_unknown", f"There is no version {version} of the policy")
    found: dict[str, Any] = json.loads(row.text)
    return found


def listing(company_id: int) -> list[VersionRow]:
    """Return every version, the newest first, withdrawn ones too."""
    return sql.fetch(VersionRow, f"{_VERSION} ORDER BY p.version DESC", {"company_id": company_id})


def newest(company_id: int) -> VersionRow | None:
    """Return the version recorded last, withdrawn or not."""
    return next(iter(listing(company_id)), None)


def publication(company_id: int, version: int) -> VersionRow:
    """Return a version that people published; NotFound for any other."""
    row = sql.fetch_one(
        VersionRow,
        f"{_VERSION} AND p.version = %(version)s AND u.id IS NOT NULL",
        {"company_id": company_id, "version": version},
    )
    if row is None:
        raise NotFound("policy_version_unknown", f"Nobody published version {version}")
    return row


def to_read(company_id: int) -> VersionRow | None:
    """Return the version published last that was not withdrawn: the one staff are to have read."""
    return sql.fetch_one(
        VersionRow,
        f"{_VERSION} AND u.id IS NOT NULL AND p.withdrawn_at IS NULL"
        " ORDER BY p.version DESC LIMIT 1",
        {"company_id": company_id},
    )


def readers(company_id: int, version: int) -> list[ReaderRow]:
    """Return the staff who are to read a version, those who have not yet first."""
    return sql.fetch(ReaderRow, READERS, {"company_id": company_id, "version": version})


def has_read(company_id: int, version: int, user_id: int | None) -> bool:
    """Whether somebody has said that they read a version."""
    return bool(
        sql.scalar(
            "SELECT count(*) FROM policy_acknowledgement"
            " WHERE company_id = %s AND version = %s AND user_id = %s",
            [company_id, version, user_id],
        )
    )


def to_read_by(actor: Actor) -> int:
    """Return how many versions somebody is still to read: the newest published, or none."""
    if actor.user_id is None or not actor.may("policy.acknowledge"):
        return 0
    return int(sql.scalar(TO_READ, {"company_id": actor.company_id, "user_id": actor.user_id}) or 0)
