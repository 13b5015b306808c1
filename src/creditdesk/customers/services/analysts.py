"""Which person of credit a customer is in the hands of: named from a date, never rewritten."""

from __future__ import annotations

from datetime import date

from creditdesk.controls.commands import command
from creditdesk.customers import queries
from creditdesk.customers.models import Analyst
from creditdesk.customers.services.accounts import locked, record_changes
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound


@command("customers.name_analyst")
def name_analyst(actor: Actor, customer_id: int, *, user_id: int | None, valid_from: date) -> bool:
    """Give a customer to a person of credit from a date on, or to nobody; return if it differs.

    NotFound for whoever holds no role of credit in the company.
    """
    customer = locked(actor, customer_id)
    names = {one.user_id: one.name for one in queries.may_be_analysts(actor.company_id)}
    if user_id is not None and user_id not in names:
        raise NotFound("analyst_unknown", "There is no such person in credit")
    before = next(
        (
            one
            for one in queries.analyst_history(actor.company_id, customer.id)
            if one.valid_from <= valid_from
        ),
        None,
    )
    if (before.user_id if before else None) == user_id:
        return False
    Analyst.objects.create(
        company_id=actor.company_id, customer=customer, user_id=user_id, valid_from=valid_from,
        recorded_at=actor.at, recorded_by=actor.name,
    )  # fmt: skip
    told = names[user_id] if user_id is not None else "—"
    record_changes(
        actor,
        customer.id,
        {"analyst": (before.name if before else "", f"{told} {valid_from}")},
    )
    return True
