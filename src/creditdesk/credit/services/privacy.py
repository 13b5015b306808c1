"""What limits and blocks keep of a person: their wording."""

from __future__ import annotations

from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part
from creditdesk.credit.models import Block, Limit


def erase_personal(case: Case) -> Part:
    """Erase wording of limits and blocks, unless a room above keeps the account."""
    if case.subject.kind != "customer":
        return Part(())
    of = {"company_id": case.actor.company_id, "customer_id": case.subject.id}
    found = [m.objects.filter(**of).exclude(reason__in=("", ERASED)) for m in (Limit, Block)]
    count = sum(one.count() if case.kept else one.update(reason=ERASED) for one in found)
    why = case.kept[0].reason if case.kept else ""
    return Part((Line("credit_reasons", count, kept=bool(case.kept), reason=why),))
