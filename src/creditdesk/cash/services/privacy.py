"""What payments keep of a person: the bank's own words, for as long as the law says."""

from __future__ import annotations

from django.db.models import Max, Q, QuerySet

from creditdesk.cash.models import BankLine, Payment
from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part
from creditdesk.controls.privacy.services.redacting import redact

TABLE = "cash_bankline"


def erase_personal(case: Case) -> Part:
    """Erase the bank's words on payments past their years; say what is kept, and until when."""
    if case.subject.kind != "customer":
        return Part(())
    rule = rules.retention(case.country, "vouchers", case.actor.today)
    since = rules.first_kept_day(rule, case.actor.today)
    mine = Payment.objects.filter(company_id=case.actor.company_id, customer_id=case.subject.id)
    young = mine.filter(received_on__gte=since)
    latest = young.aggregate(latest=Max("received_on"))["latest"]
    until = rules.kept_until(rule, latest) if latest else None
    kept = Line("payments", young.count(), kept=True, reason="law", until=until, source=rule.source)
    old = _worded(case).filter(payment__in=mine.filter(received_on__lt=since)).distinct()
    return Part((_blank(case, old), kept))


def retain(case: Case) -> tuple[Line, ...]:
    """Erase the bank's words on lines past their years whose money is all applied."""
    rule = rules.retention(case.country, "vouchers", case.actor.today)
    old = _worded(case).filter(booked_on__lt=rules.first_kept_day(rule, case.actor.today))
    open_or_held = Q(payment__unapplied_minor__gt=0) | Q(payment__customer_id__in=case.held)
    return (_blank(case, old.exclude(open_or_held)),)


def _worded(case: Case) -> QuerySet[BankLine]:
    return BankLine.objects.filter(company_id=case.actor.company_id).exclude(text=ERASED)


def _blank(case: Case, lines: QuerySet[BankLine]) -> Line:
    ids = list(lines.order_by("id").values_list("id", flat=True))
    count = redact(case.actor.company_id, TABLE, ids, erasure_id=case.erasure_id, at=case.actor.at)
    return Line("bank_lines", count)
