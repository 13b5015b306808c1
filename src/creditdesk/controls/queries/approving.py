"""Who may approve something, and what waits for it already: said before somebody asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditdesk.controls import rules
from creditdesk.plumbing import sql

_MAY: Final = """
    SELECT coalesce(nullif(concat_ws(' ', nullif(u.first_name, ''), nullif(u.last_name, '')), ''),
                    u.username)
      FROM controls_user u
     WHERE u.is_active AND u.id IS DISTINCT FROM %(user_id)s
       AND EXISTS (SELECT FROM controls_membership m
                    WHERE m.user_id = u.id AND m.company_id = %(company_id)s
                      AND m.role = ANY(%(roles)s))
     ORDER BY 1
"""
_WAITING: Final = """
    SELECT r.reference, r.asked_by, r.approvers_needed,
           (SELECT count(*) FROM controls_approvalvote v
             WHERE v.request_id = r.id AND v.verdict = 'approve') AS approved
      FROM controls_approvalrequest r
     WHERE r.company_id = %(company_id)s AND r.permission = %(permission)s
       AND r.state = 'waiting' AND r.expires_at > %(at)s AND r.about @> %(about)s::jsonb
     ORDER BY r.id
"""


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A request that waits for others, and how many of them it has."""

    reference: str
    asked_by: str
    approvers_needed: int
    approved: int

    @property
    def missing(self) -> int:
        """How many people must still approve."""
        return self.approvers_needed - self.approved


def may_approve(company_id: int, permission: str, *, besides: int | None) -> list[str]:
    """Return the names of who may approve under a permission, without who asks."""
    roles = sorted(
        name
        for name, held in rules.ROLES.items()
        if name != rules.MACHINE and rules.holds(held, permission)
    )
    params = {"company_id": company_id, "roles": roles, "user_id": besides}
    found: list[str] = sql.scalars(_MAY, params)
    return found


def waiting_about(
    company_id: int, permission: str, about: Mapping[str, object], at: datetime
) -> list[WaitingRequest]:
    """Return the requests that wait under a permission for what is named, the first first."""
    params = {
        "company_id": company_id, "permission": permission, "about": json.dumps(dict(about)),
        "at": at,
    }  # fmt: skip
    return sql.fetch(WaitingRequest, _WAITING, params)
