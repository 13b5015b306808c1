"""What payments keep of a person: the bank's own words, for as long as the law says."""

from __future__ import annotations

from datetime import date

from django.db.models import Max, Q, QuerySet

from creditdesk.cash.models import (
    AdviceLine,
    BankLine,
    Deposit,
    PayerHabit,
    PayerRelation,
    Payment,
    Receipt,
    RemittanceAdvice,
)
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
    _forget_habits(case)
    old = _worded(case).filter(payment__in=mine.filter(received_on__lt=since)).distinct()
    receipts = Receipt.objects.filter(
        company_id=case.actor.company_id, customer_id=case.subject.id, received_on__lt=since
    )
    return Part((_blank(case, old), _blank_receipts(case, receipts), kept))


def _forget_habits(case: Case) -> None:
    """Take away what was learned of how a customer pays, and under which names: no law keeps it."""
    company_id, customer_id = case.actor.company_id, case.subject.id
    PayerHabit.objects.filter(company_id=company_id, customer_id=customer_id).delete()
    PayerRelation.objects.filter(company_id=company_id, customer_id=customer_id).delete()


def retain(case: Case) -> tuple[Line, ...]:
    """Erase the bank's words on lines past their years whose money is all applied."""
    rule = rules.retention(case.country, "vouchers", case.actor.today)
    old = _worded(case).filter(booked_on__lt=rules.first_kept_day(rule, case.actor.today))
    _blank_advices(case, rules.first_kept_day(rule, case.actor.today))
    _blank_slips(case, rules.first_kept_day(rule, case.actor.today))
    receipts = Receipt.objects.filter(
        company_id=case.actor.company_id,
        received_on__lt=rules.first_kept_day(rule, case.actor.today),
    ).exclude(customer_id__in=case.held)
    settled = Q(payment=None) | Q(payment__unapplied_minor=0)
    open_or_held = Q(payment__unapplied_minor__gt=0) | Q(payment__customer_id__in=case.held)
    return (
        _blank(case, old.exclude(open_or_held)),
        _blank_receipts(case, receipts.filter(settled)),
    )


def _blank_receipts(case: Case, receipts: QuerySet[Receipt]) -> Line:
    """Erase what receipts say of a cheque and its drawer, and their papers; figures stay."""
    rows = list(receipts.exclude(note=ERASED).order_by("id").values_list("id", "file_id"))
    company_id, at = case.actor.company_id, case.actor.at
    files = sorted({file_id for _, file_id in rows})
    redact(company_id, "plumbing_file", files, erasure_id=case.erasure_id, at=at)
    ids = [receipt_id for receipt_id, _ in rows]
    count = redact(company_id, "cash_receipt", ids, erasure_id=case.erasure_id, at=at)
    return Line("receipts", count)


def _blank_slips(case: Case, first_kept: date) -> None:
    """Erase the slips of deposits past their years: they list drawers and customers."""
    old = Deposit.objects.filter(company_id=case.actor.company_id, brought_on__lt=first_kept)
    ids = sorted(old.values_list("file_id", flat=True))
    redact(
        case.actor.company_id, "plumbing_file", ids, erasure_id=case.erasure_id, at=case.actor.at
    )


def _blank_advices(case: Case, first_kept: date) -> None:
    """Erase names and words of advices past their years; numbers and amounts stay."""
    old = RemittanceAdvice.objects.filter(
        company_id=case.actor.company_id, recorded_at__date__lt=first_kept
    ).exclude(customer_id__in=case.held)
    AdviceLine.objects.filter(advice__in=old).exclude(reason="").update(reason="")
    old.update(payer_name="", told_reference="", filename="")


def _worded(case: Case) -> QuerySet[BankLine]:
    return BankLine.objects.filter(company_id=case.actor.company_id).exclude(text=ERASED)


def _blank(case: Case, lines: QuerySet[BankLine]) -> Line:
    ids = list(lines.order_by("id").values_list("id", flat=True))
    count = redact(case.actor.company_id, TABLE, ids, erasure_id=case.erasure_id, at=case.actor.at)
    return Line("bank_lines", count)
