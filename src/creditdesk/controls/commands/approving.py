"""A command that asks for a second person: its request is kept, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final, NoReturn

from django.db import transaction

from creditdesk.controls.commands import traces
from creditdesk.controls.commands.state import (
    Approver,
    Need,
    Waits,
    may_need_approval,
    running,
    shown,
)
from creditdesk.controls.models import ApprovalRequest
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, Conflict
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import digest, to_json
from creditdesk.plumbing.services import take_references

WAIT_DAYS: Final = 14
ASK = """
    INSERT INTO controls_approvalrequest
        (company_id, reference, command, service, arguments, digest, about, documents, barred,
         permission, approvers_needed, version, reason, asked_by, asked_by_id, asked_at, expires_at,
         state)
    VALUES (%(company_id)s, %(reference)s, %(command)s, %(service)s, %(arguments)s, %(digest)s,
            %(about)s, %(documents)s, %(barred)s, %(permission)s, %(count)s, %(version)s,
            %(reason)s, %(by)s, %(by_id)s, %(at)s, %(expires_at)s, 'waiting')
    ON CONFLICT (company_id, asked_by, digest) WHERE state = 'waiting' DO NOTHING
"""


def require_approval(
    permission: str,
    *,
    count: int = 1,
    about: Mapping[str, object],
    documents: Iterable[str] = (),
    barred: Iterable[int] = (),
    also_machines: bool = False,
    version: str = "",
) -> None:
    """Go on only when so many other people approved the running command; else it stops here.

    Machines are asked nothing unless `also_machines`. In a preview the command goes on, and the
    preview says what it would wait for. `version` names the state of the world the request rests
    on; Conflict when it is another by the time it was approved.
    """
    at_work = running.get()
    if count <= 0 or at_work is None or not (also_machines or may_need_approval()):
        return
    if at_work.grant.version not in ("", version):
        raise Conflict(
            "approval_outdated",
            "What this was asked about has changed since; ask for it anew",
        )
    if sum(one.permission == permission for one in at_work.grant.approvers) >= count:
        return
    need = Need(permission, count, dict(about), tuple(documents), tuple(barred), version)
    preview = shown.get()
    if preview is None:
        raise Waits(need)
    preview.need = preview.need or need


# Asked which commands of a company want a second person on a day; the policy answers (`wiring.py`).
NAMED_BY: Final[list[Callable[[int, date], Collection[str]]]] = []
# Whose approval that is, where a command has approvers of its own; else who may do it themselves.
APPROVED_BY: Final[Mapping[str, str]] = {
    "credit.set_limit": "credit.approve_limit",
    "invoices.credit": "invoices.approve_credit",
    "invoices.write_off": "collections.approve_write_off",
    "cash.count_till": "collections.approve_write_off",
    "ledger.reopen_period": "ledger.approve_reopen",
}


def require_second_person(actor: Actor, name: str) -> None:
    """Go on with a command that the policy names only when somebody else approved it."""
    if actor.is_machine or not any(name in ask(actor.company_id, actor.today) for ask in NAMED_BY):
        return
    require_approval(APPROVED_BY.get(name, name), about={"command": name})


def approvers() -> tuple[Approver, ...]:
    """Return who approved the running command."""
    at_work = running.get()
    return at_work.grant.approvers if at_work else ()


def approval() -> str:
    """Return the reference of the request that approved the running command; empty without one."""
    at_work = running.get()
    return at_work.grant.reference if at_work else ""


def keep_request(
    actor: Actor, name: str, service: str, arguments: Mapping[str, Any], need: Need
) -> NoReturn:
    """Keep the request, once however often it is asked, and say that it waits."""
    input_digest = digest([name, arguments])
    with transaction.atomic():
        if actor.key is not None:
            # A rival with the same key was first: its request is the answer, raised from here.
            traces.claim(actor, name, input_digest)
        # Asked about another state of the world it is another request.
        asked_digest = digest([name, arguments, need.version]) if need.version else input_digest
        reference = _asked(actor.keyed(None), name, service, arguments, need, asked_digest)
        if actor.key is not None:
            traces.keep_waiting(actor, reference, need.permission)
    raise ApprovalNeeded(
        reference,
        f"{reference} waits for approval by somebody who may do {need.permission}",
        permission=need.permission,
    )


def _asked(
    actor: Actor,
    name: str,
    service: str,
    arguments: Mapping[str, Any],
    need: Need,
    input_digest: str,
) -> str:
    """Return the reference of the request, or of the same one that waits already."""
    same = {"company_id": actor.company_id, "asked_by": actor.name, "digest": input_digest}
    waiting = ApprovalRequest.objects.filter(**same, state="waiting")
    waiting.filter(expires_at__lte=actor.at).update(state="expired", finished_at=actor.at)
    with transaction.atomic():
        [reference] = take_references(actor, "APR", 1)
        is_new = sql.execute(
            ASK,
            _row(actor, name, service, arguments, need)
            | {
                "reference": reference,
                "digest": input_digest,
            },
        )
        if not is_new:  # the number goes back, so that the range stays without gaps
            transaction.set_rollback(True)
    if not is_new:
        return waiting.get().reference
    traces.leave(
        actor, "controls.ask_approval", {"command": name, "arguments": arguments}, {}, reference
    )
    return reference


def _row(
    actor: Actor, name: str, service: str, arguments: Mapping[str, Any], need: Need
) -> dict[str, object]:
    return {
        "company_id": actor.company_id,
        "command": name,
        "service": service,
        "arguments": to_json(arguments),
        "about": to_json(need.about),
        "documents": to_json(need.documents),
        "barred": to_json(need.barred),
        "permission": need.permission,
        "count": need.count,
        "version": need.version,
        "reason": str(arguments.get("reason") or actor.reason),
        "by": actor.name,
        "by_id": actor.user_id,
        "at": actor.at,
        "expires_at": actor.at + timedelta(days=WAIT_DAYS),
    }
