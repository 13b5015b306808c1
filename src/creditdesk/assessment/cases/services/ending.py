"""Applications that end without an account: withdrawn, or run out; and the day's work on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from creditdesk.assessment.cases import rules
from creditdesk.assessment.cases.models import Application, Ask
from creditdesk.assessment.cases.services.asking import remind
from creditdesk.assessment.cases.services.deciding import decided_by_policy
from creditdesk.assessment.cases.services.taking import locked, note_complete
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies

_ANY_OPEN = """
    SELECT 1 FROM assessment_application WHERE company_id = %s AND state = ANY(%s) LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Worked:
    """What a day did with applications."""

    decided: int
    expired: int
    reminded: int


@command("assessment.apply")
def withdraw(actor: Actor, reference: str) -> str:
    """End an application because the applicant takes it back; return how it stands."""
    row = locked(actor, reference)
    take_back(actor, row)
    return row.state


def take_back(actor: Actor, row: Application) -> None:
    """End a locked application as withdrawn; not a command of its own."""
    row.state = rules.moved(row.state, "withdraw")
    row.ended_on = actor.today
    row.save(update_fields=["state", "ended_on"])
    Ask.objects.filter(application_id=row.id, state="open").update(state="withdrawn")


@command("assessment.expire")
def expire(actor: Actor) -> int:
    """End drafts nobody went on with, and offers and approvals past their day; return how many.

    Set-based, and harmless to repeat.
    """
    rule = policies.in_force(actor.company_id, actor.today).assessment
    drafts = Application.objects.filter(
        company_id=actor.company_id,
        state="draft",
        recorded_on__lt=actor.today - timedelta(days=rule.draft_days),
    )
    offers = Application.objects.filter(
        company_id=actor.company_id,
        state__in=("decided", "counter_offer"),
        expires_on__lt=actor.today,
    )
    ids = [*drafts.values_list("id", flat=True), *offers.values_list("id", flat=True)]
    if not ids:
        return 0
    ended = Application.objects.filter(
        id__in=ids, state__in=("draft", "decided", "counter_offer")
    ).update(state="expired", ended_on=actor.today)
    Ask.objects.filter(application_id__in=ids, state="open").exclude(kind="objection").update(
        state="withdrawn"
    )
    return ended


@command("assessment.expire")
def decide_by_policy(actor: Actor) -> int:
    """Decide what became complete and the policy decides by itself; return how many."""
    waiting = (
        Application.objects.select_for_update(skip_locked=True)
        .filter(company_id=actor.company_id, state="submitted")
        .order_by("id")
    )
    count = 0
    for row in waiting:
        if note_complete(actor, row) and decided_by_policy(actor, row):
            count += 1
    return count


def work(actor: Actor) -> Worked:
    """Do the day's work on applications: decide, expire, remind. Harmless to repeat."""
    if not sql.scalars(_ANY_OPEN, [actor.company_id, list(rules.OPEN)]):
        return Worked(0, 0, 0)
    return Worked(decide_by_policy(actor), expire(actor), remind(actor))
