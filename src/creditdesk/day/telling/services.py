"""A new version of the rules told: customers through the gate, staff by mail; once each."""

from __future__ import annotations

import smtplib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from creditdesk.contact import services as contact
from creditdesk.contact import transport
from creditdesk.contact.mail import compose
from creditdesk.contact.services.queueing import sender_of
from creditdesk.controls import queries as controls
from creditdesk.day.models import PolicyLetter, PolicyTold
from creditdesk.day.telling import queries
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError
from creditdesk.plumbing import sql
from creditdesk.policy import services as policy
from creditdesk.policy import telling_queries
from creditdesk.policy.rules import may_bind
from creditdesk.policy.services import ClaimedNotice
from creditdesk.policy.wording.telling import NewVersion

LOCK_SPACE: Final = 1_002


@dataclass(frozen=True, slots=True)
class Told:
    """How many customers were written to, refused by the gate, or have no address."""

    queued: int = 0
    refused: int = 0
    no_address: int = 0


def tell_customers(actor: Actor, version: int) -> Told:
    """Write to every customer whom a published version concerns, through the gate; once each.

    Batch by batch, each committed with how far it came: stopped in between, or run twice at once,
    nobody is written to twice and nobody is left out.
    """
    of = telling_queries.new_version(actor.company_id, version)
    told = Told()
    while (done := _next(actor, of, version)) is not None:
        told = Told(
            told.queued + done.queued,
            told.refused + done.refused,
            told.no_address + done.no_address,
        )
    return told


def tell_pending(actor: Actor) -> dict[str, object]:
    """Tell customers of every version not told yet, and remind staff who have one to read."""
    versions = queries.pending(actor.company_id)
    told = [tell_customers(actor, version) for version in versions]
    return {
        "versions": versions,
        "queued": sum(one.queued for one in told),
        "refused": sum(one.refused for one in told),
        "no_address": sum(one.no_address for one in told),
        "reminded": policy.remind_due(actor),
    }


@transaction.atomic
def _next(actor: Actor, of: NewVersion | None, version: int) -> Told | None:
    """Tell the next customers and note how far it came; nothing once all were told."""
    sql.scalar("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, actor.company_id])
    so_far, _ = PolicyTold.objects.get_or_create(company_id=actor.company_id, version=version)
    if so_far.finished_at is not None:
        return None
    is_for_customers = (
        of is not None
        and of.after.publishing.tell_customers
        and may_bind(of.before, of.after)
        and version in queries.pending(actor.company_id)
    )
    ids = queries.next_customers(actor.company_id, so_far.upto_id) if is_for_customers else []
    if of is None or not ids:
        so_far.finished_at = actor.at
        so_far.save(update_fields=["finished_at"])
        return None
    found = list(queries.concerned(actor, of.before, of.after, ids))
    drafts = [one.draft for one in found if one.draft is not None]
    result = contact.queue(actor, drafts)
    message_of = {
        draft.customer_id: outcome.message_id
        for draft, outcome in zip(drafts, result.outcomes, strict=True)
    }
    PolicyLetter.objects.bulk_create(
        PolicyLetter(
            company_id=actor.company_id, version=version, customer_id=one.customer.id,
            sections=list(one.sections), message_id=message_of.get(one.customer.id),
            outcome=_outcome(has_letter=one.draft is not None,
                             is_queued=message_of.get(one.customer.id) is not None),
            recorded_at=actor.at,
        )
        for one in found
    )  # fmt: skip
    so_far.upto_id = ids[-1]
    so_far.save(update_fields=["upto_id"])
    return Told(result.queued, result.refused, len(found) - len(drafts))


def _outcome(*, has_letter: bool, is_queued: bool) -> str:
    if not has_letter:
        return "no_address"
    return "queued" if is_queued else "refused"


def send_to_staff(actor: Actor) -> dict[str, int]:
    """Send the mails to the staff that are queued; each is given away at most once.

    Without a mail server that answers, or an address to send from, they wait.
    """
    company = controls.company(actor.company_id)
    sender = sender_of(company)
    done: Counter[str] = Counter()
    if not sender.email or not telling_queries.are_queued(actor.company_id):
        return dict(done)
    try:
        with transport.connected() as server:
            while claimed := policy.claim_notices(actor):
                _give_away(actor, server, claimed, done)
    except (OSError, smtplib.SMTPException, DomainError):
        done["unreachable"] += 1
    return dict(done)


def _give_away(
    actor: Actor, server: smtplib.SMTP, claimed: Sequence[ClaimedNotice], done: Counter[str]
) -> None:
    """Give mails away one after the other; when the line breaks those not begun wait again."""
    begun = 0
    try:
        for one in claimed:
            begun += 1
            done[_sent(actor, server, one)] += 1
    finally:
        for one in claimed[begun:]:
            policy.settle_notice(actor, one.id, "queued", "")


def _sent(actor: Actor, server: smtplib.SMTP, one: ClaimedNotice) -> str:
    """Give one mail away and keep what came of it; what breaks the line stays uncertain."""
    sender = sender_of(controls.company(actor.company_id))
    try:
        answer = transport.hand_over(
            server,
            one.recipient,
            lambda: compose(
                sender=sender, recipient=one.recipient, recipient_name=one.name,
                subject=one.subject, text=one.body_text, html="", message_id=one.message_id,
                language=one.language, at=actor.at,
            ),
        )  # fmt: skip
    except smtplib.SMTPServerDisconnected:
        raise
    except (smtplib.SMTPException, ValueError) as error:
        policy.settle_notice(actor, one.id, "failed", f"{type(error).__name__}: {error}"[:500])
        return "failed"
    policy.settle_notice(actor, one.id, "sent", answer)
    return "sent"
