"""Take what was said and noted about a person off the collector's log, once nothing is owed."""

from __future__ import annotations

from creditdesk.collections.models import Activity, Promise
from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part
from creditdesk.invoices import queries as invoices


def erase_personal(case: Case) -> Part:
    """Erase notes on calls and promises; while items are open they are evidence of the claim."""
    if case.subject.kind not in ("customer", "contact"):
        return Part(())
    company_id = case.actor.company_id
    activities = Activity.objects.filter(company_id=company_id).exclude(note__in=("", ERASED))
    if case.subject.kind == "contact":
        spoken = activities.filter(contact_id=case.subject.id)
        return Part((Line("activity_notes", spoken.update(note=ERASED)),))
    mine = activities.filter(customer_id=case.subject.id)
    promises = Promise.objects.filter(company_id=company_id, customer_id=case.subject.id).exclude(
        note__in=("", ERASED)
    )
    if invoices.open_items(company_id, customer_ids=[case.subject.id]):
        count = mine.count() + promises.count()
        return Part((Line("notes", count, kept=True, reason="claims"),))
    return Part(
        (
            Line("activity_notes", mine.update(note=ERASED)),
            Line("promise_notes", promises.update(note=ERASED)),
        )
    )


def retain(case: Case) -> tuple[Line, ...]:
    """Erase notes older than business letters are kept, of accounts that owe nothing."""
    since = rules.first_kept_moment(case.country, "letters", case.actor.today)
    left_out = case.held | invoices.owing(case.actor.company_id)
    old = {"company_id": case.actor.company_id, "recorded_at__lt": since}
    found = (
        model.objects.filter(**old)
        .exclude(note__in=("", ERASED))
        .exclude(customer_id__in=left_out)
        .update(note=ERASED)
        for model in (Activity, Promise)
    )
    return tuple(map(Line, ("activity_notes", "promise_notes"), found))
