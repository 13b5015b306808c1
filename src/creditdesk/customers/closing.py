"""How rooms say what keeps an account from being closed: one statement each, counted alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from creditdesk.customers.rules import Obstacle
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class Counted:
    """What of one kind stands on a customer in a currency, and the first of it."""

    customer_id: int
    code: str
    count: int
    minor: int
    currency: str
    reference: str


def obstacles(statement: str, company_id: int, ids: Sequence[int]) -> list[Obstacle]:
    """Return what a statement finds of these customers, in the order of `Counted`'s fields."""
    rows = sql.fetch(Counted, statement, {"company_id": company_id, "ids": sql.array(ids)})
    return [
        Obstacle(
            customer_id=row.customer_id,
            code=row.code,
            count=row.count,
            minor=row.minor,
            currency=row.currency,
            reference=row.reference,
        )
        for row in rows
    ]
