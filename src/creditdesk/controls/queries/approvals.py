"""Requests that wait for somebody, and what came of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from creditdesk.controls import rules
from creditdesk.controls.models import ApprovalRequest, ApprovalVote, User
from creditdesk.controls.queries.people import company, system_actor, user_actor
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

LISTED_MAX = 200
APPROVED = """
    SELECT of.document, v.user_id
      FROM controls_approvalrequest r
      JOIN controls_approvalvote v ON v.request_id = r.id AND v.verdict = 'approve'
     CROSS JOIN LATERAL jsonb_array_elements_text(r.documents) AS of (document)
     WHERE r.company_id = %(company_id)s AND r.state = 'done'
       AND r.permission = %(permission)s AND of.document = ANY(%(documents)s)
"""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request as faces show it; `state` as of the moment it was read for."""

    id: int
    reference: str
    command: str
    arguments: dict[str, Any]
    about: dict[str, Any]
    permission: str
    approvers_needed: int
    reason: str
    asked_by: str
    asked_by_id: int | None
    asked_at: datetime
    expires_at: datetime
    state: str
    outcome: dict[str, Any] | None
    finished_at: datetime | None
    barred: tuple[int, ...]
    approved_by: tuple[str, ...]
    voters: tuple[int, ...]

    @property
    def approvals_missing(self) -> int:
        """How many people must still approve."""
        return self.approvers_needed - len(self.approved_by)

    def waits_for(self, actor: Actor) -> bool:
        """Whether the actor is one who may decide it now."""
        return (
            self.state == "waiting"
            and actor.user_id is not None
            and actor.user_id != self.asked_by_id
            and actor.user_id not in self.barred
            and actor.user_id not in self.voters
            and actor.may(self.permission)
        )


@dataclass(frozen=True, slots=True)
class VoteRow:
    """What one person said to a request."""

    name: str
    verdict: str
    reason: str
    at: datetime


def requests(company_id: int, at: datetime, *, limit: int = LISTED_MAX) -> list[RequestRow]:
    """Return the requests of a company, the waiting ones first, then the latest."""
    kept = ApprovalRequest.objects.filter(company_id=company_id).prefetch_related("votes")
    waiting = list(kept.filter(state="waiting").order_by("id")[:limit])
    done = list(kept.exclude(state="waiting").order_by("-id")[: limit - len(waiting)])
    return [_row(one, at) for one in (*waiting, *done)]


def waiting_for(actor: Actor) -> int:
    """Return how many requests the actor may decide now."""
    if actor.user_id is None:
        return 0
    kept = ApprovalRequest.objects.filter(
        company_id=actor.company_id,
        state="waiting",
        expires_at__gt=actor.at,
    ).prefetch_related("votes")
    return sum(_row(one, actor.at).waits_for(actor) for one in kept[:LISTED_MAX])


def request(company_id: int, reference: str, at: datetime) -> RequestRow:
    """Return one request; NotFound otherwise."""
    found = ApprovalRequest.objects.filter(company_id=company_id, reference=reference).first()
    if found is None:
        raise NotFound("approval_unknown", f"There is no request {reference!r}")
    return _row(found, at)


def votes(request_id: int) -> list[VoteRow]:
    """Return what people said to a request, in order."""
    return [
        VoteRow(one.name, one.verdict, one.reason, one.at)
        for one in ApprovalVote.objects.filter(request_id=request_id).order_by("id")
    ]


@dataclass(frozen=True, slots=True)
class _Approved:
    document: str
    user_id: int


def approved_by(company_id: int, permission: str, documents: Sequence[str]) -> dict[str, set[int]]:
    """Return who approved what was done, asked under a permission, about each of the documents."""
    found: dict[str, set[int]] = {}
    given = {"company_id": company_id, "permission": permission, "documents": list(documents)}
    for row in sql.fetch(_Approved, APPROVED, given):
        found.setdefault(row.document, set()).add(row.user_id)
    return found


def _row(one: ApprovalRequest, at: datetime) -> RequestRow:
    said = list(one.votes.all())
    return RequestRow(
        id=one.id,
        reference=one.reference,
        command=one.command,
        arguments=one.arguments,
        about=one.about,
        permission=one.permission,
        approvers_needed=one.approvers_needed,
        reason=one.reason,
        asked_by=one.asked_by,
        asked_by_id=one.asked_by_id,
        asked_at=one.asked_at,
        expires_at=one.expires_at,
        state=rules.state_of(one.state, one.expires_at, at),
        outcome=one.outcome,
        finished_at=one.finished_at,
        barred=tuple(one.barred),
        approved_by=tuple(vote.name for vote in said if vote.verdict == "approve"),
        voters=tuple(vote.user_id for vote in said),
    )


def asker(company_id: int, user_id: int | None, name: str) -> Actor:
    """Return who asked as an actor with what they may do now; Refused when they left."""
    of = company(company_id)
    if user_id is None:
        return system_actor(of, name)
    user = User.objects.filter(id=user_id, is_active=True).first()
    if user is None:
        raise NotFound("user_unknown", "Who asked for it may no longer sign in")
    return user_actor(user_id, name, of)


def acting_again(asker: Actor, approver: Actor, command: str, reason: str) -> Actor:
    """Return who asked, at the moment of the approval; a machine may do this one command."""
    permissions = frozenset({command}) if asker.user_id is None else asker.permissions
    return replace(
        asker, at=approver.at, today=approver.today, reason=reason, permissions=permissions
    )
