"""Who may be given an alert, or told of one."""

from __future__ import annotations

from dataclasses import dataclass

from creditdesk.plumbing import sql

_MEMBERS = """
    SELECT u.id, coalesce(nullif(concat_ws(' ', nullif(u.first_name, ''), nullif(u.last_name, '')),
                                 ''), u.username) AS name,
           u.email
      FROM controls_user u
     WHERE u.is_active AND u.id IN (SELECT user_id FROM controls_membership
                                     WHERE company_id = %s)
     ORDER BY 2, 1
"""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who holds a role in a company and may sign in."""

    id: int
    name: str
    email: str


def members(company_id: int) -> dict[int, Member]:
    """Return the people of a company by id, in the order of their names."""
    return {one.id: one for one in sql.fetch(Member, _MEMBERS, [company_id])}
