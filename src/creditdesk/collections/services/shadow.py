"""The shadow first run: computed and shown, nothing queued, until somebody signs it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from creditdesk.collections.events import FirstRunSigned
from creditdesk.collections.models import FirstRun
from creditdesk.collections.services.runs import RunPlan, preview_run
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.plumbing.events import announce


@dataclass(frozen=True, slots=True)
class ShadowSigned:
    """From when customers are written to, and what the signed plan came to."""

    sends_from: date
    messages: int
    not_written: int


def require_shadow(actor: Actor) -> None:
    """Hold every dunning run of the company until its first one is signed; again changes nothing.

    Not a command of its own: going live asks for it.
    """
    FirstRun.objects.get_or_create(
        company_id=actor.company_id,
        defaults={"required_at": actor.at, "required_by": actor.name},
    )


@command("collections.sign_shadow")
def sign_shadow(actor: Actor) -> ShadowSigned:
    """Sign what a run would do today; runs write to customers from tomorrow on.

    The signed plan is kept. NotFound without a shadow, Conflict when it was signed before, Refused
    to somebody who is not a person.
    """
    if actor.user_id is None:
        raise Refused("signer_not_a_person", "A person signs the first run, signed in at the desk")
    row = FirstRun.objects.select_for_update().filter(company_id=actor.company_id).first()
    if row is None:
        raise NotFound("shadow_unknown", "No first run waits to be signed")
    if row.signed_at is not None:
        raise Conflict("shadow_signed", f"{row.signed_by} signed the first run already")
    plan = preview_run(actor)
    row.plan = kept_plan(plan)
    row.signed_at, row.signed_by = actor.at, actor.name
    row.sends_from = actor.today + timedelta(days=1)
    row.save()
    announce(actor, [FirstRunSigned(sends_from=row.sends_from.isoformat(), by=actor.name)])
    queued = sum(one.will_be_queued for one in plan.messages)
    return ShadowSigned(row.sends_from, queued, len(plan.messages) - queued)


def kept_plan(plan: RunPlan) -> dict[str, object]:
    """Return a plan as it is kept: who by which step for how much, without addresses and texts."""
    steps = Counter(one.step for one in plan.messages if one.will_be_queued)
    return {
        "run_on": plan.run_on.isoformat(),
        "by_step": dict(sorted(steps.items())),
        "messages": [
            {
                "customer_number": one.customer_number,
                "currency": one.currency,
                "step": one.step,
                "total_minor": one.total_minor,
                "items": [item.number for item in one.items],
                "will_be_queued": one.will_be_queued,
                "why_not": [reason.code for reason in one.reasons if not reason.is_passed],
            }
            for one in plan.messages
        ],
    }
