"""What documents keep of a person: issued ones, for as long as the law of the country says."""

from __future__ import annotations

from django.db.models import Max

from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.rules import Line, Part
from creditdesk.controls.privacy.services import Case
from creditdesk.invoices.models import Invoice, Item


def erase_personal(case: Case) -> Part:
    """Erase nothing; say how many documents and open items keep the account, and until when."""
    if case.subject.kind != "customer":
        return Part(())
    mine = {"company_id": case.actor.company_id, "customer_id": case.subject.id}
    rule = rules.retention(case.country, "vouchers", case.actor.today)
    since = rules.first_kept_day(rule, case.actor.today)
    documents = Invoice.objects.filter(**mine, issued_on__gte=since)
    latest = documents.aggregate(latest=Max("issued_on"))["latest"]
    until = rules.kept_until(rule, latest) if latest else None
    open_items = Item.objects.filter(**mine, open_minor__gt=0).count()
    return Part(
        (
            Line(
                "documents", documents.count(), kept=True, reason="law", until=until,
                source=rule.source,
            ),
            Line("open_items", open_items, kept=True, reason="claims"),
        )
    )  # fmt: skip
