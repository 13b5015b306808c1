"""Blank what news and notes say past the years of letters; end with the account."""

from __future__ import annotations

from typing import Any

from django.db.models import Max, Model, QuerySet

from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import Line, Part
from creditdesk.controls.privacy.services.redacting import redact
from creditdesk.monitoring.alerts.models import AlertStep, News

KEPT: tuple[tuple[type[Model], str, str], ...] = (
    (News, "monitoring_news", "customer_id"),
    (AlertStep, "monitoring_alertstep", "alert__customer_id"),
)


def erase_personal(case: Case) -> Part:
    """Erase news and notes that no duty keeps; say how many one does."""
    if case.subject.kind != "customer":
        return Part(())
    rule = rules.retention(case.country, "letters", case.actor.today)
    since = rules.first_kept_moment(case.country, "letters", case.actor.today)
    count, young, latest = 0, 0, None
    for model, table, owner in KEPT:
        mine = _standing(case, model).filter(**{owner: case.subject.id})
        kept = mine.filter(recorded_at__gte=since)
        young += kept.count()
        moment = kept.aggregate(latest=Max("recorded_at"))["latest"]
        latest = max(filter(None, (latest, moment)), default=None)
        count += _blank(case, table, mine.filter(recorded_at__lt=since))
    until = rules.kept_until(rule, latest.date()) if latest else None
    line = Line("alerts", young, kept=True, reason="law", until=until, source=rule.source)
    return Part((Line("alerts", count), line))


def retain(case: Case) -> tuple[Line, ...]:
    """Erase news and notes older than business letters are kept."""
    since = rules.first_kept_moment(case.country, "letters", case.actor.today)
    count = 0
    for model, table, owner in KEPT:
        old = _standing(case, model).filter(recorded_at__lt=since)
        count += _blank(case, table, old.exclude(**{f"{owner}__in": list(case.held)}))
    return (Line("alerts", count),)


def _standing(case: Case, model: type[Model]) -> QuerySet[Any]:
    rows: QuerySet[Any] = model._default_manager.filter(company_id=case.actor.company_id)  # noqa: SLF001 - documented API
    return rows.exclude(body__has_key="erased")


def _blank(case: Case, table: str, rows: QuerySet[Any]) -> int:
    ids = list(rows.order_by("id").values_list("id", flat=True))
    return redact(case.actor.company_id, table, ids, erasure_id=case.erasure_id, at=case.actor.at)
