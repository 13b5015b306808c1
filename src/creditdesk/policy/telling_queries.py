"""Who is told of a version, who has read it, and the mails about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from creditdesk.controls import queries as controls
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.policy import publishing_queries as published
from creditdesk.policy import queries, rules
from creditdesk.policy.models import Notice
from creditdesk.policy.wording import compare
from creditdesk.policy.wording.telling import NewVersion

# So long the mail server may still answer; nobody decides before.
STILL_OPEN: Final = timedelta(minutes=10)
UNDELIVERED_MAX: Final = 500
_QUEUED = "SELECT 1 FROM policy_notice WHERE company_id = %s AND status = 'queued' LIMIT 1"
State = Literal["read", "overdue", "waiting", "not_told"]


@dataclass(frozen=True, slots=True)
class StaffRow:
    """Somebody of the staff: where a mail reaches them, and in which language they read."""

    user_id: int
    name: str
    email: str
    language: str
    roles: list[str]


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """How it stands with somebody and a version: told, reminded, read; overdue or not."""

    user_id: int
    name: str
    told_on: date | None
    read_by: date | None
    reminders: int
    last_told_on: date | None
    status: str
    read_at: datetime | None
    notice_id: int | None

    def state(self, today: date) -> State:
        """Return `read`, `overdue`, `waiting`, or `not_told`: it is not about their work."""
        if self.read_at is not None:
            return "read"
        if self.read_by is None:
            return "not_told"
        return "overdue" if today > self.read_by else "waiting"


STAFF = """
    SELECT u.id AS user_id,
           coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.username) AS name,
           u.email, u.language, array_agg(m.role ORDER BY m.role) AS roles
      FROM controls_user u
      JOIN controls_membership m ON m.user_id = u.id AND m.company_id = %(company_id)s
     WHERE u.is_active AND m.role NOT IN ('auditor', 'system')
       AND (%(ids)s::bigint[] IS NULL OR u.id = ANY(%(ids)s::bigint[]))
     GROUP BY u.id
     ORDER BY u.id
"""
READING = """
    WITH told AS (
        SELECT user_id, min(name) AS name, min(told_on) FILTER (WHERE number = 0) AS told_on,
               min(read_by) FILTER (WHERE number = 0) AS read_by,
               count(*) FILTER (WHERE number > 0) AS reminders, max(told_on) AS last_told_on,
               (array_agg(status ORDER BY number DESC))[1] AS status,
               (array_agg(id ORDER BY number DESC))[1] AS notice_id
          FROM policy_notice
         WHERE company_id = %(company_id)s AND version = %(version)s
         GROUP BY user_id
    ), staff AS (
        SELECT u.id, coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.username)
               AS name
          FROM controls_user u
         WHERE u.is_active AND EXISTS (
               SELECT FROM controls_membership m
                WHERE m.user_id = u.id AND m.company_id = %(company_id)s
                  AND m.role NOT IN ('auditor', 'system'))
    )
    SELECT s.id AS user_id, s.name, t.told_on, t.read_by,
           coalesce(t.reminders, 0)::int AS reminders, t.last_told_on,
           coalesce(t.status, '') AS status, a.recorded_at AS read_at, t.notice_id
      FROM staff s
      LEFT JOIN told t ON t.user_id = s.id
      LEFT JOIN policy_acknowledgement a
        ON a.company_id = %(company_id)s AND a.version = %(version)s AND a.user_id = s.id
     ORDER BY a.recorded_at IS NOT NULL, t.read_by IS NULL, s.name, s.id
"""


def staff(company_id: int, ids: Sequence[int] | None = None) -> list[StaffRow]:
    """Return the people who work in a company, or those of them named."""
    given = {"company_id": company_id, "ids": None if ids is None else sql.array(sorted(ids))}
    return sql.fetch(StaffRow, STAFF, given)


def concerned(
    company_id: int, before: rules.Policy, after: rules.Policy, currency: str
) -> list[StaffRow]:
    """Return whose work a version changes."""
    sections = {one.section for one in compare(before, after, currency)}
    roles = rules.concerned_roles(sections)
    return [one for one in staff(company_id) if roles.intersection(one.roles)]


def reading(company_id: int, version: int) -> list[ReadingRow]:
    """Return how it stands with everybody of the staff and a version, those to read first."""
    return sql.fetch(ReadingRow, READING, {"company_id": company_id, "version": version})


def before(company_id: int, after: rules.Policy) -> rules.Policy | None:
    """Return the version that a published one follows; nothing for the first."""
    earlier = [
        one
        for one in queries.versions(company_id)
        if one.valid_from < after.valid_from and one.version != after.version
    ]
    return earlier[-1] if earlier else None


def new_version(company_id: int, version: int) -> NewVersion | None:
    """Return a version people published as it is told; nothing where there is none before it."""
    row = published.publication(company_id, version)
    after = queries.version(company_id, version)
    earlier = before(company_id, after)
    if earlier is None:
        return None
    return NewVersion(
        before=earlier,
        after=after,
        currency=controls.company(company_id).currency,
        by=row.recorded_by,
        reason=row.reason,
    )


def notices(company_id: int, version: int) -> list[Notice]:
    """Return the mails about a version, the oldest first."""
    return list(Notice.objects.filter(company_id=company_id, version=version).order_by("id"))


def notice(company_id: int, notice_id: int) -> Notice:
    """Return one mail about a version; NotFound otherwise."""
    found = Notice.objects.filter(company_id=company_id, id=notice_id).first()
    if found is None:
        raise NotFound("policy_notice_unknown", "There is no such mail")
    return found


def are_queued(company_id: int) -> bool:
    """Whether a mail to the staff waits to be sent."""
    return bool(sql.scalars(_QUEUED, [company_id]))


@dataclass(frozen=True, slots=True)
class UndeliveredRow:
    """A mail to somebody of the staff of which nobody knows that it arrived."""

    id: int
    name: str
    recipient: str
    subject: str
    status: str
    answer: str
    handed_over_at: datetime | None


UNDELIVERED = """
    SELECT n.id, n.name, n.recipient, n.subject, n.status, n.answer, n.handed_over_at
      FROM policy_notice n
      JOIN policy_policy p ON p.company_id = n.company_id AND p.version = n.version
     WHERE n.company_id = %(company_id)s AND p.withdrawn_at IS NULL
       AND (n.status = 'failed'
            OR (n.status = 'handed_over' AND n.handed_over_at <= %(until)s))
     ORDER BY n.id LIMIT %(limit)s
"""


def undelivered(company_id: int, at: datetime) -> list[UndeliveredRow]:
    """Return the mails to the staff of which a person must say what becomes, the oldest first.

    Those given to the mail server that never answered, and those it refused. What was given away
    a moment ago may still be answered and is left out; so is what is about withdrawn rules.
    """
    given = {"company_id": company_id, "until": at - STILL_OPEN, "limit": UNDELIVERED_MAX}
    return sql.fetch(UndeliveredRow, UNDELIVERED, given)
