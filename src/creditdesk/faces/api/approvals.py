"""What became of a request that waits for a person."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from ninja import Router

from creditdesk.controls import queries
from creditdesk.faces.api.keys import reader
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import ApprovalAnswer

router = Router(tags=["approvals"])


@router.get(
    "/approvals/{reference}",
    response={200: ApprovalAnswer, **RESPONSES},
    operation_id="get_approval",
    summary="How does a request stand that somebody must approve?",
)
def approval(request: HttpRequest, reference: str) -> ApprovalAnswer:
    """Return the state of a request that was answered with 202; people approve it on the desk."""
    actor = reader(request)
    found = queries.request(actor.company_id, reference, actor.at)
    return ApprovalAnswer(
        reference=found.reference,
        command=found.command,
        state=cast("Any", found.state),
        asked_by=found.asked_by,
        approvals_needed=found.approvers_needed,
        approved_by=list(found.approved_by),
        code=(found.outcome or {}).get("code"),
    )
