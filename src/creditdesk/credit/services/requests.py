"""Writers of requests for limits: asked for by anybody who sells or collects, decided by analysts.

A request is granted through the same command that sets a limit, so that whoever may set it is
bound by the same authority.
"""

from __future__ import annotations

from datetime import date

from creditdesk.controls.commands import acts_on, command
from creditdesk.credit import queries
from creditdesk.credit.models import LimitRequest
from creditdesk.credit.queries import LimitRequestRow
from creditdesk.credit.rules import NewLimit
from creditdesk.credit.services.blocks import require_customers
from creditdesk.credit.services.limits import set_limits
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.services import take_references


@command("credit.ask_limit")
def ask_limit(actor: Actor, new: NewLimit) -> str:
    """Ask for a limit with a reason; return the reference of the request."""
    if not new.reason.strip():
        raise Invalid(
            "reason_missing",
            "A request for a limit needs a reason",
            place=Place(field="reason"),
            mend="Say what the limit is needed for.",
        )
    require_customers(actor, {new.subject_id})
    [reference] = take_references(actor, "LIM", 1)
    LimitRequest.objects.create(
        company_id=actor.company_id,
        reference=reference,
        customer_id=new.customer_id,
        group_id=new.group_id,
        kind=new.kind,
        only_currency=new.only_currency,
        currency=new.currency,
        minor=new.minor,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        reason=new.reason.strip(),
        asked_at=actor.at,
        asked_by=actor.name,
        asked_by_id=actor.user_id,
    )
    acts_on("customer", [new.subject_id])
    return reference


@command("credit.set_limit")
def grant_limit(
    actor: Actor,
    reference: str,
    *,
    minor: int,
    valid_from: date,
    valid_to: date | None = None,
    answer: str = "",
) -> None:
    """Set the limit that was asked for, or another amount or time of the same kind.

    Refused to whoever asked for it; Conflict once it is decided.
    """
    row = queries.limit_request(actor.company_id, reference)
    if actor.user_id is not None and actor.user_id == row.asked_by_id:
        raise Refused(
            "limit_own_request", "Who asks for a limit does not grant it", reference=reference
        )
    _decide(actor, row, "granted", answer)
    new = NewLimit(
        customer_id=None if row.is_group else row.customer_id,
        group_id=row.customer_id if row.is_group else None,
        minor=minor,
        currency=row.currency,
        valid_from=valid_from,
        valid_to=valid_to,
        reason=f"{reference}: {answer.strip() or row.reason}",
        kind=row.kind,
        only_currency=row.only_currency,
    )
    set_limits(actor, [new])


@command("credit.refuse_limit")
def refuse_limit(actor: Actor, reference: str, *, answer: str) -> None:
    """Refuse what was asked for, with a reason; Conflict once it is decided."""
    if not answer.strip():
        raise Invalid(
            "reason_missing",
            "Refusing a limit needs a reason",
            place=Place(field="answer"),
            mend="Say why it is refused.",
        )
    row = queries.limit_request(actor.company_id, reference)
    _decide(actor, row, "refused", answer)


@command("credit.ask_limit")
def take_back_request(actor: Actor, reference: str) -> None:
    """Take back what was asked for, by whoever asked; Conflict once it is decided."""
    row = queries.limit_request(actor.company_id, reference)
    if not actor.is_machine and actor.user_id != row.asked_by_id:
        raise Refused(
            "limit_request_of_another",
            "Only who asked for a limit takes the request back",
            reference=reference,
        )
    _decide(actor, row, "taken_back", "")


def _decide(actor: Actor, row: LimitRequestRow, state: str, answer: str) -> None:
    acts_on("customer", [row.customer_id])
    decided = sql.execute(
        "UPDATE credit_limitrequest SET state = %s, decided_at = %s, decided_by = %s, answer = %s"
        " WHERE company_id = %s AND id = %s AND state = 'open'",
        [state, actor.at, actor.name, answer.strip(), actor.company_id, row.id],
    )
    if not decided:
        raise Conflict(
            "limit_request_decided", f"{row.reference} was decided before", reference=row.reference
        )
