"""What limits and blocks keep of a person: their wording."""

from __future__ import annotations

from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part
from creditdesk.credit.models import Block, Cover, Guarantee, Limit, LimitRequest

# What people wrote in their own words.
WORDED = (
    (Limit, "reason"),
    (Limit, "withdrawn_by"),
    (LimitRequest, "reason"),
    (LimitRequest, "answer"),
    (Block, "reason"),
    (Cover, "note"),
    (Guarantee, "note"),
    (Guarantee, "ended_by"),
)


def erase_personal(case: Case) -> Part:
    """Erase wording of limits, blocks and covers, unless a room above keeps the account."""
    if case.subject.kind != "customer":
        return Part(())
    of = {"company_id": case.actor.company_id, "customer_id": case.subject.id}
    found = [
        (name, model.objects.filter(**of).exclude(**{f"{name}__in": ("", ERASED)}))
        for model, name in WORDED
    ]
    count = sum(one.count() if case.kept else one.update(**{name: ERASED}) for name, one in found)
    why = case.kept[0].reason if case.kept else ""
    return Part((Line("credit_reasons", count, kept=bool(case.kept), reason=why),))
