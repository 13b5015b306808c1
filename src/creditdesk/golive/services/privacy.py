"""Take what was written about a person off the staging of going live, once nothing keeps it."""

from __future__ import annotations

from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part
from creditdesk.plumbing import sql

OF_CUSTOMER = """
     WHERE company_id = %(company_id)s
       AND customer_number = (SELECT number FROM customers_customer WHERE id = %(customer_id)s)
"""
FACTS = f"""
    UPDATE golive_openingfact SET data = data || (
               SELECT coalesce(jsonb_object_agg(key, %(erased)s::text), '{{}}')
                 FROM jsonb_each_text(data) WHERE key IN ('note', 'reason') AND value <> '')
    {OF_CUSTOMER}
       AND (coalesce(data ->> 'note', '') NOT IN ('', %(erased)s)
            OR coalesce(data ->> 'reason', '') NOT IN ('', %(erased)s))
"""
ITEMS = f"""
    UPDATE golive_openingitem SET customer_reference = %(erased)s
    {OF_CUSTOMER} AND customer_reference NOT IN ('', %(erased)s)
"""


def erase_personal(case: Case) -> Part:
    """Erase notes and references that were taken over; with the account they stay."""
    if case.subject.kind != "customer" or case.kept:
        return Part(())
    asked = {
        "company_id": case.actor.company_id, "customer_id": case.subject.id, "erased": ERASED,
    }  # fmt: skip
    return Part(
        (
            Line("opening_notes", sql.execute(FACTS, asked)),
            Line("opening_references", sql.execute(ITEMS, asked)),
        )
    )
