"""Take what was written about a person off decisions on orders, past the years of letters."""

from __future__ import annotations

from django.db.models import Max, QuerySet

from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part
from creditdesk.controls.privacy.services.redacting import redact
from creditdesk.orders.models import Decision

TABLE = "orders_decision"


def erase_personal(case: Case) -> Part:
    """Erase reasons of decisions that no duty keeps; say how many are kept, and until when."""
    if case.subject.kind != "customer":
        return Part(())
    rule = rules.retention(case.country, "letters", case.actor.today)
    since = rules.first_kept_moment(case.country, "letters", case.actor.today)
    mine = _worded(case).filter(order__customer_id=case.subject.id)
    young = mine.filter(recorded_at__gte=since)
    latest = young.aggregate(latest=Max("recorded_at"))["latest"]
    until = rules.kept_until(rule, latest.date()) if latest else None
    kept = Line(
        "decision_reasons", young.count(), kept=True, reason="law", until=until, source=rule.source
    )
    return Part((_blank(case, mine.filter(recorded_at__lt=since)), kept))


def retain(case: Case) -> tuple[Line, ...]:
    """Erase reasons of decisions older than business letters are kept."""
    since = rules.first_kept_moment(case.country, "letters", case.actor.today)
    old = _worded(case).filter(recorded_at__lt=since)
    return (_blank(case, old.exclude(order__customer_id__in=case.held)),)


def _worded(case: Case) -> QuerySet[Decision]:
    mine = Decision.objects.filter(company_id=case.actor.company_id)
    return mine.exclude(reason__in=("", ERASED))


def _blank(case: Case, decisions: QuerySet[Decision]) -> Line:
    ids = list(decisions.order_by("id").values_list("id", flat=True))
    count = redact(case.actor.company_id, TABLE, ids, erasure_id=case.erasure_id, at=case.actor.at)
    return Line("decision_reasons", count)
