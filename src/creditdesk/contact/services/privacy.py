"""Take people's data off messages and replies, but for business letters still under a duty."""

from __future__ import annotations

from datetime import UTC, datetime, time

from django.db.models import Max, Q

from creditdesk.contact.models import Consent, Hold, InboxMail, Message, Reply
from creditdesk.contact.services.posting import take_back
from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part, Retention

NEVER_LEFT = ("failed", "withdrawn")
NO_BUSINESS = ("marketing", "service")


def erase_personal(case: Case) -> Part:
    """Erase what was written with a person: what never left, is no letter, or is old enough."""
    rule = rules.retention(case.country, "letters", case.actor.today)
    since = datetime.combine(rules.first_kept_day(rule, case.actor.today), time(), tzinfo=UTC)
    if case.subject.kind == "contact":
        return Part(_messages(case, rule, since, Q(contact_id=case.subject.id)))
    if case.subject.kind == "customer":
        of_customer = Q(customer_id=case.subject.id)
        return Part(
            (
                *_messages(case, rule, since, of_customer),
                *_replies(case, rule, since),
                Line("mails", _mails(case, since)),
                Line("consent_notes", _notes(case)),
                Line("hold_notes", _hold_notes(case)),
            )
        )
    return Part(())


def _messages(case: Case, rule: Retention, since: datetime, whose: Q) -> tuple[Line, ...]:
    """Erase addressee and text of messages; those queued are withdrawn before they leave."""
    mine = Message.objects.filter(whose, company_id=case.actor.company_id)
    queued = mine.filter(status=Message.Status.QUEUED).values_list("id", flat=True)
    take_back(case.actor, list(queued), reason=ERASED)
    left = ~Q(status__in=NEVER_LEFT) & ~Q(purpose__in=NO_BUSINESS) & Q(queued_at__gte=since)
    erased = (
        mine.exclude(left)
        .exclude(recipient=ERASED)
        .update(recipient=ERASED, recipient_name="", subject=ERASED, body_text=ERASED, body_html="")
    )
    letters = mine.filter(left)
    latest = letters.aggregate(latest=Max("queued_at"))["latest"]
    return (Line("messages", erased), _kept("messages", letters.count(), latest, rule))


def _replies(case: Case, rule: Retention, since: datetime) -> tuple[Line, ...]:
    mine = Reply.objects.filter(company_id=case.actor.company_id, customer_id=case.subject.id)
    erased = (
        mine.filter(received_at__lt=since)
        .exclude(sender=ERASED)
        .update(sender=ERASED, subject="", body_text=ERASED)
    )
    letters = mine.filter(received_at__gte=since)
    latest = letters.aggregate(latest=Max("received_at"))["latest"]
    return (Line("replies", erased), _kept("replies", letters.count(), latest, rule))


def _mails(case: Case, since: datetime) -> int:
    """Erase the originals of mails: at once where they are no letter, else once old enough."""
    mine = InboxMail.objects.filter(
        company_id=case.actor.company_id, customer_id=case.subject.id
    ).exclude(sender=ERASED)
    return mine.filter(
        Q(received_at__lt=since) | Q(status__in=("automatic", "set_aside"))
    ).update(
        sender=ERASED, sender_name="", subject="", body_text=ERASED, content=b"", filename="",
        attachments=[], notes=[],
    )  # fmt: skip


def _kept(what: str, count: int, latest: datetime | None, rule: Retention) -> Line:
    until = rules.kept_until(rule, latest.date()) if latest else None
    return Line(what, count, kept=True, reason="law", until=until, source=rule.source)


def _notes(case: Case) -> int:
    return (
        Consent.objects.filter(company_id=case.actor.company_id, customer_id=case.subject.id)
        .exclude(note="")
        .update(note="")
    )


def _hold_notes(case: Case) -> int:
    mine = Hold.objects.filter(company_id=case.actor.company_id, customer_id=case.subject.id)
    return mine.exclude(note__in=("", ERASED)).update(note=ERASED)


def retain(case: Case) -> tuple[Line, ...]:
    """Erase messages and replies older than business letters are kept, whoever they went to."""
    since = rules.first_kept_moment(case.country, "letters", case.actor.today)
    company = {"company_id": case.actor.company_id}
    messages = (
        Message.objects.filter(**company, queued_at__lt=since)
        .exclude(recipient=ERASED)
        .exclude(status=Message.Status.QUEUED)
        .exclude(customer_id__in=case.held)
        .update(recipient=ERASED, recipient_name="", subject=ERASED, body_text=ERASED, body_html="")
    )
    replies = (
        Reply.objects.filter(**company, received_at__lt=since)
        .exclude(sender=ERASED)
        .exclude(customer_id__in=case.held)
        .update(sender=ERASED, subject="", body_text=ERASED)
    )
    return (Line("messages", messages), Line("replies", replies))
