"""What somebody else says to a request, and the command run again at the last approval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from creditdesk.controls import queries, rules
from creditdesk.controls.commands import Approver, Grant, Waits, again, proving, traces
from creditdesk.controls.commands.state import shown
from creditdesk.controls.models import ApprovalRequest, ApprovalVote
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Place, Refused

State = ApprovalRequest.State


@dataclass(frozen=True, slots=True)
class Decided:
    """How a request stands after somebody said something to it."""

    reference: str
    state: str
    outcome: dict[str, Any] | None
    approvals_missing: int


def approve(actor: Actor, reference: str) -> Decided:
    """Approve a request; the last approval it needs runs its command, once, as who asked for it.

    What the command itself refuses by then is kept as its outcome, and nothing else changes.
    Approving again changes nothing. Refused for who asked, for whom it is about, without the
    permission, and for who did the other side of a pair of duties on its documents.
    """
    with transaction.atomic():
        request = _locked(actor, reference)
        person_id = _decider(actor, request)
        voted = request.votes.filter(user_id=person_id).first()
        if voted is not None and voted.verdict == "approve":
            return _decided(request)
        _require_waiting(actor, request)
        proving.require_proof(actor, "controls.approve")
        acts = [(request.permission, document) for document in request.documents]
        traces.refuse_clashes(actor, acts)
        _vote(actor, request, person_id, "approve")
        _run_if_approved(actor, request)
        found = _decided(request)
        _trace(actor, "controls.approve", request, acts=acts)
        if shown.get() is not None:
            transaction.set_rollback(True)
    return found


def refuse(actor: Actor, reference: str, *, reason: str) -> Decided:
    """End a request without running it, with a reason. Who may approve may refuse."""
    if not reason.strip():
        raise Invalid(
            "reason_missing", "A refusal needs a reason", place=Place(field="reason"),
            mend="Say why it is not approved.",
        )  # fmt: skip
    with transaction.atomic():
        request = _locked(actor, reference)
        person_id = _decider(actor, request)
        _require_waiting(actor, request)
        if request.votes.filter(user_id=person_id).exists():
            raise Conflict("approval_said", "You have approved this request already")
        proving.require_proof(actor, "controls.refuse")
        _vote(actor, request, person_id, "refuse", reason.strip())
        _finish(actor, request, State.REFUSED, {"reason": reason.strip()})
        _trace(actor, "controls.refuse", request)
    return _decided(request)


def withdraw(actor: Actor, reference: str) -> Decided:
    """Take one's own request back; Conflict once it is decided."""
    with transaction.atomic():
        request = _locked(actor, reference)
        is_own = actor.user_id is not None and actor.user_id == request.asked_by_id
        if not (is_own or actor.is_machine):
            raise Refused("not_the_asker", "Only who asked takes a request back")
        _require_waiting(actor, request)
        _finish(actor, request, State.WITHDRAWN, None)
        _trace(actor, "controls.withdraw", request)
    return _decided(request)


def expire(actor: Actor) -> int:
    """End what has waited past its day; return how many. Harmless to repeat."""
    return ApprovalRequest.objects.filter(
        company_id=actor.company_id, state=State.WAITING, expires_at__lte=actor.at
    ).update(state=State.EXPIRED, finished_at=actor.at)


def _locked(actor: Actor, reference: str) -> ApprovalRequest:
    found = (
        ApprovalRequest.objects.select_for_update()
        .filter(company_id=actor.company_id, reference=reference)
        .first()
    )
    if found is None:
        raise NotFound("approval_unknown", f"There is no request {reference!r}")
    return found


def _decider(actor: Actor, request: ApprovalRequest) -> int:
    """Return the user id of somebody who may decide this request."""
    if actor.user_id is None:
        raise Refused("approval_needs_a_person", "Only a person who is signed in approves")
    if actor.user_id == request.asked_by_id:
        raise Refused("own_request", "Nobody approves their own request")
    if actor.user_id in request.barred:
        raise Refused("request_about_oneself", "Nobody approves what is about themselves")
    if not actor.may(request.permission):
        raise Refused(
            "not_permitted",
            f"{actor.name} may not do {request.permission}",
            command=request.permission,
        )
    return actor.user_id


def _require_waiting(actor: Actor, request: ApprovalRequest) -> None:
    state = rules.state_of(request.state, request.expires_at, actor.at)
    if state != State.WAITING:
        raise Conflict(
            "approval_not_waiting", f"{request.reference} is {state} already", state=state
        )


def _vote(
    actor: Actor, request: ApprovalRequest, person_id: int, verdict: str, reason: str = ""
) -> None:
    ApprovalVote.objects.create(
        company_id=actor.company_id,
        request=request,
        user_id=person_id,
        name=actor.name,
        verdict=verdict,
        reason=reason,
        at=actor.at,
    )


def _run_if_approved(actor: Actor, request: ApprovalRequest) -> None:
    """Run the command once enough people approved; keep what came of it, good or bad."""
    votes = list(request.votes.filter(verdict="approve").order_by("id"))
    if len(votes) < request.approvers_needed:
        return
    approvers = [Approver(one.user_id, one.name, request.permission) for one in votes]
    try:
        with transaction.atomic():
            asker = queries.asker(request.company_id, request.asked_by_id, request.asked_by)
            result = again(
                request.service,
                queries.acting_again(asker, actor, request.command, _said(request, approvers)),
                request.arguments,
                Grant(tuple(approvers), request.version, request.reference),
            )
    except Waits as waits:
        if waits.need.permission != request.permission:
            _finish(actor, request, State.FAILED, {"code": "approval_changed"})
            return
        request.approvers_needed = waits.need.count
        request.save(update_fields=["approvers_needed"])
    except DomainError as error:
        _finish(actor, request, State.FAILED, {"code": error.code, "message": str(error)})
    else:
        _finish(actor, request, State.DONE, {"result": result})


def _said(request: ApprovalRequest, approvers: list[Approver]) -> str:
    names = ", ".join(one.name for one in approvers)
    return f"{request.reference}, approved by {names}"


def _finish(
    actor: Actor, request: ApprovalRequest, state: str, outcome: dict[str, Any] | None
) -> None:
    request.state, request.outcome, request.finished_at = state, outcome, actor.at
    request.save(update_fields=["state", "outcome", "finished_at"])


def _decided(request: ApprovalRequest) -> Decided:
    approved = request.votes.filter(verdict="approve").count()
    missing = request.approvers_needed - approved if request.state == State.WAITING else 0
    return Decided(request.reference, request.state, request.outcome, missing)


def _trace(
    actor: Actor,
    name: str,
    request: ApprovalRequest,
    acts: list[tuple[str, str]] | None = None,
) -> None:
    traces.leave(
        actor.keyed(None),
        name,
        {"reference": request.reference, "command": request.command},
        {"state": request.state, "outcome": request.outcome},
        acts=acts or (),
    )
