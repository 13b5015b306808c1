"""Limits that applications were granted, beside the limits as credit keeps them."""

from __future__ import annotations

from typing import Final

from creditdesk.plumbing import sql

# The reason of such a limit is the reference of the application, unless it was erased since.
_OTHERWISE: Final = """
    SELECT d.id
      FROM assessment_application a
     CROSS JOIN LATERAL (SELECT * FROM assessment_decision o WHERE o.application_id = a.id
                          ORDER BY o.id DESC LIMIT 1) d
     WHERE a.company_id = %(company_id)s AND a.state = 'accepted'
       AND NOT EXISTS (
           SELECT FROM credit_limit l
            WHERE l.company_id = a.company_id AND l.customer_id = a.party_id
              AND l.reason IN (a.reference, 'erased') AND l.kind = 'internal'
              AND l.minor = d.limit_minor AND l.currency = d.currency
              AND coalesce(l.policy_version, d.policy_version) = d.policy_version)
     ORDER BY d.id
"""


def granted_otherwise(company_id: int) -> list[int]:
    """Return the decisions of opened applications whose limit is not kept as it was decided."""
    return sql.scalars(_OTHERWISE, {"company_id": company_id})
