"""What reviews keep of a person: what people wrote of it in their own words."""

from __future__ import annotations

from typing import Final

from creditdesk.assessment.reviews.models import Review
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part

WORDED: Final = ("note", "reason")


def erase_personal(case: Case) -> Part:
    """Erase the words of a customer's reviews, unless a room above keeps the account."""
    if case.subject.kind != "customer":
        return Part(())
    of = {"company_id": case.actor.company_id, "customer_id": case.subject.id}
    found = [
        (name, Review.objects.filter(**of).exclude(**{f"{name}__in": ("", ERASED)}))
        for name in WORDED
    ]
    count = sum(one.count() if case.kept else one.update(**{name: ERASED}) for name, one in found)
    why = case.kept[0].reason if case.kept else ""
    return Part((Line("credit_reasons", count, kept=bool(case.kept), reason=why),))
