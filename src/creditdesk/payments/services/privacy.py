"""What the provider told of people, and what was noted about them: it leaves with its case."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part
from creditdesk.controls.privacy.services.redacting import redact
from creditdesk.payments.models import Attempt, CaseEntry, Chargeback, Notice

TABLE = "payments_notice"


def erase_personal(case: Case) -> Part:
    """Erase what was told and noted of a customer; what a case that is open rests on stays."""
    if case.subject.kind != "customer":
        return Part(())
    company_id, customer_id = case.actor.company_id, case.subject.id
    notes = CaseEntry.objects.filter(company_id=company_id, case__customer_id=customer_id).exclude(
        note__in=("", ERASED)
    )
    settled = notes.filter(case__state="closed")
    kept = notes.count() - settled.count()
    mine = _told_of(company_id, customer_id)
    evidence = mine.filter(id__in=_evidence(company_id)).count()
    return Part(
        (
            _blank(case, mine.exclude(id__in=_evidence(company_id))),
            Line("payment_case_notes", settled.update(note=ERASED)),
            Line("payment_case_notes", kept, kept=True, reason="claims"),
            Line("payment_notices", evidence, kept=True, reason="claims"),
        )
    )


def _told_of(company_id: int, customer_id: int) -> QuerySet[Notice]:
    """Return the notices about a customer's attempts, disputes and cases."""
    attempts = Attempt.objects.filter(company_id=company_id, link__customer_id=customer_id)
    names = {name for pair in attempts.values_list("session", "intent") for name in pair if name}
    paid = attempts.exclude(payment_id=None).values_list("payment_id", flat=True)
    disputes = Chargeback.objects.filter(company_id=company_id, payment_id__in=list(paid))
    names |= set(disputes.values_list("dispute", flat=True))
    entries = CaseEntry.objects.filter(
        company_id=company_id, case__customer_id=customer_id, notice__isnull=False
    )
    return Notice.objects.filter(company_id=company_id).filter(
        Q(about__in=names) | Q(id__in=entries.values("notice_id"))
    )


def _evidence(company_id: int) -> QuerySet[CaseEntry, int | None]:
    """Return the notices on which cases rest that are not closed."""
    return (
        CaseEntry.objects.filter(company_id=company_id, notice__isnull=False)
        .exclude(case__state="closed")
        .values_list("notice_id", flat=True)
    )


def _blank(case: Case, found: QuerySet[Notice]) -> Line:
    ids = list(found.exclude(state="waiting").order_by("id").values_list("id", flat=True))
    count = redact(case.actor.company_id, TABLE, ids, erasure_id=case.erasure_id, at=case.actor.at)
    return Line("payment_notices", count)


def retain(case: Case) -> tuple[Line, ...]:
    """Erase what was told, and notes on closed cases, older than business letters are kept."""
    since = rules.first_kept_moment(case.country, "letters", case.actor.today)
    company_id = case.actor.company_id
    held = CaseEntry.objects.filter(company_id=company_id, case__customer_id__in=case.held)
    old = Notice.objects.filter(company_id=company_id, recorded_at__lt=since)
    free = old.exclude(id__in=_evidence(company_id)).exclude(
        id__in=held.filter(notice__isnull=False).values("notice_id")
    )
    notes = (
        CaseEntry.objects.filter(company_id=company_id, recorded_at__lt=since)
        .filter(case__state="closed")
        .exclude(note__in=("", ERASED))
        .exclude(case__customer_id__in=case.held)
    )
    return (_blank(case, free), Line("payment_case_notes", notes.update(note=ERASED)))
