"""Take what was written about a person off decisions and notes, past the years of letters."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Max, Model, QuerySet

from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part
from creditdesk.controls.privacy.services.redacting import redact
from creditdesk.orders.models import Decision, Note, Paper

# What people wrote: the table, its column, and what its lines are called.
WRITTEN: Final[tuple[tuple[type[Model], str, str, str], ...]] = (
    (Decision, "orders_decision", "reason", "decision_reasons"),
    (Note, "orders_note", "text", "order_notes"),
)
# These notes say what became of a clock: their text is a word of the house.
OF_THE_HOUSE: Final = ("escalated", "resumed", "lapsed", "plan_kept", "plan_broken")
PAPERS: Final = "order_papers"


def erase_personal(case: Case) -> Part:
    """Erase reasons and notes that no duty keeps; say how many are kept, and until when."""
    if case.subject.kind != "customer":
        return Part(())
    rule = rules.retention(case.country, "letters", case.actor.today)
    since = rules.first_kept_moment(case.country, "letters", case.actor.today)
    lines: list[Line] = []
    for model, table, column, what in WRITTEN:
        mine = _worded(case, model, column).filter(order__customer_id=case.subject.id)
        young = mine.filter(recorded_at__gte=since)
        latest = young.aggregate(latest=Max("recorded_at"))["latest"]
        until = rules.kept_until(rule, latest.date()) if latest else None
        lines += (
            _blank(case, table, what, mine.filter(recorded_at__lt=since)),
            Line(what, young.count(), kept=True, reason="law", until=until, source=rule.source),
        )
    papers = Paper.objects.filter(
        company_id=case.actor.company_id, order__customer_id=case.subject.id
    ).exclude(name=ERASED)
    young = papers.filter(recorded_at__gte=since)
    latest = young.aggregate(latest=Max("recorded_at"))["latest"]
    until = rules.kept_until(rule, latest.date()) if latest else None
    lines += (
        _blank_papers(case, papers.filter(recorded_at__lt=since)),
        Line(PAPERS, young.count(), kept=True, reason="law", until=until, source=rule.source),
    )
    return Part(tuple(lines))


def retain(case: Case) -> tuple[Line, ...]:
    """Erase reasons and notes older than business letters are kept."""
    since = rules.first_kept_moment(case.country, "letters", case.actor.today)
    lines = []
    for model, table, column, what in WRITTEN:
        old = _worded(case, model, column).filter(recorded_at__lt=since)
        lines.append(_blank(case, table, what, old.exclude(order__customer_id__in=case.held)))
    papers = Paper.objects.filter(company_id=case.actor.company_id, recorded_at__lt=since)
    free = papers.exclude(order__customer_id__in=case.held).exclude(name=ERASED)
    lines.append(_blank_papers(case, free))
    return tuple(lines)


def _worded(case: Case, model: type[Model], column: str) -> QuerySet[Any]:
    mine: QuerySet[Any] = model._default_manager.filter(company_id=case.actor.company_id)  # noqa: SLF001 - documented API
    if model is Note:
        mine = mine.exclude(kind__in=OF_THE_HOUSE)
    return mine.exclude(**{f"{column}__in": ("", ERASED)})


def _blank_papers(case: Case, papers: QuerySet[Paper]) -> Line:
    """Erase papers and what they were called; that there were some stays."""
    rows = list(papers.order_by("id").values_list("id", "file_id"))
    files = sorted({file_id for _, file_id in rows})
    redact(
        case.actor.company_id, "plumbing_file", files, erasure_id=case.erasure_id, at=case.actor.at
    )
    Paper.objects.filter(id__in=[one for one, _ in rows]).update(name=ERASED)
    return Line(PAPERS, len(rows))


def _blank(case: Case, table: str, what: str, rows: QuerySet[Any]) -> Line:
    ids = list(rows.order_by("id").values_list("id", flat=True))
    count = redact(case.actor.company_id, table, ids, erasure_id=case.erasure_id, at=case.actor.at)
    return Line(what, count)
