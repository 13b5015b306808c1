"""Take what people wrote about a customer off explained differences, once nothing keeps it."""

from __future__ import annotations

from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import Line, Part
from creditdesk.controls.privacy.services.redacting import redact
from creditdesk.plumbing import sql

THEIRS = """
    SELECT id FROM reconciliation_explanation
     WHERE company_id = %(company_id)s AND note <> 'erased'
       AND customer_number = (SELECT number FROM customers_customer WHERE id = %(customer_id)s)
     ORDER BY id
"""


def erase_personal(case: Case) -> Part:
    """Erase the explanations; with the account they stay."""
    if case.subject.kind != "customer" or case.kept:
        return Part(())
    company_id = case.actor.company_id
    ids = sql.scalars(THEIRS, {"company_id": company_id, "customer_id": case.subject.id})
    count = redact(
        company_id, "reconciliation_explanation", ids, erasure_id=case.erasure_id, at=case.actor.at
    )
    return Part((Line("explanations", count),))
