"""What payments keep of a person: the bank's own words, for as long as the law says."""

from __future__ import annotations

from django.db.models import Max

from creditdesk.cash.models import Payment
from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.rules import Line, Part
from creditdesk.controls.privacy.services import Case


def erase_personal(case: Case) -> Part:
    """Erase nothing; say how many payments keep the payer's name, and until when."""
    if case.subject.kind != "customer":
        return Part(())
    rule = rules.retention(case.country, "vouchers", case.actor.today)
    payments = Payment.objects.filter(
        company_id=case.actor.company_id,
        customer_id=case.subject.id,
        received_on__gte=rules.first_kept_day(rule, case.actor.today),
    )
    latest = payments.aggregate(latest=Max("received_on"))["latest"]
    until = rules.kept_until(rule, latest) if latest else None
    kept = Line(
        "payments", payments.count(), kept=True, reason="law", until=until, source=rule.source
    )
    return Part((kept,))
