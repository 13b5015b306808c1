"""Staff are told of a version by mail, once each, and reminded until they have read it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.conf import settings
from django.utils import translation

from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import publishing_queries as published
from creditdesk.policy import queries, rules, telling_queries
from creditdesk.policy.models import Notice
from creditdesk.policy.telling_queries import StaffRow
from creditdesk.policy.wording.telling import NewVersion, Telling, to_staff

BATCH: Final = 50
SETTLED: Final = """
    UPDATE policy_notice SET status = %(status)s, answer = %(answer)s
     WHERE company_id = %(company_id)s AND id = %(id)s AND status = 'handed_over'
"""
CLAIM: Final = """
    UPDATE policy_notice SET status = 'handed_over', handed_over_at = %(at)s
     WHERE id IN (SELECT id FROM policy_notice
                   WHERE company_id = %(company_id)s AND status = 'queued'
                   ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
 RETURNING id, recipient, name, subject, body_text, message_id, language
"""


@dataclass(frozen=True, slots=True)
class ClaimedNotice:
    """A mail to the staff that is being given away."""

    id: int
    recipient: str
    name: str
    subject: str
    body_text: str
    message_id: str
    language: str


def to_be_told(
    actor: Actor, before: rules.Policy, after: rules.Policy
) -> tuple[list[StaffRow], Telling | None]:
    """Return whose work rules would change, and the mail in the reader's language; no writer."""
    currency = controls.company(actor.company_id).currency
    people = telling_queries.concerned(actor.company_id, before, after, currency)
    if not people:
        return [], None
    of = NewVersion(before=before, after=after, currency=currency, read_at=_read_at(after.version))
    return people, to_staff(of, read_by=rules.due_to_read(actor.today, after.publishing))


def tell_staff(actor: Actor, version: int) -> int:
    """Put a mail to everybody whose work a version changes into the queue; once each."""
    of = telling_queries.new_version(actor.company_id, version)
    if of is None:
        return 0
    people = telling_queries.concerned(actor.company_id, of.before, of.after, of.currency)
    read_by = rules.due_to_read(actor.today, of.after.publishing)
    return _queued(actor, of, [(one, 0, read_by) for one in people])


@command("policy.remind")
def remind(actor: Actor, version: int, *, user_ids: Sequence[int] = ()) -> int:
    """Remind whoever was told of a version and has not read it; return how many.

    All of them, or those named; nobody twice on one day. NotFound for a version nobody published.
    """
    published.publication(actor.company_id, version)
    return _remind(actor, version, user_ids, is_due_only=False)


@command("policy.remind")
def remind_due(actor: Actor) -> int:
    """Remind of the version published last whoever has waited as long as its rules let them."""
    row = published.to_read(actor.company_id)
    return 0 if row is None else _remind(actor, row.version, (), is_due_only=True)


def _remind(actor: Actor, version: int, user_ids: Sequence[int], *, is_due_only: bool) -> int:
    by = queries.version(actor.company_id, version).publishing
    if is_due_only and not by.remind_every_days:
        return 0
    late = {
        one.user_id: one
        for one in telling_queries.reading(actor.company_id, version)
        if one.read_at is None and one.read_by is not None and one.last_told_on is not None
        and (not user_ids or one.user_id in user_ids)
        and one.last_told_on < actor.today
        and (not is_due_only or rules.reminder_due(one.last_told_on, by, actor.today))
    }  # fmt: skip
    of = telling_queries.new_version(actor.company_id, version) if late else None
    if of is None:
        return 0
    people = telling_queries.staff(actor.company_id, list(late))
    wanted = [
        (one, late[one.user_id].reminders + 1, late[one.user_id].read_by or actor.today)
        for one in people
    ]
    return _queued(actor, of, wanted)


def _queued(actor: Actor, of: NewVersion, people: Sequence[tuple[StaffRow, int, date]]) -> int:
    company = controls.company(actor.company_id)
    _, _, domain = company.sender_email.rpartition("@")
    made = [
        _notice(actor, of, one, number, read_by, company.language, domain or "localhost")
        for one, number, read_by in people
    ]
    return len(Notice.objects.bulk_create(made, ignore_conflicts=True))


def _notice(
    actor: Actor,
    of: NewVersion,
    person: StaffRow,
    number: int,
    read_by: date,
    language: str,
    domain: str,
) -> Notice:
    version = of.after.version
    with translation.override(person.language or language):
        at = NewVersion(
            before=of.before, after=of.after, currency=of.currency, by=of.by, reason=of.reason,
            read_at=_read_at(version),
        )  # fmt: skip
        told = to_staff(at, read_by=read_by, is_reminder=number > 0)
    seed = f"{actor.company_id}|{version}|{person.user_id}|{number}|{actor.at.isoformat()}"
    return Notice(
        company_id=actor.company_id, version=version, user_id=person.user_id, name=person.name,
        number=number, language=person.language or language, recipient=person.email,
        subject=told.subject, body_text=told.text, read_by=read_by, told_on=actor.today,
        message_id=f"<policy-{version}.{hashlib.sha256(seed.encode()).hexdigest()[:16]}@{domain}>",
        status="queued" if person.email else "no_address", recorded_at=actor.at,
        recorded_by=actor.name,
    )  # fmt: skip


def stop_telling(actor: Actor, version: int) -> None:
    """Leave unsent what is still queued about a version that was withdrawn."""
    unsent = Notice.objects.filter(company_id=actor.company_id, version=version, status="queued")
    unsent.update(status="withdrawn")


def _read_at(version: int) -> str:
    return f"{settings.PUBLIC_URL}/policy/versions/{version}/"


def claim_notices(actor: Actor) -> list[ClaimedNotice]:
    """Mark the next mails as handed over and return them: each is given away at most once."""
    given = {"company_id": actor.company_id, "at": actor.at, "limit": BATCH}
    return sorted(sql.fetch(ClaimedNotice, CLAIM, given), key=lambda one: one.id)


def settle_notice(actor: Actor, notice_id: int, status: str, answer: str) -> None:
    """Keep what the mail server said to a mail that was handed over."""
    given = {"company_id": actor.company_id, "id": notice_id, "status": status, "answer": answer}
    sql.execute(SETTLED, given)
