"""People asked by signed links: the applicant, referees; reminded in time, through the gate."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import translation

from creditdesk.assessment.cases import gathering, letters, queries, rules
from creditdesk.assessment.cases.letters import Addressee
from creditdesk.assessment.cases.models import Application, Ask
from creditdesk.assessment.cases.queries import AskRow
from creditdesk.assessment.cases.services.taking import application_over, locked, seen
from creditdesk.contact import services as contact
from creditdesk.contact.letters import supported
from creditdesk.contact.rules import Draft
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Refused
from creditdesk.policy import queries as policies

KEY_BYTES: Final = 24
PAPERS: Final = frozenset({"form", "documents"})


@dataclass(frozen=True, slots=True)
class Asked:
    """How many were asked, and what the first of them is written."""

    count: int
    subject: str = ""
    body: str = ""


@command("assessment.chase")
def invite(actor: Actor, reference: str) -> Asked:
    """Send the applicant the address of the form; Conflict once it is handed in."""
    row = locked(actor, reference)
    if row.state != "draft":
        raise form_handed_in()
    return _ask(actor, row, "form", [_applicant(row)], what=())


@command("assessment.chase")
def ask_references(actor: Actor, reference: str) -> Asked:
    """Ask the referees the applicant named who were not asked before."""
    row = locked(actor, reference)
    _require_open(row)
    before = {one.recipient for one in _asks(actor, row) if one.kind == "reference"}
    new = [
        Addressee(name=name, email=email)
        for name, email in rules.referees(row.data)
        if email not in before
    ]
    if not new:
        raise nobody_to_ask()
    return _ask(actor, row, "reference", new, what=())


@command("assessment.chase")
def ask_for_missing(actor: Actor, reference: str) -> Asked:
    """Ask the applicant for what is missing, in place of an earlier such message.

    This is the notice of incompleteness: it names what is missing and by when it is answered.
    """
    row = locked(actor, reference)
    _require_open(row)
    lacks = [gathering.code_of(one) for one in queries.missing(seen(actor, row))]
    # References are asked of the referees; the applicant is asked to name some.
    if not lacks:
        raise nothing_missing()
    Ask.objects.filter(application_id=row.id, kind="documents", state="open").update(
        state="withdrawn"
    )
    return _ask(actor, row, "documents", [_applicant(row)], what=lacks)


def remind(actor: Actor) -> int:
    """Remind whoever was asked long enough ago and has not answered; return how many.

    In one batch behind the gate. Harmless to repeat on the same day.
    """
    rule = policies.in_force(actor.company_id, actor.today).assessment
    due = queries.asks_to_remind(
        actor.company_id,
        asked_before=actor.today - timedelta(days=rule.remind_after_days),
        reminders_max=rule.reminders_max,
    )
    due = [one for one in due if one.expires_at > actor.at]
    return _reminded(actor, due) if due else 0


@command("assessment.remind")
def _reminded(actor: Actor, due: Sequence[AskRow]) -> int:
    company = controls.company(actor.company_id).name
    drafts = [_draft(actor, one, company, is_reminder=True) for one in due]
    contact.queue(actor, drafts)
    for one in due:
        Ask.objects.filter(id=one.id).update(reminded_on=actor.today, reminders=one.reminders + 1)
    return len(due)


def _ask(
    actor: Actor, row: Application, kind: str, to: Sequence[Addressee], *, what: Sequence[str]
) -> Asked:
    if any(not one.email for one in to):
        raise no_address_to_ask()
    made = [make(actor, row, kind, one, what=what) for one in to]
    company = controls.company(actor.company_id).name
    drafts = [_draft(actor, one, company, is_reminder=False) for one in made]
    queued = contact.queue(actor, drafts)
    for one, outcome in zip(made, queued.outcomes, strict=True):
        Ask.objects.filter(id=one.id).update(message_id=outcome.message_id)
    return Asked(len(made), drafts[0].subject, drafts[0].body)


def make(
    actor: Actor, row: Application, kind: str, to: Addressee, *, what: Sequence[str] = ()
) -> AskRow:
    """Write down that somebody is asked, and return it with its key; sends nothing."""
    days = policies.in_force(actor.company_id, actor.today).assessment.link_days
    made = Ask.objects.create(
        company_id=actor.company_id,
        application_id=row.id,
        kind=kind,
        key=secrets.token_urlsafe(KEY_BYTES),
        what=list(what),
        recipient_name=to.name,
        recipient=to.email,
        asked_on=actor.today,
        expires_at=actor.at + timedelta(days=days),
        recorded_by=actor.name,
    )
    [found] = [one for one in queries.asks(actor.company_id, row.id) if one.id == made.id]
    return found


def _draft(actor: Actor, one: AskRow, company: str, *, is_reminder: bool) -> Draft:
    of = queries.application_by_id(actor.company_id, one.application_id)
    with translation.override(supported(of.language)):
        until = letters.day(one.expires_at.date())
    to = Addressee(name=one.recipient_name, email=one.recipient)
    return letters.ask(
        of, one.kind, to, key=one.key, what=one.what, until=until,
        is_reminder=is_reminder, company=company,
    )  # fmt: skip


def _applicant(row: Application) -> Addressee:
    return Addressee(name=row.data.get("contact_name", ""), email=row.email)


def _asks(actor: Actor, row: Application) -> list[AskRow]:
    return queries.asks(actor.company_id, row.id)


def _require_open(row: Application) -> None:
    if row.state not in rules.OPEN:
        raise application_over()


def form_handed_in() -> Conflict:
    """Return the conflict of a form asked for after it was handed in."""
    return Conflict("form_handed_in", "The application is handed in already")


def nobody_to_ask() -> Refused:
    """Return the refusal to ask where every referee named was asked."""
    return Refused("nobody_to_ask", "Every reference named was asked; the form may name others")


def nothing_missing() -> Refused:
    """Return the refusal to ask for nothing."""
    return Refused("nothing_missing", "Nothing is missing in this case")


def no_address_to_ask() -> Refused:
    """Return the refusal to write to nobody."""
    return Refused(
        "no_address_to_ask",
        "There is no e-mail address to write to",
        mend="Fill in the e-mail of the contact person",
    )
