"""What documents keep of a person: issued ones, for as long as the law of the country says."""

from __future__ import annotations

from datetime import date

from django.db.models import Max, QuerySet

from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part
from creditdesk.controls.privacy.services.redacting import redact
from creditdesk.invoices.models import (
    DeliveryEvidence,
    DeliveryPreference,
    Invoice,
    Item,
    RecurringPlan,
    WriteOff,
)


def erase_personal(case: Case) -> Part:
    """Erase what documents past their years quote; say what keeps the account, and until when."""
    if case.subject.kind != "customer":
        return Part(())
    mine = {"company_id": case.actor.company_id, "customer_id": case.subject.id}
    rule = rules.retention(case.country, "vouchers", case.actor.today)
    since = rules.first_kept_day(rule, case.actor.today)
    documents = Invoice.objects.filter(**mine, issued_on__gte=since)
    latest = documents.aggregate(latest=Max("issued_on"))["latest"]
    until = rules.kept_until(rule, latest) if latest else None
    open_items = Item.objects.filter(**mine, open_minor__gt=0).count()
    # What still recurs is a contract that runs; of plans that ended nothing needs its words.
    RecurringPlan.objects.filter(**mine, status=RecurringPlan.Status.ENDED).update(
        buyer_reference="", order_reference="", note="", stopped_why=""
    )
    old = _quoting(case).filter(customer_id=case.subject.id, issued_on__lt=since)
    return Part(
        (
            _blank(case, old),
            Line("delivery_addresses", _forget_route(case)),
            Line("delivery_notes", _redact_evidence(case, since)),
            Line("write_off_notes", _redact_losses(case, since)),
            Line(
                "documents", documents.count(), kept=True, reason="law", until=until,
                source=rule.source,
            ),
            Line("open_items", open_items, kept=True, reason="claims"),
        )
    )  # fmt: skip


def retain(case: Case) -> tuple[Line, ...]:
    """Erase what documents past their years quote of their customers, once they are settled."""
    rule = rules.retention(case.country, "vouchers", case.actor.today)
    old = _quoting(case).filter(issued_on__lt=rules.first_kept_day(rule, case.actor.today))
    open_items = Item.objects.filter(company_id=case.actor.company_id, open_minor__gt=0)
    settled = old.exclude(id__in=open_items.values("invoice_id")).filter(unapplied_minor=0)
    return (_blank(case, settled.exclude(customer_id__in=case.held)),)


def _forget_route(case: Case) -> int:
    """Forget where a customer wanted documents sent; the channel stays."""
    mine = DeliveryPreference.objects.filter(
        company_id=case.actor.company_id, customer_id=case.subject.id
    )
    return mine.exclude(email="", name="").update(email="", name="")


def _redact_evidence(case: Case, since: date) -> int:
    """Blank what persons wrote about deliveries of documents past their years."""
    evidence = DeliveryEvidence.objects.filter(
        company_id=case.actor.company_id,
        delivery__customer_id=case.subject.id,
        happened_on__lt=since,
    ).exclude(note__in=("", ERASED))
    ids = list(evidence.order_by("id").values_list("id", flat=True))
    return redact(
        case.actor.company_id, "invoices_deliveryevidence", ids, erasure_id=case.erasure_id,
        at=case.actor.at,
    )  # fmt: skip


def _redact_losses(case: Case, since: date) -> int:
    """Blank what persons wrote about write-offs past their years."""
    written = WriteOff.objects.filter(
        company_id=case.actor.company_id, customer_id=case.subject.id, effective_on__lt=since
    ).exclude(reason__in=("", ERASED))
    ids = list(written.order_by("id").values_list("id", flat=True))
    return redact(
        case.actor.company_id, "invoices_writeoff", ids, erasure_id=case.erasure_id,
        at=case.actor.at,
    )  # fmt: skip


def _quoting(case: Case) -> QuerySet[Invoice]:
    """Return documents that quote something: references of the customer, a reason."""
    mine = Invoice.objects.filter(company_id=case.actor.company_id)
    empty = {"customer_reference": "", "order_reference": "", "reason": ""}
    return mine.exclude(**empty).exclude(customer_reference=ERASED).exclude(reason=ERASED)


def _blank(case: Case, documents: QuerySet[Invoice]) -> Line:
    ids = list(documents.order_by("id").values_list("id", flat=True))
    count = redact(
        case.actor.company_id, "invoices_invoice", ids, erasure_id=case.erasure_id,
        at=case.actor.at,
    )  # fmt: skip
    return Line("references", count)
