"""What the treasury keeps of a person: names and accounts, for as long as vouchers must be kept."""

from __future__ import annotations

from django.db.models import Q

from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part
from creditdesk.controls.privacy.services.redacting import redact
from creditdesk.treasury.models import Mandate, MandateChange, PaymentFile, Refund

DONE = ("paid", "failed", "cancelled", "refused")


def erase_personal(case: Case) -> Part:
    """Erase names and accounts of mandates and refunds past their years; say what is kept."""
    if case.subject.kind != "customer":
        return Part(())
    rule = rules.retention(case.country, "vouchers", case.actor.today)
    since = rules.first_kept_day(rule, case.actor.today)
    company_id, customer_id = case.actor.company_id, case.subject.id
    mine = Mandate.objects.filter(company_id=company_id, customer_id=customer_id)
    old = mine.exclude(state="live").exclude(holder=ERASED)
    old = old.filter(Q(used_on__lt=since) | Q(used_on=None, signed_on__lt=since))
    ids = list(old.values_list("id", flat=True))
    changes = MandateChange.objects.filter(company_id=company_id, mandate_id__in=ids)
    redact(
        company_id, "treasury_mandatechange", list(changes.values_list("id", flat=True)),
        erasure_id=case.erasure_id, at=case.actor.at,
    )  # fmt: skip
    Mandate.objects.filter(id__in=ids).update(holder=ERASED, iban=ERASED, bic="", amended_from="")
    refunds = Refund.objects.filter(
        company_id=company_id, customer_id=customer_id, state__in=DONE, finished_on__lt=since
    ).exclude(payee=ERASED)
    paid_back = refunds.update(payee=ERASED, iban=ERASED, check_note=ERASED)
    left = mine.exclude(holder=ERASED).count()
    kept = Line("mandates", left, kept=True, reason="law", source=rule.source)
    return Part(
        (
            Line("mandates", len(ids)),
            Line("refunds", paid_back),
            *((kept,) if left else ()),
        )
    )


def retain(case: Case) -> tuple[Line, ...]:
    """Erase the files for banks that are past their years."""
    rule = rules.retention(case.country, "vouchers", case.actor.today)
    old = PaymentFile.objects.filter(
        company_id=case.actor.company_id,
        execute_on__lt=rules.first_kept_day(rule, case.actor.today),
    ).exclude(content=b"")
    count = redact(
        case.actor.company_id, "treasury_paymentfile", list(old.values_list("id", flat=True)),
        erasure_id=case.erasure_id, at=case.actor.at,
    )  # fmt: skip
    return (Line("payment_files", count),)
